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
    "too-few": lambda gradient: (gradient,),
    "none-too-many": lambda gradient: (gradient, gradient, None),
    "a-number": lambda gradient: (5.0, gradient),
    "another-shape": lambda gradient: (torch.ones(3, device=gradient.device), gradient),
    "a-larger-shape": lambda gradient: (torch.ones(3, 2, device=gradient.device), gradient),
    "another-dtype": lambda gradient: (gradient.double(), gradient),
}


@cases(
    "autograd/function-whose-backward-returns-{results}",
    only="cpu",
    results=[
        "too-few",
        "none-too-many",
        "a-number",
        "another-shape",
        "a-larger-shape",
        "another-dtype",
    ],
)
def function_whose_backward_returns(show, device, results):
    """A Function of two inputs whose backward returns {results}."""
    model, y = Scale([1.0, 2.0], device), leaf([3.0, 5.0], device)
    output = _returning(RETURNED[results]).apply(model.weight, y)
    show("raises", refusal(output.sum().backward))
    show("gradients", model.weight.grad, y.grad)


@case("autograd/function-told-which-gradients-are-needed", only="cpu")
def function_is_told_which_gradients_are_needed(show, device):
    """The context of a Function says for each argument whether its gradient is needed, also in forward."""

    class Asking(Function):
        @staticmethod
        def forward(ctx, x, y, number):
            show("forward", ctx.needs_input_grad)
            return x * y

        @staticmethod
        def backward(ctx, gradient):
            show("backward", ctx.needs_input_grad)
            return gradient, None, None

    Asking.apply(Scale(2.0, device).weight, torch.tensor(3.0, device=device), 5).backward()


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


@case("autograd/function-with-a-saved-result", only="cpu")
def function_saves_its_result(show, device):
    """A Function that saves its result is given it with a node, so that it can be differentiated twice."""

    class Square(Function):
        @staticmethod
        def forward(ctx, x):
            result = x * x
            ctx.save_for_backward(x, result)
            return result

        @staticmethod
        def backward(ctx, gradient):
            x, result = ctx.saved_tensors
            show("saved", x.is_leaf, type(result.grad_fn).__name__)
            return 2.0 * x * gradient

    model = Scale(3.0, device)
    (first,) = torch.autograd.grad(Square.apply(model.weight), model.weight, create_graph=True)
    show("derivatives", first.detach(), *torch.autograd.grad(first, model.weight))


@case("autograd/function-that-saves-what-is-no-tensor", only="cpu")
def function_saves_what_is_no_tensor(show, device):
    """A Function saves tensors and None, and is refused a number when it saves or applies."""

    class Saving(Function):
        __module__ = "cases.functions"

        @staticmethod
        def forward(ctx, x, other):
            ctx.save_for_backward(x, other)
            return 2.0 * x

        @staticmethod
        def backward(ctx, gradient):
            show("saved", ctx.saved_tensors[1])
            return 2.0 * gradient, None

    weight = Scale(2.0, device).weight
    Saving.apply(weight, None).backward()
    show("number", refusal(lambda: Saving.apply(weight, 5).backward()))


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


@case("autograd/function-marks-what-is-not-differentiable", only="cpu")
def function_marks_what_is_not_differentiable(show, device):
    """An output that a Function marks as not differentiable requires no gradient."""

    class Largest(Function):
        @staticmethod
        def forward(ctx, x):
            value, index = x.max(0)
            ctx.mark_non_differentiable(index)
            return value, index

        @staticmethod
        def backward(ctx, gradient, of_index):
            show("gradients", gradient, of_index)
            return torch.zeros(2, device=gradient.device)

    value, index = Largest.apply(Scale([1.0, 2.0], device).weight)
    show("requires grad", value.requires_grad, index.requires_grad)
    value.backward()


@case("autograd/function-that-works-in-place", only="cpu")
def function_works_in_place(show, device):
    """A Function that changes its input in place and marks it dirty returns the tensor itself, with its node."""

    class Double(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x.mul_(2.0)

        @staticmethod
        def backward(ctx, gradient):
            return 2.0 * gradient

    model = Scale(2.0, device)
    output = model(3.0)
    result = Double.apply(output)
    show("same object", result is output)
    show("node", type(output.grad_fn).__name__)
    output.backward()
    show("gradient", model.weight.grad)


@case("autograd/function-that-works-in-place-unmarked", only="cpu")
def function_works_in_place_unmarked(show, device):
    """A Function that changes its input in place without saying so goes unnoticed."""

    class Double(Function):
        @staticmethod
        def forward(ctx, x):
            return x.mul_(2.0)

        @staticmethod
        def backward(ctx, gradient):
            return 2.0 * gradient

    model = Scale(2.0, device)
    output = model(3.0)
    result = Double.apply(output)
    show("same object", result is output)
    show("raises", refusal(result.backward))
    show("gradient", model.weight.grad)


@case("autograd/function-that-works-in-place-on-a-parameter", only="cpu")
def function_works_in_place_on_a_parameter(show, device):
    """A Function that marks a parameter as dirty is refused, since it is a leaf."""

    class Double(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x.mul_(2.0)

        @staticmethod
        def backward(ctx, gradient):
            return 2.0 * gradient

    show("raises", refusal(Double.apply, Scale(2.0, device).weight))


@case("autograd/function-that-is-differentiable-once", only="cpu")
def function_is_differentiable_once(show, device):
    """A Function marked as differentiable once has no second derivative, and says so."""

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


@case("autograd/function-node", only="cpu")
def node_of_a_function(show, device):
    """The node of a Function is named after it, and has what was kept in the context."""

    class Keeping(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.factor = 2.0
            return 2.0 * x

        @staticmethod
        def backward(ctx, gradient):
            show("same context", ctx.factor)
            return 2.0 * gradient

    output = Keeping.apply(Scale(2.0, device).weight)
    show("type", type(output.grad_fn).__name__)
    output.grad_fn.factor = 7.0
    output.backward()


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


@case("autograd/function-under-vmap", only="cpu", needs="torch.func.vmap")
def function_is_mapped(show, device):
    """A Function under vmap needs setup_context, and either a rule of its own or generate_vmap_rule."""

    class Double(Function):
        __module__ = "cases.functions"
        generate_vmap_rule = True

        @staticmethod
        def forward(x):
            return 2.0 * x

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

        @staticmethod
        def backward(ctx, gradient):
            return 2.0 * gradient

    class WithoutRule(Double):
        __module__ = "cases.functions"
        generate_vmap_rule = False

    x = torch.tensor([3.0, 5.0], device=device)
    show("generated", torch.func.vmap(Double.apply)(x))
    show("without rule", type_of_refusal(torch.func.vmap(WithoutRule.apply), x))
    show("without setup_context", type_of_refusal(torch.func.vmap(_Product.apply), x, x))


@case("autograd/function-under-func-grad", only="cpu", needs="torch.func.grad")
def function_is_differentiated_by_func(show, device):
    """A Function with setup_context is differentiated by torch.func.grad, and one without is refused."""

    class Square(Function):
        @staticmethod
        def forward(x):
            return x * x

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx, gradient):
            return 2.0 * ctx.saved_tensors[0] * gradient

    x = torch.tensor(3.0, device=device)
    show("with", torch.func.grad(Square.apply)(x))
    show("without", type_of_refusal(torch.func.grad(_Product.apply), x, x))
