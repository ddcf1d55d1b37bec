"""Reads a file of Python or a notebook, so that every place in it can be shown as its author knows it."""

import ast
import json
import re
import warnings
from pathlib import Path
from typing import Any, List, NamedTuple, Tuple

from ..common import files
from ..common.errors import InputError

LARGEST = 64 * 1024 * 1024
"""Bytes that a file may have."""

_REMEDY = "leave it out, or make it readable"
_MAGIC = re.compile(r"\s*(?:[%!?]|\w[\w.]*\?{1,2}\s*$)")
_ENCODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.MULTILINE)


class Code(NamedTuple):
    """What was read.

    Attributes:
        path: the file.
        tree: its syntax.
        lines: its lines; of a notebook, those of its cells that hold code.
        cells: of a notebook, for each line the number of its cell and of the line in that; else empty.
    """

    path: Path
    tree: ast.Module
    lines: List[str]
    cells: List[Tuple[int, int]]


def read(path: Path) -> Code:
    """Return the code in `path`.

    Raises:
        InputError: it cannot be read, or is no Python that this interpreter knows.
    """
    data = files.read_bytes(path, _REMEDY, LARGEST)
    cells: List[Tuple[int, int]] = []
    if path.suffix == ".ipynb":
        lines, cells = _cells(path, data)
        text = "\n".join(lines)
    else:
        text = _decoded(path, data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except SyntaxError as error:
        where = f" in line {error.lineno}" if error.lineno and not cells else ""
        raise InputError(path, f"no Python that this interpreter knows{where} ({error.msg})", _REMEDY) from None
    except (ValueError, RecursionError, MemoryError):
        raise InputError(path, "nests too deeply, or holds a null byte", _REMEDY) from None
    return Code(path, tree, text.split("\n"), cells)


def _decoded(path: Path, data: bytes) -> str:
    declared = _ENCODING.search(b"\n".join(data.split(b"\n", 2)[:2]))
    encoding = declared[1].decode("ascii") if declared else "utf-8"
    try:
        text = data.decode("utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding)
    except (LookupError, UnicodeDecodeError):
        raise InputError(path, f"not text in {encoding}", _REMEDY) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _cells(path: Path, data: bytes) -> Tuple[List[str], List[Tuple[int, int]]]:
    """Return the lines of a notebook's cells of code, and where each is."""
    lines: List[str] = []
    places: List[Tuple[int, int]] = []
    try:
        cells: List[Any] = json.loads(data)["cells"]
        for number, cell in enumerate(cells, 1):
            if cell["cell_type"] != "code":
                continue
            source = cell["source"]
            text = source if isinstance(source, str) else "".join(source)
            if text.startswith("%%"):  # Another language, or a shell's.
                continue
            for line_number, line in enumerate(text.split("\n"), 1):
                lines.append(_without_magic(line))
                places.append((number, line_number))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError(path, "no notebook of format 4", _REMEDY) from None
    return lines, places


def _without_magic(line: str) -> str:
    """Return the line with what only IPython knows taken out; its place is kept by a statement that does nothing."""
    if not _MAGIC.match(line):
        return line
    return f"{line[: len(line) - len(line.lstrip())]}pass"
