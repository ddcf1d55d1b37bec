"""What to do about changes to gradients and how they are clipped; a case is called as the cause that it is for."""

import math

import torch
from torch.autograd import Function
from torch.nn import Linear, Module, Parameter

from module_drift.case import case


def _parameter(device, *values):
    return Parameter(torch.tensor(values, device=device))


@case("remedy/clip-grad-norm-needs-a-gradient")
def clip_grad_norm_needs_a_gradient(show, device):
    """A question before clip_grad_norm_ leaves it out where no parameter has a gradient."""
    parameters = [_parameter(device, 3.0, 4.0)]
    for gradient in (None, torch.tensor([3.0, 4.0], device=device)):
        parameters[0].grad = gradient
        if any(p.grad is not None for p in parameters):
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        show("grad", parameters[0].grad)


@case("remedy/clip-grad-norm-returns-a-tensor")
def clip_grad_norm_returns_a_tensor(show, device):
    """A number can be made of the norm, be it a tensor or not."""
    parameter = _parameter(device, 3.0, 4.0)
    parameter.grad = torch.tensor([3.0, 4.0], device=device)
    norm = torch.nn.utils.clip_grad_norm_([parameter], 1.0)
    show("norm", float(norm))


@case("remedy/clip-grad-norm-spreads-nan")
def clip_grad_norm_spreads_nan(show, device):
    """A step is skipped where the norm is not finite, so that the parameter stays as it is."""
    parameter = _parameter(device, 3.0, 4.0)
    for value in (float("nan"), 4.0):
        parameter.grad = torch.tensor([3.0, value], device=device)
        norm = torch.nn.utils.clip_grad_norm_([parameter], 50.0)
        if math.isfinite(float(norm)):
            with torch.no_grad():
                parameter.sub_(parameter.grad)
        show("parameter", parameter.detach().clone())


@case("remedy/clip-grad-norm-told-to-raise", needs="torch.nn.utils.clip_grad_norm_(error_if_nonfinite)")
def clip_grad_norm_told_to_raise(show, device):
    """A norm that is not finite is caught as a RuntimeError, without a warning, and the gradient stays as it is."""
    parameter = _parameter(device, 3.0, 4.0)
    parameter.grad = torch.tensor([3.0, float("nan")], device=device)
    try:
        torch.nn.utils.clip_grad_norm_([parameter], 1.0, error_if_nonfinite=True)
    except RuntimeError:
        show("grad", parameter.grad)


@case("remedy/zero-grad-sets-none", needs="torch.nn.Module.zero_grad(set_to_none)")
def zero_grad_sets_none(show, device):
    """Gradients are zeros after zero_grad that is told not to set None, and a question passes those that are None."""
    linear = Linear(2, 1, bias=False).to(device)
    linear(torch.ones(1, 2, device=device)).sum().backward()
    linear.zero_grad(set_to_none=False)
    show("grad", linear.weight.grad)
    linear.weight.grad = None
    show("sum", sum(p.grad.sum() for p in linear.parameters() if p.grad is not None))


@case("remedy/loading-counts-as-an-in-place-change")
def loading_counts_as_an_in_place_change(show, device):
    """Backward before another state is loaded, and another call after it, each compute with what was loaded then."""
    linear = Linear(1, 1, bias=False).to(device)
    x = torch.ones(1, 1, device=device, requires_grad=True)
    for value in (2.0, 3.0):
        linear.load_state_dict({"weight": torch.full((1, 1), value, device=device)})
        x.grad = None
        linear(x).sum().backward()
        show("x.grad", x.grad)


class _Square(Function):
    """x ** 2, written with static methods."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return 2 * x * gradient


@case("remedy/old-style-function-is-refused")
def old_style_function_is_refused(show, device):
    """A Function of static methods is applied by its class, without an instance."""
    x = torch.tensor(3.0, device=device, requires_grad=True)
    z = _Square.apply(x)
    z.backward()
    show("z", z.detach())
    show("x.grad", x.grad)


@case("remedy/retain-grad-refuses-a-leaf-without-gradient")
def retain_grad_refuses_a_leaf_without_gradient(show, device):
    """A question before retain_grad leaves out tensors that require no gradient."""
    kept = torch.tensor(3.0, device=device, requires_grad=True) * 1.0
    for tensor in (torch.tensor(2.0, device=device), kept):
        if tensor.requires_grad:
            tensor.retain_grad()
    (kept * 2.0).backward()
    show("grad", kept.grad)


def _maximum(x):
    top = (x == x.max()).type_as(x)
    return (x * top).sum() / top.sum()


@case("remedy/maximum-gives-its-gradient-to-the-first")
def maximum_gives_its_gradient_to_the_first(show, device):
    """The mean of all greatest values shares the gradient evenly among them."""
    x = torch.tensor([1.0, 3.0, 3.0], device=device, requires_grad=True)
    _maximum(x).backward()
    show("x.grad", x.grad)


@case("remedy/maximum-shares-its-gradient")
def maximum_shares_its_gradient(show, device):
    """The mean of all greatest values shares the gradient evenly, of four, too, and of one it is the whole."""
    for values in ([2.0, 2.0, 2.0, 2.0], [1.0, 2.0]):
        x = torch.tensor(values, device=device, requires_grad=True)
        _maximum(x).backward()
        show("x.grad", x.grad)


@case("remedy/views-of-leaves-refuse-in-place")
def views_of_leaves_refuse_in_place(show, device):
    """A row of a parameter can be changed in place under no_grad, and the parameter has a gradient after that."""
    parameter = _parameter(device, 1.0, 2.0)
    with torch.no_grad():
        parameter[0].mul_(5.0)
    (parameter**2).sum().backward()
    show("parameter", parameter.detach())
    show("grad", parameter.grad)


class _Two(Function):
    """2 x and 3 x, which are returned in a tuple."""

    @staticmethod
    def forward(ctx, x):
        return tuple(factor * x for factor in (2.0, 3.0))

    @staticmethod
    def backward(ctx, first, second):
        return 2.0 * first + 3.0 * second


@case("remedy/functions-return-what-is-no-tensor")
def functions_return_what_is_no_tensor(show, device):
    """Tensors that a Function returns in a tuple have their gradients."""
    x = torch.tensor(1.0, device=device, requires_grad=True)
    first, second = _Two.apply(x)
    show("requires_grad", first.requires_grad, second.requires_grad)
    (first + second).backward()
    show("x.grad", x.grad)


class _View(Function):
    """A view of x with the gradient of x."""

    @staticmethod
    def forward(ctx, x):
        return x.view(-1)

    @staticmethod
    def backward(ctx, gradient):
        return gradient


@case("remedy/in-place-on-views-of-functions-is-refused")
def in_place_on_views_of_functions_is_refused(show, device):
    """A clone of the view that a Function returns can be changed in place."""
    x = torch.ones(2, device=device, requires_grad=True)
    z = _View.apply(x * 1.0).clone()
    z.mul_(3.0)
    z.sum().backward()
    show("z", z.detach())
    show("x.grad", x.grad)


@case("remedy/relu-needs-its-output-for-backward")
def relu_needs_its_output_for_backward(show, device):
    """What relu returned can be added to out of place before backward."""
    x = torch.tensor([-1.0, 2.0], device=device, requires_grad=True)
    z = torch.relu(x)
    z = z + 1.0
    z.sum().backward()
    show("z", z.detach())
    show("x.grad", x.grad)


@case("remedy/graph-keeps-the-parameter-itself")
def graph_keeps_the_parameter_itself(show, device):
    """A loss computed with a clone of the parameter has the gradient at the old value after the data is replaced."""
    parameter = _parameter(device, 2.0)
    z = (parameter.clone() ** 2).sum()
    parameter.data = torch.tensor([5.0], device=device)
    z.backward()
    show("grad", parameter.grad)


@case("remedy/kl-div-has-no-gradient-at-a-zero-target")
def kl_div_has_no_gradient_at_a_zero_target(show, device):
    """A target that is kept from zero has a finite gradient, which is 0 where it was zero."""
    target = torch.tensor([0.0, 1.0], device=device, requires_grad=True)
    x = torch.tensor([-1.0, -2.0], device=device)
    torch.nn.functional.kl_div(x, target.clamp(min=1e-8), reduction="sum").backward()
    show("target.grad", target.grad + 0.0)


@case("remedy/tensor-hooks-listed-before-they-run")
def tensor_hooks_listed_before_they_run(show, device):
    """Hooks that are both registered before backward are both called in it."""
    x = torch.tensor(2.0, device=device, requires_grad=True)
    calls = []
    x.register_hook(lambda _: calls.append("first"))
    x.register_hook(lambda _: calls.append("second"))
    (x * 3.0).backward()
    show("calls", calls)


@case("remedy/tensor-hooks-run-before-the-rest")
def tensor_hooks_run_before_the_rest(show, device):
    """A hook that is registered before retain_grad changes the gradient that is kept."""
    x = torch.tensor(2.0, device=device, requires_grad=True)
    y = x * 3.0
    y.register_hook(lambda gradient: gradient * 10.0)
    y.retain_grad()
    y.backward()
    show("y.grad", y.grad)
    show("x.grad", x.grad)


@case("remedy/multi-grad-hooks-refuse-without-a-message", needs="torch.autograd.graph.register_multi_grad_hook")
def multi_grad_hooks_refuse_without_a_message(show, device):
    """Without the tensors that require no gradient, the hook is registered, and with them, either error is caught."""
    tensors = [torch.tensor(2.0, device=device, requires_grad=True), torch.tensor(3.0, device=device)]
    calls = []
    needing = [tensor for tensor in tensors if tensor.requires_grad]
    torch.autograd.graph.register_multi_grad_hook(needing, calls.append)
    (tensors[0] * tensors[1]).backward()
    show("gradients", *calls)
    try:
        torch.autograd.graph.register_multi_grad_hook(tensors, calls.append)
    except (AssertionError, RuntimeError):
        show("refused", True)


class _Pair(Module):
    """Returns its input and its double in a tuple."""

    def forward(self, x):
        return x * 1.0, x * 2.0


@case("remedy/full-backward-hook-left-out-silently", needs="torch.nn.Module.register_full_backward_hook")
def full_backward_hook_left_out_silently(show, device):
    """A full backward hook is called for a Module that returns a tuple of tensors, of which the loss is computed."""
    pair = _Pair()
    pair.register_full_backward_hook(lambda _, grad_input, grad_output: show("grad_input", *grad_input))
    first, second = pair(torch.tensor(1.0, device=device, requires_grad=True))
    (first + second).backward()


@case("remedy/full-backward-hook-without-input-grad", needs="torch.nn.Module.register_full_backward_hook")
def full_backward_hook_without_input_grad(show, device):
    """An input that requires a gradient has the full backward hook called."""
    linear = Linear(1, 1, bias=False).to(device)
    torch.nn.init.ones_(linear.weight)
    linear.register_full_backward_hook(lambda _, grad_input, grad_output: show("grad_input", *grad_input))
    linear(torch.ones(1, 1, device=device).requires_grad_()).sum().backward()


@case("remedy/linear-fuses-its-bias-in-3d", needs="torch.nn.Module.register_full_backward_hook")
def linear_fuses_its_bias_in_3d(show, device):
    """A full backward hook is given the gradients of the input and the output of a Linear, however it computes."""
    linear = Linear(2, 3).to(device)
    torch.nn.init.ones_(linear.weight)
    linear.register_full_backward_hook(
        lambda _, grad_input, grad_output: show("shapes", grad_input[0].shape, grad_output[0].shape)
    )
    linear(torch.ones(4, 5, 2, device=device, requires_grad=True)).sum().backward()


@case("remedy/legacy-backward-hook-outlives-its-module")
def legacy_backward_hook_outlives_its_module(show, device):
    """A legacy backward hook is called for a Module to which there is still a reference during backward."""
    relu = torch.nn.ReLU()
    relu.register_backward_hook(lambda module, grad_input, grad_output: show("called for", type(module).__name__))
    z = relu(torch.ones(1, device=device, requires_grad=True))
    z.backward()
    show("module", relu)
