"""What nested Modules are given when a state is loaded, and what is said of a state that fits badly in many ways."""

import torch
from torch.nn import Module, Parameter

from module_drift.case import case

from .models import PowLogModel, ScaledLogModel, ScaledPowModel
from .refusals import refusal_on_one_line


class _VersionedPowModel(ScaledPowModel):
    """Is in its third version and keeps what it is given to load."""

    _version = 3

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, *rest):
        self.keys, self.prefix, self.version = list(state_dict), prefix, local_metadata.get("version")
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)


def _nested(device):
    outer = Module()
    outer.first = PowLogModel(_VersionedPowModel(device), ScaledLogModel(device))
    return outer


@case("module/load-tells-a-child-its-version")
def loading_tells_a_child_its_version(show, device):
    """A nested child is told the version that it was saved with, and none if the state has become a plain dict."""
    model = _nested(device)
    for label, state in [("state", model.state_dict()), ("plain dict", dict(model.state_dict()))]:
        model.load_state_dict(state)
        show(label, model.first.powModel.prefix, model.first.powModel.version)


@case("module/load-gives-a-child-its-keys")
def loading_gives_a_child_its_keys(show, device):
    """A nested child is given those entries of a state that begin with its own prefix."""
    model = _nested(device)
    model.load_state_dict(model.state_dict())
    show("keys", model.first.powModel.keys)


@case("hook/load-state-pre-hook-reads-all-versions")
def load_state_pre_hook_reads_all_versions(show, device):
    """A hook before loading finds the versions of all children on the state, and none if that was a plain dict."""

    def read(state, *rest):
        show("versions", dict(state._metadata) if hasattr(state, "_metadata") else "none")

    model = _nested(device)
    model._register_load_state_dict_pre_hook(read)
    model.load_state_dict(model.state_dict())
    model.load_state_dict(dict(model.state_dict()))


class _ThreeParameters(Module):
    def __init__(self, device):
        super().__init__()
        for name in ("first", "second", "third"):
            setattr(self, name, Parameter(torch.ones(2, device=device)))


@case("module/load-lists-every-fault")
def loading_lists_every_fault(show, device):
    """The error of load_state_dict lists all missing keys, all unexpected ones and then each tensor of wrong size."""
    state = {name: torch.zeros(3, device=device) for name in ("second", "third", "fourth", "fifth")}
    show("load", refusal_on_one_line(_ThreeParameters(device).load_state_dict, state))


@case("module/load-lists-every-value-that-is-no-tensor")
def loading_lists_every_value_that_is_no_tensor(show, device):
    """The error of load_state_dict lists each value that is no tensor."""
    show("load", refusal_on_one_line(_ThreeParameters(device).load_state_dict, {"first": 1, "second": 2, "third": 3}))


@case("module/load-result-of-missing-keys-alone")
def loading_leniently_what_lacks_keys(show, device):
    """The result of a lenient load in print names the missing keys, also when none is unexpected."""
    show("result", ScaledPowModel(device).load_state_dict({}, strict=False))
