"""What register_parameter refuses."""

import torch
from torch.nn import Module, Parameter

from module_drift.case import case

from ..shared.models import PowModel
from ..shared.refusals import refusal


@case("parameter/register-under-a-bad-name")
def parameter_cannot_be_registered_under_a_bad_name(show, device):
    """The name of a parameter is a string that is not empty, has no dot, and does not name another attribute."""
    parameter = Parameter(torch.tensor(2.0, device=device))
    for label, name in [("number", 3), ("empty", ""), ("dotted", "pow.param"), ("attribute", "training")]:
        show(label, refusal(PowModel().register_parameter, name, parameter))


@case("parameter/register-what-is-computed")
def parameter_that_is_computed_cannot_be_registered(show, device):
    """A tensor is not accepted by register_parameter, nor a Parameter that was computed in place from another one."""
    show("tensor", refusal(PowModel().register_parameter, "powParam", torch.tensor(2.0, device=device)))
    computed = Parameter(torch.tensor(2.0, device=device), requires_grad=False)
    computed.mul_(Parameter(torch.tensor(3.0, device=device)))
    show("computed", refusal(PowModel().register_parameter, "powParam", computed))


@case("parameter/register-before-init")
def parameter_cannot_be_registered_before_init(show, device):
    """Before Module.__init__() has run, register_parameter refuses with an error that says so."""

    class Early(Module):
        def __init__(self):
            show("register", refusal(self.register_parameter, "powParam", Parameter(torch.tensor(2.0, device=device))))
            super().__init__()

    Early()
