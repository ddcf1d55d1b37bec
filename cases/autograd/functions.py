"""Section "Autograd": a Function of one's own within Modules: its context, what it returns, and its derivatives."""

import torch
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from module_drift.case import case, cases

from ..shared.forward_mode import load_forward_mode
from ..shared.refusals import refusal, type_of_refusal
from ..shared.weighted import Scale, leaf


class _Product(Function):
    """The product of two tensors."""

    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * y

    @staticmethod
    def backward(ctx, gradient):
        x, y = ctx.saved_tensors
        return y * gradient, x * gradient


def _returning(results):
    """Return a Function of two inputs whose backward returns what `results` makes of a gradient."""

    class Returning(Function):
        __module__ = "cases.functions"

        @staticmethod
        def forward(ctx, x, y):
            return x * y

        @staticmethod
        def backward(ctx, gradient):
            return results(gradient)

    return Returning


RETURNED = {
    "none-too-many": lambda gradient: (gradient, gradient, None),
    "another-shape": lambda gradient: (torch.ones(3, device=gradient.device), gradient),
    "a-larger-shape": lambda gradient: (torch.ones(3, 2, device=gradient.device), gradient),
}


@cases(
    "autograd/function-whose-backward-returns-{results}",
    only="cpu",
    results=[
        "none-too-many",
        "another-shape",
        "a-larger-shape",
    ],
)
def function_whose_backward_returns(show, device, results):
    """A Function of two inputs whose backward returns {results}."""
    model, y = Scale([1.0, 2.0], device), leaf([3.0, 5.0], device)
    output = _returning(RETURNED[results]).apply(model.weight, y)
    show("raises", refusal(output.sum().backward))
    show("gradients", model.weight.grad, y.grad)


@case("autograd/function-in-no-grad-of-its-own", only="cpu")
def function_records_nothing(show, device):
    """Within forward of a Function nothing is recorded, and its inputs require gradients as they did."""

    class Looking(Function):
        @staticmethod
        def forward(ctx, x):
            show("forward", torch.is_grad_enabled(), x.requires_grad, (2.0 * x).requires_grad)
            return 2.0 * x

        @staticmethod
        def backward(ctx, gradient):
            show("backward", torch.is_grad_enabled(), gradient.requires_grad)
            return 2.0 * gradient

    weight = Scale(2.0, device).weight
    output = Looking.apply(weight)
    torch.autograd.grad(output, weight, retain_graph=True)
    torch.autograd.grad(output, weight, create_graph=True)


class _Two(Function):
    """Twice and three times its input, with gradients that are materialized or not."""

    @staticmethod
    def forward(ctx, x, show, materialize):
        ctx.show = show
        if not materialize:
            ctx.set_materialize_grads(False)
        return 2.0 * x, 3.0 * x

    @staticmethod
    def backward(ctx, first, second):
        ctx.show("gradients", first, second)
        return 2.0 * first, None, None


@case("autograd/function-of-several-outputs", only="cpu")
def function_of_several_outputs(show, device):
    """A Function of which one output is used is given zeros for the other."""
    _Two.apply(Scale(2.0, device).weight, show, True)[0].backward()


@case(
    "autograd/function-without-materialized-gradients",
    only="cpu",
    needs="torch.autograd.Function.set_materialize_grads",
)
def function_without_materialized_gradients(show, device):
    """A Function that wants no gradients made is given None for an output that is not used."""
    _Two.apply(Scale(2.0, device).weight, show, False)[0].backward()


@case("autograd/function-that-is-differentiable-once", only="cpu")
def function_is_differentiable_once(show, device):
    """A Function marked as differentiable once has no second derivative."""

    class Square(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @once_differentiable
        def backward(ctx, gradient):
            return 2.0 * ctx.saved_tensors[0] * gradient

    weight = Scale(3.0, device).weight
    (first,) = torch.autograd.grad(Square.apply(weight), weight, create_graph=True)
    show("first", first.detach())
    show("second", refusal(torch.autograd.grad, first, weight))


@case("autograd/function-without-backward", only="cpu")
def function_has_no_backward(show, device):
    """A Function without a backward can be applied, and is refused in the backward pass."""

    class Forward(Function):
        __module__ = "cases.functions"

        @staticmethod
        def forward(ctx, x):
            return 2.0 * x

    output = Forward.apply(Scale(2.0, device).weight)
    show("raises", refusal(output.backward))


@case("autograd/function-with-vjp", only="cpu", needs="torch.autograd.Function.vjp")
def function_has_a_vjp(show, device):
    """A Function may have a vjp in the place of a backward, but not both."""

    class Double(Function):
        __module__ = "cases.functions"

        @staticmethod
        def forward(ctx, x):
            return 2.0 * x

        @staticmethod
        def vjp(ctx, gradient):
            return 2.0 * gradient

    class Both(Double):
        @staticmethod
        def backward(ctx, gradient):
            return 2.0 * gradient

    weight = Scale(3.0, device).weight
    Double.apply(weight).backward()
    show("gradient", weight.grad)
    show("both", refusal(lambda: Both.apply(weight).backward()))


@case("autograd/function-with-jvp", only="cpu", needs="torch.autograd.Function.save_for_forward")
def function_has_a_jvp(show, device):
    """A Function with a jvp takes part in forward mode, and one without is refused there."""
    from torch.autograd import forward_ad

    class Square(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_forward(x)
            return x * x

        @staticmethod
        def jvp(ctx, tangent):
            return 2.0 * ctx.saved_tensors[0] * tangent

    load_forward_mode(device)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(torch.tensor(3.0, device=device), torch.tensor(5.0, device=device))
        show("with", refusal(lambda: show("tangent", forward_ad.unpack_dual(Square.apply(dual)).tangent)))
        show("without", type_of_refusal(_Product.apply, dual, dual))
