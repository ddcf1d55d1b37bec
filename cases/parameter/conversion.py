"""What to(), to_empty() and zero_grad() do to parameters and gradients, by swapping tensors as well."""

from functools import partial

import torch
from torch.nn import Conv2d, Linear, Module, Parameter

from module_drift.case import case

from ..shared.models import ScaledPowModel, scaled_pow_log_model
from ..shared.refusals import refusal, refusal_on_one_line
from ..shared.swapping import swapped_tensors

# None among parameters and children.


@case("parameter/none-before-others")
def parameter_that_is_none_before_others(show, device):
    """A parameter set to None is passed over by to(), and by all that lists, saves and loads those after it."""
    model = ScaledPowModel(device)
    model.powBias = Parameter(torch.tensor(2.0, device=device))
    model.powParam = None
    model.to(torch.float64)
    show("dtype", model.powBias.dtype)
    show("parameters", [name for name, _ in model.named_parameters()])
    model.load_state_dict({"powBias": torch.tensor(3.0, device=device)})
    show("state", dict(model.state_dict()))


# Conversion.


@case("parameter/channels-last-with-a-dtype")
def module_is_converted_to_channels_last_and_a_dtype(show, device):
    """A memory format given to to() reaches tensors of four dimensions, and a dtype given with it no integers."""
    for label, arguments in [("format alone", ()), ("with float64", (torch.float64,))]:
        model = Conv2d(2, 3, 2).to(device)
        model.register_buffer("counts", torch.ones(2, 3, 2, 2, dtype=torch.int64, device=device))
        show(label, refusal(partial(model.to, *arguments, memory_format=torch.channels_last)))
        for name, tensor in model.state_dict().items():
            is_channels_last = tensor.dim() == 4 and tensor.is_contiguous(memory_format=torch.channels_last)
            show(name, tensor.dtype, "channels last" if is_channels_last else "as it was")


@case("parameter/cast-with-its-gradient")
def parameter_is_cast_with_its_gradient(show, device):
    """A Parameter cast by to() stays the same object, and its gradient is cast with it."""
    model = ScaledPowModel(device)
    before = model.powParam
    model.powParam.grad = torch.tensor(2.0, device=device)
    model.to(torch.float64)
    show("same object", model.powParam is before)
    show("powParam", model.powParam.data)
    show("powParam.grad", model.powParam.grad)


@case("parameter/emptied-without-the-children", needs="torch.nn.Module.to_empty(recurse)")
def module_is_emptied_without_its_children(show, device):
    """A Module emptied onto the meta device takes its children along, or not if recurse=False, and is returned."""
    for label, keywords in [("by default", {}), ("recurse=False", {"recurse": False})]:
        model = Linear(2, 1).to(device)
        model.child = Linear(1, 1).to(device)
        weight = model.weight
        show(label, "same Module" if model.to_empty(device="meta", **keywords) is model else "other")
        show("same weight", model.weight is weight)
        show("is on meta", {name: parameter.is_meta for name, parameter in model.named_parameters()})


@case("parameter/zero-grad-of-a-gradient-with-a-graph", needs="torch.nn.Module.zero_grad(set_to_none)")
def gradient_with_a_graph_is_set_to_zero(show, device):
    """A gradient that zero_grad sets to zero is detached and no longer requires grad, and one of None stays None."""
    factor = torch.tensor(2.0, device=device, requires_grad=True)
    for label, gradient in [("none", None), ("computed", 3 * factor), ("leaf", factor)]:
        model = scaled_pow_log_model(device)
        model.powModel.powParam.grad = gradient
        model.logModel.logParam.grad = torch.tensor(1.0, device=device)
        model.zero_grad(set_to_none=False)
        show(label, model.powModel.powParam.grad)
        show("same object", model.powModel.powParam.grad is gradient)
        show("the other gradient", model.logModel.logParam.grad)


@case("parameter/cast-by-swapping", needs="torch.__future__.set_swap_module_params_on_conversion")
def parameter_is_cast_by_swapping(show, device):
    """A Parameter cast with tensors swapped stays the same object with its gradient, but loses its hook."""
    for swapped in (False, True):
        model = ScaledPowModel(device)
        parameter, calls = model.powParam, []
        parameter.register_hook(calls.append)
        parameter.grad = torch.tensor(2.0, device=device)
        with swapped_tensors(swapped):
            show(f"swapped={swapped}", refusal(model.to, torch.float64))
        show("same object", model.powParam is parameter)
        show("powParam.grad", model.powParam.grad)
        (2 * model.powParam).backward()
        show("calls of the hook", len(calls))


@case("parameter/module-load-of-a-subclass", needs="torch.Tensor.module_load")
def parameter_of_a_subclass_with_module_load(show, device):
    """What module_load returns is swapped in as a Parameter, but must be neither of the two tensors that it got."""

    class Loaded(Parameter):
        def module_load(self, other, assign=False):
            return self.load(self, other)

    for label, load in [
        ("new Parameter", lambda own, other: Parameter(other.clone())),
        ("new tensor", lambda own, other: other.clone()),
        ("own tensor", lambda own, other: own),
        ("other tensor", lambda own, other: other),
    ]:
        Loaded.load = staticmethod(load)
        model = Module()
        model.powParam = Loaded(torch.tensor(1.0, device=device), requires_grad=False)
        state = {"powParam": torch.tensor(2.0, device=device)}
        with swapped_tensors():
            show(label, refusal_on_one_line(model.load_state_dict, state))
        show("type and value", type(model.powParam).__name__, model.powParam.detach())
        show("requires_grad", model.powParam.requires_grad)


# Gradients.


@case("parameter/gradient-stays-the-same-object")
def gradient_stays_the_same_object(show, device):
    """The gradient of a Parameter is the same object after a cast."""
    model = ScaledPowModel(device)
    gradient = model.powParam.grad = torch.tensor(2.0, device=device)
    model.to(torch.float64)
    show("same object", model.powParam.grad is gradient)
    show("gradient", gradient)


@case("parameter/moved-to-meta-with-its-gradient", needs="torch.nn.Module.to_empty")
def parameter_moved_to_meta_takes_its_gradient_along(show, device):
    """A Parameter that is moved to the meta device takes its gradient along, and whether that requires grad."""
    for requires_grad in (False, True):
        model = ScaledPowModel(device)
        model.powParam.grad = torch.tensor(2.0, device=device, requires_grad=requires_grad)
        model.to("meta")
        show("on meta", model.powParam.is_meta, model.powParam.grad.is_meta)
        show("gradient requires grad", model.powParam.grad.requires_grad)


@case(
    "parameter/gradient-that-requires-grad-cast-by-swapping",
    needs="torch.__future__.set_swap_module_params_on_conversion",
)
def gradient_that_requires_grad_is_cast_by_swapping(show, device):
    """A gradient that requires grad still does after its Parameter was cast with tensors swapped."""
    model = ScaledPowModel(device)
    model.powParam.grad = torch.tensor(2.0, device=device, requires_grad=True)
    with swapped_tensors(True):
        show("raises", refusal(model.to, torch.float64))
    show("gradient", model.powParam.grad)
