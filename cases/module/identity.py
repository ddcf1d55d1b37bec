"""Section "Module": what is equal and not the same, and what is the same under two names; and copies."""

import copy
import pickle

import torch
from torch.nn import Linear, Module, ModuleList, Parameter, Sequential

from module_drift.case import case, cases

from ..shared.listing import names
from ..shared.models import LogModel, ScaledPowModel, new_parameter
from ..shared.refusals import type_of_refusal


class _Equal(Module):
    """Equals every other one of its class."""

    def __init__(self, number, device):
        super().__init__()
        self.number = number
        self.register_buffer("count", torch.tensor(float(number), device=device))

    def __eq__(self, other):
        return isinstance(other, _Equal)

    def __hash__(self):
        return 5

    def forward(self, x):
        return x + self.number

    def extra_repr(self):
        return str(self.number)


class _Unhashable(Module):
    """Equals every other one of its class, and says no hash."""

    __hash__ = None

    def __eq__(self, other):
        return isinstance(other, _Unhashable)


@case("module/equal-modules-are-listed", only="cpu")
def equal_modules_are_listed_once(show, device):
    """Of children that are equal and not the same, the first alone is listed, whereas all are called and saved."""
    model = Sequential(_Equal(1, device), _Equal(2, device), Sequential(_Equal(3, device)))
    show("children", names(model.named_children()))
    show("modules", names(model.named_modules()))
    show("buffers", names(model.named_buffers()))
    show("state", list(model.state_dict()))
    show("output", model(0))


@case("module/equal-modules-miss-what-is-done", only="cpu")
def equal_modules_miss_what_is_done(show, device):
    """What is done to all children passes over one that equals another before it."""
    model = Sequential(_Equal(1, device), _Equal(2, device))
    visited = []
    model.eval().double().apply(lambda inner: visited.append(type(inner).__name__))
    show("trains", [child.training for child in model])
    show("dtypes", [child.count.dtype for child in model])
    show("visited", visited)


@case("module/unhashable-modules", only="cpu")
def modules_without_a_hash(show, device):
    """Modules with an equality of their own and no hash can be called and saved, but not listed."""
    model = Sequential(_Unhashable(), _Unhashable())
    show("children", type_of_refusal(lambda: list(model.children())))
    show("modules", type_of_refusal(lambda: list(model.modules())))
    show("mode", type_of_refusal(model.eval))
    show("state", type_of_refusal(model.state_dict))
    show("len", len(model))


@case("module/equal-module-in-a-list", only="cpu")
def a_list_contains_what_is_equal(show, device):
    """A ModuleList contains what equals one of its items, and a Module is equal to itself alone otherwise."""
    models = ModuleList([_Equal(1, device)])
    models.append(_Equal(2, device))
    show("length", len(models))
    show("contains", _Equal(3, device) in models, models[0] in models, LogModel() in models)
    show("plain", LogModel() == LogModel(), LogModel() in ModuleList([LogModel()]))


@case("module/equal-parameters-are-listed", only="cpu")
def parameters_of_equal_values_are_listed(show, device):
    """Parameters of equal values, and those that share their memory, are all listed; the same one is so once."""
    model = Module()
    model.first, model.second = new_parameter(1.0, device), new_parameter(1.0, device)
    model.view = Parameter(model.first.data)
    model.same = model.first
    show("parameters", names(model.named_parameters()))
    show("state", list(model.state_dict()))
    show("memory", model.view.data_ptr() == model.first.data_ptr())


@case("module/hook-registered-twice", only="cpu")
def a_hook_registered_twice_is_called_twice(show, device):
    """A hook that is registered twice is called twice, and a handle removes it once."""
    model, calls = LogModel(), []

    def hook(*_):
        calls.append("called")

    for register in (model.register_forward_pre_hook, model.register_forward_hook):
        handles = [register(hook), register(hook)]
        for handle in (None, *handles):
            if handle is not None:
                handle.remove()
            calls.clear()
            model(torch.tensor(1.0, device=device))
            show(register.__name__, len(calls))


@case("module/shared-child-under-two-names-in-the-state", only="cpu")
def a_shared_child_is_saved_and_loaded_twice(show, device):
    """A child under two names is saved under both, and the last one that is loaded counts."""
    shared = ScaledPowModel(device)
    model = Sequential(shared, shared)
    state = model.state_dict()
    show("state", list(state), "versions", list(state._metadata))
    values = {"0.powParam": torch.tensor(2.0, device=device), "1.powParam": torch.tensor(3.0, device=device)}
    show("keys", model.load_state_dict(values))
    show("loaded", shared.powParam)


# Copies.


@case("module/shallow-copy", only="cpu")
def a_shallow_copy_shares_its_parts(show, device):
    """A shallow copy shares parameters, children and hooks, also those that come later, but no plain attribute."""
    model = ScaledPowModel(device)
    model.number = 1
    copied = copy.copy(model)
    show("other", copied is not model, "same parameter", copied.powParam is model.powParam)
    copied.child, copied.more = LogModel(), new_parameter(2.0, device)
    copied.register_buffer("mean", torch.tensor(3.0, device=device))
    copied.register_forward_hook(lambda *_: show("hook"))
    copied.number, copied.training = 2, False
    show("original", names(model.named_children()), list(model.state_dict()), model.number, model.training)
    model(torch.tensor(5.0, device=device), 1.0)


def _tied(device):
    model = Sequential(Linear(1, 1, bias=False), Linear(1, 1, bias=False)).to(device)
    model[1].weight = model[0].weight
    model[0].weight.requires_grad_(False).fill_(5.0)
    model.eval()
    return model


COPIES = {"deep-copy": "deepcopy", "pickle": "pickle"}


def _copied(model, how):
    return copy.deepcopy(model) if how == "deepcopy" else pickle.loads(pickle.dumps(model))


@cases("module/tied-and-frozen-by-{how}", how=COPIES, only="cpu")
def what_is_tied_and_frozen_stays_so(show, device, how):
    """By {how}, what is tied stays tied, frozen and in its mode, and is no longer tied to the original."""
    model = _tied(device)
    copied = _copied(model, how)
    show("tied", copied[1].weight is copied[0].weight)
    show("frozen", copied[0].weight)
    show("mode", copied.training, copied[0].training)
    show("same", copied[0].weight is model[0].weight, copied[0].weight.data_ptr() == model[0].weight.data_ptr())
