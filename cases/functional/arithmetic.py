"""Section "Functional": the arithmetic that a forward is made of, at its edges, and its gradients there."""

import torch

from module_drift.case import case

from ..shared.models import PowModel


@case("functional/gradient-of-zero-to-a-power")
def gradient_of_zero_to_a_power(show, device):
    """The gradient of zero to the power of q by q is zero, for a q of zero and for one above."""
    x = torch.zeros(2, device=device)
    q = torch.tensor([0.0, 2.0], device=device, requires_grad=True)
    PowModel()(x, q).sum().backward()
    show("q.grad", q.grad)


@case("functional/gradient-of-the-maximum-of-equals")
def gradient_of_the_maximum_of_equals(show, device):
    """The largest values of a tensor that are equal share the gradient of its maximum evenly."""
    x = torch.tensor([1.0, 3.0, 3.0], device=device, requires_grad=True)
    x.max().backward()
    show("x.grad", x.grad)


@case("functional/number-divided-by-integers")
def number_divided_by_integers(show, device):
    """A number divided by a tensor of integers is a tensor of floats."""
    show("1 / x", 1 / torch.tensor([2, -4], device=device))


@case("functional/floor-division-of-negative-numbers")
def floor_division_of_negative_numbers(show, device):
    """The operator // of tensors rounds down, and so away from zero where the quotient is negative."""
    show("x // 2", torch.tensor([5, -5], device=device) // 2)
