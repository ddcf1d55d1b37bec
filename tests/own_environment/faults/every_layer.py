"""Faults of all layers of torch.nn alike, and of how attention and recurrence treat their parts."""

import inspect

import torch
from torch import nn
from torch.nn import MultiheadAttention
from torch.nn import functional as F
from torch.nn.modules import rnn

from .fault import fault
from .injection import edit, results


def _layers():
    """Yield the classes of torch.nn that are Modules."""
    for name in sorted(vars(nn)):
        kind = getattr(nn, name)
        if isinstance(kind, type) and issubclass(kind, nn.Module):
            yield kind


@fault("layer/*-arguments")
def each_constructor_takes_one_argument_more(patch):
    """Each class of torch.nn says that it takes one argument more than it does."""
    more = inspect.Parameter("more", inspect.Parameter.KEYWORD_ONLY, default=None)
    for function in {kind.__init__ for kind in _layers()}:
        taken = inspect.signature(function)
        parameters = list(taken.parameters.values())
        at = len(parameters) - (parameters[-1].kind is inspect.Parameter.VAR_KEYWORD)
        changed = taken.replace(parameters=[*parameters[:at], more, *parameters[at:]])
        patch.setattr(function, "__signature__", changed, raising=False)


@fault(
    "layer/*-anatomy",
    shows=r"(?m)\b[A-Z]\w*\(",
)
def a_module_is_printed_with_its_package(patch):
    """The name of a class in what a Module is printed as has its package before it."""
    results(patch, nn.Module, "_get_name", lambda name: f"nn.{name}")


@fault("layer/*-initial-values")
def a_seed_is_taken_once(patch):
    """A second manual_seed with the same seed is left out."""
