"""Buffers that are set in another's place, or deleted."""

import torch
from torch.nn import Parameter

from module_drift.case import case

from ..shared.models import PowModel
from ..shared.refusals import refusal, type_of_refusal


@case("buffer/registered-again-as-persistent", needs="torch.nn.Module.register_buffer(persistent)")
def buffer_is_registered_again_as_persistent(show, device):
    """A buffer that was not persistent is, when it is registered again without a word on that."""
    model = PowModel()
    for persistent in (False, True):
        model.register_buffer("powBuff", torch.tensor(1.0, device=device), persistent=persistent)
        show(f"persistent={persistent}", list(model.state_dict()))


@case("buffer/makes-way-for-a-parameter", needs="torch.nn.Module.register_buffer(persistent)")
def buffer_makes_way_for_a_parameter(show, device):
    """A Parameter that is assigned in the place of a buffer that is not persistent is in the state."""
    model = PowModel()
    model.register_buffer("powBuff", torch.tensor(1.0, device=device), persistent=False)
    show("Parameter", refusal(setattr, model, "powBuff", Parameter(torch.tensor(2.0, device=device))))
    show("state", list(model.state_dict()))
    show("buffers", list(model.named_buffers()))


@case("buffer/deleted")
def buffer_is_deleted(show, device):
    """A buffer, or any other attribute, is gone when it is deleted, and a missing one raises AttributeError."""
    model = PowModel()
    model.register_buffer("powBuff", torch.tensor(1.0, device=device))
    model.note = "kept"
    for name in ("powBuff", "note", "missing"):
        show(name, type_of_refusal(delattr, model, name))
        show(f"{name} is there", hasattr(model, name))
    show("buffers", list(model.named_buffers()))
