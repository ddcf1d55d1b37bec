"""Section "Module": what reaches children four levels below a Module."""

import copy
import pickle

import torch

from module_drift.case import case

from ..shared.deep import Level, levels
from ..shared.listing import names


@case("module/deep-mode", only="cpu")
def the_mode_reaches_all_levels(show, device):
    """The mode is set on all levels of children, one after the other."""
    found = levels(device)
    found[0].eval()
    show("evaluated", [model.training for model in found])
    found[2].train()
    show("trained from the third on", [model.training for model in found])


@case("module/deep-apply", only="cpu")
def apply_reaches_all_levels(show, device):
    """The function given to apply is called for the deepest level first."""
    found, visited = levels(device), []
    found[0].apply(lambda model: visited.append(found.index(model)))
    show("visited", visited)


@case("module/deep-conversion", only="cpu")
def a_conversion_reaches_all_levels(show, device):
    """Parameters and buffers of all levels are converted."""
    found = levels(device)
    found[0].double()
    for model in found:
        show("dtypes", model.weight.dtype, model.count.dtype)


@case("module/deep-names", only="cpu")
def all_levels_are_listed(show, device):
    """Modules, parameters and buffers of all levels are listed under their whole paths."""
    model = levels(device)[0]
    show("modules", names(model.named_modules()))
    show("parameters", names(model.named_parameters()))
    show("buffers", names(model.named_buffers()))


@case("module/deep-state", only="cpu")
def all_levels_are_saved(show, device):
    """The state has the parameters and buffers of all levels, and their versions."""
    state = levels(device)[0].state_dict()
    show("state", dict(state))
    show("versions", {name: metadata["version"] for name, metadata in state._metadata.items()})


class _Told(Level):
    """Is in its second version and keeps the version that it is told as it is loaded."""

    _version = 2

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, *rest):
        self.told = local_metadata.get("version")
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)


@case("module/deep-load", only="cpu")
def all_levels_are_loaded(show, device):
    """What is loaded reaches all levels, and each is told the version of what it loads."""
    found = levels(device, _Told)
    state = found[0].state_dict()
    for value in state.values():
        value.add_(10.0)
    loaded = levels(device, _Told)
    show("keys", loaded[0].load_state_dict(state))
    for model in loaded:
        show("loaded", model.weight.detach(), model.count, "version", model.told)


@case("module/deep-path", only="cpu", needs="torch.nn.Module.get_submodule")
def paths_reach_all_levels(show, device):
    """A path of four names leads to the deepest level, and one of five to its parameter and its buffer."""
    found = levels(device)
    path = ".".join(["below"] * 4)
    show("child", found[0].get_submodule(path) is found[4])
    show("parameter", found[0].get_parameter(path + ".weight") is found[4].weight)
    show("buffer", found[0].get_buffer(path + ".count") is found[4].count)


@case("module/deep-repr", only="cpu")
def all_levels_are_printed(show, device):
    """The repr of a Module shows all levels, each two spaces further to the right."""
    show("repr", levels(device)[0])


@case("module/deep-gradients", only="cpu")
def gradients_of_all_levels_are_cleared(show, device):
    """The gradients of all levels are computed, cleared and declined."""
    found = levels(device)
    found[0](torch.tensor(1.0, device=device)).backward()
    show("computed", [model.weight.grad for model in found])
    found[0].zero_grad()
    show("left", [model.weight.grad is not None and bool(model.weight.grad) for model in found])
    found[0].requires_grad_(False)
    show("required", [model.weight.requires_grad for model in found])


@case("module/deep-copies", only="cpu")
def all_levels_are_copied(show, device):
    """A deep copy and a pickle of a Module have all levels, and share none of them."""
    found = levels(device)
    for name, model in [("copy", copy.deepcopy(found[0])), ("pickle", pickle.loads(pickle.dumps(found[0])))]:
        show(name, [inner not in found for inner in model.modules()], names(model.named_parameters()))
