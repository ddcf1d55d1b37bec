"""Parameters that are found by path, listed where they are held twice, and reset or laid out in memory."""

import torch
from torch.nn import Conv2d, Conv3d, Module, Sequential

from module_drift.case import case

from ..shared.listing import names
from ..shared.models import ScaledPowModel
from ..shared.refusals import refusal


class _TiedModel(Module):
    """Holds two children that have one parameter between them."""

    def __init__(self, device):
        super().__init__()
        self.firstModel = ScaledPowModel(device)
        self.secondModel = ScaledPowModel(device)
        self.secondModel.powParam = self.firstModel.powParam


@case("parameter/get-parameter-by-path", needs="torch.nn.Module.get_parameter")
def get_parameter_follows_a_path(show, device):
    """A dotted path leads get_parameter to the Parameter of a child, and to AttributeError if it ends elsewhere."""
    model = Module()
    model.powModel = ScaledPowModel(device)
    model.powModel.register_buffer("powBuff", torch.tensor(1.0, device=device))
    model.powModel.register_parameter("powBias", None)
    show("parameter", model.get_parameter("powModel.powParam").data)
    show("no such child", refusal(model.get_parameter, "expModel.powParam"))
    show("no such parameter", refusal(model.get_parameter, "powModel.expParam"))
    show("a child", refusal(model.get_parameter, "powModel"))
    show("a buffer", refusal(model.get_parameter, "powModel.powBuff"))
    show("a parameter that is None", refusal(model.get_parameter, "powModel.powBias"))


@case("parameter/tied-parameter-under-each-name", needs="torch.nn.Module.named_parameters(remove_duplicate)")
def a_tied_parameter_is_listed_under_each_name(show, device):
    """A parameter of two children is listed under its first name only, and without remove_duplicate under both."""
    model = _TiedModel(device)
    show("without duplicates", names(model.named_parameters()))
    show("with duplicates", names(model.named_parameters(remove_duplicate=False)))
    show("in the state", list(model.state_dict()))


# Gradients and memory of all that is held.


@case("parameter/zero-grad-to-none-or-to-zeros", needs="torch.nn.Module.zero_grad(set_to_none)")
def zero_grad_sets_gradients_to_none_or_to_zeros(show, device):
    """The argument set_to_none tells zero_grad whether gradients become None or stay there as zeros."""
    for label, set_to_none in [("to None", True), ("to zeros", False)]:
        model = ScaledPowModel(device)
        model.powParam.grad = torch.tensor(2.0, device=device)
        model.zero_grad(set_to_none=set_to_none)
        show(label, model.powParam.grad)


@case("parameter/channels-last-beside-five-dimensions")
def a_weight_of_five_dimensions_refuses_channels_last(show, device):
    """A Module that has a weight of five dimensions besides one of four cannot be converted to channels_last."""
    model = Sequential(Conv2d(2, 3, 2), Conv3d(2, 3, 2)).to(device)
    show("to", refusal(lambda: model.to(memory_format=torch.channels_last)))
