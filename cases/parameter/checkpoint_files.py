"""Parameters with attributes of their own in checkpoints, trusted or not."""

import torch
from torch.nn import Parameter

from module_drift.case import case

from ..shared.checkpoints import load_trusted, load_weights_only, saved
from ..shared.refusals import type_of_refusal


@case("parameter/attribute-saved-and-loaded")
def attribute_saved_and_loaded(show, device):
    """Attributes that were set on a Parameter or a tensor are saved and loaded with it."""
    for kind in (Parameter, torch.Tensor.detach):
        value = kind(torch.tensor(2.0, device=device))
        value.tag = "decay"
        loaded = load_trusted(saved(value))
        show(type(loaded).__name__, getattr(loaded, "tag", None))


@case("parameter/attribute-loaded-as-weights-only", needs="torch.load(weights_only)")
def attribute_loaded_as_weights_only(show, device):
    """With weights_only=True, a Parameter is loaded even if an attribute was set on it."""
    parameter = Parameter(torch.tensor(2.0, device=device))
    parameter.tag = "decay"
    show("load", type_of_refusal(load_weights_only, parameter))
