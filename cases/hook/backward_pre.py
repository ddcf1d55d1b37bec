"""Full backward pre-hooks, which PyTorch 2.0 added: they see the gradients of a Module's outputs first."""

import torch

from module_drift.case import case

from ..shared.models import LogModel, ScaledPowModel
from ..shared.refusals import refusal


def _ten_times(module, grad_output):
    """Return ten times the gradient of the one output: a backward pre-hook."""
    return (10 * grad_output[0],)


@case("hook/backward-pre-replaces-grad-output", needs="torch.nn.Module.register_full_backward_pre_hook")
def backward_pre_hook_replaces_the_gradient_of_the_output(show, device):
    """What a full backward pre-hook returns takes the place of grad_output, for the parameters as for the inputs."""
    x = torch.tensor(5.0, device=device, requires_grad=True)
    model = ScaledPowModel(device)
    model.register_full_backward_pre_hook(_ten_times)
    model(x, 3.0).backward()
    show("powParam.grad", model.powParam.grad)
    show("x.grad", x.grad)


@case("hook/backward-pre-before-full", needs="torch.nn.Module.register_full_backward_pre_hook")
def full_backward_hook_sees_what_the_pre_hook_returned(show, device):
    """A full backward hook is given the grad_output that a pre-hook returned, and the grad_input that follows."""
    model = LogModel()
    model.register_full_backward_pre_hook(_ten_times)

    def watch(module, grad_input, grad_output):
        show("grad_input", grad_input)
        show("grad_output", grad_output)

    model.register_full_backward_hook(watch)
    model(torch.tensor(5.0, device=device, requires_grad=True)).backward()


@case("hook/backward-pre-in-order", needs="torch.nn.Module.register_full_backward_pre_hook")
def backward_pre_hooks_run_in_order(show, device):
    """Full backward pre-hooks run in the order of registration after a prepended one, each on the former's result."""
    model = LogModel()

    def adding(number):
        def add(module, grad_output):
            show(f"to add {number}", grad_output)
            return (grad_output[0] + number,)

        return add

    model.register_full_backward_pre_hook(adding(1))
    model.register_full_backward_pre_hook(adding(20))
    model.register_full_backward_pre_hook(adding(300), prepend=True)
    model(torch.tensor(5.0, device=device, requires_grad=True)).backward()


@case("hook/backward-pre-returns-one-tensor", needs="torch.nn.Module.register_full_backward_pre_hook")
def backward_pre_hook_that_returns_a_tensor_returns_its_rows(show, device):
    """A tensor that a full backward pre-hook returns without a tuple is taken for a tuple of its rows."""
    x = torch.tensor([5.0, 3.0], device=device, requires_grad=True)
    model = LogModel()
    model.register_full_backward_pre_hook(lambda module, grad_output: 10 * grad_output[0])
    show("raises", refusal(model(x).sum().backward))


@case("hook/backward-pre-without-input-grad", needs="torch.nn.Module.register_full_backward_pre_hook")
def backward_pre_hook_works_although_no_input_needs_a_gradient(show, device):
    """Where no input needs a gradient, a full backward pre-hook replaces that of the output, without a warning."""
    model = ScaledPowModel(device)
    model.register_full_backward_pre_hook(_ten_times)
    model(torch.tensor(5.0, device=device), 3.0).backward()
    show("powParam.grad", model.powParam.grad)
