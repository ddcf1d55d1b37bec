"""Buffers of Modules that are copied."""

import copy

import torch

from module_drift.case import case

from ..shared.models import PowModel


@case("buffer/deep-copy-keeps-non-persistent", needs="torch.nn.Module.register_buffer(persistent)")
def deep_copy_keeps_non_persistent_buffers_out_of_its_state(show, device):
    """A buffer that is not persistent is a buffer of a deep copy, too, and not in the state of that either."""
    model = PowModel()
    model.register_buffer("kept", torch.tensor(1.0, device=device))
    model.register_buffer("left_out", torch.tensor(2.0, device=device), persistent=False)
    duplicate = copy.deepcopy(model)
    show("buffers", list(duplicate.named_buffers()))
    show("state", list(duplicate.state_dict().items()))
