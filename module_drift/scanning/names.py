"""Says what names, attributes and annotations are, and what functions return."""

import ast
import contextlib
from typing import Any, Callable, ContextManager, List, Optional, Tuple

from . import torch_api
from .known import Known, Scope, joined
from .own_class import NOTHING_SAID, Class
from .syntax import FUNCTIONS, Function, hint_of, index_of
from .torch_names import TENSOR, is_class, public
from .tree import BUILTINS, Import, Module, Tree
from .values import (
    EITHER,
    METHOD,
    OTHER,
    UNKNOWN,
    VERSION,
    Guard,
    Value,
    element,
    instance,
    many,
    mapping,
    named,
)

MOST = 6
"""How deep definitions are followed."""
ANYWHERE: ContextManager[None] = contextlib.nullcontext()
"""Within it, no more is known than outside."""

_VERSIONS = ("torch.__version__", "torch.version.__version__")


class Names:
    """Knows the names of one module.

    Args:
        tree: the scanned files.
        module: the one that is read.
        shared: what is known of the whole tree: classes, and results of functions.
        depth: how many others ask for it, one on behalf of the next.
    """

    def __init__(self, tree: Tree, module: Module, shared: Known, depth: int = 0):
        self.tree = tree
        self.module = module
        self.shared = shared
        self.depth = depth
        self.scopes: List[Scope] = [{}]
        self.own_class = ""
        self.replaced: Scope = {}
        self.yields: List[Value] = []
        self._following: List[str] = []

    def expression(self, node: Optional[ast.expr], use: str = "kept") -> Value:
        """Return what an expression is; `use` is what is done with it, in the words of the notation."""
        raise NotImplementedError

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

    def under(self, guard: Optional[Guard]) -> ContextManager[None]:
        """Know, within it, that what is read runs only if a condition holds."""
        return ANYWHERE

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
        if key in self._following or len(self._following) >= MOST:
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

    def _in(self, module: Module) -> "Names":
        reader: Names = self.shared.reader(self.shared, module, self.depth + 1)
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
            if one.inner(member) or one.attribute(member) != NOTHING_SAID:
                return self._own_attribute(one, number, member)
        if lineage.own and not lineage.method(member) and lineage.others:
            return named(f"{lineage.others[0]}.{member}")
        return UNKNOWN

    # Attributes and results.

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
        wrapped: List[Value] = []
        for one, number in lineage.own:
            found = self._own_attribute(one, number, name)
            if one.wraps(name):  # So it was something else before, and may still be, where that is not done.
                wrapped.append(found)
                continue
            if wrapped and (found.kind != "unknown" or one.has(name)):
                return joined([*wrapped, found], self.shared.classes)
            if found.kind != "unknown" or found.name in (METHOD, EITHER, TENSOR):
                return found
            method = one.method(name)
            if method is not None and _is_property(method):
                return self.result_of(method, number, base.name)
            if method is not None or one.attribute(name).values:
                return UNKNOWN
        if wrapped:
            return joined(wrapped, self.shared.classes)
        for other in lineage.others:
            found = torch_api.attribute(name, instance(other))
            if found.kind == "object":
                return found
        return torch_api.attribute(name, instance(lineage.others[0])) if lineage.others and not lineage.own else UNKNOWN

    def _own_attribute(self, one: Class, number: int, name: str) -> Value:
        key = f"@{number}.{one.name}:{one.line}#{name}"
        if key in self.shared.symbols:
            return self.shared.symbols[key]
        module = self.tree.safe_module(number)
        if module is None or key in self._following or len(self._following) >= MOST:
            return UNKNOWN
        said = one.attribute(name)
        inner = one.inner(name)
        if said == NOTHING_SAID and inner is None:
            self.shared.symbols[key] = UNKNOWN
            return UNKNOWN
        self._following.append(key)
        try:
            reader = self._in(module)
            reader.scopes = self.shared.scopes_of(module, one.node)
            found = UNKNOWN
            if inner is not None:
                found = named(f"@{number}.{module.inner_class(inner)}")
            elif said.annotation is not None:
                found = reader.annotation(said.annotation)
            elif said.values:
                values = []
                for node, method in said.values:
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
            self.shared.symbols[key] = self.shared.returned(self, module, function, receiver)
        return self.shared.symbols[key]

    def _result_by_name(self, function: Function, name: str) -> Value:
        number = int(name[1:].partition(".")[0])
        found = self.result_of(function, number, "")
        if not self._following and ":" not in name:  # Else it may be known better later.
            self.shared.results[name] = _key_of_result(function, number, "")
            self.shared.symbols.setdefault(self.shared.results[name], found)
        return found

    # Annotations.

    def parameters(self, function: Any, own_class: str) -> Scope:
        """Return what is known of the parameters of a function."""
        scope: Scope = {}
        arguments = function.args
        positional = [*getattr(arguments, "posonlyargs", []), *arguments.args]
        for one in (*positional, *arguments.kwonlyargs):
            scope[one.arg] = self.annotation(one.annotation) if one.annotation is not None else UNKNOWN
        defaults = zip(reversed(positional), reversed(arguments.defaults))
        for one, default in (*defaults, *zip(arguments.kwonlyargs, arguments.kw_defaults)):
            if scope[one.arg] == UNKNOWN and isinstance(default, (ast.Name, ast.Attribute)):
                said = self._annotated_or_name(default)
                if said.kind == "name" and said.name.startswith("torch."):
                    scope[one.arg] = joined([said, UNKNOWN], self.shared.classes)
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
            if isinstance(alias, (ast.Subscript, ast.BinOp)) and len(self._following) < MOST:
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

    def _annotated_or_name(self, node: ast.expr) -> Value:
        if isinstance(node, ast.Name):
            return self.lookup(node.id)
        return self._annotated_attribute(node) if isinstance(node, ast.Attribute) else UNKNOWN

    def _annotated_attribute(self, node: ast.Attribute) -> Value:
        base = node.value
        if isinstance(base, ast.Name):
            value = self.lookup(base.id)
        elif isinstance(base, ast.Attribute):
            value = self._annotated_attribute(base)
        else:
            return UNKNOWN
        return self.member_of_name(value.name, node.attr) if value.kind == "name" else UNKNOWN


def _is_property(function: Function) -> bool:
    return any(hint_of(one) in ("property", "cached_property") for one in function.decorator_list)


def _key_of_result(function: Function, number: int, receiver: str) -> str:
    return f"@{number}#{function.lineno}#{function.name}#{receiver}"


def is_own(name: str) -> bool:
    """Return whether a qualified name is of a class or function of the tree."""
    return name.startswith("@") and "." in name
