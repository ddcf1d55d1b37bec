"""Section "Hook": hooks that return what is false, such as an empty tuple, 0 or a tensor of 0."""

import torch
from torch.nn import Identity, Module, Sequential
from torch.nn.modules import module as module_hooks

from module_drift.case import case, cases

from ..shared.models import LogModel, ScaledPowModel
from ..shared.refusals import refusal, type_of_refusal

RESULTS = {"an-empty-tuple": (), "zero": 0}


class _Telling(Module):
    """Returns its inputs."""

    def forward(self, *inputs, **keywords):
        return inputs, keywords


@cases("hook/forward-hook-returns-{result}", result=RESULTS, only="cpu")
def a_forward_hook_returns(show, device, result):
    """A forward hook returns {result}."""
    model = Identity()
    model.register_forward_hook(lambda *_: result)
    model.register_forward_hook(lambda module, inputs, output: show("next hook", output))
    show("output", model(5))


@cases("hook/pre-hook-returns-{result}", result=RESULTS, only="cpu")
def a_pre_hook_returns(show, device, result):
    """A forward pre-hook returns {result}."""
    model = _Telling()
    model.register_forward_pre_hook(lambda *_: result)
    model.register_forward_pre_hook(lambda module, inputs: show("next hook", inputs))
    show("output", model(5))


@cases(
    "hook/pre-hook-with-keywords-returns-{result}",
    result=RESULTS,
    needs="torch.nn.Module.register_forward_pre_hook(with_kwargs)",
    only="cpu",
)
def a_pre_hook_with_keywords_returns(show, device, result):
    """A forward pre-hook with keyword arguments returns {result}."""
    model = _Telling()
    model.register_forward_pre_hook(lambda *_: result, with_kwargs=True)
    show("raises", refusal(lambda: show("output", model(5, factor=2))))


@case("hook/hooks-return-a-tensor-of-zero", only="cpu")
def hooks_return_a_tensor_of_zero(show, device):
    """A tensor of 0 that a forward hook or a pre-hook returns counts."""
    zero = torch.tensor(0.0, device=device)
    model = Identity()
    handle = model.register_forward_pre_hook(lambda *_: zero)
    show("of a pre-hook", model(torch.tensor(5.0, device=device)))
    handle.remove()
    model.register_forward_hook(lambda *_: zero)
    show("of a forward hook", model(torch.tensor(5.0, device=device)))


@cases(
    "hook/full-backward-hook-returns-{result}",
    result=RESULTS,
    needs="torch.nn.Module.register_full_backward_hook",
    only="cpu",
)
def a_full_backward_hook_returns(show, device, result):
    """A full backward hook returns {result}."""
    model, x = LogModel(), torch.tensor(5.0, device=device, requires_grad=True)
    model.register_full_backward_hook(lambda *_: result)
    attempt = type_of_refusal if isinstance(result, int) else refusal  # It is Python that finds no length of 0.
    show("raises", attempt(lambda: model(x).backward()))
    show("gradient", x.grad)


@cases(
    "hook/full-backward-hook-of-no-gradient-returns-{result}",
    result=RESULTS,
    needs="torch.nn.Module.register_full_backward_hook",
    only="cpu",
)
def a_full_backward_hook_of_no_gradient_returns(show, device, result):
    """A full backward hook of a Module whose input needs no gradient returns {result}."""
    model = ScaledPowModel(device)
    model.register_full_backward_hook(lambda *_: result)
    show("raises", refusal(lambda: model(torch.tensor(5.0, device=device), 1.0).backward()))
    show("gradient", model.powParam.grad)


@case("hook/private-state-hook-returns-an-empty-dict", only="cpu")
def a_private_state_hook_returns_an_empty_dict(show, device):
    """An empty dictionary that a private state hook returns is the state."""
    model = ScaledPowModel(device)
    model._register_state_dict_hook(lambda *_: {})
    show("state", dict(model.state_dict()))


@cases(
    "hook/state-post-hook-returns-{result}",
    result=RESULTS,
    needs="torch.nn.Module.register_state_dict_post_hook",
    only="cpu",
)
def a_state_post_hook_returns(show, device, result):
    """A state hook returns {result}."""
    model = ScaledPowModel(device)
    model.register_state_dict_post_hook(lambda *_: result)
    show("raises", refusal(lambda: show("state", dict(model.state_dict()))))


@cases(
    "hook/load-post-hook-returns-{result}",
    result=RESULTS,
    needs="torch.nn.Module.register_load_state_dict_post_hook",
    only="cpu",
)
def a_load_post_hook_returns(show, device, result):
    """A post-hook of loading returns {result}."""
    model = ScaledPowModel(device)
    model.register_load_state_dict_post_hook(lambda *_: result)
    show("raises", refusal(model.load_state_dict, model.state_dict()))


@case(
    "hook/registration-hook-returns-an-empty-sequential",
    only="cpu",
    needs="torch.nn.modules.module.register_module_module_registration_hook",
)
def a_registration_hook_returns_an_empty_sequential(show, device):
    """An empty Sequential that a registration hook returns takes the place of the child, set or added."""
    module_hooks.register_module_module_registration_hook(lambda module, name, child: Sequential())
    model = Module()
    model.set = LogModel()
    model.add_module("added", LogModel())
    show("model", model)


@case("hook/output-that-equals-none", only="cpu")
def what_a_hook_returns_is_compared_by_identity(show, device):
    """What a forward hook or a pre-hook returns counts also if it says that it equals None."""

    class Equal:
        def __eq__(self, other):
            return True

        __hash__ = None

    equal = Equal()
    for register in ("register_forward_pre_hook", "register_forward_hook"):
        model = Identity()
        getattr(model, register)(lambda *_: equal)
        show(register, model(5) is equal)
