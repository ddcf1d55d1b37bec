"""Finding and replacing what a Module holds: by path, and by the names of what is held more than once."""

import torch
from torch.nn import Identity, Module

from module_drift.case import case

from .models import LogModel, PowLogModel, PowModel, ScaledPowModel, scaled_pow_log_model
from .refusals import refusal


class _SharedModel(Module):
    """Holds one child under two names, so that its parameter has two names as well."""

    def __init__(self, device):
        super().__init__()
        self.firstModel = ScaledPowModel(device)
        self.secondModel = self.firstModel


class _TiedModel(Module):
    """Holds two children that have one parameter between them."""

    def __init__(self, device):
        super().__init__()
        self.firstModel = ScaledPowModel(device)
        self.secondModel = ScaledPowModel(device)
        self.secondModel.powParam = self.firstModel.powParam


def _names(named):
    return [name for name, _ in named]


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


@case("buffer/get-buffer-beside-another", needs="torch.nn.Module.get_buffer")
def get_buffer_finds_a_buffer_beside_another(show, device):
    """A buffer of several elements is found by get_buffer although another one was registered before it."""
    model = PowModel()
    model.register_buffer("powMean", torch.zeros(2, device=device))
    model.register_buffer("powBuff", torch.ones(2, device=device))
    show("registered first", refusal(model.get_buffer, "powMean"))
    show("registered second", refusal(model.get_buffer, "powBuff"))


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


# What is held more than once.


@case("module/shared-child-under-each-name", needs="torch.nn.Module.named_modules(remove_duplicate)")
def a_shared_child_is_listed_under_each_name(show, device):
    """A child with two names is listed by named_modules under the first, and without remove_duplicate under both."""
    model = _SharedModel(device)
    show("without duplicates", _names(model.named_modules()))
    show("with duplicates", _names(model.named_modules(remove_duplicate=False)))


@case("parameter/tied-parameter-under-each-name", needs="torch.nn.Module.named_parameters(remove_duplicate)")
def a_tied_parameter_is_listed_under_each_name(show, device):
    """A parameter of two children is listed under its first name only, and without remove_duplicate under both."""
    model = _TiedModel(device)
    show("without duplicates", _names(model.named_parameters()))
    show("with duplicates", _names(model.named_parameters(remove_duplicate=False)))
    show("in the state", list(model.state_dict()))


# Gradients of all that is held.


@case("parameter/zero-grad-to-none-or-to-zeros", needs="torch.nn.Module.zero_grad(set_to_none)")
def zero_grad_sets_gradients_to_none_or_to_zeros(show, device):
    """The argument set_to_none tells zero_grad whether gradients become None or stay there as zeros."""
    for label, set_to_none in [("to None", True), ("to zeros", False)]:
        model = ScaledPowModel(device)
        model.powParam.grad = torch.tensor(2.0, device=device)
        model.zero_grad(set_to_none=set_to_none)
        show(label, model.powParam.grad)
