"""golden/modes.csv: which cases go through which modes of execution, and so say something of them."""

import functools
import os
from pathlib import Path
from typing import Collection, Dict, Iterable, List, Mapping, NamedTuple, Tuple

from ..common import files
from ..common.errors import InputError
from . import table
from .release import EAGER, MODE, Release, Run

_LARGEST = 16 * 1024 * 1024
"""Bytes that the file may have."""

_EDGE = r"[0-9.]{5,8}[+-]"
_PATTERNS = {"case": r"[a-z0-9-]{1,99}/[a-z0-9-]{1,99}", "mode": MODE, "goes": rf"{_EDGE}( {_EDGE})*"}
_REMEDY = "take the file back from git, or delete it and run all again: module-drift sweep --regen --all"

Applicable = Mapping[Tuple[str, str], str]
"""Of each case and mode, since which releases something of the case goes through the mode (+), or nothing (-)."""


class _Line(NamedTuple):
    case: str
    mode: str
    goes: str


def read(path: Path) -> Applicable:
    """Return what modes.csv says; nothing if there is no file yet.

    Raises:
        InputError: the file is not as it must be.
    """
    return _parsed(path, files.read(path, _REMEDY, _LARGEST)) if os.path.lexists(path) else {}


@functools.lru_cache(maxsize=1)
def _parsed(path: Path, text: str) -> Applicable:
    found: Dict[Tuple[str, str], str] = {}
    for where, cells in table.parse(path, text, _PATTERNS, _REMEDY):
        key = cells["case"], cells["mode"]
        if found.setdefault(key, cells["goes"]) is not cells["goes"]:
            raise InputError(where, f"{key[0]} is there twice in mode {key[1]}", _REMEDY)
    return found


def refuse_gaps(path: Path, applicable: Applicable, verified: Iterable[str]) -> None:
    """Refuse what says nothing of a mode in which releases were `verified`: by it, no case would go through that.

    Raises:
        InputError: there is such a mode.
    """
    for mode in sorted(set(verified) - {EAGER} - {mode for _, mode in applicable}):
        raise InputError(path, f"no case of mode {mode} is there, in which releases were verified", _REMEDY)


def dump(applicable: Applicable) -> str:
    """Return the text of modes.csv."""
    return table.dump(_Line._fields, sorted(_Line(case, mode, goes) for (case, mode), goes in applicable.items()))


def goes_through(applicable: Applicable, case_id: str, run: Run) -> bool:
    """Return whether something of a case goes through the mode of `run`, by the releases that were run."""
    said = False
    for release, goes in _parsed_edges(applicable.get((case_id, run.mode), "")):
        if release <= run.release:
            said = goes
    return said


@functools.lru_cache(maxsize=None)  # Few that differ, and asked for of each case, mode and release.
def _parsed_edges(goes: str) -> Tuple[Tuple[Release, bool], ...]:
    return tuple((Release.parse(edge[:-1]), edge.endswith("+")) for edge in goes.split())


def with_run(
    applicable: Applicable, run: Run, ran: Collection[str], passed_by: Collection[str], verified: Iterable[Run]
) -> Applicable:
    """Return the same with what a run in a mode showed; what is said of other `verified` runs stays so.

    Args:
        applicable: what is known.
        run: the run.
        ran: the ids of the cases that ran.
        passed_by: those of them of which nothing went through the mode.
        verified: the runs that the record vouches for.
    """
    releases = sorted({one.release for one in verified if one.mode == run.mode} | {run.release})
    after = dict(applicable)
    for case_id in ran:
        goes = {
            release: case_id not in passed_by
            if release == run.release
            else goes_through(applicable, case_id, run._replace(release=release))
            for release in releases
        }
        edges = _edges(goes)
        after.pop((case_id, run.mode), None)
        if edges:
            after[case_id, run.mode] = edges
    return after


def _edges(goes: Mapping[Release, bool]) -> str:
    edges: List[str] = []
    before = False
    for release, now in goes.items():
        if now != before:
            edges.append(f"{release}{'+' if now else '-'}")
        before = now
    return " ".join(edges)
