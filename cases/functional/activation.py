"""Section "Functional": activation functions, at the edges of their values and in place."""

import torch
from torch.nn import GELU
from torch.nn import functional as F

from module_drift.case import case

from ..shared.refusals import refusal


@case("functional/relu-of-minus-zero")
def relu_of_minus_zero(show, device):
    """ReLU leaves minus zero as it is, so that one divided by it is minus infinity."""
    z = F.relu(torch.tensor([-0.0], device=device))
    show("z", z)
    show("1 / z", 1.0 / z)


@case("functional/sigmoid-and-tanh-of-functional")
def sigmoid_and_tanh_of_functional(show, device):
    """The functions sigmoid and tanh of torch.nn.functional are called without a warning."""
    x = torch.tensor(0.0, device=device)
    show("sigmoid", F.sigmoid(x))
    show("tanh", F.tanh(x))


@case("functional/repr-of-gelu")
def repr_of_gelu(show, device):
    """The repr of a GELU tells by which approximation it is computed."""
    show("GELU", GELU().to(device))


@case("functional/leaky-relu-in-place-of-a-negative-slope")
def leaky_relu_in_place_of_a_negative_slope(show, device):
    """The backward of a leaky ReLU in place refuses a negative slope, as its output does not tell its input."""
    x = torch.tensor([-1.0, 2.0], device=device, requires_grad=True)
    z = F.leaky_relu(x.clone(), -0.5, inplace=True)
    show("backward raises", refusal(z.sum().backward))
    show("x.grad", x.grad)


@case("functional/adding-in-place-to-the-output-of-relu")
def adding_in_place_to_the_output_of_relu(show, device):
    """The output of ReLU, which its backward needs, cannot be differentiated once it was added to in place."""
    z = F.relu(torch.tensor([-1.0, 2.0], device=device, requires_grad=True))
    z += 1.0
    # The hint that follows, how to find the operation, is not the matter here.
    show("backward raises", refusal(z.sum().backward).split(" Hint:")[0])
