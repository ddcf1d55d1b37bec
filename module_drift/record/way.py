"""The way from one release to another, as a person names its ends."""

from typing import List, NamedTuple

from ..common.errors import InputError
from . import lookup
from .devices import CPU
from .record import Record
from .release import EAGER, Release, Run


class Way(NamedTuple):
    """Where one comes from and goes to.

    Attributes:
        old: the run that one comes from.
        new: the run that one goes to.
        notes: what is to be said of how far the record holds for them.
    """

    old: Run
    new: Run
    notes: List[str]

    @property
    def is_downgrade(self) -> bool:
        """Whether it leads back in time."""
        return self.new.release < self.old.release


def releases(record: Record, device: str, mode: str = EAGER) -> List[Release]:
    """Return the releases that were run in `mode` on `device`, oldest first; on any device if there is none."""
    return record.known_releases(device, mode) or record.known_releases(mode=mode)


def none_of_kind_mode(record: Record) -> str:
    """Return what to say where changes of kind `mode` are asked for between releases in eager, where none can be."""
    run = sorted({row.mode for row in record.verified_rows()} - {EAGER})
    remedy = f"add --mode with one of {', '.join(run)}" if run else "and no release was run in any other mode yet"
    return f"in eager, nothing is of kind mode: {remedy}"


def way(record: Record, old: str, new: str, device: str, mode: str = EAGER) -> Way:
    """Return the way between two releases, which may be given as `lookup.release` takes them.

    Raises:
        InputError: one of them is no release that the record can speak of, or it knows nothing of the mode.
    """
    known = releases(record, device, mode)
    if mode != EAGER and not known:
        run = sorted({row.mode for row in record.verified_rows()} - {EAGER})
        remedy = f"the record has {', '.join(run)}" if run else f"module-drift sweep --regen --mode {mode}"
        raise InputError(f"--mode {mode}", "no release was run in it", remedy)
    where = f" on {device}" if device != CPU and record.known_releases(device, mode) else ""
    old_run, new_run = (
        Run(lookup.release(known, text, or_newer=True, where=where), device, mode) for text in (old, new)
    )
    notes = [
        f"torch {release} is newer than the record: what it holds for {known[-1]} stands for it"
        for release in dict.fromkeys([old_run.release, new_run.release])
        if release > known[-1]
    ]
    if not record.known_releases(device, mode):
        notes.append(f"no release was run on {device} yet: this is what the record holds for every device")
    return Way(old_run, new_run, notes)
