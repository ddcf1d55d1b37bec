"""The Python files in the folder of cases: found, read and parsed, without running any of them."""

import ast
import os
import re
import sys
import warnings
from pathlib import Path
from typing import Iterator, List

from ..common import files
from ..common.errors import InputError, relative

LARGEST = (2048 if sys.version_info >= (3, 11) else 192) * 1024
"""Bytes that a file may have. Older Pythons crash where one expression is a chain of a hundred thousand operations."""

_COOKIE = re.compile(r"[ \t\f\ufeff]*#.*?coding[:=][ \t]*([-\w.]+)", re.ASCII)
_COMMENT = re.compile(r"[ \t\f\ufeff]*(#.*)?")
_UTF_8 = re.compile(r"utf-?8([-_].*)?", re.IGNORECASE)
_ENCODING = "write it in UTF-8, as every file of cases is"


def python_files(folder: Path) -> List[Path]:
    """Return the Python files in `folder` and the folders below it, in order of their paths.

    Hidden ones, and what editors and systems leave, are none.

    Raises:
        InputError: a folder cannot be listed; or something that is named as if it were Python's cannot be imported,
            such as a link, or a file beside a folder of its name.
    """
    return sorted(_python_files(folder))


def _python_files(folder: Path) -> Iterator[Path]:
    found = files.entries(folder)
    folders = {entry.name for entry in found if entry.is_dir(follow_symlinks=False)}
    for entry in found:
        path = folder / entry.name
        suffix = path.suffix.lower()
        if entry.is_symlink() and (suffix == ".py" or os.path.isdir(path)):
            raise InputError(path, "is a link", "put what it leads to there itself")
        if entry.name in folders and suffix != ".py":
            below = list(_python_files(path))
            if below and "." in entry.name:
                raise InputError(path, "is no name of a Python package", "write it without the dot")
            yield from below
        elif suffix == ".py":
            if not entry.is_file(follow_symlinks=False):
                raise InputError(path, "not a regular file", "only Python files are named so")
            if path.suffix != ".py" or "." in path.stem:
                raise InputError(path, "is no name of a Python module", f"call it {path.stem.replace('.', '-')}.py")
            if path.stem in folders and any(_python_files(folder / path.stem)):
                raise InputError(path, f"Python takes it for the folder {path.stem} beside it", "rename one of them")
            yield path


def read(path: Path) -> str:
    """Return the text of a Python file.

    Raises:
        InputError: it cannot be read, is too large, or is not UTF-8.
    """
    text = files.read(path, _ENCODING, LARGEST)
    for number, line in enumerate(text.split("\n", 2)[:2], 1):
        cookie = _COOKIE.match(line)
        if not _COMMENT.fullmatch(line):
            break
        if cookie and not _UTF_8.fullmatch(cookie.group(1)):
            raise InputError(f"{relative(path)}:{number}", f"declares the encoding {cookie.group(1)}", _ENCODING)
    return text[1:] if text.startswith("\ufeff") else text


def parse(path: Path, text: str) -> ast.Module:
    """Return the syntax tree of `text`, which is that of `path`.

    Raises:
        InputError: it is no Python that this interpreter knows, or nests too deeply for it.
    """
    python = "Python {}.{}".format(*sys.version_info)
    line = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # What a file does that is only deprecated is said when it is imported.
            return ast.parse(text)
    except SyntaxError as error:
        line, problem = error.lineno, f"not {python} ({error.msg})"
    except (RecursionError, MemoryError):
        problem = f"nests too deeply for {python}"
    except ValueError as error:  # Such as a number of more digits than Python converts, or a null.
        problem = f"not {python} ({error})"
    if "\0" in text:
        line, problem = text.count("\n", 0, text.index("\0")) + 1, f"not {python} (a null byte)"
    raise InputError(f"{relative(path)}:{line or 1}", problem, "mend the syntax")
