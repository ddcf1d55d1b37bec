"""Hooks of the backward pass, of Modules and of tensors, that come or go between two calls."""

from torch.nn import Module
from torch.nn.modules import module as module_hooks

from module_drift.case import case

from .models import Chain, Scaled, call_and_go_back, noting, numbers


@case("between-calls/full-backward-hook-registered", needs="torch.nn.Module.register_full_backward_hook")
def full_backward_hook_is_registered(show, device):
    """A full backward hook that is registered after a call runs in the next backward pass."""
    model, x, log = Scaled(device), numbers(device, requires_grad=True), []
    call_and_go_back(show, "without it", model, x, log)
    model.register_full_backward_hook(noting(log, "backward hook"))
    call_and_go_back(show, "with it", model, x, log)


@case("between-calls/full-backward-hook-removed", needs="torch.nn.Module.register_full_backward_hook")
def full_backward_hook_is_removed(show, device):
    """A full backward hook that is removed after a call does not run in the next backward pass."""
    model, x, log = Scaled(device), numbers(device, requires_grad=True), []
    handle = model.register_full_backward_hook(noting(log, "backward hook"))
    call_and_go_back(show, "with it", model, x, log)
    handle.remove()
    call_and_go_back(show, "without it", model, x, log)


@case("between-calls/full-backward-hook-registered-on-a-child", needs="torch.nn.Module.register_full_backward_hook")
def full_backward_hook_is_registered_on_a_child(show, device):
    """A child's full backward hook that is registered after a call changes the gradients of the next."""
    model, x, log = Chain(device), numbers(device, requires_grad=True), []
    call_and_go_back(show, "without it", model, x, log)
    model.first.register_full_backward_hook(lambda module, grad_input, grad_output: (10 * grad_input[0],))
    call_and_go_back(show, "with it", model, x, log)


@case("between-calls/full-backward-hook-removed-from-a-child", needs="torch.nn.Module.register_full_backward_hook")
def full_backward_hook_is_removed_from_a_child(show, device):
    """A child's full backward hook that is removed after a call no longer changes gradients."""
    model, x, log = Chain(device), numbers(device, requires_grad=True), []
    handle = model.first.register_full_backward_hook(lambda module, grad_input, grad_output: (10 * grad_input[0],))
    call_and_go_back(show, "with it", model, x, log)
    handle.remove()
    call_and_go_back(show, "without it", model, x, log)


@case(
    "between-calls/full-backward-hook-removed-before-the-backward-pass",
    needs="torch.nn.Module.register_full_backward_hook",
)
def full_backward_hook_is_removed_before_the_backward_pass(show, device):
    """A full backward hook that is removed between a call and its backward pass still runs in that."""
    model, x, log = Scaled(device), numbers(device, requires_grad=True), []
    for removed in (False, True):
        handle = model.register_full_backward_hook(noting(log, "backward hook"))
        output = model(x)
        if removed:
            handle.remove()
        output.sum().backward()
        handle.remove()
        show("removed" if removed else "kept", log)
        log.clear()


@case("between-calls/full-backward-pre-hook-registered", needs="torch.nn.Module.register_full_backward_pre_hook")
def full_backward_pre_hook_is_registered(show, device):
    """A full backward pre-hook that is registered after a call runs in the next backward pass."""
    model, x, log = Scaled(device), numbers(device, requires_grad=True), []
    call_and_go_back(show, "without it", model, x, log)
    model.register_full_backward_pre_hook(noting(log, "backward pre-hook"))
    call_and_go_back(show, "with it", model, x, log)


@case("between-calls/full-backward-pre-hook-removed", needs="torch.nn.Module.register_full_backward_pre_hook")
def full_backward_pre_hook_is_removed(show, device):
    """A full backward pre-hook that is removed after a call no longer changes gradients."""
    model, x, log = Scaled(device), numbers(device, requires_grad=True), []
    handle = model.register_full_backward_pre_hook(lambda module, grad_output: (10 * grad_output[0],))
    call_and_go_back(show, "with it", model, x, log)
    handle.remove()
    call_and_go_back(show, "without it", model, x, log)


@case(
    "between-calls/full-backward-pre-hook-on-a-child-from-the-start",
    needs="torch.nn.Module.register_full_backward_pre_hook",
)
def full_backward_pre_hook_of_a_child_runs(show, device):
    """A full backward pre-hook of a child runs in every backward pass."""
    model, x, log = Chain(device), numbers(device, requires_grad=True), []
    model.second.register_full_backward_pre_hook(noting(log, "backward pre-hook"))
    call_and_go_back(show, "first", model, x, log)
    call_and_go_back(show, "second", model, x, log)


@case("between-calls/legacy-backward-hook-registered")
def legacy_backward_hook_is_registered(show, device):
    """A backward hook of the old kind that is registered after a call runs in the next backward pass."""
    model, x, log = Scaled(device), numbers(device, requires_grad=True), []
    call_and_go_back(show, "without it", model, x, log)
    model.register_backward_hook(noting(log, "backward hook"))
    call_and_go_back(show, "with it", model, x, log)


@case("between-calls/legacy-backward-hook-removed-from-a-child")
def legacy_backward_hook_is_removed_from_a_child(show, device):
    """A child's backward hook of the old kind that is removed after a call does not run in the next backward pass."""
    model, x, log = Chain(device), numbers(device, requires_grad=True), []
    handle = model.first.register_backward_hook(noting(log, "backward hook"))
    call_and_go_back(show, "with it", model, x, log)
    handle.remove()
    call_and_go_back(show, "without it", model, x, log)


@case("between-calls/global-full-backward-hook", needs="torch.nn.modules.module.register_module_full_backward_hook")
def global_full_backward_hook_comes_and_goes(show, device):
    """A global full backward hook runs for the root and its children from when it is registered until it is removed."""
    model, x, log = Chain(device), numbers(device, requires_grad=True), []
    call_and_go_back(show, "before", model, x, log)

    def note(module, grad_input, grad_output):
        log.append(type(module).__name__)

    handle = module_hooks.register_module_full_backward_hook(note)
    call_and_go_back(show, "with it", model, x, log)
    handle.remove()
    call_and_go_back(show, "after", model, x, log)


class _HooksATensor(Module):
    """Has a hook on a tensor of its own in the middle of its forward."""

    def __init__(self, log):
        super().__init__()
        self.log = log
        self.hooks = True

    def forward(self, x):
        middle = 2 * x
        if self.hooks:
            middle.register_hook(lambda gradient: self.log.append("tensor hook"))
        return 3 * middle


@case("between-calls/tensor-hook-in-forward")
def tensor_hook_is_registered_in_forward(show, device):
    """A hook that forward registers on a tensor of its own runs once in every backward pass, until it does not."""
    log = []
    model, x = _HooksATensor(log), numbers(device, requires_grad=True)
    call_and_go_back(show, "first", model, x, log)
    call_and_go_back(show, "second", model, x, log)
    model.hooks = False
    call_and_go_back(show, "without it", model, x, log)


class _ScalesAGradient(Module):
    """Has a hook in the middle of its forward that changes the gradient there."""

    factor = 10

    def forward(self, x):
        middle = 2 * x
        middle.register_hook(lambda gradient: self.factor * gradient)
        return 3 * middle


@case("between-calls/tensor-hook-in-forward-changes-the-gradient")
def tensor_hook_in_forward_changes_the_gradient(show, device):
    """A tensor hook in forward that scales the gradient by an attribute scales it by what that is in each pass."""
    model, x, log = _ScalesAGradient(), numbers(device, requires_grad=True), []
    call_and_go_back(show, "by ten", model, x, log)
    model.factor = 100
    call_and_go_back(show, "by a hundred", model, x, log)


class _RetainsAGradient(Module):
    """Keeps a tensor of the middle of its forward, and has its gradient retained."""

    middle = None

    def forward(self, x):
        self.middle = 2 * x
        self.middle.retain_grad()
        return 3 * self.middle


@case("between-calls/retain-grad-in-forward")
def gradient_is_retained_in_forward(show, device):
    """A tensor that forward keeps has its gradient retained, a new one in every call."""
    model, x = _RetainsAGradient(), numbers(device, requires_grad=True)
    for factor in (1, 10):
        (factor * model(x)).sum().backward()
        show("middle.grad", model.middle.grad)


@case("between-calls/post-accumulate-grad-hook", needs="torch.Tensor.register_post_accumulate_grad_hook")
def post_accumulate_grad_hook_comes_and_goes(show, device):
    """A hook after the accumulation of a weight's gradient runs from when it is registered until it is removed."""
    model, x, log = Scaled(device), numbers(device, requires_grad=True), []
    call_and_go_back(show, "before", model, x, log)
    handle = model.weight.register_post_accumulate_grad_hook(noting(log, "accumulated"))
    call_and_go_back(show, "with it", model, x, log)
    handle.remove()
    call_and_go_back(show, "after", model, x, log)


@case("between-calls/hook-on-a-parameter")
def hook_of_a_parameter_comes_and_goes(show, device):
    """A hook of a weight that doubles its gradient does so from when it is registered until it is removed."""
    model, x = Scaled(device), numbers(device)
    handle = None
    for label in ("before", "with it", "after"):
        if label == "with it":
            handle = model.weight.register_hook(lambda gradient: 2 * gradient)
        elif label == "after":
            handle.remove()
        model.weight.grad = None
        model(x).sum().backward()
        show(label, model.weight.grad)
