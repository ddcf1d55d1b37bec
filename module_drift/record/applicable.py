"""golden/modes.csv and golden/devices.csv: which cases go through which modes or run on which devices."""

import functools
import os
from pathlib import Path
from typing import Collection, Dict, Iterable, List, Mapping, Tuple

from ..common import files
from ..common.errors import InputError
from . import table
from .devices import CPU, TYPE
from .release import MODE, Release, Run

_LARGEST = 16 * 1024 * 1024
"""Bytes that a file may have."""

MODES, DEVICES = "modes.csv", "devices.csv"
_COLUMNS = {MODES: ("case", "mode", "goes"), DEVICES: ("case", "device", "runs")}
_PLACES = {MODES: MODE, DEVICES: rf"@(?!{CPU}\b){TYPE}(~{MODE})?"}
_CASE = r"[a-z0-9-]{1,99}/[a-z0-9-]{1,99}"
_EDGE = r"[0-9.]{5,8}[+-]"
_REMEDY = "take the file back from git, or delete it and run all again: module-drift sweep --regen --all"

Applicable = Mapping[Tuple[str, str], str]
"""Of each case and place (see `Run.own_place`), since which releases something of the case goes through the mode, and
the device can do what it needs (+), or not (-)."""


def read(folder: Path) -> Applicable:
    """Return what the files in `folder` say; nothing of one that is not there yet.

    Raises:
        InputError: a file is not as it must be.
    """
    found: Dict[Tuple[str, str], str] = {}
    for name in _COLUMNS:
        path = folder / name
        if os.path.lexists(path):
            found.update(_parsed(path, files.read(path, _REMEDY, _LARGEST)))
    return found


@functools.lru_cache(maxsize=len(_COLUMNS))
def _parsed(path: Path, text: str) -> Applicable:
    found: Dict[Tuple[str, str], str] = {}
    columns = _COLUMNS[path.name]
    patterns = dict(zip(columns, (_CASE, _PLACES[path.name], rf"{_EDGE}( {_EDGE})*")))
    for where, cells in table.parse(path, text, patterns, _REMEDY):
        case_id, place, edges = (cells[column] for column in columns)
        if found.setdefault((case_id, place), edges) is not edges:
            raise InputError(where, f"{case_id} is there twice for {place}", _REMEDY)
    return found


def refuse_gaps(folder: Path, applicable: Applicable, verified: Iterable[Run]) -> None:
    """Refuse what says nothing of a mode or device on which releases were `verified`: by it, no case would run there.

    Raises:
        InputError: there is such a one.
    """
    known = {place for _, place in applicable}
    for place in sorted({run.own_place for run in verified if run.own_place} - known):
        path = folder / (DEVICES if place.startswith("@") else MODES)
        remedy = "take the file back from git, or take its runs out of verified.csv, too, and record them again"
        raise InputError(path, f"no case of {place} is there, of which releases were verified", remedy)


def dump(applicable: Applicable) -> Dict[str, str]:
    """Return the texts of the files by their names, but of one that would be empty."""
    of: Dict[str, List[Tuple[str, str, str]]] = {MODES: [], DEVICES: []}
    for (case_id, place), edges in sorted(applicable.items()):
        of[DEVICES if place.startswith("@") else MODES].append((case_id, place, edges))
    return {name: table.dump(_COLUMNS[name], lines) for name, lines in of.items() if lines}


def goes_through(applicable: Applicable, case_id: str, run: Run) -> bool:
    """Return whether something of a case goes through the mode of `run`, and its device can do what it needs.

    That is by the releases that were run there; `run` is one that has a place of its own.
    """
    said = False
    for release, goes in _parsed_edges(applicable.get((case_id, run.own_place or ""), "")):
        if release <= run.release:
            said = goes
    return said


def is_known_not_to(applicable: Applicable, case_id: str, run: Run) -> bool:
    """Return whether `goes_through` is false by a run that was recorded, and not since none was."""
    return any(place == run.own_place for _, place in applicable) and not goes_through(applicable, case_id, run)


@functools.lru_cache(maxsize=None)  # Few that differ, and asked for of each case, place and release.
def _parsed_edges(goes: str) -> Tuple[Tuple[Release, bool], ...]:
    return tuple((Release.parse(edge[:-1]), edge.endswith("+")) for edge in goes.split())


def never(edges: str) -> str:
    """Return what says of a case and a place, of which `edges` are said, that nothing goes there in any release."""
    return f"{edges.partition(' ')[0][:-1]}-"


def with_run(
    applicable: Applicable, run: Run, ran: Collection[str], passed_by: Collection[str], verified: Iterable[Run]
) -> Applicable:
    """Return the same with what a run showed that has a place of its own; what is said of other runs stays so.

    Args:
        applicable: what is known.
        run: the run.
        ran: the ids of the cases that ran.
        passed_by: those of them of which nothing went through the mode, or that the device cannot do.
        verified: the runs that the record vouches for.
    """
    place = run.own_place
    assert place
    releases = sorted({one.release for one in verified if one.own_place == place} | {run.release})
    after = dict(applicable)
    for case_id in ran:
        goes = {
            release: case_id not in passed_by
            if release == run.release
            else goes_through(applicable, case_id, run._replace(release=release))
            for release in releases
        }
        edges = _edges(goes)
        after.pop((case_id, place), None)
        if edges:
            after[case_id, place] = edges
    return after


def _edges(goes: Mapping[Release, bool]) -> str:
    edges: List[str] = []
    before = False
    for release, now in goes.items():
        if now != before:
            edges.append(f"{release}{'+' if now else '-'}")
        before = now
    return " ".join(edges)
