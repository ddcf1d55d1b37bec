"""Parameters that are computed from others: torch.nn.utils.parametrize and weight_norm."""

import copy

import torch
from torch.nn import Linear, Module, Parameter

from module_drift.case import case

from .refusals import refusal


class _Doubled(Module):
    """A parametrization with an inverse: twice the parameter that is kept."""

    def forward(self, kept):
        return 2 * kept

    def right_inverse(self, wanted):
        return wanted / 2


def _scale(device):
    model = Module()
    model.scale = Parameter(torch.tensor(3.0, device=device))
    return model


def _doubled_scale(device):
    return torch.nn.utils.parametrize.register_parametrization(_scale(device), "scale", _Doubled())


def _names(model):
    return [name for name, _ in model.named_parameters()]


@case("parameter/parametrized-by-what-has-an-inverse", needs="torch.nn.utils.parametrize.register_parametrization")
def parametrization_with_an_inverse_is_registered(show, device):
    """A parametrization that has a right_inverse leaves the value as it was, and keeps the inverse of it."""
    model = _doubled_scale(device)
    show("scale", model.scale.detach())
    show("kept", model.parametrizations.scale.original.detach())


@case("parameter/deepcopy-of-a-parametrized-module", needs="torch.nn.utils.parametrize.register_parametrization")
def parametrized_module_is_copied(show, device):
    """A parametrized Module can be deep-copied."""
    show("deepcopy", refusal(copy.deepcopy, _doubled_scale(device)))


@case("parameter/weight-norm-by-a-hook")
def weight_norm_by_a_hook(show, device):
    """The weight_norm of torch.nn.utils is deprecated, and keeps the weight as weight_g and weight_v."""
    show("names", _names(torch.nn.utils.weight_norm(Linear(3, 2).to(device))))


@case("parameter/weight-norm-loads-a-state-of-the-old-one", needs="torch.nn.utils.parametrizations.weight_norm")
def weight_norm_by_a_parametrization_loads_a_state_of_that_by_a_hook(show, device):
    """The weight_norm of torch.nn.utils.parametrizations has other names, and loads a state of the old names."""
    model = torch.nn.utils.parametrizations.weight_norm(Linear(2, 1).to(device))
    state = {
        "bias": torch.zeros(1, device=device),
        "weight_g": torch.full((1, 1), 10.0, device=device),
        "weight_v": torch.tensor([[3.0, 4.0]], device=device),
    }
    model.load_state_dict(state)
    show("names", _names(model))
    show("weight", model.weight.detach())
