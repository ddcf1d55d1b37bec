"""Says what calls of Python's own functions give, and which methods of torch's objects these call."""

import ast
from typing import Sequence

from .classes import Lineage
from .helped import Helped
from .known import joined
from .syntax import hint_of
from .torch_names import ancestors
from .values import METHOD, OTHER, UNKNOWN, Value, element, instance, many

_BY_BUILTIN = {"len": "__len__", "repr": "__repr__", "str": "__repr__", "print": "__repr__", "format": "__repr__",
               "iter": "__iter__", "next": "__next__", "bool": "__bool__", "float": "__float__", "int": "__int__",
               "hash": "__hash__", "dir": "__dir__", "reversed": "__reversed__", "abs": "__abs__"}  # fmt: skip
_OF_ITERABLES = frozenset(["list", "tuple", "set", "sorted", "iter", "reversed", "filter"])
_NUMBERS_AND_TEXTS = (
    "int str float bool len print open range repr abs round id any all bytes input format ord chr hash object set"
)
_GIVING_OTHERS = frozenset(_NUMBERS_AND_TEXTS.split())


class BuiltinCalls(Helped):
    """Reads the calls of Python's own functions in one module."""

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
            asked = self.asked_for(first, str(node.args[1].value))
            return Value("guard", guard=asked) if asked else OTHER
        if name in ("callable", "bool") and first.guard is not None:
            return Value("guard", guard=first.guard)
        if name in _BY_BUILTIN:
            for value, one in zip(arguments, node.args):
                self.met_member("call", node, value, _BY_BUILTIN[name], use, hint=hint_of(one))
        if name == "next":
            return element(first)
        if name == "staticmethod":
            return first
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
            texts = arguments[1].inner if arguments[1].kind == "other" else ()
            return self._attribute_by_text(node, first, texts, use)
        if name == "type":
            return OTHER if first.kind == "other" else UNKNOWN
        if name in _GIVING_OTHERS:
            return OTHER
        return UNKNOWN

    def _attribute_by_text(self, node: ast.Call, first: Value, texts: Sequence[str], use: str) -> Value:
        """Return what `getattr` of an object gives, for one of the texts that its second argument may be."""
        found = []
        for member in texts:
            if first.kind == "name":
                found.append(self.member_of_name(first.name, member))
                if found[-1].kind == "name" and not found[-1].name.startswith("@"):
                    if len(node.args) == 2:
                        self.met_name("read", node, found[-1].name, "kept" if use == "called" else use)
                    else:
                        found[-1] = found[-1]._replace(guard=self.asked_for(first, member))
            else:
                found.append(self.member_of(first, member))
                if use != "called" or len(texts) > 1 or found[-1].name != METHOD:  # Else the call tells of it.
                    its_use = "kept" if use == "called" else use
                    self.met_member("read", node, first, member, its_use, hint=hint_of(node.args[0]))
        return joined(found, self.shared.classes)
