"""How state_dict takes its arguments: by position, by keyword, or both."""

from module_drift.case import case

from ..shared.models import ScaledLogModel, ScaledPowModel
from ..shared.refusals import type_of_refusal


@case("module/state-dict-added-to-another-by-position")
def state_dict_added_to_another_by_position(show, device):
    """A destination alone, or with a prefix behind it, can be given to state_dict by position, which adds to it."""
    destination = ScaledPowModel(device).state_dict()
    show("returned", "destination" if ScaledLogModel(device).state_dict(destination) is destination else "other")
    ScaledLogModel(device).state_dict(destination, "second.")
    show("requires_grad", {name: tensor.requires_grad for name, tensor in destination.items()})
    show("versions", sorted(destination._metadata))


@case("module/state-dict-destination-given-twice")
def destination_of_a_state_given_twice(show, device):
    """Of a destination given to state_dict by position and another by keyword, the latter is filled."""
    model, by_position, by_keyword = ScaledPowModel(device), {}, {}
    # Only the type: where it is refused, the message is Python's.
    show("raises", type_of_refusal(lambda: model.state_dict(by_position, destination=by_keyword)))
    show("by position", list(by_position))
    show("by keyword", list(by_keyword))
