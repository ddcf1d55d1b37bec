"""torch.utils.checkpoint with reentrant autograd, its first variant: forward runs without grad, then in backward."""

import inspect
from typing import Dict

from .checkpoint import Checkpoint, raises, refuses, says

SINCE = "1.4.0"
VARIABLES: Dict[str, str] = {}

__all__ = ["SINCE", "VARIABLES", "is_intact", "machinery", "raises", "refuses", "says"]


def machinery() -> Checkpoint:
    """Return what calls Modules through checkpoint in the variant that it had alone before 1.11."""
    from torch.utils.checkpoint import checkpoint

    has_others = "use_reentrant" in inspect.signature(checkpoint).parameters
    return Checkpoint(use_reentrant=True) if has_others else Checkpoint()


def is_intact() -> bool:
    """As in `modes`: after a backward pass that raised under torch.autograd.grad, some releases refuse all others."""
    import torch

    x = torch.ones((), requires_grad=True)
    try:
        machinery().made(None, torch.neg)(x).backward()
    except RuntimeError:
        return False
    return True
