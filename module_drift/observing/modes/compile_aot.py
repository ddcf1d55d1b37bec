"""torch.compile with AOTAutograd, which traces backward ahead of time, and no compiler behind it."""

import inspect

from .compile import SINCE, VARIABLES, Compile, is_intact, raises, refuses, says

__all__ = ["SINCE", "VARIABLES", "is_intact", "machinery", "raises", "refuses", "says"]


class _CompileAot(Compile):
    """Compiles with a backend that knows nothing of those that it compiled before."""

    def __init__(self) -> None:
        super().__init__(backend="aot_eager")

    def __enter__(self) -> "_CompileAot":
        from torch._dynamo.backends import debugging

        super().__enter__()
        backend = debugging.aot_eager
        # Some releases wrap what compiled the last backward pass for the next one, until it nests too deeply.
        options = getattr(backend, "kwargs", None) or inspect.getclosurevars(backend).nonlocals.get("kwargs", {})
        options.pop("bw_compiler", None)
        return self


machinery = _CompileAot
