"""torch.utils.checkpoint without reentrant autograd: forward runs again in backward, as far as that needs it."""

import warnings
from typing import Any, Callable, Dict

from . import CountingCalls, none_of_its_own

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


refuses = raises = none_of_its_own


def says(warning: warnings.WarningMessage) -> bool:
    """Return whether the warning comes from the source of checkpoint."""
    return warning.filename.replace("\\", "/").endswith("/torch/utils/checkpoint.py")
