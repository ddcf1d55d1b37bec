"""How a run stands to those that a record has verified: what is vouched for, and against which release it is held."""

from typing import Iterable, Optional

from packaging.version import Version

from ..record.golden import Golden
from ..record.record import Record
from ..record.release import EAGER, Release, Run, public_version


def verified_line(record: Record, run: Run) -> str:
    """Return what the record vouches for on a run's device, in its mode, and how the run stands to it."""
    rows = record.verified_rows()
    those = {row.run for row in rows if (row.device, row.mode) == (run.device, run.mode)}
    where = run.device if run.mode == EAGER else f"{run.device} in mode {run.mode}"
    newest = max(those, default=None)
    if newest is None:
        return f"record: no release is verified on {where} yet"
    line = f"record: verified on {where} through torch {newest.release}"
    oldest = min(row.run.release for row in rows)
    if run.release < oldest:
        return f"{line}; it begins at {oldest}, and torch {run.release} is older"
    if run > newest:
        return f"{line}; torch {run.release} is newer and is held against that"
    if run not in those:
        return f"{line}, but not torch {run.release}: it is held against the release before it"
    return line


def held_against(record: Record, run: Run, version: str, goldens: Iterable[Golden]) -> Optional[Release]:
    """Return against which release a torch is held, if it is another one than that torch is; else None.

    That is the newest up to it that was verified, or where none was, the newest that the goldens were recorded on.

    Args:
        record: where the runs are.
        run: the release that the torch counts as, its device and mode.
        version: what the torch calls itself, such as "2.16.0.dev20261101": a nightly is not the release to come.
        goldens: those in effect.
    """
    verified = record.known_releases(run.device, run.mode)
    until = [release for release in verified if release <= run.release] or [golden.since for golden in goldens]
    newest = max(until, default=None)
    is_same = newest is not None and Version(public_version(version)) == Version(str(newest))
    return None if is_same else newest
