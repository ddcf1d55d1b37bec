"""Says what calls give, and tells of the APIs that they use."""

import ast
from typing import Any, Optional, Sequence, Tuple

from . import guards, handing_on, helped, torch_api
from .builtin_calls import BuiltinCalls
from .known import joined
from .names import MOST, is_own
from .own_class import Class
from .syntax import FUNCTIONS, Function, hint_of
from .torch_names import MODULE, TENSOR, is_class, is_strange
from .values import (
    ABOUT_VERSIONS,
    CALLER,
    EITHER,
    METHOD,
    OTHER,
    UNKNOWN,
    VAGUELY,
    VERSION,
    Value,
    element,
    entry,
    instance,
    item,
    many,
    named,
    table,
)

_OF_TEXTS = frozenset(f"re.{name}" for name in ("match", "search", "fullmatch", "findall", "split", "sub"))
_SKIPPING = frozenset(["skipif", "skipIf", "skipUnless", "importorskip"])
_DICT = named("builtins.dict")
_KEYED = ("torch.nn.ModuleDict", "torch.nn.ParameterDict")


class Calls(BuiltinCalls):
    """Reads the calls of one module."""

    def _read_Call(self, node: ast.Call, use: str) -> Value:
        receiver, callee = self._callee(node)
        handed = self._handed_on(node, receiver, callee) if node.args else None
        is_asked = callee.name in ("builtins.isinstance", "builtins.issubclass")
        arguments = [
            UNKNOWN if handed and at == handed.at else self.expression(one, "tested" if at and is_asked else "kept")
            for at, one in enumerate(node.args)
        ]
        by_keyword = [self.expression(keyword.value) for keyword in node.keywords]
        if callee == _DICT:
            more = [value if one.arg else _values(value) for one, value in zip(node.keywords, by_keyword)]
            keys = [one.arg for one in node.keywords]
            return table(zip(keys, more), joined([*map(_values, arguments), *more], self.shared.classes))
        if handed is not None:
            rest = [element(one) if handed.is_each else one for one in arguments[handed.at + 1 :]]
            call, its_use = handed.call, "dropped" if handed.is_dropped else "kept"
            result = self.attempted(handed.caught, lambda: self._called(call, *self._callee(call), rest, its_use))
            value = self._called(node, receiver, callee, arguments, use)
            return many(result) if handed.is_each and value.kind == "unknown" else value
        value = self._called(node, receiver, callee, arguments, use)
        if value.kind in ("unknown", "other"):
            if any(one.kind == "version" for one in (*arguments, *by_keyword)) and value.kind == "unknown":
                return ABOUT_VERSIONS
            if use == "tested" and guards.speaks_of_versions(hint_of(node.func)):
                return VAGUELY
        return value

    def _callee(self, node: ast.Call) -> Tuple[Optional[Value], Value]:
        """Return what a call calls, and of a method the object that it is of."""
        function = node.func
        if not isinstance(function, ast.Attribute):
            return None, self.expression(function, "called")
        receiver = self.expression(function.value, f".{function.attr}")
        if receiver.kind != "name":
            callee = self.attribute_of(receiver, function.attr)
            return (None if callee.kind == "name" else receiver), callee
        callee = self.member_of_name(receiver.name, function.attr)
        if callee.kind == "name" and not callee.name.startswith("@"):
            self.met_name("reached", function, callee.name, "called")
        if callee.kind != "unknown":
            return None, callee
        own = self.shared.classes.lineage(receiver.name).method(function.attr) if is_own(receiver.name) else None
        return (
            (None, Value("result", "", (self.result_of(*own, receiver.name), own, receiver.name)))
            if own
            else (UNKNOWN, callee)
        )

    def _handed_on(self, node: ast.Call, receiver: Optional[Value], callee: Value) -> Optional[handing_on.Handed]:
        """Return the call that is made by what `node` calls of a function that is handed to it, or None."""
        if callee.kind == "name":
            if not callee.name.startswith("@"):
                return handing_on.by_name(callee.name, node)
            if callee.name in self.shared.handing_nothing_on:
                return None
            symbol = self.tree.symbol(callee.name)
            if isinstance(symbol, FUNCTIONS) and symbol.args.vararg is not None:
                return self._handed_through(symbol, int(callee.name[1:].partition(".")[0]), node, 0)
            if symbol is not None:
                self.shared.handing_nothing_on.add(callee.name)
            return None
        if receiver is None or not isinstance(node.func, ast.Attribute):
            return None
        if receiver.kind == "object":
            own = self.shared.classes.lineage(receiver.name).method(node.func.attr)
            if own:
                return self._handed_through(*own, node, 1)
        return handing_on.by_method(node.func.attr, node)

    def _handed_through(
        self, function: Function, number: int, node: ast.Call, shift: int
    ) -> Optional[handing_on.Handed]:
        found = handing_on.by_function(function, node, shift)
        if found is None or found.through is None:
            return found
        module = self.tree.safe_module(number)
        if module is None or self.depth >= MOST:
            return None
        reader: Any = self._in(module)
        further = reader._handed_on(found.through, *reader._callee(found.through))
        if further is None:
            return None
        caught = found.caught if further.caught is None else (*(found.caught or ()), *further.caught)
        return found._replace(caught=caught, is_dropped=found.is_dropped or further.is_dropped)

    def _called(
        self, node: ast.Call, receiver: Optional[Value], callee: Value, arguments: Sequence[Value], use: str
    ) -> Value:
        function = node.func
        first = arguments[0] if arguments else UNKNOWN
        its_name = hint_of(function)
        told = _told_by_call(its_name, node)
        if told is not None:
            return told
        if its_name in _SKIPPING:
            return self._skipping(node)
        if callee.kind == "result":
            result, (own, number), receiver_name = callee.inner
            return self._answered(result, own, number, receiver_name, node, arguments)
        if callee.kind == "lambda":
            return self._lambda_called(callee, node, arguments)
        if callee.kind == "unknown" and callee.name == EITHER:
            made = [self._called(node, None, one, arguments, use) for one in callee.inner if one != UNKNOWN]
            return joined([*made, *(one for one in callee.inner if one == UNKNOWN)], self.shared.classes)
        if callee.kind == "unknown" and callee.name == METHOD:
            its, name = callee.inner
            return self._method_called(node, as_method(function, name), its, UNKNOWN, arguments, use)
        if callee.kind == "unknown" and callee.name == CALLER and node.args:
            its, made = callee.inner
            call = ast.copy_location(ast.Call(node.func, made.args[1:], made.keywords), node)
            return self._method_called(call, as_method(node.args[0], its), first, UNKNOWN, (), use)
        if isinstance(function, ast.Attribute) and function.attr == "__new__" and first.kind == "name":
            return instance(first.name)
        if receiver is not None and isinstance(function, ast.Attribute):
            return self._method_called(node, function, receiver, callee, arguments, use)
        if callee.kind == "name":
            if callee.guard is None:
                return self._name_called(node, callee.name, arguments, use)
            with self.under(callee.guard):
                return self._name_called(node, callee.name, arguments, use)
        if VERSION in (first,) and len(arguments) == 1:
            return VERSION
        if callee.kind in ("object", "unknown"):
            return self._object_called(node, callee, function, use)
        return UNKNOWN

    def _object_called(self, node: ast.Call, callee: Value, function: ast.expr, use: str) -> Value:
        origins = self.met_member("call", node, callee, "__call__", use, call=node, hint=hint_of(function))
        found = torch_api.method_result("__call__", callee) if callee.kind == "object" else UNKNOWN
        return found.with_origins(origins)

    def _method_called(
        self,
        node: ast.Call,
        function: ast.Attribute,
        receiver: Value,
        callee: Value,
        arguments: Sequence[Value],
        use: str,
    ) -> Value:
        name = function.attr
        if receiver.kind == "version":
            if name == "startswith":
                guard = guards.begins(node.args[0]) if node.args else None
                return Value("guard", guard=guard) if guard else OTHER
            return VERSION
        if callee.kind == "object":  # An attribute that holds an object is called, such as self.layer(x).
            return self._object_called(node, callee, function, use)
        if name == "join" and receiver.kind == "other" and arguments and arguments[0].kind == "version":
            return arguments[0]
        if receiver.kind in ("many", "pair"):
            return many(element(receiver)) if name == "copy" else UNKNOWN
        if receiver.kind == "signature":
            return receiver
        if name == "__init__" and self.own_class and _is_super(function.value):
            self._base_made(node, use)
            return OTHER
        origins = self.met_member("call", node, receiver, name, use, call=node, hint=hint_of(function.value))
        if name in ("values", "items", "get") and (receiver.kind == "map" or receiver.name in _KEYED):
            inner = item(receiver)
            if name == "get":
                key = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
                return (entry(receiver, key) or inner).with_origins(origins)
            return many(inner if name == "values" else Value("pair", "", (OTHER, inner))).with_origins(origins)
        if receiver.kind == "object":
            lineage = self.shared.classes.lineage(receiver.name)
            own = lineage.method(name)
            if own:
                found = self._answered(self.result_of(*own, receiver.name), *own, receiver.name, node, arguments)
                return found.with_origins(origins)
            is_torch_method = False
            for other in lineage.others:
                keywords = [one.arg or "" for one in node.keywords]
                found = torch_api.method_result(
                    name, receiver if not lineage.own else instance(other), arguments, keywords
                )
                if found.kind != "unknown":
                    if found == instance(other) and lineage.own:
                        found = receiver
                    return found.with_origins(origins)
                is_torch_method = True
            if name == "copy" and is_strange(receiver.name):
                return receiver.with_origins(origins)
            if not is_torch_method and lineage.is_whole and not lineage.own:
                return OTHER.with_origins(origins)
        elif receiver.kind == "unknown":
            if callee.kind == "unknown" and not origins:
                origins = self.met_member("call", node, UNKNOWN, "__call__", use, call=node, hint=name)
            if (
                name
                in (
                    "parameters",
                    "named_parameters",
                    "named_modules",
                    "children",
                    "modules",
                    "named_children",
                    "named_buffers",
                    "buffers",
                )
                and not node.args
            ):
                return torch_api.method_result(name, instance(MODULE)).with_origins(origins)
            if name in torch_api.TENSORS_ALONE or torch_api.is_maybe_tensor(receiver):
                keywords = [one.arg or "" for one in node.keywords]
                found = torch_api.method_result(name, instance(TENSOR), arguments, keywords)
                return torch_api.maybe(found).with_origins(origins)
        return UNKNOWN.with_origins(origins) if receiver.kind != "other" else OTHER

    def _base_made(self, node: ast.Call, use: str) -> None:
        """Tell of what an __init__ makes of itself by calling that of the class which its own derives from."""
        lineage = self.shared.classes.lineage(self.own_class)
        if lineage.others and not any(one.has_method("__init__") for one, _ in lineage.own[1:]):
            self.met_name("call", node, lineage.others[0], use)

    def _name_called(self, node: ast.Call, name: str, arguments: Sequence[Value], use: str) -> Value:
        first = arguments[0] if arguments else UNKNOWN
        if name.startswith("builtins."):
            return self._builtin_called(node, name[9:], arguments, use)
        last = name.rpartition(".")[2]
        if first.kind == "version" and len(arguments) == 1 and not name.startswith("@"):
            return first
        if name in _OF_TEXTS and len(arguments) > 1 and arguments[-1].kind == "version":
            return arguments[-1]
        if name == "typing.TypeVar":
            bounds = [one.value for one in node.keywords if one.arg == "bound"]
            return Value("bound", "", (self.annotation(bounds[0]),)) if bounds else UNKNOWN
        if name == "typing.cast" and len(node.args) == 2:
            told = self.annotation(node.args[0])
            return told if told.kind != "unknown" else arguments[1]
        if last in ("version", "get_distribution") and node.args and isinstance(node.args[0], ast.Constant):
            return VERSION if node.args[0].value == "torch" else OTHER
        if name == "importlib.import_module" and node.args and isinstance(node.args[0], ast.Constant):
            return named(str(node.args[0].value)) if len(node.args) == 1 else UNKNOWN
        if name == "operator.methodcaller" and first.kind == "other" and len(first.inner) == 1:
            return Value("unknown", CALLER, (first.inner[0], node))
        if name in ("copy.deepcopy", "copy.copy"):
            dunder = "__deepcopy__" if name == "copy.deepcopy" else "__copy__"
            self.met_member("call", node, first, dunder, use, hint=hint_of(node.args[0]) if node.args else "")
        if name in ("pickle.dump", "pickle.dumps"):
            self.met_member("call", node, first, "__reduce_ex__", use, hint=hint_of(node.args[0]) if node.args else "")
        if not name.startswith("@"):
            origins = self._api_called(node, name, use)
            given = node.args[0] if arguments and node.args and first == UNKNOWN else None
            if isinstance(given, ast.Name) and torch_api.takes_a_tensor(name):
                self.scopes[-1][given.id] = torch_api.MAYBE_TENSOR
            keywords = [one.arg or "" for one in node.keywords]
            return torch_api.result(name, arguments, keywords).with_origins(origins)
        if name in self.shared.results:
            found = self.shared.symbols[self.shared.results[name]]
            if not (helped.asks(found, arguments) or helped.hands_apis(arguments)):
                return found
        symbol = None if self.shared.classes.knows(name) else self.tree.symbol(name)
        if symbol is None or isinstance(symbol, Class):
            lineage = self.shared.classes.lineage(name)
            if not lineage.own:
                return UNKNOWN
            made: Tuple[Any, ...] = ()
            if lineage.others and not lineage.method("__init__"):
                made = self.met_name("call", node, lineage.others[0], use)
            return instance(name).with_origins(made)
        if not isinstance(symbol, FUNCTIONS):
            return UNKNOWN
        number = int(name[1:].partition(".")[0])
        return self._answered(self._result_by_name(symbol, name), symbol, number, "", node, arguments)

    def _api_called(self, node: ast.Call, name: str, use: str) -> Tuple[Any, ...]:
        owner, _, last = name.rpartition(".")
        is_method = is_class(owner) and not is_class(name)
        if is_method and last == "__init__":
            return self.met_name("call", node, owner, use, shift=1)
        return self.met_name("call", node, name, use, shift=1 if is_method else 0)


def as_method(node: ast.expr, name: str) -> ast.Attribute:
    """Return the syntax of a method of what an expression gives, which stands where that does."""
    return ast.copy_location(ast.Attribute(node, name, ast.Load()), node)


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _told_by_call(name: str, node: ast.Call) -> Optional[Value]:
    """Return what a call of a function that compares or gives the version of torch is, by its name; None if none."""
    if "orch" not in name and name not in ("compare_version", "RequirementCache"):
        return None
    guard = guards.told_by_helper(name, node)
    if guard is not None:
        return Value("guard", guard=guard)
    return VERSION if not node.args and guards.names_version(name) else None


def _values(value: Value) -> Value:
    """Return the values of a dict that is made of a dict or of pairs."""
    if value.kind == "map":
        return item(value)
    pair = element(value)
    return pair.inner[1] if pair.kind == "pair" and len(pair.inner) == 2 and not pair.name else UNKNOWN
