"""Registering hooks: where they go in order, what their handles do, and what hooks on registration may change."""

import pickle

import torch
from torch.nn import Parameter
from torch.nn.modules import module as module_hooks

from module_drift.case import case

from ..shared.models import LogModel, PowLogModel, PowModel, ScaledPowModel
from ..shared.refusals import type_of_refusal

# Handles.


def _try_handle(show, name, register, act):
    """Show whether `act` calls a hook of `register`, and whether it does when its handle or a with block removed it."""
    calls = []
    with register(lambda *_: calls.append(name)) as handle:
        act()
        show(name, "called" if calls else "not called")
        calls.clear()
        handle.remove()
        act()
    with register(lambda *_: calls.append(name)):
        pass
    act()
    show(name, "called when removed" if calls else "removed")


@case("hook/handles-of-global-hooks", needs="torch.nn.modules.module.register_module_parameter_registration_hook")
def each_global_hook_has_a_handle(show, device):
    """Each function that registers a global hook returns a handle that removes it, by itself or as with block."""

    def act():
        x = torch.tensor(5.0, device=device, requires_grad=True)
        model = PowLogModel(ScaledPowModel(device), LogModel())
        model.register_buffer("powBuff", torch.tensor(1.0, device=device))
        model(x, 3.0).backward()

    for name in [
        "register_module_forward_pre_hook",
        "register_module_forward_hook",
        "register_module_full_backward_pre_hook",
        "register_module_full_backward_hook",
        "register_module_parameter_registration_hook",
        "register_module_buffer_registration_hook",
        "register_module_module_registration_hook",
    ]:
        _try_handle(show, name, getattr(module_hooks, name), act)


@case("hook/handles-of-newer-hooks", needs="torch.nn.Module.register_state_dict_post_hook")
def each_newer_hook_of_a_module_has_a_handle(show, device):
    """Each method that registers a hook around backward or the state returns a handle that removes it."""
    model = ScaledPowModel(device)

    def act():
        x = torch.tensor(5.0, device=device, requires_grad=True)
        model(x, 3.0).backward()
        model.load_state_dict(model.state_dict())

    for name in [
        "register_full_backward_pre_hook",
        "register_full_backward_hook",
        "_register_state_dict_hook",
        "register_state_dict_pre_hook",
        "register_state_dict_post_hook",
        "register_load_state_dict_pre_hook",
        "register_load_state_dict_post_hook",
    ]:
        _try_handle(show, name, getattr(model, name), act)


def _do_nothing(module, inputs):
    """Be a forward pre-hook that can be pickled, as a function within another cannot."""


def _ten_times(module, inputs):
    """Be a forward pre-hook that can be pickled, and whose work shows."""
    return (10 * inputs[0], *inputs[1:])


@case("hook/unpickled-handle-removes-its-hook")
def handle_that_was_pickled_beside_its_module_removes_the_hook(show, device):
    """A handle that was pickled together with its Module removes the hook of the loaded Module alone."""
    model = PowModel()
    handle = model.register_forward_pre_hook(_ten_times)
    loaded, loaded_handle = pickle.loads(pickle.dumps((model, handle)))
    x, q = torch.tensor(5.0, device=device), 3.0
    show("loaded", loaded(x, q))
    loaded_handle.remove()
    show("loaded, hook removed", loaded(x, q))
    show("pickled", model(x, q))


@case("hook/registered-after-a-handle-was-unpickled")
def hook_registered_after_a_handle_was_unpickled_replaces_no_other(show, device):
    """A hook registered after a handle was unpickled is called beside those registered before, and replaces none."""
    model, other = LogModel(), LogModel()
    model.register_forward_pre_hook(lambda *_: show("called", "first"))
    handle = other.register_forward_pre_hook(_do_nothing)
    pickle.loads(pickle.dumps(handle))
    model.register_forward_pre_hook(lambda *_: show("called", "second"))
    model(torch.tensor(5.0, device=device))


# Order, and what a global hook is given.


@case("hook/pre-hooks-put-first", needs="torch.nn.Module.register_forward_pre_hook(prepend)")
def pre_hooks_put_first_run_before_the_others(show, device):
    """With prepend, the forward pre-hook registered last runs first among those of its Module."""
    model = LogModel()
    for name, first in [("first", False), ("second", False), ("put first", True), ("put first later", True)]:
        model.register_forward_pre_hook(lambda *_, name=name: show("called", name), prepend=first)
    model(torch.tensor(5.0, device=device))


@case("hook/global-forward-hook-arguments", needs="torch.nn.modules.module.register_module_forward_hook")
def global_forward_hook_is_not_given_keyword_arguments(show, device):
    """A global forward hook is given the Module, the positional inputs and the output, and no keyword arguments."""
    model = PowModel()
    module_hooks.register_module_forward_hook(lambda module, *values: show("hook", type(module).__name__, *values))
    model(torch.tensor(5.0, device=device), q=torch.tensor(3.0, device=device))


# Hooks on the registration of parts.


@case(
    "hook/registration-hooks-replace-parts", needs="torch.nn.modules.module.register_module_parameter_registration_hook"
)
def registration_hooks_may_replace_a_part(show, device):
    """A parameter, buffer or child is replaced by what a registration hook returns, unless that returns nothing."""

    def replacing(make):
        return lambda module, name, part: make(part) if name.startswith("replaced") else None

    module_hooks.register_module_parameter_registration_hook(replacing(lambda part: Parameter(10 * part.detach())))
    module_hooks.register_module_buffer_registration_hook(replacing(lambda part: 10 * part))
    module_hooks.register_module_module_registration_hook(replacing(lambda part: PowModel()))
    model = LogModel()
    for name in ("kept", "replaced"):
        setattr(model, f"{name}_parameter", Parameter(torch.tensor(1.0, device=device)))
        model.register_buffer(f"{name}_buffer", torch.tensor(2.0, device=device))
        setattr(model, f"{name}_child", LogModel())
        model.add_module(f"{name}_child_by_method", LogModel())
    for name, tensor in model.state_dict().items():
        show(name, tensor)
    for name, child in model.named_children():
        show(name, type(child).__name__)


# Handles that were pickled elsewhere.


@case("hook/handle-without-its-module-is-pickled")
def handle_without_its_module_can_be_pickled(show, device):
    """A handle that is pickled when its Module is gone can be loaded and removed, but not if its hook takes options."""
    # Only the type: the message is Python's, about weak references.
    for name in ("_register_load_state_dict_pre_hook", "register_forward_pre_hook"):
        handle = getattr(LogModel(), name)(_do_nothing)
        show(name, type_of_refusal(lambda handle: pickle.loads(pickle.dumps(handle)).remove(), handle))


@case("hook/unpickled-handle-keeps-its-number")
def handle_of_a_greater_number_is_unpickled(show, device):
    """After a handle of a greater number was loaded, as from another process, the next one gets a greater one still."""
    model = LogModel()
    handle = model.register_forward_pre_hook(_do_nothing)
    handle.id += 100
    loaded = pickle.loads(pickle.dumps(handle))
    show("same number", loaded.id == handle.id)
    show("the next is greater", model.register_forward_pre_hook(_do_nothing).id > handle.id)
