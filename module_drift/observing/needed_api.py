"""Whether an API of torch exists in the torch that is installed."""

import importlib
import inspect
from typing import Any


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
    return not parameter or _takes(found, parameter)


def _takes(function: Any, parameter: str) -> bool:
    try:
        return parameter in inspect.signature(function).parameters
    except ValueError:  # Written in C, which says what it takes in its documentation alone.
        return f"{parameter}=" in (function.__doc__ or "").strip().partition("\n")[0]
