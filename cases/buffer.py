"""Section "Buffer" of the article: the tensors of a Module that are saved but not trained."""

import torch

from module_drift.case import case

from .models import DECAY, PowLogModel, ScaledLogModel, ScaledPowModel


class _AveragedPowModel(ScaledPowModel):
    """Raises the moving average of its inputs to a power; `keep` stores the average on the Module."""

    def __init__(self, device, keep, only_training=False):
        super().__init__(device)
        keep(self, "powBuff", torch.tensor(0.0, device=device))
        self.only_training = only_training

    def forward(self, x, q):
        if self.training or not self.only_training:
            self.powBuff = DECAY * self.powBuff + (1 - DECAY) * x
        return super().forward(self.powBuff, q)


class _AveragedLogModel(ScaledLogModel):
    """Takes the logarithm of the moving average of its inputs; `keep` stores the average on the Module."""

    def __init__(self, device, keep, only_training=False):
        super().__init__(device)
        keep(self, "logBuff", torch.tensor(0.0, device=device))
        self.only_training = only_training

    def forward(self, x):
        if self.training or not self.only_training:
            self.logBuff = DECAY * self.logBuff + (1 - DECAY) * x
        return super().forward(self.logBuff)


def _averaged_model(device, keep, only_training=False):
    return PowLogModel(_AveragedPowModel(device, keep, only_training), _AveragedLogModel(device, keep, only_training))


def _register(model, name, tensor):
    model.register_buffer(name, tensor)


def _show_ten_calls(show, model):
    for i in range(10):
        show(f"{i} z", model(5.0, 3.0))
        show(f"{i} powBuff", model.powModel.powBuff)
        show(f"{i} logBuff", model.logModel.logBuff)


def _show_state(show, model):
    show("state", model.state_dict())
    show("parameters", list(model.named_parameters()))
    show("buffers", list(model.named_buffers()))


@case("buffer/code-1")
def plain_tensors_are_not_in_the_state(show, device):
    """Moving averages kept in plain tensors work, but state_dict leaves them out."""
    model = _averaged_model(device, setattr)
    _show_ten_calls(show, model)
    show("state", model.state_dict())


@case("buffer/code-2")
def registered_buffers_are_in_the_state(show, device):
    """Registered as buffers, moving averages are in state_dict and named_buffers, but are no parameters."""
    model = _averaged_model(device, _register)
    _show_ten_calls(show, model)
    _show_state(show, model)


@case("buffer/code-3")
def eval_freezes_buffers_that_training_updates(show, device):
    """A forward that looks at `training` updates its buffers after train() and leaves them alone after eval()."""
    model = _averaged_model(device, _register, only_training=True)
    model.train()
    _show_ten_calls(show, model)
    model.eval()
    _show_ten_calls(show, model)
    _show_state(show, model)
