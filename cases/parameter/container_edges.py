"""Containers of Parameters at their bounds, filled with what does not fit, and in print."""

import torch
from torch.nn import Parameter, ParameterDict, ParameterList

from module_drift.case import case

from ..shared.models import new_parameter
from ..shared.refusals import refusal


@case("parameter/parameter-list-index-at-the-bounds")
def parameter_list_is_indexed_at_its_bounds(show, device):
    """A ParameterList has items at -len and len - 1, and refuses an index beyond with an IndexError."""
    parameters = ParameterList([new_parameter(value, device) for value in (1.0, 2.0, 3.0)])
    show("first and last", parameters[-3].data, parameters[2].data)
    for index in (-4, 3):
        show(f"[{index}]", refusal(parameters.__getitem__, index))


@case("parameter/parameter-list-slice")
def parameter_list_is_sliced(show, device):
    """A slice of a ParameterList is a ParameterList of the same Parameters."""
    parameters = ParameterList([new_parameter(value, device) for value in (1.0, 2.0, 3.0)])
    part = parameters[1:]
    show("type", type(part).__name__)
    show("values", [parameter.data for parameter in part])
    show("first", "same" if part[0] is parameters[1] else "other")


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
    show("set", refusal(ParameterDict().__setitem__, 5, new_parameter(1.0, device)))
    show("get", refusal(ParameterDict().__getitem__, 5))


@case("parameter/tensor-in-a-parameter-dict")
def tensor_in_a_parameter_dict_becomes_a_parameter(show, device):
    """A plain tensor that is put into a ParameterDict becomes a Parameter, and a Parameter stays itself."""
    parameters, given = ParameterDict(), new_parameter(1.0, device)
    parameters["powParam"] = given
    show("same object", parameters["powParam"] is given)
    show("set", refusal(parameters.__setitem__, "logParam", torch.tensor(2.0, device=device)))
    show("parameters", {name: parameter.data for name, parameter in parameters.named_parameters()})


@case("parameter/parameter-dict-updated-from-each-kind")
def parameter_dict_is_updated_from_each_kind(show, device):
    """A ParameterDict takes keys and values from a mapping or from pairs, and new values replace those of old keys."""
    parameters = ParameterDict({"powParam": new_parameter(1.0, device), "logParam": new_parameter(2.0, device)})
    parameters.update({"logParam": new_parameter(3.0, device), "expParam": new_parameter(4.0, device)})
    parameters.update([("expParam", new_parameter(5.0, device)), ("addParam", new_parameter(6.0, device))])
    show("values", {name: parameter.data for name, parameter in parameters.items()})


@case("parameter/union-of-parameter-dicts", needs="torch.nn.ParameterDict.__or__")
def union_of_parameter_dicts(show, device):
    """The union of two ParameterDicts is a new one, in which the second prevails for a key of both."""
    first = ParameterDict([("powParam", new_parameter(1.0, device)), ("logParam", new_parameter(2.0, device))])
    second = ParameterDict([("logParam", new_parameter(3.0, device)), ("expParam", new_parameter(4.0, device))])
    union = first | second
    show("type", type(union).__name__)
    show("union", {name: parameter.data for name, parameter in union.items()})
    show("first", {name: parameter.data for name, parameter in first.items()})


# Reprs.


@case("parameter/repr-of-containers-of-anything")
def repr_of_containers_of_anything(show, device):
    """In the repr of a ParameterList or ParameterDict, what is no tensor has a line that names its type."""
    values, named = ParameterList([new_parameter(1.0, device)]), ParameterDict({"powParam": new_parameter(1.0, device)})
    show("append", refusal(values.append, "text"))
    show("list", repr(values))
    show("set", refusal(named.__setitem__, "name", "text"))
    show("dict", repr(named))
