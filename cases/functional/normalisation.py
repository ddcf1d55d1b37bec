"""Section "Functional": BatchNorm and its relatives, at the edges of their settings and modes."""

import torch
from torch.nn import BatchNorm1d, GroupNorm, InstanceNorm1d, LayerNorm, Sequential, SyncBatchNorm

from module_drift.case import case

from ..shared.refusals import refusal


@case("functional/batchnorm-without-eps")
def batchnorm_without_eps(show, device):
    """A BatchNorm with an eps of zero refuses a batch in training and takes it in evaluation."""
    model = BatchNorm1d(1, eps=0.0).to(device)
    batch = torch.tensor([[1.0], [3.0]], device=device)
    for label, training in (("train", True), ("eval", False)):
        show(f"{label} raises", refusal(model.train(training), batch))


@case("functional/batchnorm-told-to-stop-tracking")
def batchnorm_told_to_stop_tracking(show, device):
    """A BatchNorm whose track_running_stats is set to False goes by the statistics it has, and leaves them alone."""
    model = BatchNorm1d(1, eps=0.5).to(device).eval()
    model.running_var.fill_(0.5)
    model.track_running_stats = False
    show("z", model(torch.tensor([[1.0], [3.0]], device=device)).detach())
    show("running_mean", model.running_mean)


@case("functional/sync-batchnorm-converted-in-evaluation")
def sync_batchnorm_converted_in_evaluation(show, device):
    """A BatchNorm in evaluation that is converted to a SyncBatchNorm stays in evaluation."""
    model = SyncBatchNorm.convert_sync_batchnorm(Sequential(BatchNorm1d(1)).to(device).eval())
    show("training", [module.training for module in model])


@case("functional/instance-norm-of-one-element")
def instance_norm_of_one_element(show, device):
    """An InstanceNorm refuses an input that has one element a channel, in evaluation, too."""
    model = InstanceNorm1d(2).to(device).eval()
    for batch in (1, 3):
        show(f"batch of {batch} raises", refusal(model, torch.ones(batch, 2, 1, device=device)))


@case("functional/group-norm-of-one-value")
def group_norm_of_one_value(show, device):
    """A GroupNorm refuses a single row of which each group holds one value, in evaluation, too."""
    show("raises", refusal(GroupNorm(2, 2).to(device).eval(), torch.ones(1, 2, device=device)))


@case("functional/repr-of-normalisations")
def repr_of_normalisations(show, device):
    """The reprs of BatchNorm, LayerNorm and GroupNorm tell whether they have a bias."""
    for module in (BatchNorm1d(2), LayerNorm(2), GroupNorm(1, 2)):
        show(type(module).__name__, module.to(device))
