"""Options of forward hooks and pre-hooks: keyword arguments, going first, being called when forward raises."""

import torch
from torch.nn import Module
from torch.nn.modules import module as module_hooks

from module_drift.case import case

from ..shared.models import LogModel, PowModel
from ..shared.refusals import refusal, type_of_refusal


class _Refuses(Module):
    """Raises, whatever it is called with."""

    def forward(self, x, q):
        raise ValueError("no power of this")


@case("hook/keyword-arguments-for-hooks-that-ask", needs="torch.nn.Module.register_forward_hook(with_kwargs)")
def hooks_that_ask_are_given_keyword_arguments(show, device):
    """With with_kwargs, a forward pre-hook replaces positional and keyword arguments, and a forward hook sees them."""
    model = PowModel()

    def double_and_square(module, inputs, keywords):
        show("pre-hook", inputs, keywords)
        return (2 * inputs[0],), {"q": 2.0}

    model.register_forward_pre_hook(double_and_square, with_kwargs=True)
    model.register_forward_hook(lambda module, *values: show("forward hook", *values), with_kwargs=True)
    model(torch.tensor(5.0, device=device), q=torch.tensor(3.0, device=device))


@case("hook/pre-hook-with-keywords-returns-inputs-alone", needs="torch.nn.Module.register_forward_hook(with_kwargs)")
def pre_hook_with_keywords_must_return_both(show, device):
    """A forward pre-hook that asked for keyword arguments may not return the inputs alone, and two pass for both."""
    for name, model, inputs in [("one input", LogModel(), (5.0,)), ("two inputs", PowModel(), (5.0, 3.0))]:
        model.register_forward_pre_hook(lambda module, inputs, keywords: inputs, with_kwargs=True)
        # Two inputs are unpacked as positional and keyword arguments, about which Python complains.
        show(name, (refusal if len(inputs) == 1 else type_of_refusal)(model, *inputs))


@case("hook/hooks-put-first", needs="torch.nn.Module.register_forward_hook(prepend)")
def hooks_put_first_run_before_the_others_but_not_before_global_ones(show, device):
    """With prepend, the hook registered last runs first among those of its Module, after all global ones."""
    model = PowModel()
    for name, first in [("first", False), ("second", False), ("put first", True), ("put first later", True)]:
        model.register_forward_hook(lambda *_, name=name: show("called", name), prepend=first)
    module_hooks.register_module_forward_hook(lambda *_: show("called", "global"))
    model(torch.tensor(5.0, device=device), torch.tensor(3.0, device=device))


@case("hook/always-called-hook-when-forward-raises", needs="torch.nn.Module.register_forward_hook(always_call)")
def hook_that_is_always_called_runs_when_forward_raises(show, device):
    """With always_call, a forward hook runs with the output None when forward raises, and other hooks do not."""
    model = _Refuses()
    model.register_forward_hook(lambda *_: show("called", "the other hook"))
    model.register_forward_hook(
        lambda module, *values: show("always called", *values), with_kwargs=True, always_call=True
    )
    x, q = torch.tensor(5.0, device=device), torch.tensor(3.0, device=device)
    show("raises", refusal(lambda: model(x, q=q)))


@case("hook/always-called-hook-that-raises-too", needs="torch.nn.Module.register_forward_hook(always_call)")
def error_of_a_hook_that_is_always_called_becomes_a_warning(show, device):
    """What a forward hook raises after forward raised becomes a warning, and the error of forward goes on."""
    model = _Refuses()

    def raise_another(module, inputs, output):
        raise RuntimeError("nothing to clean up")

    model.register_forward_hook(raise_another, always_call=True)
    show("raises", refusal(model, 5.0, 3.0))
