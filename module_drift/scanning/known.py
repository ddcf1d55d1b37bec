"""What is known of the whole tree while its modules are read one after the other."""

import ast
from typing import Any, Callable, Dict, List, Sequence, Set, Union

from . import torch_api
from .classes import Classes
from .stars import Stars
from .syntax import Function
from .torch_names import TENSOR
from .tree import Module, Tree
from .values import (
    EITHER,
    METHOD,
    NOTHING,
    OTHER,
    UNKNOWN,
    VAGUELY,
    Value,
    element,
    instance,
    many,
    named,
)

_MOST_TEXTS = 40
"""How many texts a name may stand for."""

_MOST_EITHER = 3
"""How many functions and classes one may be."""

Scope = Dict[str, Value]


class Known:
    """What is known of the whole tree, so that no module is parsed again for it.

    Attributes:
        symbols: what names are, attributes of classes, and results of functions.
        stars: what modules get by importing all names of others.
        around: the scopes around what stands within functions and classes.
        handing_nothing_on: functions and classes that call nothing which is handed to them.
        results: under which key `symbols` has what a function returns.
        classes: what classes derive from.
        reader: makes what reads a module, for one that so many others are asked from as the number says.
        returned: reads what a function returns, for who asks, with the module and the class that it is a method of.
    """

    def __init__(
        self,
        tree: Tree,
        reader: "Callable[[Known, Module, int], Any]",
        returned: Callable[[Any, Module, Function, str], Value],
    ):
        self.symbols: Dict[str, Value] = {}
        self.stars = Stars(tree)
        self.around: Dict[str, List[Scope]] = {}
        self.handing_nothing_on: Set[str] = set()
        self.results: Dict[str, str] = {}
        self.reader = reader
        self.returned = returned

        def base_value(module: Module, node: Any) -> Value:
            value: Value = reader(self, module, 0).expression(node, "based")
            return value

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
    if all(one.kind == "guard" for one in some):
        return VAGUELY
    if all(one.kind in ("object", "unknown") and one.name == TENSOR for one in some):
        return torch_api.MAYBE_TENSOR
    return _either(some, classes) if any(one.kind == "name" or one.name == EITHER for one in some) else UNKNOWN


def _either(values: Sequence[Value], classes: Classes) -> Value:
    """Return what is one of functions and classes, or may be something that is not known."""
    found: List[Value] = []
    for one in (inner for value in values for inner in (value.inner if value.name == EITHER else (value,))):
        one = one.with_origins(()) if one.kind == "name" or one.name == METHOD else UNKNOWN
        if one not in found:
            found.append(one)
        if len(found) > _MOST_EITHER:
            made = [instance(value.name) if value.kind == "name" else UNKNOWN for value in values]
            base = joined(made, classes) if made[0].kind == "object" else UNKNOWN
            return named(base.name) if base.kind == "object" else UNKNOWN
    return Value("unknown", EITHER, tuple(found))
