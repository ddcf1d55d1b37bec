"""Gradients of parameters between two steps of descent: cleared, missing, clipped."""

import torch
from torch.nn import Module, Parameter

from module_drift.case import case

from .models import scaled_pow_log_model
from .refusals import refusal


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


@case("parameter/clip-grad-norm-of-an-exhausted-generator")
def clipping_gets_an_exhausted_generator(show, device):
    """Clipping by clip_grad_norm_ warns that it got a generator that is exhausted, and clips nothing."""
    model = scaled_pow_log_model(device)
    model(5.0, 3.0).backward()
    parameters = (parameter for parameter in model.parameters())
    show("parameters", sum(1 for _ in parameters))
    show("clip", refusal(torch.nn.utils.clip_grad_norm_, parameters, 0.1))
    show("grad", model.powModel.powParam.grad)
