"""Section "Functional": the first values of a Linear."""

import torch
from torch.nn import Linear

from module_drift.case import case

from ..shared.initialisation import in_percent


@case("functional/linear-first-values")
def first_values_of_a_linear(show, device):
    """The first values of weight and bias of a Linear lie between minus and plus 1 / sqrt(inputs), and fill that."""
    torch.manual_seed(1)
    for inputs in (1, 4):
        linear = Linear(inputs, 4096).to(device)
        for name, parameter in linear.named_parameters():
            show(f"{name} of {inputs} inputs", *in_percent(parameter.detach(), inputs**-0.5))


@case("functional/linear-without-inputs-has-a-bias-of-zero")
def linear_without_inputs_has_a_bias_of_zero(show, device):
    """The bias of a Linear of no inputs begins as zero."""
    try:
        show("bias", Linear(0, 2).to(device).bias.detach())
    except ZeroDivisionError as error:
        show("raises", type(error).__name__)
