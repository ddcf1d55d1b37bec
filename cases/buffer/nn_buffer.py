"""nn.Buffer, set as an attribute."""

import torch

from module_drift.case import case

from ..shared.models import PowModel


@case("buffer/nn-buffer-set-as-an-attribute", needs="torch.nn.Buffer")
def nn_buffer_is_set_as_an_attribute(show, device):
    """An nn.Buffer set as an attribute is a buffer of the Module, and in its state unless persistent is False."""
    model = PowModel()
    model.plain = torch.tensor(1.0, device=device)
    model.saved = torch.nn.Buffer(torch.tensor(2.0, device=device))
    model.unsaved = torch.nn.Buffer(torch.tensor(3.0, device=device), persistent=False)
    show("buffers", list(model.named_buffers()))
    show("state", model.state_dict())
