"""torch.jit.script: forward, and all that it calls, is compiled from its source."""

from typing import Any, Callable

from . import stays_intact
from .trace import VARIABLES, TorchScript, codes_of, made_by, raises, says

SINCE = "1.4.0"

__all__ = ["SINCE", "VARIABLES", "is_intact", "machinery", "raises", "refuses", "says"]


class _Script(TorchScript):
    """Compiles each Module."""

    def made(self, module: Any, as_it_stands: Callable[..., Any]) -> Callable[..., Any]:
        """As in `Machinery`."""
        import torch

        return self.compiled(lambda: torch.jit.script(module))


machinery = _Script
is_intact = stays_intact


def refuses(error: BaseException) -> bool:
    """Return whether the Module cannot be compiled; nothing of it has run by then."""
    return made_by.__code__ in codes_of(error)
