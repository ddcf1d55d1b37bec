"""Runs one case and returns what it showed."""

import functools
import re
import sys
import traceback
import unittest
from pathlib import Path
from typing import Any, Callable, List, Optional

import torch

from ..common.errors import relative
from ..comparing.observation import Observation
from ..finding.discovery import Case
from . import needed_api, render
from .isolation import clean_state

# Parts of messages that name a place, in memory or in torch's C++ sources, and not a behaviour.
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")
_SOURCE_LINE = re.compile(r"\s*\(Triggered internally at [^)]*\)| \(\w+ at /[^\s)]+:\d+\)| at /\S+:\d+")
# With which torch 1.5 and 1.6 end the messages of errors raised in backward().
_STACK = re.compile(r"\s+(?:Exception raised from [^\n]*? \(most recent call first\):\s+)?frame #0: .*", re.DOTALL)


class UnobservedError(Exception):
    """What a case showed is no behaviour of torch: it was skipped, or its own file is at fault."""


class Show:
    """What a case calls to show something: `show(label, *values)` reads like `print(label, *values)`."""

    def __init__(self, device: "torch.device"):
        self.device = device
        self.lines: List[str] = []
        self.numbers: List[List[Any]] = []

    def __call__(self, label: str, *values: Any) -> None:
        """Keep the line that `print(label, *values)` would print, and the numbers in `values`.

        Raises:
            UnobservedError: the label is missing.
        """
        if not isinstance(label, str):
            raise UnobservedError(f"show's first argument is a label, and not a {type(label).__name__}")
        shown = [render.text(value, self.device) for value in values]
        self.lines.append(_settled(" ".join([label, *shown])) + "\n")
        self.numbers += render.numbers(label, values)


def observe(case: Case, device: str, loaded: Optional[Callable[..., None]] = None) -> Observation:
    """Run `case` on `device` ("cpu" or "cuda") from a clean state and return its observation.

    Args:
        case: the case.
        device: the device.
        loaded: what loading it returned; None to load it.

    Raises:
        UnobservedError: see there.
        Exception: the module of the case cannot be imported.
    """
    function = loaded or case.load()
    if case.needs and not needed_api.exists(case.needs):
        return Observation(absent=case.needs)
    return observe_function(function, _indexed(device))


@functools.lru_cache(maxsize=None)
def _settle(device: "torch.device") -> None:
    """Let torch say what it says once a process, such as that it finds no driver, before a case runs."""
    with clean_state():
        x = torch.ones(1, device=device, requires_grad=True)
        (x * x).sum().backward()
        repr(x)


def observe_function(function: Callable[..., None], device: "torch.device") -> Observation:
    """Run `function(show, device)` from a clean state and return its observation.

    Raises:
        UnobservedError: see there. What is no `Exception`, such as a KeyboardInterrupt, passes, too.
    """
    _settle(device)
    show = Show(device)
    raised = None
    with clean_state() as caught:
        try:
            function(show, device)
        except UnobservedError:
            raise
        except unittest.SkipTest as error:
            raise UnobservedError(f"skipped: {_settled(str(error))}") from None
        except Exception as error:
            if isinstance(error, _ITS_OWN) and _is_of_the_cases(error, function):
                raise UnobservedError(f"{_described(error)}; mend it, or name what it needs with needs=") from None
            raised = _settled(f"{type(error).__name__}: {error}")
    return Observation(
        printed="".join(show.lines),
        numbers=show.numbers,
        warned=[_settled(f"{warning.category.__name__}: {warning.message}") for warning in caught],
        raised=raised,
    )


_ITS_OWN = (ImportError, NameError, SyntaxError)
"""What a case raises by a slip of its author's; where torch lacks something, the case says so with `needs`."""


def _is_of_the_cases(error: Exception, function: Callable[..., None]) -> bool:
    """Return whether the line that raised `error` is in the package of `function`, the folder of the cases."""
    package = sys.modules.get(function.__module__.partition(".")[0])
    folders = getattr(package, "__path__", None) or [function.__code__.co_filename]
    return _innermost(error).filename.startswith(tuple(folders))


def _described(error: Exception) -> str:
    frame = _innermost(error)
    return _settled(f"{type(error).__name__} in {relative(Path(frame.filename))}:{frame.lineno}: {error}")


def _innermost(error: Exception) -> traceback.FrameSummary:
    return traceback.extract_tb(error.__traceback__)[-1]


def _indexed(device: str) -> "torch.device":
    # With its index, as tensors name it, so that the run's own device can be told from another.
    return torch.device(device) if device == "cpu" else torch.device(device, 0)


def _settled(text: str) -> str:
    """Return `text` without places, and with halves of surrogate pairs, which no file can hold, escaped."""
    without_places = _SOURCE_LINE.sub("", _STACK.sub("", _ADDRESS.sub("0x…", text)))
    return without_places.encode("utf-8", "backslashreplace").decode("utf-8")
