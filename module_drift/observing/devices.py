"""The device of a run: what makes torch know it, whether it can be used, how its tensors name it, and its generator."""

import contextlib
import functools
import importlib
import re
from typing import Any, Callable, Iterator, Optional, Tuple

from ..record.devices import CPU, VALUELESS
from .architectures import supports

MODULES = {
    "hpu": "habana_frameworks.torch.core",
    "lazy": "torch._lazy.ts_backend",
    "mlu": "torch_mlu",
    "musa": "torch_musa",
    "npu": "torch_npu",
    "xla": "torch_xla",
}
"""What is imported before a device is used, which torch does not know by itself; others are named by who runs."""

_NO_CODE = ("no kernel image is available", "invalid device function", "device kernel image is invalid")
"""How CUDA says that there is no code for the card."""

_ADVICE = re.compile(r" This could be because the operator doesn't exist for this backend")
"""How what torch says begins behind the operator that a device lacks: a page, with the names of all other backends."""

_REMEDY = "name what registers it with --device-module"


def why_missing(device: str, module: Optional[str] = None) -> Optional[str]:
    """Return why `device` cannot be used with the torch that is installed, or None if it can.

    Args:
        device: its type, such as "cuda".
        module: what is imported before, as it makes torch know the device; None for what `MODULES` says.
    """
    if device == CPU:
        return None
    import torch

    name = module or MODULES.get(device)
    try:
        if name:
            registering = importlib.import_module(name)
            if device == "lazy" and hasattr(registering, "init"):
                registering.init()
        torch.device(device)
    except (Exception, SystemExit) as error:
        if name and not isinstance(error, RuntimeError):
            return f"it needs {name}, which cannot be imported ({_first_line(error)})"
        return f"this torch knows no such type of device; {_REMEDY}"
    if device == "cuda" and not torch.cuda.is_available():
        built = torch.version.cuda or getattr(torch.version, "hip", None)
        return "torch sees no CUDA device" if built else "this torch was built without CUDA"
    return None if device == "cuda" else _why_failing(device)


def _why_failing(device: str) -> Optional[str]:
    """Return what is wrong with a tensor that is made on the device, added to, and brought back; None if nothing is."""
    import torch

    try:
        total = torch.ones(2, device=device) + 1
        if device == VALUELESS:
            return None
        values = total.cpu().tolist()
    except (Exception, SystemExit) as error:
        return f"to make a tensor there, add 1 to it and bring it back ends with {_first_line(error)}"
    return None if values == [2.0, 2.0] else f"a tensor of ones to which 1 was added came back as {values}"


def why_unsupported(device: str) -> Optional[str]:
    """Return why the torch that is installed has no code for the card that `device` is, or None if it has.

    Args:
        device: one in which `why_missing` finds nothing amiss.
    """
    if device != "cuda":
        return None
    import torch

    # ROCm's architectures are no CUDA capabilities, and torch 1.4 and 1.5 do not tell any.
    tell = getattr(torch.cuda, "get_arch_list", None)
    architectures = tell() if tell and torch.version.cuda else []
    if not architectures:
        return _why_without_code()
    capability = torch.cuda.get_device_capability(0)
    if supports(architectures, capability):
        return None
    return f"it was built for {' '.join(architectures)}, and the card is sm_{capability[0]}{capability[1]}"


def _why_without_code() -> Optional[str]:
    import torch

    try:
        (torch.ones(2, device="cuda:0") + 1).sum().item()
    except RuntimeError as error:
        said = _first_line(error)
        if any(words in said for words in _NO_CODE):
            return f"an addition on the card ends with {said}"
        # What else is wrong is no matter of the wheel: the cases will say it.
    return None


@functools.lru_cache(maxsize=None)  # Asked before each case.
def as_tensors_name_it(device: str) -> Any:
    """Return the torch.device that a tensor says it is on which was made on `device`; most have a number then."""
    import torch

    return torch.ones(1, device=device).device


@contextlib.contextmanager
def seeded(device: str, seed: int) -> Iterator[None]:
    """Seed the device's own generator of random numbers, where it has one and is in use, and put it back."""
    found = _generator(device)
    if found is None:
        yield
        return
    state, put_back, begin = found
    begin(seed)
    try:
        yield
    finally:
        put_back(state)


def _generator(device: str) -> Optional[Tuple[Any, Callable[[Any], Any], Callable[[int], Any]]]:
    """Return the state of the device's generator, what sets that, and what seeds it; None if it has none."""
    import torch

    if device == "xla":
        own = importlib.import_module("torch_xla.core.xla_model")
        return own.get_rng_state(), own.set_rng_state, own.set_rng_state
    of_device: Any = getattr(torch, device, None)
    is_begun = getattr(of_device, "is_initialized", lambda: True)
    for end in ("_all", ""):
        names = ("get_rng_state", "set_rng_state", "manual_seed")
        state, put_back, begin = (getattr(of_device, f"{name}{end}", None) for name in names)
        if state and put_back and begin and is_begun():
            return state(), put_back, begin
    return None


def _first_line(error: BaseException) -> str:
    said = _ADVICE.split(str(error).strip())[0].splitlines()
    return f"{type(error).__name__}: {said[0]}" if said else type(error).__name__
