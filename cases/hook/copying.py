"""Modules that are copied, or restored from an old state: the hooks and options of each kind that they keep or get."""

import copy

import torch

from module_drift.case import case

from ..shared.models import LogModel, PowModel, ScaledPowModel
from ..shared.old_states import restored_from_an_old_state
from ..shared.refusals import type_of_refusal

# Deep copies.


@case("hook/deep-copy-keeps-options-of-forward-hooks", needs="torch.nn.Module.register_forward_hook(always_call)")
def deep_copy_keeps_the_options_of_forward_hooks(show, device):
    """The forward hooks of a deep copy still get keyword arguments, or run when forward raises, if they asked to."""
    model = PowModel()
    model.register_forward_pre_hook(lambda module, *values: show("pre-hook", *values), with_kwargs=True)
    model.register_forward_hook(lambda module, *values: show("forward hook", *values), with_kwargs=True)
    model.register_forward_hook(lambda module, *values: show("always called", *values), always_call=True)
    duplicate = copy.deepcopy(model)
    duplicate(torch.tensor(5.0, device=device), q=torch.tensor(3.0, device=device))
    show("without q", type_of_refusal(duplicate, torch.tensor(5.0, device=device)))


@case("hook/deep-copy-keeps-backward-hooks", needs="torch.nn.Module.register_full_backward_pre_hook")
def deep_copy_keeps_backward_hooks(show, device):
    """A deep copy of a Module has its full backward hooks and pre-hooks, which are given the copy."""
    model = LogModel()
    model.register_full_backward_pre_hook(lambda module, *_: show("pre-hook of the copy", module is duplicate))
    model.register_full_backward_hook(lambda module, *_: show("hook of the copy", module is duplicate))
    duplicate = copy.deepcopy(model)
    duplicate(torch.tensor(5.0, device=device, requires_grad=True)).backward()


@case("hook/deep-copy-keeps-hooks-of-its-state", needs="torch.nn.Module.register_load_state_dict_pre_hook")
def deep_copy_keeps_the_hooks_around_its_state(show, device):
    """A deep copy of a Module has its hooks around state_dict and load_state_dict, which are given the copy."""
    model = ScaledPowModel(device)

    def announce(name):
        return lambda module, *_: show(name, "of the copy" if module is duplicate else "of the original")

    model.register_state_dict_pre_hook(announce("before the state is made"))
    model.register_state_dict_post_hook(announce("after the state is made"))
    model.register_load_state_dict_pre_hook(announce("before loading"))
    model.register_load_state_dict_post_hook(announce("after loading"))
    duplicate = copy.deepcopy(model)
    duplicate.load_state_dict(duplicate.state_dict())


@case("hook/deep-copy-keeps-private-hooks-of-its-state")
def deep_copy_keeps_the_private_hooks_around_its_state(show, device):
    """A deep copy has the hooks of _register_state_dict_hook and _register_load_state_dict_pre_hook."""
    model = ScaledPowModel(device)
    model._register_state_dict_hook(lambda module, *_: show("after the state is made", module is duplicate))
    model._register_load_state_dict_pre_hook(lambda state, prefix, *_: show("before loading", list(state)))
    duplicate = copy.deepcopy(model)
    duplicate.load_state_dict(duplicate.state_dict())


@case("hook/options-of-forward-hooks-on-an-old-module", needs="torch.nn.Module.register_forward_hook(always_call)")
def a_module_from_before_pre_hooks_takes_forward_hooks_with_options(show, device):
    """Forward hooks with keyword arguments, or always called, work on a Module restored from an old state."""
    model = restored_from_an_old_state(PowModel())
    model.register_forward_pre_hook(lambda module, *values: show("pre-hook", *values), with_kwargs=True)
    model.register_forward_hook(lambda module, *values: show("forward hook", *values), with_kwargs=True)
    model.register_forward_hook(lambda module, *values: show("always called", *values), always_call=True)
    model(torch.tensor(5.0, device=device), q=torch.tensor(3.0, device=device))


@case("hook/full-on-an-old-module", needs="torch.nn.Module.register_full_backward_pre_hook")
def a_module_from_before_pre_hooks_takes_full_backward_hooks(show, device):
    """Full backward hooks and pre-hooks work on a Module restored from an old state."""
    model = restored_from_an_old_state(LogModel())
    model.register_full_backward_pre_hook(lambda module, *gradients: show("pre-hook", *gradients))
    model.register_full_backward_hook(lambda module, *gradients: show("hook", *gradients))
    model(torch.tensor(5.0, device=device, requires_grad=True)).backward()
