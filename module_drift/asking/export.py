"""The whole record as plain data, for record.json and for the pages of the site."""

import math
from pathlib import Path
from typing import Any, Dict, List, Optional, Set, Tuple

from .. import __version__
from ..finding.discovery import Case
from ..record import applicable
from ..record.devices import CPU, holds_on
from ..record.editions import editions, letters
from ..record.golden import Golden
from ..record.history import resolve
from ..record.record import Record
from ..record.release import Release, Run

SECTIONS = ("module", "parameter", "buffer", "hook", "functional", "autograd", "layer", "utility", "remedy")
"""In the order of the article; others come after them."""


def export(record: Record, cases: Optional[List[Case]] = None) -> Dict[str, Any]:
    """Return the record as record.schema.json describes it; `cases` are its cases, if they are read already.

    The editions of a case are in the order of its goldens, those of eager first; a golden that says what another said
    has its letter.
    """
    cases = sorted(record.cases() if cases is None else cases, key=_place)
    goldens = {case.id: record.goldens(case.id) for case in cases}
    rows, devices = record.verified_rows(), record.devices()
    run_in, known = record.releases_in_modes(CPU), record.applicable()
    cannot = {device: record.cannot(device) for device in devices}
    releases = sorted({row.run.release for row in rows} | {golden.since for all in goldens.values() for golden in all})
    return {
        "version": __version__,
        "releases": list(map(str, releases)),
        "devices": devices,
        "modes": list(run_in),
        "runs": [row._asdict() for row in rows],
        "causes": record.read_causes(),
        "cases": [
            {
                **_case(record, case, goldens[case.id], releases, devices),
                "cannot": {
                    device: [str(release) for release in those[case.id]]
                    for device, those in cannot.items()
                    if case.id in those
                },
                "in_modes": {
                    mode: _in_mode(known, case.id, goldens[case.id], releases, run, mode)
                    for mode, run in run_in.items()
                },
            }
            for case in cases
        ],
    }


def _place(case: Case) -> Tuple[bool, int, str, bool, int, bool]:
    """Sorts by section in the article's order, with its examples first and its claims next, then by file."""
    known = case.section in SECTIONS
    section = SECTIONS.index(case.section) if known else 0
    number = int(case.id.rpartition("-")[2]) if case.is_example else 0
    return not known, section, case.section, not case.is_example, number, not case.example


def schema_text() -> str:
    """Return the JSON Schema of what `export` returns."""
    return Path(__file__).with_name("record.schema.json").read_text(encoding="utf-8")


def _case(
    record: Record, case: Case, goldens: List[Golden], releases: List[Release], devices: List[str]
) -> Dict[str, Any]:
    numbers = editions(goldens)
    return {
        "id": case.id,
        "section": case.section,
        "sentence": case.sentence,
        "article": case.article,
        "called_with": case.called_with,
        "needs": case.needs,
        "only": case.only,
        "platform_bound": case.platform_bound,
        "file": f"cases/{case.path.relative_to(record.cases_folder).as_posix()}",
        "line": case.line,
        "source": case.source,
        "goldens": [
            {
                "file": record.place_of(case.id, golden),
                "since": str(golden.since),
                "device": golden.device,
                "mode": golden.mode,
                "edition": letters(number),
                "recorded": golden.recorded,
                "cause": golden.cause,
                **golden.observation._asdict(),
                "numbers": _json_numbers(golden.observation.numbers),
            }
            for golden, number in zip(goldens, numbers)
        ],
        "in_effect": {device: _in_effect(goldens, releases, device) for device in devices},
    }


def _json_numbers(values: Any) -> Any:
    """Return nested lists of numbers with those that JSON lacks, NaN and the infinities, as text."""
    if isinstance(values, list):
        return [_json_numbers(value) for value in values]
    return str(values) if isinstance(values, float) and not math.isfinite(values) else values


def _in_effect(goldens: List[Golden], releases: List[Release], device: str) -> List[Optional[int]]:
    """Return for each of `releases` the position of the golden in effect on `device`; None before the first."""
    # In the order of both, of which the last that is not younger is in effect: as `history.resolve` has it.
    fitting = [i for i, golden in enumerate(goldens) if holds_on(golden.device, device) and golden.mode is None]
    found: List[Optional[int]] = []
    at = -1
    for release in releases:
        while at + 1 < len(fitting) and goldens[fitting[at + 1]].since <= release:
            at += 1
        found.append(fitting[at] if at >= 0 else None)
    return found


def _in_mode(
    known: applicable.Applicable,
    case_id: str,
    goldens: List[Golden],
    releases: List[Release],
    run: Set[Release],
    mode: str,
) -> List[Optional[int]]:
    """Return the same in `mode` on the CPU; None where it was not run, or nothing of the case goes through it."""
    found: List[Optional[int]] = []
    for release in releases:
        one = Run(release, CPU, mode)
        goes = release in run and applicable.goes_through(known, case_id, one)
        held = resolve(goldens, one) if goes else None
        found.append(None if held is None else goldens.index(held))
    return found
