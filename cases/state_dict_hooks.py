"""Hooks around state_dict and load_state_dict: which of them run, and what they may change."""

import torch

from module_drift.case import case

from .models import ScaledPowModel, scaled_pow_log_model
from .refusals import refusal_on_one_line


class _ModelThatSavesItself(ScaledPowModel):
    """Writes its entry of the state without a call of super()."""

    def _save_to_state_dict(self, destination, prefix, keep_vars):
        destination[f"{prefix}own"] = self.powParam.detach()


@case("hook/state-dict-pre-hook-of-a-module-that-saves-itself", needs="torch.nn.Module.register_state_dict_pre_hook")
def state_dict_pre_hook_of_a_module_that_saves_itself(show, device):
    """A pre-hook of state_dict runs even if the Module overrides how it saves its own entries."""
    for model in (ScaledPowModel(device), _ModelThatSavesItself(device)):
        calls = []
        model.register_state_dict_pre_hook(lambda module, prefix, keep_vars, calls=calls: calls.append(prefix))
        show("state", list(model.state_dict(prefix="model.")))
        show("prefixes that the hook got", calls)


@case("hook/load-state-pre-hook-of-a-child-renames-for-its-sibling")
def load_state_pre_hook_of_a_child_renames_for_its_sibling(show, device):
    """A pre-hook of a child changes only the child's part of the state, so it cannot hand a key to a sibling."""
    model = scaled_pow_log_model(device)
    state = model.state_dict()
    state["powModel.oldLogParam"] = state.pop("logModel.logParam")

    def move_to_the_sibling(state, *_):
        state["logModel.logParam"] = state.pop("powModel.oldLogParam")

    model.powModel._register_load_state_dict_pre_hook(move_to_the_sibling)
    show("load", refusal_on_one_line(model.load_state_dict, state))


@case(
    "hook/load-state-post-hook-forgives-a-missing-key",
    needs="torch.nn.Module.register_load_state_dict_post_hook",
)
def load_state_post_hook_forgives_a_missing_key(show, device):
    """A hook after loading may empty missing_keys, and a state that lacks them is loaded as if it was complete."""
    model = scaled_pow_log_model(device)
    state = {"powModel.powParam": torch.tensor(2.0, device=device)}
    show("without the hook", refusal_on_one_line(model.load_state_dict, state))

    def forgive(module, incompatible_keys):
        show("missing keys that the hook got", incompatible_keys.missing_keys)
        incompatible_keys.missing_keys.clear()

    model.register_load_state_dict_post_hook(forgive)
    show("with the hook", model.load_state_dict(state))
