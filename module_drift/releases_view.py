"""Lists the runs that were really made, for people and as JSON."""

import json
from typing import Any, Dict, List

from . import terminal
from .verified import Row


def show(rows: List[Row]) -> None:
    """Print a table of the runs."""
    cells = [[row.release, row.device, row.python, row.platform, str(row.cases), row.date] for row in rows]
    terminal.print_table(("release", "device", "python", "platform", "cases", "date"), cells)


def as_json(rows: List[Row]) -> str:
    """Return the runs as JSON that a CI matrix can include: each with the environment of tox that makes it again."""
    return json.dumps({"include": [_run(row) for row in rows]}, indent=2)


def _run(row: Row) -> Dict[str, Any]:
    minor = ".".join(row.python.split(".")[:2])
    return {**row._asdict(), "python": minor, "tox": f"torch{row.release}-{row.device}"}
