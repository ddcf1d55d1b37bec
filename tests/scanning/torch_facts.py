"""Answers, in a process of its own, what the torch at hand has: each line is a list of questions, as JSON.

A process of its own, since to look at optimizers imports more of torch than the other tests should see.
"""

import contextlib
import importlib
import io
import json
import sys
import warnings
from pathlib import Path
from typing import Any, Dict, List

import torch

from tools import torch_names

MADE = {
    **{f"torch.nn.{name}": lambda: torch.nn.BatchNorm2d(1) for name in ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d")},
    "torch.Tensor": lambda: torch.ones(1, requires_grad=True).sum(),
    "torch.nn.Module": lambda: torch.nn.Linear(1, 1),
    "torch.autograd.graph.Node": lambda: torch.ones(1, requires_grad=True).sum().grad_fn,
}
"""Objects of classes that have attributes only when they are made."""


def resolved(name: str) -> Any:
    """Return what a qualified name leads to.

    Raises:
        AttributeError: torch has no such thing.
    """
    owner, _, last = name.rpartition(".")
    if not owner:
        return importlib.import_module(name)
    with contextlib.suppress(AttributeError):
        return getattr(resolved(owner), last)
    try:  # A function may hide the module of its name.
        return getattr(importlib.import_module(owner), last)
    except ImportError:
        raise AttributeError(name) from None


def has(owner: str, member: str) -> bool:
    """Return whether a class, or an object of it, has a member."""
    return hasattr(resolved(owner), member) or (owner in MADE and hasattr(MADE[owner](), member))


def derives(name: str, base: str) -> bool:
    """Return whether a class derives from another."""
    return issubclass(resolved(name), resolved(base))


def is_there(name: str) -> bool:
    """Return whether torch has something of this qualified name."""
    try:
        resolved(name)
    except AttributeError:
        owner, _, member = name.rpartition(".")
        return owner in MADE and has(owner, member)
    return True


def chained(method: str) -> bool:
    """Return whether a method of a Module returns the Module itself."""
    net = torch.nn.Linear(1, 1)
    arguments: Dict[str, List[Any]] = {"apply": [print], "type": [torch.float32], "cuda": []}
    if method == "cuda":
        return "return self._apply(" in Path(torch.nn.modules.module.__file__).read_text(encoding="utf-8")
    with contextlib.redirect_stdout(io.StringIO()):
        return getattr(net, method)(*arguments.get(method, [])) is net


ANSWERS = {
    "is_there": is_there,
    "is_class": lambda name: isinstance(resolved(name), type),
    "is_same": lambda one, other: resolved(one) is resolved(other),
    "has": has,
    "derives": derives,
    "chained": chained,
    "data": torch_names.data,
}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        print(json.dumps([ANSWERS[question](*about) for question, *about in json.loads(line)]), flush=True)
