"""What a scan found as commands of GitHub's workflows, each of which becomes an annotation beside the code."""

import os
from pathlib import Path
from typing import Iterator

from ..common import terminal
from ..common.visible import visible
from ..record.way import Way
from .roots import repository
from .sarif import LEVELS
from .scan import Result
from .scan_view import last_line


def show(result: Result, way: Way) -> None:
    """Print the annotations, and what was read last."""
    for line in annotations(result):
        terminal.echo(line)
    terminal.echo(last_line(result, way))


def annotations(result: Result) -> Iterator[str]:
    """Yield a line for each finding, the worst first, as GitHub shows no more than ten of a level for each step.

    Then come the comments that silence nothing, and what could not be read. Paths begin at the root of the repository.
    """
    root = repository()
    for one in result.touched:
        table = one.cause.table
        level = LEVELS[one.cause.effect].replace("note", "notice")
        for finding in one.findings:
            title = f"{one.cause.key} ({one.cause.effect}, torch {one.cause.since}, {finding.certainty})"
            place = f"file={_path(finding.path, root)},line={finding.file_line}"
            if not finding.cell:  # Of a notebook, it is no column of the file.
                place += f",col={finding.column}"
            message = f"{table['what']} {table.get('do') or ''}".strip()
            yield f"::{level} {place},title={_property(title)}::{_escaped(message)}"
    for remark in result.remarks:
        place = f"file={_path(remark.path, root)},line={remark.file_line}"
        yield f"::notice {place},title=module-drift::{_escaped(remark.text)}"
    for problem in result.unread:
        yield f"::warning title=module-drift could not read this::{_escaped(problem)}"


def _path(path: Path, root: Path) -> str:
    absolute = Path(os.path.abspath(path))
    return _property(absolute.relative_to(root).as_posix() if root in absolute.parents else str(absolute))


def _escaped(text: str) -> str:
    return visible(text).replace("%", "%25")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
