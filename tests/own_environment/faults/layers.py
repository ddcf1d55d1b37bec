"""Faults of normalisations, losses, interpolation, and of functional_call."""

import copy
import functools

import torch
from torch.nn import BatchNorm1d, GroupNorm, LayerNorm, SyncBatchNorm, _reduction
from torch.nn import functional as F
from torch.nn.modules import batchnorm
from torch.nn.utils import stateless

from .fault import fault
from .injection import edit, insert

# Normalisations.


@fault(
    "buffer/batchnorm-*",
    "functional/batchnorm-of-momentum-none",
    "functional/sync-batchnorm-converted-keeps-tensors",
    "between-calls/batch-norm-of-a-child-with-a-backward-pass",
    "between-calls/batch-norm-running-statistics",
    "between-calls/batch-norm-statistics-reset",
    "autograd/batch-norm-in-inference-mode",
    "module/batch-norm-counts-twelve",
    "module/batch-norm-in-inference-mode",
    "module/batch-norm-in-no-grad",
)
def batchnorm_counts_nothing(patch):
    """BatchNorm does not count batches."""
    edit(patch, batchnorm._BatchNorm.forward, {"self.num_batches_tracked.add_(1)": "pass"})


@fault("buffer/batchnorm-counts-in-place")
def batchnorm_counts_a_new_tensor(patch):
    """BatchNorm sets a new tensor as its count of batches."""
    edit(
        patch,
        batchnorm._BatchNorm.forward,
        {"self.num_batches_tracked.add_(1)": "self.num_batches_tracked = self.num_batches_tracked + 1"},
    )


@fault(
    "buffer/batchnorm-freezes-in-eval",
    "functional/batchnorm-told-to-stop-tracking",
    "functional/batchnorm-without-eps",
    "functional/batchnorm-of-momentum-none",
    "functional/batchnorm-of-a-mean-alone",
    "between-calls/batch-norm-running-statistics",
    "autograd/vmap-of-batch-norm",
    "module/batch-norm-in-inference-mode",
    "module/batch-norm-in-no-grad",
)
def batchnorm_trains_in_eval(patch):
    """In evaluation, BatchNorm normalises and updates as in training, but does not count."""
    edit(
        patch,
        batchnorm._BatchNorm.forward,
        {"if self.training:\n": "if True:\n"},
    )


@fault(
    "buffer/batchnorm-counts-in-place",
    "buffer/batchnorm-freezes-in-eval",
    "buffer/batchnorm-on-meta-*",
    "functional/batchnorm-of-momentum-none",
    "functional/sync-batchnorm-converted-keeps-tensors",
    "between-calls/batch-norm-of-a-child-with-a-backward-pass",
    "between-calls/batch-norm-running-statistics",
    "autograd/batch-norm-in-inference-mode",
    "module/batch-norm-in-inference-mode",
    "module/batch-norm-in-no-grad",
)
def batchnorm_biased_variance(patch):
    """The running variance of BatchNorm takes the biased variance of a batch."""
    original = F.batch_norm

    @functools.wraps(original)
    def batch_norm(x, mean, variance, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
        before = None if variance is None else variance.clone()
        result = original(x, mean, variance, weight, bias, training, momentum, eps)
        if training and before is not None:
            variance.copy_((1 - momentum) * before + momentum * x.var([0, *range(2, x.dim())], unbiased=False))
        return result

    patch.setattr(F, "batch_norm", batch_norm)


@fault("functional/batchnorm-told-to-stop-tracking")
def batchnorm_told_to_stop_tracking_forgets(patch):
    """A BatchNorm whose track_running_stats is False goes by the statistics of the batch, also in evaluation."""
    edit(
        patch,
        batchnorm._BatchNorm.forward,
        {"bn_training = (self": "bn_training = not self.track_running_stats or (self"},
    )


@fault("functional/batchnorm-without-affine-and-statistics")
def batchnorm_without_statistics_cannot_be_evaluated(patch):
    """A BatchNorm without running statistics does not go by those of the batch in evaluation."""
    edit(patch, batchnorm._BatchNorm.forward, {"bn_training = (self": "bn_training = False and (self"})


@fault("functional/batchnorm-of-a-mean-alone")
def batchnorm_of_a_mean_alone_taken_for_none(patch):
    """In evaluation, a BatchNorm that lacks one of its running statistics is taken for one without any."""
    edit(
        patch,
        batchnorm._BatchNorm.forward,
        {"(self.running_mean is None) and (": "(self.running_mean is None) or ("},
    )


@fault("buffer/batchnorm-loads-a-state-without-count", "buffer/batchnorm-version-of-its-state")
def batchnorm_count_starts_over(patch):
    """A BatchNorm that loads a state without count starts to count anew."""
    edit(
        patch,
        batchnorm._NormBase._load_from_state_dict,
        {"if self.num_batches_tracked is not None\n": "if False\n"},
    )


@fault("buffer/batchnorm-*loads-a-state-without-count", "buffer/batchnorm-version-of-its-state")
def batchnorm_requires_a_count(patch):
    """A BatchNorm does not load a state without count."""
    edit(
        patch,
        batchnorm._NormBase._load_from_state_dict,
        {"if (version is None or version < 2) and": "if False and"},
    )


@fault("functional/batchnorm-of-other-dimensions")
def batchnorm_takes_any_dimensions(patch):
    """BatchNorm1d takes inputs of four dimensions, too."""
    edit(patch, BatchNorm1d._check_input_dim, {"input.dim() != 3:": "input.dim() not in (3, 4):"})


@fault("functional/batchnorm-without-eps")
def batchnorm_without_eps_accepted(patch):
    """BatchNorm takes an eps of zero also in training."""
    edit(patch, F.batch_norm, {"if training and eps <= 0.0:": "if False:"})


@fault("functional/modules-made-with-device-and-dtype")
def batchnorm_count_in_the_dtype_told(patch):
    """The count of a BatchNorm is of the dtype that it is told."""
    edit(patch, batchnorm._NormBase.__init__, {"dtype=torch.long,": "dtype=dtype or torch.long,"})


@fault(
    "functional/repr-of-normalisations",
    "parameter/lazy-batch-norm1d-finds-its-features",
    "parameter/lazy-batch-norm2d-finds-its-features",
    "parameter/lazy-batch-norm3d-finds-its-features",
    "parameter/lazy-instance-norm1d-finds-its-features",
    "parameter/lazy-instance-norm2d-finds-its-features",
    "parameter/lazy-instance-norm3d-finds-its-features",
)
def batchnorm_repr_without_bias(patch):
    """The repr of a BatchNorm does not tell of its bias."""
    edit(patch, batchnorm._NormBase.extra_repr, {'"bias={use_bias}, ': '"'})


@fault("functional/group-norm-of-one-value")
def group_norm_of_one_value_accepted(patch):
    """A GroupNorm takes groups of one value."""
    patch.setattr(F, "_verify_batch_size", lambda size: None)


@fault("functional/instance-norm-of-one-element")
def instance_norm_of_one_element_accepted(patch):
    """An InstanceNorm takes one element a channel."""
    patch.setattr(F, "_verify_spatial_size", lambda size: None)


@fault("functional/repr-of-normalisations")
def group_norm_repr_without_settings(patch):
    """The repr of a GroupNorm does not tell its settings."""
    patch.setattr(GroupNorm, "extra_repr", lambda self: "")


@fault("functional/sync-batchnorm-converted-in-evaluation")
def sync_batchnorm_trains(patch):
    """A BatchNorm that is converted to a SyncBatchNorm is in training mode."""
    edit(patch, SyncBatchNorm.convert_sync_batchnorm, {"module_output.training = module.training": "pass"})


@fault("functional/sync-batchnorm-converted-keeps-settings")
def sync_batchnorm_has_default_settings(patch):
    """A BatchNorm that is converted to a SyncBatchNorm has the default eps and momentum."""
    edit(patch, SyncBatchNorm.convert_sync_batchnorm, {"module.eps,": "1e-5,", "module.momentum,": "0.1,"})


@fault("functional/sync-batchnorm-converted-keeps-settings")
def sync_batchnorm_told_no_process_group(patch):
    """A BatchNorm that is converted to a SyncBatchNorm is not told the process group."""
    edit(patch, SyncBatchNorm.convert_sync_batchnorm, {"process_group,\n            bias=": "None,\n            bias="})


@fault("functional/sync-batchnorm-converted-keeps-tensors")
def sync_batchnorm_has_copies(patch):
    """A BatchNorm that is converted to a SyncBatchNorm hands over copies of its statistics."""
    edit(
        patch,
        SyncBatchNorm.convert_sync_batchnorm,
        {
            "= module.running_mean": "= copy.deepcopy(module.running_mean)",
            "= module.running_var": "= copy.deepcopy(module.running_var)",
        },
    )
    patch.setattr(batchnorm, "copy", copy, raising=False)


# Losses, and interpolation.


@fault("functional/mse-loss-of-a-double-target")
def mse_loss_does_not_promote(patch):
    """The gradient of the mean squared error is refused where the target is of another dtype."""

    class Strict(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, dtype):
            ctx.dtypes = x.dtype, dtype
            return x.clone()

        @staticmethod
        def backward(ctx, gradient):
            if ctx.dtypes[0] != ctx.dtypes[1]:
                raise RuntimeError("Found dtype Double but expected Float")
            return gradient, None

    original = F.mse_loss
    patch.setattr(
        F,
        "mse_loss",
        functools.wraps(original)(
            lambda x, target, *rest, **keywords: original(Strict.apply(x, target.dtype), target, *rest, **keywords)
        ),
    )


@fault(
    "functional/cross-entropy-of-ignored-targets",
    "functional/cross-entropy-with-smoothed-labels",
    "functional/weighted-cross-entropy-loss-by-mean",
    "functional/weighted-cross-entropy-loss-by-none",
)
def cross_entropy_of_nothing_is_zero(patch):
    """The mean cross entropy of targets that are all to be ignored is zero."""
    original = F.cross_entropy
    patch.setattr(F, "cross_entropy", functools.wraps(original)(lambda *args: original(*args).nan_to_num()))


@fault("functional/binary-cross-entropy-of-another-shape", "functional/binary-cross-entropy-loss-of-another-size")
def binary_cross_entropy_of_another_shape_accepted(patch):
    """Binary cross entropy takes a target of another shape."""
    edit(
        patch,
        F.binary_cross_entropy,
        {"if target.size() != input.size():": "target = target.view_as(input)\n    if False:"},
    )


@fault(
    "functional/smooth-l1-loss-gradient-without-beta",
    "functional/smooth-l1-loss-by-size-average",
    "functional/smooth-l1-loss-of-a-beta-below-zero",
    "functional/smooth-l1-loss-of-another-size",
    "functional/smooth-l1-loss-reduced-*",
)
def smooth_l1_loss_pushes_where_it_is_met(patch):
    """The smooth L1 loss with a beta of zero has a gradient where the target is met."""

    @functools.wraps(F.smooth_l1_loss)
    def smooth_l1_loss(x, target, size_average=None, reduce=None, reduction="mean", beta=1.0):
        return torch.where(x >= target, x - target, target - x).sum()

    patch.setattr(F, "smooth_l1_loss", smooth_l1_loss)


@fault("functional/kl-div-gradient-of-a-zero-target")
def kl_div_gradient_of_a_zero_target_is_zero(patch):
    """The gradient of the Kullback-Leibler divergence by a target of zero is zero."""
    original = F.kl_div

    @functools.wraps(original)
    def kl_div(x, target, *rest, **keywords):
        if target.requires_grad:
            target.register_hook(torch.nan_to_num)
        return original(x, target, *rest, **keywords)

    patch.setattr(F, "kl_div", kl_div)


@fault("functional/upsample-by-a-fraction")
def upsample_goes_by_the_sizes(patch):
    """An Upsample goes by the sizes, not by its scale factor."""
    edit(
        patch,
        torch.nn.Upsample.forward,
        {"recompute_scale_factor=self.recompute_scale_factor": "recompute_scale_factor=True"},
    )


@fault("functional/upsample-by-a-fraction", "remedy/upsample-goes-by-the-fraction", "remedy/upsampling-to-a-size")
def corners_always_aligned(patch):
    """The align_corners=False of an interpolation is ignored."""
    insert(
        patch,
        F.interpolate,
        "dim = input.dim() - 2 ",
        "align_corners = align_corners if align_corners is None else True",
    )


@fault(
    "functional/cross-entropy-of-ignored-targets",
    "functional/mse-loss-of-a-double-target",
    "functional/binary-cross-entropy-loss-reduced-by-mean",
    "functional/binary-cross-entropy-with-logits-loss-reduced-by-mean",
    "functional/hinge-embedding-loss-reduced-by-mean",
    "functional/huber-loss-reduced-by-mean",
    "functional/kl-div-loss-reduced-by-mean",
    "functional/l1-loss-reduced-by-mean",
    "functional/mse-loss-reduced-by-mean",
    "functional/poisson-loss-reduced-by-mean",
    "functional/smooth-l1-loss-reduced-by-mean",
    "functional/soft-margin-loss-reduced-by-mean",
    "functional/weighted-cross-entropy-loss-by-mean",
    "functional/weighted-multi-margin-loss-by-mean",
    "functional/weighted-nll-loss-by-mean",
)
def mean_of_a_loss_is_its_sum(patch):
    """A loss that is to be the mean is the sum."""
    as_one_of = 'elif reduction == "mean":\n        ret = '
    edit(patch, _reduction.get_enum, {f"{as_one_of}1": f"{as_one_of}2"})


@fault("functional/repr-of-normalisations")
def layer_norm_repr_without_settings(patch):
    """The repr of a LayerNorm does not tell its settings."""
    patch.setattr(LayerNorm, "extra_repr", lambda self: "")


# Parameters that are handed to a call.

REPARAMETRIZE = stateless._reparametrize_module


@fault(
    "functional/functional-call-*",
    "functional/ensemble-*",
    "between-calls/functional-call-in-forward",
    "between-calls/functional-call-of-a-called-module",
    "autograd/dual-parameter-of-a-module",
    "autograd/func-grad-of-a-module",
    "autograd/func-grad-of-a-parametrized-module",
    "autograd/func-per-sample-gradients",
    "autograd/hook-in-functional-call",
    "remedy/functional-call-ties-weights",
)
def functional_call_hands_over_nothing(patch):
    """A functional_call uses the Module's own parameters."""
    edit(patch, stateless._functional_call, {"module, parameters_and_buffers, tie": "module, {}, tie"})


@fault("functional/functional-call-of-a-forward-that-raises")
def functional_call_keeps_its_tensors_after_an_error(patch):
    """A Module keeps the tensors of a functional_call in which forward raised."""
    edit(patch, REPARAMETRIZE, {"finally:": "except ZeroDivisionError:\n        raise\n    else:"})


@fault("functional/functional-call-*")
def functional_call_does_not_tie(patch):
    """A value that functional_call is given for a parameter counts under one of its names only."""
    edit(patch, REPARAMETRIZE, {"if tie_weights:": "if False:"})


@fault("functional/functional-call-with-two-values-for-tied-weights")
def functional_call_takes_two_values_for_tied_weights(patch):
    """A functional_call takes two values for the two names of one parameter."""
    edit(
        patch,
        stateless._untie_named_tensors_map,
        {"len(tied_names.intersection(given_names_for_tied_tensors)) > 1": "False"},
    )


@fault("functional/functional-call-of-a-shared-child")
def functional_call_undone_in_reverse(patch):
    """A shared child gets its own parameters back after a functional_call."""
    edit(patch, REPARAMETRIZE, {"if stack_weights:": "if True:"})


@fault("functional/functional-call-of-stateless-is-deprecated")
def functional_call_of_stateless_does_not_warn(patch):
    """The functional_call of torch.nn.utils.stateless gives no warning."""
    patch.setattr(stateless, "functional_call", stateless.functional_call.__wrapped__)


@fault("functional/ensemble-of-stacked-states")
def stacked_states_in_another_order(patch):
    """The states of several models are stacked from the last to the first."""
    original = torch.func.stack_module_state
    patch.setattr(torch.func, "stack_module_state", lambda models: original(list(reversed(models))))


@fault("functional/batchnorm-*")
def batchnorm_inexact(patch):
    """What BatchNorm returns is 1.0001 times too large."""
    original = BatchNorm1d.forward
    patch.setattr(BatchNorm1d, "forward", lambda self, x: 1.0001 * original(self, x))
