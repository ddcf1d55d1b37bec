"""Section "Buffer" of the article: the tensors of a Module that are saved but not trained."""

import copy
import io
import pickle

import torch
from torch.nn import BatchNorm1d, Parameter

from module_drift.case import case

from ..shared.models import DECAY, PowLogModel, ScaledLogModel, ScaledPowModel
from ..shared.refusals import refusal_on_one_line


class _AveragedPowModel(ScaledPowModel):
    """Raises the moving average of its inputs to a power; `keep` stores the average on the Module."""

    def __init__(self, device, keep, only_training=False):
        super().__init__(device)
        keep(self, "powBuff", torch.tensor(0.0, device=device))
        self.only_training = only_training

    def forward(self, x, q):
        if self.training or not self.only_training:
            self.powBuff = DECAY * self.powBuff + (1 - DECAY) * x
        return super().forward(self.powBuff, q)


class _AveragedLogModel(ScaledLogModel):
    """Takes the logarithm of the moving average of its inputs; `keep` stores the average on the Module."""

    def __init__(self, device, keep, only_training=False):
        super().__init__(device)
        keep(self, "logBuff", torch.tensor(0.0, device=device))
        self.only_training = only_training

    def forward(self, x):
        if self.training or not self.only_training:
            self.logBuff = DECAY * self.logBuff + (1 - DECAY) * x
        return super().forward(self.logBuff)


def _averaged_model(device, keep, only_training=False):
    return PowLogModel(_AveragedPowModel(device, keep, only_training), _AveragedLogModel(device, keep, only_training))


def _register(model, name, tensor):
    model.register_buffer(name, tensor)


def _show_ten_calls(show, model):
    for i in range(10):
        show(f"{i} z", model(5.0, 3.0))
        show(f"{i} powBuff", model.powModel.powBuff)
        show(f"{i} logBuff", model.logModel.logBuff)


def _show_state(show, model):
    show("state", model.state_dict())
    show("parameters", list(model.named_parameters()))
    show("buffers", list(model.named_buffers()))


@case("buffer/code-1")
def plain_tensors_are_not_in_the_state(show, device):
    """Moving averages kept in plain tensors work, but state_dict leaves them out."""
    model = _averaged_model(device, setattr)
    _show_ten_calls(show, model)
    show("state", model.state_dict())


@case("buffer/code-2")
def registered_buffers_are_in_the_state(show, device):
    """Registered as buffers, moving averages are in state_dict and named_buffers, but are no parameters."""
    model = _averaged_model(device, _register)
    _show_ten_calls(show, model)
    _show_state(show, model)


@case("buffer/code-3")
def eval_freezes_buffers_that_training_updates(show, device):
    """A forward that looks at `training` updates its buffers after train() and leaves them alone after eval()."""
    model = _averaged_model(device, _register, only_training=True)
    model.train()
    _show_ten_calls(show, model)
    model.eval()
    _show_ten_calls(show, model)
    _show_state(show, model)


def _pow_model(device, **keywords):
    """Return a model with the parameter powParam and the buffer powBuff, whose tensor takes `keywords`."""
    model = ScaledPowModel(device)
    model.register_buffer("powBuff", torch.tensor(5.0, device=device, **keywords))
    return model


def _batchnorm(device):
    """Return a BatchNorm whose statistics move half the way, and a batch of mean 2 and variance 2."""
    return BatchNorm1d(1, momentum=0.5).to(device), torch.tensor([[1.0], [3.0]], device=device)


def _names(named):
    return [name for name, _ in named]


def _show_raised(show, function, *arguments):
    """Show what torch says when it refuses the call, with every run of whitespace in the message as one space."""
    show("raises", refusal_on_one_line(function, *arguments))


# Which tensors are buffers, and where they are listed.


@case("buffer/buffers-of-children-are-listed", example="buffer/code-2")
def buffers_are_listed_with_those_of_children(show, device):
    """A Module lists the buffers of all Modules in it, and without recursion only its own."""
    model = _averaged_model(device, _register)
    model.register_buffer("ownBuff", torch.tensor(2.0, device=device))
    show("named_buffers", list(model.named_buffers()))
    show("buffers", list(model.buffers()))
    show("own named_buffers", list(model.named_buffers(recurse=False)))
    show("own buffers", list(model.buffers(recurse=False)))


@case("buffer/order-in-state", example="buffer/code-2")
def state_orders_parameters_before_buffers_before_children(show, device):
    """Whatever came first, state_dict names a Module's parameters, then its buffers, then what its children hold."""
    model = _averaged_model(device, _register)
    model.register_buffer("ownBuff", torch.tensor(2.0, device=device))
    model.ownParam = Parameter(torch.tensor(1.0, device=device))
    show("state", list(model.state_dict()))


@case("buffer/set-to-none", example="buffer/code-2")
def buffer_set_to_none_is_not_listed(show, device):
    """A buffer set to None is listed nowhere, but a tensor set under its name is a buffer again."""
    model = _pow_model(device)
    for value in (None, torch.tensor(2.0, device=device)):
        model.powBuff = value
        show("powBuff", model.powBuff)
        show("state", list(model.state_dict()))
        show("buffers", _names(model.named_buffers()))


@case("buffer/set-to-a-number", example="buffer/code-2")
def buffer_cannot_be_set_to_a_number(show, device):
    """A buffer cannot be set to what is neither a tensor nor None."""
    _show_raised(show, setattr, _pow_model(device), "powBuff", 2.0)


@case("buffer/register-a-number", example="buffer/code-2")
def number_cannot_be_registered_as_a_buffer(show, device):
    """What is neither a tensor nor None cannot be registered as a buffer."""
    _show_raised(show, _pow_model(device).register_buffer, "other", 2.0)


@case("buffer/register-under-a-bad-name", example="buffer/code-2")
def buffer_cannot_be_registered_under_a_bad_name(show, device):
    """The name of a buffer is a string that is not empty, has no dot, and does not name another attribute."""
    for name in (3, "", "powModel.powBuff", "powParam", "training", "forward"):
        _show_raised(show, _pow_model(device).register_buffer, name, torch.tensor(2.0, device=device))


@case("buffer/gradient-of-a-buffer", example="buffer/code-1")
def buffer_gets_a_gradient_only_on_demand(show, device):
    """A buffer gets no gradient unless its tensor requires one, and is no parameter even then."""
    for keywords in ({}, {"requires_grad": True}):
        model = _pow_model(device, **keywords)
        model(model.powBuff, 3.0).backward()
        show("powBuff", model.powBuff)
        show("powBuff.grad", model.powBuff.grad)
        show("parameters", _names(model.named_parameters()))


# What a cast of the Module does to its buffers.


@case("buffer/cast-with-the-module", example="buffer/code-2")
def floating_buffers_are_cast_with_the_module(show, device):
    """A cast of a Module casts its floating-point buffers, but neither its integer buffers nor its plain tensors."""
    for label, cast in (
        ("half", lambda model: model.half()),
        ("double", lambda model: model.double()),
        ("to", lambda model: model.to(torch.float64)),
    ):
        model = _pow_model(device)
        model.register_buffer("count", torch.tensor(0, device=device))
        model.plain = torch.tensor(5.0, device=device)
        cast(model)
        show(label, {name: getattr(model, name).dtype for name in ("powParam", "powBuff", "count", "plain")})


# What the state holds.


@case("buffer/state-is-detached", example="buffer/code-3")
def state_is_detached_from_the_graph(show, device):
    """A buffer computed from a parameter requires gradients, but no entry of state_dict does."""
    model = _averaged_model(device, _register)
    model(5.0, 3.0)
    show("buffers", {name: buffer.requires_grad for name, buffer in model.named_buffers()})
    show("state", {name: tensor.requires_grad for name, tensor in model.state_dict().items()})


@case("buffer/state-shares-memory", example="buffer/code-2")
def state_shares_memory_with_the_buffers(show, device):
    """A state taken before follows what is done to a buffer in place, but not a tensor set in its stead."""
    model = _pow_model(device)
    state = model.state_dict()
    model.powBuff += 1.0
    show("changed in place", model.powBuff, state["powBuff"])
    model.powBuff = model.powBuff + 1.0
    show("set anew", model.powBuff, state["powBuff"])


# Saving a state, loading it, and going on.


def _show_going_on(show, model, restored):
    for i in range(3):
        show(f"{i} z", model(5.0, 3.0).detach(), restored(5.0, 3.0).detach())


@case("buffer/loaded-plain-tensors-start-over", example="buffer/code-1")
def loaded_plain_tensors_start_over(show, device):
    """A Module restored from a state starts its averages over if they are plain tensors."""
    model, restored = (_averaged_model(device, setattr) for _ in range(2))
    model(5.0, 3.0)
    restored.load_state_dict(model.state_dict())
    _show_going_on(show, model, restored)


@case("buffer/loaded-buffers-go-on", example="buffer/code-2")
def loaded_buffers_go_on(show, device):
    """A Module restored from a state goes on where the first one was if its averages are buffers."""
    model, restored = (_averaged_model(device, _register) for _ in range(2))
    model(5.0, 3.0)
    restored.load_state_dict(model.state_dict())
    _show_going_on(show, model, restored)


def _saved_and_loaded(value):
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return torch.load(file)


@case("buffer/state-saved-and-loaded", example="buffer/code-2")
def saved_state_is_loaded_with_its_buffers(show, device):
    """A state passes through torch.save and torch.load with the values of its buffers."""
    model = _averaged_model(device, _register)
    model(5.0, 3.0)
    show("state", _saved_and_loaded(model.state_dict()))


@case("buffer/module-saved-and-loaded", example="buffer/code-2")
def saved_module_is_loaded_whole(show, device):
    """A whole Module passes through torch.save and torch.load with its buffers, unless load trusts plain data only."""
    model, batch = _batchnorm(device)
    model(batch)
    try:
        show("running_mean", _saved_and_loaded(model).running_mean)
    except pickle.UnpicklingError as error:
        show("raises", type(error).__name__)


# Loading a state that does not fit.


def _model_and_state(device):
    model = _averaged_model(device, _register)
    return model, model.state_dict()


@case("buffer/load-without-a-buffer", example="buffer/code-2")
def loading_without_a_buffer_raises(show, device):
    """A state that lacks a buffer cannot be loaded."""
    model, state = _model_and_state(device)
    del state["powModel.powBuff"]
    _show_raised(show, model.load_state_dict, state)


@case("buffer/load-an-unknown-buffer", example="buffer/code-2")
def loading_an_unknown_buffer_raises(show, device):
    """A state with a buffer that the Module lacks cannot be loaded."""
    model, state = _model_and_state(device)
    state["powModel.other"] = torch.tensor(2.0, device=device)
    _show_raised(show, model.load_state_dict, state)


@case("buffer/load-a-buffer-of-other-shape", example="buffer/code-2")
def loading_a_buffer_of_other_shape_raises(show, device):
    """A state with a buffer of another shape cannot be loaded, not even with strict=False."""
    model, state = _model_and_state(device)
    state["powModel.powBuff"] = torch.zeros(2, 2, device=device)
    for strict in (True, False):
        _show_raised(show, model.load_state_dict, state, strict)


@case("buffer/load-a-vector-into-a-scalar", example="buffer/code-2")
def loading_a_vector_into_a_scalar_buffer(show, device):
    """A scalar buffer is loaded with the first element of a vector, an error by now if the vector has more than one."""
    for values in ([2.0], [2.0, 3.0]):
        model, state = _model_and_state(device)
        state["powModel.powBuff"] = torch.tensor(values, device=device)
        _show_raised(show, model.load_state_dict, state)
        show("powBuff", model.powModel.powBuff)


def _load_leniently(device):
    model, state = _model_and_state(device)
    state["powModel.other"] = state.pop("powModel.powBuff")
    return model.load_state_dict(state, strict=False)


@case("buffer/load-leniently", example="buffer/code-2")
def lenient_loading_names_what_does_not_fit(show, device):
    """With strict=False, loading names the missing and the unexpected keys and raises nothing."""
    result = _load_leniently(device)
    show("missing_keys", result.missing_keys)
    show("unexpected_keys", result.unexpected_keys)


@case("buffer/load-result-in-print", example="buffer/code-2")
def loading_returns_what_prints_well(show, device):
    """What loading returns says in print that all keys matched, or which did not."""
    model, state = _model_and_state(device)
    show("all", model.load_state_dict(state))
    show("not all", _load_leniently(device))


# Buffers that hold on to the graph.


@case("buffer/backward-through-an-earlier-call", example="buffer/code-2")
def backward_through_an_earlier_call_raises(show, device):
    """The second of two backward passes raises if a buffer ties its call to the graph of the first."""
    model = _averaged_model(device, _register)
    model(5.0, 3.0).backward()
    _show_raised(show, model(5.0, 3.0).backward)


@case("buffer/deepcopy-of-a-computed-buffer", example="buffer/code-2")
def deepcopy_of_a_computed_buffer_raises(show, device):
    """A Module whose buffer was computed from a parameter cannot be copied with deepcopy."""
    model = _averaged_model(device, _register)
    model(5.0, 3.0)
    _show_raised(show, copy.deepcopy, model)


# The mode.


@case("buffer/new-module-trains", example="buffer/code-3")
def new_modules_are_in_training_mode(show, device):
    """A new Module is in training mode, and updates its buffers without a call of train()."""
    model = _averaged_model(device, _register, only_training=True)
    show("training", model.training)
    model(5.0, 3.0)
    show("powBuff", model.powModel.powBuff)


@case("buffer/mode-reaches-children", example="buffer/code-3")
def mode_reaches_children(show, device):
    """The calls eval() and train(False), and train() and train(True), set the same mode, in all children too."""
    model = _averaged_model(device, _register)
    for label, set_mode in (
        ("eval()", lambda: model.eval()),
        ("train()", lambda: model.train()),
        ("train(False)", lambda: model.train(False)),
        ("train(True)", lambda: model.train(True)),
    ):
        set_mode()
        show(label, {name: module.training for name, module in model.named_modules()})


@case("buffer/mode-that-is-no-bool", example="buffer/code-3")
def mode_that_is_no_bool(show, device):
    """A mode that is no bool was kept as it is by train(), until that drifted."""
    model = _averaged_model(device, _register)
    _show_raised(show, model.train, 0)
    show("training", model.training)


# BatchNorm, which the article names as a Module of this kind.


@case("buffer/batchnorm-freezes-in-eval", example="buffer/code-3")
def batchnorm_freezes_its_statistics_in_eval(show, device):
    """BatchNorm updates its running statistics and counts batches while training, and does neither in evaluation."""
    model, batch = _batchnorm(device)
    for label, training in (("train", True), ("eval", False)):
        model.train(training)
        model(batch)
        show(label, list(model.named_buffers()))


@case("buffer/batchnorm-counts-in-place", example="buffer/code-3")
def batchnorm_counts_in_place(show, device):
    """A state of BatchNorm taken before follows its running statistics, and its count once that changes in place."""
    model, batch = _batchnorm(device)
    state = model.state_dict()
    model(batch)
    for name in ("running_mean", "running_var", "num_batches_tracked"):
        show(name, getattr(model, name), state[name])


@case("buffer/batchnorm-loads-a-state-without-count", example="buffer/code-3")
def batchnorm_loads_a_state_without_count(show, device):
    """BatchNorm loads a state that lacks the count of batches and a version, and what it counts from then drifted."""
    model, batch = _batchnorm(device)
    model(batch)
    state = dict(model.state_dict())  # A plain dict, without the version that state_dict attaches.
    del state["num_batches_tracked"]
    _show_raised(show, model.load_state_dict, state)
    show("num_batches_tracked", model.num_batches_tracked)
