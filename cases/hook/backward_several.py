"""Several full backward hooks or pre-hooks on a Module, and global backward hooks beside a Module's own."""

import torch
from torch.nn.modules import module as module_hooks

from module_drift.case import case

from ..shared.models import LogModel, PowLogModel, PowModel, ScaledPowModel
from ..shared.refusals import refusal


def _inputs(device):
    """Return the article's inputs, of which the second needs no gradient."""
    return torch.tensor(5.0, device=device, requires_grad=True), torch.tensor(3.0, device=device)


def _announce(show, kind):
    """Return a backward hook that shows its kind and the class of the Module that it is given."""
    return lambda module, *gradients: show(kind, type(module).__name__)


# On one Module.


@case("hook/full-in-order", needs="torch.nn.Module.register_full_backward_hook(prepend)")
def full_backward_hooks_run_in_order(show, device):
    """Full backward hooks run in order after a prepended one, and what one returns is the grad_input of the next."""
    model = PowModel()

    def adding(number):
        def add(module, grad_input, grad_output):
            show(f"to add {number}", grad_input, "of the Module" if module is model else "of another Module")
            return None if number == 0 else (grad_input[0] + number, None)

        return add

    model.register_full_backward_hook(adding(0))
    model.register_full_backward_hook(adding(1))
    model.register_full_backward_hook(adding(20))
    model.register_full_backward_hook(adding(300), prepend=True)
    x, q = _inputs(device)
    model(x, q).backward()
    show("x.grad", x.grad)


@case("hook/backward-pre-returns-nothing", needs="torch.nn.Module.register_full_backward_pre_hook")
def backward_pre_hook_that_returns_nothing_leaves_the_next_ones_to_run(show, device):
    """A full backward pre-hook that returns nothing leaves grad_output as it is for the next pre-hook."""
    model = LogModel()
    model.register_full_backward_pre_hook(lambda module, grad_output: show("first", grad_output))
    model.register_full_backward_pre_hook(lambda module, grad_output: (2 * grad_output[0],))
    model.register_full_backward_pre_hook(lambda module, grad_output: show("last", grad_output))
    x, _ = _inputs(device)
    model(x).backward()


@case("hook/full-without-input-grad-returns-none-for-each", needs="torch.nn.Module.register_full_backward_hook")
def full_hook_may_return_none_for_each_input_that_needs_no_gradient(show, device):
    """Where no input needs a gradient, a full backward hook may return a tuple of None for each input."""
    model = ScaledPowModel(device)
    model.register_full_backward_hook(lambda module, grad_input, grad_output: (None, None))
    output = model(torch.tensor(5.0, device=device), torch.tensor(3.0, device=device))
    show("backward", refusal(output.backward))
    show("powParam.grad", model.powParam.grad)


# Global ones.


@case("hook/global-full-backward-hook-runs-first", needs="torch.nn.modules.module.register_module_full_backward_hook")
def global_full_backward_hook_runs_before_those_of_the_module(show, device):
    """A global full backward hook runs for each Module, children too, and before the Module's own."""
    model = PowLogModel(PowModel(), LogModel())
    model.powModel.register_full_backward_hook(_announce(show, "own"))
    module_hooks.register_module_full_backward_hook(_announce(show, "global"))
    model(*_inputs(device)).backward()


@case("hook/global-legacy-backward-hook-runs-first", needs="torch.nn.modules.module.register_module_backward_hook")
def global_legacy_backward_hook_runs_before_those_of_the_module(show, device):
    """A global legacy backward hook runs for each Module called, and before the Module's own."""
    first, second = LogModel(), LogModel()
    first.register_backward_hook(_announce(show, "own"))
    module_hooks.register_module_backward_hook(_announce(show, "global"))
    # Each Module is one operation on what another operation computed: torch warns of most others.
    x, _ = _inputs(device)
    second(first(1 * x)).backward()


@case(
    "hook/global-full-backward-hook-after-a-legacy-one",
    needs="torch.nn.modules.module.register_module_full_backward_hook",
)
def global_full_backward_hook_is_refused_after_a_legacy_one(show, device):
    """After a global legacy backward hook, a global full one is refused, also when the legacy one was removed."""
    module_hooks.register_module_backward_hook(lambda *_: None).remove()
    show("full after legacy", refusal(module_hooks.register_module_full_backward_hook, lambda *_: None))
    show("legacy after legacy", refusal(module_hooks.register_module_backward_hook, lambda *_: None))
