"""Section "Module": more than ten children, so that the order of their numbers is not that of their names as text."""

import torch
from torch.nn import BatchNorm1d, Identity, Linear, Module, ModuleDict, ModuleList, ParameterList, Sequential

from module_drift.case import case

from ..shared.listing import names
from ..shared.models import new_parameter
from ..shared.refusals import refusal_on_one_line


class _Adding(Module):
    """Appends its number to a text."""

    def __init__(self, number):
        super().__init__()
        self.number = number

    def forward(self, text):
        return text + [self.number]

    def extra_repr(self):
        return str(self.number)


def _twelve(kind=_Adding):
    return [kind(number) for number in range(12)]


def _numbers(models):
    return [model.number for model in models]


@case("module/sequential-of-twelve", only="cpu")
def a_sequential_of_twelve_calls_them_in_order(show, device):
    """A Sequential of twelve calls and lists them in the order of their numbers."""
    model = Sequential(*_twelve())
    show("called", model([]))
    show("children", names(model.named_children()))
    show("slice", _numbers(model[8:11]), "last", model[-1].number, "eleventh", model[10].number)


@case("module/sequential-of-twelve-without-the-third", only="cpu")
def a_sequential_of_twelve_is_renumbered(show, device):
    """A Sequential of twelve from which one is deleted calls the others in order, under new numbers."""
    model = Sequential(*_twelve())
    del model[2]
    show("called", model([]))
    show("children", names(model.named_children()))


@case("module/module-list-of-twelve", only="cpu")
def a_module_list_of_twelve_is_read(show, device):
    """A ModuleList of twelve is read by indices of one digit and of two, from both ends, and in slices."""
    models = ModuleList(_twelve())
    show("items", _numbers([models[0], models[1], models[9], models[10], models[11]]))
    show("from the end", _numbers([models[-1], models[-2], models[-11], models[-12]]))
    show("slice", _numbers(models[1:12:5]))
    models[11] = _Adding(50)
    show("set", _numbers(models))


@case("module/module-list-of-twelve-changes", only="cpu")
def a_module_list_of_twelve_is_changed(show, device):
    """A ModuleList of twelve keeps its order when items are deleted, inserted and appended."""
    models = ModuleList(_twelve())
    del models[1]
    show("deleted", _numbers(models), names(models.named_children()))
    models.insert(1, _Adding(20))
    show("inserted", _numbers(models))
    models.append(_Adding(30))
    models.extend([_Adding(40)])
    show("appended", _numbers(models), names(models.named_children()))


def _weights(device):
    return ModuleList(Linear(1, 1, bias=False).to(device) for _ in range(12))


@case("module/state-of-twelve", only="cpu")
def the_state_of_twelve_is_in_order(show, device):
    """The state of twelve children is in the order of their numbers, and so are parameters."""
    models = _weights(device)
    show("state", list(models.state_dict()))
    show("parameters", names(models.named_parameters()))


@case("module/twelve-missing-keys", only="cpu")
def twelve_missing_keys_are_told(show, device):
    """All of twelve missing keys and twelve unexpected ones are told, in order."""
    state = {f"other.{number}": torch.zeros(1, 1, device=device) for number in range(12)}
    show("keys", _weights(device).load_state_dict(state, strict=False))
    show("raises", refusal_on_one_line(_weights(device).load_state_dict, state))


@case("module/twelve-cleared-and-frozen", only="cpu")
def twelve_parameters_are_cleared_and_frozen(show, device):
    """The gradients of all of twelve parameters are cleared, and all of them are frozen."""
    model = Module()
    for number in range(12):
        setattr(model, f"weight{number}", new_parameter(1.0, device))
    sum(model.parameters()).backward()
    model.zero_grad()
    show("left", [bool(p.grad is not None and p.grad) for p in model.parameters()])
    model.requires_grad_(False)
    show("required", [p.requires_grad for p in model.parameters()])


@case("module/shared-by-twelve", only="cpu")
def a_parameter_shared_by_twelve_is_listed_once(show, device):
    """A parameter and a Module that the first and the last of twelve share are listed once."""
    models = _weights(device)
    models[11].weight = models[0].weight
    models[11].child = models[0].child = Identity()
    show("parameters", names(models.named_parameters()))
    show("modules", len(list(models.modules())))
    show("state", len(models.state_dict()))


@case("module/module-dict-of-twelve", only="cpu")
def a_module_dict_of_twelve_keeps_its_order(show, device):
    """A ModuleDict of twelve keeps the order in which they were set."""
    models = ModuleDict()
    for number in reversed(range(12)):
        models[str(number)] = _Adding(number)
    show("keys", list(models.keys()))
    show("values", _numbers(models.values()))
    show("state", _numbers(models.children()))


@case("module/parameter-list-of-twelve", only="cpu")
def a_parameter_list_of_twelve_is_read(show, device):
    """A ParameterList of twelve is iterated over, indexed, sliced and saved in order."""
    values = ParameterList([new_parameter(float(number), device) for number in range(12)])
    show("items", [value.item() for value in values])
    show("index", values[10].item(), values[-1].item(), "slice", [value.item() for value in values[8:11]])
    show("state", list(values.state_dict()))


@case("module/batch-norm-counts-twelve", only="cpu")
def batch_norm_counts_twelve_batches(show, device):
    """A BatchNorm counts twelve batches."""
    model = BatchNorm1d(1).to(device)
    for _ in range(12):
        model(torch.ones(2, 1, device=device))
    show("count", model.num_batches_tracked)
