"""Buffers of BatchNorm: what becomes of its count of batches when a state is loaded."""

import torch
from torch.nn import BatchNorm1d

from module_drift.case import case

from ..shared.refusals import refusal, refusal_on_one_line


def _batchnorm_and_state(device):
    """Return a BatchNorm that has counted two batches, and the state of one that has counted one."""
    batch = torch.tensor([[1.0], [3.0]], device=device)
    model, other = (BatchNorm1d(1, momentum=0.5).to(device) for _ in range(2))
    for module in (model, model, other):
        module(batch)
    return model, other.state_dict()


def _load(show, label, model, state):
    show(f"{label} raises", refusal_on_one_line(model.load_state_dict, state))
    show(f"{label} running_mean", model.running_mean)
    show(f"{label} num_batches_tracked", model.num_batches_tracked)


@case("buffer/batchnorm-version-of-its-state")
def batchnorm_goes_by_the_version_of_its_state(show, device):
    """BatchNorm loads a state of version 1 without the count of batches, and misses the count in one of version 2."""
    for version in (1, 2):
        model, state = _batchnorm_and_state(device)
        del state["num_batches_tracked"]
        state._metadata[""]["version"] = version
        _load(show, f"version {version}", model, state)


@case("buffer/batchnorm-loads-a-plain-dict")
def batchnorm_loads_a_plain_dict(show, device):
    """BatchNorm loads the count of batches that a state without a version holds, such as a plain dict."""
    model, state = _batchnorm_and_state(device)
    _load(show, "dict", model, dict(state))


@case("buffer/batchnorm-on-meta-loads-a-state-without-count", needs="torch.nn.Module.load_state_dict(assign)")
def batchnorm_on_meta_loads_a_state_without_count(show, device):
    """A BatchNorm made on the meta device that is assigned a state without count or version counts from zero."""
    model = BatchNorm1d(1, device="meta")
    show("made on meta", {name: tensor.is_meta for name, tensor in model.state_dict().items()})
    _, state = _batchnorm_and_state(device)
    del state["num_batches_tracked"]
    model.load_state_dict(dict(state), assign=True)
    show("to raises", refusal(model.to, device))
    show("no longer on meta", {name: tensor for name, tensor in model.state_dict().items() if not tensor.is_meta})
