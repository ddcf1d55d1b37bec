"""Checkpoints: what torch.save writes, and what torch.load takes from a file that it does not trust."""

import argparse
import io
from collections import OrderedDict

import torch

from module_drift.case import case

from .models import ScaledPowModel
from .refusals import refusal_on_one_line, type_of_refusal


def _saved(value):
    """Return a file at its beginning that holds `value`."""
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return file


def _load_weights_only(value):
    return torch.load(_saved(value), weights_only=True)


@case("buffer/saved-state-is-a-zip-file")
def saved_state_is_a_zip_file(show, device):
    """A file written by torch.save is a zip archive."""
    show("first bytes", _saved(ScaledPowModel(device).state_dict()).read(2))


@case("buffer/load-a-namespace-as-weights-only", needs="torch.load(weights_only)")
def loading_a_namespace_as_weights_only(show, device):
    """With weights_only=True a namespace of options is refused, and the error says how to allow its class."""
    message = refusal_on_one_line(_load_weights_only, {"options": argparse.Namespace(rate=0.5)})
    show("raises", message.split("WeightsUnpickler error: ")[-1])


@case("buffer/plain-values-loaded-as-weights-only", needs="torch.load(weights_only)")
def plain_values_loaded_as_weights_only(show, device):
    """With weights_only=True, what describes a tensor is loaded as the tensor is, but neither a slice nor a class."""
    for label, value in (
        ("OrderedDict", OrderedDict(a=1)),
        ("dtype", torch.float16),
        ("Size", torch.Size([2])),
        ("slice", slice(1, 2)),
        ("class", ValueError),
    ):
        show(label, type_of_refusal(_load_weights_only, {label: value}))


@case("buffer/device-loaded-as-weights-only", needs="torch.load(weights_only)")
def device_loaded_as_weights_only(show, device):
    """With weights_only=True, a torch.device is loaded."""
    show("device", type_of_refusal(_load_weights_only, torch.device("cpu")))


@case("buffer/set-loaded-as-weights-only", needs="torch.load(weights_only)")
def set_loaded_as_weights_only(show, device):
    """With weights_only=True, a set of numbers is loaded."""
    show("set", type_of_refusal(_load_weights_only, {1, 2}))


@case("buffer/bytes-loaded-as-weights-only", needs="torch.load(weights_only)")
def bytes_loaded_as_weights_only(show, device):
    """With weights_only=True, bytes are loaded, such as a state of a random generator kept by hand."""
    show("bytes", type_of_refusal(_load_weights_only, b"ab"))
    show("bytearray", type_of_refusal(_load_weights_only, bytearray(b"ab")))


@case("buffer/complex-number-loaded-as-weights-only", needs="torch.load(weights_only)")
def complex_number_loaded_as_weights_only(show, device):
    """With weights_only=True, a complex number is loaded."""
    show("complex", type_of_refusal(_load_weights_only, 1j))
