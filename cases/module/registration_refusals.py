"""What add_module and set_submodule refuse."""

from torch.nn import Identity, Module

from module_drift.case import case

from ..shared.models import PowModel, nested_with_buffer
from ..shared.refusals import refusal


@case("module/add-module-refuses-what-is-no-module")
def add_module_refuses_what_is_no_module(show, device):
    """A child has to be a Module or None, and its name a string, or add_module raises a TypeError."""
    show("number", refusal(Module().add_module, "powModel", 5))
    show("class", refusal(Module().add_module, "powModel", Identity))
    show("None", refusal(Module().add_module, "powModel", None))
    show("name that is a number", refusal(Module().add_module, 5, PowModel()))


@case("module/set-submodule-by-path", needs="torch.nn.Module.set_submodule")
def set_submodule_follows_a_path(show, device):
    """A dotted path leads set_submodule to the child to replace, and an empty one or one of no Modules to an error."""
    model = nested_with_buffer(device)
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
    model = nested_with_buffer(device)
    show("nested", refusal(model.set_submodule, "chain.expModel", Identity()))
    show("direct", refusal(model.set_submodule, "expModel", Identity()))
    show("names", [name for name, _ in model.named_modules()])
