"""Section "Module": what a Module does to what it is given: states, lists, dictionaries, tensors."""

from collections import OrderedDict
from collections.abc import Mapping

import torch
from torch.nn import Module, ModuleDict, ModuleList, Parameter, ParameterDict, ParameterList, Sequential

from module_drift.case import case

from ..shared.listing import names
from ..shared.models import LogModel, PowModel, ScaledPowModel, new_parameter
from ..shared.refusals import type_of_refusal

# States.


@case("module/given-state-stays", only="cpu")
def a_given_state_stays_as_it_is(show, device):
    """A hook of loading that takes keys out of the state, adds and renames them, does not change what was given."""
    model = Sequential(ScaledPowModel(device))
    state = OrderedDict([("0.old", torch.tensor(5.0, device=device)), ("other", torch.tensor(6.0, device=device))])

    def rename(state, *_):
        state["0.powParam"] = state.pop("0.old")
        del state["other"]

    model._register_load_state_dict_pre_hook(rename)
    show("keys", model.load_state_dict(state))
    show("given", dict(state))
    show("loaded", model[0].powParam)


@case("module/given-tensors-stay", only="cpu")
def given_tensors_stay_as_they_are(show, device):
    """Tensors of a state that is loaded keep dtype, values and whether they require gradients."""
    model = ScaledPowModel(device)
    for tensor in (
        torch.tensor(5.0, dtype=torch.float64, device=device),
        torch.tensor(6.0, device=device, requires_grad=True),
        new_parameter(7.0, device),
    ):
        show("keys", model.load_state_dict({"powParam": tensor}))
        with torch.no_grad():
            model.powParam.add_(1.0)
        show("given", tensor, "loaded", model.powParam)


@case("module/state-of-any-mapping", only="cpu")
def any_mapping_is_loaded(show, device):
    """A mapping that is no dictionary is loaded or refused."""

    class State(Mapping):
        def __init__(self, values):
            self.values_by_name = values

        def __getitem__(self, name):
            return self.values_by_name[name]

        def __iter__(self):
            return iter(self.values_by_name)

        def __len__(self):
            return len(self.values_by_name)

    model = ScaledPowModel(device)
    show("raises", type_of_refusal(model.load_state_dict, State({"powParam": torch.tensor(5.0, device=device)})))
    show("loaded", model.powParam)


@case("module/two-states-in-one", only="cpu")
def two_states_are_put_in_one(show, device):
    """The states of two Modules are put in one dictionary under prefixes, and the whole is loaded by a third."""
    both = ScaledPowModel(device).state_dict(prefix="0.")
    ScaledPowModel(device).state_dict(destination=both, prefix="1.")
    show("state", dict(both), "versions", {name: dict(data) for name, data in both._metadata.items()})
    show("keys", Sequential(ScaledPowModel(device), ScaledPowModel(device)).load_state_dict(both))


# Lists and dictionaries of parts.


@case("module/given-containers-stay", only="cpu")
def given_lists_and_dictionaries_of_modules_stay(show, device):
    """Lists and dictionaries of Modules stay as they are, and what is put in them later is not in the container."""
    listing = [PowModel(), LogModel()]
    models = ModuleList(listing)
    models.append(PowModel())
    listing.append(LogModel())
    show("list", len(listing), len(models))
    for kind in (dict, OrderedDict):
        given = kind([("a", PowModel()), ("b", LogModel())])
        models = ModuleDict(given)
        models["c"] = PowModel()
        del models["a"]
        show(kind.__name__, list(given), sorted(models.keys()))
    given = OrderedDict([("a", PowModel()), ("b", LogModel())])
    models = Sequential(given)
    models.add_module("c", PowModel())
    given["d"] = LogModel()
    show("Sequential", list(given), names(models.named_children()))
    listing = [PowModel(), LogModel()]
    models = Sequential(*listing)
    del models[0]
    show("Sequential", len(listing), len(models))


@case("module/given-tensors-become-parameters", only="cpu", needs="torch.nn.ParameterDict.get")
def given_tensors_become_parameters_elsewhere(show, device):
    """Plain tensors in a list or dictionary stay plain there, whereas the container has Parameters of their memory."""
    one = torch.tensor(1.0, device=device)
    listing, given = [one], {"a": one}
    for values, kept in [(ParameterList(listing)[0], listing[0]), (ParameterDict(given).get("a"), given["a"])]:
        show("given", type(kept).__name__, kept.requires_grad, "kept", type(values).__name__)
        show("same memory", values.data_ptr() == kept.data_ptr())


@case("module/made-of-a-generator", only="cpu")
def containers_are_made_of_generators(show, device):
    """Containers are made of what can be iterated over once."""
    show("ModuleList", len(ModuleList(LogModel() for _ in range(3))))
    show("ParameterList", len(ParameterList(new_parameter(1.0, device) for _ in range(3))))
    show("extended", len(ModuleList().extend(LogModel() for _ in range(3))))
    show("ModuleDict", len(ModuleDict((name, LogModel()) for name in "abc")))


# Tensors.


@case("module/made-of-a-tensor-of-ones-own", only="cpu")
def a_parameter_shares_its_tensor(show, device):
    """A Parameter shares the memory of its tensor, which requires no gradient itself."""
    one = torch.tensor(1.0, device=device)
    parameter = Parameter(one)
    with torch.no_grad():
        parameter.add_(1.0)
    show("given", one, "Parameter", parameter)


@case("module/memo-that-is-given", only="cpu")
def a_given_memo_is_filled(show, device):
    """A set that is given to named_modules is filled, and what is in it is not listed."""
    model = Sequential(LogModel(), Sequential(LogModel()))
    memo = {model[0]}
    show("listed", names(model.named_modules(memo)))
    show("memo", len(memo))
    show("listed again", names(model.named_modules(memo)))


@case("module/keywords-changed-in-place", only="cpu", needs="torch.nn.Module.register_forward_pre_hook(with_kwargs)")
def a_pre_hook_changes_keywords_in_place(show, device):
    """What a pre-hook changes in its keyword arguments reaches forward, and not the caller's dictionary."""

    class Telling(Module):
        def forward(self, **keywords):
            show("forward", keywords)

    model, given = Telling(), {"factor": 2}
    model.register_forward_pre_hook(lambda module, inputs, keywords: keywords.update(more=3), with_kwargs=True)
    model.register_forward_hook(lambda module, inputs, keywords, output: show("hook", keywords), with_kwargs=True)
    model(**given)
    show("given", given)
