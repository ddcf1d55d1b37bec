"""Parametrizations that double what they are given."""

from torch.nn import Module


class Twice(Module):
    """Twice its input."""

    def forward(self, x):
        """Return 2 x."""
        return 2.0 * x


class TwiceAndBack(Twice):
    """Twice its input, with what takes it back."""

    def right_inverse(self, z):
        """Return z / 2."""
        return z / 2.0
