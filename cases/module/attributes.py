"""Attributes of a Module that are read before it is set up, or missing, and what it adds to its repr."""

from torch.nn import Module

from module_drift.case import case

from ..shared.models import PowModel
from ..shared.refusals import refusal


@case("module/init-error-counts-arguments", needs="torch.nn.Module.call_super_init")
def error_of_init_counts_arguments(show, device):
    """The error of Module.__init__ for arguments given by position counts them, with the Module itself as one."""
    for arguments in ((1,), (1, 2)):
        show(f"given {len(arguments)}", refusal(Module, *arguments))


@case("module/attribute-missing-before-init")
def attribute_is_missing_before_init(show, device):
    """Before Module.__init__() has run, reading an attribute that is not there raises AttributeError as usual."""

    class Early(Module):
        def __init__(self):
            show("raises", refusal(getattr, self, "powModel"))
            super().__init__()

    Early()


@case("module/extra-repr-of-a-plain-module")
def extra_repr_of_a_plain_module(show, device):
    """The extra_repr of a Module that defines none is an empty text."""
    show("extra_repr", repr(PowModel().extra_repr()))
