"""What gives the right result on releases that have yet to mend theirs, too."""

import torch
from torch.autograd import Function
from torch.nn import BatchNorm1d, Linear, Parameter, ReLU, Sequential, SyncBatchNorm

from module_drift.case import case

from ..shared.checkpoints import load_trusted, saved
from ..shared.models import ScaledPowModel


@case("remedy/power-of-a-base-kept-from-zero")
def power_of_a_base_kept_from_zero(show, device):
    """The gradient of an exponent is finite where the base is kept from zero."""
    x, q = torch.tensor(0.0, device=device), torch.tensor(2.0, device=device, requires_grad=True)
    (x.clamp(min=1e-12) ** q).backward()
    show("is small", q.grad.abs() < 1.0)


@case("remedy/full-backward-hook-and-the-first-input", needs="torch.nn.Module.register_full_backward_hook")
def full_backward_hook_and_the_first_input(show, device):
    """A full backward hook is called where the first tensor requires a gradient, and removed under no_grad."""
    model = ScaledPowModel(device)
    handle = model.register_full_backward_hook(lambda _, grad_input, __: show("grad_input", grad_input[0]))
    x = torch.tensor(5.0, device=device, requires_grad=True)
    model(x, torch.tensor(2.0, device=device, requires_grad=True)).backward()
    handle.remove()
    with torch.no_grad():
        show("z", model(x, 2.0))


@case("remedy/state-put-into-a-dict")
def state_put_into_a_dict(show, device):
    """A plain dict is filled with a state whose keys have a prefix."""
    destination = {"epoch": 3}
    destination.update(ScaledPowModel(device).state_dict(prefix="model."))
    show("keys", list(destination))


@case("remedy/loading-to-the-cpu")
def loading_to_the_cpu(show, device):
    """A file is loaded to the CPU, with the values."""
    loaded = load_trusted(saved(torch.tensor(2.0, device=device)), map_location="cpu")
    show("value", loaded.to(device))


@case("remedy/retain-grad-after-the-last-change")
def retain_grad_after_the_last_change(show, device):
    """A result that is changed in place keeps the gradient of what it is then, if retain_grad is called after that."""
    y = torch.tensor(2.0, device=device, requires_grad=True) * 3.0
    y.mul_(10.0)
    y.retain_grad()
    (y * 2.0).backward()
    show("y.grad", y.grad)


@case("remedy/hooks-and-out-of-place")
def hooks_and_out_of_place(show, device):
    """With operations out of place, each hook belongs to a tensor of its own."""
    x = torch.tensor(2.0, device=device, requires_grad=True)
    y = x * 3.0
    y.register_hook(lambda gradient: show("before", gradient))
    y = y * 10.0
    y.register_hook(lambda gradient: show("after", gradient))
    y.backward()


@case("remedy/count-put-into-the-state")
def count_put_into_the_state(show, device):
    """A BatchNorm takes the count of batches that is put into a state of the old format."""
    state = BatchNorm1d(1).to(device).state_dict()
    state._metadata[""]["version"] = 1
    state["num_batches_tracked"] = torch.tensor(7, device=device)
    norm = BatchNorm1d(1).to(device)
    norm.load_state_dict(state)
    show("num_batches_tracked", norm.num_batches_tracked)


class _Scaled(Function):
    """x times a factor that has a default, with a setup_context that wants it."""

    @staticmethod
    def forward(x, factor=2.0):
        return x * factor

    @staticmethod
    def setup_context(ctx, inputs, output):
        _, ctx.factor = inputs

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.factor, None


@case("remedy/every-argument-given-to-apply", needs="torch.func.functional_call")
def every_argument_given_to_apply(show, device):
    """A setup_context is given every argument that apply is given."""
    x = torch.tensor(3.0, device=device, requires_grad=True)
    _Scaled.apply(x, 2.0).backward()
    show("x.grad", x.grad)


@case("remedy/evaluation-after-the-conversion")
def evaluation_after_the_conversion(show, device):
    """A BatchNorm that was converted to a SyncBatchNorm is in evaluation after eval is called."""
    norm = SyncBatchNorm.convert_sync_batchnorm(Sequential(BatchNorm1d(1))).to(device)
    show("training", norm.eval()[0].training)


@case("remedy/inputs-of-a-loaded-lazy-linear", needs="torch.nn.LazyLinear(device)")
def inputs_of_a_loaded_lazy_linear(show, device):
    """The weight of a LazyLinear that loaded a state tells the number of its inputs."""
    lazy = torch.nn.LazyLinear(1, device=device)
    lazy.load_state_dict(Linear(3, 1).to(device).state_dict())
    show("inputs", lazy.weight.shape[1])


@case("remedy/requires-grad-set-after-assignment", needs="torch.nn.Module.load_state_dict(assign)")
def requires_grad_set_after_assignment(show, device):
    """Parameters that were assigned are told whether they require a gradient after that."""
    linear = Linear(1, 1).to(device)
    linear.load_state_dict({name: torch.ones_like(p) for name, p in linear.state_dict().items()}, assign=True)
    for p in linear.parameters():
        p.requires_grad_(False)
    show("requires_grad", [p.requires_grad for p in linear.parameters()])


@case("remedy/input-detached-for-no-grad", needs="torch.nn.Module.register_full_backward_hook")
def input_detached_for_no_grad(show, device):
    """A Module with a full backward hook is called under no_grad with a detached input."""
    relu = ReLU()
    relu.register_full_backward_hook(lambda *_: show("called", True))
    x = Parameter(torch.tensor(2.0, device=device))
    with torch.no_grad():
        show("z", relu(x.detach()))
