"""Hooks on the graph of autograd: on several tensors at once, and on what it saves for the backward pass."""

import torch

from module_drift.case import case

from ..shared.refusals import refusal


@case("hook/multi-grad-hook", needs="torch.autograd.graph.register_multi_grad_hook")
def multi_grad_hook_runs_once_for_all_tensors(show, device):
    """A hook on several tensors runs once a backward pass, and is given None for a tensor that the pass leaves out."""
    x = torch.tensor(5.0, device=device, requires_grad=True)
    q = torch.tensor(3.0, device=device, requires_grad=True)
    torch.autograd.graph.register_multi_grad_hook([x, q], lambda gradients: show("gradients", list(gradients)))
    show("both take part")
    (x * q).backward()
    show("one takes part")
    (2 * x).backward()
    show("x.grad", x.grad)


@case("hook/multi-grad-hook-on-a-tensor-without-gradient", needs="torch.autograd.graph.register_multi_grad_hook")
def multi_grad_hook_refuses_a_tensor_without_gradient(show, device):
    """A hook on several tensors raises an AssertionError if one of them requires no gradient."""
    tensors = [torch.tensor(5.0, device=device, requires_grad=needed) for needed in (True, False)]
    show("raises", refusal(torch.autograd.graph.register_multi_grad_hook, tensors, lambda gradients: None))


@case("hook/saved-tensors-hook-that-works-in-place", needs="torch.autograd.graph.saved_tensors_hooks")
def saved_tensors_hook_may_not_work_in_place(show, device):
    """A hook that packs what is saved for the backward pass may not change it in place."""
    x = torch.tensor(5.0, device=device, requires_grad=True)

    def square_it():
        with torch.autograd.graph.saved_tensors_hooks(lambda saved: saved.mul_(2), lambda packed: packed):
            return x * x

    show("raises", refusal(square_it))
