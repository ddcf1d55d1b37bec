"""Prints what the record found, as a table in Markdown: run `python -m module_drift.findings`."""

import re
from pathlib import Path
from typing import Dict, List

from . import checks
from .record import Record
from .release import Release


def table(record: Record) -> str:
    """Return a row for each cause, oldest first: release, kind, what changed, cases that it moved, evidence."""
    cases = record.cases()
    moved: Dict[str, List[str]] = {}
    histories, _ = checks.read_all(record, cases)
    for id, goldens in histories.items():
        for golden in goldens:
            if golden.cause:
                moved.setdefault(golden.cause, []).append(id)
    causes = sorted(record.read_causes().items(), key=lambda item: (Release.parse(item[1]["since"]), item[0]))
    rows = [
        f"| {cause['since']} | {cause['kind']} | {cause['what']} | {_shorten(moved.get(key, []))} | "
        f"{', '.join(map(_link, cause['evidence'])) or 'none found'} |"
        for key, cause in causes
    ]
    return "\n".join(["| since | kind | what changed | cases | evidence |", "| --- | --- | --- | --- | --- |", *rows])


def _shorten(ids: List[str]) -> str:
    """Return ids as text: both of two, but of more their number and the first."""
    return ", ".join(ids) if len(ids) <= 2 else f"{len(ids)} cases, such as {ids[0]}"


def _link(url: str) -> str:
    number = re.search(r"/(?:pull|issues)/(\d+)$", url)
    return f"[#{number.group(1)}]({url})" if number else f"[link]({url})"


if __name__ == "__main__":
    print(table(Record(Path.cwd())))
