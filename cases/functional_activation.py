"""Section "Functional": dropout of channels, and gradients at the edges of pow and max."""

import torch
from torch.nn import Dropout2d

from module_drift.case import case

from .models import PowModel


@case("functional/dropout2d-of-three-dimensions")
def dropout2d_of_three_dimensions(show, device):
    """Dropout2d takes three dimensions for a batch of rows to be dropped, and warns that this will change."""
    dropped = Dropout2d(0.5)(torch.ones(4, 64, 2, device=device))
    show("whole rows share a fate", (dropped == dropped[:, :, :1]).all())
    show("whole planes share a fate", (dropped == dropped[:, :1, :1]).all())


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
