"""Section "Hook": hooks, and what they may do, under no_grad and in inference mode."""

import torch
from torch.nn import Identity, Module
from torch.nn.modules import module as module_hooks

from module_drift.case import case, cases

from ..shared.models import ScaledLogModel
from ..shared.refusals import refusal

MODES = {"no-grad": "torch.no_grad", "inference-mode": "torch.inference_mode"}


def _in_mode(mode):
    return getattr(torch, mode.split(".")[1])()


@cases("hook/forward-hooks-in-{mode}", mode=MODES, needs="{mode}", only="cpu")
def forward_hooks_run_without_gradients(show, device, mode):
    """In {mode}, forward hooks and pre-hooks run, and what they return counts."""
    model = Identity()
    model.register_forward_pre_hook(lambda module, inputs: (inputs[0] + 1,))
    model.register_forward_hook(lambda module, inputs, output: 10 * output)
    with _in_mode(mode):
        show("output", model(torch.tensor(5.0, device=device, requires_grad=True)))


@cases(
    "hook/global-forward-hooks-in-{mode}",
    mode={
        "no-grad": ["torch.no_grad", "torch.nn.modules.module.register_module_forward_hook"],
        "inference-mode": ["torch.inference_mode", "torch.inference_mode"],
    },
    needs="{mode[1]}",
    only="cpu",
)
def global_forward_hooks_run_without_gradients(show, device, mode):
    """In {mode[0]}, global forward hooks and pre-hooks run."""
    module_hooks.register_module_forward_pre_hook(lambda *_: show("pre-hook"))
    module_hooks.register_module_forward_hook(lambda *_: show("forward hook"))
    with _in_mode(mode[0]):
        Identity()(torch.tensor(5.0, device=device))


@cases(
    "hook/options-of-forward-hooks-in-{mode}",
    mode=MODES,
    needs="torch.nn.Module.register_forward_hook(always_call)",
    only="cpu",
)
def options_of_forward_hooks_count_without_gradients(show, device, mode):
    """In {mode}, hooks are given keyword arguments and called when forward raises, if they asked for it."""

    class Refuses(Module):
        def forward(self, x, factor):
            raise ValueError("no factor")

    model = Refuses()
    model.register_forward_pre_hook(lambda _, inputs, keywords: show("pre-hook", inputs, keywords), with_kwargs=True)
    model.register_forward_hook(
        lambda _, inputs, keywords, output: show("forward hook", inputs, keywords, output),
        with_kwargs=True,
        always_call=True,
    )
    with _in_mode(mode):
        show("raises", refusal(lambda: model(torch.tensor(5.0, device=device), factor=2)))


@case("hook/mode-that-a-pre-hook-sets", only="cpu")
def a_pre_hook_sets_the_grad_mode(show, device):
    """A grad mode that a pre-hook sets holds in forward, in a forward hook and after the call."""
    model = ScaledLogModel(device)
    x = torch.tensor(1.0, device=device)

    def disable(*_):
        torch.set_grad_enabled(False)

    model.register_forward_pre_hook(disable)
    model.register_forward_hook(lambda module, inputs, output: show("in a hook", torch.is_grad_enabled(), output))
    try:
        model(x)
        show("after the call", torch.is_grad_enabled())
    finally:
        torch.set_grad_enabled(True)
