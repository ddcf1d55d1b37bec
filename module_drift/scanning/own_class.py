"""A class of the scanned tree, with what it says of its methods and attributes."""

import ast
from typing import Callable, Dict, FrozenSet, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from .helpers import Given
from .parsing import attributes_set
from .syntax import FUNCTIONS, Function, hint_of, statements
from .torch_names import PARAMETER, TENSOR
from .values import instance


class Attribute(NamedTuple):
    """What is said of an attribute.

    Attributes:
        annotation: the last one; None if there is none.
        values: what is assigned to it, each with the method that does so, or None.
    """

    annotation: Optional[ast.expr] = None
    values: Tuple[Tuple[ast.expr, Optional[Function]], ...] = ()

    def then(self, other: "Optional[Attribute]") -> "Attribute":
        """Return what is said by this and by what comes behind it."""
        if other is None:
            return self
        return Attribute(self.annotation if other.annotation is None else other.annotation, self.values + other.values)


NOTHING_SAID = Attribute()
NO_CLASS = ast.ClassDef(name="", bases=[], keywords=[], body=[], decorator_list=[], lineno=0)
"""The syntax of a class that has nothing."""


class _Names(NamedTuple):
    methods: FrozenSet[str]
    classes: FrozenSet[str]
    attributes: FrozenSet[str] = frozenset()


class Class:
    """A class of the scanned tree: its bases, its methods, and what is said of its attributes and those of self.

    Attributes:
        name: of the class.
        line: where it begins.
        bases: the last parts of the names of what it derives from.
    """

    def __init__(self, node: ast.ClassDef):
        self.name = node.name
        self.line = node.lineno
        self.bases = tuple(map(hint_of, node.bases))
        self._node = node
        self._methods: Dict[str, Function] = {}
        self._classes: Dict[str, ast.ClassDef] = {}
        self._attributes: Dict[str, Attribute] = {}
        self._may_set: Dict[Function, Optional[FrozenSet[str]]] = {}
        self._set_in: Dict[Function, Dict[str, Attribute]] = {}
        self._bound: Dict[Function, FrozenSet[str]] = {}
        self._again: Optional[Callable[[], Class]] = None
        for one in node.body:
            if isinstance(one, FUNCTIONS):
                self._methods[one.name] = one
            elif isinstance(one, ast.ClassDef):
                self._classes[one.name] = one
        self._names = _Names(frozenset(self._methods), frozenset(self._classes))

    def let_go(self, again: "Callable[[], Class]") -> None:
        """Let go of its syntax, and keep the names of what it has; `again` gives the same, parsed again."""
        self._names = self._names._replace(attributes=frozenset(self._attributes_said()))
        self._again = again
        self._node = NO_CLASS
        for known in (self._methods, self._classes, self._attributes, self._may_set, self._set_in, self._bound):
            known.clear()

    def _attributes_said(self) -> Iterator[str]:
        """Yield the names of its attributes and those of self of which anything may be said."""
        for one in self._node.body:
            if isinstance(one, FUNCTIONS):
                may_set = self._may_be_set_by(one)
                yield from self._by_method(one) if may_set is None else may_set
            elif isinstance(one, (ast.Assign, ast.AnnAssign)):
                for target in one.targets if isinstance(one, ast.Assign) else (one.target,):
                    if isinstance(target, ast.Name):
                        yield target.id

    @property
    def _whole(self) -> "Class":
        return self if self._again is None else self._again()

    @property
    def node(self) -> ast.ClassDef:
        """Its syntax."""
        return self._whole._node

    def has_method(self, name: str) -> bool:
        """Return whether it defines a method itself."""
        return name in self._names.methods

    def method(self, name: str) -> Optional[Function]:
        """Return a method that it defines itself."""
        return self._whole._methods.get(name) if name in self._names.methods else None

    def methods(self) -> Sequence[Function]:
        """Return the methods that it defines itself."""
        return list(self._whole._methods.values())

    def inner(self, name: str) -> Optional[ast.ClassDef]:
        """Return a class that stands in it."""
        return self._whole._classes.get(name) if name in self._names.classes else None

    def has(self, name: str) -> bool:
        """Return whether it has a method called so, or says anything of an attribute."""
        return name in self._names.methods or self.attribute(name) != NOTHING_SAID

    def attribute(self, name: str) -> Attribute:
        """Return what is said of an attribute of its own or of self."""
        if self._again is not None:
            return self._again().attribute(name) if name in self._names.attributes else NOTHING_SAID
        if name not in self._attributes:
            found = NOTHING_SAID
            for one in self._node.body:
                if isinstance(one, FUNCTIONS):
                    may_set = self._may_be_set_by(one)
                    if may_set is None or name in may_set:
                        found = found.then(self._by_method(one).get(name))
                elif isinstance(one, ast.AnnAssign):
                    if isinstance(one.target, ast.Name) and one.target.id == name:
                        found = found._replace(annotation=one.annotation)
                elif isinstance(one, ast.Assign):
                    times = sum(isinstance(target, ast.Name) and target.id == name for target in one.targets)
                    found = found.then(Attribute(values=((one.value, None),) * times)) if times else found
            self._attributes[name] = found
        return self._attributes[name]

    def wraps(self, name: str) -> bool:
        """Return whether it makes an attribute only of itself, as `self.model = Wrapper(self.model)` does."""
        values = [value for value, _ in self.attribute(name).values if getattr(value, "value", ...) is not None]
        return bool(values) and all(any(_of_self(one) == name for one in ast.walk(value)) for value in values)

    def _may_be_set_by(self, method: Function) -> Optional[FrozenSet[str]]:
        """Return the attributes of self that a method may set; None if it is parsed, which tells it."""
        if method not in self._may_set:
            self._may_set[method] = attributes_set(method)
        return self._may_set[method]

    def _by_method(self, method: Function) -> Dict[str, Attribute]:
        """Return what a method says of the attributes of self."""
        if method not in self._set_in:
            found = self._set_in[method] = {}
            for node in statements(method.body):
                for name, said in _said_by(node, method):
                    found[name] = found.get(name, NOTHING_SAID).then(said)
        return self._set_in[method]

    def names_bound(self, method: Function) -> FrozenSet[str]:
        """Return the names that a method of the class binds anywhere."""
        bound = self._whole._bound
        if method not in bound:
            bound[method] = frozenset(
                node.id for node in ast.walk(method) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            )
        return bound[method]

    def bound_once(self, method: Function, node: ast.expr) -> List[Tuple[str, ast.expr]]:
        """Return the names in an expression that one plain assignment in a method gives them, with what that is."""
        found: Dict[str, List[ast.expr]] = {}
        wanted = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)} & self.names_bound(method)
        for one in statements(method.body) if wanted else ():
            if isinstance(one, ast.Assign):
                for target in one.targets:
                    if isinstance(target, ast.Name) and target.id in wanted:
                        found.setdefault(target.id, []).append(one.value)
        return [(name, values[0]) for name, values in found.items() if len(values) == 1]


_REGISTERED = {
    "register_buffer": Given(instance(TENSOR)),
    "register_parameter": Given(instance(PARAMETER)),
    "add_module": None,
    "register_module": None,
}
"""Methods that set an attribute by its name, and what that is; else it is what they are given."""


def _said_by(node: ast.stmt, method: Function) -> Iterator[Tuple[str, Attribute]]:
    """Yield the attributes of self that a statement of a method sets, each with what it says of it."""
    if isinstance(node, ast.AnnAssign):
        if _of_self(node.target):
            yield _of_self(node.target), Attribute(node.annotation, ((node.value, method),) if node.value else ())
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield from ((name, Attribute(values=((value, method),))) for name, value in _set_by(target, node.value))
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and len(node.value.args) > 1:
        name, given = node.value.args[:2]
        how = _of_self(node.value.func)
        if how in _REGISTERED and isinstance(name, ast.Constant) and isinstance(name.value, str):
            yield name.value, Attribute(values=((_REGISTERED[how] or given, method),))


def _set_by(target: ast.expr, value: ast.expr) -> Iterator[Tuple[str, ast.expr]]:
    """Yield the attributes of self that an assignment sets, each with what gives its value."""
    if _of_self(target):
        yield _of_self(target), value
    elif isinstance(target, (ast.Tuple, ast.List)) and not any(isinstance(one, ast.Starred) for one in target.elts):
        parts = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
        for at, one in enumerate(target.elts):
            index = ast.Subscript(value, ast.Constant(at), ast.Load())
            yield from _set_by(one, parts[at] if len(parts) == len(target.elts) else ast.copy_location(index, value))


def _of_self(node: ast.AST) -> str:
    """Return the name of the attribute of self that an expression is; empty if it is none."""
    is_its = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    return node.attr if isinstance(node, ast.Attribute) and is_its else ""
