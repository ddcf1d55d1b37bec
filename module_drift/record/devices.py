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

TYPE = rf"(?!(?:{ALL}|{SHARED})\b){DEVICE}"
"""The same of one that a run can be on."""

OTHER = rf"(?!(?:{CPU}|{ALL})\b){DEVICE}"
"""The same of what may have goldens of its own: of one but the CPU, or `SHARED`."""

_NAME = re.compile(DEVICE)


def holds_on(of: Optional[str], device: str) -> bool:
    """Return whether a golden holds on `device`, which is of one device, of `SHARED`, or of every device (None)."""
    return of in (None, device) or (of == SHARED and device not in (CPU, VALUELESS))


def specificity(of: Optional[str]) -> int:
    """Return how few devices a golden is for: of two that hold, the one that says more of a device is in effect."""
    return 0 if of is None else 1 if of == SHARED else 2


def named(name: str, where: str = "--device", *, or_all: bool = True) -> str:
    """Return the device type of a name that a person gave.

    Args:
        name: what was given.
        where: what said it.
        or_all: whether `ALL` will do.

    Raises:
        InputError: it is no name of a device, or one that stands for several.
    """
    if name == SHARED:
        problem = f"{name} stands for every device but {CPU} and {VALUELESS}, in the names of goldens"
        raise InputError(where, problem, "name one of them, such as cuda or xla")
    if name == ALL and not or_all:
        raise InputError(where, f"{name} is no device here", "name one, such as cpu or cuda")
    if not _NAME.fullmatch(name):
        remedy = "name one as torch does, without a number, such as cpu, cuda or xla"
        raise InputError(where, f"{name!r} is no type of device", f"{remedy}, or {ALL}" if or_all else remedy)
    return name
