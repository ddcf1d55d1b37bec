"""Writes docs/drifts.md and the README's table from the record: run `python -m tools.findings`."""

from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Tuple

from module_drift.common import files
from module_drift.common.links import label
from module_drift.record import checks
from module_drift.record.causes import KINDS
from module_drift.record.record import Record
from module_drift.record.release import Release

README, PAGE = "README.md", "docs/drifts.md"
BEGIN, END = "<!-- python -m tools.findings -->\n", "<!-- end -->\n"
INTRODUCTION = """\
# What drifted, release by release

Every cause in `golden/causes.toml`, with the cases that it moved: `ls golden/<case>` shows a case's history, and
`cases/` its code. The kinds are explained in [CONTRIBUTING.md](../CONTRIBUTING.md#a-cause). This page is written
by `python -m tools.findings`.
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


def matrix(found: Dict[str, List[Finding]], page: str = "") -> str:
    """Return a table of how many causes of each kind each release brought, linked to its heading on `page`."""
    kinds = [kind for kind in KINDS if any(f.cause["kind"] == kind for group in found.values() for f in group)]
    rows = [["since", *kinds], ["---", *("--:" for _ in kinds)]]
    for since, group in found.items():
        counts = Counter(finding.cause["kind"] for finding in group)
        rows.append([f"[{since}]({page}#{since.replace('.', '')})", *(str(counts[kind] or "") for kind in kinds)])
    return _table(rows)


def page(found: Dict[str, List[Finding]]) -> str:
    """Return docs/drifts.md: the table of numbers, then what each release brought."""
    parts = [INTRODUCTION, matrix(found)]
    for since, group in found.items():
        rows = [["kind", "what changed", "cases", "evidence"], ["---"] * 4]
        for cause, moved in group:
            evidence = ", ".join(f"[{label(url)}]({url})" for url in cause["evidence"])
            rows.append(
                [cause["kind"], cause["what"].replace("|", r"\|"), "<br>".join(moved), evidence or cause["searched"]]
            )
        parts.append(f"## {since}\n\n{_table(rows)}")
    return "\n".join(parts)


def readme(text: str, found: Dict[str, List[Finding]]) -> str:
    """Return the README's text with the table between its two comments replaced."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + matrix(found, PAGE) + END + after


def _table(rows: List[List[str]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def main() -> None:
    """Write both files below the current folder."""
    found = findings(Record(Path.cwd()))
    files.replace(Path(PAGE), page(found))
    files.replace(Path(README), readme(Path(README).read_text(encoding="utf-8"), found))


if __name__ == "__main__":
    main()
