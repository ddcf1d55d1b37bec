"""Tells what a device cannot do, such as float64, from what it does another way than the CPU."""

import contextlib
import re
import sys
from types import FrameType
from typing import Any, Callable, Iterator, List, Optional

from ..record.devices import CPU, VALUELESS


class CannotError(Exception):
    """The run's device cannot do what a case needs; the argument says what it lacks."""


_SAYS_SO = re.compile(
    r"not (?:currently |yet )?(?:implemented|supported|available)|unsupported|unimplemented|could not run|"
    r"(?:does not|doesn't|do not|don't|isn't|cannot be) (?:support|supported|called|converted)|"
    r"cannot (?:convert|copy out)|there was no \w+ impl",
    re.IGNORECASE,
)
_LACKS = {
    "float64": r"float64|\bdouble\b|'Double'",
    "complex numbers": r"complex",
    "sparse tensors": r"sparse",
    "bfloat16": r"bfloat16",
    "float16": r"float16|\bhalf\b|'Half'",
    "integers": r"int64|int32|'Long'|'Int'",
    "quantized tensors": r"quantized",
    "views": r"\bviews?\b|\balias",
}
_WITHOUT_NAME = {
    "storages": r"invalid python storage|\bhas_storage\b|cannot access (?:data pointer|storage)|no storage"
}
"""Of what some say without a word of the device."""

_OPERATOR = re.compile(r"aten::\w+")


def why_cannot(error: BaseException, device: str) -> Optional[str]:
    """Return what the device lacks, by the error that a case ended in; None if the error does not say that.

    It must name the device, or its backend, and say that something is not there. The words of what is returned are
    few, and not those of the error, so that they are the same on every release.
    """
    if device == CPU or not isinstance(error, (NotImplementedError, RuntimeError, TypeError, ValueError)):
        return None
    said = str(error)
    for lacks, words in _WITHOUT_NAME.items():
        if re.search(words, said, re.IGNORECASE):
            return lacks
    names = rf"(?<![a-z])(?:autograd|sparse|quantized)?(?:{re.escape(device)}|privateuse1)(?![a-z])"
    if not (_SAYS_SO.search(said) and re.search(names, said, re.IGNORECASE)):
        return None
    if device == VALUELESS:
        return "values"
    first = said.strip().splitlines()[0]
    operator = _OPERATOR.search(first)
    found = next((name for name, words in _LACKS.items() if re.search(words, first, re.IGNORECASE)), "")
    return found or (operator[0] if operator else type(error).__name__)


@contextlib.contextmanager
def watched(device: str, is_of_the_cases: Callable[[str], bool]) -> Iterator[List[str]]:
    """Yield a list in which is, in the end, what `device` lacks by errors that came to code of the cases.

    What such code catches, as where it shows whether something is refused, it may show as what torch does.

    Args:
        device: its type.
        is_of_the_cases: returns whether a file is of the cases. What only other code sees is that one's business.
    """
    found: List[str] = []

    def in_a_case(_: FrameType, event: str, about: Any) -> Any:
        lacks = why_cannot(about[1], device) if event == "exception" else None
        if lacks:
            found.append(lacks)
        return in_a_case

    def anywhere(frame: FrameType, _: str, __: Any) -> Any:
        if not is_of_the_cases(frame.f_code.co_filename):
            return None
        frame.f_trace_lines = False
        return in_a_case

    before = sys.gettrace()
    sys.settrace(anywhere)
    try:
        yield found
    finally:
        sys.settrace(before)


def refuse_valueless(value: Any, device: str) -> None:
    """Raise a CannotError where a tensor without values is to be shown, or one in a container.

    Args:
        value: what is to be shown.
        device: the run's; on another than the one whose tensors have none, nothing is looked at.
    """
    if device != VALUELESS:
        return
    if getattr(getattr(value, "device", None), "type", "") == VALUELESS:
        raise CannotError("values")
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, (list, tuple)):
        for one in value:
            refuse_valueless(one, device)
