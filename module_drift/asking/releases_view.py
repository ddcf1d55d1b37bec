"""Lists the runs that were really made, for people and as data for programs."""

from typing import Any, Dict, List

from ..common import terminal
from ..record.verified import Row


def show(rows: List[Row]) -> None:
    """Print a table of the runs."""
    cells = [[row.release, row.device, row.mode, row.python, row.platform, str(row.cases), row.date] for row in rows]
    terminal.print_table(("release", "device", "mode", "python", "platform", "cases", "date"), cells)


def as_data(rows: List[Row]) -> Dict[str, Any]:
    """Return the runs as a CI matrix can include them: each with the environment of tox that makes it again."""
    return {"include": [_described(row, rows) for row in rows]}


def _described(row: Row, rows: List[Row]) -> Dict[str, Any]:
    major, minor = row.python.split(".")[:2]
    # Of a release's Pythons the lowest is its own; the others are bridges, which tox.ini names by their Python.
    own = min((other for other in rows if other.run == row.run), key=lambda other: other.key)
    environment = row.run.environment("" if row.bridge == own.bridge else row.bridge)
    return {**row._asdict(), "python": f"{major}.{minor}", "tox": environment}
