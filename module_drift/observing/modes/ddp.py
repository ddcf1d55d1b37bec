"""DistributedDataParallel in a group of one process, over gloo."""

import sys
import warnings
from typing import Any, Callable

from . import CountingCalls, stays_intact

SINCE = "1.4.0"
VARIABLES = {
    "GLOO_SOCKET_IFNAME": "lo0" if sys.platform == "darwin" else "lo",
    "TORCH_DISTRIBUTED_DEBUG": "OFF",
}
"""No name of the machine is looked up, and messages are not longer than usual."""


class _Ddp(CountingCalls):
    """Wraps each Module, in a process group that is made for the first one and kept as long as the process.

    A group holds nothing of a case. Its end waits for its threads, and they, where they still let go of a tensor, for
    the interpreter: torch 2.13.0 hangs now and then where the end of a wrapper is that of its group.
    """

    def made(self, module: Any, as_it_stands: Callable[..., Any]) -> Callable[..., Any]:
        import torch.distributed

        if not torch.distributed.is_initialized():
            store = torch.distributed.HashStore()  # In memory: no port, no file.
            torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
        return self.counted(torch.nn.parallel.DistributedDataParallel(module))


machinery = _Ddp
is_intact = stays_intact


def refuses(error: BaseException) -> bool:
    """Return whether the wrapper does not take the Module, as where no parameter of it needs a gradient."""
    said = str(error)
    return "DistributedDataParallel is not needed" in said or "can't be used with `DistributedDataParallel`" in said


def raises(error: BaseException) -> bool:
    """Return whether gradients did not arrive as the wrapper waits for them; it tells of indices and of options."""
    return str(error).startswith(("Expected to have finished reduction", "Expected to mark a variable ready"))


def says(warning: warnings.WarningMessage) -> bool:
    """Return whether the warning comes from the sources of the wrapper or of process groups."""
    path = warning.filename.replace("\\", "/")
    return "/torch/distributed/" in path or path.endswith("/torch/nn/parallel/distributed.py")
