"""Parses Python; what functions hold is let go where it would take much memory, and parsed again when looked at."""

import ast
import contextlib
import copy
import functools
import re
import warnings
import zlib
from typing import AbstractSet, Any, Dict, FrozenSet, Iterator, List, Optional, Sequence, Tuple

from .outline import Outline, outline
from .syntax import FUNCTIONS, Function, statements

_LINES_OF_A_PIECE = 2_000
"""About how many lines are parsed at a time."""

_SHORT = 150
"""Lines of a text that is parsed as fast as its outline."""

_PIECES_KEPT = 3
_FUNCTIONS_KEPT = 300
_TEXTS_KEPT = 20
"""How many pieces of a text stay parsed, and of all texts functions alone, and the lines of those that are packed."""

_Place = Tuple[int, int]
"""The line of a function, which is that of no other, and its last one."""

_START = re.compile(r"(?!(?:else|elif|except|finally)\b)[^\W\d]|@")
"""How a line begins that may begin a statement at the top."""

_SETS = re.compile(r"\bself[\s\\)]*\.[\s\\]*(\w+)[\s\\)]*(?:=(?!=)|:)")
_SETS_SEVERAL = re.compile(r"^[ \t]*[(\[]?((?:[\w.]+[ \t]*,[ \t]*)+[\w.]*)[)\]]?[ \t]*=(?!=)", re.MULTILINE)
_OF_SELF = re.compile(r"\bself\.(\w+)")
_REGISTERS = re.compile(
    r"\bself\.(?:register_buffer|register_parameter|add_module|register_module)\(\s*[\"'](\w+)[\"']"
)


class Syntax:
    """The syntax of a text.

    Attributes:
        tree: what stands there; what functions hold may be parsed only when it is looked at.
        errors: what came to light since then: that such is no Python that this interpreter knows.
    """

    def __init__(self, tree: ast.Module, bodies: "_Bodies"):
        self.tree = tree
        self.errors = bodies.errors
        self._bodies = bodies

    def begin(self) -> None:
        """Be told that what functions hold is asked for in order from now on."""
        self._bodies.are_in_order = True

    def let_go(self) -> None:
        """Let go of what functions hold, and be told that it is asked for only now and then from now on."""
        self._bodies.let_go(self.tree.body)

    def pack(self) -> None:
        """Keep the text in less memory, as long as nobody asks for it."""
        self._bodies.pack()


def parse(lines: Sequence[str]) -> Syntax:
    """Return the syntax of the lines of a text, of which what functions hold will be asked for in order.

    Raises:
        SyntaxError: it is no Python that this interpreter knows.
        ValueError, RecursionError, MemoryError: it holds a null byte, or nests too deeply.
    """
    if len(lines) <= 2 * _LINES_OF_A_PIECE:
        return Syntax(_parsed("\n".join(lines)), _Bodies(lines))
    syntax = _outlined(lines)
    syntax.begin()
    return syntax


def parse_outline(lines: Sequence[str]) -> Syntax:
    """Return the same without what functions hold, which will be asked for only now and then.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: as `parse`, if that is seen so soon.
    """
    if len(lines) > _SHORT:
        return _outlined(lines)
    syntax = Syntax(_parsed("\n".join(lines)), _Bodies(lines))
    syntax.let_go()
    return syntax


def _outlined(lines: Sequence[str]) -> Syntax:
    text = "\n".join(lines)
    if "\0" not in text:
        with contextlib.suppress(SyntaxError):  # What functions hold was not told rightly, or the text is none.
            return _in_pieces(lines, outline(text))
    return _in_pieces(lines)


def _in_pieces(lines: Sequence[str], outline: Optional[Outline] = None) -> Syntax:
    bodies = _Bodies(lines)
    body = bodies.all(outline or Outline(lines, frozenset()))
    return Syntax(ast.Module(body=body, type_ignores=[]), bodies)


def attributes_set(function: Function) -> Optional[FrozenSet[str]]:
    """Return the attributes of self that a function may set, if it is not parsed; None if it is."""
    return function.body.attributes_set() if isinstance(function.body, _Late) else None


class _Bodies:
    """What the functions of a text hold."""

    def __init__(self, lines: Sequence[str]):
        self.errors: List[SyntaxError] = []
        self.are_in_order = False
        self._lines: Optional[Sequence[str]] = lines
        self._packed = b""
        self._next = 0
        self._places: List[Tuple[int, int]] = []
        self._parsed: Dict[int, Dict[_Place, List[ast.stmt]]] = {}

    @property
    def lines(self) -> Sequence[str]:
        """The lines of the text."""
        return _unpacked(self._packed) if self._lines is None else self._lines

    def all(self, outline: Outline) -> List[ast.stmt]:
        """Return the statements at the top, with functions that do not hold their bodies."""
        found: List[ast.stmt] = []
        count = len(self.lines)
        start = 0
        while start < count:
            wanted = _LINES_OF_A_PIECE
            while True:
                end = self._end(start + wanted, outline.continued)
                try:
                    body = _parsed_lines(outline.lines, start, end)
                    break
                except SyntaxError:  # That line stands in a string or brackets, unless nothing helps.
                    if end == count:
                        raise
                    wanted *= 2
            if self._leave_out(body):
                self._places.append((start, end))
            found += body
            start = end
        return found

    def _end(self, least: int, continued: AbstractSet[int]) -> int:
        """Return the first line from `least` on before which statements at the top may end."""
        lines = self.lines
        some = (at for at in range(least, len(lines)) if at not in continued and _START.match(lines[at]))
        return next(some, len(lines))

    def _leave_out(self, body: Sequence[ast.stmt]) -> bool:
        """Take the functions in a body, all of one piece, what they hold; return whether there are any."""
        has_functions = False
        for function in _functions(body):
            has_functions = True
            function.body = _Late(self, len(self._places), _place(function))
        return has_functions

    def let_go(self, body: Sequence[ast.stmt]) -> None:
        """Let go of all that functions hold, those of `body`."""
        if not self._places and self._leave_out(body):
            self._places.append((0, len(self.lines)))
        self.are_in_order = False
        self._parsed.clear()

    def pack(self) -> None:
        """Keep the text in less memory."""
        if self._lines is not None:
            self._packed = zlib.compress("\n".join(self._lines).encode("utf-8", "surrogatepass"), 1)
            self._lines = None

    def body(self, piece: int, place: _Place) -> List[ast.stmt]:
        """Return what the function at `place` in a piece holds; nothing if that cannot be parsed."""
        if self.are_in_order and piece == self._next and piece not in self._parsed:
            self._next += 1
            self._parsed[piece] = self._read_piece(piece)
            if len(self._parsed) > _PIECES_KEPT:
                del self._parsed[min(self._parsed)]
        if piece in self._parsed:
            return self._parsed[piece].get(place, [])
        return _alone(self, place)  # Of an earlier piece, or a later one.

    def _read_piece(self, piece: int) -> Dict[_Place, List[ast.stmt]]:
        try:
            functions = _functions(_parsed_lines(self.lines, *self._places[piece]))
        except SyntaxError as error:
            told = error
            try:
                _in_pieces(self.lines)
            except SyntaxError as exact:  # It is that of all lines together which tells where it is.
                told = exact
            self.errors.append(told)
            return {}
        return {_place(one): one.body for one in functions}


class _Late(List[ast.stmt]):
    """The body of a function, which is parsed when it is looked at."""

    def __init__(self, bodies: _Bodies, piece: int, place: _Place):
        super().__init__()
        self._bodies, self._piece, self._place = bodies, piece, place

    def attributes_set(self) -> FrozenSet[str]:
        """Return the attributes of self that are set there, and perhaps others."""
        first, last = self._place
        text = "\n".join(self._bodies.lines[first - 1 : last])
        several = (name for found in _SETS_SEVERAL.finditer(text) for name in _OF_SELF.findall(found[1]))
        return frozenset([*_SETS.findall(text), *several, *_REGISTERS.findall(text)])

    def _read(self) -> List[ast.stmt]:
        return self._bodies.body(self._piece, self._place)

    def __len__(self) -> int:
        return len(self._read())

    def __getitem__(self, at: Any) -> Any:
        return self._read()[at]

    def __iter__(self) -> Iterator[ast.stmt]:
        return iter(self._read())

    def __deepcopy__(self, copied: Dict[int, Any]) -> List[ast.stmt]:
        return copy.deepcopy(self._read(), copied)  # And not the text in which it stands.


@functools.lru_cache(maxsize=_TEXTS_KEPT)
def _unpacked(packed: bytes) -> Sequence[str]:
    return zlib.decompress(packed).decode("utf-8", "surrogatepass").split("\n")


@functools.lru_cache(maxsize=_FUNCTIONS_KEPT)
def _alone(bodies: _Bodies, place: _Place) -> List[ast.stmt]:
    """Return what a function holds, which is parsed without what stands around it."""
    first, last = place
    own = bodies.lines[first - 1 : last]
    try:
        tree = _parsed("\n".join(["if 1:" if own[0][:1].isspace() else "", *own]))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # It is told when its piece is read.
        return []
    ast.increment_lineno(tree, first - 2)
    return next(_functions(tree.body)).body


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
