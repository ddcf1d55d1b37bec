"""Section "Parameter" of the article: the tensors of a Module that training moves."""

import copy

import torch
from torch.nn import Module, Parameter, ParameterDict, ParameterList

from module_drift.case import case

from ..shared.models import (
    PowLogModel,
    PowModel,
    ScaledLogModel,
    ScaledPowModel,
    descend,
    differentiate,
    scaled_pow_log_model,
    show_parameters,
)


class _ParameterInDict(PowModel):
    """Keeps its parameter in a plain dictionary, where the Module does not see it."""

    def __init__(self, device):
        super().__init__()
        self.powParamDict = {"powParam": Parameter(torch.tensor(1.0, device=device))}

    def forward(self, x, q):
        return self.powParamDict["powParam"] * super().forward(x, q)


class _Twice(PowLogModel):
    """The mean of the chain used twice, with the same children both times."""

    def forward(self, x, q):
        return (super().forward(x, q) + super().forward(x, q)) / 2


class _TwoChains(Module):
    """The mean of two chains that share nothing."""

    def __init__(self, device):
        super().__init__()
        self.powModel1 = ScaledPowModel(device)
        self.logModel1 = ScaledLogModel(device)
        self.powModel2 = ScaledPowModel(device)
        self.logModel2 = ScaledLogModel(device)

    def forward(self, x, q):
        first = self.logModel1(self.powModel1(x, q))
        second = self.logModel2(self.powModel2(x, q))
        return (first + second) / 2


@case("parameter/code-1")
def parameters_set_as_attributes_are_registered(show, device):
    """Parameters that are set as attributes of children are known to the parent, and receive gradients."""
    model = scaled_pow_log_model(device)
    differentiate(show, model, device)()
    show_parameters(show, model)


@case("parameter/code-2")
def parameter_in_a_plain_dict_is_not_registered(show, device):
    """A Parameter kept in a plain dictionary takes part in the computation, but the Module does not know it."""
    model = PowLogModel(_ParameterInDict(device), ScaledLogModel(device))
    differentiate(show, model, device)()
    show_parameters(show, model)


@case("parameter/code-3")
def gradient_descent_over_named_parameters(show, device):
    """Ten steps of gradient descent over named_parameters move both parameters towards the target."""
    descend(show, scaled_pow_log_model(device))


@case("parameter/code-4")
def module_used_twice_adds_up_its_gradients(show, device):
    """Children used twice are counted once, and their gradients add up: halved, the steps are the same."""
    descend(show, _Twice(ScaledPowModel(device), ScaledLogModel(device)))


@case("parameter/code-5")
def separate_modules_split_the_gradient(show, device):
    """Twice as many children that share nothing receive half the gradient each, and move more slowly."""
    descend(show, _TwoChains(device))


def _one(device):
    return Parameter(torch.tensor(1.0, device=device))


def _names(model):
    return [name for name, _ in model.named_parameters()]


def _one_chain_under_two_names(device):
    model = _TwoChains(device)
    model.powModel2 = model.powModel1
    model.logModel2 = model.logModel1
    return model


def _show_raised(show, error):
    show("raises", f"{type(error).__name__}: {error}")


# What a Parameter is.


@case("parameter/requires-grad-by-default", example="parameter/code-1")
def parameter_requires_grad_unless_told_otherwise(show, device):
    """A Parameter requires gradients unless told otherwise, although a tensor does not."""
    tensor = torch.tensor(1.0, device=device)
    show("Tensor", tensor.requires_grad)
    show("Parameter", Parameter(tensor).requires_grad)
    show("Parameter told otherwise", Parameter(tensor, requires_grad=False).requires_grad)


@case("parameter/is-a-tensor", example="parameter/code-1")
def parameter_is_a_tensor_but_its_gradient_no_parameter(show, device):
    """A Parameter is a kind of tensor, while what is computed from it, and its gradient, are plain tensors."""
    parameter = _one(device)
    product = 2 * parameter
    product.backward()
    show("Parameter is a Tensor", isinstance(parameter, torch.Tensor))
    show("type", type(parameter).__name__)
    show("type of product", type(product).__name__)
    show("type of grad", type(parameter.grad).__name__)


@case("parameter/deepcopy")
def deep_copy_of_a_parameter_has_no_gradient(show, device):
    """A deep copy of a Parameter is a Parameter of the same value, but without the gradient."""
    parameter = _one(device)
    (2 * parameter).backward()
    twin = copy.deepcopy(parameter)
    show("copy", twin)
    show("grad of original", parameter.grad)
    show("grad of copy", twin.grad)


# Ways to register.


@case("parameter/attribute-calls-register-parameter", example="parameter/code-1")
def setting_an_attribute_calls_register_parameter(show, device):
    """Setting an attribute calls register_parameter if the value is a Parameter, and not if it is a tensor."""

    class Watched(Module):
        def register_parameter(self, name, param):
            show("register_parameter", name)
            super().register_parameter(name, param)

    model = Watched()
    model.tensor = torch.tensor(1.0, device=device)
    model.powParam = _one(device)


@case("parameter/register-parameter", example="parameter/code-2")
def register_parameter_makes_an_attribute(show, device):
    """A Parameter handed to register_parameter is known to the Module, and is an attribute of it."""
    model = Module()
    model.register_parameter("powParam", _one(device))
    show("names", _names(model))
    show("powParam", model.powParam.data)


@case("parameter/parameter-list-registers", example="parameter/code-2")
def parameter_list_registers_what_it_holds(show, device):
    """Parameters in a ParameterList are known to the Module by their position, those appended later too."""
    model = Module()
    model.paramList = ParameterList([_one(device), _one(device)])
    model.paramList.append(_one(device))
    show("names", _names(model))


@case("parameter/parameter-dict-registers", example="parameter/code-2")
def parameter_dict_registers_what_it_holds(show, device):
    """Parameters in a ParameterDict are known to the Module by their key, those added later too."""
    model = Module()
    model.paramDict = ParameterDict({"logParam": _one(device)})
    model.paramDict["powParam"] = _one(device)
    show("names", _names(model))


@case("parameter/parameter-dict-order")
def parameter_dict_made_from_a_dict_sorts_its_keys(show, device):
    """A ParameterDict made from a plain dictionary sorts its keys."""
    show("keys", list(ParameterDict({"powParam": _one(device), "logParam": _one(device)}).keys()))


@case("parameter/own-before-those-of-children")
def own_parameters_come_before_those_of_children(show, device):
    """A Module lists its own parameters first, even one set last, and then its children's."""
    model = scaled_pow_log_model(device)
    model.ownParam = _one(device)
    show("names", _names(model))


# What lists and dictionaries of parameters print and accept.


@case("parameter/parameter-list-repr")
def parameter_list_prints_types_and_sizes(show, device):
    """A ParameterList prints the type and size of each parameter, and no values."""
    show("ParameterList", repr(ParameterList([Parameter(torch.ones(2, 3, device=device))])))


@case("parameter/parameter-dict-repr")
def parameter_dict_prints_keys_types_and_sizes(show, device):
    """A ParameterDict prints the key, type and size of each parameter, and no values."""
    parameters = ParameterDict({"powParam": Parameter(torch.ones(2, 3, device=device))})
    show("ParameterDict", repr(parameters))


@case("parameter/tensor-in-a-parameter-list")
def parameter_list_meets_a_tensor(show, device):
    """A plain tensor given to a ParameterList is refused, or becomes a Parameter, depending on the release."""
    try:
        (item,) = ParameterList([torch.tensor(1.0, device=device)])
        show("type", type(item).__name__)
    except TypeError as error:
        _show_raised(show, error)


@case("parameter/number-in-a-parameter-dict")
def parameter_dict_meets_a_number(show, device):
    """A number given to a ParameterDict is refused, or kept as it is, depending on the release."""
    try:
        show("power", ParameterDict({"power": 3})["power"])
    except TypeError as error:
        _show_raised(show, error)


@case("parameter/attribute-of-a-parameter-list")
def parameter_list_is_given_an_attribute(show, device):
    """A ParameterList takes an attribute that is no Parameter, with a warning in some releases."""
    parameters = ParameterList([_one(device)])
    parameters.power = 3
    show("power", parameters.power)


@case("parameter/parameter-dict-in-eval-mode")
def parameter_dict_goes_to_eval_mode(show, device):
    """A Module that holds a ParameterDict goes to evaluation mode with it, with a warning in some releases."""
    model = Module()
    model.paramDict = ParameterDict({"powParam": _one(device)})
    model.eval()
    show("training", model.paramDict.training)


# Parameters that are not registered.


@case("parameter/gradient-in-a-plain-dict", example="parameter/code-2")
def parameter_in_a_plain_dict_receives_its_gradient(show, device):
    """A Parameter kept in a plain dictionary receives its gradient, since autograd asks no Module."""
    model = _ParameterInDict(device)
    model(5.0, 3.0).backward()
    show("powParam.grad", model.powParamDict["powParam"].grad)


# What becomes of gradients.


@case("parameter/backward-adds-gradients")
def each_backward_adds_to_the_gradient(show, device):
    """Each call of backward adds to the gradients that are already there."""
    model = ScaledPowModel(device)
    for _ in range(3):
        model(5.0, 3.0).backward()
        show("powParam.grad", model.powParam.grad)


@case("parameter/zero-grad-between-backward-calls")
def zero_grad_stops_gradients_from_adding_up(show, device):
    """With zero_grad between them, each call of backward leaves its own gradient."""
    model = ScaledPowModel(device)
    for _ in range(3):
        model.zero_grad()
        model(5.0, 3.0).backward()
        show("powParam.grad", model.powParam.grad)


@case("parameter/zero-grad-after-backward")
def zero_grad_clears_a_gradient(show, device):
    """After backward, zero_grad leaves zeros or None as the gradient, depending on the release."""
    model = ScaledPowModel(device)
    model(5.0, 3.0).backward()
    model.zero_grad()
    show("powParam.grad", model.powParam.grad)


@case("parameter/zero-grad-before-backward")
def zero_grad_makes_no_gradient(show, device):
    """Before the first backward there is no gradient, and zero_grad makes none."""
    model = ScaledPowModel(device)
    model.zero_grad()
    show("powParam.grad", model.powParam.grad)


@case("parameter/zero-grad-and-a-gradient-kept")
def zero_grad_meets_a_gradient_kept_elsewhere(show, device):
    """A gradient tensor kept from before zero_grad is set to zero, or keeps its value, depending on the release."""
    model = ScaledPowModel(device)
    model(5.0, 3.0).backward()
    gradient = model.powParam.grad
    model.zero_grad()
    show("gradient kept", gradient)


# One Module used twice, and two Modules.


@case("parameter/shared-use-doubles-the-gradient", example="parameter/code-4")
def use_of_a_module_twice_doubles_its_gradient(show, device):
    """A Module used twice in a sum receives twice the gradient of one use."""
    once, twice = ScaledPowModel(device), ScaledPowModel(device)
    once(5.0, 3.0).backward()
    (twice(5.0, 3.0) + twice(5.0, 3.0)).backward()
    show("used once", once.powParam.grad)
    show("used twice", twice.powParam.grad)


@case("parameter/shared-module-is-counted-once", example="parameter/code-4")
def module_under_two_names_is_counted_once(show, device):
    """Parameters of children that have two names are listed once, by the first name."""
    show("names", _names(_one_chain_under_two_names(device)))


@case("parameter/shared-module-in-the-state")
def module_under_two_names_is_twice_in_the_state(show, device):
    """Parameters of children that have two names are in state_dict by both."""
    show("keys", list(_one_chain_under_two_names(device).state_dict()))


@case("parameter/separate-modules-split-the-gradient", example="parameter/code-5")
def two_modules_receive_half_the_gradient_each(show, device):
    """In the mean of two separate chains, each parameter receives half the gradient of a chain alone."""
    alone, separate = scaled_pow_log_model(device), _TwoChains(device)
    for model in alone, separate:
        model(5.0, 3.0).backward()
        for name, parameter in model.named_parameters():
            show(name, parameter.grad)
