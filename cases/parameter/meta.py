"""Parameters that move: from the meta device, into empty memory, between dtypes, and into each other's place."""

import torch
from torch.nn import Linear, Parameter

from module_drift.case import case

from ..shared.models import ScaledPowModel
from ..shared.refusals import refusal, type_of_refusal


@case("parameter/moved-from-the-meta-device", needs="torch.nn.Linear(device)")
def module_on_the_meta_device_is_moved(show, device):
    """A Module on the meta device refuses to be moved by to(), and the message names to_empty."""
    show("to", refusal(Linear(2, 1, device="meta").to, device))


@case("parameter/emptied-by-to-empty", needs="torch.nn.Module.to_empty")
def module_is_emptied(show, device):
    """A Module emptied by to_empty keeps its Parameters, their shapes and requires_grad, but their values are lost."""
    model = Linear(2, 1).to(device)
    model.bias.requires_grad_(False)
    weight = model.weight
    model.to_empty(device=device)
    show("same object", model.weight is weight)
    show("shapes", {name: tuple(parameter.shape) for name, parameter in model.named_parameters()})
    show("requires_grad", {name: parameter.requires_grad for name, parameter in model.named_parameters()})


@case("parameter/cast-to-integers")
def module_is_cast_to_integers(show, device):
    """A Module refuses to be cast to integers, and the message names the kinds of dtype that it accepts."""
    show("to", refusal(ScaledPowModel(device).to, torch.int64))


@case("parameter/cast-to-complex-numbers")
def module_is_cast_to_complex_numbers(show, device):
    """A Module can be cast to complex numbers, with a warning that this is new."""
    model = ScaledPowModel(device)
    # Only the type: torch 1.4 lists its backends in an order that varies.
    show("to", type_of_refusal(model.to, torch.complex64))
    show("dtype", str(model.powParam.dtype))


@case("parameter/swapped-after-backward", needs="torch.utils.swap_tensors")
def parameters_are_swapped_after_a_backward_pass(show, device):
    """Two parameters can be swapped after a backward pass whose output is still held."""
    first, second = (Parameter(torch.tensor(value, device=device)) for value in (1.0, 2.0))
    output = 3 * first
    output.backward()
    show("swap", refusal(torch.utils.swap_tensors, first, second))
    show("first", first.detach())
