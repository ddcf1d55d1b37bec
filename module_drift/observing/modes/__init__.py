"""Modes of execution: other ways to call a Module than as it stands, a file each.

A file `compile_aot.py` declares the mode `compile-aot` by these names, and imports torch within its functions only:

- `SINCE`: the release since which the mode exists, such as "2.0.0".
- `PROMISES`: what it says that it does, in a sentence, with where upstream says so.
- `machinery()`: returns a `Machinery` for one case.
- `refuses(error)`: whether an error of a call is the mode's refusal to take the Module, and not what the Module does.
- `raises(error)`: whether an error is the machinery's own, of which the class alone is shown.
- `says(warning)`: whether a warning is the machinery's own, and no behaviour of what is called.
"""

import abc
import importlib
import pkgutil
from types import ModuleType
from typing import Any, Callable, List

from ...common.errors import InputError


class Machinery(abc.ABC):
    """What takes the calls of one case; as a context manager, it makes things clean before and after."""

    @abc.abstractmethod
    def __enter__(self) -> None: ...

    @abc.abstractmethod
    def __exit__(self, *error: Any) -> None: ...

    @abc.abstractmethod
    def made(self, module: Any, as_it_stands: Callable[..., Any]) -> Callable[..., Any]:
        """Return what a user of the mode calls in the place of `module`, which `as_it_stands` calls."""

    @abc.abstractmethod
    def went_through(self) -> int:
        """Return how much has gone through so far, such as graphs that were made; 0 tells that it did nothing."""


def names() -> List[str]:
    """Return the names of all modes but eager."""
    return sorted(found.name.replace("_", "-") for found in pkgutil.iter_modules(__path__))


def named(name: str) -> ModuleType:
    """Return the file of a mode.

    Raises:
        InputError: there is no such mode.
    """
    if name not in names():
        raise InputError(f"mode {name!r}", "there is no such mode", f"there are eager, {', '.join(names())}")
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
