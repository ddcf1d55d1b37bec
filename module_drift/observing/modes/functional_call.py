"""torch.func.functional_call with the parameters and buffers that the Module has at the call."""

from typing import Any, Callable, Dict

from . import CountingCalls, none_of_its_own, stays_intact

SINCE = "2.0.0"
VARIABLES: Dict[str, str] = {}


class _FunctionalCall(CountingCalls):
    """Calls each Module with its own parameters and buffers, as arguments."""

    def made(self, module: Any, as_it_stands: Callable[..., Any]) -> Callable[..., Any]:
        from torch.func import functional_call

        def call(*arguments: Any, **keywords: Any) -> Any:
            state = {**dict(module.named_parameters()), **dict(module.named_buffers())}
            return functional_call(module, state, arguments, keywords)

        return self.counted(call)


machinery = _FunctionalCall


def refuses(error: BaseException) -> bool:
    """Return whether the Module is of TorchScript, whose state cannot be exchanged."""
    return "stateless API can't be used with Jitted modules" in str(error)


raises = says = none_of_its_own
is_intact = stays_intact
