"""What to do about changes to Parameters and the containers of them; a case is called as the cause that it is for."""

import torch
from torch.nn import Parameter, ParameterDict, ParameterList

from module_drift.case import case


def _parameter(device, value=1.0):
    return Parameter(torch.tensor(value, device=device))


@case("remedy/parameter-dict-items-are-read-once")
def parameter_dict_items_are_read_once(show, device):
    """Lists of the items and the values of a ParameterDict are read again."""
    parameters = ParameterDict({"first": _parameter(device), "second": _parameter(device, 2.0)})
    items, values = list(parameters.items()), list(parameters.values())
    for _ in range(2):
        show("items", [name for name, _ in items], *(value.detach() for value in values))


@case("remedy/parameter-dict-keeps-a-refused-key")
def parameter_dict_keeps_a_refused_key(show, device):
    """A question before a key is set passes those that are names of a ParameterDict."""
    parameters = ParameterDict()
    for key in ("keys", "scale"):
        if not hasattr(ParameterDict, key):
            parameters[key] = _parameter(device)
    show("keys", list(parameters.keys()))


@case("remedy/parameter-dict-keys-leave-out-attributes")
def parameter_dict_keys_leave_out_attributes(show, device):
    """A Parameter that is set by its key is a key."""
    parameters = ParameterDict({"powParam": _parameter(device)})
    parameters["logParam"] = _parameter(device)
    show("keys", list(parameters.keys()))


@case("remedy/parameter-dict-refuses-keys-that-are-no-strings")
def parameter_dict_refuses_keys_that_are_no_strings(show, device):
    """A number is a key as a string, and refused by one of two errors as it is."""
    parameters = ParameterDict()
    for key in (5, str(5)):
        try:
            parameters[key] = _parameter(device)
        except (KeyError, TypeError):
            show("refused", key)
    show("is a key", str(5) in parameters)


@case("remedy/parameter-list-counts-for-itself")
def parameter_list_counts_for_itself(show, device):
    """The state of a ParameterList is loaded into a new one of as many parameters."""
    state = ParameterList([_parameter(device), _parameter(device, 2.0)]).state_dict()
    loaded = ParameterList([_parameter(device, 0.0) for _ in state])
    loaded.load_state_dict(state)
    show("length", len(loaded))
    show("values", *(value.detach() for value in loaded))


class _Own(torch.Tensor):
    """A class of tensors."""


class _OwnParameter(Parameter):
    """A class of Parameters."""


@case("remedy/parameter-keeps-the-tensor-class", needs="torch.Tensor.as_subclass")
def parameter_keeps_the_tensor_class(show, device):
    """A tensor of an own class is made a plain Parameter by way of a plain tensor."""
    own = torch.tensor(1.0, device=device).as_subclass(_Own)
    show("class", type(Parameter(own.as_subclass(torch.Tensor))).__name__)
    show("of a Parameter", type(Parameter(_OwnParameter(torch.tensor(1.0, device=device)).data)).__name__)


@case("remedy/parameter-of-an-own-tensor-counts-as-every-parameter-class", needs="torch.Tensor.as_subclass")
def parameter_of_an_own_tensor_counts_as_every_parameter_class(show, device):
    """Its class itself tells that a Parameter of an own tensor is of no own class of Parameters."""
    for value in (
        Parameter(torch.tensor(1.0, device=device).as_subclass(_Own)),
        _OwnParameter(torch.tensor(1.0, device=device)),
    ):
        show("is an _OwnParameter", type(value) is _OwnParameter)
