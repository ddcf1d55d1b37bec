"""Section "Module": what a Module says of itself: names and prefixes, dir, hasattr, contents, deletion."""

import torch
from torch.nn import Module, ModuleDict, ModuleList, ParameterDict, Sequential

from module_drift.case import case

from ..shared.listing import names
from ..shared.models import LogModel, ScaledPowModel, new_parameter
from ..shared.refusals import type_of_refusal


def _filled(device):
    """Return a Module with a parameter, a buffer, a child and a plain attribute, and None for each."""
    model = Module()
    model.weight, model.mean, model.child, model.number = new_parameter(1.0, device), None, LogModel(), 5
    model.register_buffer("buffer", torch.tensor(2.0, device=device))
    model.register_parameter("no_weight", None)
    model.register_buffer("no_buffer", None)
    model.add_module("no_child", None)
    return model


@case("module/prefixes", only="cpu")
def what_is_listed_has_the_given_prefix(show, device):
    """The prefix that is given stands before each name, with a point unless it is empty."""
    model = Sequential(ScaledPowModel(device), Sequential(ScaledPowModel(device)))
    model.register_buffer("mean", torch.tensor(1.0, device=device))
    for prefix in ("", "model", "a.b", "point."):
        show("prefix", prefix)
        show("modules", names(model.named_modules(prefix=prefix)))
        show("parameters", names(model.named_parameters(prefix=prefix)))
        show("buffers", names(model.named_buffers(prefix=prefix)))
        show("without children", names(model.named_buffers(prefix=prefix, recurse=False)))


@case("module/prefixes-of-states", only="cpu")
def a_state_has_the_given_prefix(show, device):
    """The prefix that is given to state_dict stands before each key as it is, and loses its last letter in metadata."""
    model = Sequential(ScaledPowModel(device))
    for prefix in ("", "model.", "model"):
        state = model.state_dict(prefix=prefix)
        show("prefix", prefix, list(state), list(state._metadata))


@case("module/dir-of-parts", only="cpu")
def dir_has_all_parts(show, device):
    """The dir of a Module has its parameters, buffers, children and plain attributes, also those that are None."""
    model = _filled(device)
    listed = dir(model)
    for name in ("weight", "no_weight", "buffer", "no_buffer", "child", "no_child", "number", "mean", "forward"):
        show(name, name in listed)
    show("sorted", listed == sorted(listed))
    model.forward = None
    show("forward", dir(model).count("forward"))


@case("module/dir-of-numbers", only="cpu")
def dir_has_no_names_of_digits(show, device):
    """The dir of a Module leaves out names that begin with a digit, and says names twice that the class has, too."""
    model = Module()
    for name in ("1", "2nd", "third3"):
        model.add_module(name, LogModel())
    model.training = False
    show("names", [name for name in dir(model) if name in ("1", "2nd", "third3")])


@case("module/has-what-was-deleted", only="cpu")
def what_is_deleted_is_missing(show, device):
    """What is deleted is no attribute any more, nor listed or saved; what is missing cannot be deleted."""
    model = _filled(device)
    for name in ("weight", "no_weight", "buffer", "no_buffer", "child", "no_child", "number", "mean"):
        delattr(model, name)
        show(name, hasattr(model, name), type_of_refusal(delattr, model, name))
    show("left", dict(model._parameters), dict(model._buffers), dict(model._modules))
    show("other", type_of_refusal(delattr, model, "other"))


@case("module/deleted-and-set-again", only="cpu")
def a_name_is_free_when_what_it_named_was_deleted(show, device):
    """When a part was deleted, its name is free for one of another kind, which is not refused as it was before."""
    model = _filled(device)
    for name in ("weight", "child"):
        show(name, type_of_refusal(setattr, model, name, 5))
        delattr(model, name)
        setattr(model, name, 5)
        show(name, getattr(model, name))
    model.number = new_parameter(3.0, device)
    show("over a plain attribute", model.number, "number" in vars(model))
    del model.buffer
    model.buffer = LogModel()
    show("children", names(model.named_children()), "state", list(model.state_dict()))


@case("module/deleted-of-a-class", only="cpu")
def an_attribute_of_the_class_comes_back(show, device):
    """A forward that is set on one Module hides that of its class, which comes back when it is deleted."""
    model = LogModel()
    model.forward = lambda x: 10 * x
    show("set", model(5))
    del model.forward
    show("deleted", model(torch.tensor(1.0, device=device)))
    show("again", type_of_refusal(delattr, model, "forward"))


@case("module/contained", only="cpu")
def containers_contain_keys_or_items(show, device):
    """A ModuleDict and a ParameterDict contain keys, a ModuleList and a Sequential items, and no names of methods."""
    model = LogModel()
    named, listed, chain = ModuleDict({"a": model}), ModuleList([model]), Sequential(model)
    values = ParameterDict({"a": new_parameter(1.0, device)})
    for container in (named, values):
        name = type(container).__name__
        show(name, "a" in container, "b" in container, "training" in container, "forward" in container)
        show(name, list(container), len(container))
    show("Modules", model in listed, LogModel() in listed, model in chain, "0" in chain, model in list(named.values()))
    show("values", next(iter(named.values())) is model)
