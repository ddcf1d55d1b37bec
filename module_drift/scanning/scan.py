"""The join: which places in code the causes on the way from one release to another touch, as data."""

import re
from pathlib import Path
from typing import Callable, Dict, Iterable, List, NamedTuple, Sequence, Tuple

from ..common.errors import InputError
from ..record.causes import EFFECTS
from . import files_of_tree
from .expressions import Shared
from .matching import CERTAINTIES, Cause, Matcher
from .tree import Module, Tree
from .walker import Walker

_SILENCE = re.compile(r"#.*?module-drift:\s*ignore\s*\[([^\]]*)\]")


class Finding(NamedTuple):
    """A place that a cause touches.

    Attributes:
        path: the file.
        line: in it; of a notebook, in the cell.
        column: from 1 on.
        cell: of a notebook, the number of the cell; else 0.
        code: the line of code.
        certainty: one of `CERTAINTIES`.
    """

    path: Path
    line: int
    column: int
    cell: int
    code: str
    certainty: str


class Touched(NamedTuple):
    """A cause with the places that it touches, in order."""

    cause: Cause
    findings: List[Finding]


class Result(NamedTuple):
    """What a scan found.

    Attributes:
        touched: the causes that touch something, in the order of `EFFECTS` and the newest first.
        read: how many files were read.
        unread: what is wrong with those that could not be.
        unused: comments that silence nothing: file, line, and the cause that they name.
        unknown: the APIs of torch that are used and that no cause speaks of.
        nameless: how many causes on the way no name finds.
    """

    touched: List[Touched]
    read: int
    unread: List[str]
    unused: List[Tuple[Path, int, str]]
    unknown: List[str]
    nameless: int


def scan(
    paths: Iterable[Path],
    causes: Sequence[Cause],
    nameless: int,
    with_possible: bool,
    begin: Callable[[int], Callable[[str], None]] = lambda _: lambda __: None,
) -> Result:
    """Return what `causes` touch in the code below `paths`.

    Args:
        paths: folders and files.
        causes: those on the way, with their patterns.
        nameless: how many others are on the way.
        with_possible: whether places are wanted that only possibly are such.
        begin: is told how many files there are, and returns what is told of each.

    Raises:
        InputError: one of `paths` is not there.
    """
    found = files_of_tree.files_below(paths)
    tree = Tree(found)
    shared = Shared(tree)
    matcher = Matcher(causes)
    by_cause: Dict[str, List[Finding]] = {}
    unread: List[str] = []
    unused: List[Tuple[Path, int, str]] = []
    used: Dict[str, None] = {}
    tell = begin(len(found))
    for number, path in enumerate(found):
        tell(str(path))
        try:
            module = tree.module(number)
        except InputError as error:
            unread.append(str(error))
            continue
        walker = Walker(tree, module, shared, matcher)
        try:
            walker.read_all()
        except RecursionError:
            unread.append(str(InputError(path, "nests too deeply", "leave it out")))
            continue
        used.update(walker.used)
        of_file = _best(walker)
        unused += _silenced(module, of_file)
        for (key, line, column), certainty in of_file.items():
            if with_possible or certainty:
                by_cause.setdefault(key, []).append(_finding(module, line, column, certainty))
    order = sorted(causes, key=lambda cause: (EFFECTS.index(cause.effect), [-part for part in cause.since], cause.key))
    touched = [Touched(cause, sorted(by_cause[cause.key])) for cause in order if cause.key in by_cause]
    unknown = sorted(name for name in used if not matcher.speaks_of(name))
    return Result(touched, len(found) - len(unread), unread, unused, unknown, nameless)


def _best(walker: Walker) -> Dict[Tuple[str, int, int], int]:
    """Return the places of each cause, with the greatest certainty that any of its patterns has there."""
    best: Dict[Tuple[str, int, int], int] = {}
    for hit in walker.hits:
        place = hit.match.cause.key, hit.line, hit.column
        best[place] = max(best.get(place, 0), hit.match.certainty)
    return best


def _silenced(module: Module, of_file: Dict[Tuple[str, int, int], int]) -> List[Tuple[Path, int, str]]:
    """Take out of `of_file` what a comment on its line silences; return the comments that silence nothing."""
    unused = []
    for number, text in enumerate(module.code.lines, 1):
        found = _SILENCE.search(text) if "module-drift:" in text else None
        for key in [one.strip() for one in found[1].split(",")] if found else []:
            places = [place for place in of_file if place[0] == key and place[1] == number]
            for place in places:
                del of_file[place]
            if not places:
                unused.append((module.code.path, number, key))
    return unused


def _finding(module: Module, line: int, column: int, certainty: int) -> Finding:
    code = module.code
    text = code.lines[line - 1].strip() if line <= len(code.lines) else ""
    cell, line_shown = code.cells[line - 1] if code.cells else (0, line)
    return Finding(code.path, line_shown, column + 1, cell, text, CERTAINTIES[certainty])
