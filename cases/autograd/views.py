"""Section "Autograd": operations in place on outputs of Modules and on views of them."""

import torch

from module_drift.case import case, cases

from ..shared.refusals import refusal, type_of_refusal
from ..shared.weighted import Scale, leaf

SEVERAL = {
    "unbind": lambda output: output.unbind(),
    "split": lambda output: output.split(1),
}


@cases("autograd/view-of-{way}-changed-in-place", only="cpu", way=["unbind", "split"])
def view_of_several_is_changed_in_place(show, device, way):
    """One of several views that {way} returns may not be changed in place, or with a warning."""
    model = Scale([1.0, 2.0], device)
    views = SEVERAL[way](model(3.0))
    show("raises", refusal(views[0].mul_, 10.0))
    show("views", [view.detach() for view in views])


@case("autograd/view-of-unbind-looked-at-after-a-change", only="cpu")
def view_of_several_is_looked_at(show, device):
    """One of several views whose base is changed in place afterwards has a node and a repr, or none."""
    model = Scale([1.0, 2.0], device)
    output = model(3.0)
    first, _ = output.unbind()
    output.mul_(10.0)
    show("node", refusal(lambda: show("name", first.grad_fn.name())))
    show("repr", refusal(lambda: show("view", first)))


@case("autograd/view-of-a-function-changed-in-place", only="cpu")
def view_of_a_function_is_changed_in_place(show, device):
    """A view that a Function of one's own returns may not be changed in place, or with a warning."""

    class Viewing(torch.autograd.Function):
        __module__ = "cases.views"

        @staticmethod
        def forward(ctx, x):
            return x.view(2, 1)

        @staticmethod
        def backward(ctx, gradient):
            return 100.0 * gradient.view(2)

    model = Scale([1.0, 2.0], device)
    view = Viewing.apply(model(3.0))
    show("raises", refusal(view.mul_, 10.0))
    show("backward", refusal(view.sum().backward))
    show("gradient", model.weight.grad)


@case("autograd/input-returned-by-a-function-changed-in-place", only="cpu")
def input_of_a_function_is_changed_in_place(show, device):
    """An input that a Function returns as it is may be changed in place afterwards, or not."""

    class Same(torch.autograd.Function):
        __module__ = "cases.views"

        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, gradient):
            return 100.0 * gradient

    model = Scale([1.0, 2.0], device)
    output = model(3.0)
    same = Same.apply(output)
    show("same object", same is output)
    show("raises", refusal(same.mul_, 10.0))
    show("backward", refusal(same.sum().backward))
    show("gradient", model.weight.grad)


ACTIVATIONS = {"elu": "ELU", "hardtanh": "Hardtanh"}


@cases("autograd/{activation}-in-place-on-a-view", only="cpu", activation=ACTIVATIONS)
def activation_in_place_on_a_view(show, device, activation):
    """A {activation} in place on a row of an output changes that row, and the gradient of it."""
    model = Scale([[1.0], [-2.0]], device)
    output = model(torch.ones(2, 2, device=device))
    row = getattr(torch.nn, activation)(inplace=True)(output[1])
    show("row", row.detach())
    show("raises", refusal(output.sum().backward))
    show("gradient", model.weight.grad)


@cases("autograd/{activation}-in-place-differentiated-twice", only="cpu", activation=ACTIVATIONS)
def activation_in_place_twice(show, device, activation):
    """The second derivative through a {activation} in place, of a cube."""
    model = Scale(2.0, device)
    cube = model.weight * model.weight * model.weight
    output = getattr(torch.nn, activation)(inplace=True)(cube - 7.5)
    (first,) = torch.autograd.grad(output, model.weight, create_graph=True)
    show("first", first.detach())
    show("second", refusal(lambda: show("gradient", torch.autograd.grad(first, model.weight, allow_unused=True))))


@case("autograd/buffer-changed-in-place-by-an-output", only="cpu")
def buffer_is_changed_in_place_by_an_output(show, device):
    """A buffer that an output is added to in place is a result from then on, which a second backward does not reach."""
    model = Scale(2.0, device)
    model.register_buffer("total", torch.tensor(0.0, device=device))
    model.total += model(model.weight)
    show("is a leaf, requires grad", model.total.is_leaf, model.total.requires_grad)
    model.total.backward()
    model.total += model(model.weight)
    show("second", type_of_refusal(model.total.backward))


@case("autograd/leaf-changed-in-place-as-a-view", only="cpu")
def view_of_a_leaf_is_changed_in_place(show, device):
    """Neither an input that requires a gradient nor a view of it may be changed in place."""
    x = leaf([1.0, 2.0], device)
    show("leaf", refusal(x.mul_, 2.0))
    show("view", refusal(x.view(2, 1).mul_, 2.0))
    show("detached", refusal(x.detach().mul_, 2.0))
    show("x", x.data)
