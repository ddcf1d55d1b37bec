"""Writes docs/drifts.md from the record: run `python -m tools.findings`."""

from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Tuple

from module_drift.common import files
from module_drift.common.links import label
from module_drift.record import checks
from module_drift.record.causes import KINDS, advice
from module_drift.record.record import Record
from module_drift.record.release import Release

PAGE = "docs/drifts.md"
INTRODUCTION = """\
# What drifted, release by release

Every cause in `golden/causes.toml`, by the release that changed the behaviour: what it means for someone who upgrades,
what to do, which cases it moved, and the evidence. `module-drift show <case>` shows a case's code and history. The
kinds and effects are explained in [CONTRIBUTING.md](../CONTRIBUTING.md#a-cause). This page is written by
`python -m tools.findings`.
"""


class Finding(NamedTuple):
    """A cause, and the ids of the cases that it moved, in order."""

    cause: Dict[str, Any]
    moved: List[str]


def findings(record: Record) -> Dict[str, List[Finding]]:
    """Return what each release brought, oldest first; within a release in the order of kinds."""
    histories, _ = checks.read_all(record, record.cases())
    moved: Dict[str, List[str]] = {}
    for id, goldens in sorted(histories.items()):
        for golden in goldens:
            if golden.cause:
                moved.setdefault(golden.cause, []).append(id)

    def order(item: Tuple[str, Dict[str, Any]]) -> Tuple[Release, int, str]:
        key, cause = item
        return Release.parse(cause["since"]), KINDS.index(cause["kind"]), key

    ordered = [Finding(cause, moved.get(key, [])) for key, cause in sorted(record.read_causes().items(), key=order)]
    return {since: list(group) for since, group in groupby(ordered, lambda finding: str(finding.cause["since"]))}


def matrix(found: Dict[str, List[Finding]]) -> str:
    """Return a table of how many causes of each kind each release brought, linked to its heading."""
    kinds = [kind for kind in KINDS if any(f.cause["kind"] == kind for group in found.values() for f in group)]
    rows = [["since", *kinds], ["---", *("--:" for _ in kinds)]]
    for since, group in found.items():
        counts = Counter(finding.cause["kind"] for finding in group)
        rows.append([f"[{since}](#{since.replace('.', '')})", *(str(counts[kind] or "") for kind in kinds)])
    return _table(rows)


def page(found: Dict[str, List[Finding]]) -> str:
    """Return docs/drifts.md: the table of numbers, then what each release brought."""
    parts = [INTRODUCTION, matrix(found)]
    for since, group in found.items():
        rows = [["kind", "effect", "what changed", "what to do", "cases", "evidence"], ["---"] * 6]
        for cause, moved in group:
            evidence = ", ".join(f"[{label(url)}]({url})" for url in cause["evidence"])
            what, todo = (text.replace("|", r"\|") for text in (cause["what"], advice(cause)))
            cases = "<br>".join(moved)
            rows.append([cause["kind"], cause["effect"], what, todo, cases, evidence or cause["searched"]])
        parts.append(f"## {since}\n\n{_table(rows)}")
    return "\n".join(parts)


def _table(rows: List[List[str]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def main() -> None:
    """Write the page below the current folder."""
    files.replace(Path(PAGE), page(findings(Record(Path.cwd()))))


if __name__ == "__main__":
    main()
