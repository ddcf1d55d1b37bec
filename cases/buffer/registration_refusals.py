"""What get_buffer refuses, and what becomes of own register_buffer."""

import torch
from torch.nn import Module

from module_drift.case import case

from ..shared.models import nested_with_buffer
from ..shared.refusals import refusal


@case("buffer/get-buffer-by-path", needs="torch.nn.Module.get_buffer")
def get_buffer_follows_a_path(show, device):
    """A dotted path leads get_buffer to the buffer of a child, and to AttributeError if it ends elsewhere."""
    model = nested_with_buffer(device)
    model.chain.powModel.register_buffer("powMean", None)
    show("buffer", model.get_buffer("chain.powModel.powBuff"))
    show("no such child", refusal(model.get_buffer, "expModel.powBuff"))
    show("no such buffer", refusal(model.get_buffer, "chain.powModel.expBuff"))
    show("a child", refusal(model.get_buffer, "chain.powModel"))
    show("a parameter", refusal(model.get_buffer, "chain.powModel.powParam"))
    show("a buffer that is None", refusal(model.get_buffer, "chain.powModel.powMean"))


# Modules with a register_buffer of their own.


@case("buffer/own-register-buffer-without-persistent", needs="torch.nn.Buffer")
def buffer_set_where_register_buffer_is_overridden(show, device):
    """A Buffer that is not persistent is refused by a Module whose own register_buffer lacks that argument."""

    class Short(Module):
        def register_buffer(self, name, tensor):
            super().register_buffer(name, tensor)

    class Long(Module):
        def register_buffer(self, name, tensor, persistent=True):
            super().register_buffer(name, tensor, persistent)

    for kind in (Short, Long):
        for persistent in (True, False):
            model = kind()
            buffer = torch.nn.Buffer(torch.tensor(1.0, device=device), persistent=persistent)
            show(f"{kind.__name__}, persistent={persistent}", refusal(setattr, model, "powBuff", buffer))
            show("state", list(model.state_dict()))
