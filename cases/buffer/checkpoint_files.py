"""Checkpoints: what torch.save writes, and what torch.load takes from a file that it does not trust."""

import argparse
import io
from collections import OrderedDict

import torch

from module_drift.case import case

from ..shared.checkpoints import load_trusted, load_weights_only, saved
from ..shared.models import ScaledPowModel
from ..shared.refusals import refusal_on_one_line, type_of_refusal


@case("buffer/saved-state-is-a-zip-file")
def saved_state_is_a_zip_file(show, device):
    """A file written by torch.save is a zip archive."""
    show("first bytes", saved(ScaledPowModel(device).state_dict()).read(2))


@case("buffer/two-values-saved-to-one-file")
def two_values_saved_to_one_file(show, device):
    """Of two values saved to one file, torch.load reads the first, but cannot go on to the second."""
    file = io.BytesIO()
    for value in (2.0, 3.0):
        torch.save(torch.tensor(value, device=device), file)
    file.seek(0)
    show("first", load_trusted(file))
    show("second", type_of_refusal(load_trusted, file))


@case("buffer/state-saved-behind-a-header")
def state_saved_behind_a_header(show, device):
    """A state that was saved behind other bytes of a file can be loaded from there."""
    file = io.BytesIO()
    file.write(b"header")
    torch.save(ScaledPowModel(device).state_dict(), file)
    file.seek(len(b"header"))
    show("load", type_of_refusal(load_trusted, file))


@case("buffer/state-loaded-to-meta")
def state_loaded_to_meta(show, device):
    """With map_location="meta", the shapes of a state are loaded without its values."""
    file = saved(ScaledPowModel(device).state_dict())
    show("load", type_of_refusal(lambda: load_trusted(file, map_location="meta")))


@case("buffer/load-a-namespace-as-weights-only", needs="torch.load(weights_only)")
def loading_a_namespace_as_weights_only(show, device):
    """With weights_only=True a namespace of options is refused, and the error says how to allow its class."""
    message = refusal_on_one_line(load_weights_only, {"options": argparse.Namespace(rate=0.5)})
    show("raises", message.split("WeightsUnpickler error: ")[-1])


@case("buffer/plain-values-loaded-as-weights-only", needs="torch.load(weights_only)")
def plain_values_loaded_as_weights_only(show, device):
    """With weights_only=True, what describes a tensor is loaded as the tensor is, but no slice."""
    for label, value in (
        ("OrderedDict", OrderedDict(a=1)),
        ("dtype", torch.float16),
        ("Size", torch.Size([2])),
        ("slice", slice(1, 2)),
    ):
        show(label, type_of_refusal(load_weights_only, {label: value}))


@case("buffer/float-loaded-as-weights-only", needs="torch.load(weights_only)")
def float_loaded_as_weights_only(show, device):
    """With weights_only=True, a float is loaded, such as the learning rate in the state of an optimizer."""
    show("float", type_of_refusal(load_weights_only, {"lr": 0.5}))


@case("buffer/exception-loaded-as-weights-only", needs="torch.load(weights_only)")
def exception_loaded_as_weights_only(show, device):
    """With weights_only=True, the class of an exception is refused as other classes are."""
    show("ValueError", type_of_refusal(load_weights_only, ValueError))


@case("buffer/device-loaded-as-weights-only", needs="torch.load(weights_only)")
def device_loaded_as_weights_only(show, device):
    """With weights_only=True, a torch.device is loaded."""
    show("device", type_of_refusal(load_weights_only, torch.device("cpu")))


@case("buffer/set-loaded-as-weights-only", needs="torch.load(weights_only)")
def set_loaded_as_weights_only(show, device):
    """With weights_only=True, a set of numbers is loaded."""
    show("set", type_of_refusal(load_weights_only, {1, 2}))


@case("buffer/bytes-loaded-as-weights-only", needs="torch.load(weights_only)")
def bytes_loaded_as_weights_only(show, device):
    """With weights_only=True, bytes are loaded, such as a state of a random generator kept by hand."""
    show("bytes", type_of_refusal(load_weights_only, b"ab"))
    show("bytearray", type_of_refusal(load_weights_only, bytearray(b"ab")))


@case("buffer/complex-number-loaded-as-weights-only", needs="torch.load(weights_only)")
def complex_number_loaded_as_weights_only(show, device):
    """With weights_only=True, a complex number is loaded."""
    show("complex", type_of_refusal(load_weights_only, 1j))
