"""Gradients of several calls, and calls with and without them."""

import torch
from torch.nn import Module

from module_drift.case import case

from ..shared.refusals import type_of_refusal
from .models import Chain, Scaled, numbers


@case("between-calls/gradients-accumulate")
def gradients_accumulate(show, device):
    """Gradients of several calls add up, until they are set to None."""
    model, x = Chain(device), numbers(device, requires_grad=True)
    for _ in range(2):
        model(x).sum().backward()
        show("gradients", model.first.weight.grad, model.second.weight.grad, x.grad)
    for tensor in (x, model.first.weight, model.second.weight):
        tensor.grad = None
    model(x).sum().backward()
    show("anew", model.first.weight.grad, model.second.weight.grad, x.grad)


@case("between-calls/backward-after-both-calls")
def backward_pass_comes_after_both_calls(show, device):
    """Two calls that are made before either's backward pass each have their own graph."""
    model, x = Chain(device), numbers(device)
    one, two = model(x), model(10 * x)
    two.sum().backward()
    show("second", model.first.weight.grad)
    one.sum().backward()
    show("both", model.first.weight.grad)


@case("between-calls/called-with-its-own-output")
def module_is_called_with_its_own_output(show, device):
    """A Module that is called with what it returned has the gradients of both calls."""
    model, x = Scaled(device), numbers(device, requires_grad=True)
    output = model(model(x))
    output.sum().backward()
    show("output", output.detach(), x.grad, model.weight.grad)


@case("between-calls/graph-retained")
def graph_is_retained(show, device):
    """A graph that is retained is gone through twice, in every call."""
    model, x = Chain(device), numbers(device)
    for _ in range(2):
        loss = model(x).sum()
        loss.backward(retain_graph=True)
        loss.backward()
        show("gradient", model.first.weight.grad)


@case("between-calls/graph-not-retained")
def graph_is_not_retained(show, device):
    """A graph that is not retained is refused the second time, and the next call's is not."""
    model, x = Chain(device), numbers(device)
    loss = model(x).sum()
    loss.backward()
    show("second time", type_of_refusal(loss.backward))
    model(x).sum().backward()
    show("gradient", model.first.weight.grad)


@case("between-calls/gradient-of-a-gradient")
def gradient_of_a_gradient_is_taken(show, device):
    """The gradient of a gradient is right in every call."""
    model, x = _Cubed(device), numbers(device, requires_grad=True)
    for _ in range(2):
        (gradient,) = torch.autograd.grad(model(x).sum(), x, create_graph=True)
        (second,) = torch.autograd.grad(gradient.sum(), x)
        show("first and second", gradient.detach(), second)
        model.weight.data.mul_(10)


class _Cubed(Scaled):
    """A weight times the cube of its input."""

    def forward(self, x):
        return self.weight * x * x * x


@case("between-calls/no-grad-first")
def first_call_is_without_gradients(show, device):
    """A call without gradients has none, and the next one with them has."""
    model, x = Chain(device), numbers(device)
    with torch.no_grad():
        show("without", model(x).requires_grad)
    output = model(x)
    output.sum().backward()
    show("with", output.requires_grad, model.first.weight.grad)


@case("between-calls/no-grad-second")
def second_call_is_without_gradients(show, device):
    """A call with gradients has them, and the next one without them has none."""
    model, x = Chain(device), numbers(device)
    show("with", model(x).requires_grad)
    with torch.no_grad():
        show("without", model(x).requires_grad)
    show("with again", model(x).requires_grad)


@case("between-calls/inference-mode-first", needs="torch.inference_mode")
def first_call_is_in_inference_mode(show, device):
    """A call in inference mode returns an inference tensor, and the next one outside of it does not."""
    model, x = Chain(device), numbers(device)
    with torch.inference_mode():
        output = model(x)
        show("within", output.requires_grad, output.is_inference())
    output = model(x)
    output.sum().backward()
    show("outside", output.requires_grad, output.is_inference(), model.first.weight.grad)


@case("between-calls/inference-mode-second", needs="torch.inference_mode")
def second_call_is_in_inference_mode(show, device):
    """A call in inference mode after one outside of it returns an inference tensor."""
    model, x = Chain(device), numbers(device)
    output = model(x)
    show("outside", output.requires_grad, output.is_inference())
    with torch.inference_mode():
        output = model(x)
        show("within", output.requires_grad, output.is_inference())


@case("between-calls/no-grad-in-forward")
def forward_is_partly_without_gradients(show, device):
    """What forward computes without gradients has none, and gradients are on again after the call, each time."""
    model, x = _PartlyWithout(device), numbers(device, requires_grad=True)
    for _ in range(2):
        model(x).sum().backward()
        show("gradient and grad mode", x.grad, torch.is_grad_enabled())


class _PartlyWithout(Scaled):
    """Its input times a weight, twice, of which one has no gradient."""

    def forward(self, x):
        with torch.no_grad():
            constant = self.weight * x
        return self.weight * x + constant


@case("between-calls/detach-in-forward-toggled")
def forward_detaches_or_not(show, device):
    """An attribute by which forward detaches or not decides on the gradient of each call."""
    model, x = _Detaches(device), numbers(device)
    for detaches in (False, True, False):
        model.detaches = detaches
        model.first.weight.grad = None
        model(x).sum().backward()
        show("gradients", model.first.weight.grad)


class _Detaches(Chain):
    """A chain that is cut between its children, if it is told so."""

    detaches = False

    def forward(self, x):
        x = self.first(x)
        return self.second(x.detach() if self.detaches else x)


@case("between-calls/input-requires-gradients")
def input_requires_gradients_or_not(show, device):
    """Whether the input has a gradient is as it says in each call."""
    model = _Doubles()
    for requires_grad in (False, True, False):
        show("requires grad", model(numbers(device, requires_grad=requires_grad)).requires_grad)


class _Doubles(Module):
    """Twice its input."""

    def forward(self, x):
        return 2 * x
