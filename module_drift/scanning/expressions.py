"""Says what an expression is, and tells of each use of an API in it."""

import ast
import contextlib
from typing import Any, Callable, ContextManager, Dict, Iterator, List, Optional, Sequence, Set, Tuple, Union

from . import guards, handing_on, torch_api
from .classes import Classes, Lineage
from .stars import Stars
from .syntax import FUNCTIONS, Function
from .torch_names import MODULE, TENSOR, ancestors, is_class, is_strange, public
from .tree import BUILTINS, Class, Import, Module, Tree, hint_of, index_of
from .values import (
    ALWAYS,
    MINOR,
    NOTHING,
    OTHER,
    PARTS,
    UNKNOWN,
    VERSION,
    Guard,
    Value,
    element,
    instance,
    item,
    many,
    mapping,
    named,
)

OPERATORS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.MatMult: "matmul", ast.Mod: "mod",
    ast.Pow: "pow", ast.FloorDiv: "floordiv", ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor",
    ast.LShift: "lshift", ast.RShift: "rshift", ast.Lt: "lt", ast.Gt: "gt", ast.LtE: "le", ast.GtE: "ge",
    ast.Eq: "eq", ast.NotEq: "ne", ast.USub: "neg", ast.Invert: "invert", ast.UAdd: "pos",
}  # fmt: skip
_BY_BUILTIN = {"len": "__len__", "repr": "__repr__", "str": "__repr__", "print": "__repr__", "format": "__repr__",
               "iter": "__iter__", "next": "__next__", "bool": "__bool__", "float": "__float__", "int": "__int__",
               "hash": "__hash__", "dir": "__dir__", "reversed": "__reversed__", "abs": "__abs__"}  # fmt: skip
_OF_ITERABLES = frozenset(["list", "tuple", "set", "sorted", "iter", "reversed", "filter"])
_VERSIONS = ("torch.__version__", "torch.version.__version__")
_DICT = named("builtins.dict")
_KEYED = ("torch.nn.ModuleDict", "torch.nn.ParameterDict")
_SLICED = ("torch.nn.ModuleList", "torch.nn.Sequential", "torch.nn.ParameterList")
_MOST = 6
"""How deep definitions are followed."""
_MOST_TEXTS = 40
"""How many texts a name may stand for."""

Scope = Dict[str, Value]

_NOTHING_TOLD: ContextManager[None] = contextlib.nullcontext()


class Expressions:
    """Reads expressions of one module.

    Args:
        tree: the scanned files.
        module: the one that is read.
        shared: what is known of the whole tree: classes, and results of functions.
    """

    def __init__(self, tree: Tree, module: Module, shared: "Shared", depth: int = 0):
        self.tree = tree
        self.module = module
        self.shared = shared
        self.depth = depth
        self.scopes: List[Scope] = [{}]
        self.own_class = ""
        self.replaced: Scope = {}
        self.yields: List[Value] = []
        self._following: List[str] = []

    # What a use leads to; who only asks what something is looks for no uses.

    def met_name(
        self, kind: str, node: ast.AST, name: str, use: str, shift: int = 0, value: Optional[ast.expr] = None
    ) -> Tuple[Any, ...]:
        """Be told that an API is used by its qualified name; return what matches but for what becomes of the result."""
        return ()

    def met_member(
        self,
        kind: str,
        node: ast.AST,
        receiver: Value,
        name: str,
        use: str,
        call: Optional[ast.Call] = None,
        value: Optional[ast.expr] = None,
        hint: str = "",
        shift: int = 0,
    ) -> Tuple[Any, ...]:
        """Be told likewise of a member of an object."""
        return ()

    def met_result(self, node: ast.AST, origins: Tuple[Any, ...], use: str) -> None:
        """Be told what is done with a result."""

    def under(self, guard: Optional[Guard]) -> "contextlib.AbstractContextManager[None]":
        """Know, within it, that what is read runs only if a condition holds."""
        return contextlib.nullcontext()

    def attempted(self, caught: Optional[Tuple[str, ...]], read: Callable[[], Value]) -> Value:
        """Return what `read` returns, which reads what runs in a `try` that catches exceptions of these names."""
        return read()

    # Names.

    def lookup(self, name: str) -> Value:
        """Return what a name is here."""
        for scope in reversed(self.scopes):
            if name in scope:
                value: Value = scope[name]
                return value
        if name in self.module.symbols:
            return self.symbol(self.module, name)
        if name in BUILTINS:
            return named(f"builtins.{name}")
        return self._from_stars(self.module, name)

    def _from_stars(self, module: Module, name: str) -> Value:
        origin = self.shared.stars.origin(module.number, name) if module.stars else None
        if isinstance(origin, str):
            return named(origin)
        other = self.tree.safe_module(origin) if origin is not None else None
        return self.symbol(other, name) if other else UNKNOWN

    def symbol(self, module: Module, name: str) -> Value:
        """Return what a name of a module is, when all of it has run."""
        key = f"@{module.number}.{name}"
        if key in self.shared.symbols:
            return self.shared.symbols[key]
        symbol = module.symbols.get(name)
        if symbol is None:
            return self._from_stars(module, name)
        if isinstance(symbol, (Class, *FUNCTIONS)):
            self.shared.symbols[key] = named(key)
            return self.shared.symbols[key]
        if key in self._following or len(self._following) >= _MOST:
            return UNKNOWN
        found = (
            self._imported(module, symbol, key) if isinstance(symbol, Import) else self._assigned(module, symbol, key)
        )
        self.shared.symbols[key] = found
        return found

    def _symbol_in(self, number: int, name: str) -> Value:
        """Return likewise what a name of a module is, which is not read again if that is known."""
        key = f"@{number}.{name}"
        if key not in self.shared.symbols:
            module = self.tree.safe_module(number)
            return self.symbol(module, name) if module else UNKNOWN
        return self.shared.symbols[key]

    def _in(self, module: Module) -> "Expressions":
        reader = Expressions(self.tree, module, self.shared, self.depth + 1)
        reader._following = self._following
        return reader

    def _imported(self, module: Module, symbol: Import, key: str) -> Value:
        if not symbol.member:
            return named(symbol.name)
        number = self.tree.find(symbol.name, symbol.level, module.number)
        self._following.append(key)
        try:
            if number is not None and number != module.number:
                found = self._symbol_in(number, symbol.member)
                if found.kind != "unknown":
                    return found
            inner = self.tree.find(".".join(filter(None, (symbol.name, symbol.member))), symbol.level, module.number)
            if inner is not None:
                return named(f"@{inner}")
        finally:
            self._following.pop()
        if number is not None or symbol.level:
            return UNKNOWN
        full = public(f"{symbol.name}.{symbol.member}")
        return VERSION if full in _VERSIONS else named(full)

    def _assigned(self, module: Module, symbol: ast.expr, key: str) -> Value:
        self._following.append(key)
        try:
            return self._in(module).expression(symbol)
        finally:
            self._following.pop()

    def member_of_name(self, name: str, member: str) -> Value:
        """Return what `name.member` is, where `name` is a qualified name."""
        if not name.startswith("@"):
            full = public(f"{name}.{member}")
            if full in _VERSIONS:
                return VERSION
            if full in self.replaced:
                return self.replaced[full]
            number = None if name.partition(".")[0] == "torch" else self.tree.find(full, 0, self.module.number)
            if number is not None:
                return named(f"@{number}")
            number = None if name.partition(".")[0] == "torch" else self.tree.find(name, 0, self.module.number)
            module = self.tree.safe_module(number) if number is not None else None
            return self.symbol(module, member) if module else named(full)
        number_text, _, symbol = name[1:].partition(".")
        if not symbol and self.shared.symbols.get(f"{name}.{member}", UNKNOWN).kind != "unknown":
            return self.shared.symbols[f"{name}.{member}"]
        module = self.tree.safe_module(int(number_text))
        if module is None:
            return UNKNOWN
        if not symbol:
            found = self.symbol(module, member)
            if found.kind == "unknown" and module.code.path.name == "__init__.py":
                inner = self.tree.find(member, 1, module.number)
                return named(f"@{inner}") if inner is not None else found
            return found
        lineage = self.shared.classes.lineage(name)
        for one, number in lineage.own:
            if member in one.assigned or member in one.annotated or member in one.classes:
                return self._own_attribute(one, number, member)
        if lineage.own and not lineage.method(member) and lineage.others:
            return named(f"{lineage.others[0]}.{member}")
        return UNKNOWN

    # Expressions.

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
        value = _told_by_name(node.id, self.lookup(node.id))
        if value.kind == "name" and use != "called" and isinstance(node.ctx, ast.Load) and not use.startswith("."):
            self.met_name("read", node, value.name, use)
        return value

    def _read_Attribute(self, node: ast.Attribute, use: str) -> Value:
        base = self.expression(node.value, f".{node.attr}")
        if base.kind == "version":
            return Value("version", {"major": "0", "minor": "1", "micro": "2"}.get(node.attr, ""))
        if base.kind == "name":
            found = _told_by_name(node.attr, self.member_of_name(base.name, node.attr))
            if found.kind == "name" and not found.name.startswith("@"):
                self.met_name("reached", node, found.name, use)
                if use != "called":
                    return found.with_origins(self.met_name("read", node, found.name, use))
            return found
        if use == "called":  # The call tells of it.
            return self.attribute_of(base, node.attr)
        origins = self.met_member("read", node, base, node.attr, use, hint=hint_of(node.value))
        return self.attribute_of(base, node.attr).with_origins(origins)

    def attribute_of(self, base: Value, name: str) -> Value:
        """Return what an attribute of an object is."""
        if base.kind in ("other", "signature"):  # What a signature has to ask for, such as its parameters, is as it is.
            return OTHER if base.kind == "other" else base
        if base.kind == "many" and name in ("values", "indices"):  # Of several tensors, such as those of topk.
            return element(base)
        if torch_api.is_maybe_tensor(base):
            return torch_api.maybe(torch_api.attribute(name, instance(TENSOR)))
        if base.kind != "object":
            return UNKNOWN
        lineage = self.shared.classes.lineage(base.name)
        for one, number in lineage.own:
            found = self._own_attribute(one, number, name)
            if found.kind != "unknown":
                return found
            if name in one.methods and _is_property(one.methods[name]):
                return self.result_of(one.methods[name], number, base.name)
            if name in one.assigned or name in one.methods:
                return UNKNOWN
        for other in lineage.others:
            found = torch_api.attribute(name, instance(other))
            if found.kind == "object":
                return found
        return torch_api.attribute(name, instance(lineage.others[0])) if lineage.others and not lineage.own else UNKNOWN

    def _own_attribute(self, one: Class, number: int, name: str) -> Value:
        key = f"@{number}.{one.name}:{one.node.lineno}#{name}"
        if key in self.shared.symbols:
            return self.shared.symbols[key]
        module = self.tree.safe_module(number)
        if module is None or key in self._following or len(self._following) >= _MOST:
            return UNKNOWN
        self._following.append(key)
        try:
            reader = self._in(module)
            reader.scopes = self.shared.scopes_of(module, one.node)
            found = UNKNOWN
            if name in one.classes:
                found = named(f"@{number}.{module.inner_class(one.classes[name])}")
            elif name in one.annotated:
                found = reader.annotation(one.annotated[name])
            elif name in one.assigned:
                values = []
                for node, method in one.assigned[name]:
                    if isinstance(node, ast.Constant) and node.value is None:
                        continue
                    reader.scopes = self.shared.scopes_of(module, one.node)
                    if method is not None:
                        reader.scopes.append(reader.parameters(method, f"@{number}.{module.name_of(one)}"))
                        for local in one.names_bound(method):
                            reader.scopes[-1].setdefault(local, UNKNOWN)
                        for local, bound in one.bound_once(method, node):
                            reader.scopes[-1][local] = reader.expression(bound)
                    values.append(reader.expression(node))
                found = joined(values, self.shared.classes)
        finally:
            self._following.pop()
        self.shared.symbols[key] = found
        return found

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
            return mapping(joined([*map(_values, arguments), *more], self.shared.classes))
        if handed is not None:
            rest = [element(one) if handed.is_each else one for one in arguments[handed.at + 1 :]]
            call, its_use = handed.call, "dropped" if handed.is_dropped else "kept"
            result = self.attempted(handed.caught, lambda: self._called(call, *self._callee(call), rest, its_use))
            value = self._called(node, receiver, callee, arguments, use)
            return many(result) if handed.is_each and value.kind == "unknown" else value
        return self._called(node, receiver, callee, arguments, use)

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
        own = self.shared.classes.lineage(receiver.name).method(function.attr) if _is_own(receiver.name) else None
        return (None, Value("result", "", (self.result_of(*own, receiver.name),))) if own else (UNKNOWN, callee)

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
        if module is None or self.depth >= _MOST:
            return None
        reader = self._in(module)
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
        told = _told_by_call(hint_of(function), node)
        if told is not None:
            return told
        if callee.kind == "result":
            result: Value = callee.inner[0]
            return result
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
                return inner.with_origins(origins)
            return many(inner if name == "values" else Value("pair", "", (OTHER, inner))).with_origins(origins)
        if receiver.kind == "object":
            lineage = self.shared.classes.lineage(receiver.name)
            own = lineage.method(name)
            if own:
                return self.result_of(*own, receiver.name).with_origins(origins)
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
        if lineage.others and not any("__init__" in one.methods for one, _ in lineage.own[1:]):
            self.met_name("call", node, lineage.others[0], use)

    def _name_called(self, node: ast.Call, name: str, arguments: Sequence[Value], use: str) -> Value:
        first = arguments[0] if arguments else UNKNOWN
        if name.startswith("builtins."):
            return self._builtin_called(node, name[9:], arguments, use)
        last = name.rpartition(".")[2]
        if first.kind == "version" and len(arguments) == 1:
            return first
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
        if name in ("copy.deepcopy", "copy.copy"):
            dunder = "__deepcopy__" if name == "copy.deepcopy" else "__copy__"
            self.met_member("call", node, first, dunder, use, hint=hint_of(node.args[0]) if node.args else "")
        if name in ("pickle.dump", "pickle.dumps"):
            self.met_member("call", node, first, "__reduce_ex__", use, hint=hint_of(node.args[0]) if node.args else "")
        if not name.startswith("@"):
            origins = self._api_called(node, name, use)
            keywords = [one.arg or "" for one in node.keywords]
            return torch_api.result(name, arguments, keywords).with_origins(origins)
        if name in self.shared.results:
            return self.shared.symbols[self.shared.results[name]]
        symbol = None if self.shared.classes.knows(name) else self.tree.symbol(name)
        if symbol is None or isinstance(symbol, Class):
            lineage = self.shared.classes.lineage(name)
            if not lineage.own:
                return UNKNOWN
            made: Tuple[Any, ...] = ()
            if lineage.others and not lineage.method("__init__"):
                made = self.met_name("call", node, lineage.others[0], use)
            return instance(name).with_origins(made)
        return self._result_by_name(symbol, name) if isinstance(symbol, FUNCTIONS) else UNKNOWN

    def _result_by_name(self, function: Function, name: str) -> Value:
        number = int(name[1:].partition(".")[0])
        found = self.result_of(function, number, "")
        if not self._following and ":" not in name:  # Else it may be known better later.
            self.shared.results[name] = _key_of_result(function, number, "")
            self.shared.symbols.setdefault(self.shared.results[name], found)
        return found

    def _api_called(self, node: ast.Call, name: str, use: str) -> Tuple[Any, ...]:
        owner, _, last = name.rpartition(".")
        is_method = is_class(owner) and not is_class(name)
        if is_method and last == "__init__":
            return self.met_name("call", node, owner, use, shift=1)
        return self.met_name("call", node, name, use, shift=1 if is_method else 0)

    def _builtin_called(self, node: ast.Call, name: str, arguments: Sequence[Value], use: str) -> Value:
        first = arguments[0] if arguments else UNKNOWN
        if first.kind == "version":
            return first
        if name == "map" and len(arguments) > 1 and arguments[1].kind == "version":
            return arguments[1]
        if name == "super":
            lineage = self.shared.classes.lineage(self.own_class) if self.own_class else Lineage((), (), False)
            is_simple = (
                len(lineage.own) < 2 and lineage.others == ancestors(lineage.others[0]) if lineage.others else False
            )
            return instance(lineage.others[0]) if is_simple else Value("super")
        if name == "isinstance" and len(arguments) > 1:
            kinds = arguments[1].inner if arguments[1].kind == "pair" else (arguments[1],)
            for kind in kinds:
                if kind.kind == "name" and not kind.name.startswith("@"):
                    self.met_name("call", node, f"{kind.name}.__instancecheck__", use)
            return OTHER
        if name == "hasattr" and len(node.args) == 2 and isinstance(node.args[1], ast.Constant):
            if first.kind in ("name", "object"):
                chain = self.shared.classes.lineage(first.name).others
                present = tuple(public(f"{one}.{node.args[1].value!s}") for one in chain)
                return Value("guard", guard=Guard(present=present)) if present else OTHER
            return OTHER
        if name in _BY_BUILTIN:
            for value, one in zip(arguments, node.args):
                self.met_member("call", node, value, _BY_BUILTIN[name], use, hint=hint_of(one))
        if name == "next":
            return element(first)
        if name in _OF_ITERABLES:
            if first.kind in ("many", "pair", "object"):
                return many(element(first))
            return OTHER if name != "filter" and not arguments else many(UNKNOWN)
        if name == "enumerate":
            return many(Value("pair", "", (OTHER, element(first))))
        if name == "zip":
            return many(Value("pair", "", tuple(map(element, arguments))))
        if name == "getattr" and len(arguments) > 1:
            if len(arguments) == 2:
                self.met_member("call", node, first, "__getattr__", use, hint=hint_of(node.args[0]))
            return self._attribute_by_text(node, first, arguments[1].inner, "kept" if use == "called" else use)
        if name == "type":
            return OTHER if first.kind == "other" else UNKNOWN
        if name in (
            "int",
            "str",
            "float",
            "bool",
            "len",
            "print",
            "open",
            "range",
            "repr",
            "abs",
            "round",
            "id",
            "any",
            "all",
            "bytes",
            "input",
            "format",
            "ord",
            "chr",
            "hash",
            "object",
            "set",
        ):
            return OTHER
        return UNKNOWN

    def _attribute_by_text(self, node: ast.Call, first: Value, texts: Sequence[str], use: str) -> Value:
        """Return what `getattr` of an object gives, for one of the texts that its second argument may be."""
        found = []
        for member in texts:
            if first.kind == "name":
                found.append(self.member_of_name(first.name, member))
                if found[-1].kind == "name" and not found[-1].name.startswith("@") and len(node.args) == 2:
                    self.met_name("read", node, found[-1].name, use)
            else:
                self.met_member("read", node, first, member, use, hint=hint_of(node.args[0]))
                found.append(self.attribute_of(first, member))
        return joined(found, self.shared.classes)

    def result_of(self, function: Function, number: int, receiver: str) -> Value:
        """Return what a function of the tree returns."""
        key = _key_of_result(function, number, receiver)
        if function.returns is None and key in self.shared.symbols:
            return self.shared.symbols[key]
        module = self.tree.safe_module(number)
        if module is None:
            return UNKNOWN
        if function.returns is not None:
            reader = self._in(module)
            reader.scopes = self.shared.scopes_of(module, function, receiver)
            return reader.annotation(function.returns)
        self.shared.symbols[key] = UNKNOWN
        if self.depth < 3 and len(function.body) < 40:
            from .walker import returned

            self.shared.symbols[key] = returned(self, module, function, receiver)
        return self.shared.symbols[key]

    def _read_Subscript(self, node: ast.Subscript, use: str) -> Value:
        base = self.expression(node.value, "indexed")
        self.expression(index_of(node))
        if base.kind == "version":
            return Value("version", guards.part_of(index_of(node)))
        if base.kind == "name":  # Such as Generic[T].
            return base if _is_own(base.name) or is_class(base.name) else UNKNOWN
        if isinstance(node.ctx, ast.Load) and base.kind in ("object", "unknown"):
            call = _as_call(node, [index_of(node)])
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
        return item(base)

    def _read_BinOp(self, node: ast.BinOp, use: str) -> Value:
        left, right = self.expression(node.left, "operated"), self.expression(node.right, "operated")
        name = OPERATORS.get(type(node.op), "")
        origins: Tuple[Any, ...] = ()
        if left.kind == "object" or _may_be_tensor(left, node.left):
            origins = self.met_member("call", node, left, f"__{name}__", use, hint=hint_of(node.left))
        # Otherwise the method of the left one is asked first.
        if left.kind == "other" and (right.kind == "object" or _may_be_tensor(right, node.right)):
            origins += self.met_member("call", node, right, f"__r{name}__", use, hint=hint_of(node.right))
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
                if right.kind == "signature" and len(left.inner) == 1:
                    asked = Guard(takes=((right.name, left.inner[0]),))
                    return Value("guard", guard=asked if isinstance(operator, ast.In) else asked.negated())
            elif type(operator) in OPERATORS and left.kind == "object":
                self.met_member("call", node, left, f"__{OPERATORS[type(operator)]}__", use)
        if any(_as_version(value).kind == "version" for value in values):
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

    @staticmethod
    def _compared_versions(node: ast.Compare, values: Sequence[Value]) -> Optional[Guard]:
        """Return what a comparison of versions says; of a chain of them, what holds if it does."""
        operands = [node.left, *node.comparators]
        found = []
        for at, operator in enumerate(node.ops):
            for version, other in ((at, at + 1), (at + 1, at)):
                if values[version].kind == "version":
                    found.append(guards.compared(operator, operands[other], values[version].name, version == at))
        told = [one for one in found if one is not None]
        if len(node.ops) == 1:
            return told[0] if told else None
        true = ALWAYS
        for one in told:
            true = true.both(one.true)
        return Guard(true)

    def _read_BoolOp(self, node: ast.BoolOp, use: str) -> Value:
        is_and = isinstance(node.op, ast.And)
        guard: Optional[Guard] = None
        values: List[Value] = []

        with contextlib.ExitStack() as stack:  # What is read last runs under the conditions before it.
            for one in node.values:
                value = self.expression(one, "tested")
                values.append(value)
                if value.guard:
                    if guard is None:
                        guard = value.guard
                    elif is_and:
                        true = guard.true.both(value.guard.true)
                        guard = Guard(true, ALWAYS, guard.present + value.guard.present)
                    else:
                        false = guard.false.both(value.guard.false)
                        guard = Guard(ALWAYS, false, (), guard.absent + value.guard.absent)
                    stack.enter_context(self.under(value.guard if is_and else value.guard.negated()))
                stack.enter_context(self.narrowed(one, is_and))
        if guard is not None and sum(value.guard is not None for value in values) < len(values):
            guard = guard._replace(false=ALWAYS, absent=()) if is_and else guard._replace(true=ALWAYS, present=())
        told = guards.of_parts(node, self._part) if any(value.name == PARTS for value in values) else None
        if told is not None:
            guard = guard or Guard()
            guard = guard._replace(true=guard.true.both(told.true), false=guard.false.both(told.false))
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
        return joined([one, other], self.shared.classes)

    def _read_Tuple(self, node: ast.Tuple, use: str) -> Value:
        inner = use if use == "tested" else "kept"
        return Value("pair", "", tuple(self.expression(one, inner) for one in node.elts))

    def _read_List(self, node: ast.List, use: str) -> Value:
        return many(joined([self.expression(one) for one in node.elts], self.shared.classes))

    def _read_Dict(self, node: ast.Dict, use: str) -> Value:
        for key in node.keys:
            if key is not None:
                self.expression(key)
        return mapping(joined([self.expression(one) for one in node.values], self.shared.classes))

    def _read_Set(self, node: ast.Set, use: str) -> Value:
        return many(joined([self.expression(one) for one in node.elts], self.shared.classes))

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
        self.expression(node.body)
        self.scopes.pop()
        return UNKNOWN

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
        else:
            inner = self.expression(node.elt)
            found = VERSION if inner.kind == "version" else many(inner)
        self.scopes.pop()
        return found

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
        return self._knowing(told) if told else _NOTHING_TOLD

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

    # What binds names.

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
            call = _as_call(target, [index_of(target), *([node] if node else [])])
            self.met_member("call", target, base, "__setitem__", "dropped", call, hint=hint_of(target.value))

    def parameters(self, function: Any, own_class: str) -> Scope:
        """Return what is known of the parameters of a function."""
        scope: Scope = {}
        arguments = function.args
        positional = [*getattr(arguments, "posonlyargs", []), *arguments.args]
        for one in (*positional, *arguments.kwonlyargs):
            scope[one.arg] = self.annotation(one.annotation) if one.annotation is not None else UNKNOWN
        for rest, holding in ((arguments.vararg, many), (arguments.kwarg, mapping)):
            if rest is not None:
                scope[rest.arg] = holding(self.annotation(rest.annotation)) if rest.annotation else UNKNOWN
        if own_class and positional:
            decorators = {one.id for one in function.decorator_list if isinstance(one, ast.Name)}
            if "staticmethod" not in decorators:
                scope[positional[0].arg] = named(own_class) if "classmethod" in decorators else instance(own_class)
        return scope

    def annotation(self, node: ast.expr) -> Value:
        """Return what a value annotated so is."""
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                try:
                    return self.annotation(ast.parse(node.value, mode="eval").body)
                except (SyntaxError, ValueError, RecursionError):
                    return UNKNOWN
            return OTHER
        if isinstance(node, ast.BinOp):
            sides = [
                one for one in (node.left, node.right) if not isinstance(one, ast.Constant) or one.value is not None
            ]
            return joined([self.annotation(one) for one in sides], self.shared.classes)
        if isinstance(node, ast.Subscript):
            outer = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            index = index_of(node)
            parts = index.elts if isinstance(index, ast.Tuple) else [index]
            if outer in ("Type", "type"):
                kind = self.annotation(parts[0])
                return named(kind.name) if kind.kind == "object" else UNKNOWN
            if outer in ("ClassVar", "Final", "Annotated", "Required"):
                return self.annotation(parts[0])
            if outer in ("Dict", "dict", "Mapping", "OrderedDict", "defaultdict"):
                return mapping(self.annotation(parts[-1]))
            if outer in ("Optional", "Union"):
                parts = [one for one in parts if not isinstance(one, ast.Constant) or one.value is not None]
                return joined([self.annotation(one) for one in parts], self.shared.classes)
            if outer in ("List", "list", "Iterable", "Sequence", "Iterator", "Set", "set", "Generator", "Collection"):
                return many(self.annotation(parts[0]))
            if outer in ("Tuple", "tuple"):
                if len(parts) == 2 and isinstance(parts[1], ast.Constant):
                    return many(self.annotation(parts[0]))
                return Value("pair", "", tuple(self.annotation(one) for one in parts))
            return UNKNOWN
        if isinstance(node, (ast.Name, ast.Attribute)):
            alias = self.module.symbols.get(node.id) if isinstance(node, ast.Name) else None
            if isinstance(alias, (ast.Subscript, ast.BinOp)) and len(self._following) < _MOST:
                self._following.append("")  # One that names itself comes to an end.
                try:
                    return self.annotation(alias)
                finally:
                    self._following.pop()
            found = self.lookup(node.id) if isinstance(node, ast.Name) else self._annotated_attribute(node)
            if found.kind == "bound":
                bound: Value = found.inner[0]
                return bound
            if found.kind != "name":
                return UNKNOWN
            if found.name.startswith("builtins."):
                return UNKNOWN if found.name in ("builtins.object", "builtins.list", "builtins.tuple") else OTHER
            if found.name.startswith(("typing.", "typing_extensions.")):  # Such as Any.
                return UNKNOWN
            return instance(found.name) if found.name.startswith("@") or is_class(found.name) else UNKNOWN
        return UNKNOWN

    def _annotated_attribute(self, node: ast.Attribute) -> Value:
        base = node.value
        if isinstance(base, ast.Name):
            value = self.lookup(base.id)
        elif isinstance(base, ast.Attribute):
            value = self._annotated_attribute(base)
        else:
            return UNKNOWN
        return self.member_of_name(value.name, node.attr) if value.kind == "name" else UNKNOWN


_READERS: Dict[type, Any] = {
    getattr(ast, name[6:]): reader
    for name, reader in vars(Expressions).items()
    if name.startswith("_read_") and hasattr(ast, name[6:])
}
"""What reads each kind of expression that this Python has."""


class Shared:
    """What is known of the whole tree, so that no module is parsed again for it.

    Attributes:
        symbols: what names are, attributes of classes, and results of functions.
        stars: what modules get by importing all names of others.
        around: the scopes around what stands within functions and classes.
        handing_nothing_on: functions and classes that call nothing which is handed to them.
        results: under which key `symbols` has what a function returns.
        classes: what classes derive from.
    """

    def __init__(self, tree: Tree):
        self.symbols: Dict[str, Value] = {}
        self.stars = Stars(tree)
        self.around: Dict[str, List[Scope]] = {}
        self.handing_nothing_on: Set[str] = set()
        self.results: Dict[str, str] = {}

        def base_value(module: Module, node: Any) -> Value:
            return Expressions(tree, module, self).expression(node, "based")

        self.classes = Classes(tree, base_value)

    def scopes_of(self, module: Module, node: Union[Function, ast.ClassDef], owner: str = "") -> List[Scope]:
        """Return the scopes around a function or class, which may stand in a function, as its `owner` may."""
        name = f"@{module.number}.{node.name}:{node.lineno}"
        return list(self.around.get(owner) or self.around.get(name) or [{}])


def joined(values: Sequence[Value], classes: Classes) -> Value:
    """Return what is known of a value that is one of these."""
    some = [value for value in values if value.kind != "other" and value != NOTHING]
    if not some:
        if NOTHING in values or not values:
            return NOTHING if values else UNKNOWN
        texts = tuple(dict.fromkeys(text for value in values for text in value.inner))
        return OTHER._replace(inner=texts[:_MOST_TEXTS])
    first = some[0]
    if len(some) == 1 or all(one == first for one in some):
        return first
    if all(one.kind == "many" for one in some):
        return many(joined([element(one) for one in some], classes))
    if all(one.kind == "pair" for one in some):
        columns = zip(*(one.inner for one in some))
        is_open = len({len(one.inner) for one in some}) > 1 or any(one.name for one in some)
        return Value("pair", "+" if is_open else "", tuple(joined(column, classes) for column in columns))
    if all(one.kind == "object" for one in some):
        chains = [classes.lineage(one.name).others for one in some]
        for name in chains[0]:
            if all(name in chain for chain in chains):
                return instance(name)
    is_tensor = all(one.kind in ("object", "unknown") and one.name == TENSOR for one in some)
    return torch_api.MAYBE_TENSOR if is_tensor else UNKNOWN


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


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


def _is_own(name: str) -> bool:
    """Return whether a qualified name is of a class or function of the tree."""
    return name.startswith("@") and "." in name


def _may_be_tensor(value: Value, node: ast.expr) -> bool:
    """Return whether what is computed with is not known for sure, but most likely a tensor, or has the name of one."""
    return torch_api.is_maybe_tensor(value) or (value.kind == "unknown" and torch_api.hinted(hint_of(node)) == TENSOR)


def _key_of_result(function: Function, number: int, receiver: str) -> str:
    return f"@{number}#{function.lineno}#{function.name}#{receiver}"


def _is_property(function: Function) -> bool:
    return any(hint_of(one) in ("property", "cached_property") for one in function.decorator_list)


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


def _told_by_name(name: str, value: Value) -> Value:
    """Return what a constant is; one of which only the name is known is what that says of the version of torch."""
    is_foreign = value.kind == "unknown" or (value.kind == "name" and not value.name.startswith(("@", "torch.")))
    if not is_foreign or "torch" not in name.lower():
        return value
    guard = guards.told_by_name(name)
    if guard is not None:
        return Value("guard", guard=guard)
    return VERSION if guards.names_version(name) else value


def _as_version(value: Value) -> Value:
    """Return a pair of the first two numbers of the version of torch as what it is; all else as it is."""
    parts = [one.name for one in value.inner if one.kind == "version"] if value.kind == "pair" else []
    return Value("version", MINOR if len(parts) == 2 else "") if parts[:1] == ["0"] else value


def _as_call(node: ast.expr, arguments: Sequence[ast.expr]) -> ast.Call:
    """Return the call of a method that another piece of syntax stands for."""
    return ast.copy_location(ast.Call(func=node, args=list(arguments), keywords=[]), node)


def _number(node: ast.Subscript) -> Any:
    index = index_of(node)
    return index.value if isinstance(index, ast.Constant) else None
