"""Section "Functional": what drops or resizes the planes and rows of a batch."""

import torch
from torch.nn import Dropout2d, Upsample

from module_drift.case import case


@case("functional/dropout2d-of-three-dimensions")
def dropout2d_of_three_dimensions(show, device):
    """Dropout2d takes three dimensions for a batch of rows to be dropped, and warns that this will change."""
    dropped = Dropout2d(0.5)(torch.ones(4, 64, 2, device=device))
    show("whole rows share a fate", (dropped == dropped[:, :, :1]).all())
    show("whole planes share a fate", (dropped == dropped[:, :1, :1]).all())


@case("functional/upsample-by-a-fraction")
def upsample_by_a_fraction(show, device):
    """An Upsample by a scale factor that does not divide evenly goes by that factor, not by the sizes."""
    upsample = Upsample(scale_factor=1.5, mode="linear", align_corners=False)
    show("z", upsample(torch.tensor([[[0.0, 1.0, 2.0]]], device=device)))
