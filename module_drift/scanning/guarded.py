"""Knows on which releases statements run: by conditions, by a `try` around them, and by decorators of tests."""

import ast
from typing import List, Optional, Sequence, Set

from . import arrivals, guards
from .meeting import Meeting
from .syntax import hint_of
from .torch_names import is_class, public
from .values import UNKNOWN, VAGUE, Guard


class Guarded(Meeting):
    """Reads what guards the statements of one module."""

    def _quiet_guard(self, test: ast.expr) -> Optional[Guard]:
        matcher, self.matcher = self.matcher, None
        try:
            return self.expression(test, "tested").guard
        finally:
            self.matcher = matcher

    def _manager(self, node: ast.expr) -> str:
        """Return the qualified name of a context manager or decorator; empty if it has none."""
        value = self._annotated_or_name(node.func if isinstance(node, ast.Call) else node)
        return public(value.name) if value.kind == "name" else ""

    def _needed(self, body: Sequence[ast.stmt], names: Set[str]) -> Optional[Guard]:
        """Return what it says of torch that a `try` was not left for its handler of exceptions of these names."""
        wanted: List[str] = []
        if names & {"ImportError", "ModuleNotFoundError"} or all(
            isinstance(one, (ast.Import, ast.ImportFrom)) for one in body
        ):
            for one in body:
                if isinstance(one, ast.ImportFrom) and not one.level:
                    wanted += [f"{one.module}.{alias.name}" for alias in one.names]
                elif isinstance(one, ast.Import):
                    wanted += [alias.name for alias in one.names]
        if "AttributeError" in names:
            for node in (one for part in body for one in ast.walk(part)):
                value = self._annotated_attribute(node) if isinstance(node, ast.Attribute) else UNKNOWN
                if value.kind == "name" and (arrivals.since(value.name) or not is_class(value.name)):
                    wanted.append(value.name)
        found: Optional[Guard] = None
        for name in dict.fromkeys(wanted):
            guard = arrivals.presence(name) if name.startswith("torch.") else None
            if guard is not None:
                found = guard if found is None else found.both(guard)._replace(absent=())
        return found

    def _under_decorator(self, decorator: ast.expr) -> None:
        """Know that what follows runs only where a decorator of tests does not skip it."""
        guard = self._quiet_guard(decorator)
        if guard is None and guards.speaks_of_versions(hint_of(getattr(decorator, "func", decorator))):
            guard = VAGUE
        if guard:
            self.around = self._narrowed(guard)


_LEAVING = frozenset(
    [("pytest", "skip"), ("pytest", "fail"), ("pytest", "exit"), ("pytest", "xfail"), ("self", "skipTest"),
     ("self", "fail"), ("sys", "exit"), ("os", "_exit"), ("", "exit"), ("", "quit")]
)  # fmt: skip
"""Calls that do not come back, by the name of what they are of."""


def leaves(body: Sequence[ast.stmt]) -> bool:
    """Return whether what comes behind a body does not run after it."""
    last = body[-1] if body else None
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
        function = last.value.func
        return (hint_of(function.value) if isinstance(function, ast.Attribute) else "", hint_of(function)) in _LEAVING
    return isinstance(last, (ast.Return, ast.Raise, ast.Continue, ast.Break))


def is_import_of_tests(node: ast.expr) -> bool:
    """Return whether an expression imports what the tests that follow need, and lets them run only where it is."""
    return isinstance(node, ast.Call) and hint_of(node.func) == "importorskip"
