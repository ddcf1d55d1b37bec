"""Checkpoints that cases write and load."""

import inspect
import io

import torch


def saved(value):
    """Return a file at its beginning that holds `value`."""
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return file


def load_trusted(file, **keywords):
    """Load whatever the file holds, on every release, without the warning that 2.4 and 2.5 give of their default."""
    if "weights_only" in inspect.signature(torch.load).parameters:
        keywords["weights_only"] = False
    return torch.load(file, **keywords)


def load_weights_only(value):
    """Return what comes of saving `value` and loading it without trust."""
    return torch.load(saved(value), weights_only=True)
