"""Reads a file of Python or a notebook, so that every place in it can be shown as its author knows it."""

import ast
import io
import tokenize
from pathlib import Path
from typing import List, NamedTuple

from ..common import files
from ..common.errors import InputError
from . import notebooks, syntax
from .notebooks import Place

LARGEST = 64 * 1024 * 1024
"""Bytes that a file may have."""

_REMEDY = "leave it out, or make it readable"


class Code(NamedTuple):
    """What was read.

    Attributes:
        path: the file.
        text: its Python; that of a notebook is as long as all its cells of code.
        tree: the syntax of that, and
        errors: of a long text, what turned out to be no Python while its functions were looked at.
        lines: its lines as their author knows them.
        places: of a notebook, where each line stands; else empty.
        problems: what is wrong with parts of it, which are left out.
    """

    path: Path
    text: str
    tree: ast.Module
    errors: List[SyntaxError]
    lines: List[str]
    places: List[Place]
    problems: List[str]


def read(path: Path) -> Code:
    """Return the code in `path`.

    Raises:
        InputError: it cannot be read, or is no Python that this interpreter knows.
    """
    data = files.read_bytes(path, _REMEDY, LARGEST)
    if path.suffix == ".ipynb":
        lines, python, places, problems = notebooks.read(path, data)
        text = "\n".join(python)
    else:
        text, places, problems = _decoded(path, data), [], []
        lines = python = text.split("\n")
    try:
        parsed = syntax.parse(python)
    except SyntaxError as error:
        raise refused(path, error) from None
    except (ValueError, RecursionError, MemoryError):
        raise InputError(path, "nests too deeply, or holds a null byte", _REMEDY) from None
    return Code(path, text, parsed.tree, parsed.errors, lines, places, problems)


def refused(path: Path, error: SyntaxError) -> InputError:
    """Return what is said of a file that this Python cannot parse."""
    where = f" in line {error.lineno}" if error.lineno else ""
    return InputError(path, f"no Python that this interpreter knows{where} ({error.msg})", _REMEDY)


def _decoded(path: Path, data: bytes) -> str:
    encoding = "utf-8"
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except (LookupError, UnicodeDecodeError):
        raise InputError(path, f"not text in {encoding}", _REMEDY) from None
    except SyntaxError as error:  # What its first lines declare is not known, or not so.
        raise InputError(path, str(error.msg), _REMEDY) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")
