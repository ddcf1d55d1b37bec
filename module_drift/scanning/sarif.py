"""What a scan found as SARIF 2.1.0, for GitHub's code scanning and what else reads that."""

import hashlib
import os
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple
from urllib.parse import quote

from .. import __version__
from ..record.causes import advice
from ..record.way import Way
from .baseline import normalised
from .matching import Cause
from .roots import repository
from .scan import Finding, Result, excerpt

LEVELS = {"silent": "error", "loud": "error", "noise": "warning", "better": "note", "new": "note"}
"""How bad each effect is."""

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "SRCROOT"
_SUPPRESSIONS = {"comment": "inSource", "baseline": "external"}
_FINGERPRINT = "moduleDrift/v1"


def as_sarif(result: Result, way: Way) -> Dict[str, Any]:
    """Return `result` as a log of one run.

    A rule is a cause that was looked for. Addresses of files are relative to the root of their repository, or to the
    current folder where there is none. What a comment or the baseline silences is there, and said to be suppressed.
    """
    root = repository()
    order = {cause.key: number for number, cause in enumerate(result.looked_for)}
    findings: List[Tuple[Cause, Finding, Optional[str]]] = [
        (one.cause, finding, None) for one in result.touched for finding in one.findings
    ]
    findings += [(one.cause, one.finding, one.by) for one in result.silenced]
    findings.sort(key=lambda one: (order[one[0].key], one[1]))
    times: Dict[Tuple[str, str, str], int] = {}
    results = []
    for cause, finding, by in findings:
        place = cause.key, _address(finding.path, root)[0], normalised(finding.code)
        times[place] = times.get(place, 0) + 1
        results.append(_result(cause, finding, by, order[cause.key], root, (*place, str(times[place]))))
    notifications = [_notification("warning", text) for text in result.unread]
    notifications += [_notification("note", one.text, _location(one, root)) for one in result.remarks]
    run = {
        "tool": {
            "driver": {
                "name": "module-drift",
                "version": __version__,
                "rules": [_rule(cause) for cause in result.looked_for],
            }
        },
        "originalUriBaseIds": {_ROOT: {"uri": f"{root.as_uri().rstrip('/')}/"}},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notifications}],
        "results": results,
        "properties": {"from": str(way.old.release), "to": str(way.new.release), "notes": way.notes},
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(cause: Cause) -> Dict[str, Any]:
    table = cause.table
    evidence = table.get("evidence", [])
    todo = f"What to do: {advice(table)}" if advice(table) else ""
    since = f"Since torch {cause.since}."
    links = [f"[{one}]({one})" for one in evidence]
    rule = {
        "id": cause.key,
        "shortDescription": {"text": table["what"]},
        "fullDescription": {"text": f"{table['what']} {since}"},
        "help": {
            "text": "\n\n".join(filter(None, [table["what"], todo, since, "\n".join(evidence)])),
            "markdown": "\n\n".join(filter(None, [table["what"], todo, since, "\n".join(f"- {one}" for one in links)])),
        },
        "defaultConfiguration": {"level": LEVELS[cause.effect]},
        "properties": {
            "tags": ["torch", cause.effect, table["kind"]],
            "effect": cause.effect,
            "kind": table["kind"],
            "since": str(cause.since),
        },
    }
    return {**rule, "helpUri": evidence[0]} if evidence else rule


def _result(
    cause: Cause, finding: Finding, by: Optional[str], rule: int, root: Path, parts: Tuple[str, ...]
) -> Dict[str, Any]:
    said = [f"{cause.table['what']} (since torch {cause.since})", cause.table.get("do", "")]
    return {
        "ruleId": cause.key,
        "ruleIndex": rule,
        "level": LEVELS[cause.effect],
        "message": {"text": " ".join(filter(None, said))},
        "locations": [_location(finding, root)],
        "partialFingerprints": {_FINGERPRINT: hashlib.sha256("\0".join(parts).encode()).hexdigest()},
        "suppressions": [{"kind": _SUPPRESSIONS[by], "status": "accepted"}] if by else [],
        "properties": {"certainty": finding.certainty},
    }


def _location(one: Any, root: Path) -> Dict[str, Any]:
    """Return where a finding or a remark is; a column is one of the file only where there are no cells."""
    region: Dict[str, Any] = {"startLine": one.file_line}
    if isinstance(one, Finding):
        if not one.cell:
            region["startColumn"] = one.column
        region["snippet"] = {"text": excerpt(one.code)}
    uri, base = _address(one.path, root)
    artifact = {"uri": uri, "uriBaseId": base} if base else {"uri": uri}
    location: Dict[str, Any] = {"physicalLocation": {"artifactLocation": artifact, "region": region}}
    if one.cell:
        location["logicalLocations"] = [{"fullyQualifiedName": f"cell {one.cell}, line {one.line}"}]
    return location


def _address(path: Path, root: Path) -> Tuple[str, Optional[str]]:
    """Return the address of a file, and what it is relative to; a file outside of `root` has a whole one."""
    absolute = Path(os.path.abspath(path))
    if root not in absolute.parents:
        return absolute.as_uri(), None
    return quote(os.fsencode(absolute.relative_to(root).as_posix())), _ROOT


def _notification(level: str, text: str, location: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
    said: Dict[str, Any] = {"level": level, "message": {"text": text}}
    return {**said, "locations": [location]} if location else said
