"""What a Module holds: finding and replacing it by path, adding to it, and listing it, also what it holds twice."""

from torch.nn import Identity, Module

from module_drift.case import case

from ..shared.listing import names
from ..shared.models import LogModel, PowLogModel, PowModel, ScaledPowModel, scaled_pow_log_model
from ..shared.refusals import refusal, type_of_refusal


class _SharedModel(Module):
    """Holds one child under two names, so that its parameter has two names as well."""

    def __init__(self, device):
        super().__init__()
        self.firstModel = ScaledPowModel(device)
        self.secondModel = self.firstModel


# By path.


@case("module/get-submodule-by-path", needs="torch.nn.Module.get_submodule")
def get_submodule_follows_a_path(show, device):
    """A dotted path leads get_submodule to a child of a child, an empty one to the Module, others to AttributeError."""
    model = Module()
    model.chain = scaled_pow_log_model(device)
    show("chain.powModel", model.get_submodule("chain.powModel"))
    show("empty", "the Module itself" if model.get_submodule("") is model else "other")
    for label, path in [("no such child", "chain.expModel"), ("a parameter", "chain.powModel.powParam")]:
        show(label, refusal(model.get_submodule, path))


@case("module/set-submodule-to-no-module", needs="torch.nn.Module.set_submodule")
def set_submodule_to_what_is_no_module(show, device):
    """A number in the place of a Module is refused by set_submodule with a ValueError that names its type."""
    model = PowLogModel(PowModel(), LogModel())
    show("under a new name", refusal(model.set_submodule, "expModel", 5))
    show("is there now", "yes" if hasattr(model, "expModel") else "no")


@case("module/set-submodule-strictly", needs="torch.nn.Module.set_submodule(strict)")
def set_submodule_strictly_adds_nothing(show, device):
    """A strict set_submodule replaces a child but adds none, which it does when it is not strict."""
    for label, strict in [("strict", True), ("not strict", False)]:
        model = PowLogModel(PowModel(), LogModel())
        show(f"replace {label}", refusal(model.set_submodule, "powModel", Identity(), strict))
        show(f"add {label}", refusal(model.set_submodule, "expModel", Identity(), strict))
        show(f"children {label}", list(model.named_children()))


# Adding children, and listing them.


@case("module/register-module-calls-add-module", needs="torch.nn.Module.register_module")
def register_module_goes_through_add_module(show, device):
    """An override of add_module sees what register_module adds, but one of register_module not what add_module adds."""
    calls = []

    class Watched(Module):
        def add_module(self, name, module):
            calls.append(f"add_module {name}")
            super().add_module(name, module)

        def register_module(self, name, module):
            calls.append(f"register_module {name}")
            super().register_module(name, module)

    model = Watched()
    model.register_module("powModel", PowModel())
    show("register_module", calls)
    calls.clear()
    model.add_module("logModel", LogModel())
    show("add_module", calls)


@case("module/child-added-while-visiting-the-last")
def a_child_is_added_while_the_last_one_is_visited(show, device):
    """A loop over named_children raises RuntimeError if a child is added in it, even at the last child."""
    model = PowLogModel(PowModel(), LogModel())

    def add_after_the_last():
        for name, _ in model.named_children():
            if name == "logModel":
                model.lastModel = Identity()

    show("loop", type_of_refusal(add_after_the_last))
    show("children", names(model.named_children()))


@case("module/named-modules-overridden-by-a-child")
def a_child_with_named_modules_of_its_own(show, device):
    """A child whose own named_modules does not take a third argument breaks the lists of its parent by a TypeError."""

    class Listing(ScaledPowModel):
        def named_modules(self, memo=None, prefix=""):
            return super().named_modules(memo, prefix)

    model = PowLogModel(Listing(device), LogModel())
    show("child", type_of_refusal(lambda: list(model.powModel.named_modules())))
    show("parent", type_of_refusal(lambda: list(model.named_modules())))
    show("parameters of the parent", type_of_refusal(lambda: list(model.named_parameters())))


# What is held more than once.


@case("module/shared-child-under-each-name", needs="torch.nn.Module.named_modules(remove_duplicate)")
def a_shared_child_is_listed_under_each_name(show, device):
    """A child with two names is listed by named_modules under the first, and without remove_duplicate under both."""
    model = _SharedModel(device)
    show("without duplicates", names(model.named_modules()))
    show("with duplicates", names(model.named_modules(remove_duplicate=False)))


@case("module/modules-with-duplicates", needs="torch.nn.Module.modules(remove_duplicate)")
def a_shared_child_is_among_modules_more_than_once(show, device):
    """A child with two names is once among modules, and without remove_duplicate as often as it has names."""
    model = _SharedModel(device)
    show("without duplicates", [type(module).__name__ for module in model.modules()])
    show("with duplicates", [type(module).__name__ for module in model.modules(remove_duplicate=False)])
