"""A Module with four levels of children."""

import torch
from torch.nn import Module

from .models import new_parameter


class Level(Module):
    """Multiplies by a parameter of its own, and then as the level below does."""

    def __init__(self, number, below, device):
        super().__init__()
        self.weight = new_parameter(float(number + 1), device)
        self.register_buffer("count", torch.tensor(0.0, device=device))
        if below is not None:
            self.below = below

    def forward(self, x):
        """Return x times the weights of this level and those below."""
        x = self.weight * x
        return self.below(x) if "below" in self._modules else x


def levels(device, kind=Level):
    """Return five objects of `kind`, each of which but the last has the one behind it as its child."""
    found = [None]
    for number in reversed(range(5)):
        found.insert(0, kind(number, found[0], device))
    return found[:-1]
