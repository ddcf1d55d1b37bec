"""Making a state with state_dict and loading one that fits badly, or by assignment."""

import torch
from torch.nn import Linear, Module

from module_drift.case import case

from ..shared.models import PowLogModel, ScaledLogModel, ScaledPowModel, scaled_pow_log_model
from ..shared.refusals import refusal_on_one_line, type_of_refusal

# What state_dict accepts, and what it hands to children.


@case("module/state-dict-with-positional-arguments")
def state_dict_with_positional_arguments(show, device):
    """Destination, prefix and keep_vars given to state_dict by position still work, but are deprecated."""
    state = scaled_pow_log_model(device).state_dict(None, "model.", True)
    show("state", {name: tensor.requires_grad for name, tensor in state.items()})


@case("module/state-dict-into-a-plain-dict")
def state_dict_into_a_plain_dict(show, device):
    """A state is written into the dict given as destination, even into one that cannot hold the versions."""
    destination = {}
    show("state_dict", type_of_refusal(lambda: scaled_pow_log_model(device).state_dict(destination=destination)))
    show("keys", list(destination))


class _OverriddenPowModel(ScaledPowModel):
    """Keeps how its state_dict was called."""

    def state_dict(self, *arguments, **keywords):
        self.call = len(arguments), sorted(keywords)
        return super().state_dict(*arguments, **keywords)


@case("module/state-dict-overridden-by-a-child")
def state_dict_overridden_by_a_child(show, device):
    """A Module calls state_dict of its children with keyword arguments only."""
    model = PowLogModel(_OverriddenPowModel(device), ScaledLogModel(device))
    model.state_dict()
    positional, keywords = model.powModel.call
    show("positional arguments", positional)
    show("keywords", keywords)


@case(
    "module/state-without-the-prefix-of-a-wrapper",
    needs="torch.nn.modules.utils.consume_prefix_in_state_dict_if_present",
)
def state_without_the_prefix_of_a_wrapper(show, device):
    """Without the prefix of a wrapper, a state keeps its order, and its versions lose the prefix, too."""
    wrapper = Module()
    wrapper.module = scaled_pow_log_model(device)
    state = wrapper.state_dict()
    torch.nn.modules.utils.consume_prefix_in_state_dict_if_present(state, "module.")
    show("keys", list(state))
    show("versions", list(state._metadata))


# What does not fit.


@case("module/load-a-path-instead-of-a-state")
def loading_a_path_instead_of_a_state(show, device):
    """A path cannot be loaded as a state, which has to be a mapping."""
    show("load", refusal_on_one_line(ScaledPowModel(device).load_state_dict, "model.pt"))


@case("module/load-a-number-instead-of-a-tensor")
def loading_a_number_instead_of_a_tensor(show, device):
    """A state that holds a number in place of a tensor cannot be loaded, and the error names the key."""
    show("load", refusal_on_one_line(ScaledPowModel(device).load_state_dict, {"powParam": 2.0}))


@case("module/load-keys-below-a-parameter")
def loading_keys_below_a_parameter(show, device):
    """Keys that go on after the name of a parameter, or are the name of a child, are unexpected."""
    for extra in ("powModel.powParam.scale", "logModel"):
        model = scaled_pow_log_model(device)
        state = model.state_dict()
        state[extra] = torch.tensor(2.0, device=device)
        show(extra, refusal_on_one_line(model.load_state_dict, state))


# Loading and autograd.


@case("module/load-between-forward-and-backward")
def loading_between_forward_and_backward(show, device):
    """Loading counts as an in-place change of the parameters, so a backward pass through an earlier call raises."""
    model = ScaledPowModel(device)
    z = model.powParam * model.powParam
    model.load_state_dict({"powParam": torch.tensor(5.0, device=device)})
    show("backward", type_of_refusal(z.backward))
    show("powParam.grad", model.powParam.grad)


# Loading by assignment, and onto the meta device.


@case("module/load-with-assign-into-a-frozen-parameter", needs="torch.nn.Module.load_state_dict(assign)")
def loading_with_assign_into_a_frozen_parameter(show, device):
    """With assign=True a frozen parameter stays frozen, though it becomes another object of the loaded dtype."""
    model = ScaledPowModel(device)
    frozen = model.powParam.requires_grad_(False)
    state = {"powParam": torch.tensor(2.0, dtype=torch.float64, device=device)}
    model.load_state_dict(state, assign=True)
    show("same object", model.powParam is frozen)
    show("dtype", model.powParam.dtype)
    show("requires_grad", model.powParam.requires_grad)


@case("module/load-again-after-assign", needs="torch.nn.Module.load_state_dict(assign)")
def loading_again_after_assign(show, device):
    """A state once loaded with assign=True is assigned by every later load, asked for or not."""
    state = ScaledPowModel(device).state_dict()
    ScaledPowModel(device).load_state_dict(state, assign=True)
    show("what the state keeps", state._metadata)
    model = ScaledPowModel(device)
    parameter = model.powParam
    model.load_state_dict(state)
    show("parameter is still the same object", model.powParam is parameter)


@case(
    "module/load-with-assign-and-swapped-tensors",
    needs="torch.__future__.set_swap_module_params_on_conversion",
)
def loading_with_assign_and_swapped_tensors(show, device):
    """With tensors swapped on conversion, assign=True keeps the object of the parameter, but not a hook on it."""
    before = torch.__future__.get_swap_module_params_on_conversion()
    for swapped in (False, True):
        model = ScaledPowModel(device)
        parameter = model.powParam
        calls = []
        parameter.register_hook(calls.append)
        state = {"powParam": torch.tensor(2.0, dtype=torch.float64, device=device)}
        torch.__future__.set_swap_module_params_on_conversion(swapped)
        try:
            strict, assign = True, True
            show("swapped", swapped, refusal_on_one_line(model.load_state_dict, state, strict, assign))
        finally:
            torch.__future__.set_swap_module_params_on_conversion(before)
        show("same object", model.powParam is parameter)
        show("dtype", model.powParam.dtype)
        (2 * model.powParam).backward()
        show("calls of the hook", len(calls))


@case("module/load-into-meta", needs="torch.nn.Linear(device)")
def loading_into_meta(show, device):
    """Loading into a Module on the meta device copies nothing, and a warning says so."""

    def load():
        model = Linear(1, 1, bias=False, device="meta")
        model.load_state_dict({"weight": torch.ones(1, 1, device=device)})

    show("load", type_of_refusal(load))
