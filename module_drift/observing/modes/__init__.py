"""Modes of execution: other ways to call a Module than as it stands, a file each.

A file `compile_aot.py` declares the mode `compile-aot` by these names, and imports torch within its functions only:

- `SINCE`: the release since which the mode exists, such as "2.0.0".
- `VARIABLES`: changes to the environment of the process that cases run in; None takes a variable away.
- `machinery()`: returns a `Machinery` for one case.
- `refuses(error)`: whether an error of a call is the mode's refusal to take the Module, and not what the Module does.
- `raises(error)`: whether an error is the machinery's own, of which the class alone is shown.
- `says(warning)`: whether a warning is the machinery's own, and no behaviour of what is called.
- `is_intact()`: whether another case can run in the process, asked after each; no where torch stays as a case left it.
"""

import abc
import importlib
import pkgutil
import re
import warnings
from types import ModuleType
from typing import Any, Callable, Dict, List, Optional, Tuple

from ...common.errors import InputError
from ...record.release import EAGER, Release

ALL = "all"
"""In the place of a mode: each that a release has."""


class Machinery(abc.ABC):
    """What takes the calls of one case; as a context manager, it makes things clean before and after."""

    @abc.abstractmethod
    def __enter__(self) -> "Machinery": ...

    @abc.abstractmethod
    def __exit__(self, *error: Any) -> None: ...

    @abc.abstractmethod
    def made(self, module: Any, as_it_stands: Callable[..., Any]) -> Callable[..., Any]:
        """Return what a user of the mode calls in the place of `module`, which `as_it_stands` calls."""

    @abc.abstractmethod
    def went_through(self) -> int:
        """Return how much has gone through so far, such as graphs that were made; 0 tells that it did nothing."""

    @staticmethod
    def is_tracing() -> bool:
        """Return whether a call is traced now, so that values are none yet; most machineries trace nothing."""
        return False

    @staticmethod
    def show_traced(show: Any, label: str, values: Tuple[Any, ...]) -> None:
        """Show what is shown while a call is traced, or keep it until that is over, and do not break it."""
        show.later.append((label, values))

    @staticmethod
    def untraced(function: Callable[..., Any]) -> Callable[..., Any]:
        """Return what calls `function`, and is not traced."""
        return function

    @staticmethod
    def is_only_traced(value: Any) -> bool:
        """Return whether `value` stands for one that there is not while a call is traced, nor ever will be."""
        return False


class CountingCalls(Machinery):
    """One that has no state of its own to make clean; what goes through it are the calls that it counts."""

    _calls = 0

    def __enter__(self) -> "CountingCalls":
        return self

    def __exit__(self, *error: Any) -> None:
        pass

    def counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return what calls `call`, and counts that."""

        def counted(*arguments: Any, **keywords: Any) -> Any:
            self._calls += 1
            return call(*arguments, **keywords)

        return counted

    def went_through(self) -> int:
        """As in `Machinery`."""
        return self._calls


class MadeAtFirstCall(CountingCalls):
    """One that makes what it calls at the first call of a Module, of which it may need the arguments."""

    @abc.abstractmethod
    def make(self, module: Any, arguments: Tuple[Any, ...], keywords: Dict[str, Any]) -> Callable[..., Any]:
        """Return what is called in the place of `module`, which is about to be called with these arguments."""

    def made(self, module: Any, as_it_stands: Callable[..., Any]) -> Callable[..., Any]:
        """As in `Machinery`.

        What it returns raises `NotMadeError` where an error ends the making.
        """
        kept: List[Callable[..., Any]] = []

        def call(*arguments: Any, **keywords: Any) -> Any:
            if not kept:
                try:
                    kept.append(self.make(module, arguments, keywords))
                except Exception as error:
                    raise NotMadeError from error
            return kept[0](*arguments, **keywords)

        return self.counted(call)


class NotMadeError(Exception):
    """An error, which is its cause, ended the making of what is called in the place of a Module.

    It is the mode's refusal, unless the case's own code raised the error.
    """


def none_of_its_own(_: Any) -> bool:
    """What a mode declares that refuses nothing, raises nothing or says nothing by itself."""
    return False


def is_of_attributes(warning: warnings.WarningMessage) -> bool:
    """Return whether torch 2.1 tells that an attribute of its own, such as has_cuda, is deprecated.

    Machineries look at all that torch has, and it is told once a process.
    """
    return bool(re.match(r"'has_(cuda|cudnn|mps|mkldnn)' is deprecated", str(warning.message)))


def stays_intact() -> bool:
    """What a mode declares in which no case leaves anything behind."""
    return True


def is_intact(name: str) -> bool:
    """Return whether another case can run in the process after one that ran in a mode."""
    return name == EAGER or bool(named(name).is_intact())


def names() -> List[str]:
    """Return the names of all modes but eager."""
    return sorted(found.name.replace("_", "-") for found in pkgutil.iter_modules(__path__))


def since(wanted: str) -> Dict[str, Release]:
    """Return since which release there is each mode that is `wanted`: one, several with commas between, or "all".

    Eager is the first of them, as what others deviate from is recorded before them.

    Raises:
        InputError: there is no such mode.
    """
    some = (
        [EAGER, *names()] if wanted == ALL else sorted(set(wanted.split(",")), key=lambda name: (name != EAGER, name))
    )
    return {name: Release(0, 0, 0) if name == EAGER else Release.parse(named(name).SINCE) for name in some}


def variables(name: str) -> Dict[str, Optional[str]]:
    """Return changes to the environment of the process in which cases run in a mode."""
    return {} if name == EAGER else dict(named(name).VARIABLES)


def why_missing(name: str, version: str) -> Optional[str]:
    """Return why a mode cannot be used with this torch, or None: it is tried, and must take a Module.

    Args:
        name: the mode.
        version: the version of torch.
    """
    if name == EAGER:
        return None
    mode = named(name)
    if Release.parse(version) < Release.parse(mode.SINCE):
        return f"torch {version} has no mode {name}, which came with {mode.SINCE}"
    try:
        return None if _takes_a_module(mode) else f"nothing of a Module goes through mode {name} here"
    except Exception as error:
        return f"mode {name} cannot be used here ({type(error).__name__}: {error})".partition("\n")[0]


def _takes_a_module(mode: ModuleType) -> bool:
    import torch

    from ..isolation import clean_state

    # No class of torch: the first releases of dynamo pass by what torch has itself.
    class Weighted(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(1))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x * self.weight

    with clean_state(), mode.machinery() as machinery:  # As a case has it, whatever was set before.
        module = Weighted()
        machinery.made(module, module)(torch.ones(1, 1))
        return bool(machinery.went_through())


def named(name: str) -> ModuleType:
    """Return the file of a mode.

    Raises:
        InputError: there is no such mode.
    """
    if name not in names():
        raise InputError(f"mode {name!r}", "there is no such mode", f"there are eager, {', '.join(names())}")
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
