"""Forward hooks and forward pre-hooks that come, change or go between two calls."""

import torch
from torch.nn.modules import module as module_hooks

from module_drift.case import case

from .models import Chain, Scaled, call, noting, numbers


@case("between-calls/forward-hook-registered")
def forward_hook_is_registered(show, device):
    """A forward hook that is registered after a call runs in the next ones."""
    model, x, log = Scaled(device), numbers(device), []
    call(show, "without it", model, x, log)
    model.register_forward_hook(noting(log, "hook"))
    call(show, "with it", model, x, log)
    call(show, "again", model, x, log)


@case("between-calls/forward-hook-removed")
def forward_hook_is_removed(show, device):
    """A forward hook that is removed after a call does not run in the next one."""
    model, x, log = Scaled(device), numbers(device), []
    handle = model.register_forward_hook(noting(log, "hook"))
    call(show, "with it", model, x, log)
    handle.remove()
    call(show, "without it", model, x, log)


@case("between-calls/forward-hook-registered-on-a-child")
def forward_hook_is_registered_on_a_child(show, device):
    """A forward hook that is registered on a child after a call of the root runs in the next ones."""
    model, x, log = Chain(device), numbers(device), []
    call(show, "without it", model, x, log)
    model.first.register_forward_hook(noting(log, "hook of a child"))
    call(show, "with it", model, x, log)
    call(show, "again", model, x, log)


@case("between-calls/forward-hook-removed-from-a-child")
def forward_hook_is_removed_from_a_child(show, device):
    """A forward hook that is removed from a child after a call of the root does not run in the next one."""
    model, x, log = Chain(device), numbers(device), []
    handle = model.first.register_forward_hook(noting(log, "hook of a child"))
    call(show, "with it", model, x, log)
    handle.remove()
    call(show, "without it", model, x, log)


@case("between-calls/forward-hook-that-changes-the-output-registered")
def forward_hook_that_changes_the_output_is_registered(show, device):
    """What a forward hook returns that is registered after a call is what the next call returns."""
    model, x = Scaled(device), numbers(device)
    show("without it", model(x).detach())
    model.register_forward_hook(lambda module, inputs, output: output + 100)
    show("with it", model(x).detach())


@case("between-calls/forward-hook-that-changes-the-output-removed-from-a-child")
def forward_hook_that_changes_the_output_of_a_child_is_removed(show, device):
    """What a child's forward hook returns no longer counts once it is removed."""
    model, x = Chain(device), numbers(device)
    handle = model.first.register_forward_hook(lambda module, inputs, output: output + 100)
    show("with it", model(x).detach())
    handle.remove()
    show("without it", model(x).detach())


@case("between-calls/forward-pre-hook-registered")
def forward_pre_hook_is_registered(show, device):
    """A forward pre-hook that is registered after a call runs in the next one."""
    model, x, log = Scaled(device), numbers(device), []
    call(show, "without it", model, x, log)
    model.register_forward_pre_hook(noting(log, "pre-hook"))
    call(show, "with it", model, x, log)


@case("between-calls/forward-pre-hook-removed")
def forward_pre_hook_is_removed(show, device):
    """A forward pre-hook that is removed after a call does not run in the next one."""
    model, x, log = Scaled(device), numbers(device), []
    handle = model.register_forward_pre_hook(noting(log, "pre-hook"))
    call(show, "with it", model, x, log)
    handle.remove()
    call(show, "without it", model, x, log)


@case("between-calls/forward-pre-hook-that-changes-the-input-registered-on-a-child")
def forward_pre_hook_that_changes_the_input_of_a_child_is_registered(show, device):
    """What a child's forward pre-hook returns that is registered after a call is what the child is given next."""
    model, x = Chain(device), numbers(device)
    show("without it", model(x).detach())
    model.second.register_forward_pre_hook(lambda module, inputs: (inputs[0] + 100,))
    show("with it", model(x).detach())


@case("between-calls/forward-hook-exchanged")
def forward_hook_is_exchanged(show, device):
    """Of a forward hook that is removed and one that is registered in its place, only the second runs."""
    model, x, log = Scaled(device), numbers(device), []
    handle = model.register_forward_hook(noting(log, "old hook"))
    call(show, "before", model, x, log)
    handle.remove()
    model.register_forward_hook(noting(log, "new hook"))
    call(show, "after", model, x, log)


@case("between-calls/hook-handle-deleted")
def handle_of_a_forward_hook_is_deleted(show, device):
    """A forward hook whose handle is deleted stays."""
    model, x, log = Scaled(device), numbers(device), []
    handle = model.register_forward_hook(noting(log, "hook"))
    call(show, "with its handle", model, x, log)
    del handle
    call(show, "without its handle", model, x, log)


@case("between-calls/hook-handle-as-context")
def forward_hook_lasts_as_long_as_its_handle_is_entered(show, device):
    """A forward hook whose handle is entered runs within, and not after it."""
    model, x, log = Scaled(device), numbers(device), []
    call(show, "before", model, x, log)
    with model.register_forward_hook(noting(log, "hook")):
        call(show, "within", model, x, log)
    call(show, "after", model, x, log)


@case("between-calls/hook-dictionary-cleared-by-hand")
def dictionary_of_forward_hooks_is_cleared(show, device):
    """Forward hooks of the root and of a child that are cleared from their dictionaries by hand no longer run."""
    model, x, log = Chain(device), numbers(device), []
    model.register_forward_hook(noting(log, "root"))
    model.first.register_forward_hook(noting(log, "child"))
    call(show, "before", model, x, log)
    model._forward_hooks.clear()
    call(show, "root's cleared", model, x, log)
    model.first._forward_hooks.clear()
    call(show, "child's cleared", model, x, log)


@case("between-calls/hook-dictionary-filled-by-hand")
def dictionary_of_forward_hooks_is_filled(show, device):
    """A forward hook that is put into the dictionary by hand after a call runs."""
    model, x, log = Chain(device), numbers(device), []
    call(show, "before", model, x, log)
    model._forward_hooks[1000] = noting(log, "root")
    model.first._forward_hooks[1001] = noting(log, "child")
    call(show, "after", model, x, log)


@case("between-calls/hook-replaced-in-its-dictionary")
def forward_hook_is_replaced_in_its_dictionary(show, device):
    """A forward hook that is put in the place of another in the dictionary runs instead of it."""
    model, x, log = Scaled(device), numbers(device), []
    handle = model.register_forward_hook(noting(log, "old hook"))
    call(show, "before", model, x, log)
    model._forward_hooks[handle.id] = noting(log, "new hook")
    call(show, "after", model, x, log)


@case("between-calls/global-forward-hook", needs="torch.nn.modules.module.register_module_forward_hook")
def global_forward_hook_comes_and_goes(show, device):
    """A global forward hook runs for the root and its children from when it is registered until it is removed."""
    model, x, log = Chain(device), numbers(device), []
    call(show, "before", model, x, log)

    def note(module, inputs, output):
        log.append(type(module).__name__)

    handle = module_hooks.register_module_forward_hook(note)
    call(show, "with it", model, x, log)
    handle.remove()
    call(show, "after", model, x, log)


@case("between-calls/global-forward-pre-hook", needs="torch.nn.modules.module.register_module_forward_pre_hook")
def global_forward_pre_hook_comes_and_goes(show, device):
    """A global forward pre-hook runs from when it is registered until it is removed."""
    model, x, log = Scaled(device), numbers(device), []
    call(show, "before", model, x, log)
    handle = module_hooks.register_module_forward_pre_hook(noting(log, "global pre-hook"))
    call(show, "with it", model, x, log)
    handle.remove()
    call(show, "after", model, x, log)


@case("between-calls/hook-with-kwargs", needs="torch.nn.Module.register_forward_hook(with_kwargs)")
def forward_hook_with_keywords_is_registered(show, device):
    """A forward hook and a pre-hook with keywords that are registered after a call are given those of the next."""
    model, x, log = _Offset(), numbers(device), []
    show("before", model(x, offset=10))

    def pre_hook(module, arguments, keywords):
        log.append(f"pre-hook {keywords}")
        return arguments, {"offset": keywords["offset"] + 1}

    def hook(module, arguments, keywords, output):
        log.append(f"hook {keywords}")

    model.register_forward_pre_hook(pre_hook, with_kwargs=True)
    model.register_forward_hook(hook, with_kwargs=True)
    show("after", model(x, offset=20), log)


class _Offset(torch.nn.Module):
    """Its input plus an offset."""

    def forward(self, x, offset):
        return x + offset


@case("between-calls/hook-prepended", needs="torch.nn.Module.register_forward_hook(prepend)")
def forward_hook_is_prepended(show, device):
    """A forward hook that is prepended after a call runs before the one that was there."""
    model, x, log = Scaled(device), numbers(device), []
    model.register_forward_hook(noting(log, "first registered"))
    call(show, "before", model, x, log)
    model.register_forward_hook(noting(log, "prepended"), prepend=True)
    call(show, "after", model, x, log)


@case("between-calls/hook-always-called-registered", needs="torch.nn.Module.register_forward_hook(always_call)")
def always_called_hook_is_registered(show, device):
    """An always called forward hook that is registered after a call runs once in the next one."""
    model, x, log = Scaled(device), numbers(device), []
    call(show, "before", model, x, log)
    model.register_forward_hook(noting(log, "always called"), always_call=True)
    call(show, "after", model, x, log)
