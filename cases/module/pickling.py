"""Modules that are pickled, saved, or restored from what an older release pickled."""

import io
import pickle

import torch
from torch.nn import Linear, ReLU, Sequential

from module_drift.case import case

from ..shared.models import PowModel
from ..shared.refusals import refusal

# All that a Module of 1.4 has in its __dict__.
_FIRST_ATTRIBUTES = [
    "training",
    "_parameters",
    "_buffers",
    "_backward_hooks",
    "_forward_hooks",
    "_forward_pre_hooks",
    "_state_dict_hooks",
    "_load_state_dict_pre_hooks",
    "_modules",
]


@case("module/state-from-an-old-pickle")
def a_module_from_an_old_pickle_is_complete(show, device):
    """A Module restored from the attributes that one had in 1.4 gets the newer ones, so that it works."""
    model = PowModel()
    model.register_buffer("powBuff", torch.tensor(1.0, device=device))
    restored = PowModel.__new__(PowModel)
    restored.__setstate__({name: vars(model)[name] for name in _FIRST_ATTRIBUTES})
    show("call", refusal(restored, torch.tensor(5.0, device=device), torch.tensor(3.0, device=device)))
    show("state_dict", refusal(restored.state_dict))


class _Forgetting:
    """Wants its cache left out of pickles."""

    def __getstate__(self):
        state = vars(self).copy()
        state.pop("cache", None)
        return state


class _ForgettingModel(PowModel, _Forgetting):
    """A Module first, so that methods of Module's go before those of the other class."""


@case("module/getstate-of-a-mixin")
def a_mixin_after_module_cannot_choose_what_is_pickled(show, device):
    """A mixin that comes after Module among the bases cannot say by its __getstate__ what is pickled."""
    model = _ForgettingModel()
    model.cache = [5.0, 3.0]
    restored = pickle.loads(pickle.dumps(model))
    show("cache", "pickled" if "cache" in vars(restored) else "left out")


# Made without a class statement, so that there is no source of it to be found, as in a notebook.
_SourcelessModel = type("_SourcelessModel", (PowModel,), {"__module__": __name__})


@case("module/saved-without-its-source")
def a_module_whose_source_cannot_be_found_is_saved(show, device):
    """A Module is saved without a warning where the source of its class cannot be found."""
    show("save", refusal(torch.save, _SourcelessModel(), io.BytesIO()))


@case("module/unsafe-globals-of-a-saved-module", needs="torch.serialization.get_unsafe_globals_in_checkpoint")
def a_saved_module_needs_trust_in_its_classes(show, device):
    """The classes of Modules in a file are what must be trusted to load it as plain data, and no others in it."""
    file = io.BytesIO()
    torch.save(Sequential(Linear(2, 1), ReLU()).to(device), file)
    file.seek(0)
    show("unsafe", sorted(torch.serialization.get_unsafe_globals_in_checkpoint(file)))
