"""Details of what state_dict gives and load_state_dict assigns, and of the hooks after a state."""

import torch

from module_drift.case import case

from .models import PowModel, ScaledPowModel
from .refusals import refusal, type_of_refusal


@case("module/state-dict-destination-given-twice")
def destination_of_a_state_given_twice(show, device):
    """Of a destination given to state_dict by position and another by keyword, the latter is filled."""
    model, by_position, by_keyword = ScaledPowModel(device), {}, {}
    # Only the type: where it is refused, the message is Python's.
    show("raises", type_of_refusal(lambda: model.state_dict(by_position, destination=by_keyword)))
    show("by position", list(by_position))
    show("by keyword", list(by_keyword))


@case("buffer/keep-vars-keeps-the-graph")
def buffer_in_a_state_keeps_its_graph(show, device):
    """With keep_vars=True, a state holds the very buffer, with its graph, and otherwise a detached one."""
    factor = torch.tensor(3.0, device=device, requires_grad=True)
    model = PowModel()
    model.register_buffer("powBuff", 2 * factor)
    for keep_vars in (False, True):
        buffer = model.state_dict(keep_vars=keep_vars)["powBuff"]
        show(f"keep_vars={keep_vars}", buffer is model.powBuff, buffer.requires_grad)


@case("parameter/assigned-in-the-place-of-a-frozen-one", needs="torch.nn.Module.load_state_dict(assign)")
def parameter_is_assigned_in_the_place_of_a_frozen_one(show, device):
    """A Parameter that load_state_dict assigns in the place of a frozen one is frozen itself."""
    model, other = ScaledPowModel(device), ScaledPowModel(device)
    model.powParam.requires_grad_(False)
    model.load_state_dict(other.state_dict(keep_vars=True), assign=True)
    show("the one that was given", model.powParam is other.powParam)
    show("requires_grad", model.powParam.requires_grad)


@case("hook/state-hook-registered-in-public-and-in-private", needs="torch.nn.Module.register_state_dict_post_hook")
def state_hook_is_registered_in_public_and_in_private(show, device):
    """A function registered by register_state_dict_post_hook is refused by _register_state_dict_hook."""

    def hook(*_):
        return None

    model = PowModel()
    show("public", refusal(model.register_state_dict_post_hook, hook))
    show("private", refusal(model._register_state_dict_hook, hook))
