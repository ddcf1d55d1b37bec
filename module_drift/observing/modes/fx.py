"""torch.fx.symbolic_trace: forward runs once, with proxies, and what they went through is called from then on."""

import contextlib
import sys
import warnings
from typing import Any, Callable, Dict, Iterator, Tuple

from . import MadeAtFirstCall, is_of_attributes, none_of_its_own, stays_intact

SINCE = "1.8.0"
VARIABLES: Dict[str, str] = {}


_MOST_NODES = 1000
"""No graph of a case has more, but one that grows without end: looking for a tensor in a proxy, legacy backward hooks
take what is at 0 in it, and in that, and so on."""


class EndlessError(Exception):
    """The tracing was ended, since it never would have."""


class _Fx(MadeAtFirstCall):
    """Traces each Module."""

    def make(self, module: Any, arguments: Tuple[Any, ...], keywords: Dict[str, Any]) -> Callable[..., Any]:
        """As in `MadeAtFirstCall`; the arguments are not asked."""
        from torch import fx

        with _that_ends(fx.Graph):
            traced: Callable[..., Any] = fx.symbolic_trace(module)
        return traced

    @staticmethod
    def is_only_traced(value: Any) -> bool:
        """As in `Machinery`."""
        proxies = sys.modules.get("torch.fx.proxy")
        return proxies is not None and isinstance(value, proxies.Proxy)


@contextlib.contextmanager
def _that_ends(graphs: Any) -> Iterator[None]:
    create, left = graphs.create_node, _MOST_NODES

    def create_counted(graph: Any, *arguments: Any, **keywords: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise EndlessError
        return create(graph, *arguments, **keywords)

    graphs.create_node = create_counted
    try:
        yield
    finally:
        graphs.create_node = create


machinery = _Fx


refuses = none_of_its_own


def raises(error: BaseException) -> bool:
    """Return whether what was traced is called with other arguments than the forward that was written for it has."""
    return isinstance(error, TypeError) and str(error).startswith("forward() ")


is_intact = stays_intact


def says(warning: warnings.WarningMessage) -> bool:
    """Return whether the warning comes from the sources of fx, or from its looking for names."""
    return is_of_attributes(warning) or "/torch/fx/" in warning.filename.replace("\\", "/")
