"""Section "Functional": BatchNorm1d with other settings, reset, and on inputs of other dimensions."""

import torch
from torch.nn import BatchNorm1d

from module_drift.case import case

from ..shared.refusals import refusal


def _batch(device):
    """Return a batch of mean 2 whose variance is 1, and 2 as estimated for what it is drawn from."""
    return torch.tensor([[1.0], [3.0]], device=device)


@case("functional/batchnorm-of-other-dimensions")
def batchnorm_of_other_dimensions(show, device):
    """BatchNorm1d takes inputs of two and three dimensions, and its error for others tells how many there were."""
    for dimensions in (1, 2, 3, 4):
        model = BatchNorm1d(2).to(device)
        show(f"{dimensions} dimensions", refusal(model, torch.ones([2] * dimensions, device=device)))


@case("functional/batchnorm-without-affine-and-statistics")
def batchnorm_without_affine_and_statistics(show, device):
    """A BatchNorm without affine and running statistics has None for each, and goes by the batch in evaluation, too."""
    model = BatchNorm1d(1, eps=3.0, affine=False, track_running_stats=False).to(device)
    show("tensors", [model.weight, model.bias, model.running_mean, model.running_var, model.num_batches_tracked])
    show("state", list(model.state_dict()))
    for label, training in (("train", True), ("eval", False)):
        show(label, model.train(training)(_batch(device)))


@case("functional/batchnorm-without-bias", needs="torch.nn.BatchNorm1d(bias)")
def batchnorm_without_bias(show, device):
    """A BatchNorm of bias=False has a weight, but None for its bias, and centres its output on zero."""
    model = BatchNorm1d(1, eps=3.0, bias=False).to(device)
    show("bias", model.bias)
    show("state", list(model.state_dict()))
    show("z", model(_batch(device)).detach())


@case("functional/batchnorm-of-momentum-none")
def batchnorm_of_momentum_none(show, device):
    """A BatchNorm of momentum=None keeps the plain average of the statistics of all batches, and uses it later."""
    model = BatchNorm1d(1, eps=11.0, momentum=None).to(device)
    for factor in (1.0, 2.0):
        # May be refused: torch reads the count itself, which it cannot on a device without values.
        show("train raises", refusal(model, factor * _batch(device)))
        show("running_mean", model.running_mean)
        show("running_var", model.running_var)
    show("eval", model.eval()(_batch(device)).detach())


@case("functional/batchnorm-told-to-stop-tracking-in-training")
def batchnorm_told_to_stop_tracking_in_training(show, device):
    """A BatchNorm in training whose track_running_stats is set to False goes by the batch and keeps its statistics."""
    model = BatchNorm1d(1, eps=3.0).to(device)
    model.track_running_stats = False
    show("z", model(_batch(device)).detach())
    show("buffers", list(model.named_buffers()))


@case("functional/batchnorm-reset")
def batchnorm_is_reset(show, device):
    """A BatchNorm can reset its running statistics and count alone, or weight and bias as well."""
    for name in ("reset_running_stats", "reset_parameters"):
        model = BatchNorm1d(1).to(device)
        model(_batch(device))
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.fill_(5.0)
        getattr(model, name)()
        show(name, model.state_dict())


@case("functional/batchnorm-of-a-mean-alone")
def batchnorm_of_a_running_mean_alone(show, device):
    """A BatchNorm in evaluation whose running_var is set to None is refused for having a running_mean alone."""
    model = BatchNorm1d(1).to(device).eval()
    model.running_var = None
    show("raises", refusal(model, _batch(device)))
