"""What to do about changes to what layers and functions compute; a case is called as the cause that it is for."""

import copy

import torch
from torch.nn import BatchNorm1d, Dropout, Dropout2d, InstanceNorm1d, LeakyReLU
from torch.nn import functional as F

from module_drift.case import case


@case("remedy/leaky-relu-in-place-refuses-negative-slopes")
def leaky_relu_in_place_refuses_negative_slopes(show, device):
    """A leaky ReLU whose slope is not positive has its gradient if it is not in place."""
    for slope in (-0.5, 0.0):
        x = torch.tensor([-1.0, 2.0], device=device, requires_grad=True)
        LeakyReLU(slope)(x * 1.0).sum().backward()
        show("x.grad", x.grad)


@case("remedy/norms-refuse-one-value")
def norms_refuse_one_value(show, device):
    """A normalisation is left out where it has one value of a channel only."""
    norm = InstanceNorm1d(1).to(device)
    for length in (1, 2):
        x = torch.arange(float(length), device=device).reshape(1, 1, length)
        show("output", x if x[0, 0].numel() == 1 else norm(x))


@case("remedy/instance-norm-refuses-one-element-of-any-batch")
def instance_norm_refuses_one_element_of_any_batch(show, device):
    """An InstanceNorm is left out where a channel has one element, of two samples, too."""
    norm = InstanceNorm1d(1).to(device)
    x = torch.ones(2, 1, 1, device=device)
    show("output", x if x[0, 0].numel() == 1 else norm(x))


@case("remedy/batchnorm-stops-tracking-when-told")
def batchnorm_stops_tracking_when_told(show, device):
    """A BatchNorm without running statistics goes by the batch in evaluation mode, too."""
    norm = BatchNorm1d(1).to(device)
    norm.track_running_stats = False
    norm.running_mean = norm.running_var = None
    show("output", norm.eval()(torch.tensor([[1.0], [3.0]], device=device)).detach())


@case("remedy/batchnorm-counts-in-place")
def batchnorm_counts_in_place(show, device):
    """A copied state holds still when the BatchNorm is called."""
    norm = BatchNorm1d(1).to(device)
    state = copy.deepcopy(norm.state_dict())
    norm(torch.ones(2, 1, device=device))
    show("num_batches_tracked", state["num_batches_tracked"], norm.num_batches_tracked)


@case("remedy/batchnorm-refuses-eps-of-zero")
def batchnorm_refuses_eps_of_zero(show, device):
    """A BatchNorm with a tiny eps normalises."""
    show("output", BatchNorm1d(1, eps=1e-12).to(device)(torch.tensor([[1.0], [3.0]], device=device)).detach())


@case("remedy/upsample-goes-by-the-fraction", needs="torch.nn.functional.interpolate(recompute_scale_factor)")
def upsample_goes_by_the_fraction(show, device):
    """The ratio of the sizes, the factor and the size can each be asked for."""
    x = torch.arange(3.0, device=device).reshape(1, 1, 3)
    options = {"mode": "linear", "align_corners": False}
    show("ratio", F.interpolate(x, scale_factor=1.5, recompute_scale_factor=True, **options))
    show("factor", F.interpolate(x, scale_factor=1.5, recompute_scale_factor=False, **options))
    show("size", F.interpolate(x, size=4, **options))


@case("remedy/binary-cross-entropy-refuses-another-shape")
def binary_cross_entropy_refuses_another_shape(show, device):
    """A target that is given the shape of the input is accepted."""
    x = torch.tensor([[0.25], [0.5]], device=device)
    target = torch.tensor([1.0, 0.0], device=device)
    show("loss", F.binary_cross_entropy(x, target.view_as(x)))


@case("remedy/number-divided-by-integers-is-true-division")
def number_divided_by_integers_is_true_division(show, device):
    """A number divided by a tensor that is cast to floats first is divided truly, and can be cut to integers."""
    x = torch.tensor([2, 3], device=device)
    show("true", 1 / x.float())
    show("cut", (7 / x.float()).long())


@case("remedy/floor-division-rounds-down", needs="torch.div(rounding_mode)")
def floor_division_rounds_down(show, device):
    """A division says whether it rounds down or cuts."""
    a, b = torch.tensor([-7, 7], device=device), torch.tensor([2, 2], device=device)
    show("floor", torch.div(a, b, rounding_mode="floor"))
    show("trunc", torch.div(a, b, rounding_mode="trunc"))


@case("remedy/relu-keeps-minus-zero")
def relu_keeps_minus_zero(show, device):
    """The inverse of what relu returned is of positive sign after 0 was added."""
    x = torch.tensor([-0.0, 0.0, -1.0], device=device)
    show("inverse", 1.0 / (torch.relu(x) + 0.0))


@case("remedy/cross-entropy-of-nothing-is-nan")
def cross_entropy_of_nothing_is_nan(show, device):
    """The sum over a count of at least one is the mean, and 0 for a batch of nothing."""
    for targets in ([], [1], [-100, 0]):
        target = torch.tensor(targets, dtype=torch.int64, device=device)
        x = torch.zeros(len(targets), 2, device=device)
        show("loss", F.cross_entropy(x, target, reduction="sum") / (target != -100).sum().clamp(min=1))


@case("remedy/dropout2d-drops-planes-of-3d")
def dropout2d_drops_planes_of_3d(show, device):
    """With a fourth dimension, Dropout2d drops rows of a batch, or planes of one sample."""
    dropout = Dropout2d(0.5)
    x = torch.ones(4, 3, 2, device=device)
    rows, planes = dropout(x.unsqueeze(-1)).squeeze(-1), dropout(x.unsqueeze(0)).squeeze(0)
    show("rows are of one value", (rows == rows[:, :, :1]).long().min())
    show("planes are of one value", (planes == planes[:, :1, :1]).long().min())


@case("remedy/dropout2d-drops-rows-of-3d-again")
def dropout2d_drops_rows_of_3d_again(show, device):
    """With a fourth dimension, Dropout2d drops planes of one sample."""
    planes = Dropout2d(0.5)(torch.ones(4, 3, 2, device=device).unsqueeze(0)).squeeze(0)
    show("planes are of one value", (planes == planes[:, :1, :1]).long().min())


@case("remedy/smooth-l1-loss-without-beta-errs-at-the-target")
def smooth_l1_loss_without_beta_errs_at_the_target(show, device):
    """The L1 loss at its target has no gradient."""
    x = torch.tensor([1.0, 3.0], device=device, requires_grad=True)
    F.l1_loss(x, torch.tensor([1.0, 1.0], device=device), reduction="sum").backward()
    show("x.grad", x.grad)


@case("remedy/dropout-draws-from-mkl")
def dropout_draws_from_mkl(show, device):
    """A mask that is drawn once drops the same elements again."""
    mask = F.dropout(torch.ones(8, device=device), 0.5, training=True)
    x = torch.ones(8, device=device)
    show("same", ((x * mask) == (x * mask.clone())).long().min())


@case("remedy/dropout-leaves-mkl")
def dropout_leaves_mkl(show, device):
    """A Dropout in evaluation drops nothing."""
    show("output", Dropout(0.5).eval()(torch.ones(8, device=device)))
