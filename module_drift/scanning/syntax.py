"""Parses Python; of a long text, what functions hold is let go, and parsed again when it is looked at."""

import ast
import contextlib
import re
import warnings
from collections import OrderedDict
from typing import AbstractSet, Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

from .outline import Outline, outline

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

_Place = Tuple[int, int]
"""The line of a function, which is that of no other, and its last one."""

_START = re.compile(r"(?!(?:else|elif|except|finally)\b)[^\W\d]|@")
"""How a line begins that may begin a statement at the top."""


class Syntax(NamedTuple):
    """The syntax of a text.

    Attributes:
        tree: what stands there; what functions hold may be parsed only when it is looked at.
        errors: what came to light since then: that such is no Python that this interpreter knows.
    """

    tree: ast.Module
    errors: List[SyntaxError]


def parse(lines: Sequence[str]) -> Syntax:
    """Return the syntax of the lines of a text.

    Raises:
        SyntaxError: it is no Python that this interpreter knows.
        ValueError, RecursionError, MemoryError: it holds a null byte, or nests too deeply.
    """
    if len(lines) <= 2 * _LINES_OF_A_PIECE:
        return Syntax(_parsed("\n".join(lines)), [])
    text = "\n".join(lines)
    if "\0" not in text:
        with contextlib.suppress(SyntaxError):  # What functions hold was not told rightly, or the text is none.
            return _in_pieces(lines, outline(text))
    return _in_pieces(lines)


def _in_pieces(lines: Sequence[str], outline: Optional[Outline] = None) -> Syntax:
    pieces = _Pieces(lines)
    body = pieces.all(outline or Outline(lines, frozenset()))
    return Syntax(ast.Module(body=body, type_ignores=[]), pieces.errors)


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


def truth_of(node: Optional[ast.expr]) -> Optional[bool]:
    """Return whether a constant True, False or None is true; None if it is none of them."""
    is_constant = isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool))
    return bool(getattr(node, "value", None)) if is_constant else None


def flags(*bodies: Sequence[ast.stmt]) -> Dict[str, bool]:
    """Return the names that are set to True, False or None by statements of some bodies, with whether that is true."""
    found: Dict[str, bool] = {}
    for one in (node for body in bodies for node in body):
        truth = truth_of(one.value) if isinstance(one, ast.Assign) else None
        if isinstance(one, ast.Assign) and truth is not None:
            found.update((target.id, truth) for target in one.targets if isinstance(target, ast.Name))
    return found


class _Pieces:
    def __init__(self, lines: Sequence[str]):
        self.errors: List[SyntaxError] = []
        self._lines = lines
        self._next = 0
        self._places: List[Tuple[int, int]] = []
        self._parsed: OrderedDict[int, Dict[_Place, List[ast.stmt]]] = OrderedDict()
        self._alone: OrderedDict[_Place, List[ast.stmt]] = OrderedDict()

    def all(self, outline: Outline) -> List[ast.stmt]:
        """Return the statements at the top, with functions that do not hold their bodies."""
        found: List[ast.stmt] = []
        start = 0
        while start < len(self._lines):
            wanted = _LINES_OF_A_PIECE
            while True:
                end = self._end(start + wanted, outline.continued)
                try:
                    body = _parsed_lines(outline.lines, start, end)
                    break
                except SyntaxError:  # That line stands in a string or brackets, unless nothing helps.
                    if end == len(self._lines):
                        raise
                    wanted *= 2
            has_functions = False
            for function in _functions(body):
                has_functions = True
                function.body = _Late(self, len(self._places), _place(function))
            if has_functions:
                self._places.append((start, end))
            found += body
            start = end
        return found

    def _end(self, least: int, continued: AbstractSet[int]) -> int:
        """Return the first line from `least` on before which statements at the top may end."""
        some = (at for at in range(least, len(self._lines)) if at not in continued and _START.match(self._lines[at]))
        return next(some, len(self._lines))

    def body(self, piece: int, place: _Place) -> List[ast.stmt]:
        """Return what the function at `place` in a piece holds; nothing if that cannot be parsed."""
        if piece == self._next and piece not in self._parsed:  # Functions are asked for in order, but for some.
            self._next += 1
            self._parsed[piece] = self._read_piece(piece)
            if len(self._parsed) > _PIECES_KEPT:
                self._parsed.popitem(last=False)
        if piece in self._parsed:
            return self._parsed[piece].get(place, [])
        if place not in self._alone:
            self._alone[place] = self._read_alone(place)
            if len(self._alone) > _FUNCTIONS_KEPT:
                self._alone.popitem(last=False)
        self._alone.move_to_end(place)
        return self._alone[place]

    def _read_piece(self, piece: int) -> Dict[_Place, List[ast.stmt]]:
        try:
            functions = _functions(_parsed_lines(self._lines, *self._places[piece]))
        except SyntaxError as error:
            told = error
            try:
                _in_pieces(self._lines)
            except SyntaxError as exact:  # It is that of all lines together which tells where it is.
                told = exact
            self.errors.append(told)
            return {}
        return {_place(one): one.body for one in functions}

    def _read_alone(self, place: _Place) -> List[ast.stmt]:
        first, last = place
        own = self._lines[first - 1 : last]
        try:
            tree = _parsed("\n".join(["if 1:" if own[0][:1].isspace() else "", *own]))
        except SyntaxError:  # It is told when its piece is read.
            return []
        ast.increment_lineno(tree, first - 2)
        return next(_functions(tree.body)).body


class _Late(List[ast.stmt]):
    """The body of a function, which is parsed when it is looked at."""

    def __init__(self, pieces: _Pieces, piece: int, place: _Place):
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
    return function.lineno, function.end_lineno or function.lineno


def _parsed_lines(lines: Sequence[str], start: int, end: int) -> List[ast.stmt]:
    """Return the statements that some lines hold, which know on which lines they stand."""
    return _parsed("\n" * start + "\n".join(lines[start:end])).body


def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)
