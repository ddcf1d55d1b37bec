"""What nested Modules are given when a state is loaded, and what is said of a state that fits badly in many ways."""

import torch
from torch.nn import Module, Parameter

from module_drift.case import case

from ..shared.models import ScaledPowModel, nested_with_versions
from ..shared.refusals import refusal_on_one_line


@case("module/load-tells-a-child-its-version")
def loading_tells_a_child_its_version(show, device):
    """A nested child is told the version that it was saved with, and none if the state has become a plain dict."""
    model = nested_with_versions(device)
    for label, state in [("state", model.state_dict()), ("plain dict", dict(model.state_dict()))]:
        model.load_state_dict(state)
        show(label, model.first.powModel.prefix, model.first.powModel.version)


@case("module/load-gives-a-child-its-keys")
def loading_gives_a_child_its_keys(show, device):
    """A nested child is given those entries of a state that begin with its own prefix."""
    model = nested_with_versions(device)
    model.load_state_dict(model.state_dict())
    show("keys", model.first.powModel.keys)


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
