"""Containers of Modules and of Parameters at their bounds, filled with what does not fit, and in print."""

import operator

import torch
from torch.nn import Identity, ModuleDict, ModuleList, Parameter, ParameterDict, ParameterList, Sequential

from module_drift.case import case

from .models import LogModel, PowLogModel, PowModel
from .refusals import refusal


def _models():
    return [PowModel(), LogModel(), Identity()]


def _parameter(value, device):
    return Parameter(torch.tensor(value, device=device))


# Indices.


@case("module/index-at-the-bounds")
def sequential_and_module_list_are_indexed_at_their_bounds(show, device):
    """A Sequential and a ModuleList have items at -len and len - 1, and refuse an index beyond with an IndexError."""
    for models in (Sequential(*_models()), ModuleList(_models())):
        name = type(models).__name__
        show(name, models[-3], models[2])
        for index in (-4, 3):
            show(f"{name}[{index}]", refusal(models.__getitem__, index))


@case("parameter/parameter-list-index-at-the-bounds")
def parameter_list_is_indexed_at_its_bounds(show, device):
    """A ParameterList has items at -len and len - 1, and refuses an index beyond with an IndexError."""
    parameters = ParameterList([_parameter(value, device) for value in (1.0, 2.0, 3.0)])
    show("first and last", parameters[-3].data, parameters[2].data)
    for index in (-4, 3):
        show(f"[{index}]", refusal(parameters.__getitem__, index))


@case("parameter/parameter-list-slice")
def parameter_list_is_sliced(show, device):
    """A slice of a ParameterList is a ParameterList of the same Parameters."""
    parameters = ParameterList([_parameter(value, device) for value in (1.0, 2.0, 3.0)])
    part = parameters[1:]
    show("type", type(part).__name__)
    show("values", [parameter.data for parameter in part])
    show("first", "same" if part[0] is parameters[1] else "other")


@case("module/sequential-insert-at-the-bounds", needs="torch.nn.Sequential.insert")
def sequential_inserts_at_its_bounds(show, device):
    """A Sequential inserts at -len, at 0 and at len, and refuses an index below -len or above len."""
    for index in (-4, -3, 0, 3, 4):
        models = Sequential(*_models())
        show(f"insert at {index}", refusal(models.insert, index, PowModel()))
        show("children", [type(child).__name__ for child in models])


# Filling.


@case("module/append-and-extend-return-the-container", needs="torch.nn.Sequential.insert")
def containers_return_themselves_when_they_grow(show, device):
    """The methods append, insert and extend return their container, except for insert of a ModuleList."""
    for container, calls in [
        (Sequential(), [("append", Identity()), ("insert", 0, Identity())]),
        (ModuleList(), [("append", Identity()), ("insert", 0, Identity()), ("extend", [Identity()])]),
        (ParameterList(), [("append", _parameter(1.0, device)), ("extend", [_parameter(2.0, device)])]),
    ]:
        for name, *arguments in calls:
            returned = getattr(container, name)(*arguments)
            show(f"{type(container).__name__}.{name}", "container" if returned is container else returned)


@case("module/filled-with-what-is-not-iterable")
def containers_of_modules_are_filled_with_what_is_not_iterable(show, device):
    """A ModuleList is extended by an iterable and a ModuleDict updated by one of pairs, or a TypeError says so."""
    show("ModuleList.extend of a Module", refusal(ModuleList().extend, PowModel()))
    show("ModuleDict.update with a Module", refusal(ModuleDict().update, PowModel()))
    show("ModuleDict.update with Modules", refusal(ModuleDict().update, _models()))
    show("ModuleDict.update with triples", refusal(ModuleDict().update, [("powModel", PowModel(), LogModel())]))


@case("parameter/filled-with-what-is-not-iterable")
def containers_of_parameters_are_filled_with_what_is_not_iterable(show, device):
    """A ParameterList is extended by an iterable that is no tensor and a ParameterDict updated by one of pairs."""
    show("ParameterList.extend of a number", refusal(ParameterList().extend, 5))
    show(
        "ParameterList.extend of a Parameter", refusal(ParameterList().extend, Parameter(torch.ones(2, device=device)))
    )
    show("ParameterDict.update with a number", refusal(ParameterDict().update, 5))
    show("ParameterDict.update with numbers", refusal(ParameterDict().update, [5]))
    show("ParameterDict.update with triples", refusal(ParameterDict().update, [("powParam", 1, 2)]))


# ParameterDict.


@case("parameter/parameter-dict-key-that-is-no-string")
def parameter_dict_refuses_a_key_that_is_no_string(show, device):
    """A ParameterDict takes only strings as keys."""
    show("set", refusal(ParameterDict().__setitem__, 5, _parameter(1.0, device)))
    show("get", refusal(ParameterDict().__getitem__, 5))


@case("parameter/tensor-in-a-parameter-dict")
def tensor_in_a_parameter_dict_becomes_a_parameter(show, device):
    """A plain tensor that is put into a ParameterDict becomes a Parameter, and a Parameter stays itself."""
    parameters, given = ParameterDict(), _parameter(1.0, device)
    parameters["powParam"] = given
    show("same object", parameters["powParam"] is given)
    show("set", refusal(parameters.__setitem__, "logParam", torch.tensor(2.0, device=device)))
    show("parameters", {name: parameter.data for name, parameter in parameters.named_parameters()})


@case("parameter/parameter-dict-updated-from-each-kind")
def parameter_dict_is_updated_from_each_kind(show, device):
    """A ParameterDict takes keys and values from a mapping or from pairs, and new values replace those of old keys."""
    parameters = ParameterDict({"powParam": _parameter(1.0, device), "logParam": _parameter(2.0, device)})
    parameters.update({"logParam": _parameter(3.0, device), "expParam": _parameter(4.0, device)})
    parameters.update([("expParam", _parameter(5.0, device)), ("addParam", _parameter(6.0, device))])
    show("values", {name: parameter.data for name, parameter in parameters.items()})


@case("parameter/union-of-parameter-dicts", needs="torch.nn.ParameterDict.__or__")
def union_of_parameter_dicts(show, device):
    """The union of two ParameterDicts is a new one, in which the second prevails for a key of both."""
    first = ParameterDict([("powParam", _parameter(1.0, device)), ("logParam", _parameter(2.0, device))])
    second = ParameterDict([("logParam", _parameter(3.0, device)), ("expParam", _parameter(4.0, device))])
    union = first | second
    show("type", type(union).__name__)
    show("union", {name: parameter.data for name, parameter in union.items()})
    show("first", {name: parameter.data for name, parameter in first.items()})


# Reprs.


@case("parameter/repr-of-containers-of-anything")
def repr_of_containers_of_anything(show, device):
    """In the repr of a ParameterList or ParameterDict, what is no tensor has a line that names its type."""
    values, named = ParameterList([_parameter(1.0, device)]), ParameterDict({"powParam": _parameter(1.0, device)})
    show("append", refusal(values.append, "text"))
    show("list", repr(values))
    show("set", refusal(named.__setitem__, "name", "text"))
    show("dict", repr(named))


@case("module/module-list-repr-of-repeats-behind-another")
def repr_of_repeats_behind_another(show, device):
    """Equal Modules behind another one are one entry in the repr of a ModuleList, also if that takes several lines."""
    show("empty", repr(ModuleList()))
    repeats = [PowLogModel(PowModel(), LogModel()) for _ in range(3)]
    show("repeats", repr(ModuleList([Identity(), *repeats])))


@case("module/sequential-times-a-number", needs="torch.nn.Sequential.__mul__")
def sequential_times_a_number(show, device):
    """A Sequential can be repeated once or more, but not zero times, and by nothing but an integer."""
    chain = Sequential(PowModel(), LogModel())
    for number in (2, 1, 0, 1.0):
        show(f"times {number}", refusal(operator.mul, chain, number))
    show("length of it once", len(chain * 1))
