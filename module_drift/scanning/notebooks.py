"""Reads the cells of a notebook as Python, and knows where in the notebook and in its file each line stands."""

import ast
import json
import re
import warnings
from pathlib import Path
from typing import Any, Iterator, List, NamedTuple

from ..common.errors import InputError

_REMEDY = "mend it, or leave it out"
_OF_PYTHON = re.compile(r"%%(time|timeit|capture|prun|memit|mprun|scalene|pyinstrument|snakeviz|wandb|python3?)\b")
"""Magics of a whole cell whose rest is Python; of any other, it is of another language, or a shell's."""
_COMMAND = re.compile(r"\s*(?:[%!]|\?{1,2}\w|\w[\w.]*\?{1,2}\s*$)")
_ASSIGNED = re.compile(r"(\s*[\w., ]+?=\s*)[!%]\s*\w")
_WITH_VALUES = {
    "time": "",
    "timeit": "nrp",
    "prun": "lsTD",
    "memit": "rti",
    "mprun": "fT",
    "lprun": "fmDTsu",
    "debug": "b",
}
"""Magics that run a statement which stands behind them, with those of their options that a value stands behind."""

_RUN = re.compile(
    r"(\s*)((?:[\w., ]+?=\s*)?%%?(?:"
    + "|".join(
        rf"{name}(?![\w])(?:\s+(?:-[{letters}]\s*\S+|-\w+))*" if letters else rf"{name}(?![\w])(?:\s+-\w+)*"
        for name, letters in _WITH_VALUES.items()
    )
    + r")\s+)(?=[^\s-])"
)
_SOURCE = re.compile(r'(?<!\\)"source"\s*:\s*')
_BETWEEN_TEXTS = re.compile(r"[\[,\s]*")


class Place(NamedTuple):
    """Where a line stands: the number of its cell, of the line in that, and of the line in the file."""

    cell: int
    line: int
    in_file: int


class Notebook(NamedTuple):
    """What was read.

    Attributes:
        lines: those of all cells of code, as their author knows them.
        python: the same as Python, in which nothing has moved.
        places: of each line.
        problems: what is wrong with cells that are none; as Python, their lines are empty.
    """

    lines: List[str]
    python: List[str]
    places: List[Place]
    problems: List[str]


def read(path: Path, data: bytes) -> Notebook:
    """Return what is in the notebook `data`; nothing if it is of another language than Python.

    Raises:
        InputError: it is no notebook.
    """
    found = Notebook([], [], [], [])
    try:
        text = data.decode("utf-8-sig")
        notebook = json.loads(text)
        cells: List[Any] = notebook["cells"]
        metadata = notebook.get("metadata", {})
        languages = [metadata.get("language_info", {}).get("name"), metadata.get("kernelspec", {}).get("language")]
        if next(filter(None, languages), "python").lower() not in ("python", "ipython"):
            return found
        in_file = _lines_in_file(text, [cell["source"] for cell in cells])
        for number, (cell, numbers) in enumerate(zip(cells, in_file), 1):
            if cell["cell_type"] == "code":
                _add(found, path, number, "".join(cell["source"]).split("\n"), numbers)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError(path, "no notebook of format 4", _REMEDY) from None
    return found


def _add(found: Notebook, path: Path, number: int, lines: List[str], in_file: List[int]) -> None:
    first = lines[0].lstrip()
    if first.startswith("%%") and not _OF_PYTHON.match(first):
        return
    python = lines
    problem = _problem(python)
    if problem:
        python = _without_magics(["pass", *lines[1:]] if first.startswith("%%") and not _RUN.match(first) else lines)
        problem = _problem(python)
    if problem:
        found.problems.append(str(InputError(path, f"cell {number} is no Python ({problem})", _REMEDY)))
        python = [""] * len(lines)
    found.lines.extend(lines)
    found.python.extend(python)
    found.places.extend(Place(number, line, at) for line, at in enumerate(in_file, 1))


def _problem(lines: List[str]) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse("\n".join(lines))
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError, MemoryError):
        return "it nests too deeply, or holds a null byte"
    return ""


def _without_magics(lines: List[str]) -> List[str]:
    """Return lines without what only IPython knows; what stands in its place does nothing, and as much to the right."""
    found: List[str] = []
    goes_on = False
    for line in lines:
        run, assigned = _RUN.match(line), _ASSIGNED.match(line)
        if goes_on:  # A command of many lines.
            goes_on = line.endswith("\\")
            found.append("")
        elif run:
            found.append(f"{run[1]}if{' ' * (len(run[2]) - 5)}1: {line[run.end() :]}")
        elif assigned or _COMMAND.match(line):
            goes_on = line.endswith("\\")
            indent = line[: len(line) - len(line.lstrip())]
            found.append(f"{assigned[1]}None" if assigned else f"{indent}pass")
        else:
            found.append(line)
    return found


def _lines_in_file(text: str, sources: List[Any]) -> Iterator[List[int]]:
    """Yield, for each of the cells' sources, the numbers of the lines of the file in which its own lines begin."""
    decoder = json.JSONDecoder()
    counted_to, line = 0, 1

    def number(at: int) -> int:
        nonlocal counted_to, line
        line += text.count("\n", counted_to, at)
        counted_to = at
        return line

    at = 0
    for source in sources:
        value = None
        while value != source:  # What a cell put out may have a key of this name, too.
            found = _SOURCE.search(text, at)
            if found is None:
                raise ValueError(source)
            start = at = found.end()
            value = decoder.raw_decode(text, start)[0]
        numbers: List[int] = []
        begins = True  # Whether a line begins with the next character.
        for part in source if isinstance(source, list) else [source]:
            if isinstance(source, list):
                start = _BETWEEN_TEXTS.match(text, start).end()  # type: ignore[union-attr]
            if part:
                numbers += [number(start)] * (begins + part.count("\n") - part.endswith("\n"))
                begins = part.endswith("\n")
            start = decoder.raw_decode(text, start)[1]
        if begins:
            numbers.append(number(start))
        at = start
        yield numbers
