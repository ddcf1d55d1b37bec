"""What modules get by `from module import *`; told without keeping them parsed, since such imports reach far."""

from typing import Dict, FrozenSet, List, Set, Tuple, Union

from . import torch_api
from .torch_names import public
from .tree import Tree

_Origin = Union[int, str]
"""A module: of the tree by its number, of torch by its name."""


class Stars:
    """Finds where names come from that modules import with all others.

    Args:
        tree: the scanned files.
    """

    def __init__(self, tree: Tree):
        self._tree = tree
        self._known: Dict[Tuple[int, str], Union[int, str, None]] = {}
        self._offers: Dict[int, Tuple[FrozenSet[str], List[_Origin]]] = {}

    def origin(self, number: int, name: str) -> Union[int, str, None]:
        """Return what gives a name to module `number`: the number of a module that defines it, or its name in torch."""
        if name.startswith("_"):
            return None
        if (number, name) not in self._known:
            self._known[number, name] = self._find(number, name)
        return self._known[number, name]

    def _find(self, number: int, name: str) -> Union[int, str, None]:
        seen: Set[_Origin] = {number}
        todo = self._offer(number)[1][::-1]
        while todo:
            star = todo.pop()
            if star in seen:
                continue
            seen.add(star)
            if isinstance(star, str):
                full = public(f"{star}.{name}")
                if torch_api.is_offered(full):
                    return full
                continue
            names, further = self._offer(star)
            if name in names:
                return star
            todo += further[::-1]
        return None

    def _offer(self, number: int) -> Tuple[FrozenSet[str], List[_Origin]]:
        """Return the names that a module defines, and the modules of which it imports all names."""
        if number not in self._offers:
            module = self._tree.safe_module(number)
            stars: List[_Origin] = []
            for star in module.stars if module else ():
                if not star.level and star.name.partition(".")[0] == "torch":
                    stars.append(star.name)
                    continue
                found = self._tree.find(star.name, star.level, number)
                if found is not None:
                    stars.append(found)
            self._offers[number] = frozenset(module.symbols if module else ()), stars
        return self._offers[number]
