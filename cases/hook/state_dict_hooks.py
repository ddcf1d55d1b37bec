"""Hooks around state_dict and load_state_dict: which of them run, and what they may change."""

from collections import OrderedDict

import torch

from module_drift.case import case

# Making a state.
from ..shared.models import PowModel, ScaledPowModel, scaled_pow_log_model
from ..shared.refusals import refusal, refusal_on_one_line


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


def _renamed(module, state, prefix, local_metadata):
    """Be a hook that returns a state of new names, and leaves the one it got as it is."""
    return OrderedDict((f"{name}.renamed", tensor) for name, tensor in state.items())


@case("hook/private-state-dict-hook-returns-a-state")
def private_state_dict_hook_returns_a_state(show, device):
    """What a hook of _register_state_dict_hook returns counts for a state of its own Module, but not of a parent."""
    model = scaled_pow_log_model(device)
    model.powModel._register_state_dict_hook(_renamed)
    show("state of the child", list(model.powModel.state_dict()))
    show("state of the parent", list(model.state_dict()))


@case("hook/state-dict-post-hook-returns-a-state", needs="torch.nn.Module.register_state_dict_post_hook")
def state_dict_post_hook_returns_a_state(show, device):
    """A post-hook of state_dict may change the state in place, but must not return one."""
    model = scaled_pow_log_model(device)

    def delete(module, state, prefix, local_metadata):
        del state[f"{prefix}powParam"]

    model.powModel.register_state_dict_post_hook(delete)
    show("in place", list(model.state_dict()))
    # Not the function itself: torch marks what is registered here, and knows it again.
    model.powModel.register_state_dict_post_hook(lambda *arguments: _renamed(*arguments))
    show("returned", refusal(model.state_dict))


# Loading a state.


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


@case("hook/load-state-pre-hook-of-a-lenient-load", needs="torch.nn.Module.register_load_state_dict_pre_hook")
def load_state_pre_hook_of_a_lenient_load(show, device):
    """A pre-hook of loading gets its Module and the prefix, and strict=True even if the load is not strict."""
    model = scaled_pow_log_model(device)

    def look(module, state, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_messages):
        show("Module", type(module).__name__)
        show("prefix", prefix)
        show("strict", strict)

    model.powModel.register_load_state_dict_pre_hook(look)
    model.load_state_dict({"powModel.powParam": torch.tensor(2.0, device=device)}, strict=False)


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


@case("hook/load-state-post-hook-returns-keys", needs="torch.nn.Module.register_load_state_dict_post_hook")
def load_state_post_hook_returns_keys(show, device):
    """A hook after loading must not return the keys, which it may change in place only."""
    model = ScaledPowModel(device)
    model.register_load_state_dict_post_hook(lambda module, incompatible_keys: incompatible_keys)
    show("load", refusal(model.load_state_dict, model.state_dict()))


@case("hook/state-hook-registered-in-public-and-in-private", needs="torch.nn.Module.register_state_dict_post_hook")
def state_hook_is_registered_in_public_and_in_private(show, device):
    """A function registered by register_state_dict_post_hook is refused by _register_state_dict_hook."""

    def hook(*_):
        return None

    model = PowModel()
    show("public", refusal(model.register_state_dict_post_hook, hook))
    show("private", refusal(model._register_state_dict_hook, hook))
