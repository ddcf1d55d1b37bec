"""Small Modules whose weights are given, for what is shown in exact numbers."""

import torch
from torch.nn import Linear, Module, Parameter


class Scale(Module):
    """Its input times a parameter."""

    def __init__(self, weight, device):
        super().__init__()
        self.weight = Parameter(torch.tensor(weight, device=device))

    def forward(self, x):
        """Return weight * x."""
        return self.weight * x


class Square(Scale):
    """Its input times a parameter squared, which is saved for the backward pass."""

    def forward(self, x):
        """Return weight * weight * x."""
        return self.weight * self.weight * x


def linear(device, bias=True):
    """Return a Linear of two inputs and one output: x_0 + 2 x_1, plus 3 if it has a bias."""
    model = Linear(2, 1, bias=bias).to(device)
    model.weight.data.copy_(torch.tensor([[1.0, 2.0]], device=device))
    if bias:
        model.bias.data.fill_(3.0)
    return model


def leaf(value, device):
    """Return a tensor of `value` that requires a gradient."""
    return torch.tensor(value, device=device, requires_grad=True)
