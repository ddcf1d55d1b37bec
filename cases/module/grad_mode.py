"""Section "Module": layers and methods of Modules under no_grad and in inference mode."""

import torch
from torch.nn import BatchNorm1d, Linear, Parameter

from module_drift.case import case, cases

from ..shared.models import ScaledLogModel, new_parameter
from ..shared.refusals import refusal

MODES = {"no-grad": "torch.no_grad", "inference-mode": "torch.inference_mode"}


def _in_mode(mode):
    return getattr(torch, mode.split(".")[1])()


@cases("module/batch-norm-in-{mode}", mode=MODES, needs="{mode}", only="cpu")
def batch_norm_learns_without_gradients(show, device, mode):
    """In {mode}, a BatchNorm in training counts, learns its statistics, and goes by those of the batch."""
    x, model = torch.tensor([[0.0], [2.0]], device=device), BatchNorm1d(1, eps=0.5, affine=False).to(device)
    with _in_mode(mode):
        show("in training", (model(x) > 0).tolist())
        show("in evaluation", (model.eval()(x) > 1).tolist())
    show("count", model.num_batches_tracked)
    show("statistics", model.running_mean, model.running_var)


@cases("module/parameter-made-in-{mode}", mode=MODES, needs="{mode}", only="cpu")
def a_parameter_is_made_without_gradients(show, device, mode):
    """In {mode}, a Parameter and those of a layer require gradients."""
    with _in_mode(mode):
        parameter, layer = Parameter(torch.ones(1, device=device)), Linear(1, 1).to(device)
    show("required", parameter.requires_grad, parameter.is_leaf, [p.requires_grad for p in layer.parameters()])
    show("backward", refusal(lambda: (2 * parameter).sum().backward()), parameter.grad)


@cases("module/cleared-in-{mode}", mode=MODES, needs="{mode}", only="cpu")
def gradients_are_cleared_without_gradients(show, device, mode):
    """In {mode}, zero_grad clears gradients."""
    model = ScaledLogModel(device)
    model.logParam.grad = torch.tensor(5.0, device=device)
    with _in_mode(mode):
        model.zero_grad()
    show("left", bool(model.logParam.grad is not None and model.logParam.grad))


@cases("module/frozen-in-{mode}", mode=MODES, needs="{mode}", only="cpu")
def parameters_are_frozen_without_gradients(show, device, mode):
    """In {mode}, requires_grad_ freezes parameters and thaws them."""
    model = ScaledLogModel(device)
    with _in_mode(mode):
        show("frozen", model.requires_grad_(False).logParam)
        show("thawed", model.requires_grad_().logParam)


@cases("module/saved-and-loaded-in-{mode}", mode=MODES, needs="{mode}", only="cpu")
def a_state_is_saved_and_loaded_without_gradients(show, device, mode):
    """In {mode}, the state is detached and shares its memory, and is loaded into a Module that trains afterwards."""
    model, other = ScaledLogModel(device), ScaledLogModel(device)
    with _in_mode(mode):
        state = model.state_dict()
        show("state", dict(state), state["logParam"] is model.logParam)
        state["logParam"].fill_(3.0)
        show("keys", other.load_state_dict(state))
    show("parameters", model.logParam, other.logParam)
    show("backward", refusal(lambda: other(torch.tensor(1.0, device=device)).backward()), other.logParam.grad)


@cases("module/converted-in-{mode}", mode=MODES, needs="{mode}", only="cpu")
def a_module_is_converted_without_gradients(show, device, mode):
    """In {mode}, a Module is converted, and its parameters require gradients afterwards."""
    model = ScaledLogModel(device)

    def convert():
        with _in_mode(mode):
            model.double()

    show("raises", refusal(convert))
    show("parameter", model.logParam)
    one = torch.tensor(1.0, dtype=torch.float64, device=device)
    show("backward", refusal(lambda: model(one).backward()), model.logParam.grad)


@case("module/grad-mode-that-forward-sets", only="cpu")
def forward_sets_the_grad_mode(show, device):
    """A grad mode that a forward sets holds after the call, and one of a with block in it does not."""

    class Setting(torch.nn.Module):
        def forward(self, x):
            torch.set_grad_enabled(False)
            return x

    class Within(torch.nn.Module):
        def forward(self, x):
            with torch.no_grad():
                return 2 * x

    x = new_parameter(5.0, device)
    show("within", Within()(x), torch.is_grad_enabled())
    try:
        Setting()(x)
        show("set", torch.is_grad_enabled())
    finally:
        torch.set_grad_enabled(True)
