"""Section "Hook": hooks, and what they may do, under no_grad and in inference mode."""

import torch
from torch.nn import Identity, Module
from torch.nn.modules import module as module_hooks

from module_drift.case import case, cases

from ..shared.models import LogModel, ScaledLogModel
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


@case("hook/full-backward-hook-in-inference-mode", only="cpu", needs="torch.inference_mode")
def full_backward_hook_does_not_hinder_inference(show, device):
    """In inference mode a Module with a full backward hook returns what needs no gradient."""
    model = LogModel()
    model.register_full_backward_hook(lambda *_: show("called"))
    x = torch.tensor(1.0, device=device, requires_grad=True)
    with torch.inference_mode():
        z = model(x)
    show("z", z, z.requires_grad, z.is_inference())


@case("hook/legacy-backward-hook-under-no-grad", only="cpu")
def legacy_backward_hook_under_no_grad(show, device):
    """Under no_grad a Module with a legacy backward hook returns what needs no gradient, and the hook is not called."""
    model = LogModel()
    model.register_backward_hook(lambda *_: show("called"))
    with torch.no_grad():
        show("z", model(torch.tensor(1.0, device=device, requires_grad=True)))


@case("hook/forward-hook-adds-to-the-graph", only="cpu")
def a_forward_hook_adds_to_the_graph(show, device):
    """What a forward hook computes is part of the graph, and what it computes under no_grad is not."""
    for name, mode in [("with", torch.enable_grad), ("without", torch.no_grad)]:
        model = Identity()

        def add(module, inputs, output, mode=mode):
            with mode():
                more = output * output
            return output + more

        model.register_forward_hook(add)
        x = torch.tensor(5.0, device=device, requires_grad=True)
        model(x).backward()
        show(name, x.grad)


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


@case("hook/full-backward-hook-in-a-mode-of-its-own", only="cpu", needs="torch.nn.Module.register_full_backward_hook")
def a_full_backward_hook_runs_without_gradients(show, device):
    """A full backward hook runs without grad mode, or with it where a graph of the gradients is made."""
    for create_graph in (False, True):
        model = LogModel()
        model.register_full_backward_hook(lambda *_: show("grad mode", torch.is_grad_enabled()))
        x = torch.tensor(5.0, device=device, requires_grad=True)
        torch.autograd.grad(model(x), x, create_graph=create_graph)
