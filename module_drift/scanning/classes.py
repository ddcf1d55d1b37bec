"""The classes of the scanned tree: what they derive from, and where a method or an attribute of one comes from."""

import re
from typing import TYPE_CHECKING, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from .own_class import Class
from .syntax import Function
from .torch_api import hinted
from .torch_names import ancestors, is_known
from .tree import Module, Tree

if TYPE_CHECKING:
    from .values import Value

_DEEPEST = 30
"""How long a chain of bases may be."""

_MIXIN = re.compile(r"Mixin|Mixed|Hooks|Base|Layer|Interface|Api|Ext(ension)?$", re.IGNORECASE)

_NEUTRAL = ("builtins.object", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol", "abc.ABC")
"""Bases that bring a class nothing that matters here."""


class Lineage(NamedTuple):
    """What a class derives from.

    Attributes:
        own: the classes of the tree, itself first, with their modules.
        others: those of torch and other packages, the nearest first.
        is_whole: whether nothing else can be among them.
    """

    own: Tuple[Tuple[Class, int], ...]
    others: Tuple[str, ...]
    is_whole: bool

    def method(self, name: str) -> Optional[Tuple[Function, int]]:
        """Return the tree's own method of this name with its module's number."""
        for one, number in self.own:
            method = one.method(name)
            if method is not None:
                return method, number
        return None

    @property
    def is_of_torch(self) -> bool:
        """Whether a class of torch that itself is known is among those that it derives from."""
        return any(one.startswith("torch.") and is_known(one) for one in self.others)

    @property
    def is_mixin(self) -> bool:
        """Whether it derives from nothing and is named as what is mixed with another class."""
        return self.is_whole and not self.others and bool(self.own) and bool(_MIXIN.search(self.own[0][0].name))

    def lacks(self, name: str) -> bool:
        """Return whether a member can only be of a class that it is mixed with, as nothing here has it."""
        return self.is_mixin and not any(one.has(name) for one, _ in self.own)

    def hint(self) -> str:
        """Return a name that speaks of what it may be, where it derives from what is not known; empty if none does."""
        if any(one.has_method("forward") for one, _ in self.own):
            return "module"
        names = [name for one, _ in self.own for name in (one.name, *one.bases)]
        return next((name for name in names if hinted(name)), "")


class Classes:
    """Answers what classes derive from.

    Args:
        tree: the scanned files.
        base_value: says what an expression in the body of a module names.
    """

    def __init__(self, tree: Tree, base_value: "Callable[[Module, object], Value]"):
        self._tree = tree
        self._base_value = base_value
        self._known: Dict[str, Lineage] = {}

    def knows(self, name: str) -> bool:
        """Return whether it is known already that this is a class of the tree."""
        return name in self._known and bool(self._known[name].own)

    def lineage(self, name: str, depth: int = 0) -> Lineage:
        """Return what the class with this qualified name derives from."""
        if not name.startswith("@"):
            return Lineage((), ancestors(name), is_known(name))
        if name in self._known:
            return self._known[name]
        found = Lineage((), (), False)
        if depth < _DEEPEST:
            self._known[name] = found  # For a class that derives from itself.
            found = self._read(name, depth)
        self._known[name] = found
        return found

    def _read(self, name: str, depth: int) -> Lineage:
        number, _, symbol = name[1:].partition(".")
        module = self._tree.safe_module(int(number))
        node = module.symbols.get(symbol) if module else None
        if module is None or not isinstance(node, Class):
            return Lineage((), (), False)
        return self._from_bases(
            node, module.number, [self._base_value(module, base) for base in node.node.bases], depth
        )

    def tell(self, name: str, node: object, number: int, bases: "Sequence[Value]") -> None:
        """Be told what the bases are of a class that stands in a function or another class."""
        if isinstance(node, Class):
            self._known[name] = self._from_bases(node, number, bases, 0)

    def _from_bases(self, node: Class, number: int, bases: "Sequence[Value]", depth: int) -> Lineage:
        own: List[Tuple[Class, int]] = [(node, number)]
        others: List[str] = []
        is_whole = True
        for value in bases:
            if value.kind != "name":
                is_whole = is_whole and value.kind == "other"
                continue
            if value.name in _NEUTRAL:
                continue
            lineage = self.lineage(value.name, depth + 1)
            own += [one for one in lineage.own if one not in own]
            others += [one for one in lineage.others if one not in others]
            is_whole = is_whole and lineage.is_whole
        return Lineage(tuple(own), tuple(others), is_whole)
