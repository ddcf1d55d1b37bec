"""Giving state_dict its destination and prefix by position."""

from module_drift.case import case

from .models import ScaledLogModel, ScaledPowModel


@case("module/state-dict-added-to-another-by-position")
def state_dict_added_to_another_by_position(show, device):
    """A destination alone, or with a prefix behind it, can be given to state_dict by position, which adds to it."""
    destination = ScaledPowModel(device).state_dict()
    show("returned", "destination" if ScaledLogModel(device).state_dict(destination) is destination else "other")
    ScaledLogModel(device).state_dict(destination, "second.")
    show("requires_grad", {name: tensor.requires_grad for name, tensor in destination.items()})
    show("versions", sorted(destination._metadata))
