"""Section "Functional": SyncBatchNorm, made and converted to, without a process group."""

import torch
from torch.nn import BatchNorm1d, Linear, Sequential, SyncBatchNorm

from module_drift.case import case

SETTINGS = ("num_features", "eps", "momentum", "affine", "track_running_stats", "process_group")
TENSORS = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def _show_settings(show, module):
    show("type", type(module).__name__)
    for name in SETTINGS:
        show(name, getattr(module, name))


@case("functional/sync-batchnorm-settings")
def settings_of_a_sync_batchnorm(show, device):
    """A SyncBatchNorm has by default the settings and the state of a BatchNorm, and no process group."""
    model = SyncBatchNorm(2).to(device)
    _show_settings(show, model)
    show("state", model.state_dict())


@case("functional/sync-batchnorm-converted-keeps-settings")
def converted_sync_batchnorm_keeps_settings(show, device):
    """A BatchNorm converted to a SyncBatchNorm keeps its settings, and is told the process group."""
    for settings in ({}, {"eps": 0.5, "momentum": 0.25, "affine": False, "track_running_stats": False}):
        # Any object passes for a process group until the module is called.
        _show_settings(show, SyncBatchNorm.convert_sync_batchnorm(BatchNorm1d(2, **settings).to(device), "own group"))


@case("functional/sync-batchnorm-converted-keeps-tensors")
def converted_sync_batchnorm_keeps_tensors(show, device):
    """BatchNorms at any depth that are converted to SyncBatchNorms hand over their very parameters and buffers."""
    norm = BatchNorm1d(1, momentum=0.5).to(device)
    norm.weight.requires_grad_(False)
    norm(torch.tensor([[1.0], [3.0]], device=device))
    model = SyncBatchNorm.convert_sync_batchnorm(Sequential(Linear(1, 1), Sequential(norm)).to(device))
    show("types", {name: type(module).__name__ for name, module in model.named_modules()})
    for name in TENSORS:
        tensor = getattr(model[1][0], name)
        show(name, tensor.detach(), f"requires_grad={tensor.requires_grad}")
        show(f"{name} is the same", tensor is getattr(norm, name))
