"""What is asked of syntax wherever code is read: which statements stand in a body, and what these set names to."""

import ast
from typing import Dict, Iterator, List, Optional, Sequence, Union

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
