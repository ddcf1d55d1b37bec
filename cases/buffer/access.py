"""Buffers that are found by path, and listed where they are held twice."""

import torch
from torch.nn import Module

from module_drift.case import case

from ..shared.listing import names
from ..shared.models import PowModel
from ..shared.refusals import refusal


class _BufferSharingModel(Module):
    """Holds two children that have one buffer between them."""

    def __init__(self, device):
        super().__init__()
        self.firstModel = PowModel()
        self.secondModel = PowModel()
        powBuff = torch.tensor(1.0, device=device)
        for model in self.children():
            model.register_buffer("powBuff", powBuff)


@case("buffer/get-buffer-beside-another", needs="torch.nn.Module.get_buffer")
def get_buffer_finds_a_buffer_beside_another(show, device):
    """A buffer of several elements is found by get_buffer although another one was registered before it."""
    model = PowModel()
    model.register_buffer("powMean", torch.zeros(2, device=device))
    model.register_buffer("powBuff", torch.ones(2, device=device))
    show("registered first", refusal(model.get_buffer, "powMean"))
    show("registered second", refusal(model.get_buffer, "powBuff"))


@case("buffer/shared-buffer-under-each-name", needs="torch.nn.Module.named_buffers(remove_duplicate)")
def a_shared_buffer_is_listed_under_each_name(show, device):
    """A buffer of two children is listed under its first name only, and without remove_duplicate under both."""
    model = _BufferSharingModel(device)
    show("without duplicates", names(model.named_buffers()))
    show("with duplicates", names(model.named_buffers(remove_duplicate=False)))
