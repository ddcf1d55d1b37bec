"""Whether an API of torch exists in the torch that is installed."""

import importlib
import inspect


def exists(name: str) -> bool:
    """Return whether `name` exists: "torch.func.functional_call", or a parameter, "torch.load(weights_only)"."""
    dotted, _, parameter = name.rstrip(")").partition("(")
    first, *rest = dotted.split(".")
    found = importlib.import_module(first)
    path = first
    for part in rest:
        path = f"{path}.{part}"
        try:
            found = getattr(found, part)
        except AttributeError:
            try:
                found = importlib.import_module(path)
            except ImportError:
                return False
    return not parameter or parameter in inspect.signature(found).parameters  # type: ignore[arg-type]
