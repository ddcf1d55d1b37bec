"""The calls that others make: of functions that are handed to such as `partial`, `map` or one's own."""

import ast
import functools
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ..record.touches import Call, Pattern
from .syntax import Function, hint_of

_BY_NAME: Dict[str, int] = {
    "functools.partial": 0,
    "functools.partialmethod": 0,
    "asyncio.to_thread": 0,
    "pytest.raises": 1,
    "pytest.warns": 1,
    "torch.utils.checkpoint.checkpoint": 0,
}
_BY_METHOD: Dict[str, int] = {
    "assertRaises": 1,
    "assertRaisesRegex": 2,
    "assertWarns": 1,
    "assertWarnsRegex": 2,
    "submit": 0,
    "run_in_executor": 1,
}
"""Where the function stands among the arguments; those after it are handed to it."""

_MAPPING = frozenset(["map", "imap", "imap_unordered", "map_async"])
"""Methods of executors and pools that do as `map` does."""

_EXPECTING = ("pytest.raises", "contextlib.suppress", "assertRaises", "assertRaisesRegex")

_REST = ast.Name("_", ast.Load())
ANYHOW = ast.Call(func=_REST, args=[ast.Starred(_REST, ast.Load())], keywords=[ast.keyword(arg=None, value=_REST)])
"""A call of which nothing is known: it may give any argument."""


class Handed(NamedTuple):
    """A call that is made elsewhere.

    Attributes:
        call: as if it stood here.
        at: which argument is called; those after it are what it is given.
        is_each: whether it is given their elements, one after the other.
        caught: the names of exceptions that a `try` around it catches; None if there is no `try`.
        is_dropped: whether nothing is done with its result.
        through: what hands it on once more, instead of calling it; None if nothing does.
    """

    call: ast.Call
    at: int
    is_each: bool = False
    caught: Optional[Tuple[str, ...]] = None
    is_dropped: bool = False
    through: Optional[ast.Call] = None


def is_special(pattern: Pattern) -> bool:
    """Return whether only calls with an argument that is rarely given match a pattern: a keyword, or a constant."""
    return isinstance(pattern.use, Call) and any(
        not one.absent and (one.position is None or (one.literal is not None and not one.literal.kind))
        for one in pattern.use.arguments
    )


def by_decorator(node: ast.expr) -> ast.expr:
    """Return what a decorator does: one that is a name is called with what it stands over."""
    is_name = isinstance(node, (ast.Name, ast.Attribute))
    return ast.copy_location(ast.Call(node, [_REST], []), node) if is_name else node


def by_name(name: str, node: ast.Call) -> Optional[Handed]:
    """Return the call that the function with this qualified name makes of what `node` hands it, or None."""
    if name == "builtins.map":
        return _each(node)
    found = _rest(node, _BY_NAME.get(name))
    return found and _expecting(found, name, node)


def by_method(name: str, node: ast.Call) -> Optional[Handed]:
    """Return the same for a method of which only the name is known."""
    if name in _MAPPING:
        return _each(node)
    found = _rest(node, _BY_METHOD.get(name), ("msg", "match"))
    return found and _expecting(found, name, node)


def _each(node: ast.Call) -> Optional[Handed]:
    each: List[ast.expr] = [_REST] * (len(node.args) - 1)
    return Handed(ast.copy_location(ast.Call(node.args[0], each, []), node), 0, is_each=True) if each else None


def _expecting(found: Handed, name: str, node: ast.Call) -> Handed:
    caught = expected(name, node)
    return found if caught is None else found._replace(caught=caught, is_dropped=True)


def expected(name: str, node: ast.Call) -> Optional[Tuple[str, ...]]:
    """Return the names of the exceptions that a call waits for, such as `pytest.raises(OSError)`; None for others."""
    if name not in _EXPECTING or not node.args:
        return None
    kinds = node.args if name == "contextlib.suppress" else node.args[:1]
    return tuple(hint for kind in kinds for one in getattr(kind, "elts", [kind]) for hint in [hint_of(one)] if hint)


def caught_by(handler: ast.ExceptHandler) -> Tuple[str, ...]:
    """Return the last parts of the names of what a handler catches; one that is empty for all."""
    if handler.type is None:
        return ("",)
    nodes = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return tuple(hint_of(node) for node in nodes if hint_of(node))


def by_function(function: Function, node: ast.Call, shift: int) -> Optional[Handed]:
    """Return the same for a function of the scanned tree that calls its last parameter with all that comes behind it.

    Args:
        function: such as `def attempt(call, *arguments)`.
        node: the call of it.
        shift: how many of its parameters the call does not write, such as `self`.
    """
    at = len(function.args.args) - 1 - shift
    if function.args.vararg is None or at < 0 or at >= len(node.args):
        return None
    found = _rest(node, at, () if function.args.kwarg else None)
    how = _handing_on(function) if found else None
    return found._replace(**how) if found and how else None


@functools.lru_cache(maxsize=1024)
def _handing_on(function: Function) -> Optional[Dict[str, Any]]:
    """Return what is to be said of the call of its last parameter with all behind it, or of what is handed both."""
    taken, rest = function.args.args, function.args.vararg
    if rest is None:
        return None
    for call, caught, is_dropped in _calls(function.body, None):
        if _is_behind(call.func, call.args[:1], taken[-1].arg, rest.arg):
            return {"caught": caught, "is_dropped": is_dropped}
        for one, behind in zip(call.args, call.args[1:]):
            if _is_behind(one, [behind], taken[-1].arg, rest.arg):
                return {"caught": caught, "is_dropped": is_dropped, "through": call}
    return None


_Called = Tuple[ast.Call, Optional[Tuple[str, ...]], bool]


def _calls(nodes: Sequence[ast.AST], caught: Optional[Tuple[str, ...]], is_dropped: bool = False) -> Iterator[_Called]:
    """Yield the calls below `nodes`, the names that a `try` around each catches, and whether its result is dropped."""
    for node in nodes:
        if isinstance(node, ast.Call):
            yield node, caught, is_dropped
        if isinstance(node, ast.Try):
            names = tuple(name for handler in node.handlers for name in caught_by(handler))
            yield from _calls(node.body, (*(caught or ()), *names))
            yield from _calls([*node.handlers, *node.orelse, *node.finalbody], caught)
        else:
            yield from _calls(list(ast.iter_child_nodes(node)), caught, isinstance(node, ast.Expr))


def _is_behind(called: ast.expr, behind: Sequence[ast.expr], name: str, rest: str) -> bool:
    """Return whether these are `name` and `*rest`."""
    return (
        isinstance(called, ast.Name)
        and called.id == name
        and any(
            isinstance(one, ast.Starred) and isinstance(one.value, ast.Name) and one.value.id == rest for one in behind
        )
    )


def _rest(node: ast.Call, at: Optional[int], besides: Optional[Sequence[str]] = ()) -> Optional[Handed]:
    """Return the call of the argument `at` with those after it, and with all keywords but `besides`; None: all."""
    if at is None or at >= len(node.args) or any(isinstance(one, ast.Starred) for one in node.args[: at + 1]):
        return None
    keywords = [] if besides is None else [one for one in node.keywords if one.arg not in besides]
    return Handed(ast.copy_location(ast.Call(node.args[at], list(node.args[at + 1 :]), keywords), node), at)
