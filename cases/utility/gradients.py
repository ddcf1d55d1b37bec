"""Section "Utility": gradients that are clipped."""

import torch
from torch.nn import Parameter
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

from module_drift.case import case, cases

from ..shared.refusals import refusal, type_of_refusal


def _parameters(device, *gradients):
    parameters = [Parameter(torch.zeros(len(gradient), device=device)) for gradient in gradients]
    for parameter, gradient in zip(parameters, gradients):
        parameter.grad = torch.tensor(gradient, device=device)
    return parameters


@cases(
    "utility/clip-grad-norm-of-{norm}",
    only="cpu",
    norm={"one": 1, "two": 2.0, "three": 3, "infinity": "inf"},
)
def gradients_are_clipped_by_a_norm(show, device, norm):
    """Gradients are clipped by the norm {norm} of all of them together."""
    parameters = _parameters(device, [3.0, -4.0], [0.0])
    show("norm", clip_grad_norm_(parameters, 1.0, norm_type=norm))
    show("gradients", [parameter.grad for parameter in parameters])


@case("utility/clip-grad-norm-of-zero", only="cpu")
def gradients_are_clipped_by_the_norm_of_zero(show, device):
    """The norm of zero counts the tensors that have a gradient other than zero."""
    parameters = _parameters(device, [3.0, -4.0], [0.0])
    show("raises", type_of_refusal(lambda: show("norm", clip_grad_norm_(parameters, 1.0, norm_type=0))))


@case("utility/clip-grad-norm-below-the-limit", only="cpu")
def gradients_below_the_limit_are_clipped(show, device):
    """Gradients whose norm is below the limit stay the same objects with the same values."""
    (parameter,) = _parameters(device, [3.0, -4.0])
    gradient = parameter.grad
    show("norm", clip_grad_norm_(parameter, 10.0))
    show("gradient", parameter.grad, parameter.grad is gradient)


@case("utility/clip-grad-norm-of-two-dtypes", only="cpu")
def gradients_of_two_dtypes_are_clipped(show, device):
    """Gradients of two dtypes are clipped together, each in its own dtype."""
    parameters = _parameters(device, [3.0], [4.0])
    parameters[1].data = parameters[1].data.double()
    parameters[1].grad = torch.tensor([4.0], dtype=torch.float64, device=device)
    show("norm", refusal(lambda: show("norm", clip_grad_norm_(parameters, 1.0))))
    show("dtypes", [parameter.grad.dtype for parameter in parameters])


@case("utility/clip-grad-norm-without-foreach", only="cpu", needs="torch.nn.utils.clip_grad_norm_(foreach)")
def gradients_are_clipped_one_by_one(show, device):
    """Gradients are clipped alike with and without foreach."""
    for foreach in [False, None]:
        (parameter,) = _parameters(device, [3.0, -4.0])
        show("norm", clip_grad_norm_(parameter, 1.0, foreach=foreach))
        show("gradient", parameter.grad)


@case("utility/clip-grad-norm-of-a-generator", only="cpu")
def gradients_of_a_generator_are_clipped(show, device):
    """Parameters that come from a generator are clipped, the last of which has no gradient."""
    parameters = [*_parameters(device, [3.0], [4.0]), Parameter(torch.zeros(1, device=device))]
    show("norm", clip_grad_norm_(iter(parameters), 2.5))
    show("gradients", [parameter.grad for parameter in parameters])


@case("utility/clip-grad-norm-of-a-used-generator", only="cpu")
def gradients_of_a_used_generator_are_clipped(show, device):
    """A generator that has nothing more to give is clipped to a norm of zero."""
    parameters = iter(_parameters(device, [3.0]))
    list(parameters)
    show("norm", clip_grad_norm_(parameters, 1.0))


@case("utility/clip-grad-value", only="cpu")
def gradients_are_clipped_by_value(show, device):
    """Gradients are clipped element by element to both sides of zero, in place."""
    (parameter,) = _parameters(device, [3.0, -4.0, 0.5])
    gradient = parameter.grad
    show("returned", clip_grad_value_(parameter, 1))
    show("gradient", parameter.grad, parameter.grad is gradient)


@case("utility/clip-grad-value-below-zero", only="cpu")
def gradients_are_clipped_by_a_negative_value(show, device):
    """Gradients that are clipped to a negative value."""
    (parameter,) = _parameters(device, [3.0, -4.0, 0.5])
    show("refused", refusal(clip_grad_value_, parameter, -1.0))
    show("gradient", parameter.grad)


@case("utility/clip-grad-norm-under-its-old-name", only="cpu", needs="torch.nn.utils.clip_grad_norm")
def gradients_are_clipped_under_the_old_name(show, device):
    """The name clip_grad_norm without the underscore still clips, and warns."""
    (parameter,) = _parameters(device, [3.0, -4.0])
    show("norm", torch.nn.utils.clip_grad_norm(parameter, 1.0))
    show("gradient", parameter.grad)


@case("utility/total-norm-of-gradients", only="cpu", needs="torch.nn.utils.get_total_norm")
def total_norm_of_gradients(show, device):
    """The total norm is told without clipping."""
    gradients = [torch.tensor([3.0], device=device), torch.tensor([-4.0], device=device)]
    show("norm", torch.nn.utils.get_total_norm(gradients))
    show("of none", torch.nn.utils.get_total_norm([]))


@case("utility/clip-grads-with-a-norm", only="cpu", needs="torch.nn.utils.clip_grads_with_norm_")
def gradients_are_clipped_with_a_given_norm(show, device):
    """Gradients are clipped as if they had the norm that is given."""
    (parameter,) = _parameters(device, [3.0, -4.0])
    torch.nn.utils.clip_grads_with_norm_(parameter, 1.0, torch.tensor(10.0, device=device))
    show("gradient", parameter.grad)
