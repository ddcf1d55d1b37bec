"""Parameters that are computed from others: torch.nn.utils.parametrize and weight_norm."""

import copy

import torch
from torch.nn import Linear, Module, Parameter

from module_drift.case import case

from ..shared.refusals import refusal, refusal_on_one_line


class _Doubled(Module):
    """A parametrization with an inverse: twice the parameter that is kept."""

    def forward(self, kept):
        return 2 * kept

    def right_inverse(self, wanted):
        return wanted / 2


class _Squared(Module):
    """A parametrization without an inverse: the square of the parameter that is kept."""

    def forward(self, kept):
        return kept**2


class _Repeated(Module):
    """A parametrization that changes the shape: the parameter that is kept, twice."""

    def forward(self, kept):
        return torch.stack([kept, kept])


def _scale(device):
    model = Module()
    model.scale = Parameter(torch.tensor(3.0, device=device))
    return model


def _parametrized_scale(parametrization, device):
    return torch.nn.utils.parametrize.register_parametrization(_scale(device), "scale", parametrization)


def _names(model):
    return [name for name, _ in model.named_parameters()]


@case("parameter/parametrized-by-what-has-an-inverse", needs="torch.nn.utils.parametrize.register_parametrization")
def parametrization_with_an_inverse_is_registered(show, device):
    """A parametrization that has a right_inverse leaves the value as it was, and keeps the inverse of it."""
    model = _parametrized_scale(_Doubled(), device)
    show("scale", model.scale.detach())
    show("kept", model.parametrizations.scale.original.detach())


@case("parameter/deepcopy-of-a-parametrized-module", needs="torch.nn.utils.parametrize.register_parametrization")
def parametrized_module_is_copied(show, device):
    """A parametrized Module can be deep-copied."""
    show("deepcopy", refusal(copy.deepcopy, _parametrized_scale(_Doubled(), device)))


@case("parameter/parametrized-by-what-changes-the-shape", needs="torch.nn.utils.parametrize.register_parametrization")
def parametrization_that_changes_the_shape_is_registered(show, device):
    """A parametrization that changes the shape is refused with a ValueError that names the two shapes."""
    show("raises", refusal_on_one_line(lambda: _parametrized_scale(_Repeated(), device).scale))


@case("parameter/set-where-parametrized-without-inverse", needs="torch.nn.utils.parametrize.register_parametrization")
def parameter_that_is_parametrized_without_an_inverse_is_set(show, device):
    """A parametrized parameter cannot be set if its parametrization has no right_inverse."""
    model = _parametrized_scale(_Squared(), device)
    show("raises", refusal(setattr, model, "scale", torch.tensor(16.0, device=device)))


@case("parameter/parametrization-removed", needs="torch.nn.utils.parametrize.remove_parametrizations")
def parametrization_is_removed(show, device):
    """Removing a parametrization leaves what it computed or what it kept, and moves the parameter to the end."""
    for leave in True, False:
        model = _parametrized_scale(_Squared(), device)
        model.shift = Parameter(torch.tensor(1.0, device=device))
        torch.nn.utils.parametrize.remove_parametrizations(model, "scale", leave_parametrized=leave)
        show(f"scale, leave_parametrized={leave}", model.scale.detach())
    show("names", _names(model))


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


@case("parameter/spectral-norm-loads-a-state-of-the-old-one", needs="torch.nn.utils.parametrizations.spectral_norm")
def spectral_norm_by_a_parametrization_loads_a_state_of_that_by_a_hook(show, device):
    """The spectral_norm of torch.nn.utils.parametrizations has other names, and refuses a state of the old names."""
    old = torch.nn.utils.spectral_norm(Linear(2, 1, bias=False).to(device))
    new = torch.nn.utils.parametrizations.spectral_norm(Linear(2, 1, bias=False).to(device))
    show("raises", refusal_on_one_line(new.load_state_dict, old.state_dict()))
