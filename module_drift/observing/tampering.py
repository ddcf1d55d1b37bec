"""Notices what a case leaves changed in the process of the cases, and what later ones show would go through."""

import builtins
import re
import sys
from itertools import chain
from operator import attrgetter, is_not
from types import FunctionType, ModuleType
from typing import Any, Callable, Container, Dict, Iterator, List, Mapping, NamedTuple

from .. import NAME

_ABSENT = object()
_HEAP_TYPE = 1 << 9
"""A flag of the classes whose attributes can be set."""

_PARTS = attrgetter("__code__", "__defaults__", "__kwdefaults__")
"""Of a function: what can be set, and changes what it does."""

_OURS = [f"{NAME}.{name}" for name in ("case", "family", "common.errors", "comparing.observation")]
"""What of this package has a part in an observation, beside this room."""

_STANDARD = [
    *("json", "json.encoder", "re", "traceback", "contextlib", "warnings", "copy", "functools", "inspect"),
    *("importlib", "threading"),
]
"""What of the standard library makes an observation by Python code of its own."""

_CARRIED = ["os", "io", "pickle", "copyreg", "collections"]
"""What else of it the cases go through."""

_TORCH = re.compile(r"torch(\.(_tensor|_tensor_str|functional|nn|nn\.(functional|parameter)|autograd(\.function)?))?")
"""Modules of torch through which cases go, and what renders their values."""

_LAYERS = "torch.nn.modules."
"""How the names of its modules begin of which only the classes matter."""


_COMPILED = ("__resume_at_", "__compiled_fn_", "__import_")
"""How the names begin of what torch.compile puts beside a function that it compiles."""


class Space(NamedTuple):
    """A namespace that is watched, and what was in it.

    Attributes:
        name: as it is told.
        owner: the module or class whose it is.
        now: what is in it, as it changes.
        before: what was in it.
        library: the package whose own changes to it are no matter; "" for none.
        is_ours: whether nothing at all may change in it, data and the code of functions included.
        is_exact: whether it is not enough that something equals what was there.
    """

    name: str
    owner: Any
    now: Mapping[str, Any]
    before: Dict[str, Any]
    library: str = ""
    is_ours: bool = False
    is_exact: bool = True


def observing_spaces() -> List[Space]:
    """Return what makes an observation: this package, Python's builtins, and what it uses of the standard library."""
    ours = _loaded(lambda name: name in _OURS or name.startswith(f"{__package__}."))
    standard = [builtins, *_loaded(_STANDARD.__contains__)]
    return [
        *chain.from_iterable(_spaces(module, is_ours=True) for module in ours),
        *chain.from_iterable(map(_spaces, standard)),
    ]


def shown_spaces(helpers: Container[str]) -> List[Space]:
    """Return what cases go through: torch's modules and others, and `helpers`, the names of those that they share."""
    torch = _loaded(lambda name: _TORCH.fullmatch(name) is not None)
    layers = _loaded(lambda name: name.startswith(_LAYERS))
    others = _loaded(lambda name: name in _CARRIED or name in helpers)
    of_torch = [*chain.from_iterable(map(_spaces_of_torch, torch)), *chain.from_iterable(map(_spaces_of_torch, layers))]
    return [
        *(one for one in of_torch if not (isinstance(one.owner, ModuleType) and one.name.startswith(_LAYERS))),
        *chain.from_iterable(_spaces(module, is_exact=False) for module in others),
    ]


def _spaces_of_torch(module: ModuleType) -> Iterator[Space]:
    return _spaces(module, library="torch", is_exact=False)


def _loaded(wanted: Callable[[str], bool]) -> List[ModuleType]:
    return [module for name, module in list(sys.modules.items()) if wanted(name) and isinstance(module, ModuleType)]


def _spaces(module: ModuleType, **more: Any) -> Iterator[Space]:
    """Yield the namespaces of `module` and of the classes that it defines."""
    name = module.__name__
    yield Space(name, module, vars(module), dict(vars(module)), **more)
    for value in list(vars(module).values()):
        if isinstance(value, type) and value.__module__ == name and value.__flags__ & _HEAP_TYPE:
            yield Space(f"{name}.{value.__name__}", value, vars(value), dict(vars(value)), **more)


def watch(spaces: List[Space]) -> Iterator[str]:
    """Yield, each time it is asked, the name of something in `spaces` that was changed meanwhile, or "".

    What it works with is in its own frame, where no assignment from outside reaches it.
    """
    exactly, roughly = ([one for one in spaces if one.is_exact == is_exact] for is_exact in (True, False))
    exact, rough = ([one.now.values() for one in some] for some in (exactly, roughly))
    was_exact, was_rough = ([list(values) for values in some] for some in (exact, rough))
    functions = list({id(one): one for space in spaces if space.is_ours for one in _functions(space)}.values())
    parts = list(map(_PARTS, functions))
    modules = {one.name: one.owner for one in spaces if sys.modules.get(one.name) is one.owner}
    names, owners, kinds = list(modules), list(modules.values()), list(map(type, modules.values()))
    any_, len_, list_, map_, type_, zip_, enumerate_ = any, len, list, map, type, zip, enumerate
    is_not_, parts_of, explain, loaded = is_not, _PARTS, _changed, sys.modules.get
    found = ""
    while True:
        yield found
        found = ""
        for at, (values, before) in enumerate_(zip_(exact, was_exact)):
            if len_(values) != len_(before) or any_(map_(is_not_, values, before)):
                found = found or explain(exactly[at])
                was_exact[at] = list_(values)
        for at, (values, before) in enumerate_(zip_(rough, was_rough)):
            if list_(values) != before:
                found = found or explain(roughly[at])
                was_rough[at] = list_(values)
        if list_(map_(parts_of, functions)) != parts:
            found = found or "the code of a function of module_drift"
        if list_(map_(loaded, names)) != owners or list_(map_(type_, owners)) != kinds:
            found = found or "sys.modules"


def _changed(space: Space) -> str:
    """Return the name of something in `space` that was changed, and matters, or ""."""
    now = dict(space.now)
    for name, old in space.before.items():
        new = now.pop(name, _ABSENT)
        is_wanted = name.startswith(_COMPILED) or _is_of(space.library, new)
        if new is not old and (space.is_ours or _is_code(old)) and not is_wanted:
            return f"{space.name}.{name}"
    for name, new in now.items():
        if isinstance(space.owner, type):
            hides = any(name in vars(base) for base in space.owner.__mro__[1:])
        else:
            hides = hasattr(builtins, name)
        is_wanted = name.startswith(_COMPILED) or _is_of(space.library, new)
        if (hides or space.is_ours) and _is_code(new) and not is_wanted:
            return f"{space.name}.{name}"
    space.before.clear()
    space.before.update(space.now)
    return ""


def _is_code(value: Any) -> bool:
    """Return whether `value` is something that is called or gone through, and no mere data."""
    return callable(value) or isinstance(value, ModuleType) or hasattr(type(value), "__get__")


def _is_of(library: str, value: Any) -> bool:
    """Return whether `value` is defined in `library`."""
    value = getattr(value, "fget", None) or getattr(value, "__func__", None) or value
    return bool(library) and str(getattr(value, "__module__", "")).partition(".")[0] == library


def _functions(space: Space) -> Iterator[FunctionType]:
    """Yield the functions in `space`, also those below a decorator."""
    for value in space.before.values():
        value = getattr(value, "fget", None) or getattr(value, "__func__", None) or value
        while value is not None:
            if isinstance(value, FunctionType) and value.__module__.partition(".")[0] == NAME:
                yield value
            value = getattr(value, "__wrapped__", None)
