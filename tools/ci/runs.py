"""Reads the runs that jobs leave behind, which are from outside: torch, whatever it does, has run beside them."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import fastjsonschema

from module_drift.case import ID
from module_drift.common import files
from module_drift.common.errors import InputError
from module_drift.common.scope import SCOPES, is_run
from module_drift.common.words import counted
from module_drift.finding.discovery import Case
from module_drift.judging.judgement import DRIFTED, MATCHES, VERDICTS
from module_drift.record import applicable
from module_drift.record.devices import DEVICE
from module_drift.record.record import Record
from module_drift.record.release import MODE, Release, Run

_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"], "maxLength": 100}
_DRIFT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "device", "old", "new", "differences"],
    "properties": {
        "id": {"type": "string", "pattern": rf"^(?:{ID.pattern})\Z", "maxLength": 200},
        **dict.fromkeys(("device", "old", "new", "differences"), _TEXT),
    },
}
_UNJUDGED = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "device", "reason"],
    "properties": dict.fromkeys(("id", "device", "reason"), _TEXT),
}
_COUNT = {"type": "integer", "minimum": 0}
_TEXT_BY_DEVICE = {"type": "object", "additionalProperties": _TEXT}


def _of_case(says: str) -> dict[str, Any]:
    """Return the schema of what is said of one case on one device."""
    names = ("id", "device", says)
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(names),
        "properties": dict.fromkeys(names, _TEXT),
    }


_RUN = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        "release",
        "device",
        "mode",
        "verdict",
        "cases",
        "matched",
        "expected",
        "drifted",
        "accepted",
        "elsewhere",
        "out_of_scope",
        "passed_by",
        "cannot",
        "deviating",
        "uncompared",
        "verified",
        "left_out",
        "held_against",
        "unjudged",
        "reason",
        "torch",
        "python",
        "platform",
    ],
    "properties": {
        "release": {"type": ["string", "null"], "pattern": r"^[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}\Z"},
        "device": {"type": "string", "pattern": rf"^(?:{DEVICE})\Z"},
        "mode": {"type": "string", "pattern": rf"^(?:{MODE})\Z"},
        "verdict": {"enum": list(VERDICTS)},
        "cases": _COUNT,
        "matched": _COUNT,
        "expected": _COUNT,
        "drifted": {"type": "array", "items": _DRIFT},
        "accepted": {"type": "array", "items": _TEXT},
        "elsewhere": {"type": "array", "items": _TEXT},
        "out_of_scope": {"type": "object", "propertyNames": {"enum": list(SCOPES)}, "additionalProperties": _COUNT},
        "passed_by": {"type": "array", "items": _TEXT},
        "cannot": {"type": "array", "items": _of_case("lacks")},
        "deviating": {"type": "array", "items": _of_case("cause")},
        "uncompared": {"type": "array", "items": _TEXT},
        "verified": {"const": 0},  # A job runs all cases.
        "left_out": _TEXT_BY_DEVICE,
        "held_against": _TEXT_BY_DEVICE,
        "unjudged": {"type": "array", "items": _UNJUDGED},
        "reason": _TEXT,
        **dict.fromkeys(("torch", "python", "platform"), _TEXT_OR_NULL),
    },
}
_LARGEST = 256 * 1024 * 1024
"""Bytes that a file of runs may have: room for all cases that drift, with long texts."""
_validate = fastjsonschema.compile({"anyOf": [_RUN, {"type": "array", "items": _RUN}]})


def read(path: Path) -> list[dict[str, Any]]:
    """Return the runs in a file, which holds one, or a list of them.

    Raises:
        InputError: it is not as `module-drift check --json` or `module-drift sweep --json` write it.
    """
    remedy = "see the log of the job that wrote it"
    try:
        found = json.loads(files.read(path, remedy, _LARGEST))
        _validate(found)
    except fastjsonschema.JsonSchemaValueException:
        raise InputError(path, "is no run in the form of check --json", remedy) from None
    except (ValueError, RecursionError):
        raise InputError(path, "is no JSON", remedy) from None
    return found if isinstance(found, list) else [found]


def shortfall(run: dict[str, Any], record: Record, cases: Collection[Case]) -> str:
    """Return why a run on one device that says MATCHES or DRIFTED is no judgement of all `cases`; "" if it is one.

    A case whose goldens hold on another platform only counts as judged; one of which nothing goes through the mode, or
    which the device cannot do, does so where that is what `record` says.
    """
    if run["verdict"] not in (MATCHES, DRIFTED):
        return ""
    elsewhere, drifted, passed_by = (
        set(run["elsewhere"]),
        {drift["id"] for drift in run["drifted"]},
        [*run["passed_by"], *(one["id"] for one in run["cannot"])],
    )
    try:
        ran = str(Release.parse(run["torch"] or ""))
    except InputError:
        ran = None
    if ran != run["release"]:
        return f"was of torch {run['torch']}"
    made = Run(Release.parse(ran), run["device"], run["mode"])
    cases = [case for case in cases if is_run(case.only, made.own_place)]
    ids, bound = {case.id for case in cases}, {case.id for case in cases if case.platform_bound}
    known = record.applicable() if made.own_place else {}
    going = [id for id in passed_by if not made.own_place or applicable.goes_through(known, id, made)]
    if going or not set(passed_by) <= ids - drifted - elsewhere or len(passed_by) == run["cases"]:
        return f"passed by {counted(len(passed_by), 'case')}, {going[0] if going else 'which cannot be'}"
    whole = run["cases"] == run["expected"] == len(cases) - len(elsewhere) > 0
    are_known = drifted <= ids and elsewhere <= bound and not drifted & elsewhere
    if whole and are_known and not run["unjudged"] and (run["verdict"] == DRIFTED) == bool(drifted):
        return ""
    return f"was judged in {counted(run['cases'], 'case')} of {len(cases)}"
