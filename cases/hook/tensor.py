"""Hooks on tensors and parameters: which run, in what order, what they see, and what `.grad` keeps."""

import io

import torch
from torch.nn import Parameter

from module_drift.case import case

from ..shared.refusals import refusal


class _Hook:
    """A hook that changes nothing, with a name for its repr."""

    def __init__(self, name):
        self.name = name

    def __call__(self, gradient):
        return None

    def __repr__(self):
        return self.name


def _leaf(value, device):
    """Return a leaf that requires a gradient."""
    return torch.tensor(value, device=device, requires_grad=True)


def _ten_times(gradient):
    """Return ten times the gradient: a hook."""
    return 10 * gradient


@case("hook/tensor-hook-on-an-input-of-autograd-grad")
def tensor_hook_changes_what_autograd_grad_returns(show, device):
    """A hook on a tensor that is asked for in autograd.grad runs, and changes the gradient returned."""
    x = _leaf(5.0, device)
    x.register_hook(_ten_times)
    show("gradient", torch.autograd.grad(2 * x, x))


@case("hook/tensor-hook-after-retain-grad")
def retained_gradient_is_that_after_all_hooks(show, device):
    """The gradient that retain_grad keeps is the one after all hooks of the tensor, those registered later also."""
    x = _leaf(5.0, device)
    y = 2 * x
    y.retain_grad()
    y.register_hook(_ten_times)
    (3 * y).backward()
    show("y.grad", y.grad)
    show("x.grad", x.grad)


@case("hook/retain-grad-before-in-place")
def retained_gradient_is_that_of_the_tensor_after_in_place(show, device):
    """The gradient that retain_grad keeps is that of the tensor as an operation in place left it afterwards."""
    y = 2 * _leaf(5.0, device)
    y.retain_grad()
    y.mul_(10)
    (3 * y).backward()
    show("y.grad", y.grad)


@case("hook/retain-grad-before-in-place-on-a-view")
def retained_gradient_is_that_of_the_tensor_after_in_place_on_a_view(show, device):
    """The gradient that retain_grad keeps is that after an operation in place on a view of the tensor."""
    y = 2 * _leaf([5.0, 3.0], device)
    y.retain_grad()
    y[0].mul_(10)
    (3 * y).sum().backward()
    show("y.grad", y.grad)


@case("hook/tensor-hooks-before-and-after-in-place")
def tensor_hook_belongs_to_the_tensor_as_it_was(show, device):
    """A tensor hook sees the gradient of the tensor as it was at registration, before or after a change in place."""
    y = 2 * _leaf(5.0, device)
    y.register_hook(lambda gradient: show("registered before", gradient))
    y.mul_(10)
    y.register_hook(lambda gradient: show("registered after", gradient))
    (3 * y).backward()


@case("hook/tensor-hook-registers-another")
def tensor_hook_that_another_registers_waits_for_the_next_pass(show, device):
    """A hook that a tensor hook registers on its tensor is called from the next backward pass on."""
    x = _leaf(5.0, device)

    def register_another(gradient):
        show("called", "first")
        x.register_hook(lambda gradient: show("called", "another"))

    handle = x.register_hook(register_another)
    show("backward")
    (2 * x).backward()
    handle.remove()
    show("backward again")
    (2 * x).backward()


@case("hook/hook-on-the-node-that-accumulates")
def hook_on_the_accumulating_node_sees_what_the_tensor_hook_returned(show, device):
    """A hook on the node that accumulates a parameter's gradient sees what the parameter's own hook returned."""
    parameter = Parameter(torch.tensor(5.0, device=device))
    # How it was reached before there were post-accumulate hooks.
    node = parameter.expand_as(parameter).grad_fn.next_functions[0][0]
    node.register_hook(lambda grad_input, grad_output: show("grad_output", grad_output))
    parameter.register_hook(_ten_times)
    (2 * parameter).backward()
    show("parameter.grad", parameter.grad)


@case("hook/tensor-hook-marked-unserializable")
def tensor_hook_marked_unserializable_gives_no_warning(show, device):
    """Saving a tensor warns that its hook is not saved, unless the hook is marked with unserializable_hook."""
    mark = torch.utils.hooks.unserializable_hook
    for hook in (_Hook("a plain hook"), mark(_Hook("a marked hook"))):
        x = _leaf(5.0, device)
        x.register_hook(hook)
        torch.save(x, io.BytesIO())
        show("saved with", hook)


@case("hook/retain-grad-on-a-leaf-without-gradient")
def retain_grad_refuses_a_tensor_without_gradient(show, device):
    """retain_grad raises on a tensor that requires no gradient, and does nothing on a leaf that does."""
    show("without gradient", refusal(torch.tensor(5.0, device=device).retain_grad))
    show("with gradient", refusal(_leaf(5.0, device).retain_grad))


@case("hook/post-accumulate-hook-frees-the-gradient", needs="torch.Tensor.register_post_accumulate_grad_hook")
def post_accumulate_hook_may_use_the_gradient_and_free_it(show, device):
    """A post-accumulate hook runs when .grad is complete, and may step and set it to None within backward."""
    parameter = Parameter(torch.tensor(5.0, device=device))
    parameter.register_hook(_ten_times)

    def step(parameter):
        show("gradient in the hook", parameter.grad)
        with torch.no_grad():
            parameter -= 0.01 * parameter.grad
        parameter.grad = None

    parameter.register_post_accumulate_grad_hook(step)
    (2 * parameter + 3 * parameter).backward()
    show("parameter", parameter.data)
    show("parameter.grad", parameter.grad)
