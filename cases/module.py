"""Section "Module" of the article: what a Module knows of the Modules inside it."""

import torch
from torch.nn import Module, ModuleDict, ModuleList

from module_drift.case import case

from .models import LogModel, PowLogModel, PowModel, differentiate


class _WholeModel(Module):
    """The chain in one forward, without children."""

    def forward(self, x, q):
        return torch.log(x**q)


class _InList(PowLogModel):
    """Keeps its children in a list, of the type given."""

    def __init__(self, kind):
        Module.__init__(self)
        self.modelList = kind([PowModel(), LogModel()])

    def parts(self):
        return self.modelList


class _InListAndAdded(_InList):
    """Keeps its children in a plain list and registers them by hand."""

    def __init__(self):
        super().__init__(list)
        for name, child in zip(["powModel", "logModel"], self.modelList):
            self.add_module(name, child)


class _InDict(PowLogModel):
    """Keeps its children in a dictionary, of the type given."""

    def __init__(self, kind):
        Module.__init__(self)
        self.modelDict = kind({"powModel": PowModel(), "logModel": LogModel()})

    def parts(self):
        return self.modelDict["powModel"], self.modelDict["logModel"]


def _show_results_and_children(show, model, device):
    differentiate(show, model, device)()
    show("powLogModel.named_children", list(model.named_children()))


@case("module/code-1")
def calling_a_module_runs_its_forward(show, device):
    """Calling a Module runs the forward that its class defines, and gradients flow through it."""
    differentiate(show, _WholeModel(), device)()


@case("module/code-2")
def modules_set_as_attributes_become_children(show, device):
    """Modules that are set as attributes are known to the Module as its children."""
    _show_results_and_children(show, PowLogModel(PowModel(), LogModel()), device)


@case("module/code-3")
def modules_in_a_plain_list_are_no_children(show, device):
    """Modules kept in a plain list compute the same, but are not known as children."""
    _show_results_and_children(show, _InList(list), device)


@case("module/code-4")
def add_module_registers_children(show, device):
    """Modules kept in a plain list become children when add_module registers each by hand."""
    _show_results_and_children(show, _InListAndAdded(), device)


@case("module/code-5")
def module_list_is_a_child_that_holds_modules(show, device):
    """A ModuleList is a child itself, and shows the Modules that it holds."""
    _show_results_and_children(show, _InList(ModuleList), device)


@case("module/code-6")
def modules_in_a_plain_dict_are_no_children(show, device):
    """Modules kept in a plain dictionary compute the same, but are not known as children."""
    _show_results_and_children(show, _InDict(dict), device)


@case("module/code-7")
def module_dict_is_a_child_that_holds_modules(show, device):
    """A ModuleDict is a child itself, and shows the Modules that it holds, in an order that drifted."""
    _show_results_and_children(show, _InDict(ModuleDict), device)
