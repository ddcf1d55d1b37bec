"""Edges and later methods of ParameterList and ParameterDict."""

import torch
from torch.nn import Module, Parameter, ParameterDict, ParameterList

from module_drift.case import case

from ..shared.refusals import refusal, type_of_refusal


def _one(device):
    return Parameter(torch.tensor(1.0, device=device))


def _names(model):
    return [name for name, _ in model.named_parameters()]


@case("parameter/parameter-list-without-its-size")
def parameter_list_is_restored_from_an_older_state(show, device):
    """A ParameterList restored from what releases before 1.12 pickled does not know its size."""
    # All that it consisted of then: a Module with a parameter named by its position.
    older = Module()
    older.register_parameter("0", _one(device))
    restored = ParameterList.__new__(ParameterList)
    restored.__setstate__(dict(vars(older)))
    show("len", refusal(len, restored))


@case("parameter/parameter-dict-key-named-as-a-method")
def parameter_dict_gets_a_key_named_as_a_method(show, device):
    """A ParameterDict refuses a key that is the name of one of its methods, but lists it as a key afterwards."""
    parameters = ParameterDict()
    show("raises", refusal(parameters.__setitem__, "values", _one(device)))
    show("keys", list(parameters.keys()))


@case("parameter/parameter-dict-merged-with-a-plain-dict", needs="torch.nn.ParameterDict.__or__")
def parameter_dict_is_merged_with_a_plain_dict(show, device):
    """A ParameterDict can be merged with a plain dictionary by the operator |."""
    parameters = ParameterDict({"powParam": _one(device)})
    show("or", type_of_refusal(lambda: parameters | {"logParam": _one(device)}))


@case("parameter/list-in-a-parameter-list")
def parameter_list_gets_a_list(show, device):
    """A plain list can be appended to a ParameterList, which does not register the parameters in it."""
    parameters = ParameterList()
    show("append", refusal(parameters.append, [_one(device)]))
    show("names", _names(parameters))


@case("parameter/parameter-dict-items-read-twice")
def items_of_a_parameter_dict_are_read_twice(show, device):
    """The items of a ParameterDict are a generator, which is empty when it is read a second time."""
    items = ParameterDict({"powParam": _one(device)}).items()
    for time in "first", "second":
        show(f"keys, {time} time", [key for key, _ in items])


@case("parameter/attribute-of-a-parameter-dict")
def parameter_dict_is_given_a_parameter_as_attribute(show, device):
    """A Parameter set as an attribute of a ParameterDict is registered, but is none of its keys."""
    parameters = ParameterDict({"powParam": _one(device)})
    parameters.logParam = _one(device)
    show("keys", list(parameters.keys()))
    show("names", _names(parameters))


@case("parameter/parameter-dict-updated-from-another")
def parameter_dict_is_updated_from_another(show, device):
    """A ParameterDict can be updated from another one, and takes over its order."""
    parameters = ParameterDict()
    other = ParameterDict([("powParam", _one(device)), ("logParam", _one(device))])
    show("update", refusal(parameters.update, other))
    show("keys", list(parameters.keys()))
