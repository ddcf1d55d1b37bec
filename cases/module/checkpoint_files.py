"""Section "Module": by which arguments and places a state is written to a file and read from it."""

import io
import os
import pickle
import tempfile
from pathlib import Path

import torch
from torch.nn import Linear

from module_drift.case import case, cases

from ..shared.checkpoints import load_trusted, saved
from ..shared.models import ScaledPowModel
from ..shared.refusals import type_of_refusal


def _in_a_folder(use):
    """Return what `use` makes of the path of a file that is not there yet."""
    with tempfile.TemporaryDirectory() as folder:
        return use(os.path.join(folder, "model.pt"))


@cases("module/state-saved-to-{path}", only="cpu", path={"a-text": False, "a-path-object": True})
def state_is_saved_to_a_path(show, device, path):
    """A state is saved to a file and loaded from it, by a Path object: {path}."""

    def use(name):
        place = Path(name) if path else name
        torch.save(ScaledPowModel(device).state_dict(), place)
        return load_trusted(place)

    show("keys", list(_in_a_folder(use)))


@case("module/state-loaded-by-a-function", only="cpu")
def state_is_loaded_by_a_function(show, device):
    """A function given as map_location is called with each storage and the place that it had."""
    places = []

    def keep(storage, place):
        places.append(place.split(":")[0] == device.type)
        return storage

    load_trusted(saved(Linear(1, 1).to(device).state_dict()), map_location=keep)
    show("places", places)


@cases(
    "module/state-loaded-to-a-device-{place}",
    only="cpu",
    place={"by-name": "name", "as-an-object": "object", "in-a-dict": "dict"},
)
def state_is_loaded_to_a_device(show, device, place):
    """A map_location is a device: {place}."""
    target = {"name": device.type, "object": device, "dict": {device.type: device.type}}[place]
    state = load_trusted(saved(ScaledPowModel(device).state_dict()), map_location=target)
    show("on the device", state["powParam"].device.type == device.type)


@case("module/state-loaded-to-a-number", only="cpu")
def state_is_loaded_to_a_number(show, device):
    """A map_location that is a number is no device, function or dict."""
    file = saved(ScaledPowModel(device).state_dict())
    show("number", type_of_refusal(lambda: load_trusted(file, map_location=5.5)))


@case("module/state-saved-in-the-old-format", only="cpu")
def state_is_saved_in_the_old_format(show, device):
    """A state saved in the format before zip archives is loaded."""

    def use(name):
        torch.save(ScaledPowModel(device).state_dict(), name, _use_new_zipfile_serialization=False)
        return load_trusted(name)

    show("keys", list(_in_a_folder(use)))


@case("module/state-loaded-weights-only-by-a-pickle-module", only="cpu", needs="torch.load(weights_only)")
def state_is_loaded_weights_only_by_a_pickle_module(show, device):
    """A pickle module cannot be told together with weights_only=True."""
    file = saved(ScaledPowModel(device).state_dict())
    show("raises", type_of_refusal(lambda: torch.load(file, weights_only=True, pickle_module=pickle)))


@cases(
    "module/load-under-the-environment-variable-{variable}",
    only="cpu",
    needs="torch.load(weights_only)",
    variable={
        "force-weights-only": ["TORCH_FORCE_WEIGHTS_ONLY_LOAD", False],
    },
)
def load_goes_by_an_environment_variable(show, device, variable):
    """With {variable[0]}=1, a Module is loaded by weights_only={variable[1]}, or not."""
    file = saved(ScaledPowModel(device))
    arguments = {} if variable[1] is None else {"weights_only": variable[1]}
    before = os.environ.get(variable[0])
    os.environ[variable[0]] = "1"
    try:
        show("raises", type_of_refusal(lambda: show("type", type(torch.load(file, **arguments)).__name__)))
    finally:
        del os.environ[variable[0]]
        if before is not None:
            os.environ[variable[0]] = before


@case("module/state-loaded-from-what-cannot-seek", only="cpu")
def state_is_loaded_from_what_cannot_seek(show, device):
    """A file-like object has to be able to seek."""

    class Reading:
        def __init__(self, file):
            self.read, self.readline = file.read, file.readline

    show("raises", type_of_refusal(load_trusted, Reading(saved(ScaledPowModel(device).state_dict()))))


@case("module/saved-under-a-protocol", only="cpu")
def module_is_saved_under_a_protocol(show, device):
    """A Module saved under the newest protocol of pickle is loaded."""
    file = io.BytesIO()
    torch.save(ScaledPowModel(device), file, pickle_protocol=4)
    file.seek(0)
    show("type", type(load_trusted(file)).__name__)


# What is deprecated.
