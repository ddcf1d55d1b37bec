"""Modules that are restored from an old state."""

import torch

from module_drift.case import case

from ..shared.models import ScaledPowModel
from ..shared.old_states import restored_from_an_old_state
from ..shared.refusals import refusal


@case("module/state-from-before-pre-hooks")
def a_module_from_before_pre_hooks_can_be_used(show, device):
    """A Module restored from attributes without those for most hooks can be called, saved, loaded and get hooks."""
    model = restored_from_an_old_state(ScaledPowModel(device))
    model.register_forward_pre_hook(lambda *_: show("pre-hook"))
    model._register_state_dict_hook(lambda *_: show("hook of the state"))
    model._register_load_state_dict_pre_hook(lambda *_: show("hook before loading"))
    show("call", refusal(model, torch.tensor(5.0, device=device), torch.tensor(3.0, device=device)))
    show("load", refusal(lambda: model.load_state_dict(model.state_dict())))
