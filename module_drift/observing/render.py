"""Renders what a case shows: text as `print` would give it, and the numbers in it at full precision."""

from collections import OrderedDict
from typing import Any, List, Optional, Tuple

import torch


def text(value: Any, device: "torch.device") -> str:
    """Return `value` as `print` shows it, the same on every Python, with the run's own device left out."""
    return value if isinstance(value, str) else _repr(value, device)


def _repr(value: Any, device: "torch.device") -> str:
    def each(values: Any) -> List[str]:
        return [_repr(item, device) for item in values]

    # Exact types: a subclass such as torch.Size or a named tuple has a rendering of its own.
    if type(value) is list:
        return f"[{', '.join(each(value))}]"
    if type(value) is tuple:
        return f"({', '.join(each(value))}{',' if len(value) == 1 else ''})"
    if type(value) is dict:
        return f"{{{', '.join(map(': '.join, zip(each(value), each(value.values()))))}}}"
    if type(value) is OrderedDict:
        return f"OrderedDict({_repr(list(value.items()), device)})"
    shown = repr(value).replace(f", device='{device}'", "")
    if isinstance(value, torch.Tensor) and value.device != device and "device=" not in shown:
        # torch leaves out the CPU even where the run is on another device.
        return f"{shown[:-1]}, device='{value.device}')"
    return shown


def numbers(label: str, values: Tuple[Any, ...]) -> List[List[Any]]:
    """Return the entry of `values` for an observation's numbers, in a list that is empty if they hold none."""
    found, dtypes = _numbers(values)
    if not found:
        return []
    if len(values) == 1:
        (found,), (dtypes,) = found, dtypes
    distinct = set(_flat(dtypes)) - {None}
    if distinct <= {"float32"}:
        return [[label, found]]
    return [[label, found, distinct.pop() if len(distinct) == 1 else dtypes]]


def _numbers(value: Any) -> Tuple[Any, Any]:
    """Return the numbers in `value`, or None, and beside them, nested alike, a dtype for each tensor."""
    if isinstance(value, torch.Tensor):
        return _plain(value.detach().tolist()), str(value.dtype).replace("torch.", "")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value, None
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        pairs = [(found, dtype) for found, dtype in map(_numbers, value) if found is not None]
        return ([found for found, _ in pairs], [dtype for _, dtype in pairs]) if pairs else (None, None)
    return None, None


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return [value.real, value.imag] if isinstance(value, complex) else value


def _flat(nested: Any) -> List[Optional[str]]:
    return [item for part in nested for item in _flat(part)] if isinstance(nested, list) else [nested]
