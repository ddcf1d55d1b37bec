"""Section "Module": what is done, and what is left, when something raises or is refused."""

from collections import OrderedDict

import torch
from torch.nn import Identity, Module, ModuleDict, ModuleList, Parameter, ParameterDict, Sequential
from torch.nn.modules import module as module_hooks

from module_drift.case import case, cases

from ..shared.listing import names
from ..shared.models import LogModel, PowModel, ScaledPowModel, new_parameter
from ..shared.refusals import refusal, type_of_refusal


def _fail(*arguments):
    raise ZeroDivisionError("no more of this")


@cases(
    "hook/with-block-that-raises-{hook}",
    hook={"around-a-forward-hook": "register_forward_hook", "around-a-state-hook": "_register_state_dict_hook"},
    only="cpu",
)
def a_with_block_that_raises_removes_the_hook(show, device, hook):
    """A with block of a handle of {hook} that raises removes the hook, and the error goes on."""
    model, calls = ScaledPowModel(device), []

    def within():
        with getattr(model, hook)(lambda *_: calls.append("called")):
            model(5.0, 1.0)
            model.state_dict()
            raise ValueError("in the block")

    show("raises", refusal(within))
    show("called", len(calls))
    model(5.0, 1.0)
    model.state_dict()
    show("called later", len(calls))


@case("hook/one-of-three-raises", only="cpu")
def a_hook_that_raises_between_others(show, device):
    """When the second of three hooks raises, the third is not called, and all are called the next time."""
    for register in ("register_forward_pre_hook", "register_forward_hook"):
        model, calls, failing = Identity(), [], [True]

        def middle(*_, calls=calls, failing=failing):
            calls.append("second")
            if failing.pop():
                _fail()
            failing.append(False)

        getattr(model, register)(lambda *_, calls=calls: calls.append("first"))
        getattr(model, register)(middle)
        getattr(model, register)(lambda *_, calls=calls: calls.append("third"))
        show(register, refusal(model, 1), calls)
        failing.append(False)
        calls.clear()
        show("again", refusal(model, 1), calls)


@case("hook/pre-hook-raises-before-forward", only="cpu")
def forward_is_not_called_when_a_pre_hook_raises(show, device):
    """When a pre-hook raises, neither forward nor forward hooks are called."""

    class Telling(Module):
        def forward(self):
            show("forward")

    model = Telling()
    model.register_forward_pre_hook(_fail)
    model.register_forward_hook(lambda *_: show("forward hook"))
    show("raises", refusal(model))


@case("hook/full-backward-hook-raises", only="cpu", needs="torch.nn.Module.register_full_backward_hook")
def a_full_backward_hook_raises(show, device):
    """What a full backward hook raises goes on from backward, and what lies behind has no gradient."""
    inner, outer = ScaledPowModel(device), LogModel()
    x = torch.tensor(5.0, device=device, requires_grad=True)
    handle = outer.register_full_backward_hook(_fail)
    show("raises", refusal(lambda: outer(inner(x, 1.0)).backward()))
    show("gradients", x.grad, inner.powParam.grad)
    handle.remove()
    outer(inner(x, 1.0)).backward()
    show("gradients", x.grad, inner.powParam.grad)


@case("hook/refused-kind-is-not-registered", only="cpu", needs="torch.nn.Module.register_full_backward_hook")
def a_hook_of_the_other_kind_leaves_nothing(show, device):
    """A backward hook of the other kind that is refused is not registered; what came first counts also when removed."""
    for first, second in [
        ("register_backward_hook", "register_full_backward_hook"),
        ("register_full_backward_hook", "register_backward_hook"),
    ]:
        model = LogModel()
        handle = getattr(model, first)(lambda *_: None)
        show("raises", refusal(getattr(model, second), _fail))
        show("hooks", len(model._backward_hooks))
        handle.remove()
        show("when removed", refusal(getattr(model, second), _fail), len(model._backward_hooks))


@case("hook/state-hook-raises", only="cpu")
def a_state_hook_raises(show, device):
    """What a state hook of a child raises goes on, and the next state is whole."""
    model = Sequential(ScaledPowModel(device), ScaledPowModel(device))
    given = OrderedDict()
    given._metadata = OrderedDict()
    handle = model[0]._register_state_dict_hook(_fail)
    show("raises", refusal(lambda: model.state_dict(destination=given)))
    show("given", list(given))
    handle.remove()
    show("state", list(model.state_dict()))


@case("module/load-that-does-not-fit-halfway", only="cpu")
def what_fits_is_loaded(show, device):
    """A state one of whose tensors does not fit raises when all others were loaded, also those behind it."""
    model = Sequential(*(ScaledPowModel(device) for _ in range(3)))
    state = {f"{number}.powParam": torch.tensor(5.0, device=device) for number in range(3)}
    state["1.powParam"] = torch.ones(2, 2, device=device)
    show("raises", type_of_refusal(model.load_state_dict, state))
    show("loaded", [parameter.item() for parameter in model.parameters()])


@case(
    "hook/load-post-hooks-when-something-does-not-fit",
    only="cpu",
    needs="torch.nn.Module.register_load_state_dict_post_hook",
)
def load_post_hooks_run_when_something_does_not_fit(show, device):
    """Post-hooks of loading run also when something does not fit, before that is raised."""
    model = ScaledPowModel(device)
    model.register_load_state_dict_post_hook(lambda module, keys: show("hook", keys))
    show("raises", type_of_refusal(model.load_state_dict, {"powParam": torch.ones(2, 2, device=device)}))


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
        return _fail() if tensor == 5 else tensor.double()

    show("raises", refusal(model._apply, convert))
    show("dtypes", [parameter.dtype for parameter in model.parameters()])


@case("module/apply-that-raises-halfway", only="cpu")
def apply_that_raises_halfway(show, device):
    """When the function given to apply raises at a child, neither the next nor the parent is visited."""
    model, visited = Sequential(LogModel(), PowModel(), Identity()), []

    def visit(inner):
        visited.append(type(inner).__name__)
        if isinstance(inner, PowModel):
            _fail()

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


@case(
    "hook/registration-hook-raises",
    only="cpu",
    needs="torch.nn.modules.module.register_module_parameter_registration_hook",
)
def a_registration_hook_raises(show, device):
    """A parameter, buffer or child at which a registration hook raises is not registered."""
    for kind in ("parameter", "buffer", "module"):
        getattr(module_hooks, f"register_module_{kind}_registration_hook")(_fail)
    model = Module()
    show("parameter", refusal(model.register_parameter, "weight", new_parameter(1.0, device)))
    show("buffer", refusal(model.register_buffer, "mean", torch.tensor(1.0, device=device)))
    show("child", refusal(model.add_module, "child", Module.__new__(Module)))
    show("registered", dict(model._parameters), dict(model._buffers), dict(model._modules))
