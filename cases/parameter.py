"""Section "Parameter" of the article: the tensors of a Module that training moves."""

import torch
from torch.nn import Module, Parameter

from module_drift.case import case

from .models import (
    PowLogModel,
    PowModel,
    ScaledLogModel,
    ScaledPowModel,
    descend,
    differentiate,
    scaled_pow_log_model,
    show_parameters,
)


class _ParameterInDict(PowModel):
    """Keeps its parameter in a plain dictionary, where the Module does not see it."""

    def __init__(self, device):
        super().__init__()
        self.powParamDict = {"powParam": Parameter(torch.tensor(1.0, device=device))}

    def forward(self, x, q):
        return self.powParamDict["powParam"] * super().forward(x, q)


class _Twice(PowLogModel):
    """The mean of the chain used twice, with the same children both times."""

    def forward(self, x, q):
        return (super().forward(x, q) + super().forward(x, q)) / 2


class _TwoChains(Module):
    """The mean of two chains that share nothing."""

    def __init__(self, device):
        super().__init__()
        self.powModel1 = ScaledPowModel(device)
        self.logModel1 = ScaledLogModel(device)
        self.powModel2 = ScaledPowModel(device)
        self.logModel2 = ScaledLogModel(device)

    def forward(self, x, q):
        first = self.logModel1(self.powModel1(x, q))
        second = self.logModel2(self.powModel2(x, q))
        return (first + second) / 2


@case("parameter/code-1")
def parameters_set_as_attributes_are_registered(show, device):
    """Parameters that are set as attributes of children are known to the parent, and receive gradients."""
    model = scaled_pow_log_model(device)
    differentiate(show, model, device)()
    show_parameters(show, model)


@case("parameter/code-2")
def parameter_in_a_plain_dict_is_not_registered(show, device):
    """A Parameter kept in a plain dictionary takes part in the computation, but the Module does not know it."""
    model = PowLogModel(_ParameterInDict(device), ScaledLogModel(device))
    differentiate(show, model, device)()
    show_parameters(show, model)


@case("parameter/code-3")
def gradient_descent_over_named_parameters(show, device):
    """Ten steps of gradient descent over named_parameters move both parameters towards the target."""
    descend(show, scaled_pow_log_model(device))


@case("parameter/code-4")
def module_used_twice_adds_up_its_gradients(show, device):
    """Children used twice are counted once, and their gradients add up: halved, the steps are the same."""
    descend(show, _Twice(ScaledPowModel(device), ScaledLogModel(device)))


@case("parameter/code-5")
def separate_modules_split_the_gradient(show, device):
    """Twice as many children that share nothing receive half the gradient each, and move more slowly."""
    descend(show, _TwoChains(device))
