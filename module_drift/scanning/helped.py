"""Says what helpers of a project answer that ask for the release of torch, or for what it has."""

import ast
import contextlib
import copy
from typing import Any, Optional, Sequence

from . import arrivals, guards, helpers
from .binding import Binding
from .syntax import Function, hint_of
from .torch_api import OWNERS
from .torch_names import public
from .values import UNKNOWN, VAGUE, Guard, Value, method


class Helped(Binding):
    """Follows what is asked of helpers of one module."""

    def _answered(
        self,
        found: Value,
        function: Function,
        number: int,
        receiver: str,
        node: ast.Call,
        arguments: Sequence[Value],
    ) -> Value:
        """Return what a function gives for just this call, if it is about versions; else `found`, what it may give."""
        is_short = len(function.body) <= 12 and self.depth < 4
        may_depend = is_short and (asks(found, arguments) or (hands_apis(arguments) and helpers.inspects(function)))
        module = self.tree.safe_module(number) if may_depend else None
        if module is None:
            return found
        parameters = function.args
        is_static = any(hint_of(one) == "staticmethod" for one in function.decorator_list)
        if receiver and not is_static and parameters.args:
            parameters = copy.copy(parameters)
            parameters.args = parameters.args[1:]
        names = helpers.given(parameters, node, arguments, self._meant)
        told = self.shared.returned(self, module, helpers.filled(function, names), receiver) if names else found
        return told if told.kind in ("guard", "version", "skip") else found

    def _skipping(self, node: ast.Call) -> Value:
        """Return what lets something run only where a condition of tests does not skip it."""
        name = hint_of(node.func)
        if name == "importorskip":
            named_so = [one.value for one in (*node.args[:1],) if isinstance(one, ast.Constant)]
            least = [*node.args[1:2], *(one.value for one in node.keywords if one.arg == "minversion")]
            guard = guards.compared(ast.GtE(), least[0]) if least and named_so == ["torch"] else None
            return Value("name", str(named_so[0]), guard=guard) if named_so else UNKNOWN
        conditions = [*node.args[:1], *(one.value for one in node.keywords if one.arg == "condition")]
        condition = conditions[0] if conditions else None
        if isinstance(condition, ast.Constant) and isinstance(condition.value, str):  # So pytest takes it, too.
            with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
                condition = ast.parse(condition.value.strip(), mode="eval").body
        guard = self.expression(condition, "tested").guard if condition else None
        if guard is None:
            return UNKNOWN
        return Value("skip", guard=guard if name == "skipUnless" else guard.negated())

    def _lambda_called(self, callee: Value, node: ast.Call, arguments: Sequence[Value]) -> Value:
        found: Value = callee.inner[0]
        function: ast.Lambda = callee.inner[1]
        module = self.tree.safe_module(int(callee.name)) if asks(found, arguments) and self.depth < 4 else None
        if module is None:
            return found
        names = helpers.given(function.args, node, arguments, self._meant)
        reader: Any = self._in(module)
        if module is self.module:
            reader.scopes = self.scopes
        result: Value = reader.expression(helpers.filled(function.body, names))
        return result

    def member_of(self, base: Value, name: str) -> Value:
        """Return what a member of an object is that is not called at once."""
        found = self.attribute_of(base, name)
        may_be_called = base.kind == "object" or (base.kind == "unknown" and name in OWNERS)
        return method(base, name) if found == UNKNOWN and may_be_called else found

    def asked_for(self, owner: Value, member: str) -> Optional[Guard]:
        """Return what it says that an object, class or module has a member; None if that is nothing of torch."""
        if owner.kind not in ("name", "object"):
            return None
        names = tuple(public(f"{one}.{member}") for one in self.shared.classes.lineage(owner.name).others)
        if owner.kind == "object":  # It may be one's own.
            return Guard(present=names) if names else None
        return arrivals.presence(*names) if names else None

    def _meant(self, node: ast.expr, value: Value) -> ast.expr:
        """Return the literal that an expression stands for, which may be a name; itself if it is not known."""
        if isinstance(node, ast.Name):
            if value.kind == "other" and len(value.inner) == 1:
                return ast.Constant(value.inner[0])
            symbol = self.module.symbols.get(node.id)
            is_here = not any(node.id in scope for scope in self.scopes[1:])
            return symbol if isinstance(symbol, ast.expr) and is_here and not isinstance(symbol, ast.Name) else node
        return node

    def _asked_in(self, left: Value, right: Value, node: ast.expr) -> Optional[Guard]:
        """Return what it says that a text is among parameters, or among names that something has; None if nothing."""
        if len(left.inner) != 1 or left.kind != "other":
            return None
        text = left.inner[0]
        if right.kind == "signature":
            return Guard(takes=((right.name, text),))
        if right.kind == "name" and right.name.endswith(".__code__.co_varnames"):
            return Guard(takes=((right.name.split(".")[-3], text),))
        if isinstance(node, ast.Call) and hint_of(node.func) in ("dir", "vars") and len(node.args) == 1:
            return self.asked_for(self.expression(node.args[0], ".__dict__"), text)
        if isinstance(node, ast.Attribute) and node.attr == "__dict__":
            return self.asked_for(self.expression(node.value, ".__dict__"), text)
        return None

    def _compared_versions(self, node: ast.Compare, values: Sequence[Value]) -> Optional[Guard]:
        """Return what a comparison of versions says, or a chain of them."""
        operands = [node.left, *node.comparators]
        found: Optional[Guard] = None
        for at, operator in enumerate(node.ops):
            one: Optional[Guard] = None
            for version, other in ((at, at + 1), (at + 1, at)):
                if values[version].kind == "version":
                    against = self._meant(operands[other], values[other])
                    one = one or self._compared_version(operator, against, values[version].name, version == at)
            if one is not None:
                found = found.both(one) if found else one
        return found

    def _compared_version(self, operator: ast.cmpop, node: ast.expr, part: str, is_left: bool) -> Optional[Guard]:
        if not isinstance(operator, (ast.In, ast.NotIn)):
            return guards.compared(operator, node, part, is_left) or VAGUE
        if not is_left:  # What is asked of its text may be another thing, such as where it was built.
            return VAGUE if guards.release_of(node) else None
        options = [self._meant(one, UNKNOWN) for one in getattr(node, "elts", ())]
        guard = guards.one_of(options, lambda one: guards.compared(ast.Eq(), one, part)) or VAGUE
        return guard if isinstance(operator, ast.In) else guard.negated()


def asks(found: Value, arguments: Sequence[Value]) -> bool:
    """Return whether what a function gives may depend on the release by what it is called with."""
    guard = found.guard
    return (guard is not None and (guard.vague or guard.vague_not)) or any(one.kind == "version" for one in arguments)


def hands_apis(arguments: Sequence[Value]) -> bool:
    """Return whether something of torch is handed to a function, which may ask it for what it takes."""
    return any(one.kind == "name" and one.name.startswith("torch.") for one in arguments)
