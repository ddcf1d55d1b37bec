"""torch.jit.trace: what the first call does is recorded, and replayed by all others."""

import inspect
import traceback
import warnings
from typing import Any, Callable, Dict, List, Optional

from . import Machinery, stays_intact

SINCE = "1.4.0"
VARIABLES: Dict[str, Optional[str]] = {"PYTORCH_JIT": None}
"""With which people have torch.jit do nothing."""


class TorchScript(Machinery):
    """What the modes of TorchScript share: no class or function that was compiled before is known in a case."""

    _went = 0

    def __enter__(self) -> "TorchScript":
        self._forget()
        return self

    def __exit__(self, *error: Any) -> None:
        self._forget()

    @staticmethod
    def _forget() -> None:
        # As upstream's own tests do. What is kept for a class, such as Linear, are its methods with all that runs of
        # them have taught the executor: what the next Module of it shows would depend on them.
        import torch

        torch._C._set_tracing_state(None)
        torch._C._jit_clear_class_registry()
        recursive: Any = torch.jit._recursive
        recursive.concrete_type_store = recursive.ConcreteTypeStore()
        state: Any = getattr(torch.jit, "_state", None)  # Since 1.6.
        if hasattr(state, "_clear_class_state"):
            state._clear_class_state()

    def compiled(self, make: Callable[[], Any]) -> Callable[..., Any]:
        """Return what calls what `make` returns, which is made now, and counts both."""
        self._went += 1
        script = made_by(make)

        def call(*arguments: Any, **keywords: Any) -> Any:
            self._went += 1
            return called(script, arguments, keywords)

        return call

    def went_through(self) -> int:
        """Return how often something was compiled, also where that came to nothing, or called."""
        return self._went

    @staticmethod
    def untraced(function: Callable[..., Any]) -> Callable[..., Any]:
        """As in `Machinery`. The values that are traced are there, as for one who prints them in forward."""
        import torch

        def without_tracer(*arguments: Any, **keywords: Any) -> Any:
            state = torch._C._get_tracing_state()
            torch._C._set_tracing_state(None)
            try:
                return function(*arguments, **keywords)
            finally:
                torch._C._set_tracing_state(state)

        return without_tracer


def made_by(make: Callable[[], Any]) -> Any:
    """Return `make()`; by this function's place in a traceback, an error tells that nothing came of it."""
    return make()


def called(script: Callable[..., Any], arguments: Any, keywords: Any) -> Any:
    """Return what `script` returns; by this function's place in a traceback, an error tells that it runs there."""
    return script(*arguments, **keywords)


class _Trace(TorchScript):
    """Traces each Module with what it is first called with."""

    def made(self, module: Any, as_it_stands: Callable[..., Any]) -> Callable[..., Any]:
        """As in `Machinery`."""
        import torch

        made: List[Callable[..., Any]] = []

        def call(*arguments: Any, **keywords: Any) -> Any:
            if not made:
                given: Dict[str, Any] = {"example_inputs": arguments}
                if keywords:  # It takes either; and none of those by keyword in releases that refuse this.
                    names = inspect.signature(module.forward).parameters
                    given = {"example_kwarg_inputs": {**dict(zip(names, arguments)), **keywords}}
                made.append(self.compiled(lambda: torch.jit.trace(module, **given)))
            return made[0](*arguments, **keywords)

        return call


machinery = _Trace
is_intact = stays_intact

_OF_THE_TRACER = ("Cannot insert a Tensor that requires grad as a constant", "Tracing can't be nested")
"""How messages begin that the tracer raises within a forward which it runs."""


def refuses(error: BaseException) -> bool:
    """Return whether the tracer does not take the Module; what the Module raises by itself while traced is its own."""
    codes = codes_of(error)
    if made_by.__code__ not in codes:
        return False
    within = codes[codes.index(made_by.__code__) :]
    is_of_the_module = any(code.co_filename.replace("\\", "/").endswith("/nn/modules/module.py") for code in within)
    return not is_of_the_module or str(error).startswith(_OF_THE_TRACER)


def raises(error: BaseException) -> bool:
    """Return whether TorchScript raised the error while it ran: its words hold source, and names that are counted."""
    return called.__code__ in codes_of(error)


def codes_of(error: BaseException) -> List[Any]:
    """Return the code of what was called when the error was raised, from outside in."""
    return [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]


def says(warning: warnings.WarningMessage) -> bool:
    """Return whether the warning comes from the sources of TorchScript, or is the tracer's."""
    return "/torch/jit/" in warning.filename.replace("\\", "/") or warning.category.__name__ == "TracerWarning"
