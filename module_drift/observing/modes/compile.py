"""torch.compile with a backend that runs the graphs as they are: what dynamo alone does to a Module."""

import sys
import warnings
from typing import Any, Callable, Optional

from . import Machinery, is_of_attributes, stays_intact

SINCE = "2.0.0"
VARIABLES = {"TORCHINDUCTOR_COMPILE_THREADS": "1", "TORCHDYNAMO_DISABLE": None, "TORCH_COMPILE_DISABLE": None}
"""Or inductor, which dynamo imports, starts processes that wait for work; or people had torch.compile do nothing."""

_LIMITS = ("cache_size_limit", "accumulated_cache_size_limit", "recompile_limit", "accumulated_recompile_limit")
"""After so many compilations of one function, dynamo says nothing and calls it as it stands."""

_SETTINGS = {**dict.fromkeys(_LIMITS, 10**6), "enable_cpp_symbolic_shape_guards": False}
"""What is set in dynamo's configuration, where it has it. Guards on shapes need a C++ compiler and setuptools, or what
is guarded fails where these are not: what a Module does is not to depend on them."""

_MEASURE = "profile_guard_manager"
"""Some releases measure how long the guards of each graph take, with all caches flushed before: a third of the time."""

_REFUSALS = ("Unsupported", "InternalTorchDynamoError", "BackendCompilerFailed")


class Compile(Machinery):
    """Compiles each Module, with empty caches before and after.

    Args:
        backend: what compiles the graphs; by default they are run as they are.
    """

    _before = 0
    _after: Optional[int] = None
    _measure: Optional[Callable[..., float]] = None

    def __init__(self, backend: Optional[str] = None):
        self._backend = backend

    def __enter__(self) -> "Compile":
        import torch._dynamo as dynamo
        from torch._dynamo import guards, mutation_guard
        from torch.utils.hooks import RemovableHandle

        self._settings = {name: getattr(dynamo.config, name) for name in _SETTINGS if hasattr(dynamo.config, name)}
        dynamo.reset()
        # What its reset leaves: the classes whose attributes it saw changing, which it then guards better; and the
        # numbers of hooks, by which guards of some releases fail, and say them.
        mutation_guard.GenerationTracker.dynamic_classes.clear()
        RemovableHandle.next_id = 0
        self._before, self._after = _traced(), None
        for name in self._settings:
            setattr(dynamo.config, name, _SETTINGS[name])
        self._measure = vars(guards).get(_MEASURE)
        if self._measure:
            setattr(guards, _MEASURE, _measured)
        return self

    def __exit__(self, *error: Any) -> None:
        import torch._dynamo as dynamo
        from torch._dynamo import guards

        self._after = _traced()
        if self._measure:
            setattr(guards, _MEASURE, self._measure)
        for name, value in self._settings.items():
            setattr(dynamo.config, name, value)
        dynamo.reset()

    def made(self, module: Any, as_it_stands: Callable[..., Any]) -> Callable[..., Any]:
        """As in `Machinery`."""
        import torch

        compiled: Callable[..., Any] = torch.compile(module, backend=self._backend or self._run_as_it_is)
        return compiled

    @staticmethod
    def _run_as_it_is(graph: Any, _: Any) -> Callable[..., Any]:
        forward: Callable[..., Any] = graph.forward
        return forward

    @staticmethod
    def is_tracing() -> bool:
        """As in `Machinery`."""
        import torch

        return bool(torch._dynamo.is_compiling())

    @staticmethod
    def is_only_traced(value: Any) -> bool:
        """As in `Machinery`; some releases let tensors without values out of a call."""
        from torch._subclasses.fake_tensor import FakeTensor

        return isinstance(value, FakeTensor)

    @staticmethod
    def untraced(function: Callable[..., Any]) -> Callable[..., Any]:
        """As in `Machinery`."""
        import torch._dynamo as dynamo

        hidden: Callable[..., Any] = dynamo.disable(function)
        return hidden

    def went_through(self) -> int:
        """As in `Machinery`."""
        return (_traced() if self._after is None else self._after) - self._before


machinery = Compile
is_intact = stays_intact


def _traced() -> int:
    """Return how many functions dynamo has traced so far, also where that came to nothing."""
    from torch._dynamo.utils import counters

    return int(counters["frames"]["total"])


def _measured(*_: Any) -> float:
    return 0.0  # Microseconds, which dynamo but logs.


def refuses(error: BaseException) -> bool:
    """Return whether dynamo says that it cannot compile a Module."""
    return raises(error) and type(error).__name__ in _REFUSALS


def raises(error: BaseException) -> bool:
    """Return whether the error is dynamo's own, as where tensors without values fail to be computed with."""
    return isinstance(error, sys.modules["torch._dynamo.exc"].TorchDynamoException)


def says(warning: warnings.WarningMessage) -> bool:
    """Return whether the warning is from the sources of dynamo or graphs, or of torch.compile or attributes."""
    path = warning.filename.replace("\\", "/")
    of_it = any(f"/torch/{folder}/" in path for folder in ("_dynamo", "fx", "_inductor", "_functorch"))
    return of_it or is_of_attributes(warning) or "torch.compile" in str(warning.message)
