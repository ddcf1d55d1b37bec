"""torch.nn.DataParallel: on the CPU, a wrapper that splits no batch."""

import contextlib
from typing import Any, Callable, Dict
from unittest import mock

from . import CountingCalls, none_of_its_own, stays_intact

SINCE = "1.4.0"
VARIABLES: Dict[str, str] = {}


class _DataParallel(CountingCalls):
    """Wraps each Module."""

    def made(self, module: Any, as_it_stands: Callable[..., Any]) -> Callable[..., Any]:
        import torch

        with _as_if_without_cards(module):
            return self.counted(torch.nn.DataParallel(module))


def _as_if_without_cards(module: Any) -> Any:
    # Where there is a card, the wrapper would move a Module of the CPU onto it.
    import torch

    if any(tensor.is_cuda for tensor in [*module.parameters(), *module.buffers()]):
        return contextlib.nullcontext()
    return mock.patch.object(torch.cuda, "is_available", return_value=False)


machinery = _DataParallel
refuses = raises = says = none_of_its_own
is_intact = stays_intact
