"""Uninitialized parameters, and the lazy Modules that hold them: what they take before and at their first call."""

import copy

import torch
from torch.nn import Linear

from module_drift.case import case

from ..shared.initialisation import in_percent
from ..shared.refusals import refusal, refusal_on_one_line, type_of_refusal


@case("parameter/operations-on-an-uninitialized-parameter", needs="torch.nn.parameter.UninitializedParameter")
def operations_on_an_uninitialized_parameter(show, device):
    """An uninitialized parameter holds nothing and can be cast, but refuses to be computed with and to tell a shape."""
    parameter = torch.nn.parameter.UninitializedParameter()
    show("data", parameter.data.to(device))
    show("dtype after a cast", parameter.to(device=device, dtype=torch.float64).dtype)
    show("sum", refusal(lambda: parameter.sum()).replace(repr(torch.Tensor.sum), "sum"))
    # Only the type: the message is shown where a Linear loads a state.
    show("shape", type_of_refusal(lambda: parameter.shape))


@case("parameter/uninitialized-parameter-given-a-shape", needs="torch.nn.parameter.UninitializedParameter(device)")
def uninitialized_parameter_is_given_a_shape(show, device):
    """An uninitialized parameter given a shape keeps dtype, device and requires_grad, or takes another dtype."""
    for label, other_device, other_dtype in (
        ("as it is", None, None),
        ("of another dtype", None, torch.float16),
        ("on another device", device, None),
    ):
        parameter = torch.nn.parameter.UninitializedParameter(False, device="meta", dtype=torch.float64)
        # Only the type: the message is about the internals of tensors.
        show(f"{label} raises", type_of_refusal(parameter.materialize, (2, 3), other_device, other_dtype))
        show(f"{label} type", type(parameter).__name__)
        show(f"{label} on meta", parameter.is_meta)
        show(f"{label} dtype", parameter.dtype)
        show(f"{label} requires_grad", parameter.requires_grad)


@case("parameter/lazy-linear-finds-its-inputs", needs="torch.nn.LazyLinear(device)")
def lazy_linear_finds_its_inputs(show, device):
    """A LazyLinear finds its inputs in the last dimension of its first input, and has first values as a Linear has."""
    for bias in (True, False):
        lazy = torch.nn.LazyLinear(4096, bias=bias, device=device, dtype=torch.float64)
        lazy(torch.ones(3, 4, 5, device=device, dtype=torch.float64))
        show("lazy", lazy)
        for name, parameter in lazy.named_parameters():
            show(name, type(parameter).__name__, tuple(parameter.shape), parameter.dtype, parameter.requires_grad)
            show(f"{name} in percent of 1 / sqrt(inputs)", *in_percent(parameter.detach(), 5**-0.5))


@case("parameter/lazy-linear-loads-an-uninitialized-state", needs="torch.nn.LazyLinear(device)")
def lazy_linear_loads_an_uninitialized_state(show, device):
    """The state of a LazyLinear before its first call can be loaded into another one, but into no Linear."""
    state = torch.nn.LazyLinear(2, device=device).state_dict()
    lazy = torch.nn.LazyLinear(2, device=device)
    show("into LazyLinear", refusal_on_one_line(lazy.load_state_dict, state))
    show("still lazy", lazy.has_uninitialized_params())
    show("into Linear", refusal_on_one_line(Linear(3, 2).to(device).load_state_dict, state))


@case("parameter/lazy-linear-copied-before-its-first-call", needs="torch.nn.LazyLinear(device)")
def lazy_linear_is_copied_before_its_first_call(show, device):
    """A deep copy of a LazyLinear made before the first call is lazy, too, and finds inputs of its own."""
    lazy = torch.nn.LazyLinear(2, device=device)
    try:
        modules = {"original": lazy, "copy": copy.deepcopy(lazy)}
    except TypeError as error:  # In words of Python, about a call of __new__.
        show("raises", type(error).__name__)
        return
    for inputs, (label, module) in enumerate(modules.items(), start=3):
        module(torch.ones(1, inputs, device=device))
        show(label, module)


@case("parameter/lazy-linear-that-loaded-another-size", needs="torch.nn.LazyLinear(device)")
def lazy_linear_meets_another_size_than_it_loaded(show, device):
    """A LazyLinear that loaded a state refuses a first input of another size, and stays lazy until one fits."""
    lazy = torch.nn.LazyLinear(2, device=device)
    lazy.load_state_dict(Linear(3, 2).to(device).state_dict())
    for shape in ((2, 5, 4), (2, 5, 3)):
        show(f"{shape} raises", refusal(lazy, torch.ones(shape, device=device)))
        show("type", type(lazy).__name__)
        show("in_features", lazy.in_features)
