"""The devices a run can be on, and whether this machine has them."""

from typing import Optional

DEVICES = ("cpu", "cuda")


def why_missing(device: str) -> Optional[str]:
    """Return why `device` cannot be used with the torch that is installed, or None if it can."""
    if device == "cpu":
        return None
    import torch

    if torch.cuda.is_available():
        return None
    built = torch.version.cuda or getattr(torch.version, "hip", None)
    return "torch sees no CUDA device" if built else "this torch was built without CUDA"
