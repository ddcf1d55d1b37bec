"""torch.utils.checkpoint without reentrant autograd: forward runs again in backward, as far as that needs it."""

import warnings
from typing import Any, Callable, Dict

from . import CountingCalls, none_of_its_own, stays_intact

SINCE = "1.11.0"
VARIABLES: Dict[str, str] = {}


class Checkpoint(CountingCalls):
    """Calls each Module through checkpoint.

    Args:
        options: what checkpoint is told beside.
    """

    def __init__(self, **options: Any):
        self._options = options

    def made(self, module: Any, as_it_stands: Callable[..., Any]) -> Callable[..., Any]:
        """As in `Machinery`."""
        from torch.utils.checkpoint import checkpoint

        # Not the Module itself: that backward calls it again is no call of the case.
        function = self.counted(as_it_stands)
        return lambda *arguments, **keywords: checkpoint(function, *arguments, **self._options, **keywords)


def machinery() -> Checkpoint:
    """Return what calls Modules through checkpoint in the variant that upstream recommends."""
    return Checkpoint(use_reentrant=False)


def refuses(error: BaseException) -> bool:
    """Return whether the Module was called with keywords, which checkpoint does not pass on in this variant or yet."""
    return isinstance(error, ValueError) and str(error).startswith("Unexpected keyword arguments: ")


raises = none_of_its_own
is_intact = stays_intact


def says(warning: warnings.WarningMessage) -> bool:
    """Return whether the warning comes from checkpoint, or is what its autocast says where there is no CUDA."""
    is_of_autocast = str(warning.message).startswith("User provided device_type of 'cuda', but CUDA is not available")
    return is_of_autocast or warning.filename.replace("\\", "/").endswith("/torch/utils/checkpoint.py")
