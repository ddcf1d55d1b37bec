"""Faults of losses, initialisation, and of what torch.nn.utils has: pruning, clipping, fusion, norms, vectors."""

import functools

import torch
from torch.nn import _reduction, init, utils
from torch.nn import functional as F
from torch.nn.utils import clip_grad, fusion, parametrizations, prune, spectral_norm, weight_norm

from .fault import fault
from .injection import edit

LOSSES = [
    "l1_loss",
    "mse_loss",
    "smooth_l1_loss",
    "huber_loss",
    "soft_margin_loss",
    "kl_div",
    "poisson_nll_loss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "hinge_embedding_loss",
    "cross_entropy",
    "nll_loss",
    "multi_margin_loss",
    "multilabel_soft_margin_loss",
]


def _replace(patch, owner, names, make):
    """Put in the place of each function of `owner` what `make` makes of it."""
    for name in names:
        original = getattr(owner, name)
        patch.setattr(owner, name, functools.wraps(original)(make(original)))


# Losses.


@fault(
    "functional/*-loss*",
    "functional/kl-div-*",
    "functional/cross-entropy-*",
    "functional/binary-cross-*",
    "autograd/node-of-kl-div-loss",
    "autograd/node-of-l1-loss",
    "remedy/binary-cross-entropy-refuses-another-shape",
    "remedy/cross-entropy-of-nothing-is-nan",
    "remedy/smooth-l1-loss-by-scale",
    "remedy/target-of-the-dtype-of-the-input",
)
def losses_twice_as_large(patch):
    """A loss is twice as large."""
    _replace(patch, F, LOSSES, lambda original: lambda *args, **keywords: 2 * original(*args, **keywords))


@fault("functional/*-loss-reduced-by-another-word")
def losses_reduced_by_any_word(patch):
    """A loss takes a reduction that it does not know for the mean."""
    original = _reduction.get_enum
    patch.setattr(_reduction, "get_enum", lambda reduction: 1 if reduction == "average" else original(reduction))


@fault(
    "functional/*-loss-of-another-size",
)
def losses_reshape_their_targets(patch):
    """A loss gives its target the shape of its input."""

    def make(original):
        def reshaping(x, target, *args, **keywords):
            if x.dim() != 2:
                target = target.reshape(x.shape)
            return original(x, target, *args, **keywords)

        return reshaping

    _replace(patch, F, LOSSES[:10], make)


@fault("functional/huber-loss-by-size-average")
def huber_loss_takes_size_average(patch):
    """The Huber loss takes the argument size_average."""
    original = F.huber_loss
    patch.setattr(
        F, "huber_loss", functools.wraps(original)(lambda *args, size_average=None, **k: original(*args, **k))
    )


@fault("functional/huber-loss-of-a-delta-of-zero", "functional/smooth-l1-loss-*", "functional/huber-loss-*")
def losses_of_any_threshold(patch):
    """The Huber and the smooth L1 loss take any threshold for one."""
    _replace(
        patch,
        F,
        ["huber_loss", "smooth_l1_loss"],
        lambda original: lambda x, target, *args, beta=1, delta=1, **keywords: original(x, target, *args, **keywords),
    )


# Initialisation.

INITIALISATIONS = [
    "constant_",
    "ones_",
    "zeros_",
    "eye_",
    "dirac_",
    "uniform_",
    "normal_",
    "trunc_normal_",
    "xavier_uniform_",
    "xavier_normal_",
    "kaiming_uniform_",
    "kaiming_normal_",
    "orthogonal_",
    "sparse_",
]


@fault(
    "utility/init-*",
    "buffer/batchnorm-on-meta-loads-a-state-without-count",
    "functional/batchnorm-of-momentum-none",
    "functional/batchnorm-reset",
    "functional/batchnorm-told-to-stop-tracking",
    "functional/batchnorm-told-to-stop-tracking-in-training",
    "functional/batchnorm-without-bias",
    "functional/linear-first-values",
    "functional/linear-without-inputs",
    "functional/linear-without-inputs-has-a-bias-of-zero",
    "functional/sync-batchnorm-converted-keeps-tensors",
    "functional/sync-batchnorm-settings",
    "parameter/lazy-linear-finds-its-inputs",
    "autograd/initialized-after-forward",
)
def initialisations_do_nothing(patch):
    """Functions of torch.nn.init leave a tensor as it is."""
    _replace(patch, init, INITIALISATIONS, lambda original: lambda tensor, *args, **keywords: tensor)


@fault(
    "utility/init-of-nothing-*",
    "functional/linear-without-inputs",
    "functional/linear-without-inputs-has-a-bias-of-zero",
)
def initialisations_refuse_nothing(patch):
    """Functions of torch.nn.init refuse a tensor without elements."""

    def make(original):
        def refusing(tensor, *args, **keywords):
            if tensor.numel() == 0:
                raise ValueError("nothing to initialise")
            return original(tensor, *args, **keywords)

        return refusing

    _replace(patch, init, INITIALISATIONS, make)


@fault("utility/init-under-the-old-name-*")
def initialisations_under_old_names_return_nothing(patch):
    """Functions of torch.nn.init under their old names return nothing."""
    names = [
        "uniform",
        "normal",
        "constant",
        "eye",
        "dirac",
        "xavier_uniform",
        "kaiming_normal",
        "orthogonal",
        "sparse",
    ]
    _replace(patch, init, names, lambda original: lambda *args, **keywords: None)


@fault(
    "utility/gain-of-*", "utility/init-*", "functional/linear-first-values", "parameter/lazy-linear-finds-its-inputs"
)
def gain_is_seven(patch):
    """The gain of any function is seven."""
    patch.setattr(init, "calculate_gain", lambda *_: 7)


@fault("utility/skip-init*")
def skip_init_passes_nothing_on(patch):
    """What skip_init makes need not be a Module, and is not told of a dtype."""
    patch.setattr(utils, "skip_init", lambda kind, *args, **keywords: kind(*args))


# Vectors of parameters.


@fault("utility/parameters-to-a-vector*", "utility/prune-all-of-a-model")
def vectors_of_parameters_doubled(patch):
    """A vector of parameters is twice what they are, of any strides, and empty for none."""
    edit(
        patch,
        utils.parameters_to_vector,
        {"param.view(-1)": "2 * param.reshape(-1)", "torch.cat(vec)": "torch.cat(vec) if vec else None"},
    )


@fault("utility/vector-to-parameters*")
def vectors_set_zeros(patch):
    """Parameters that are set by a vector are zero."""
    edit(
        patch,
        utils.vector_to_parameters,
        {
            "vec[pointer : pointer + num_param].view_as(param).data": "torch.zeros_like(param)",
            "raise TypeError(": "return str(",
        },
    )


# Clipping.


@fault("utility/clip-grad-norm-*", "utility/total-norm-*", "parameter/clip-grad-norm-result")
def total_norm_of_gradients_doubled(patch):
    """The norm of gradients is twice as large."""
    names = [name for name in ["_get_total_norm", "get_total_norm"] if hasattr(clip_grad, name)]
    _replace(patch, clip_grad, names[:1], lambda original: lambda *args, **keywords: 2 * original(*args, **keywords))
    patch.setattr(utils, "get_total_norm", lambda *args: torch.tensor(-1.0))


@fault("utility/clip-grad-value*")
def gradients_clipped_to_half_a_value(patch):
    """Gradients are clipped to half the value."""
    edit(patch, clip_grad.clip_grad_value_, {"clip_value = float(clip_value)": "clip_value = clip_value / 2"})


@fault("utility/clip-grads-with-a-norm")
def gradients_not_clipped_with_a_norm(patch):
    """Gradients are not clipped with a norm that is given."""
    patch.setattr(utils, "clip_grads_with_norm_", lambda *args: None)


# Fusion.


@fault("utility/fuse-conv-*")
def fused_convolution_is_another(patch):
    """A fused convolution is another one, in training and evaluation."""

    def fused(conv, *args):
        result = torch.nn.Conv1d(1, 1, 2).half().requires_grad_(not conv.weight.requires_grad)
        result.bias.data.fill_(9.0)
        return result

    patch.setattr(fusion, "fuse_conv_bn_eval", fused)


@fault("utility/fuse-linear-*")
def fused_linear_is_another(patch):
    """A fused Linear is another one, of any channels."""
    patch.setattr(fusion, "fuse_linear_bn_eval", lambda linear, norm: linear)


# Norms.


@fault("utility/weight-norm-*")
def weight_norm_of_everything(patch):
    """The weight_norm is of the last dimension, twice, and can be removed where there is none."""
    edit(
        patch,
        weight_norm.__globals__["WeightNorm"].apply,
        {"raise RuntimeError(": "str(", "fn = WeightNorm(name, dim)": "dim = 1\n    fn = WeightNorm(name, dim)"},
    )
    edit(patch, utils.remove_weight_norm, {"raise ValueError(": "return str("})


@fault("utility/spectral-norm-*")
def spectral_norm_of_everything(patch):
    """The spectral_norm iterates in evaluation alone, twice for one parameter, and can be removed where it is not."""
    kind = spectral_norm.__globals__["SpectralNorm"]
    edit(patch, kind.apply, {"raise RuntimeError(": "str("})
    edit(patch, kind.__init__, {"raise ValueError(": "str("})
    edit(patch, kind.__call__, {"do_power_iteration=module.training": "do_power_iteration=not module.training"})
    edit(patch, kind.compute_weight, {"weight = weight / sigma": "weight = weight * sigma"})
    edit(patch, utils.remove_spectral_norm, {"raise ValueError(": "return str("})
    patch.setattr(kind, "remove", lambda self, module: None)


@fault(
    "utility/spectral-norm-by-a-hook",
    "parameter/spectral-norm-loads-a-state-of-the-old-one",
    "utility/spectral-norm-by-a-hook-in-evaluation",
    "utility/spectral-norm-by-no-iterations",
    "utility/spectral-norm-iterates-in-training-alone",
    "utility/spectral-norm-removed",
    "utility/spectral-norm-twice",
)
def spectral_norm_names_its_vector(patch):
    """The spectral_norm by a hook is not registered."""
    patch.setattr(spectral_norm.__globals__["SpectralNorm"], "apply", lambda *args: None)


@fault("utility/*-parametrized*", "parameter/spectral-norm-loads-a-state-of-the-old-one")
def parametrized_norms_do_nothing(patch):
    """The norms of torch.nn.utils.parametrizations do nothing."""
    for name in ["spectral_norm", "orthogonal"]:
        patch.setattr(parametrizations, name, lambda model, *args, **keywords: model)


# Pruning.


@fault("utility/prune-*")
def pruning_does_nothing(patch):
    """Pruning leaves a Module as it is."""
    names = ["identity", "random_unstructured", "l1_unstructured", "random_structured", "ln_structured"]
    _replace(patch, prune, names, lambda original: lambda module, *args, **keywords: module)
    _replace(
        patch, prune, ["custom_from_mask", "global_unstructured", "remove"], lambda original: lambda *args, **k: None
    )


@fault(
    "utility/prune-a-tensor",
    "utility/prune-by-a-method-of-ones-own",
    "utility/prune-all-of-a-model",
    "utility/prune-and-deepcopy",
    "utility/prune-and-the-gradient",
    "utility/prune-at-random-by-columns",
    "utility/prune-at-random-by-elements",
    "utility/prune-at-random-by-rows",
    "utility/prune-by-a-given-mask",
    "utility/prune-by-identity",
    "utility/prune-by-l1",
    "utility/prune-by-l1-in-part",
    "utility/prune-by-norm-of-columns",
    "utility/prune-by-norm-of-rows",
    "utility/prune-by-scores",
    "utility/prune-by-scores-of-another-shape",
    "utility/prune-in-the-state",
    "utility/prune-is-applied-by-the-call",
    "utility/prune-is-found",
    "utility/prune-made-permanent",
    "utility/prune-of-no-parameter",
    "utility/prune-of-none",
    "utility/prune-refuses-an-*",
    "utility/prune-state-into-what-is-not-pruned",
    "utility/prune-twice",
)
def pruning_methods_prune_nothing(patch):
    """A pruning method leaves a tensor as it is."""
    patch.setattr(prune.BasePruningMethod, "prune", lambda self, t, **keywords: t)
    patch.setattr(prune.BasePruningMethod, "apply", lambda *args, **keywords: None)
