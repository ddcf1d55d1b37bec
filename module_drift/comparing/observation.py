"""What one run of a case showed."""

from typing import Any, List, NamedTuple, Optional

VERSION = 1
"""Counted up when the same case on the same torch may be observed otherwise: then all of it must be run again."""


class Observation(NamedTuple):
    """Everything that one run of a case showed; plain data, without torch.

    Attributes:
        printed: the lines shown, each ending in a newline.
        numbers: entries `[label, values]`, or `[label, values, dtype]` where a dtype is not float32:
            `values` nests as what was shown did, in full precision.
        warned: warnings in order, each "Class: message".
        raised: the exception that ended the case, "Class: message", or None.
        absent: the API that was missing, or None; nothing else was shown then.
    """

    printed: str = ""
    numbers: List[List[Any]] = []  # noqa: RUF012 - never mutated
    warned: List[str] = []  # noqa: RUF012 - never mutated
    raised: Optional[str] = None
    absent: Optional[str] = None


def cannot(device: str, lacks: str) -> Observation:
    """Return what a case shows on a device that cannot do what it needs, such as float64."""
    return Observation(absent=f"@{device}: {lacks}")


def lacking(observed: Observation, device: str) -> Optional[str]:
    """Return what the device lacks if `cannot` gave `observed`; otherwise None."""
    before, _, lacks = (observed.absent or "").partition(f"@{device}: ")
    return lacks if lacks and not before else None


def does_not_apply(mode: str) -> Observation:
    """Return what a case shows in a mode through which nothing of it goes."""
    return Observation(absent=f"~{mode}")
