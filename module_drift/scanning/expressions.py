"""Says what an expression is, and tells of each use of an API in it."""

import ast
import contextlib
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

from . import guards, helpers, torch_api
from .binding import as_call
from .calls import Calls
from .known import joined
from .names import is_own
from .syntax import hint_of, index_of
from .torch_names import MODULE, TENSOR, ancestors, is_class
from .values import (
    ABOUT_VERSIONS,
    MINOR,
    NOTHING,
    OTHER,
    PARTS,
    UNKNOWN,
    VAGUELY,
    VERSION,
    Guard,
    Value,
    element,
    entry,
    instance,
    item,
    many,
    mapping,
    only_under,
    table,
)

OPERATORS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.MatMult: "matmul", ast.Mod: "mod",
    ast.Pow: "pow", ast.FloorDiv: "floordiv", ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor",
    ast.LShift: "lshift", ast.RShift: "rshift", ast.Lt: "lt", ast.Gt: "gt", ast.LtE: "le", ast.GtE: "ge",
    ast.Eq: "eq", ast.NotEq: "ne", ast.USub: "neg", ast.Invert: "invert", ast.UAdd: "pos",
}  # fmt: skip
_SLICED = ("torch.nn.ModuleList", "torch.nn.Sequential", "torch.nn.ParameterList")


class Expressions(Calls):
    """Reads expressions of one module."""

    def expression(self, node: Optional[ast.expr], use: str = "kept") -> Value:
        """Return what an expression is.

        Args:
            node: the expression.
            use: what is done with it, in the words of the notation.
        """
        if node is None:
            return OTHER
        reader = _READERS.get(type(node))
        value: Value = reader(self, node, use) if reader else self._others(node)
        if value.origins:
            self.met_result(node, value.origins, use)
        return value

    def _others(self, node: ast.AST) -> Value:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.expression(child)
            elif not isinstance(child, (ast.expr_context, ast.operator)):
                self._others(child)
        return UNKNOWN

    def _read_Constant(self, node: ast.Constant, use: str) -> Value:
        if node.value is None:
            return NOTHING
        return Value("other", "", (node.value,)) if isinstance(node.value, str) else OTHER

    def _read_JoinedStr(self, node: ast.JoinedStr, use: str) -> Value:
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                value = self.expression(part.value)
                self.met_member("call", part.value, value, "__repr__", "kept", hint=hint_of(part.value))
                if part.format_spec is not None:
                    self.expression(part.format_spec)
        return OTHER

    def _read_Name(self, node: ast.Name, use: str) -> Value:
        value = _told_by_name(node.id, self.lookup(node.id), use)
        if value.kind == "name" and use != "called" and isinstance(node.ctx, ast.Load) and not use.startswith("."):
            self.met_name("read", node, value.name, use)
        return value

    def _read_Attribute(self, node: ast.Attribute, use: str) -> Value:
        base = self.expression(node.value, f".{node.attr}")
        if base.kind == "version":
            return Value("version", {"major": "0", "minor": "1", "micro": "2"}.get(node.attr, ""))
        if base.kind == "name":
            found = _told_by_name(node.attr, self.member_of_name(base.name, node.attr), use)
            if found.kind == "name" and not found.name.startswith("@"):
                self.met_name("reached", node, found.name, use)
                if use != "called":
                    return found.with_origins(self.met_name("read", node, found.name, use))
            return found
        if use == "called":  # The call tells of it.
            return self.attribute_of(base, node.attr)
        origins = self.met_member("read", node, base, node.attr, use, hint=hint_of(node.value))
        return self.member_of(base, node.attr).with_origins(origins)

    def _read_Subscript(self, node: ast.Subscript, use: str) -> Value:
        base = self.expression(node.value, "indexed")
        self.expression(index_of(node))
        if base.kind == "version":
            return Value("version", guards.part_of(index_of(node)))
        if base.kind == "name":  # Such as Generic[T].
            return base if is_own(base.name) or is_class(base.name) else UNKNOWN
        if isinstance(node.ctx, ast.Load) and base.kind in ("object", "unknown"):
            call = as_call(node, [index_of(node)])
            origins = self.met_member("call", node, base, "__getitem__", use, call, hint=hint_of(node.value))
            if base.kind == "object" and TENSOR in ancestors(base.name):
                return instance(TENSOR).with_origins(origins)
            is_same = torch_api.is_maybe_tensor(base) or (
                isinstance(index_of(node), ast.Slice) and base.name in _SLICED
            )
            found = base if is_same else item(base)
            return found.with_origins(origins)
        if base.kind == "pair":
            number = _number(node)
            least = 0 if base.name else -len(base.inner)
            if isinstance(number, int) and least <= number < len(base.inner):
                inner: Value = base.inner[number]
                return inner
        known = entry(base, _number(node))
        return item(base) if known is None else known

    def _read_BinOp(self, node: ast.BinOp, use: str) -> Value:
        left, right = self.expression(node.left, "operated"), self.expression(node.right, "operated")
        name = OPERATORS.get(type(node.op), "")
        origins: Tuple[Any, ...] = ()
        if left.kind == "object" or _may_be_tensor(left, node.left):
            origins = self.met_member("call", node, left, f"__{name}__", use, hint=hint_of(node.left))
        # Otherwise the method of the left one is asked first.
        if left.kind == "other" and (right.kind == "object" or _may_be_tensor(right, node.right)):
            origins += self.met_member("call", node, right, f"__r{name}__", use, hint=hint_of(node.right))
        if "version" in (left.kind, right.kind):
            return ABOUT_VERSIONS
        for value in (left, right):
            if value.kind == "object" and TENSOR in ancestors(value.name):
                return instance(TENSOR).with_origins(origins)
        if torch_api.is_maybe_tensor(left) or torch_api.is_maybe_tensor(right):
            return torch_api.MAYBE_TENSOR.with_origins(origins)
        if left.kind == "many":
            return left
        if left.kind == "object" and left.name != MODULE:  # The sum, or a multiple, of containers is a plain one.
            others = self.shared.classes.lineage(left.name).others
            container = next((one for one in others if one in ("torch.nn.Sequential", "torch.nn.ModuleList")), None)
            if container:
                return instance(container).with_origins(origins)
        both = left.kind == right.kind == "other"
        return (OTHER if both else UNKNOWN).with_origins(origins)

    def _read_UnaryOp(self, node: ast.UnaryOp, use: str) -> Value:
        value = self.expression(node.operand, "tested" if isinstance(node.op, ast.Not) else "operated")
        if isinstance(node.op, ast.Not):
            return Value("guard", guard=value.guard.negated()) if value.guard else OTHER
        name = OPERATORS.get(type(node.op), "")
        if value.kind == "object":
            self.met_member("call", node, value, f"__{name}__", use)
        return value.with_origins(())

    def _read_Compare(self, node: ast.Compare, use: str) -> Value:
        operands = [node.left, *node.comparators]
        is_identity = [isinstance(one, (ast.Is, ast.IsNot)) for one in node.ops]
        values = [self.expression(one, "kept" if all(is_identity) else "compared") for one in operands]
        for operator, left, right, node_right in zip(node.ops, values, values[1:], operands[1:]):
            if isinstance(operator, (ast.In, ast.NotIn)):
                self.met_member("call", node, right, "__contains__", use, hint=hint_of(node_right))
                asked = self._asked_in(left, right, node_right)
                if asked is not None:
                    return Value("guard", guard=asked if isinstance(operator, ast.In) else asked.negated())
            elif type(operator) in OPERATORS and left.kind == "object":
                self.met_member("call", node, left, f"__{OPERATORS[type(operator)]}__", use)
        if any(_as_version(value).kind == "version" for value in values) and not any(is_identity):
            guard = self._compared_versions(node, [_as_version(value) for value in values])
            if any(value.kind == "version" and value.name in ("0", "1") for value in values):
                return Value("guard", PARTS, guard=guard)
            return Value("guard", guard=guard) if guard else OTHER
        if len(values) == 2 and values[0].kind == "name" and values[0].guard and NOTHING in values and is_identity[0]:
            return Value(
                "guard", guard=values[0].guard if isinstance(node.ops[0], ast.IsNot) else values[0].guard.negated()
            )
        if any(one.kind == "object" and TENSOR in ancestors(one.name) for one in values) and not all(is_identity):
            return instance(TENSOR)
        return OTHER

    def _part(self, node: ast.expr) -> str:
        """Return the number of the part of the version that an expression is; empty if it is none."""
        value = self.expression(node) if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call)) else OTHER
        return value.name if value.kind == "version" and value.name in ("0", "1") else ""

    def _read_BoolOp(self, node: ast.BoolOp, use: str) -> Value:
        is_and = isinstance(node.op, ast.And)
        guard: Optional[Guard] = None
        values: List[Value] = []

        with contextlib.ExitStack() as stack:  # What is read last runs under the conditions before it.
            for one in node.values:
                value = self.expression(one, use if one is node.values[-1] else "tested")
                values.append(value)
                if value.guard:
                    if guard is None:
                        guard = value.guard
                    else:
                        guard = guard.both(value.guard) if is_and else guard.either(value.guard)
                    stack.enter_context(self.under(value.guard if is_and else value.guard.negated()))
                stack.enter_context(self.narrowed(one, is_and))
        if guard is not None and sum(value.guard is not None for value in values) < len(values):
            guard = guard.if_it_holds() if is_and else guard.negated().if_it_holds().negated()
        told = guards.of_parts(node, self._part) if any(value.name == PARTS for value in values) else None
        if told is not None:
            known = [value.guard for value in values if value.guard and value.name != PARTS]
            guard = guard or Guard()
            guard = guard._replace(
                true=guard.true.both(told.true),
                false=guard.false.both(told.false),
                vague=any(one.vague for one in known),
                vague_not=any(one.vague_not for one in known),
            )
            return Value("guard", PARTS, guard=guard)
        if guard is not None:
            return Value("guard", guard=guard)
        return joined(values, self.shared.classes)

    def _read_IfExp(self, node: ast.IfExp, use: str) -> Value:
        guard = self.expression(node.test, "tested").guard
        with self.narrowed(node.test, True), self.under(guard):
            one = self.expression(node.body, use)
        with self.narrowed(node.test, False), self.under(guard.negated() if guard else None):
            other = self.expression(node.orelse, use)
        if guard:
            one, other = only_under(guard, one), only_under(guard.negated(), other)
        return joined([one, other], self.shared.classes)

    def _read_Tuple(self, node: ast.Tuple, use: str) -> Value:
        inner = use if use == "tested" else "kept"
        if any(isinstance(one, ast.Starred) for one in node.elts):
            return self._held(node.elts)
        return Value("pair", "", tuple(self.expression(one, inner) for one in node.elts))

    def _read_Given(self, node: helpers.Given, use: str) -> Value:
        return node.value

    def _held(self, nodes: Sequence[ast.expr]) -> Value:
        """Return a container of what a display writes, and of what its stars give."""
        values = [
            element(self.expression(one.value)) if isinstance(one, ast.Starred) else self.expression(one)
            for one in nodes
        ]
        return many(joined(values, self.shared.classes))

    def _read_List(self, node: ast.List, use: str) -> Value:
        return self._held(node.elts)

    def _read_Dict(self, node: ast.Dict, use: str) -> Value:
        for key in node.keys:
            if key is not None:
                self.expression(key)
        values = [self.expression(one) for one in node.values]
        values = [one if key is not None else item(one) for key, one in zip(node.keys, values)]
        keys = [one.value if isinstance(one, ast.Constant) else None for one in node.keys]
        return table(zip(keys, values), joined(values, self.shared.classes))

    def _read_Set(self, node: ast.Set, use: str) -> Value:
        return self._held(node.elts)

    def _read_Starred(self, node: ast.Starred, use: str) -> Value:
        self.expression(node.value)
        return UNKNOWN

    def _read_Await(self, node: ast.Await, use: str) -> Value:
        return self.expression(node.value, use)

    def _read_Yield(self, node: ast.Yield, use: str) -> Value:
        self.yields.append(self.expression(node.value))
        return UNKNOWN

    def _read_YieldFrom(self, node: ast.YieldFrom, use: str) -> Value:
        self.yields.append(self.iterated(node.value))
        return UNKNOWN

    def _read_NamedExpr(self, node: Any, use: str) -> Value:
        value = self.expression(node.value, use)
        self.bind(node.target, value)
        return value

    def _read_Lambda(self, node: ast.Lambda, use: str) -> Value:
        names = [one.arg for one in (*node.args.args, *node.args.kwonlyargs)]
        for default in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.expression(default)
        self.scopes.append(dict.fromkeys(names, UNKNOWN))
        value = self.expression(node.body)
        self.scopes.pop()
        tells = value.kind == "version" or value.guard is not None
        return Value("lambda", str(self.module.number), (value, node)) if tells else UNKNOWN

    def _comprehension(self, node: Any) -> Value:
        self.scopes.append({})
        for one in node.generators:
            self.bind(one.target, self.iterated(one.iter))
            for test in one.ifs:
                self.expression(test, "tested")
                self.scopes[-1].update(self.told_by(test, True))
        if isinstance(node, ast.DictComp):
            self.expression(node.key)
            found = mapping(self.expression(node.value))
            if item(found).guard is not None:
                found = table(self._rows(node), item(found))
        else:
            inner = self.expression(node.elt)
            found = VERSION if inner.kind == "version" else many(inner)
        self.scopes.pop()
        return found

    def _rows(self, node: ast.DictComp) -> Iterator[Tuple[Any, Value]]:
        """Yield the keys and values of a dict that is made for each of some literals."""
        target, options = node.generators[0].target, getattr(node.generators[0].iter, "elts", ())
        if len(node.generators) == 1 and isinstance(target, ast.Name) and not node.generators[0].ifs:
            for one in options:
                key = helpers.filled(node.key, {target.id: one})
                if isinstance(key, ast.Constant):
                    yield key.value, self.expression(helpers.filled(node.value, {target.id: one}))

    def _read_ListComp(self, node: ast.ListComp, use: str) -> Value:
        return self._comprehension(node)

    def _read_SetComp(self, node: ast.SetComp, use: str) -> Value:
        return self._comprehension(node)

    def _read_GeneratorExp(self, node: ast.GeneratorExp, use: str) -> Value:
        return self._comprehension(node)

    def _read_DictComp(self, node: ast.DictComp, use: str) -> Value:
        return self._comprehension(node)

    def iterated(self, node: ast.expr) -> Value:
        """Return what iterating over an expression gives."""
        value = self.expression(node, "iterated")
        if value.kind in ("object", "unknown"):
            self.met_member("call", node, value, "__iter__", "iterated", hint=hint_of(node))
        is_known = value.kind == "pair" and not value.name
        return joined(value.inner, self.shared.classes) if is_known else element(value)


_READERS: Dict[type, Any] = {
    **{
        getattr(ast, name[6:]): getattr(Expressions, name)
        for name in dir(Expressions)
        if name.startswith("_read_") and hasattr(ast, name[6:])
    },
    helpers.Given: Expressions._read_Given,
}
"""What reads each kind of expression that this Python has."""


def _may_be_tensor(value: Value, node: ast.expr) -> bool:
    """Return whether what is computed with is not known for sure, but most likely a tensor, or has the name of one."""
    return torch_api.is_maybe_tensor(value) or (value.kind == "unknown" and torch_api.hinted(hint_of(node)) == TENSOR)


def _told_by_name(name: str, value: Value, use: str) -> Value:
    """Return what a constant is; one of which only the name is known is what that says of the version of torch."""
    if value.kind not in ("unknown", "name") or "torch" not in name.lower():
        return value
    if value.kind == "name" and value.name.startswith(("@", "torch.")):
        return value
    guard = guards.told_by_name(name)
    if guard is not None:
        return Value("guard", guard=guard)
    if guards.names_version(name):
        return VERSION
    return VAGUELY if use == "tested" and guards.speaks_of_versions(name) else value


def _as_version(value: Value) -> Value:
    """Return a pair of the first two numbers of the version of torch as what it is; all else as it is."""
    parts = [one.name for one in value.inner if one.kind == "version"] if value.kind == "pair" else []
    return Value("version", MINOR if len(parts) == 2 else "") if parts[:1] == ["0"] else value


def _number(node: ast.Subscript) -> Any:
    index = index_of(node)
    return index.value if isinstance(index, ast.Constant) else None
