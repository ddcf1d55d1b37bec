"""From which release to which a scan looks, where that is not said."""

from pathlib import Path
from typing import List, Optional, Sequence, Tuple

from ..common.errors import InputError, relative
from ..record import lookup
from ..record.devices import CPU
from ..record.record import Record
from ..record.release import Release
from ..record.way import Way, releases, way
from . import pins


def ends(record: Record, old: Optional[str], new: Optional[str], paths: Sequence[Path]) -> Way:
    """Return the way for which code is scanned; its notes say how its ends were found.

    Args:
        record: what knows of changes.
        old: the release that one comes from; if None, what the project of `paths` pins.
        new: the release that one goes to; if None, the newest of the record.
        paths: what is scanned.

    Raises:
        InputError: one of them is no release that the record can speak of, or none is given and nothing is pinned.
    """
    known = releases(record, CPU)
    notes = []
    if old is None:
        old, note = _pinned(known, paths)
        notes.append(note)
    if new is None:
        new = str(known[-1])
        if Release.parse(old) > known[-1]:
            raise InputError(f"--from {old}", f"the record ends at {new}, and tells of nothing later", "give --to")
        notes.append(f"to torch {new}, the newest of the record")
    found = way(record, old, new, CPU)
    if found.is_downgrade:
        notes.append("a downgrade: what each of these changes brought is lost again")
    return found._replace(notes=[*notes, *found.notes])


def _pinned(known: List[Release], paths: Sequence[Path]) -> Tuple[str, str]:
    """Return the release of the record that stands for what the project pins, and a note that says so."""
    pin = pins.pinned(paths)
    if pin is None:
        raise InputError("--from", f"no release of torch is named by {pins.READ} of the project", "give it")
    release = pin.release
    if release <= known[-1]:
        release = lookup.nearest([one for one in known if one <= release] or known, release)
    return str(release), f"from torch {release}, as {relative(pin.file)} asks for {pin.text}"
