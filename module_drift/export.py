"""The whole record as plain data, for record.json and for the pages of the site."""

import json
import math
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from . import __version__, history
from .devices import DEVICES
from .discovery import Case
from .editions import editions, letters
from .golden import Golden
from .record import Record
from .release import Release, Run

SECTIONS = ("module", "parameter", "buffer", "hook", "functional")
"""In the order of the article; others come after them."""


def export(record: Record) -> Dict[str, Any]:
    """Return the record as record.schema.json describes it.

    The editions of a case are in the order of its goldens; a golden that says again what an earlier one said
    has its letter.
    """
    cases = sorted(record.cases(), key=_place)
    goldens = {case.id: record.goldens(case.id) for case in cases}
    rows = record.verified_rows()
    releases = sorted({row.run.release for row in rows} | {golden.since for all in goldens.values() for golden in all})
    return {
        "version": __version__,
        "releases": list(map(str, releases)),
        "devices": list(DEVICES),
        "runs": [row._asdict() for row in rows],
        "causes": record.read_causes(),
        "cases": [_case(case, goldens[case.id], releases) for case in cases],
    }


def _place(case: Case) -> Tuple[bool, int, str, bool, int]:
    """Sorts by section in the article's order, with its own examples first; the rest stays in the order of files."""
    known = case.section in SECTIONS
    number = int(case.id.rpartition("-")[2]) if case.is_example else 0
    return not known, SECTIONS.index(case.section) if known else 0, case.section, not case.is_example, number


def schema() -> Dict[str, Any]:
    """Return the JSON Schema of what `export` returns."""
    text = Path(__file__).with_name("record.schema.json").read_text(encoding="utf-8")
    loaded: Dict[str, Any] = json.loads(text)
    return loaded


def _case(case: Case, goldens: List[Golden], releases: List[Release]) -> Dict[str, Any]:
    numbers = editions(goldens)
    return {
        "id": case.id,
        "section": case.section,
        "sentence": case.sentence,
        "article": case.article,
        "needs": case.needs,
        "platform_bound": case.platform_bound,
        "file": f"cases/{case.path.name}",
        "line": case.line,
        "source": case.source,
        "goldens": [
            {
                "file": f"golden/{case.id}/{golden.file_name}",
                "since": str(golden.since),
                "device": golden.device,
                "edition": letters(number),
                "recorded": golden.recorded,
                "cause": golden.cause,
                **golden.observation._asdict(),
                "numbers": _json_numbers(golden.observation.numbers),
            }
            for golden, number in zip(goldens, numbers)
        ],
        "in_effect": {device: [_index(goldens, Run(release, device)) for release in releases] for device in DEVICES},
    }


def _json_numbers(values: Any) -> Any:
    """Return nested lists of numbers with those that JSON lacks, NaN and the infinities, as text."""
    if isinstance(values, list):
        return [_json_numbers(value) for value in values]
    return str(values) if isinstance(values, float) and not math.isfinite(values) else values


def _index(goldens: List[Golden], run: Run) -> Optional[int]:
    """Return the position of the golden in effect for `run`; None before the first."""
    found = history.resolve(goldens, run)
    return None if found is None else goldens.index(found)
