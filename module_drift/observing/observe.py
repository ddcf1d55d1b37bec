"""Runs one case and returns what it showed."""

import contextlib
import dis
import functools
import re
import sys
import traceback
import unittest
import warnings
from collections import OrderedDict
from pathlib import Path
from typing import Any, Callable, ContextManager, List, Optional

import torch

from ..common.errors import relative
from ..comparing.observation import Observation, cannot, does_not_apply
from ..finding.discovery import Case
from ..record.devices import CPU
from ..record.release import EAGER
from . import devices, inability, modes, needed_api, own_device, render
from .isolation import clean_state
from .outermost import Outermost, Refused

# Parts of messages that name a place, in memory or in torch's C++ sources, and not a behaviour.
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")
_SOURCE_LINE = re.compile(
    r"\s*\(Triggered internally at [^)]*\)| \(\w+ at /[^\s)]+:\d+\)| at (?:/\S+|\"/[^\"]+\"):\d+|"
    r"\b\w[\w/]*\.(?:cc|cpp|h):\d+ ?: "
)
# With which torch 1.5 and 1.6 end the messages of errors raised in backward().
_STACK = re.compile(r"\s+(?:Exception raised from [^\n]*? \(most recent call first\):\s+)?frame #0: .*", re.DOTALL)
# And torch_xla those of what its own code checks.
_TRACE = re.compile(r"\s*\*\*\* Begin stack trace \*\*\*.*?\*\*\* End stack trace \*\*\*", re.DOTALL)
# And pybind those of errors that Python raised below C++.
_BELOW = re.compile(r"\s+At:\s+/\S+\(\d+\): .*", re.DOTALL)


_CPU = torch.device(CPU)


class UnobservedError(Exception):
    """What a case showed is no behaviour of torch: it was skipped, or its own file is at fault."""


class Show:
    """What a case calls to show something: `show(label, *values)` reads like `print(label, *values)`."""

    def __init__(self, device: "torch.device"):
        self.device = device
        self.lines: List[str] = []
        self.numbers: List[List[Any]] = []
        self.lacks: Optional[str] = None

    def __call__(self, label: str, *values: Any) -> None:
        """Keep the line that `print(label, *values)` would print, and the numbers in `values`.

        Raises:
            UnobservedError: the label is missing.
            CannotError: the run's device has no values to show.
        """
        if not isinstance(label, str):
            raise UnobservedError(f"show's first argument is a label, and not a {type(label).__name__}")
        try:
            inability.refuse_valueless(values, self.device.type)
        except inability.CannotError as error:
            self.lacks = str(error)  # Even where the case catches it, as one that looks for refusals.
            raise
        shown = [render.text(value, self.device) for value in values]
        self.lines.append(_settled(" ".join([label, *shown]), self.device) + "\n")
        self.numbers += render.numbers(label, values)


class _TracedShow(Show):
    """Keeps what is shown while a call is traced, and shows it when the call is over and its values are there.

    A machinery that cannot keep it shows it at once; see `show_traced` there.

    Attributes:
        later: what is kept, labels with values.
        show_now: shows, and is not traced.
    """

    def __init__(self, device: "torch.device", machinery: modes.Machinery):
        super().__init__(device)
        self._is_tracing, self._show_traced = machinery.is_tracing, machinery.show_traced
        self._is_only_traced = machinery.is_only_traced
        self.show_now = machinery.untraced(self._shown_now)
        self.later: List[Any] = []

    def __call__(self, label: str, *values: Any) -> None:
        """As `Show`; a call that is traced is not broken by it."""
        if self._is_tracing():
            self._show_traced(self, label, values)
        else:
            self.catch_up()
            self.show_now(label, *values)

    def catch_up(self) -> None:
        """Show what is kept."""
        kept = list(self.later)
        self.later.clear()
        for label, values in kept:
            self.show_now(label, *values)

    def _shown_now(self, label: str, *values: Any) -> None:
        super().__call__(label, *map(self._existing, values))

    def _existing(self, value: Any) -> Any:
        """Return `value` with what is there only while a call is traced, in it or in a container, told as such."""
        if self._is_only_traced(value):
            return _ONLY_TRACED
        if type(value) in (list, tuple):
            return type(value)(map(self._existing, value))
        if type(value) in (dict, OrderedDict):
            return type(value)((self._existing(key), self._existing(one)) for key, one in value.items())
        return value


class _OnlyTraced:
    def __repr__(self) -> str:
        return "(only traced)"


_ONLY_TRACED = _OnlyTraced()
"""What is shown in the place of a value that stands for others while a call is traced, such as a Proxy of fx."""


def observe(
    case: Case,
    device: str,
    mode: str = EAGER,
    loaded: Optional[Callable[..., None]] = None,
    watching: Optional[str] = None,
) -> Observation:
    """Run `case` on `device` in `mode` from a clean state and return its observation.

    A case of which nothing goes through the mode is absent there; see `does_not_apply`. So is one on a device that
    cannot do what it needs; see `cannot`.

    Args:
        case: the case.
        device: the type of the device, such as "cuda".
        mode: the mode.
        loaded: what loading it returned; None to load it.
        watching: a device that cannot, if the case catches an error that says so, as `inability.watched` tells.

    Raises:
        UnobservedError: see there.
        Exception: the module of the case cannot be imported.
    """
    function = loaded or case.load()
    if case.needs and not needed_api.exists(case.needs):
        return Observation(absent=case.needs)
    own = devices.as_tensors_name_it(device)
    around: ContextManager[List[str]] = contextlib.nullcontext([])
    if watching:
        around = inability.watched(watching, functools.partial(_is_in_the_cases, function=function))
    with around as lacks:
        seen = observe_function(function, own) if mode == EAGER else _observe_in_mode(function, own, mode)
    return cannot(watching, lacks[0]) if watching and lacks else seen


def _observe_in_mode(function: Callable[..., None], device: "torch.device", name: str) -> Observation:
    mode = modes.named(name)
    machinery = mode.machinery()
    show = _TracedShow(device, machinery)
    outermost = Outermost(machinery, mode, show.catch_up, functools.partial(_is_raised_by, function))
    try:
        seen = _observed(function, show, outermost, mode.says)
    except Refused as refused:
        return Observation(raised=f"refused: {refused}")
    return seen if machinery.went_through() else does_not_apply(name)


@functools.lru_cache(maxsize=None)
def _settle(device: "torch.device") -> None:
    """Let torch say what it says once a process, such as that it finds no driver, before a case runs."""
    with clean_state(device.type):
        x = torch.ones(1, device=device, requires_grad=True)
        (x * x).sum().backward()
        repr(x)


def observe_function(function: Callable[..., None], device: "torch.device") -> Observation:
    """Run `function(show, device)` from a clean state and return its observation.

    Raises:
        UnobservedError: see there. What is no `Exception`, such as a KeyboardInterrupt, passes, too.
    """
    return _observed(function, Show(device), contextlib.nullcontext(), lambda _: False)


def _observed(
    function: Callable[..., None],
    show: Show,
    around: ContextManager[Any],
    is_passed_by: Callable[[warnings.WarningMessage], bool],
) -> Observation:
    _settle(show.device)
    raised = None
    with clean_state(show.device.type) as caught, around:
        try:
            function(show, show.device)
        except UnobservedError:
            raise
        except unittest.SkipTest as error:
            raise UnobservedError(f"skipped: {_settled(str(error))}") from None
        except Exception as error:
            show.lacks = show.lacks or inability.why_cannot(error, show.device.type)
            if not show.lacks and isinstance(error, _ITS_OWN) and _is_of_the_cases(error, function):
                raise UnobservedError(f"{_described(error)}; mend it, or name what it needs with needs=") from None
            raised = _settled(f"{type(error).__name__}: {error}", show.device)
    if show.lacks:
        return cannot(show.device.type, show.lacks)
    given = (warning for warning in caught if not is_passed_by(warning))
    return Observation(
        printed="".join(show.lines),
        numbers=show.numbers,
        warned=[_settled(f"{warning.category.__name__}: {warning.message}", show.device) for warning in given],
        raised=raised,
    )


_ITS_OWN = (ImportError, NameError, SyntaxError)
"""What a case raises by a slip of its author's; where torch lacks something, the case says so with `needs`."""


def _is_raised_by(function: Callable[..., None], error: BaseException) -> bool:
    """Return whether a statement of the cases raised `error`, and not what they call or compute with.

    What Python raises in a line of theirs, as where a Proxy is to be a float, says more of the value than of the case.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None or trace.tb_frame.f_code.co_code[trace.tb_lasti] != dis.opmap["RAISE_VARARGS"]:
        return False
    return _is_in_the_cases(trace.tb_frame.f_code.co_filename, function)


def _is_of_the_cases(error: Exception, function: Callable[..., None]) -> bool:
    """Return whether the line that raised `error` is in the package of `function`, the folder of the cases."""
    return _is_in_the_cases(_innermost(error).filename, function)


def _is_in_the_cases(filename: str, function: Callable[..., None]) -> bool:
    package = sys.modules.get(function.__module__.partition(".")[0])
    folders = getattr(package, "__path__", None) or [function.__code__.co_filename]
    return filename.startswith(tuple(folders))


def _described(error: Exception) -> str:
    frame = _innermost(error)
    return _settled(f"{type(error).__name__} in {relative(Path(frame.filename))}:{frame.lineno}: {error}")


def _innermost(error: Exception) -> traceback.FrameSummary:
    return traceback.extract_tb(error.__traceback__)[-1]


def _settled(text: str, device: "torch.device" = _CPU) -> str:
    """Return `text` without places, and with halves of surrogate pairs, which no file can hold, escaped.

    How it names `device`, the run's own, is as the CPU is named.
    """
    without_places = _ADDRESS.sub("0x…", text)
    for place in (_STACK, _TRACE, _BELOW, _SOURCE_LINE):
        without_places = place.sub("", without_places)
    if device.type != CPU:
        without_places = own_device.as_on_the_cpu(without_places, device.type, device.index or 0)
    return without_places.encode("utf-8", "backslashreplace").decode("utf-8")
