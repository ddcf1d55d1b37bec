"""Operations of one's own: torch.autograd.Function."""

import torch

from module_drift.case import case

from ..shared.refusals import refusal, type_of_refusal


class _OldStyleDouble(torch.autograd.Function):
    """Twice its input, written as before static methods came."""

    __module__ = "cases.autograd_function"  # Torch tells it, and what goldens say outlasts where this file lies.

    def forward(self, x):
        return 2 * x

    def backward(self, gradient):
        return 2 * gradient


class _Multiple(torch.autograd.Function):
    """A multiple of its input, twice it by default."""

    @staticmethod
    def forward(ctx, x, factor=2.0):
        ctx.factor = factor
        return factor * x

    @staticmethod
    def backward(ctx, gradient):
        return ctx.factor * gradient, None


class _TwoAndThreeTimes(torch.autograd.Function):
    """Two products of its input, in a list."""

    @staticmethod
    def forward(ctx, x):
        return [2 * x, 3 * x]

    @staticmethod
    def backward(ctx, *gradients):
        return 2 * gradients[0] + 3 * gradients[1]


@case("functional/function-with-methods-that-are-not-static")
def function_with_methods_that_are_not_static_cannot_be_called(show, device):
    """An autograd Function whose forward is not static raises when an instance of it is called."""
    show("call", refusal(lambda: _OldStyleDouble()(torch.tensor(5.0, device=device, requires_grad=True))))


@case("functional/function-applied-to-a-keyword-argument")
def function_is_applied_to_a_keyword_argument(show, device):
    """An autograd Function can be applied to keyword arguments of its forward."""
    x = torch.tensor(5.0, device=device, requires_grad=True)
    show("raises", type_of_refusal(lambda: _Multiple.apply(x, factor=3.0).backward()))
    show("x.grad", x.grad)


@case("functional/function-that-returns-a-list")
def function_that_returns_a_list_is_cut_off(show, device):
    """Tensors that an autograd Function returns in a list require no gradient, and nothing says so."""
    x = torch.tensor(5.0, device=device, requires_grad=True)

    def apply():
        for product in _TwoAndThreeTimes.apply(x):
            show("product requires a gradient:", product.requires_grad)

    show("raises", refusal(apply))


@case("functional/function-setup-context-and-defaults", needs="torch.autograd.Function.setup_context")
def setup_context_is_given_the_defaults_of_forward(show, device):
    """The setup_context of an autograd Function is given also the default of an argument that was left out."""

    class Multiple(torch.autograd.Function):
        @staticmethod
        def forward(x, factor=2.0):
            return factor * x

        @staticmethod
        def setup_context(ctx, inputs, output):
            show("other inputs", inputs[1:])

        @staticmethod
        def backward(ctx, gradient):
            return 2.0 * gradient, None

    x = torch.tensor(5.0, device=device, requires_grad=True)
    Multiple.apply(x).backward()
    show("x.grad", x.grad)
