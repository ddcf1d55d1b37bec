"""What to do about changes to Modules, their containers and their conversion; a case is called as its cause."""

import copy
from collections import OrderedDict

import torch
from torch.nn import Conv2d, Conv3d, Linear, Module, ModuleDict, ModuleList, ReLU, Sequential

from module_drift.case import case

from ..shared.models import PowModel, ScaledPowModel, scaled_pow_log_model
from ..shared.parametrizations import Twice, TwiceAndBack


@case("remedy/module-list-call-raises-type-error")
def module_list_call_raises_type_error(show, device):
    """Either error of a ModuleList that is called can be caught, and the Modules in it can be called."""
    modules = ModuleList([ReLU()])
    x = torch.tensor([-1.0, 1.0], device=device)
    try:
        modules(x)
    except (NotImplementedError, TypeError):
        show("refused", True)
    for module in modules:
        x = module(x)
    show("x", x)


@case("remedy/missing-attribute-raises-attribute-error-again")
def missing_attribute_raises_attribute_error_again(show, device):
    """An attribute that a Module lacks is caught as an AttributeError."""
    try:
        show("missing", ScaledPowModel(device).missing)
    except AttributeError:
        show("caught", True)


@case("remedy/train-refuses-what-is-no-bool")
def train_refuses_what_is_no_bool(show, device):
    """What counts as true or false is handed to train as a bool."""
    module = ScaledPowModel(device)
    for mode in (0, 1, [], "training"):
        show("training", module.train(bool(mode)).training)


@case("remedy/complex-is-not-floating-point")
def complex_is_not_floating_point(show, device):
    """A conversion to complex numbers that is refused is caught by both errors."""
    module = ScaledPowModel(device)
    try:
        show("complex", module.to(torch.complex64).powParam.is_complex())
    except (RuntimeError, TypeError):
        show("refused", True)


@case("remedy/module-is-converted-to-channels-last")
def module_is_converted_to_channels_last(show, device):
    """A conversion without a memory format leaves the layout of weights of four dimensions as it is."""
    convolution = Conv2d(2, 2, 2).to(device).to(torch.float64)
    show("stride", convolution.weight.stride())


@case("remedy/channels-last-refused-by-five-dimensions")
def channels_last_refused_by_five_dimensions(show, device):
    """Of a Module with weights of four and five dimensions, the child with four is converted to channels_last."""
    model = Sequential(Conv2d(2, 2, 2), Conv3d(2, 2, 2)).to(device)
    model[0].to(memory_format=torch.channels_last)
    show("five dimensions", model[1].weight.is_contiguous())
    show("output", model[0](torch.ones(1, 2, 2, 2, device=device)).shape)


@case("remedy/module-dict-keeps-order")
def module_dict_keeps_order(show, device):
    """A ModuleDict made of an OrderedDict or of pairs keeps their order."""
    pairs = [("second", ReLU()), ("first", PowModel())]
    show("ordered", list(ModuleDict(OrderedDict(pairs))))
    show("pairs", list(ModuleDict(pairs)))


class _Listed(Module):
    """Hands all that named_modules is given on, whatever that is."""

    def __init__(self):
        super().__init__()
        self.child = ReLU()

    def named_modules(self, memo=None, prefix="", *args, **kwargs):
        """Yield what Module yields."""
        return super().named_modules(memo, prefix, *args, **kwargs)


@case("remedy/named-modules-of-children-get-three-arguments")
def named_modules_of_children_get_three_arguments(show, device):
    """An override of named_modules that hands on all that it is given serves as a child."""
    show("names", [name for name, _ in Sequential(_Listed(), ReLU()).named_modules()])


class _Noting(Module):
    """Notes what is set on it after the __init__ of Module, and does the same for training by itself."""

    def __init__(self):
        super().__init__()
        self.noted = []
        self.training = self.training

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        if name != "noted" and "noted" in self.__dict__:
            self.noted.append(name)


@case("remedy/module-init-passes-by-setattr")
def module_init_passes_by_setattr(show, device):
    """A __setattr__ is called for training that __init__ sets again."""
    module = _Noting()
    show("noted", "training" in module.noted)


@case("remedy/sequential-renumbers-after-deletion")
def sequential_renumbers_after_deletion(show, device):
    """A new Sequential of the rest is numbered from 0, and delattr leaves the other names."""
    model = Sequential(OrderedDict(first=PowModel(), second=ReLU(), third=ReLU()))
    delattr(model, "second")
    show("names", [name for name, _ in model.named_children()])
    show("numbers", [name for name, _ in Sequential(*model).named_children()])


class _WithState:
    """Says itself what is pickled of it."""

    def __getstate__(self):
        return {**self.__dict__, "pickled": True}


class _Stateful(_WithState, Module):
    """Lists the class that has __getstate__ before Module."""


@case("remedy/modules-compile-themselves")
def modules_compile_themselves(show, device):
    """A __getstate__ of a base class listed before Module is the one that counts, and another key is accepted."""
    show("pickled", _Stateful().__getstate__()["pickled"])
    show("keys", list(ModuleDict({"compile_": ReLU()})))


@case("remedy/children-are-kept-in-a-plain-dict")
def children_are_kept_in_a_plain_dict(show, device):
    """A child that is taken out and put in again is the last one, and a loop over a list may add children."""
    model = scaled_pow_log_model(device)
    child = model._modules.pop("powModel")
    model._modules["powModel"] = child
    for name, child in list(model.named_children()):
        model.add_module(name + "Twice", child)
    show("names", list(model._modules))


@case("remedy/setting-a-buffer-calls-register-buffer")
def setting_a_buffer_calls_register_buffer(show, device):
    """A buffer is changed in place without a call of register_buffer."""
    calls = []

    class Counting(Module):
        def register_buffer(self, name, tensor, *arguments):
            calls.append(name)
            super().register_buffer(name, tensor, *arguments)

    model = Counting()
    model.register_buffer("mean", torch.tensor(1.0, device=device))
    model.mean.copy_(torch.tensor(2.0, device=device))
    show("mean", model.mean)
    show("calls", calls)


@case("remedy/set-submodule-refuses-what-is-no-module", needs="torch.nn.Module.get_submodule")
def set_submodule_refuses_what_is_no_module(show, device):
    """What is no Module is set by setattr on the Module that get_submodule finds."""
    model = scaled_pow_log_model(device)
    for path, name, value in (("powModel", "exponent", 3), ("", "note", "mine")):
        setattr(model.get_submodule(path), name, value)
    show("set", model.powModel.exponent, model.note)


@case("remedy/set-submodule-names-what-it-would-replace", needs="torch.nn.Module.set_submodule")
def set_submodule_names_what_it_would_replace(show, device):
    """A path that ends at a parameter is refused by one of two errors, and one that ends at a Module is not."""
    model = scaled_pow_log_model(device)
    for path in ("powModel.powParam", "powModel"):
        try:
            model.set_submodule(path, ReLU())
        except (AttributeError, TypeError):
            show("refused", path)
    show("powModel", model.powModel)


@case("remedy/module-of-an-old-pickle-has-no-state")
def module_of_an_old_pickle_has_no_state(show, device):
    """A Module without the set of buffers that are not persistent is given one, and has its state."""
    model = scaled_pow_log_model(device)
    for m in model.modules():
        m.__dict__.pop("_non_persistent_buffers_set", None)
        m._non_persistent_buffers_set = set()
    show("keys", list(model.state_dict()))


@case("remedy/parametrization-inverts-when-registered", needs="torch.nn.utils.parametrize.register_parametrization")
def parametrization_inverts_when_registered(show, device):
    """A parameter that is set once more after its parametrization was registered has the value that was set."""
    model = _doubled(device, TwiceAndBack())
    model.weight = torch.full((1, 1), 3.0, device=device)
    show("weight", model.weight.detach())
    show("original", model.parametrizations.weight.original.detach())


def _doubled(device, parametrization):
    linear = Linear(1, 1, bias=False).to(device)
    torch.nn.init.ones_(linear.weight)
    torch.nn.utils.parametrize.register_parametrization(linear, "weight", parametrization)
    return linear


class _FirstColumn(Linear):
    """Uses the first column of its weight alone."""

    def forward(self, x):
        """Return x times the first column."""
        return x @ self.weight[:, :1].t()


@case(
    "remedy/parametrization-that-changes-the-shape-is-refused",
    needs="torch.nn.utils.parametrize.register_parametrization",
)
def parametrization_that_changes_the_shape_is_refused(show, device):
    """A parametrization keeps the shape, which forward changes."""
    model = _FirstColumn(2, 3, bias=False).to(device)
    torch.nn.init.ones_(model.weight)
    torch.nn.utils.parametrize.register_parametrization(model, "weight", Twice())
    show("output", model(torch.ones(1, 1, device=device)).detach())


def _functional_call(*arguments, **keywords):
    new = getattr(torch, "func", None)
    return (new or torch.nn.utils.stateless).functional_call(*arguments, **keywords)


@case("remedy/functional-call-asks-for-the-inverse", needs="torch.nn.utils.stateless.functional_call")
def functional_call_asks_for_the_inverse(show, device):
    """A parametrized parameter is given another value by the name of its original."""
    model = _doubled(device, Twice())
    values = {"parametrizations.weight.original": torch.full((1, 1), 5.0, device=device)}
    show("output", _functional_call(model, values, (torch.ones(1, 1, device=device),)))


class _Shared(Module):
    """Calls a child that it knows by two names."""

    def __init__(self, device):
        super().__init__()
        self.first = self.second = ScaledPowModel(device)

    def forward(self, x):
        """Return both results."""
        return self.first(x, 2.0) + self.second(x, 2.0)


@case("remedy/functional-call-spoils-a-shared-child", needs="torch.nn.utils.stateless.functional_call")
def functional_call_spoils_a_shared_child(show, device):
    """A Module whose copy was called with other values keeps its own."""

    model = _Shared(device)
    values = {"first.powParam": torch.tensor(5.0, device=device)}
    _functional_call(copy.deepcopy(model), values, (torch.tensor(1.0, device=device),))
    show("parameters", [name for name, _ in model.named_parameters()])
    show("powParam", model.second.powParam.detach())


@case("remedy/functional-call-ties-weights", needs="torch.nn.utils.stateless.functional_call")
def functional_call_ties_weights(show, device):
    """A tied parameter that is given the same tensor by each of its names has that value."""
    value = torch.tensor(5.0, device=device)
    values = {"first.powParam": value, "second.powParam": value}
    show("output", _functional_call(_Shared(device), values, (torch.tensor(1.0, device=device),)))


@case("remedy/spectral-norm-vectors-are-renamed", needs="torch.nn.utils.parametrizations.spectral_norm")
def spectral_norm_vectors_are_renamed(show, device):
    """A state with the names of the other side is loaded after its keys were renamed."""
    model = torch.nn.utils.parametrizations.spectral_norm(Linear(2, 2)).to(device)
    state = model.state_dict()
    new, old = (".0._u", ".0._v"), (".0.u", ".0.v")
    own, other = (new, old) if any(key.endswith(new) for key in state) else (old, new)
    from_there = OrderedDict((_renamed(key, own, other), value) for key, value in state.items())
    here = OrderedDict((_renamed(key, other, own), value) for key, value in from_there.items())
    show("load", *model.load_state_dict(here))


def _renamed(key, old, new):
    for before, after in zip(old, new):
        key = key[: -len(before)] + after if key.endswith(before) else key
    return key
