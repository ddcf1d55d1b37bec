"""Section "Hook": what is done, and what is left, when a hook raises or is refused."""

from collections import OrderedDict

import torch
from torch.nn import Identity, Module, Sequential
from torch.nn.modules import module as module_hooks

from module_drift.case import case, cases

from ..shared.failing import fail
from ..shared.models import LogModel, ScaledPowModel, new_parameter
from ..shared.refusals import refusal, type_of_refusal


@cases(
    "hook/with-block-that-raises-{hook}",
    hook={"around-a-forward-hook": "register_forward_hook", "around-a-state-hook": "_register_state_dict_hook"},
    only="cpu",
)
def a_with_block_that_raises_removes_the_hook(show, device, hook):
    """A with block of a handle of {hook} that raises removes the hook, and the error goes on."""
    model, calls = ScaledPowModel(device), []

    def within():
        with getattr(model, hook)(lambda *_: calls.append("called")):
            model(5.0, 1.0)
            model.state_dict()
            raise ValueError("in the block")

    show("raises", refusal(within))
    show("called", len(calls))
    model(5.0, 1.0)
    model.state_dict()
    show("called later", len(calls))


@case("hook/one-of-three-raises", only="cpu")
def a_hook_that_raises_between_others(show, device):
    """When the second of three hooks raises, the third is not called, and all are called the next time."""
    for register in ("register_forward_pre_hook", "register_forward_hook"):
        model, calls, failing = Identity(), [], [True]

        def middle(*_, calls=calls, failing=failing):
            calls.append("second")
            if failing.pop():
                fail()
            failing.append(False)

        getattr(model, register)(lambda *_, calls=calls: calls.append("first"))
        getattr(model, register)(middle)
        getattr(model, register)(lambda *_, calls=calls: calls.append("third"))
        show(register, refusal(model, 1), calls)
        failing.append(False)
        calls.clear()
        show("again", refusal(model, 1), calls)


@case("hook/pre-hook-raises-before-forward", only="cpu")
def forward_is_not_called_when_a_pre_hook_raises(show, device):
    """When a pre-hook raises, neither forward nor forward hooks are called."""

    class Telling(Module):
        def forward(self):
            show("forward")

    model = Telling()
    model.register_forward_pre_hook(fail)
    model.register_forward_hook(lambda *_: show("forward hook"))
    show("raises", refusal(model))


@case("hook/full-backward-hook-raises", only="cpu", needs="torch.nn.Module.register_full_backward_hook")
def a_full_backward_hook_raises(show, device):
    """What a full backward hook raises goes on from backward, and what lies behind has no gradient."""
    inner, outer = ScaledPowModel(device), LogModel()
    x = torch.tensor(5.0, device=device, requires_grad=True)
    handle = outer.register_full_backward_hook(fail)
    show("raises", refusal(lambda: outer(inner(x, 1.0)).backward()))
    show("gradients", x.grad, inner.powParam.grad)
    handle.remove()
    outer(inner(x, 1.0)).backward()
    show("gradients", x.grad, inner.powParam.grad)


@case("hook/refused-kind-is-not-registered", only="cpu", needs="torch.nn.Module.register_full_backward_hook")
def a_hook_of_the_other_kind_leaves_nothing(show, device):
    """A backward hook of the other kind that is refused is not registered; what came first counts also when removed."""
    for first, second in [
        ("register_backward_hook", "register_full_backward_hook"),
        ("register_full_backward_hook", "register_backward_hook"),
    ]:
        model = LogModel()
        handle = getattr(model, first)(lambda *_: None)
        show("raises", refusal(getattr(model, second), fail))
        show("hooks", len(model._backward_hooks))
        handle.remove()
        show("when removed", refusal(getattr(model, second), fail), len(model._backward_hooks))


@case("hook/state-hook-raises", only="cpu")
def a_state_hook_raises(show, device):
    """What a state hook of a child raises goes on, and the next state is whole."""
    model = Sequential(ScaledPowModel(device), ScaledPowModel(device))
    given = OrderedDict()
    given._metadata = OrderedDict()
    handle = model[0]._register_state_dict_hook(fail)
    show("raises", refusal(lambda: model.state_dict(destination=given)))
    show("given", list(given))
    handle.remove()
    show("state", list(model.state_dict()))


@case(
    "hook/load-post-hooks-when-something-does-not-fit",
    only="cpu",
    needs="torch.nn.Module.register_load_state_dict_post_hook",
)
def load_post_hooks_run_when_something_does_not_fit(show, device):
    """Post-hooks of loading run also when something does not fit, before that is raised."""
    model = ScaledPowModel(device)
    model.register_load_state_dict_post_hook(lambda module, keys: show("hook", keys))
    show("raises", type_of_refusal(model.load_state_dict, {"powParam": torch.ones(2, 2, device=device)}))


@case(
    "hook/registration-hook-raises",
    only="cpu",
    needs="torch.nn.modules.module.register_module_parameter_registration_hook",
)
def a_registration_hook_raises(show, device):
    """A parameter, buffer or child at which a registration hook raises is not registered."""
    module_hooks.register_module_parameter_registration_hook(fail)
    module_hooks.register_module_buffer_registration_hook(fail)
    module_hooks.register_module_module_registration_hook(fail)
    model = Module()
    show("parameter", refusal(model.register_parameter, "weight", new_parameter(1.0, device)))
    show("buffer", refusal(model.register_buffer, "mean", torch.tensor(1.0, device=device)))
    show("child", refusal(model.add_module, "child", Module.__new__(Module)))
    show("registered", dict(model._parameters), dict(model._buffers), dict(model._modules))
