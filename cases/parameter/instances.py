"""What counts as an instance of Parameter and of classes of one's own made of it."""

import torch
from torch.nn import Parameter

from module_drift.case import case


class _Named(Parameter):
    """A kind of Parameter that takes what a Parameter takes."""


class _Marked(torch.Tensor):
    """A kind of tensor that adds nothing."""


@case("parameter/instance-of-a-parameter-subclass", needs="torch.Tensor.as_subclass")
def parameter_is_no_instance_of_a_subclass(show, device):
    """A Parameter made of a tensor of an own class is an instance of Parameter, but of no own kind of Parameter."""
    tensor = torch.ones(2, device=device)
    for label, value in (
        ("tensor", tensor),
        ("Parameter", Parameter(tensor)),
        ("Parameter of an own tensor", Parameter(tensor.as_subclass(_Marked))),
        ("own Parameter", _Named(tensor)),
    ):
        show(label, {kind.__name__: isinstance(value, kind) for kind in (Parameter, _Named)})


@case("parameter/made-of-nothing", needs="torch.nn.Buffer")
def parameter_and_buffer_made_of_nothing(show, device):
    """A Parameter and an nn.Buffer that are given no data are empty, and only the Parameter requires a gradient."""
    for kind in (Parameter, torch.nn.Buffer):
        made = kind()
        show(kind.__name__, tuple(made.shape), made.dtype, made.requires_grad)
