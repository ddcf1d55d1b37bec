"""Tables that the machinery keeps in the record, as CSV of known columns."""

import csv
import io
import re
from pathlib import Path
from typing import Dict, Iterable, Iterator, Mapping, Sequence, Tuple

from ..common.errors import InputError, relative


def parse(path: Path, text: str, patterns: Mapping[str, str], remedy: str) -> Iterator[Tuple[str, Dict[str, str]]]:
    """Yield each row of a table: where it is, for messages, and its cells by column.

    Args:
        path: the table's file.
        text: what is in it.
        patterns: for each column what its cells look like, as a regular expression.
        remedy: what to do where it is not as it must be.

    Raises:
        InputError: the columns, or the cells of a row, are not as they must be.
    """
    name = relative(path)
    reader = csv.reader(io.StringIO(text))
    try:
        if next(reader, []) != list(patterns):
            raise InputError(f"{name}:1", f"the columns must be {','.join(patterns)}", remedy)
        for cells in reader:
            where = f"{name}:{reader.line_num}"
            check(cells, patterns, where, remedy)
            yield where, dict(zip(patterns, cells))
    except csv.Error as error:
        raise InputError(f"{name}:{reader.line_num}", f"not CSV: {error}", remedy) from None


def check(cells: Sequence[str], patterns: Mapping[str, str], where: str, remedy: str) -> None:
    """Make sure that `cells` are a row.

    Raises:
        InputError: one of them is missing, or is not as `patterns` say.
    """
    formed = zip(patterns.items(), cells)
    wrong = [f"{name} = {cell!r}" for (name, pattern), cell in formed if not re.fullmatch(pattern, cell)]
    if len(cells) != len(patterns) or wrong:
        of = f" ({wrong[0]})" if wrong else ""
        raise InputError(where, f"not a row of {','.join(patterns)}{of}", remedy)


def dump(columns: Iterable[str], rows: Iterable[Sequence[object]]) -> str:
    """Return the text of a table."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()
