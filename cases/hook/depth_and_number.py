"""Section "Hook": hooks of Modules four levels down, more hooks than a few, and more calls."""

import torch
from torch.nn import Identity
from torch.nn.modules import module as module_hooks

from module_drift.case import case, cases

from ..shared.deep import levels
from ..shared.models import LogModel, ScaledPowModel

TEN = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9)


# Depth.


@case("hook/deep-forward-hooks", only="cpu")
def forward_hooks_run_on_all_levels(show, device):
    """Pre-hooks run from the outermost level to the deepest, and forward hooks back again."""
    found, calls = levels(device), []
    for number, model in enumerate(found):
        model.register_forward_pre_hook(lambda *_, number=number: calls.append(["pre-hook", number]))
        model.register_forward_hook(lambda *_, number=number: calls.append(["forward hook", number]))
    found[0](torch.tensor(1.0, device=device))
    for call in calls:
        show(*call)


@case("hook/deep-full-backward-hooks", only="cpu", needs="torch.nn.Module.register_full_backward_hook")
def full_backward_hooks_run_on_all_levels(show, device):
    """Full backward hooks run from the deepest level to the outermost."""
    found = levels(device)
    for number, model in enumerate(found):
        model.register_full_backward_hook(lambda _, *gradients, number=number: show(str(number), *gradients))
    found[0](torch.tensor(1.0, device=device, requires_grad=True)).backward()


@case("hook/deep-global-forward-hooks", only="cpu", needs="torch.nn.modules.module.register_module_forward_hook")
def global_forward_hooks_run_on_all_levels(show, device):
    """A global forward hook runs for all levels."""
    found = levels(device)
    module_hooks.register_module_forward_hook(lambda model, *_: show("called", found.index(model)))
    found[0](torch.tensor(1.0, device=device))


# Number.


@case("hook/ten-forward-hooks", only="cpu")
def ten_forward_hooks_run(show, device):
    """Ten pre-hooks and ten forward hooks of one Module run in order, and each is given what the last returned."""
    model, order = Identity(), []
    for number in TEN:
        model.register_forward_pre_hook(lambda _, inputs, number=number: (order.append(number), 2 * inputs[0])[1])
        model.register_forward_hook(lambda _, inputs, output, number=number: (order.append(number), output + 1)[1])
    show("output", model(torch.tensor(1.0, device=device)))
    show("order", order)


@cases(
    "hook/ten-{kind}",
    only="cpu",
    needs="torch.nn.Module.{kind}",
    kind={
        "full-backward-hooks": "register_full_backward_hook",
        "full-backward-pre-hooks": "register_full_backward_pre_hook",
    },
)
def ten_full_backward_hooks_run(show, device, kind):
    """Ten hooks of {kind} run in order."""
    model, order = LogModel(), []
    for number in TEN:
        getattr(model, kind)(lambda *_, number=number: order.append(number))
    model(torch.tensor(5.0, device=device, requires_grad=True)).backward()
    show("order", order)


@case("hook/ten-global-forward-hooks", only="cpu", needs="torch.nn.modules.module.register_module_forward_hook")
def ten_global_forward_hooks_run(show, device):
    """Ten global forward hooks and pre-hooks run in order."""
    order = []
    for number in TEN:
        module_hooks.register_module_forward_pre_hook(lambda *_, number=number: order.append(number))
        module_hooks.register_module_forward_hook(lambda *_, number=number: order.append(number))
    LogModel()(torch.tensor(5.0, device=device))
    show("order", order)


@case("hook/ten-hooks-of-the-state", only="cpu")
def ten_hooks_of_the_state_run(show, device):
    """Ten hooks run in order when a state is made, and ten others when it is loaded."""
    model, order = ScaledPowModel(device), []
    for number in TEN:
        model._register_state_dict_hook(lambda *_, number=number: order.append(number))
        model._register_load_state_dict_pre_hook(lambda *_, number=number: order.append(number))
    state = model.state_dict()
    show("made", order)
    order.clear()
    model.load_state_dict(state)
    show("loaded", order)


@case("hook/two-hundred-handles", only="cpu")
def two_hundred_handles_are_all_different(show, device):
    """Of two hundred hooks of one Module each is called, and then each whose handle was not removed."""
    model, called = Identity(), []
    handles = [model.register_forward_hook(lambda *_, number=number: called.append(number)) for number in range(200)]
    model(torch.tensor(1.0, device=device))
    show("called", len(called), "in order", called == list(range(200)))
    for handle in handles[::2]:
        handle.remove()
    called.clear()
    model(torch.tensor(1.0, device=device))
    show("called", len(called), "in order", called == list(range(1, 200, 2)))


@case("hook/called-two-hundred-times", only="cpu")
def a_hook_is_called_two_hundred_times(show, device):
    """A forward hook and a pre-hook are called as often as their Module, and then no more."""
    model, counts = Identity(), [0, 0]
    x = torch.tensor(1.0, device=device)

    def count(kind):
        counts[kind] += 1

    handles = [
        model.register_forward_pre_hook(lambda *_: count(0)),
        model.register_forward_hook(lambda *_: count(1)),
    ]
    for _ in range(200):
        model(x)
    show("called", counts)
    for handle in handles:
        handle.remove()
    model(x)
    show("called when removed", counts)


@case("hook/ten-inputs-of-a-full-backward-hook", only="cpu", needs="torch.nn.Module.register_full_backward_hook")
def a_full_backward_hook_is_given_ten_gradients(show, device):
    """A full backward hook of ten inputs, every second of which needs no gradient, is given one for the others."""

    class Weighted(torch.nn.Module):
        def forward(self, *inputs):
            return sum(number * x for number, x in enumerate(inputs))

    model = Weighted()
    model.register_full_backward_hook(lambda module, gradients, _: show("gradients", *gradients))
    model(*(torch.tensor(1.0, device=device, requires_grad=not number % 2) for number in TEN)).backward()


def _do_nothing(*arguments):
    """Be a hook that can be pickled."""
