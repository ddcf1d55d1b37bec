"""Faults of Linear, of ReLU and its like, and of dropout, as Modules and as functions."""

import functools

import torch
from torch.nn import GELU, Dropout, Linear, ReLU
from torch.nn import functional as F
from torch.nn.modules import dropout as dropout_file

from .fault import fault
from .injection import edit, results, warns

# Linear.


def _linear(patch, compute):
    patch.setattr(F, "linear", functools.wraps(F.linear)(compute))


@fault(
    "functional/code-[12]",
    "functional/linear-*",
    "hook/legacy-backward-on-linear*",
    "utility/prune-and-the-gradient",
    "autograd/backward-to-inputs",
    "autograd/func-per-sample-gradients",
    "autograd/grad-of-an-embedding-batched",
    "autograd/gradient-of-an-empty-batch",
    "autograd/gradient-of-tied-weights",
    "autograd/hook-on-an-uninitialized-parameter",
    "autograd/module-cast-between-forward-and-backward",
    "autograd/multi-grad-hook-of-all",
    "autograd/multi-grad-hook-of-any",
    "autograd/saved-by-a-linear",
    "autograd/state-dict-is-detached",
    "module/graph-is-freed",
    "module/module-is-freed",
    "module/nothing-grows-with-backward-hooks",
    "module/nothing-grows-with-calls",
)
def linear_requires_no_gradient(patch):
    """What a Linear returns requires no gradient."""
    results(patch, F, "linear", lambda result: result.detach())


@fault("functional/linear-*", "hook/legacy-backward-on-linear*", "autograd/saved-by-a-linear")
def linear_by_other_operations(patch):
    """A Linear is computed by a product and a sum."""
    original = F.linear
    _linear(patch, lambda x, weight, bias=None: original(x, weight) + (0 if bias is None else bias))


@fault(
    "functional/code-1",
    "functional/code-2",
    "functional/linear-acts-on-the-last-dimension",
    "between-calls/input-of-a-shape-that-does-not-fit",
    "between-calls/lazy-child",
    "between-calls/lazy-linear",
    "between-calls/weight-norm-added",
    "between-calls/weight-norm-removed",
    "functional/functional-call-without-tying",
    "autograd/func-per-sample-gradients",
)
def linear_inexact(patch):
    """What a Linear returns is 1.00001 times too large."""

    def scale(result):
        result.data.mul_(1.00001)
        return result

    results(patch, F, "linear", scale)


@fault("functional/linear-refuses-*", "between-calls/input-of-a-shape-that-does-not-fit")
def linear_refuses_in_another_class(patch):
    """A Linear that refuses its input raises a ValueError."""
    original = F.linear

    def linear(x, weight, bias=None):
        try:
            return original(x, weight, bias)
        except RuntimeError as error:
            raise ValueError(str(error)) from None

    _linear(patch, linear)


@fault("functional/linear-function-needs-a-weight")
def linear_function_without_a_weight(patch):
    """F.linear without a weight returns its input."""
    original = F.linear
    _linear(patch, lambda x, weight=None, bias=None: x if weight is None else original(x, weight, bias))


@fault(
    "functional/linear-*",
    "functional/modules-call-*",
    "hook/legacy-backward-on-linear*",
    "parameter/lazy-linear-that-*",
    "parameter/emptied-*",
    "parameter/weight-norm-loads-*",
    "between-calls/input-of-a-shape-that-does-not-fit",
    "between-calls/weight-norm-added",
    "between-calls/weight-norm-removed",
    "parameter/lazy-linear-loads-a-moved-state",
    "parameter/lazy-linear-loads-another-size-than-it-is-called-with",
    "utility/fuse-linear-bn",
    "utility/parameters-to-a-vector",
    "utility/prune-all-by-rows",
    "utility/prune-all-of-a-model",
    "utility/prune-and-deepcopy",
    "utility/prune-and-the-gradient",
    "utility/prune-at-random-by-columns",
    "utility/prune-at-random-by-elements",
    "utility/prune-at-random-by-rows",
    "utility/prune-by-*",
    "utility/prune-in-the-state",
    "utility/prune-is-applied-by-the-call",
    "utility/prune-is-found",
    "utility/prune-made-permanent",
    "utility/prune-of-no-parameter",
    "utility/prune-of-what-was-not-pruned-is-removed",
    "utility/prune-refuses-an-amount-*",
    "utility/prune-state-into-what-is-not-pruned",
    "utility/prune-twice",
    "utility/skip-init",
    "utility/vector-to-*",
    "autograd/backward-to-inputs",
    "autograd/func-per-sample-gradients",
    "autograd/grad-of-a-retained-graph",
    "autograd/grad-of-an-embedding-batched",
    "autograd/gradient-of-an-empty-batch",
    "autograd/leaf-a-parameter-cast-to-its-own-dtype",
    "autograd/leaf-a-parameter-made-of-a-result",
    "autograd/leaf-of-an-embedding",
    "autograd/leaf-parametrized",
    "autograd/module-cast-between-forward-and-backward",
    "autograd/multi-grad-hook-of-all",
    "autograd/multi-grad-hook-of-any",
    "autograd/result-frozen",
    "autograd/saved-by-a-linear",
    "autograd/saved-under-no-grad",
)
def linear_weight_transposed(patch):
    """The weight of a Linear is of inputs by outputs."""
    edit(patch, Linear.__init__, {"torch.empty((out_features, in_features)": "torch.empty((in_features, out_features)"})


@fault(
    "functional/code-1",
    "functional/linear-parameters",
    "functional/repr-names-the-settings",
    "module/load-into-meta",
    "parameter/lazy-linear-finds-its-inputs",
    "between-calls/input-of-a-shape-that-does-not-fit",
    "between-calls/lazy-child",
    "between-calls/lazy-linear",
    "between-calls/weight-norm-added",
    "between-calls/weight-norm-removed",
    "functional/functional-call-without-tying",
    "module/load-by-assign-another-shape",
    "module/load-by-assign-other-strides",
    "utility/prune-of-none",
    "utility/spectral-norm-by-a-hook",
    "utility/spectral-norm-parametrized",
    "utility/spectral-norm-removed",
    "module/shared-by-twelve",
    "module/state-of-twelve",
    "module/twelve-missing-keys",
)
def linear_always_has_a_bias(patch):
    """A Linear has a bias also if it is made without."""
    edit(patch, Linear.__init__, {"if bias:": "if True:"})


@fault("functional/modules-call-their-functions")
def linear_does_not_call_its_function(patch):
    """Linear does not call F.linear."""
    edit(patch, Linear.forward, {"F.linear(": "torch._C._nn.linear("})


@fault("functional/modules-made-with-device-and-dtype", "utility/skip-init")
def linear_forgets_its_dtype(patch):
    """A Linear makes its weight of the default dtype, whichever it is told."""
    edit(patch, Linear.__init__, {'{"device": device, "dtype": dtype}': '{"device": device}'})


@fault(
    "functional/repr-names-the-settings",
    "parameter/lazy-linear-finds-its-inputs",
    "parameter/lazy-linear-copied-before-its-first-call",
    "parameter/lazy-layers-in-a-chain",
    "parameter/lazy-linear-becomes-a-linear",
    "parameter/parametrization-removed-where-none-is",
    "parameter/parametrized-where-nothing-is",
    "utility/prune-by-scores-of-another-shape",
    "utility/prune-of-what-was-not-pruned-is-removed",
)
def linear_repr_without_bias(patch):
    """The repr of a Linear does not tell of its bias."""
    edit(patch, Linear.extra_repr, {", bias={self.bias is not None}": ""})


@fault("functional/linear-without-inputs*")
def linear_without_inputs_has_no_first_bias(patch):
    """A Linear without inputs divides by their number for its bias."""
    edit(patch, Linear.reset_parameters, {" if fan_in > 0 else 0": ""})


@fault("functional/linear-first-values", "parameter/lazy-linear-finds-its-inputs")
def linear_begins_with_larger_values(patch):
    """The first weights of a Linear are too large, by a factor."""
    edit(patch, Linear.reset_parameters, {"a=math.sqrt(5)": "a=0"})


@fault("functional/linear-without-inputs*", "utility/init-of-nothing-by-kaiming-uniform")
def empty_weight_does_not_warn(patch):
    """No warning tells that there is no weight to initialise."""
    edit(patch, torch.nn.init.kaiming_uniform_, {"if 0 in tensor.shape:": "if False:"})


@fault(
    "functional/linear-acts-on-the-last-dimension",
    "functional/linear-autograd-node-in-1d",
    "between-calls/input-of-a-shape-that-does-not-fit",
    "between-calls/lazy-child",
    "between-calls/lazy-linear",
    "between-calls/weight-norm-added",
    "between-calls/weight-norm-removed",
    "remedy/linear-input-without-dimensions",
)
def linear_adds_a_dimension(patch):
    """A Linear returns what it makes of one sample as a batch of one."""
    results(patch, F, "linear", lambda result: result.unsqueeze(0) if result.dim() == 1 else result)


# ReLU and its like.


@fault("functional/adding-in-place-to-the-output-of-relu", "functional/relu-gradient-at-zero")
def relu_passes_the_gradient_at_zero(patch):
    """The gradient of ReLU at zero is one."""
    edit(patch, F.relu, {"torch.relu(input)": "torch.clamp_min(input, 0)"})


@fault(
    "functional/adding-in-place-to-the-output-of-relu",
    "functional/code-3",
    "functional/code-4",
    "functional/relu-gradient-at-zero",
)
def relu_keeps_what_is_negative(patch):
    """F.relu returns its input as it is."""
    edit(patch, F.relu, {"torch.relu(input)": "input"})


@fault(
    "functional/adding-in-place-to-the-output-of-relu",
    "functional/relu-gradient-at-zero",
    "functional/relu-module-and-function-agree",
)
def relu_requires_no_gradient(patch):
    """What F.relu returns requires no gradient."""
    edit(patch, F.relu, {"torch.relu(input)": "torch.relu(input).detach()"})


@fault(
    "functional/code-3",
    "functional/relu-in-place",
    "remedy/input-detached-for-no-grad",
    "remedy/module-list-call-raises-type-error",
)
def relu_in_double(patch):
    """What ReLU returns is of dtype float64, but F.relu is well."""
    results(patch, ReLU, "forward", lambda result: result.double())


@fault("functional/adding-in-place-to-the-output-of-relu", "functional/relu-of-minus-zero")
def relu_of_minus_zero_is_zero(patch):
    """ReLU makes zero of minus zero."""
    edit(patch, F.relu, {"torch.relu(input)": "torch.relu(input) + 0.0"})


@fault(
    "functional/in-place-on-a-leaf-that-requires-grad", "functional/relu-in-place", "hook/full-on-an-in-place-module"
)
def relu_never_in_place(patch):
    """The inplace of ReLU is ignored."""
    edit(patch, F.relu, {"if inplace:": "if False:"})


@fault("functional/in-place-on-a-leaf-that-requires-grad", "hook/full-on-an-in-place-module")
def relu_in_place_on_a_leaf(patch):
    """ReLU in place accepts a leaf that requires grad."""
    edit(patch, F.relu, {"result = torch.relu_(input)": "result = input; torch.relu_(input.data)"})


@fault("functional/relu-in-place")
def relu_function_in_place_returns_a_copy(patch):
    """F.relu_ returns a copy of its input."""
    results(patch, F, "relu_", lambda result: result.clone())


@fault("functional/repr-names-the-settings")
def relu_repr_without_settings(patch):
    """The repr of a ReLU does not tell whether it works in place."""
    patch.setattr(ReLU, "extra_repr", lambda self: "")


@fault("functional/repr-of-gelu")
def gelu_repr_without_settings(patch):
    """The repr of a GELU does not tell its approximation."""
    patch.setattr(GELU, "extra_repr", lambda self: "")


@fault("functional/sigmoid-and-tanh-of-functional")
def sigmoid_and_tanh_warn(patch):
    """The functions sigmoid and tanh of torch.nn.functional warn that they are deprecated."""
    for name in ("sigmoid", "tanh"):
        warns(patch, F, name, f"nn.functional.{name} is deprecated. Use torch.{name} instead.")


@fault("functional/leaky-relu-in-place-of-a-negative-slope")
def leaky_relu_never_in_place(patch):
    """The inplace of a leaky ReLU is ignored."""
    edit(patch, F.leaky_relu, {"if inplace:": "if False:"})


# Dropout.


DROP = "_VF.dropout(input, p, training)"


@fault("functional/code-[56]", "functional/dropout-*")
def dropout_unscaled(patch):
    """Dropout does not scale what it keeps."""
    edit(patch, F.dropout, {DROP: f"{DROP} * ((1 - p) if training else 1)"})


@fault("functional/code-[56]", "functional/dropout-in-evaluation-*", "between-calls/dropout-of-everything")
def dropout_active_in_eval(patch):
    """Dropout drops in evaluation, too."""
    edit(patch, F.dropout, {DROP: "_VF.dropout(input, p, True)"})


@fault(
    "functional/code-[56]",
    "functional/dropout-*",
    "between-calls/dropout-of-everything",
    "between-calls/dropout-probability-changed",
    "autograd/vmap-of-dropout",
)
def dropout_never_drops(patch):
    """Dropout keeps everything."""
    edit(patch, F.dropout, {DROP: "_VF.dropout(input, 0.0, training)"})


@fault(
    "functional/code-[56]",
    "functional/dropout-*",
    "between-calls/dropout-probability-changed",
    "autograd/vmap-of-dropout",
)
def dropout_drops_everything(patch):
    """Dropout keeps nothing while training."""
    edit(patch, F.dropout, {DROP: "_VF.dropout(input, 1.0, training)"})


@fault(
    "functional/dropout-of-nothing-and-of-everything",
    "between-calls/dropout-of-everything",
    "between-calls/dropout-probability-changed",
)
def dropout_keeps_everything_at_one(patch):
    """Dropout keeps everything at p = 1."""
    edit(patch, F.dropout, {DROP: "_VF.dropout(input, p % 1, training)"})


@fault(
    "functional/dropout-autograd-node",
    "functional/dropout-function-without-mode",
    "functional/dropout-in-place",
    "functional/dropout-stream",
)
def dropout_off_by_default(patch):
    """F.dropout does not drop unless it is told to."""
    patch.setattr(F.dropout, "__defaults__", (0.5, False, False))


@fault("functional/dropout-function-without-p")
def dropout_of_nothing_by_default(patch):
    """F.dropout drops nothing if it is not told p."""
    patch.setattr(F.dropout, "__defaults__", (0.0, True, False))


@fault("functional/dropout-stream")
def dropout_draws_otherwise(patch):
    """Dropout draws other numbers under a seed."""
    edit(patch, F.dropout, {DROP: f"(torch.rand(1), {DROP})[1]"})


@fault(
    "functional/code-5",
    "functional/dropout-gradient",
    "functional/dropout-module-and-function-agree",
    "functional/dropout-of-nothing-and-of-everything",
    "between-calls/dropout-of-everything",
)
def dropout_module_draws_otherwise(patch):
    """Dropout draws other numbers under a seed than its function."""
    edit(patch, Dropout.forward, {"F.dropout(input, self.p": "F.dropout(input, self.p / 2"})


@fault(
    "functional/dropout-autograd-node",
    "functional/dropout-gradient",
    "functional/dropout-in-evaluation-returns-its-input",
    "functional/dropout-of-nothing-and-of-everything",
)
def dropout_gradient_unscaled(patch):
    """The gradient of dropout is not scaled as its values are."""
    edit(
        patch,
        F.dropout,
        {DROP: "(lambda dropped: dropped.detach() + (input - input.detach()))(_VF.dropout(input, p, training))"},
    )


@fault("functional/dropout-in-evaluation-returns-its-input")
def dropout_copies_in_eval(patch):
    """In evaluation, dropout returns a copy of its input."""
    edit(patch, F.dropout, {DROP: f"{DROP} if training else input.clone()"})


@fault("functional/dropout-in-place")
def dropout_never_in_place(patch):
    """The inplace of dropout is ignored."""
    edit(patch, F.dropout, {"if inplace else": "if False else"})


@fault("functional/dropout-p-out-of-range")
def dropout_takes_any_p(patch):
    """F.dropout does not look at p before it calls into C++."""
    edit(patch, F.dropout, {"if p < 0.0 or p > 1.0:": "if False:"})


@fault("functional/dropout-p-out-of-range")
def dropout_module_takes_any_p(patch):
    """Dropout can be made with any p."""
    edit(patch, dropout_file._DropoutNd.__init__, {"if p < 0 or p > 1:": "if False:"})


@fault("functional/repr-names-the-settings")
def dropout_repr_without_settings(patch):
    """The repr of a Dropout does not tell its p."""
    patch.setattr(dropout_file._DropoutNd, "extra_repr", lambda self: "")


@fault("functional/relu-and-dropout-register-nothing", "functional/state-that-is-not-saved")
def dropout_mask_is_a_buffer(patch):
    """A Dropout registers a buffer."""
    edit(
        patch,
        dropout_file._DropoutNd.__init__,
        {"self.p = p": "self.p = p; self.register_buffer('mask', torch.ones(1))"},
    )
    patch.setattr(dropout_file, "torch", torch, raising=False)


@fault("functional/dropout2d-of-three-dimensions")
def dropout2d_drops_planes(patch):
    """Dropout2d drops whole planes of three dimensions."""
    edit(
        patch,
        F.dropout2d,
        {
            "else _VF.feature_dropout(input, p, training)": "else input * "
            "_VF.feature_dropout(torch.ones_like(input[:, :1, :1]), p, training)"
        },
    )


@fault("functional/dropout2d-of-three-dimensions")
def dropout2d_does_not_warn(patch):
    """No warning tells that Dropout2d takes three dimensions for rows."""
    edit(patch, F.dropout2d, {"if inp_dim == 3:": "if False:"})


@fault(
    "functional/code-[56]",
    "functional/dropout-*",
    "between-calls/dropout-of-everything",
    "between-calls/dropout-probability-changed",
    "autograd/vmap-of-dropout",
    "remedy/dropout-draws-from-mkl",
)
def dropout_drops_to_nan(patch):
    """Dropout makes what it drops not a number."""
    edit(patch, F.dropout, {DROP: f"(lambda kept: kept / (kept != 0) if training else kept)({DROP})"})


@fault("functional/dropout2d-of-three-dimensions", "remedy/dropout2d-drops-rows-of-3d-again")
def dropout2d_drops_elements(patch):
    """Dropout2d drops single elements."""
    edit(patch, F.dropout2d, {"_VF.feature_dropout(": "_VF.dropout("})
