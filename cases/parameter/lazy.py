"""Parameters that are no plain tensors of known shape: uninitialised, lazy, and of classes of one's own."""

import copy

import torch
from torch.nn import Linear, Module, Parameter

from module_drift.case import case

from ..shared.refusals import refusal, type_of_refusal


class _Named(Parameter):
    """A kind of Parameter that takes what a Parameter takes."""


class _Marked(torch.Tensor):
    """A kind of tensor that adds nothing."""


# Uninitialised.


@case("parameter/deepcopy-of-an-uninitialized-parameter", needs="torch.nn.parameter.UninitializedParameter")
def uninitialized_parameter_is_copied(show, device):
    """An uninitialized parameter can be deep-copied."""
    parameter = torch.nn.parameter.UninitializedParameter().to(device)
    # Only the type: what fails is a call of __new__, in words of Python.
    show("deepcopy", type_of_refusal(copy.deepcopy, parameter))


# Lazy.


@case("parameter/lazy-linear-called-with-a-keyword", needs="torch.nn.LazyLinear")
def lazy_linear_is_first_called_with_a_keyword(show, device):
    """A LazyLinear can be called the first time with its input as a keyword argument, and becomes a Linear."""
    lazy = torch.nn.LazyLinear(2).to(device)
    show("call", type_of_refusal(lambda: lazy(input=torch.ones(1, 3, device=device))))
    show("type", type(lazy).__name__)


@case("parameter/lazy-linear-that-loaded-a-state", needs="torch.nn.LazyLinear(device)")
def lazy_linear_loads_the_state_of_a_linear(show, device):
    """A LazyLinear that loaded the state of a Linear finds its number of inputs when it is first called."""
    lazy = torch.nn.LazyLinear(2, device=device)
    lazy.load_state_dict(Linear(3, 2).to(device).state_dict())
    lazy(torch.ones(1, 3, device=device))
    show("type", type(lazy).__name__)
    show("in_features", lazy.in_features)


# Of classes of one's own.


@case("parameter/of-a-tensor-subclass", needs="torch.Tensor.as_subclass")
def parameter_of_a_tensor_of_an_own_class(show, device):
    """A Parameter made of a tensor of an own class keeps that class, and is registered as any Parameter."""
    model = Module()
    model.weight = Parameter(torch.ones(2, device=device).as_subclass(_Marked))
    show("type", type(model.weight).__name__)
    show("is a Parameter", isinstance(model.weight, Parameter))
    show("names", [name for name, _ in model.named_parameters()])


@case("parameter/of-a-parameter-subclass")
def parameter_of_a_parameter_of_an_own_class(show, device):
    """A Parameter cannot be made of a Parameter of an own class, because detach does not keep that class."""
    own = _Named(torch.ones(2, device=device))
    show("Parameter", refusal(Parameter, own))
