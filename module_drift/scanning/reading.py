"""Reads a file of Python or a notebook, so that every place in it can be shown as its author knows it."""

import io
import tokenize
from pathlib import Path
from typing import Callable, List, NamedTuple, Sequence

from ..common import files
from ..common.errors import InputError
from . import notebooks, parsing
from .notebooks import Place
from .parsing import Syntax

LARGEST = 64 * 1024 * 1024
"""Bytes that a file may have."""

_REMEDY = "leave it out, or make it readable"


class Code(NamedTuple):
    """What was read.

    Attributes:
        path: the file.
        text: its Python; that of a notebook is as long as all its cells of code.
        syntax: the syntax of that.
        lines: its lines as their author knows them.
        places: of a notebook, where each line stands; else empty.
        problems: what is wrong with parts of it, which are left out.
    """

    path: Path
    text: str
    syntax: Syntax
    lines: List[str]
    places: List[Place]
    problems: List[str]


def read(path: Path, parse: Callable[[Sequence[str]], Syntax] = parsing.parse) -> Code:
    """Return the code in `path`.

    Args:
        path: the file.
        parse: what parses its lines.

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
        parsed = parse(python)
    except SyntaxError as error:
        raise refused(path, error) from None
    except (ValueError, RecursionError, MemoryError):
        raise InputError(path, "nests too deeply, or holds a null byte", _REMEDY) from None
    return Code(path, text, parsed, lines, places, problems)


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
