"""Tables of the pages that are written from the record."""

from typing import Any, Dict, List, Mapping, Sequence

from module_drift.common.links import label
from module_drift.record.causes import advice
from module_drift.record.release import Release


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown; the first two rows are its head and how its columns are aligned."""
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def of_causes(causes: Mapping[str, Dict[str, Any]], moved: Mapping[str, List[str]]) -> str:
    """Return a table of causes, oldest first.

    Args:
        causes: by their keys; a golden that nobody has explained has one without contents.
        moved: what each moved, such as "hook/code-3 (2.1.0)".
    """
    rows = [["since", "effect", "what", "what to do", "goldens", "such as", "evidence"], ["---"] * 7]
    for key in sorted(causes, key=lambda key: (Release.parse(causes[key].get("since", "0.0.0")), key)):
        rows.append(_row(causes[key], moved[key]))
    return table(rows)


def _of_each_case(moved: List[str]) -> List[str]:
    """Return of each case only the first golden that is named."""
    first: Dict[str, str] = {}
    for one in moved:
        first.setdefault(one.partition(" ")[0], one)
    return list(first.values())


def _row(cause: Dict[str, Any], moved: List[str]) -> List[str]:
    evidence = ", ".join(f"[{label(url)}]({url})" for url in cause.get("evidence", ()))
    what, todo = (
        text.replace("|", r"\|") for text in (cause.get("what", "unexplained"), advice(cause) if cause else "")
    )
    return [
        cause.get("since", ""),
        cause.get("effect", ""),
        what,
        todo,
        str(len(moved)),
        "<br>".join(_of_each_case(moved)[:3]),
        evidence or cause.get("searched", ""),
    ]
