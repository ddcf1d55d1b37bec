"""Hooks that are there at the first call, and what they do at each of several."""

from torch.nn import Module

from module_drift.case import case

from .models import Chain, Scaled, call, call_and_go_back, noting, numbers


@case("between-calls/hooks-on-the-root-from-the-start")
def hooks_of_the_root_run_in_every_call(show, device):
    """A forward pre-hook and a forward hook of the root run once in every call."""
    model, x, log = Scaled(device), numbers(device), []
    model.register_forward_pre_hook(noting(log, "pre-hook"))
    model.register_forward_hook(noting(log, "hook"))
    call(show, "first", model, x, log)
    call(show, "second", model, x, log)
    call(show, "third", model, x, log)


@case("between-calls/hooks-on-a-child-from-the-start")
def hooks_of_a_child_run_in_every_call(show, device):
    """A forward pre-hook and a forward hook of a child run once in every call of the root."""
    model, x, log = Chain(device), numbers(device), []
    model.second.register_forward_pre_hook(noting(log, "pre-hook"))
    model.second.register_forward_hook(noting(log, "hook"))
    call(show, "first", model, x, log)
    call(show, "second", model, x, log)
    call(show, "third", model, x, log)


@case("between-calls/hooks-of-two-layers-in-order")
def hooks_of_two_layers_run_in_order(show, device):
    """Forward pre-hooks run from the root inwards and forward hooks outwards, one child after the other, each time."""
    model, x, log = Chain(device), numbers(device), []
    for name, module in model.named_modules():
        module.register_forward_pre_hook(noting(log, f"before {name or 'root'}"))
        module.register_forward_hook(noting(log, f"after {name or 'root'}"))
    call(show, "first", model, x, log)
    call(show, "second", model, x, log)


@case("between-calls/full-backward-hooks-of-two-layers", needs="torch.nn.Module.register_full_backward_hook")
def full_backward_hooks_of_two_layers_run_in_order(show, device):
    """Full backward hooks of two layers run from the last to the first in every backward pass."""
    model, x, log = Chain(device), numbers(device, requires_grad=True), []
    model.first.register_full_backward_hook(noting(log, "first"))
    model.second.register_full_backward_hook(noting(log, "second"))
    call_and_go_back(show, "once", model, x, log)
    call_and_go_back(show, "twice", model, x, log)


@case("between-calls/full-backward-hook-on-the-root", needs="torch.nn.Module.register_full_backward_hook")
def full_backward_hook_of_the_root_runs(show, device):
    """A full backward hook of the root that doubles the gradient of the input does so in every backward pass."""
    model, x, log = Scaled(device), numbers(device, requires_grad=True), []
    model.register_full_backward_hook(lambda module, grad_input, grad_output: (2 * grad_input[0],))
    call_and_go_back(show, "once", model, x, log)
    call_and_go_back(show, "twice", model, x, log)


@case("between-calls/hook-counts-in-an-attribute")
def hook_counts_calls_in_an_attribute(show, device):
    """A forward hook counts the calls of the root and of a child in an attribute of either."""
    model, x = Chain(device), numbers(device)

    def count(module, inputs, output):
        module.calls += 1

    for module in (model, model.first):
        module.calls = 0
        module.register_forward_hook(count)
    for _ in range(3):
        model(x)
        show("calls", model.calls, model.first.calls)


@case("between-calls/hook-counts-in-a-buffer")
def hook_counts_calls_in_a_buffer(show, device):
    """A forward hook counts the calls in a buffer, in place."""
    model, x = Scaled(device), numbers(device)
    model.register_buffer("calls", x.new_zeros(()))

    def count(module, inputs, output):
        module.calls += 1

    model.register_forward_hook(count)
    for _ in range(3):
        model(x)
        show("calls", model.calls)


@case("between-calls/hook-keeps-outputs")
def hook_keeps_outputs_of_a_child(show, device):
    """A forward hook that keeps what a child returns has one output of every call, with its values."""
    model, x = Chain(device), numbers(device)
    kept = []
    model.first.register_forward_hook(lambda module, inputs, output: kept.append(output))
    model(x)
    model(10 * x)
    show("kept", [output.detach() for output in kept])


@case("between-calls/hook-removes-itself")
def hook_removes_itself(show, device):
    """A forward hook that removes itself runs in the first call alone."""
    model, x, log = Scaled(device), numbers(device), []
    handles = []

    def once(module, inputs, output):
        log.append("hook")
        handles[0].remove()

    handles.append(model.register_forward_hook(once))
    call(show, "first", model, x, log)
    call(show, "second", model, x, log)


@case("between-calls/hook-shows-in-every-call")
def hook_shows_what_it_is_given(show, device):
    """A forward hook that shows what it is given does so in every call."""
    model, x = Chain(device), numbers(device)
    model.first.register_forward_hook(lambda module, inputs, output: show("hook", inputs[0], output.detach()))
    show("first", model(x).detach())
    show("second", model(10 * x).detach())


@case("between-calls/hook-reads-a-variable")
def hook_reads_a_variable_that_changes(show, device):
    """A forward hook that reads a variable around it reads what it is in each call."""
    model, x = Scaled(device), numbers(device)
    offset = 10
    model.register_forward_hook(lambda module, inputs, output: output + offset)
    show("first", model(x).detach())
    offset = 20
    show("second", model(x).detach())


class _Twice(Module):
    """Calls its child twice in a row."""

    def __init__(self, device):
        super().__init__()
        self.inner = Scaled(device)

    def forward(self, x):
        return self.inner(self.inner(x))


@case("between-calls/hook-of-a-child-that-is-called-twice")
def hook_of_a_child_runs_as_often_as_the_child_is_called(show, device):
    """A forward hook of a child that is called twice in a call of the root runs twice in each."""
    model, x, log = _Twice(device), numbers(device), []
    model.inner.register_forward_hook(noting(log, "hook"))
    call(show, "first", model, x, log)
    call(show, "second", model, x, log)


@case("between-calls/hook-of-a-child-under-two-names")
def hook_of_a_child_under_two_names_runs_for_both(show, device):
    """A forward hook of a child that the root has under two names runs for either, until a name gets another child."""
    model, x, log = Chain(device), numbers(device), []
    model.second = model.first
    model.first.register_forward_hook(noting(log, "hook"))
    call(show, "one child", model, x, log)
    model.second = Scaled(device, 5.0)
    call(show, "two children", model, x, log)
