"""State beside plain buffers: buffers that are not saved or not plain tensors, and nn.Buffer."""

import torch
from torch.nn import Parameter

from module_drift.case import case

from ..shared.models import PowModel
from ..shared.refusals import refusal, refusal_on_one_line, type_of_refusal


@case("buffer/load-a-buffer-that-is-not-persistent", needs="torch.nn.Module.register_buffer(persistent)")
def loading_a_buffer_that_is_not_persistent(show, device):
    """A buffer of persistent=False is listed but not saved, and a state that holds it cannot be loaded."""
    model = PowModel()
    model.register_buffer("powBuff", torch.tensor(2.0, device=device))
    state = model.state_dict()
    model.register_buffer("powBuff", torch.tensor(3.0, device=device), persistent=False)
    model.powBuff = torch.tensor(4.0, device=device)
    show("buffers", list(model.named_buffers()))
    show("state", list(model.state_dict()))
    show("load", refusal_on_one_line(model.load_state_dict, state))


class _CountingModel(PowModel):
    """Keeps the names given to register_buffer, with the signature that it had up to 1.5."""

    def __init__(self):
        super().__init__()
        self.registered = []

    def register_buffer(self, name, tensor):
        self.registered.append(name)
        super().register_buffer(name, tensor)


@case("buffer/set-calls-register-buffer")
def setting_a_buffer_calls_register_buffer(show, device):
    """A tensor set under the name of a buffer goes through register_buffer, as overridden."""
    model = _CountingModel()
    model.register_buffer("powBuff", torch.tensor(2.0, device=device))
    for value in (3.0, 4.0):
        model.powBuff = torch.tensor(value, device=device)
    show("registered", model.registered)
    show("powBuff", model.powBuff)


@case("buffer/nn-buffer-over-a-plain-tensor", needs="torch.nn.Buffer")
def nn_buffer_over_a_plain_tensor(show, device):
    """An nn.Buffer cannot be set where the Module has a plain tensor, as a Parameter can."""
    for kind in (torch.nn.Buffer, Parameter):
        model = PowModel()
        model.plain = torch.tensor(2.0, device=device)
        show(kind.__name__, refusal(setattr, model, "plain", kind(torch.tensor(3.0, device=device))))
        show("state", list(model.state_dict()))


@case("buffer/load-into-an-expanded-buffer")
def loading_into_an_expanded_buffer(show, device):
    """A buffer whose elements share memory cannot be loaded, and the error says why."""
    model = PowModel()
    model.register_buffer("powBuff", torch.zeros(1, device=device).expand(2))
    state = {"powBuff": torch.tensor([2.0, 3.0], device=device)}
    show("load", refusal_on_one_line(model.load_state_dict, state))


class _TensorLike:
    """Takes part in torch's functions without being a tensor."""

    @classmethod
    def __torch_function__(cls, function, types, arguments=(), keywords=None):
        return NotImplemented


@case("buffer/tensor-like-object")
def tensor_like_object_as_a_buffer(show, device):
    """An object that is no tensor, but has __torch_function__, can be registered and set as a buffer."""
    model = PowModel()
    show("registered", type_of_refusal(model.register_buffer, "powBuff", _TensorLike()))
    model.register_buffer("other", torch.tensor(2.0, device=device))
    show("set", type_of_refusal(setattr, model, "other", _TensorLike()))
    show("buffers", {name: type(buffer).__name__ for name, buffer in model.named_buffers()})
