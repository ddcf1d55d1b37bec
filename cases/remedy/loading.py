"""What to do about changes to what files hold and how states are loaded; a case is called as the cause it is for."""

import io
import pickle

import torch
from torch.nn import BatchNorm1d, Linear, Parameter, Sequential

from module_drift.case import case

from ..shared.checkpoints import load_trusted, load_weights_only, saved
from ..shared.models import ScaledPowModel, scaled_pow_log_model


@case("remedy/file-of-two-values-gives-one")
def file_of_two_values_gives_one(show, device):
    """Two values that are saved together are loaded together."""
    show("loaded", load_trusted(saved([torch.tensor(1.0, device=device), torch.tensor(2.0, device=device)])))


@case("remedy/saved-files-are-zip-archives")
def saved_files_are_zip_archives(show, device):
    """A file can be written as a sequence of pickles, and is loaded."""
    file = io.BytesIO()
    torch.save({"weight": torch.tensor(1.0, device=device)}, file, _use_new_zipfile_serialization=False)
    show("is a zip archive", file.getvalue()[:2] == b"PK")
    file.seek(0)
    show("loaded", load_trusted(file))


@case("remedy/state-behind-other-bytes-is-not-loaded")
def state_behind_other_bytes_is_not_loaded(show, device):
    """What follows other bytes in a file is read to its end, and loaded from there."""
    file = io.BytesIO(b"header" + saved({"weight": torch.tensor(1.0, device=device)}).read())
    file.read(len(b"header"))
    show("loaded", load_trusted(io.BytesIO(file.read())))


@case("remedy/load-names-the-value-that-is-no-tensor")
def load_names_the_value_that_is_no_tensor(show, device):
    """A number in a state is refused by one of two errors, and accepted as a tensor."""
    model = ScaledPowModel(device)
    for value in (2.0, torch.tensor(3.0, device=device)):
        try:
            model.load_state_dict({"powParam": value})
        except (AttributeError, RuntimeError):
            show("refused", value)
    show("powParam", model.powParam.detach())


@case("remedy/load-refuses-what-is-no-dict")
def load_refuses_what_is_no_dict(show, device):
    """What is no dict is refused by one of two errors, and the file is loaded first."""
    model = ScaledPowModel(device)
    file = saved({"powParam": torch.tensor(2.0, device=device)})
    for state in ("model.pt", load_trusted(file)):
        try:
            model.load_state_dict(state)
        except (AttributeError, TypeError):
            show("refused", state)
    show("powParam", model.powParam.detach())


class _Passing(ScaledPowModel):
    """Hands all that state_dict is given on."""

    def state_dict(self, *args, **kwargs):
        """Return what Module returns."""
        return super().state_dict(*args, **kwargs)


@case("remedy/state-dict-goes-by-keywords")
def state_dict_goes_by_keywords(show, device):
    """An override of state_dict that hands on all that it is given serves as a child, and keywords are accepted."""
    model = Sequential(_Passing(device))
    destination = model.state_dict(prefix="model.", keep_vars=True)
    show("keys", list(destination))
    show("requires_grad", destination["model.0.powParam"].requires_grad)


@case("remedy/child-loads-its-own-part-of-a-state")
def child_loads_its_own_part_of_a_state(show, device):
    """Keys are renamed from one child to another in the state, before it is loaded."""
    model = scaled_pow_log_model(device)
    state = {"powModel.powParam": torch.tensor(2.0, device=device), "powModel.log": torch.tensor(3.0, device=device)}
    state["logModel.logParam"] = state.pop("powModel.log")
    show("load", *model.load_state_dict(state))
    show("logParam", model.logModel.logParam.detach())


@case("remedy/attributes-bar-parameters-from-weights-only", needs="torch.load(weights_only)")
def attributes_bar_parameters_from_weights_only(show, device):
    """A Parameter with attributes is saved as a tensor without them, and loaded without trust."""
    parameter = Parameter(torch.tensor(1.0, device=device))
    parameter.note = "mine"
    show("loaded", load_weights_only(parameter.detach()))


@case("remedy/load-trusts-plain-data-only", needs="torch.load(weights_only)")
def load_trusts_plain_data_only(show, device):
    """A whole Module is loaded with trust, and a state without."""
    model = ScaledPowModel(device)
    show("Module", type(torch.load(saved(model), weights_only=False)).__name__)
    show("state", dict(torch.load(saved(model.state_dict()), weights_only=True)))


@case("remedy/weights-only-refuses-exceptions-again", needs="torch.load(weights_only)")
def weights_only_refuses_exceptions_again(show, device):
    """The name of a class of exceptions is loaded without trust, and the class with trust."""
    show("name", torch.load(saved({"error": "ValueError"}), weights_only=True))
    show("class", torch.load(saved({"error": ValueError}), weights_only=False)["error"] is ValueError)


@case("remedy/batchnorm-on-meta-keeps-its-count-there", needs="torch.nn.Module.load_state_dict(assign)")
def batchnorm_on_meta_keeps_its_count_there(show, device):
    """A count of batches in the state is assigned to a BatchNorm on the meta device, which is moved from there."""
    state = BatchNorm1d(1).to(device).state_dict()
    state.pop("num_batches_tracked")
    state._metadata[""]["version"] = 1
    state["num_batches_tracked"] = torch.tensor(0, device=device)
    norm = BatchNorm1d(1, device="meta")
    norm.load_state_dict(state, assign=True)
    show("num_batches_tracked", norm.to(device).num_batches_tracked)


@case("remedy/keys-below-a-parameter-are-unexpected")
def keys_below_a_parameter_are_unexpected(show, device):
    """Keys below a parameter are accepted where the load is not strict, or taken out before."""
    model = ScaledPowModel(device)
    state = {"powParam": torch.tensor(2.0, device=device), "powParam.scale": torch.tensor(3.0, device=device)}
    model.load_state_dict(state, strict=False)
    show("powParam", model.powParam.detach())
    show("load", *model.load_state_dict({key: value for key, value in state.items() if key in model.state_dict()}))


@case("remedy/vector-is-not-loaded-into-scalar")
def vector_is_not_loaded_into_scalar(show, device):
    """The element of a vector of one is loaded into a scalar."""
    model = ScaledPowModel(device)
    state = {"powParam": torch.tensor([2.0], device=device)}
    state["powParam"] = state["powParam"][0]
    show("load", *model.load_state_dict(state))
    show("powParam", model.powParam.detach())


def _add_one(module, arguments):
    return (arguments[0] + 1.0,)


@case("remedy/handle-of-a-dropped-module-is-not-loaded")
def handle_of_a_dropped_module_is_not_loaded(show, device):
    """A handle that is pickled together with its Module removes the hook of that one when both are loaded."""
    module = Linear(1, 1, bias=False).to(device)
    torch.nn.init.ones_(module.weight)
    handle = module.register_forward_pre_hook(_add_one)
    loaded, handle = pickle.loads(pickle.dumps((module, handle)))
    x = torch.ones(1, 1, device=device)
    show("with", loaded(x).detach())
    handle.remove()
    show("without", loaded(x).detach())
