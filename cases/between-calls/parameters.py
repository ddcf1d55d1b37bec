"""Parameters that are replaced, filled, frozen, tied or gone between two calls."""

import torch
from torch.nn import Module, Parameter, ParameterList

from module_drift.case import case

from ..shared.refusals import type_of_refusal
from .models import Chain, Scaled, numbers


def _five(device):
    """Return a parameter to put in the place of another."""
    return Parameter(torch.tensor([5.0], device=device))


@case("between-calls/parameter-replaced")
def parameter_is_replaced(show, device):
    """A weight that is replaced after a call is what the next one computes with, and what gets the gradient."""
    model, x = Scaled(device), numbers(device)
    old = model.weight
    model(x).sum().backward()
    model.weight = _five(device)
    output = model(x)
    output.sum().backward()
    show("output", output.detach())
    show("gradients", old.grad, model.weight.grad)


@case("between-calls/parameter-of-a-child-replaced")
def parameter_of_a_child_is_replaced(show, device):
    """A child's weight that is replaced after a call of the root is what the next one computes with."""
    model, x = Chain(device), numbers(device)
    show("before", model(x).detach())
    model.second.weight = _five(device)
    output = model(x)
    output.sum().backward()
    show("after", output.detach(), model.second.weight.grad)


@case("between-calls/parameter-data-replaced")
def data_of_a_parameter_is_replaced(show, device):
    """Values that are set by `.data` after a call are what the next one computes with."""
    model, x = Scaled(device), numbers(device)
    show("before", model(x).detach())
    model.weight.data = torch.tensor([5.0], device=device)
    show("after", model(x).detach())


@case("between-calls/parameter-data-of-another-shape")
def data_of_a_parameter_gets_another_shape(show, device):
    """Values of another shape that are set by `.data` after a call are what the next one computes with."""
    model, x = Scaled(device), numbers(device)
    show("before", model(x).detach())
    model.weight.data = torch.tensor([[5.0], [7.0]], device=device)
    show("after", model(x).detach())


@case("between-calls/parameter-changed-in-place")
def parameter_is_changed_in_place(show, device):
    """A weight that is changed in place without a graph is what the next call computes with."""
    model, x = Chain(device), numbers(device)
    show("before", model(x).detach())
    with torch.no_grad():
        model.first.weight.mul_(10)
    show("after", model(x).detach())


@case("between-calls/parameter-stepped-by-its-gradient")
def parameter_is_stepped_by_its_gradient(show, device):
    """Steps along the gradient between calls lead where they should."""
    model, x = Scaled(device), numbers(device)
    for _ in range(3):
        loss = model(x).sum()
        model.zero_grad()
        loss.backward()
        show("loss and gradient", loss.detach(), model.weight.grad)
        with torch.no_grad():
            model.weight -= 0.5 * model.weight.grad


@case("between-calls/parameter-frozen")
def parameter_is_frozen(show, device):
    """A weight that is frozen after a call gets no gradient in the next one, and does again when it is thawed."""
    model, x = Chain(device), numbers(device)
    for requires_grad in (True, False, True):
        model.first.weight.requires_grad_(requires_grad)
        model.first.weight.grad = None
        model(x).sum().backward()
        show("gradient", model.first.weight.grad)


@case("between-calls/all-parameters-frozen")
def all_parameters_are_frozen(show, device):
    """What a Module returns requires a gradient as long as its parameters do."""
    model, x = Chain(device), numbers(device)
    for requires_grad in (True, False, True):
        model.requires_grad_(requires_grad)
        show("requires grad", model(x).requires_grad)


@case("between-calls/tied-weights-untied")
def tied_weights_are_untied(show, device):
    """Of tied weights, a change to one is one to the other, until they are untied."""
    model, x = Chain(device), numbers(device)
    model.second.weight = model.first.weight
    show("tied", model(x).detach())
    with torch.no_grad():
        model.first.weight.fill_(4)
    show("changed", model(x).detach())
    model.second.weight = _five(device)
    show("untied", model(x).detach())
    model(x).sum().backward()
    show("gradients", model.first.weight.grad, model.second.weight.grad)


@case("between-calls/weights-tied")
def weights_are_tied(show, device):
    """Weights that are tied after a call get one gradient in the next one."""
    model, x = Chain(device), numbers(device)
    show("before", model(x).detach())
    model.second.weight = model.first.weight
    output = model(x)
    output.sum().backward()
    show("after", output.detach(), model.first.weight.grad)


@case("between-calls/parameter-list-grown")
def parameter_list_is_grown(show, device):
    """A parameter that is appended to a ParameterList after a call takes part in the next one."""
    model, x = _Sum(device), numbers(device)
    show("before", model(x).detach())
    model.weights.append(_five(device))
    output = model(x)
    output.sum().backward()
    show("after", output.detach(), [weight.grad for weight in model.weights])


class _Sum(Module):
    """Its input times each of a list of weights, summed up."""

    def __init__(self, device):
        super().__init__()
        self.weights = ParameterList([Parameter(torch.tensor([2.0], device=device))])

    def forward(self, x):
        return sum(weight * x for weight in self.weights)


class _Biased(Module):
    """Its input plus a bias, if there is one."""

    def __init__(self):
        super().__init__()
        self.register_parameter("bias", None)

    def forward(self, x):
        return x if self.bias is None else x + self.bias


@case("between-calls/parameter-that-was-none")
def parameter_that_was_none_is_set(show, device):
    """A parameter that is None in the first call is used as soon as it is one, and not when it is None again."""
    model, x = _Biased(), numbers(device)
    show("None", model(x))
    model.bias = _five(device)
    show("set", model(x).detach())
    model.bias = None
    show("None again", model(x))


@case("between-calls/parameter-registered-late")
def parameter_is_registered_late(show, device):
    """A parameter that is registered after a call is one of those that the next call goes through."""
    model, x = _EachParameter(device), numbers(device)
    show("before", model(x).detach())
    model.register_parameter("late", _five(device))
    show("after", model(x).detach())


class _EachParameter(Scaled):
    """Its input times the product of all parameters that it has."""

    def forward(self, x):
        for weight in self.parameters():
            x = weight * x
        return x


@case("between-calls/parameter-deleted")
def parameter_is_deleted(show, device):
    """A parameter that is deleted after a call is missed by the next, until there is one again."""
    model, x = Scaled(device), numbers(device)
    show("before", model(x).detach())
    del model.weight
    try:
        model(x)
    except AttributeError:
        show("deleted", "is missed")
    model.weight = _five(device)
    show("new", model(x).detach())


@case("between-calls/parameter-made-at-the-first-call")
def parameter_is_made_at_the_first_call(show, device):
    """A parameter that forward makes when there is none is there after the first call, and kept in the second."""
    model, x = _Late(), numbers(device)
    show("first", model(x).detach())
    show("parameters", [name for name, _ in model.named_parameters()])
    with torch.no_grad():
        model.weight.fill_(5)
    show("second", model(x).detach())


class _Late(Module):
    """Its input times a weight that it makes when it is called first."""

    def forward(self, x):
        if not hasattr(self, "weight"):
            self.weight = Parameter(x[1:].detach().clone())
        return self.weight * x


@case("between-calls/parameter-as-no-parameter")
def parameter_cannot_become_a_tensor(show, device):
    """A weight that is to become a plain tensor after a call stays what it was."""
    model, x = Scaled(device), numbers(device)
    show("before", model(x).detach())

    def set_tensor():
        model.weight = torch.tensor([5.0], device=device)

    show("refused", type_of_refusal(set_tensor))
    show("after", model(x).detach())
