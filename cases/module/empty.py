"""Section "Module": what is false without being None: empty containers, parameters of 0, tensors of no elements."""

from collections import OrderedDict

import torch
from torch.nn import Module, ModuleDict, ModuleList, Parameter, ParameterDict, ParameterList, Sequential

from module_drift.case import case

from ..shared.listing import names
from ..shared.models import ScaledPowModel, new_parameter


class _Counting(ModuleList):
    """Notes what reaches it, and has no children."""

    def __init__(self):
        super().__init__()
        self.reached = []

    def train(self, mode=True):
        self.reached.append("train")
        return super().train(mode)

    def apply(self, function):
        self.reached.append("apply")
        return super().apply(function)

    def _apply(self, *arguments):
        self.reached.append("convert")
        return super()._apply(*arguments)

    def _load_from_state_dict(self, *arguments):
        self.reached.append("load")
        return super()._load_from_state_dict(*arguments)


@case("module/empty-child-is-reached", only="cpu")
def what_a_parent_does_reaches_an_empty_child(show, device):
    """What is done to a Module reaches a child that has no children, and is false."""
    model = Module()
    model.child = _Counting()
    model.eval().apply(lambda _: None).double().load_state_dict(model.state_dict())
    show("false", not model.child)
    show("reached", model.child.reached)


@case("module/empty-children-are-listed", only="cpu")
def empty_children_are_listed(show, device):
    """Children that have no children themselves are listed, and have versions in the state."""
    model = Module()
    model.list, model.dict, model.chain = ModuleList(), ModuleDict(), Sequential()
    model.parameters_list, model.parameters_dict = ParameterList(), ParameterDict()
    show("children", names(model.named_children()))
    show("modules", names(model.named_modules()))
    show("versions", list(model.state_dict()._metadata))
    show("repr", model)


@case("module/truth-of-modules", only="cpu")
def containers_are_false_if_they_are_empty(show, device):
    """A Module is true, and a container only if it has something."""
    show("Module", bool(Module()), bool(ScaledPowModel(device)))
    for kind in (Sequential, ModuleList, ModuleDict, ParameterList, ParameterDict):
        show(kind.__name__, bool(kind()))
    show("with something", bool(Sequential(Module())), bool(ModuleList([Module()])), bool(ModuleDict({"a": Module()})))


@case("module/state-of-zeros", only="cpu")
def zeros_are_saved_and_listed(show, device):
    """Parameters and buffers that are 0, or have no elements, are saved, listed and loaded."""
    model = Module()
    model.zero, model.none = new_parameter(0.0, device), Parameter(torch.ones(0, 2, device=device))
    model.register_buffer("zero_buffer", torch.tensor(0.0, device=device))
    model.register_buffer("no_buffer", torch.ones(0, device=device))
    show("state", dict(model.state_dict()))
    show("listed", names(model.named_parameters()), names(model.named_buffers()))
    show("keys", model.load_state_dict(model.state_dict()))


@case("module/zero-cleared", only="cpu", needs="torch.nn.Module.zero_grad(set_to_none)")
def a_gradient_of_zero_is_cleared(show, device):
    """A gradient that is 0 is cleared like any other."""
    weight = new_parameter(1.0, device)
    model = Module()
    model.weight = weight
    weight.grad = torch.tensor(0.0, device=device)
    model.zero_grad(set_to_none=True)
    show("gradient", weight.grad)


@case("module/state-into-an-empty-dict", only="cpu")
def a_state_is_put_into_an_empty_dict(show, device):
    """A dictionary that is given for the state is filled and returned also if it is empty."""
    given = OrderedDict()
    given._metadata = OrderedDict()
    model = ScaledPowModel(device)
    show("same", model.state_dict(destination=given) is given)
    show("given", dict(given))


@case("module/false-extra-state", only="cpu", needs="torch.nn.Module.get_extra_state")
def a_false_extra_state_is_saved(show, device):
    """An extra state that is false is saved, and loaded."""

    class Keeping(Module):
        def __init__(self, extra):
            super().__init__()
            self.extra = extra

        def get_extra_state(self):
            return self.extra

        def set_extra_state(self, state):
            show("loaded", state)

    for extra in (0, "", [], False):
        show("state", dict(Keeping(extra).state_dict()))
        Keeping(1).load_state_dict(Keeping(extra).state_dict())


@case("module/false-values-of-a-parameter-dict", only="cpu", needs="torch.nn.ParameterDict.get")
def false_values_of_a_parameter_dict(show, device):
    """A ParameterDict returns a value that is false, and not the default."""
    values = ParameterDict({"zero": 0, "text": "", "list": []})
    show("got", [values.get(key, "default") for key in ("zero", "text", "list", "other")])
    show("set by default", values.setdefault("zero", 5), "zero" in values)
