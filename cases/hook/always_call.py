"""Forward hooks that are always called, several of them: which run when something raises, and what each is given."""

import torch
from torch.nn import Module
from torch.nn.modules import module as module_hooks

from module_drift.case import case

from ..shared.models import LogModel
from ..shared.refusals import refusal


class _Refuses(Module):
    """Raises, whatever it is called with."""

    def forward(self, x):
        raise ValueError("no logarithm of this")


def _announce(show, name, returned=None):
    """Return a forward hook that shows its name and the output it is given, and returns `returned`."""

    def announce(module, inputs, output):
        show(name, output)
        return returned

    return announce


def _raise(module, inputs, output):
    """Be a forward hook that raises."""
    raise RuntimeError("hook gives up")


@case(
    "hook/always-called-hooks-when-a-hook-raises",
    needs="torch.nn.modules.module.register_module_forward_hook(always_call)",
)
def always_called_hooks_run_once_when_another_hook_raises(show, device):
    """When a forward hook raises, those always called after it still run, and those before it not a second time."""
    model = LogModel()
    module_hooks.register_module_forward_hook(_announce(show, "global"), always_call=True)
    model.register_forward_hook(_announce(show, "own, before"), always_call=True)
    model.register_forward_hook(_raise)
    model.register_forward_hook(_announce(show, "own, after"), always_call=True)
    model.register_forward_hook(_announce(show, "own, after, not always called"))
    show("raises", refusal(model, torch.tensor(1.0, device=device)))


@case(
    "hook/always-called-hooks-among-others-when-forward-raises",
    needs="torch.nn.modules.module.register_module_forward_hook(always_call)",
)
def always_called_hooks_are_chained_when_forward_raises(show, device):
    """When forward raises, always called hooks, global ones first, get what a former one returned, if any did."""
    model = _Refuses()
    for kind, register in [
        ("global", module_hooks.register_module_forward_hook),
        ("own", model.register_forward_hook),
    ]:
        register(_announce(show, f"{kind}, not always called"))
        register(_announce(show, f"{kind}, returns something", f"returned by the {kind} hook"), always_call=True)
        register(_announce(show, f"{kind}, returns nothing"), always_call=True)
        register(_announce(show, f"{kind}, last"), always_call=True)
    show("raises", refusal(model, torch.tensor(1.0, device=device)))


@case(
    "hook/always-called-hooks-that-raise-in-a-row",
    needs="torch.nn.modules.module.register_module_forward_hook(always_call)",
)
def always_called_hook_that_raises_does_not_stop_the_next(show, device):
    """When forward raises, an always called hook that raises, too, gives a warning, and the next ones still run."""
    model = _Refuses()
    for kind, register in [
        ("global", module_hooks.register_module_forward_hook),
        ("own", model.register_forward_hook),
    ]:
        register(_raise, always_call=True)
        register(_announce(show, f"{kind} hook after the one that raises"), always_call=True)
    show("raises", refusal(model, torch.tensor(1.0, device=device)))
