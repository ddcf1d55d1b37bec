"""Whether this machine has a device, and the torch that is installed can use it."""

from typing import Optional

from .architectures import supports

_NO_CODE = ("no kernel image is available", "invalid device function", "device kernel image is invalid")
"""How CUDA says that there is no code for the card."""


def why_missing(device: str) -> Optional[str]:
    """Return why `device` cannot be used with the torch that is installed, or None if it can."""
    if device == "cpu":
        return None
    import torch

    if torch.cuda.is_available():
        return None
    built = torch.version.cuda or getattr(torch.version, "hip", None)
    return "torch sees no CUDA device" if built else "this torch was built without CUDA"


def why_unsupported(device: str) -> Optional[str]:
    """Return why the torch that is installed has no code for the card that `device` is, or None if it has.

    Args:
        device: "cpu", or "cuda" where `why_missing` finds nothing amiss.
    """
    if device == "cpu":
        return None
    import torch

    # ROCm's architectures are no CUDA capabilities, and torch 1.4 and 1.5 do not tell any.
    tell = getattr(torch.cuda, "get_arch_list", None)
    architectures = tell() if tell and torch.version.cuda else []
    if not architectures:
        return _why_failing()
    capability = torch.cuda.get_device_capability(0)
    if supports(architectures, capability):
        return None
    return f"it was built for {' '.join(architectures)}, and the card is sm_{capability[0]}{capability[1]}"


def _why_failing() -> Optional[str]:
    import torch

    try:
        (torch.ones(2, device="cuda:0") + 1).sum().item()
    except RuntimeError as error:
        said = str(error).splitlines()[0]
        if any(words in said for words in _NO_CODE):
            return f"an addition on the card ends with {said}"
        # What else is wrong is no matter of the wheel: the cases will say it.
    return None
