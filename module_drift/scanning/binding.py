"""Gives names their values: by what assigns to them, and by what a test tells of them."""

import ast
import contextlib
from typing import ContextManager, Iterator, Optional, Sequence, Tuple

from .known import Scope, joined
from .names import ANYWHERE, Names
from .syntax import hint_of, index_of
from .torch_names import public
from .values import (
    UNKNOWN,
    Value,
    element,
    many,
    named,
)


class Binding(Names):
    """Binds the names of one module."""

    # What a test tells of a name.

    def told_by(self, test: ast.expr, holds: bool) -> Scope:
        """Return what names are if a test holds, or if it does not, as `isinstance` tells."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return self.told_by(test.operand, not holds)
        if isinstance(test, ast.BoolOp):
            told: Scope = {}
            if holds is isinstance(test.op, ast.And):
                for one in test.values:
                    told.update(self.told_by(one, holds))
            return told
        asked = _asked_class(test) if holds else None
        if asked is None or self.lookup(asked[0]) != named(f"builtins.{asked[0]}"):
            return {}
        _, subject, kinds = asked
        some = kinds.elts if isinstance(kinds, ast.Tuple) else [kinds]
        found = joined([self.annotation(one) for one in some], self.shared.classes)
        before = self.lookup(subject.id)
        if found.kind == "unknown" and before.kind == "object" and {hint_of(one) for one in some} <= {"tuple", "list"}:
            return {subject.id: UNKNOWN}  # It is none of what it is declared to be.
        if found.kind not in ("object", "other") or before.kind not in ("unknown", "object"):
            return {}
        if before.kind == "object":  # It may be known better than the test tells.
            lineage = self.shared.classes.lineage(before.name)
            if found.name in (*lineage.others, *(f"@{number}.{one.name}" for one, number in lineage.own)):
                return {}
            if lineage.others and found.kind == "object" and not self.shared.classes.lineage(found.name).is_of_torch:
                return {}  # It is of a class that derives from both.
        return {subject.id: found}

    def narrowed(self, test: ast.expr, holds: bool) -> ContextManager[None]:
        """Know, within it, what a test tells of names."""
        told = self.told_by(test, holds)
        return self._knowing(told) if told else ANYWHERE

    @contextlib.contextmanager
    def _knowing(self, told: Scope) -> Iterator[None]:
        scope = self.scopes[-1]
        before = {name: scope.get(name) for name in told}
        scope.update(told)
        yield
        for name, value in before.items():
            if self.scopes[-1].get(name) is told[name]:  # Else it was bound to something else meanwhile.
                if value is None:
                    del self.scopes[-1][name]
                else:
                    self.scopes[-1][name] = value

    def bind(self, target: ast.expr, value: Value, node: Optional[ast.expr] = None) -> None:
        """Give a target a value, which `node` wrote."""
        if isinstance(target, ast.Name):
            self.scopes[-1][target.id] = value
        elif isinstance(target, (ast.Tuple, ast.List)) and value.kind == "version":
            for at, one in enumerate(target.elts):
                self.bind(one, Value("version", str(at)))
        elif isinstance(target, (ast.Tuple, ast.List)):
            inner = value.inner if value.kind == "pair" and len(value.inner) == len(target.elts) else ()
            parts = node.elts if isinstance(node, (ast.Tuple, ast.List)) and inner else ()
            star = next((at for at, one in enumerate(target.elts) if isinstance(one, ast.Starred)), None)
            if value.kind == "pair" and star is not None and value.name:
                inner = value.inner[:star]
            elif value.kind == "pair" and star is not None and len(value.inner) >= len(target.elts) - 1:
                end = len(value.inner) - (len(target.elts) - 1 - star)
                inner = (
                    *value.inner[:star],
                    many(joined(value.inner[star:end], self.shared.classes)),
                    *value.inner[end:],
                )
            elif value.name:
                inner = ()
            for at, one in enumerate(target.elts):
                is_known = at < len(inner)
                part = parts[at] if is_known and at < len(parts) else None
                self.bind(one, inner[at] if is_known else element(value), part)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, value if value.kind == "many" else UNKNOWN)
        elif isinstance(target, ast.Attribute):
            base = self.expression(target.value, f".{target.attr}")
            if base.kind == "name" and not base.name.startswith("@"):
                self.replaced[public(f"{base.name}.{target.attr}")] = value.with_origins(())
                self.met_name("set", target, public(f"{base.name}.{target.attr}"), "kept", value=node)
            else:
                self.met_member("set", target, base, target.attr, "kept", value=node, hint=hint_of(target.value))
        elif isinstance(target, ast.Subscript):
            base = self.expression(target.value, "indexed")
            self.expression(index_of(target))
            call = as_call(target, [index_of(target), *([node] if node else [])])
            self.met_member("call", target, base, "__setitem__", "dropped", call, hint=hint_of(target.value))


def _asked_class(test: ast.expr) -> Optional[Tuple[str, ast.Name, ast.expr]]:
    """Return by what a test asks for a class, isinstance or type, the name it asks of, and the classes; or None."""
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (ast.Is, ast.Eq, ast.In)):
        call, kinds = test.left, test.comparators
    elif isinstance(test, ast.Call):
        call, kinds = test, test.args[1:]
    else:
        return None
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.args and len(kinds) == 1):
        return None
    subject = call.args[0]
    is_asked = call.func.id == ("isinstance" if call is test else "type")
    return (call.func.id, subject, kinds[0]) if is_asked and isinstance(subject, ast.Name) else None


def as_call(node: ast.expr, arguments: Sequence[ast.expr]) -> ast.Call:
    """Return the call of a method that another piece of syntax stands for."""
    return ast.copy_location(ast.Call(func=node, args=list(arguments), keywords=[]), node)
