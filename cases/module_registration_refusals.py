"""What register_parameter, add_module, set_submodule and get_buffer refuse, and what becomes of own register_buffer."""

import torch
from torch.nn import Identity, Module, Parameter

from module_drift.case import case

from .models import PowLogModel, PowModel, ScaledLogModel, ScaledPowModel
from .refusals import refusal

# Registering.


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


@case("module/add-module-refuses-what-is-no-module")
def add_module_refuses_what_is_no_module(show, device):
    """A child has to be a Module or None, and its name a string, or add_module raises a TypeError."""
    show("number", refusal(Module().add_module, "powModel", 5))
    show("class", refusal(Module().add_module, "powModel", Identity))
    show("None", refusal(Module().add_module, "powModel", None))
    show("name that is a number", refusal(Module().add_module, 5, PowModel()))


# By path.


def _nested(device):
    outer = Module()
    outer.chain = PowLogModel(ScaledPowModel(device), ScaledLogModel(device))
    outer.chain.powModel.register_buffer("powBuff", torch.tensor(1.0, device=device))
    return outer


@case("module/set-submodule-by-path", needs="torch.nn.Module.set_submodule")
def set_submodule_follows_a_path(show, device):
    """A dotted path leads set_submodule to the child to replace, and an empty one or one of no Modules to an error."""
    model = _nested(device)
    model.set_submodule("chain.logModel", Identity())
    show("nested", list(model.chain.named_children()))
    show("no such child on the way", refusal(model.set_submodule, "exp.logModel", Identity()))
    show("a parameter", refusal(model.set_submodule, "chain.powModel.powParam", Identity()))
    show("empty", refusal(model.set_submodule, "", Identity()))
    model.set_submodule("chain", Identity())
    show("direct", list(model.named_children()))


@case("module/set-submodule-to-a-new-name", needs="torch.nn.Module.set_submodule")
def set_submodule_to_a_new_name(show, device):
    """A path that ends in a new name makes set_submodule add a child, unless it is told to be strict."""
    model = _nested(device)
    show("nested", refusal(model.set_submodule, "chain.expModel", Identity()))
    show("direct", refusal(model.set_submodule, "expModel", Identity()))
    show("names", [name for name, _ in model.named_modules()])


@case("buffer/get-buffer-by-path", needs="torch.nn.Module.get_buffer")
def get_buffer_follows_a_path(show, device):
    """A dotted path leads get_buffer to the buffer of a child, and to AttributeError if it ends elsewhere."""
    model = _nested(device)
    model.chain.powModel.register_buffer("powMean", None)
    show("buffer", model.get_buffer("chain.powModel.powBuff"))
    show("no such child", refusal(model.get_buffer, "expModel.powBuff"))
    show("no such buffer", refusal(model.get_buffer, "chain.powModel.expBuff"))
    show("a child", refusal(model.get_buffer, "chain.powModel"))
    show("a parameter", refusal(model.get_buffer, "chain.powModel.powParam"))
    show("a buffer that is None", refusal(model.get_buffer, "chain.powModel.powMean"))


# Modules with a register_buffer of their own.


@case("buffer/own-register-buffer-without-persistent", needs="torch.nn.Buffer")
def buffer_set_where_register_buffer_is_overridden(show, device):
    """A Buffer that is not persistent is refused by a Module whose own register_buffer lacks that argument."""

    class Short(Module):
        def register_buffer(self, name, tensor):
            super().register_buffer(name, tensor)

    class Long(Module):
        def register_buffer(self, name, tensor, persistent=True):
            super().register_buffer(name, tensor, persistent)

    for kind in (Short, Long):
        for persistent in (True, False):
            model = kind()
            buffer = torch.nn.Buffer(torch.tensor(1.0, device=device), persistent=persistent)
            show(f"{kind.__name__}, persistent={persistent}", refusal(setattr, model, "powBuff", buffer))
            show("state", list(model.state_dict()))
