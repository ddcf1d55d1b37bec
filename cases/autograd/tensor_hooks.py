"""Section "Autograd": hooks on the tensors of a Module: what is taken for a hook, and what becomes of it."""

import copy
import functools
import gc
import weakref

import torch
from torch.nn import Parameter

from module_drift.case import case, cases

from ..shared.parametrizations import Twice
from ..shared.refusals import refusal
from ..shared.weighted import Scale, Square, leaf, linear


class _Callable:
    """A hook without a name."""

    def __init__(self, show):
        self.show = show

    def __call__(self, gradient):
        self.show("called", gradient)


@case("autograd/hook-without-a-name", only="cpu")
def hook_without_a_name(show, device):
    """A hook may be an instance or a partial function, which have no name."""
    model = Scale(2.0, device)
    model.weight.register_hook(_Callable(show))
    model.weight.register_hook(functools.partial(show, "partial"))
    model(3.0).backward()


RESULTS = {
    "a-number": lambda gradient: 5.0,
    "another-dtype": lambda gradient: gradient.double(),
    "a-parameter": lambda gradient: Parameter(gradient * 2),
}


@cases(
    "autograd/hook-that-returns-{result}",
    only="cpu",
    result=["a-number", "another-dtype", "a-parameter"],
)
def hook_that_returns(show, device, result):
    """A hook on a parameter that returns {result}."""
    model = Scale([1.0, 2.0], device)
    model.weight.register_hook(RESULTS[result])
    show("raises", refusal(lambda: model(3.0).sum().backward()))
    show("gradient", model.weight.grad)


@case("autograd/hook-on-a-frozen-parameter", only="cpu")
def hook_on_a_frozen_parameter(show, device):
    """A hook on a parameter that requires no gradient is refused, and one that is frozen later is not called."""
    model = Scale(2.0, device)
    model.weight.register_hook(lambda gradient: show("called", gradient))
    model.requires_grad_(False)
    show("raises", refusal(model.weight.register_hook, print))
    x = leaf(3.0, device)
    model(x).backward()
    show("thawed")
    model.requires_grad_()
    model(x).backward()


@case("autograd/hook-that-runs-backward", only="cpu")
def hook_runs_backward(show, device):
    """A hook may run a backward pass of its own, if it records gradients again."""
    model, other = Scale(2.0, device), Scale(5.0, device)

    def run_another(gradient):
        show("recording", torch.is_grad_enabled())
        with torch.enable_grad():
            other(7.0).backward()

    model.weight.register_hook(run_another)
    model(3.0).backward()
    show("gradients", model.weight.grad, other.weight.grad)


@case("autograd/hook-on-a-parametrized-weight", only="cpu", needs="torch.nn.utils.parametrize")
def hook_on_a_parametrized_weight(show, device):
    """A hook on a parametrized weight is lost, since it is computed anew, and one on the original stays."""
    model = Scale(2.0, device)
    torch.nn.utils.parametrize.register_parametrization(model, "weight", Twice())
    model.weight.register_hook(lambda gradient: show("weight", gradient))
    model.parametrizations.weight.original.register_hook(lambda gradient: show("original", gradient))
    model(3.0).backward()
    show("cached")
    with torch.nn.utils.parametrize.cached():
        model.weight.register_hook(lambda gradient: show("weight", gradient))
        model(3.0).backward()


@case("autograd/hook-in-functional-call", only="cpu", needs="torch.func.functional_call")
def hook_in_functional_call(show, device):
    """A hook on a parameter does not run for the tensor that functional_call puts in its place."""
    model = Scale(2.0, device)
    model.weight.register_hook(lambda gradient: show("of the Module", gradient))
    given = leaf(5.0, device)
    given.register_hook(lambda gradient: show("of what is given", gradient))
    torch.func.functional_call(model, {"weight": given}, (3.0,)).backward()


@case("autograd/hook-on-one-output-of-two", only="cpu")
def hook_on_one_output_of_two(show, device):
    """A hook on one of two outputs of an operation runs without a gradient for it in which only the other is used."""
    first, second = Scale([1.0, 2.0], device)(3.0).unbind()
    first.register_hook(lambda gradient: show("first", gradient))
    second.register_hook(lambda gradient: show("second", gradient))
    (2.0 * second).backward()


@case("autograd/hook-of-a-function-without-gradient", only="cpu")
def hook_meets_no_gradient(show, device):
    """A hook on the output of a Function that returns None for its input runs with what the input gets, if at all."""

    class Stopped(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, gradient):
            return None

    model = Scale(2.0, device)
    output = model(3.0)
    output.register_hook(lambda gradient: show("output", gradient))
    model.weight.register_hook(lambda gradient: show("weight", gradient))
    show("raises", refusal(Stopped.apply(output).backward))
    show("gradient", model.weight.grad)


# What lives how long.


def _fate(make):
    """Return what becomes of what `make` returns once nothing holds it but what it holds itself; end it then."""
    handles = []
    reference = weakref.ref(make(handles))
    fate = "freed at once"
    if reference() is not None:
        gc.collect()
        fate = "freed by the collector" if reference() is None else "stays alive"
    for end in handles:
        end(reference())
    return fate


@case("autograd/hook-that-holds-its-own-module", only="cpu")
def hook_holds_its_own_module(show, device):
    """A Module whose parameter has a hook that holds this Module is freed by the collector of garbage."""

    def make(_):
        model = Scale(2.0, device)
        model.weight.register_hook(lambda gradient: model)
        return model

    show("Module", _fate(make))


@case("autograd/hook-that-holds-its-own-output", only="cpu")
def hook_holds_its_own_output(show, device):
    """A Module that is held by a hook which holds the hook's own output, too, stays alive or is freed."""

    def make(handles):
        model = Scale(2.0, device)
        output = model(leaf(3.0, device))
        handle = output.register_hook(lambda gradient: (output, model))
        handles.append(lambda _: handle.remove())
        return model

    show("Module", _fate(make))


@case("autograd/hook-that-holds-its-own-node", only="cpu")
def hook_holds_its_own_node(show, device):
    """A hook that holds the node of its own output runs after garbage was collected."""
    model = Scale(2.0, device)
    output = model(3.0)
    held = [output.grad_fn]
    output.register_hook(lambda gradient: show("called", type(held[0]).__name__))
    product = 2.0 * output
    del output
    gc.collect()
    product.backward()


@case("autograd/gradient-with-a-graph-holds-its-parameter", only="cpu")
def gradient_with_a_graph_holds_its_parameter(show, device):
    """A parameter whose gradient has a graph stays alive, or is freed."""

    def make(handles):
        model = Square(2.0, device)
        model(3.0).backward(create_graph=True)
        handles.append(lambda weight: weight is None or setattr(weight, "grad", None))
        return model.weight

    show("parameter", _fate(make))


@case("autograd/module-kept-by-a-function", only="cpu")
def module_is_kept_by_a_function(show, device):
    """A Module that a Function keeps as an attribute of its context is freed with the output, or by the collector."""

    class Keeping(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, module):
            ctx.module = module
            return 2.0 * x

        @staticmethod
        def backward(ctx, gradient):
            return 2.0 * gradient, None

    def make(_):
        model = Scale(2.0, device)
        model.last = Keeping.apply(model(3.0), model)
        return model

    show("Module", _fate(make))


# Hooks that run when a gradient is complete.


@case("autograd/post-accumulate-hooks-in-order", only="cpu", needs="torch.Tensor.register_post_accumulate_grad_hook")
def post_accumulate_hooks_run_in_order(show, device):
    """Several post-accumulate hooks run in their order, with the sum of both uses, each after the other."""
    model = Scale(2.0, device)
    model.weight.register_post_accumulate_grad_hook(lambda parameter: parameter.grad.mul_(10.0) and None)
    model.weight.register_post_accumulate_grad_hook(lambda parameter: show("second", parameter.grad))
    (model(3.0) + model(5.0)).backward()


@case("autograd/post-accumulate-hook-that-returns", only="cpu", needs="torch.Tensor.register_post_accumulate_grad_hook")
def post_accumulate_hook_returns_something(show, device):
    """A post-accumulate hook must return None."""
    model = Scale(2.0, device)
    model.weight.register_post_accumulate_grad_hook(lambda parameter: parameter.grad)
    show("raises", refusal(lambda: model(3.0).backward()))
    show("gradient", model.weight.grad)


@case("autograd/post-accumulate-hook-on-a-result", only="cpu", needs="torch.Tensor.register_post_accumulate_grad_hook")
def post_accumulate_hook_on_a_result(show, device):
    """A post-accumulate hook is refused by a result, and by a tensor that requires no gradient."""
    model = Scale(2.0, device)
    show("result", refusal(model(3.0).register_post_accumulate_grad_hook, print))
    model.requires_grad_(False)
    show("frozen", refusal(model.weight.register_post_accumulate_grad_hook, print))


@case(
    "autograd/post-accumulate-hook-and-autograd-grad",
    only="cpu",
    needs="torch.Tensor.register_post_accumulate_grad_hook",
)
def post_accumulate_hook_is_for_accumulation(show, device):
    """A post-accumulate hook does not run in autograd.grad, nor in a backward that is to reach other inputs."""
    model, x = Scale(2.0, device), leaf(3.0, device)
    model.weight.register_post_accumulate_grad_hook(lambda parameter: show("called", parameter.grad))
    show("grad", torch.autograd.grad(model(x), model.weight))
    model(x).backward(inputs=[x])
    show("inputs=[weight]")
    model(x).backward(inputs=[model.weight])


@case("autograd/post-accumulate-hook-is-copied", only="cpu", needs="torch.Tensor.register_post_accumulate_grad_hook")
def post_accumulate_hook_is_copied(show, device):
    """A deep copy of a Module has parameters without the post-accumulate hooks and the hooks of the original."""
    model = Scale(2.0, device)
    model.weight.register_post_accumulate_grad_hook(lambda parameter: show("post-accumulate", parameter.grad))
    model.weight.register_hook(lambda gradient: show("hook", gradient))
    copy.deepcopy(model)(3.0).backward()
    show("original")
    model(3.0).backward()


@cases(
    "autograd/multi-grad-hook-of-{mode}",
    only="cpu",
    needs="torch.autograd.graph.register_multi_grad_hook(mode)",
    mode=["all", "any"],
)
def multi_grad_hook_of_a_mode(show, device, mode):
    """A hook on both parameters of a Linear in the mode {mode} runs once a pass, with what it is given then."""
    model = linear(device)

    def hook(given):
        show("called", len(given) if isinstance(given, (list, tuple)) else "one gradient")

    torch.autograd.graph.register_multi_grad_hook([model.weight, model.bias], hook, mode=mode)
    for _ in range(2):
        show("backward")
        model(torch.ones(1, 2, device=device)).sum().backward()


@case("autograd/retains-grad", only="cpu", needs="torch.Tensor.retains_grad")
def retains_grad(show, device):
    """Whether retains_grad says that a parameter, an output and a retained output keep their gradient."""
    model = Scale(2.0, device)
    output = model(3.0)
    show("parameter, output", model.weight.retains_grad, output.retains_grad)
    output.retain_grad()
    show("retained", output.retains_grad)
