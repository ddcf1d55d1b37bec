"""Parses Python; of a long text, what functions hold is let go, and parsed again when it is looked at."""

import ast
import re
import warnings
from collections import OrderedDict
from typing import Any, Dict, Iterator, List, Sequence, Tuple, Union

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

_WITHOUT_BODY = frozenset(
    [*FUNCTIONS, ast.ClassDef, ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Raise, ast.Assert]
)
"""Statements in which no others of the same scope stand; those that are not named here are merely slower."""

_LINES_OF_A_PIECE = 2_000
"""About how many lines are parsed at a time."""

_PIECES_KEPT = 3
_FUNCTIONS_KEPT = 200
"""How many pieces of a text, and functions in others, stay parsed."""

_Piece = Tuple[int, int]
"""The lines from one on, and before another, both counted from 0."""

_Place = Tuple[int, int, int]
"""The line and column of a function, and its last line."""

_START = re.compile(r"(?!(?:else|elif|except|finally)\b)[^\W\d]|@")
"""How a line begins that may begin a statement at the top."""


def parse(lines: Sequence[str]) -> ast.Module:
    """Return the syntax of the lines of a text.

    Raises:
        SyntaxError: it is no Python that this interpreter knows.
        ValueError, RecursionError, MemoryError: it holds a null byte, or nests too deeply.
    """
    pieces = _Pieces(lines)
    if len(lines) <= 2 * _LINES_OF_A_PIECE:
        return ast.Module(body=pieces.parsed(0, len(lines)), type_ignores=[])
    return ast.Module(body=list(pieces.all()), type_ignores=[])


def statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a body and those within them, but not those of functions and classes in it."""
    left = [*body][::-1]
    while left:
        node = left.pop()
        yield node
        if type(node) in _WITHOUT_BODY:
            continue
        inner: List[ast.stmt] = []
        for field in ("body", "orelse", "finalbody"):
            inner += getattr(node, field, ())
        for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            inner += part.body
        left += inner[::-1]


class _Pieces:
    def __init__(self, lines: Sequence[str]):
        self._lines = lines
        self._next = 0
        self._parsed: OrderedDict[_Piece, Dict[_Place, List[ast.stmt]]] = OrderedDict()
        self._alone: OrderedDict[_Place, List[ast.stmt]] = OrderedDict()

    def all(self) -> Iterator[ast.stmt]:
        """Yield the statements at the top, with functions that do not hold their bodies."""
        start = 0
        while start < len(self._lines):
            wanted = _LINES_OF_A_PIECE
            while True:
                end = self._end(start + wanted)
                try:
                    body = self.parsed(start, end)
                    break
                except SyntaxError:  # That line stands in a string or brackets, unless nothing helps.
                    if end == len(self._lines):
                        raise
                    wanted *= 2
            for function in _functions(body):
                function.body = _Late(self, (start, end), _place(function))
            yield from body
            start = end

    def _end(self, least: int) -> int:
        """Return the first line from `least` on before which statements at the top may end."""
        return next((at for at in range(least, len(self._lines)) if _START.match(self._lines[at])), len(self._lines))

    def parsed(self, start: int, end: int) -> List[ast.stmt]:
        """Return the statements that some lines hold."""
        text = "\n".join(self._lines[start:end])
        return _parsed("\n" * start + text).body  # So that they know on which lines they stand.

    def body(self, piece: _Piece, place: _Place) -> List[ast.stmt]:
        """Return what the function at `place` in a piece holds."""
        if piece not in self._parsed and piece[0] == self._next:  # Functions are asked for in order, but for some.
            self._next = piece[1]
            functions = _functions(self.parsed(*piece))
            self._parsed[piece] = {_place(one): one.body for one in functions}
            if len(self._parsed) > _PIECES_KEPT:
                self._parsed.popitem(last=False)
        if piece in self._parsed:
            return self._parsed[piece][place]
        if place not in self._alone:
            self._alone[place] = self._read_alone(place)
            if len(self._alone) > _FUNCTIONS_KEPT:
                self._alone.popitem(last=False)
        self._alone.move_to_end(place)
        return self._alone[place]

    def _read_alone(self, place: _Place) -> List[ast.stmt]:
        first, column, last = place
        tree = _parsed("\n".join(["if 1:" if column else "", *self._lines[first - 1 : last]]))
        ast.increment_lineno(tree, first - 2)
        return next(_functions(tree.body)).body


class _Late(List[ast.stmt]):
    """The body of a function, which is parsed when it is looked at."""

    def __init__(self, pieces: _Pieces, piece: _Piece, place: _Place):
        super().__init__()
        self._pieces, self._piece, self._place = pieces, piece, place

    def _read(self) -> List[ast.stmt]:
        return self._pieces.body(self._piece, self._place)

    def __len__(self) -> int:
        return len(self._read())

    def __getitem__(self, at: Any) -> Any:
        return self._read()[at]

    def __iter__(self) -> Iterator[ast.stmt]:
        return iter(self._read())


def _functions(body: Sequence[ast.stmt]) -> Iterator[Function]:
    """Yield the functions in a body and in the classes in it, but none that stand in another."""
    for node in statements(body):
        if isinstance(node, FUNCTIONS):
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body)


def _place(function: Function) -> _Place:
    return function.lineno, function.col_offset, function.end_lineno or function.lineno


def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)
