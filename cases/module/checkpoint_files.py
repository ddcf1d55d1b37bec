"""Section "Module": by which arguments and places a state is written to a file and read from it."""

import io
import os
import pickle
import tempfile
from pathlib import Path
from types import SimpleNamespace

import torch
from torch.nn import Linear, Module

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


@case("module/state-loaded-by-mmap", only="cpu", needs="torch.load(mmap)")
def state_is_loaded_by_mmap(show, device):
    """A state that is mapped from a file is as it was saved."""

    def use(name):
        torch.save(ScaledPowModel(device).state_dict(), name)
        return {key: tensor.clone() for key, tensor in load_trusted(name, mmap=True).items()}

    show("state", _in_a_folder(use))


@case("module/state-loaded-by-mmap-from-a-buffer", only="cpu", needs="torch.load(mmap)")
def state_is_loaded_by_mmap_from_a_buffer(show, device):
    """Only a file that has a name can be mapped."""
    file = saved(ScaledPowModel(device).state_dict())
    show("raises", type_of_refusal(lambda: load_trusted(file, mmap=True)))


@case("module/state-loaded-by-mmap-in-the-old-format", only="cpu", needs="torch.load(mmap)")
def state_of_the_old_format_is_loaded_by_mmap(show, device):
    """A file of the format before zip archives cannot be mapped."""

    def use(name):
        torch.save(ScaledPowModel(device).state_dict(), name, _use_new_zipfile_serialization=False)
        return type_of_refusal(lambda: load_trusted(name, mmap=True))

    show("raises", _in_a_folder(use))


@case("module/state-saved-in-the-old-format", only="cpu")
def state_is_saved_in_the_old_format(show, device):
    """A state saved in the format before zip archives is loaded."""

    def use(name):
        torch.save(ScaledPowModel(device).state_dict(), name, _use_new_zipfile_serialization=False)
        return load_trusted(name)

    show("keys", list(_in_a_folder(use)))


@case("module/state-loaded-by-a-pickle-module", only="cpu")
def state_is_loaded_by_a_pickle_module(show, device):
    """A pickle module is told by pickle_module, and used for the loading."""
    seen = []

    class Unpickler(pickle.Unpickler):
        def find_class(self, module, name):
            seen.append(name)
            return super().find_class(module, name)

    module = SimpleNamespace(load=pickle.load, Unpickler=Unpickler, __name__="pickle")
    state = load_trusted(saved(ScaledPowModel(device).state_dict()), pickle_module=module)
    show("keys", list(state))
    show("used", bool(seen))


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
        "force-no-weights-only": ["TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", None],
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


@case("module/state-loaded-from-nothing", only="cpu")
def state_is_loaded_from_nothing(show, device):
    """A file that is empty raises."""
    show("raises", type_of_refusal(load_trusted, io.BytesIO()))
    show("no file", type_of_refusal(load_trusted, os.path.join("no folder", "model.pt")))


@case("module/saved-under-a-protocol", only="cpu")
def module_is_saved_under_a_protocol(show, device):
    """A Module saved under the newest protocol of pickle is loaded."""
    file = io.BytesIO()
    torch.save(ScaledPowModel(device), file, pickle_protocol=4)
    file.seek(0)
    show("type", type(load_trusted(file)).__name__)


# What is deprecated.


@case("module/parameter-storage-warns", only="cpu")
def storage_of_a_parameter_warns(show, device):
    """The storage of a parameter is of a class that is deprecated."""
    show("length", len(ScaledPowModel(device).powParam.storage()))


@case("module/parameter-untyped-storage", only="cpu", needs="torch.Tensor.untyped_storage")
def untyped_storage_of_a_parameter(show, device):
    """The untyped storage of a parameter counts bytes, and gives no warning."""
    show("bytes", ScaledPowModel(device).powParam.untyped_storage().nbytes())


class _Doubling(Module):
    """Doubles."""

    def forward(self, x):
        return 2 * x


@cases(
    "module/jit-{way}-warns",
    only="cpu",
    way={"script": "script", "trace": "trace", "trace-module": "trace_module", "freeze": "freeze", "save": "save"},
)
def jit_warns(show, device, way):
    """What torch.jit.{way} of a Module warns of."""
    x = torch.tensor(3.0, device=device)
    model = _Doubling().eval()
    if way == "trace":
        model = torch.jit.trace(model, x)
    elif way == "trace_module":
        model = torch.jit.trace_module(model, {"forward": x})
    else:
        model = torch.jit.script(model)
    if way == "freeze" and hasattr(torch.jit, "freeze"):
        model = torch.jit.freeze(model)
    if way == "save":
        file = io.BytesIO()
        torch.jit.save(model, file)
        file.seek(0)
        model = torch.jit.load(file)
    show("z", model(x))
