"""What is asked of syntax wherever code is read: which statements stand in a body, and what these set names to."""

import ast
from typing import Any, Dict, Iterator, List, Optional, Sequence, Union

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

_WITHOUT_BODY = frozenset(
    [*FUNCTIONS, ast.ClassDef, ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Raise, ast.Assert]
)
"""Statements in which no others of the same scope stand; those that are not named here are merely slower."""


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


def names_bound(body: Sequence[ast.stmt]) -> List[str]:
    """Return the names that the body of a function binds itself, so that they are not those of the module."""
    names: List[str] = []
    outer = set()
    for node in statements(body):
        kind = type(node)
        if kind in _BINDING_NOTHING:
            continue
        if isinstance(node, ast.Assign):
            for one in node.targets:
                if isinstance(one, ast.Name):
                    names.append(one.id)
                elif isinstance(one, (ast.Tuple, ast.List)):
                    names += _names_in(one)
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.AugAssign, ast.AnnAssign)):
            if isinstance(node.target, ast.Name):
                names.append(node.target.id)
        elif isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names += [(alias.asname or alias.name).partition(".")[0] for alias in node.names]
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            outer.update(node.names)
    return [name for name in names if name not in outer] if outer else names


_BINDING_NOTHING = frozenset([ast.Expr, ast.Return, ast.If, ast.With, ast.Raise, ast.Assert, ast.Try, ast.Pass])
"""Statements that are looked at no further; those that are not named here are merely slower."""


def _names_in(targets: Union[ast.Tuple, ast.List]) -> Iterator[str]:
    for one in targets.elts:
        if isinstance(one, ast.Name):
            yield one.id
        elif isinstance(one, (ast.Tuple, ast.List)):
            yield from _names_in(one)


def hint_of(node: ast.expr) -> str:
    """Return the name that a value is kept under; empty if it has none."""
    while isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def index_of(node: ast.Subscript) -> Any:
    """Return the index of a subscript."""
    index: Any = node.slice
    return index.value if type(index).__name__ == "Index" else index  # So before Python 3.9.
