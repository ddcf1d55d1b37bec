"""Operations of one's own: torch.autograd.Function."""

import torch

from module_drift.case import case

from .refusals import refusal


class _OldStyleDouble(torch.autograd.Function):
    """Twice its input, written as before static methods came."""

    def forward(self, x):
        return 2 * x

    def backward(self, gradient):
        return 2 * gradient


@case("functional/function-with-methods-that-are-not-static")
def function_with_methods_that_are_not_static_cannot_be_called(show, device):
    """An autograd Function whose forward is not static raises when an instance of it is called."""
    show("call", refusal(lambda: _OldStyleDouble()(torch.tensor(5.0, device=device, requires_grad=True))))
