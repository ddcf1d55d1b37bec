"""Gradients of parameters between two steps of descent: changed parameters, missing gradients, clipping, the step."""

import torch
from torch.nn import Module, Parameter

from module_drift.case import case

from ..shared.models import scaled_pow_log_model
from ..shared.refusals import refusal


def _parameter(grad, device):
    parameter = Parameter(torch.ones(len(grad), device=device))
    parameter.grad = torch.tensor(grad, device=device)
    return parameter


class _TwoBranches(Module):
    """Uses one of its two parameters at a time."""

    def __init__(self, device):
        super().__init__()
        self.left = Parameter(torch.tensor(1.0, device=device))
        self.right = Parameter(torch.tensor(1.0, device=device))

    def forward(self, branch, x):
        return getattr(self, branch) * x


# Of parameters that change before the backward pass.


@case("parameter/data-replaced-before-backward")
def data_is_replaced_between_forward_and_backward(show, device):
    """A Parameter whose data is replaced between forward and backward has the gradient at the new value."""
    parameter = Parameter(torch.tensor(1.0, device=device))
    z = parameter * parameter
    parameter.data = torch.tensor(5.0, device=device)
    z.backward()
    show("grad", parameter.grad)


@case("parameter/changed-in-place-before-backward")
def parameter_is_changed_in_place_between_forward_and_backward(show, device):
    """A Parameter changed in place between forward and backward makes backward raise, and the message gives a hint."""
    parameter = Parameter(torch.tensor(1.0, device=device))
    z = parameter * parameter
    with torch.no_grad():
        parameter -= 0.1
    show("backward", refusal(z.backward))


# Cleared, and then missing.


@case("parameter/momentum-of-an-unused-parameter")
def momentum_does_not_move_a_parameter_without_gradient(show, device):
    """Descent with momentum stops moving a parameter as soon as zero_grad cleared its gradient and nothing uses it."""
    model = _TwoBranches(device)
    momenta = {}
    for branch in "left", "right":
        model.zero_grad()
        model(branch, 2.0).backward()
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if parameter.grad is not None:  # The rule of torch.optim.
                    momenta[name] = 0.9 * momenta.get(name, 0.0) + parameter.grad
                    parameter -= 0.1 * momenta[name]
        for name, parameter in model.named_parameters():
            show(f"{name} after a step of {branch}", parameter.detach().clone())


# Clipped.


@case("parameter/clip-grad-norm-result")
def clipping_returns_the_norm(show, device):
    """Clipping by clip_grad_norm_ returns the norm that it found as a tensor, and scales the gradients."""
    parameter = _parameter([3.0, 4.0], device)
    norm = torch.nn.utils.clip_grad_norm_([parameter], 1.0)
    show("type", type(norm).__name__)
    show("norm", norm)
    show("grad", parameter.grad)


@case("parameter/clip-grad-norm-without-gradients")
def clipping_meets_no_gradient(show, device):
    """Clipping by clip_grad_norm_ accepts parameters none of which has a gradient."""
    show("clip", refusal(torch.nn.utils.clip_grad_norm_, [Parameter(torch.ones(2, device=device))], 1.0))


@case("parameter/clip-grad-norm-of-nan")
def clipping_meets_a_gradient_that_is_not_a_number(show, device):
    """Clipping by clip_grad_norm_ makes every gradient NaN if one of them is, without a warning."""
    broken, sound = _parameter([float("nan")], device), _parameter([3.0, 4.0], device)
    torch.nn.utils.clip_grad_norm_([broken, sound], 1.0)
    show("grad", sound.grad)


@case("parameter/clip-grad-norm-told-to-raise", needs="torch.nn.utils.clip_grad_norm_(error_if_nonfinite)")
def clipping_told_to_raise_meets_a_gradient_that_is_not_a_number(show, device):
    """Clipping by clip_grad_norm_ raises at a gradient that is NaN if told to, and scales no gradient then."""
    broken, sound = _parameter([float("nan")], device), _parameter([3.0, 4.0], device)
    clip = torch.nn.utils.clip_grad_norm_
    show("raises", refusal(lambda: clip([broken, sound], 1.0, error_if_nonfinite=True)))
    show("grad", sound.grad)


@case("parameter/clip-grad-norm-of-an-exhausted-generator")
def clipping_gets_an_exhausted_generator(show, device):
    """Clipping by clip_grad_norm_ warns that it got a generator that is exhausted, and clips nothing."""
    model = scaled_pow_log_model(device)
    model(5.0, 3.0).backward()
    parameters = (parameter for parameter in model.parameters())
    show("parameters", sum(1 for _ in parameters))
    show("clip", refusal(torch.nn.utils.clip_grad_norm_, parameters, 0.1))
    show("grad", model.powModel.powParam.grad)


# The step.


@case("parameter/descent-by-the-function-sgd", needs="torch.optim.sgd.sgd(foreach)")
def function_sgd_descends_as_by_hand(show, device):
    """Three steps of the function torch.optim.sgd.sgd with momentum end where three steps by hand do."""
    from torch.optim.sgd import sgd

    settings = {"weight_decay": 0.0, "dampening": 0.0, "nesterov": False, "maximize": False}
    parameter, momenta = torch.ones(1, device=device), [None]
    by_hand, momentum = torch.ones(1, device=device), 0.0
    for _ in range(3):
        sgd([parameter], [2 * parameter], momenta, foreach=False, lr=0.1, momentum=0.9, **settings)
        momentum = 0.9 * momentum + 2 * by_hand
        by_hand = by_hand - 0.1 * momentum
    show("parameter", parameter)
    show("by hand", by_hand)
