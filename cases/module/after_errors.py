"""Section "Module": what is done, and what is left, when something raises or is refused."""

import torch
from torch.nn import Identity, Module, ModuleDict, ModuleList, Parameter, ParameterDict, Sequential

from module_drift.case import case

from ..shared.failing import fail
from ..shared.listing import names
from ..shared.models import LogModel, PowModel, ScaledPowModel, new_parameter
from ..shared.refusals import refusal, type_of_refusal


@case("module/load-that-does-not-fit-halfway", only="cpu")
def what_fits_is_loaded(show, device):
    """A state one of whose tensors does not fit raises when all others were loaded, also those behind it."""
    model = Sequential(*(ScaledPowModel(device) for _ in range(3)))
    state = {f"{number}.powParam": torch.tensor(5.0, device=device) for number in range(3)}
    state["1.powParam"] = torch.ones(2, 2, device=device)
    show("raises", type_of_refusal(model.load_state_dict, state))
    show("loaded", [parameter.item() for parameter in model.parameters()])


@case("module/refused-parts-leave-nothing", only="cpu")
def refused_parts_leave_nothing(show, device):
    """A parameter, buffer or child that is refused leaves nothing registered."""
    model = Module()
    computed = Parameter(torch.tensor(2.0, device=device), requires_grad=False)
    computed.mul_(new_parameter(3.0, device))
    show("computed", type_of_refusal(model.register_parameter, "weight", computed))
    show(
        "number",
        type_of_refusal(model.register_parameter, "weight", 5),
        type_of_refusal(model.register_buffer, "mean", 5),
    )
    show("no Module", type_of_refusal(model.add_module, "child", 5))
    show("registered", dict(model._parameters), dict(model._buffers), dict(model._modules))


@case("module/refused-assignments-leave-what-was", only="cpu")
def refused_assignments_leave_what_was(show, device):
    """A parameter, buffer and child in whose place something is refused are there afterwards."""
    model = ScaledPowModel(device)
    model.register_buffer("mean", torch.tensor(2.0, device=device))
    model.child = LogModel()
    for name in ("powParam", "mean", "child"):
        show(name, type_of_refusal(setattr, model, name, 5))
    show("state", dict(model.state_dict()), names(model.named_children()))


@case("module/refused-dtype", only="cpu")
def a_refused_dtype_changes_nothing(show, device):
    """A dtype that is refused changes nothing."""
    model = ScaledPowModel(device)
    show("dtype", type_of_refusal(model.to, torch.int64), model.powParam.dtype)


@case("module/conversion-that-raises-halfway", only="cpu")
def a_conversion_that_raises_halfway(show, device):
    """When a conversion raises at the second of three children, the first is converted, and the third is not."""
    model = Sequential(*(ScaledPowModel(device) for _ in range(3)))
    with torch.no_grad():
        model[1].powParam.fill_(5.0)

    def convert(tensor):
        return fail() if tensor == 5 else tensor.double()

    show("raises", refusal(model._apply, convert))
    show("dtypes", [parameter.dtype for parameter in model.parameters()])


@case("module/apply-that-raises-halfway", only="cpu")
def apply_that_raises_halfway(show, device):
    """When the function given to apply raises at a child, neither the next nor the parent is visited."""
    model, visited = Sequential(LogModel(), PowModel(), Identity()), []

    def visit(inner):
        visited.append(type(inner).__name__)
        if isinstance(inner, PowModel):
            fail()

    show("raises", refusal(model.apply, visit))
    show("visited", visited)


@case("module/refused-by-containers", only="cpu")
def containers_stay_as_they_are_when_they_refuse(show, device):
    """A container that refuses an index or an item is as it was."""
    models, chain = ModuleList([LogModel(), PowModel()]), Sequential(LogModel())
    named = ModuleDict({"a": LogModel()})
    show("index", type_of_refusal(models.__delitem__, 5), type_of_refusal(models.__setitem__, 5, LogModel()))
    show("item", type_of_refusal(models.append, 5), type_of_refusal(chain.add_module, "1", 5))
    show("key", type_of_refusal(named.pop, "b"), type_of_refusal(named.__setitem__, "c", 5))
    show("left", names(models.named_children()), names(chain.named_children()), list(named.keys()))


@case("module/extension-that-is-refused-halfway", only="cpu")
def containers_keep_what_came_before_what_they_refuse(show, device):
    """A container that refuses one of several items keeps those that came before it."""
    models, named = ModuleList([LogModel()]), ModuleDict()
    show("list", type_of_refusal(models.extend, [PowModel(), 5, LogModel()]), names(models.named_children()))
    show("dict", type_of_refusal(named.update, [("a", LogModel()), ("b", 5), ("c", LogModel())]), list(named.keys()))
    values = ParameterDict()
    pairs = [("a", new_parameter(1.0, device)), ("b",), ("c", new_parameter(2.0, device))]
    show("parameters", type_of_refusal(values.update, pairs), list(values.keys()))
