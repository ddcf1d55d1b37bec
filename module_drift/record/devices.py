"""The devices a run can be on: the CPU, whose goldens are every device's, and any device type that a torch knows."""

import re
from typing import Optional

from ..common.errors import InputError

CPU = "cpu"
ALL = "all"
"""In the place of a device: the CPU, CUDA, and those that the record has runs of, as far as they are there."""

VALUELESS = "meta"
"""The device whose tensors have shapes and dtypes, and no values."""

SHARED = "accelerator"
"""In the place of a device in a golden's name: all but the CPU and that without values."""

DEVICE = r"[a-z][a-z0-9_]{0,19}"
"""How the name of a device type looks in torch."""

OTHER = rf"(?!(?:{CPU}|{ALL})\b){DEVICE}"
"""The same of a device that may have goldens of its own."""

_NAME = re.compile(DEVICE)


def holds_on(of: Optional[str], device: str) -> bool:
    """Return whether a golden holds on `device`, which is of one device, of `SHARED`, or of every device (None)."""
    return of in (None, device) or (of == SHARED and device not in (CPU, VALUELESS))


def specificity(of: Optional[str]) -> int:
    """Return how few devices a golden is for: of two that hold, the one that says more of a device is in effect."""
    return 0 if of is None else 1 if of == SHARED else 2


def named(name: str, where: str = "--device") -> str:
    """Return the device type of a name that a person gave.

    Raises:
        InputError: it looks like none; `where` is what said it.
    """
    if not _NAME.fullmatch(name):
        problem = f"{name!r} is no type of device"
        raise InputError(
            where, problem, f"name one as torch does, without a number, such as cpu, cuda or xla, or {ALL}"
        )
    return name
