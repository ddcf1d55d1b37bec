"""Section "Functional": what Linear takes and refuses, in its making and in its input."""

import torch
from torch.nn import BatchNorm1d, Linear

from module_drift.case import case

from ..shared.refusals import refusal, type_of_refusal


@case("functional/linear-refuses-another-size")
def linear_refuses_another_size(show, device):
    """The error of a Linear for an input of another size names the shapes that cannot be multiplied."""
    linear = Linear(in_features=2, out_features=3).to(device)
    show("raises", refusal(linear, torch.ones(4, 5, device=device)))


@case("functional/linear-refuses-another-dtype")
def linear_refuses_another_dtype(show, device):
    """The error of a Linear for an input of another dtype names that dtype and the one of the weight."""
    linear = Linear(in_features=2, out_features=3).to(device)
    show("raises", refusal(linear, torch.ones(4, 2, dtype=torch.float64, device=device)))


@case("functional/linear-without-inputs")
def linear_without_inputs(show, device):
    """A Linear of no inputs can be made, with a warning that there is no weight to initialise."""
    show("raises", type_of_refusal(lambda: Linear(in_features=0, out_features=3).to(device)))


@case("functional/modules-made-with-device-and-dtype", needs="torch.nn.Linear(device)")
def modules_made_with_device_and_dtype(show, device):
    """Modules make parameters and buffers of the dtype they are told, but for a count, which stays an integer."""
    for module in (
        Linear(in_features=2, out_features=3, device=device, dtype=torch.float64),
        BatchNorm1d(2, device=device, dtype=torch.float64),
    ):
        show(type(module).__name__, {name: tensor.dtype for name, tensor in module.state_dict().items()})
