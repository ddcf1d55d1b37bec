"""The table of all causes against all cases: what a scan of the cases' own code finds.

Run `python -m tests.scanning.causes_and_cases` to write it anew, and look at what changes: each case that a cause
moved must be hit by it, and a sure or likely hit in another case should be of code that the cause really touches.
"""

import ast
import tempfile
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Set, Tuple

from module_drift.common import files
from module_drift.finding.code_digest import Digests
from module_drift.record import checks
from module_drift.record.record import Record
from module_drift.record.release import Release
from module_drift.scanning.matching import CERTAINTIES, Cause, causes_of
from module_drift.scanning.scan import scan

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_suffix(".txt")

_INTRODUCTION = """\
What a scan of the cases finds of each cause that names can find: in the cases that the cause moved, and in others.
Written by python -m tests.scanning.causes_and_cases

"""

_SHOWN = "print"
"""What a case shows is printed, which a reader of its source cannot know of a parameter."""


class Joined(NamedTuple):
    """A cause beside the cases.

    Attributes:
        since: the release that brought it.
        moved: the ids of the cases that it moved.
        hits: the certainty with which it is found in the code of a case, by the case's id.
    """

    since: Release
    moved: Set[str]
    hits: Dict[str, int]


def joined(record: Record) -> Dict[str, Joined]:
    """Return each cause that names can find, by its key, beside all cases of `record`."""
    cases = record.cases()
    digests = Digests(record.cases_folder, record.root, cases)
    executing: Dict[Tuple[Path, int], List[str]] = {}
    for case in cases:
        for path, lines in digests.lines(case).items():
            for line in lines:
                executing.setdefault((path, line), []).append(case.id)

    table = record.read_causes()
    causes = list(_of_both_ways(table))
    found = {cause.key: Joined(cause.since, set(), {}) for cause in causes}
    # What a member of a family uses is a text in its table as a rule, of which no scan knows that it is a name.
    members = {case.id for case in cases if case.values}
    for id, goldens in checks.read_all(record, cases)[0].items():
        for golden in goldens:
            if golden.cause in found and id not in members:
                found[golden.cause].moved.add(id)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, record.cases_folder.name)
        for path in record.cases_folder.rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            files.replace(folder / path.relative_to(record.cases_folder), _with_prints(text))
        result = scan([folder], causes, 0, with_possible=True)
        assert not result.unread, result.unread
        for cause, findings in result.touched:
            hits = found[cause.key].hits
            for one in findings:
                for id in executing.get((record.cases_folder / one.path.relative_to(folder), one.line), ()):
                    hits[id] = max(hits.get(id, 0), CERTAINTIES.index(one.certainty))
    return found


def _of_both_ways(table: Dict[str, Dict[str, object]]) -> Iterator[Cause]:
    up, down = ({cause.key: cause for cause in causes_of(table, table, way)} for way in (True, False))
    for key in table:
        found = [causes[key] for causes in (up, down) if key in causes]
        if found:
            patterns = dict.fromkeys(pattern for cause in found for pattern in cause.patterns)
            yield found[0]._replace(patterns=tuple(patterns))


def _with_prints(text: str) -> str:
    """Return the code of cases with the same lines, where what they show is printed."""
    lines = text.splitlines(keepends=True)
    uses = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name) and node.id == "show"]
    for node in sorted(uses, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        line = lines[node.lineno - 1].encode()
        lines[node.lineno - 1] = (line[: node.col_offset] + _SHOWN.encode() + line[node.end_col_offset :]).decode()
    return "".join(lines)


def written(table: Dict[str, Joined]) -> str:
    """Return the text of the table: sure and likely hits one a line, possible ones in other cases as their number."""
    lines = []
    for key, (since, moved, hits) in sorted(table.items(), key=lambda item: (item[1].since, item[0])):
        lines.append(f"{key} {since}")
        for id in sorted(moved):
            lines.append(f"  moved  {CERTAINTIES[hits[id]] if id in hits else 'NO HIT':8}  {id}")
        others = sorted(id for id in hits if id not in moved)
        lines += [f"  other  {CERTAINTIES[hits[id]]:8}  {id}" for id in others if hits[id]]
        possible = sum(not hits[id] for id in others)
        lines += [f"  other  possible  {possible}"] if possible else []
        lines.append("")
    return _INTRODUCTION + "\n".join(lines)


if __name__ == "__main__":
    files.replace(TABLE, written(joined(Record(ROOT))))
