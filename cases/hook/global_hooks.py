"""Global hooks, which hold for every Module: of each kind, beside a Module's own, and at registration."""

import torch
from torch.nn import Parameter
from torch.nn.modules import module as module_hooks

from module_drift.case import case

from ..shared.models import LogModel, PowLogModel, PowModel, ScaledPowModel
from ..shared.refusals import refusal, type_of_refusal


@case("hook/global-forward-hooks-run-first", needs="torch.nn.modules.module.register_module_forward_hook")
def global_forward_hooks_run_before_those_of_the_module(show, device):
    """Global forward hooks and pre-hooks run for each Module called, children too, before the Module's own."""
    model = PowLogModel(PowModel(), LogModel())
    model.logModel.register_forward_pre_hook(lambda *_: show("own pre-hook"))
    model.logModel.register_forward_hook(lambda *_: show("own forward hook"))
    module_hooks.register_module_forward_pre_hook(lambda module, *_: show("global pre-hook", type(module).__name__))
    module_hooks.register_module_forward_hook(lambda module, *_: show("global forward hook", type(module).__name__))
    model(torch.tensor(5.0, device=device), torch.tensor(3.0, device=device))


@case(
    "hook/global-forward-hook-with-keywords-when-forward-raises",
    needs="torch.nn.modules.module.register_module_forward_hook(with_kwargs)",
)
def global_forward_hook_with_keywords_loses_them_when_forward_raises(show, device):
    """A global forward hook with with_kwargs and always_call is given no keyword arguments when forward raises."""
    model = PowModel()
    module_hooks.register_module_forward_hook(
        lambda module, *values: show("hook", *values), with_kwargs=True, always_call=True
    )
    show("power of 5", type_of_refusal(lambda: model(5.0, q=3.0)))
    show("power of 0", type_of_refusal(lambda: model(0.0, q=-1.0)))


@case(
    "hook/global-backward-pre-hook-goes-first", needs="torch.nn.modules.module.register_module_full_backward_pre_hook"
)
def global_backward_pre_hook_goes_first(show, device):
    """A Module's own full backward pre-hook is given what a global one returned, even if the global one came later."""
    model = LogModel()
    model.register_full_backward_pre_hook(lambda module, grad_output: show("own pre-hook", grad_output))
    module_hooks.register_module_full_backward_pre_hook(lambda module, grad_output: (10 * grad_output[0],))
    model(torch.tensor(5.0, device=device, requires_grad=True)).backward()


@case("hook/global-backward-hooks-of-both-kinds", needs="torch.nn.modules.module.register_module_full_backward_hook")
def global_backward_hooks_are_all_full_or_all_legacy_for_good(show, device):
    """After a global full backward hook, a global legacy one is refused, also when the full one was removed."""
    module_hooks.register_module_full_backward_hook(lambda *_: None).remove()
    show("legacy after full", refusal(module_hooks.register_module_backward_hook, lambda *_: None))
    show("full after full", refusal(module_hooks.register_module_full_backward_hook, lambda *_: None))


@case("hook/registration-hooks", needs="torch.nn.modules.module.register_module_parameter_registration_hook")
def registration_hooks_run_when_a_part_is_set(show, device):
    """Registration hooks run for each parameter, buffer and child set, as attribute or by method, not in loading."""

    def announce(kind):
        return lambda module, name, value: show(kind, name, type(value).__name__)

    module_hooks.register_module_parameter_registration_hook(announce("parameter"))
    module_hooks.register_module_buffer_registration_hook(announce("buffer"))
    module_hooks.register_module_module_registration_hook(announce("child"))
    model = ScaledPowModel(device)
    model.powParam = Parameter(torch.tensor(2.0, device=device))
    model.register_buffer("average", torch.zeros(2, device=device))
    model.average = torch.ones(2, device=device)
    model.plain = torch.ones(2, device=device)
    model.chain = LogModel()
    model.add_module("other", PowModel())
    model.load_state_dict(model.state_dict())
