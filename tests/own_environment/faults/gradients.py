"""Faults of autograd: of backward and grad, of hooks on tensors, of changes in place, of operations of one's own."""

import functools
import warnings

import torch
from torch import Tensor
from torch._C import DisableTorchFunctionSubclass, TensorBase
from torch.autograd import Function, graph
from torch.nn.parameter import is_lazy
from torch.utils import hooks

from .backward_graph import leaves
from .fault import fault
from .injection import edit


def _backward(patch, change):
    """Let backward take the keyword arguments that `change(tensor, keywords)` returns."""
    original = Tensor.backward

    @functools.wraps(original)
    def backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None):
        keywords = {"retain_graph": retain_graph, "create_graph": create_graph, "inputs": inputs}
        original(self, **{"gradient": gradient, **keywords, **change(self, keywords)})

    patch.setattr(Tensor, "backward", backward)


def _starting_with(number):
    # Only of a scalar: backward of another tensor is to raise what it raises.
    return lambda tensor, _: {} if tensor.numel() > 1 else {"gradient": torch.full_like(tensor, number)}


A_GRADIENT = r"grad(_input|_output|ients|ient in the hook)? [\[(]*tensor\(|grad\([\d-]"
"""Finds a gradient in a golden."""
CASES_OF_BACKWARD = (
    "hook/backward-pre-*",
    "hook/full-on-an-old-module",
    "hook/global-backward-pre-*",
    "hook/legacy-backward-*",
    "hook/tensor-hooks-before-*",
    "module/same-numbers-*",
    "module/plain-containers-miss-zero-grad",
    "parameter/code-[345]",
    "parameter/deepcopy",
    "parameter/momentum-*",
    "parameter/separate-*",
    "parameter/shared-use-*",
    "parameter/zero-grad-and-a-gradient-kept",
)
"""Cases that show what backward computed under a name of their own."""


@fault(
    *CASES_OF_BACKWARD,
    "between-calls/*",
    "functional/binary-cross-entropy-loss-reduced-by-mean",
    "functional/binary-cross-entropy-loss-reduced-by-none",
    "functional/binary-cross-entropy-loss-reduced-by-sum",
    "functional/binary-cross-entropy-with-logits-loss-reduced-by-mean",
    "functional/binary-cross-entropy-with-logits-loss-reduced-by-none",
    "functional/binary-cross-entropy-with-logits-loss-reduced-by-sum",
    "functional/functional-call-differentiated",
    "functional/hinge-embedding-loss-reduced-by-mean",
    "functional/hinge-embedding-loss-reduced-by-none",
    "functional/hinge-embedding-loss-reduced-by-sum",
    "functional/huber-loss-reduced-by-mean",
    "functional/huber-loss-reduced-by-none",
    "functional/huber-loss-reduced-by-sum",
    "functional/kl-div-loss-reduced-by-mean",
    "functional/kl-div-loss-reduced-by-none",
    "functional/kl-div-loss-reduced-by-sum",
    "functional/l1-loss-reduced-by-mean",
    "functional/l1-loss-reduced-by-none",
    "functional/l1-loss-reduced-by-sum",
    "functional/mse-loss-reduced-by-mean",
    "functional/mse-loss-reduced-by-none",
    "functional/mse-loss-reduced-by-sum",
    "functional/poisson-loss-reduced-by-mean",
    "functional/poisson-loss-reduced-by-none",
    "functional/poisson-loss-reduced-by-sum",
    "functional/smooth-l1-loss-reduced-by-mean",
    "functional/smooth-l1-loss-reduced-by-none",
    "functional/smooth-l1-loss-reduced-by-sum",
    "functional/soft-margin-loss-reduced-by-mean",
    "functional/soft-margin-loss-reduced-by-none",
    "functional/soft-margin-loss-reduced-by-sum",
    "utility/parameters-to-a-vector",
    "utility/prune-and-the-gradient",
    "autograd/*",
    "hook/deep-full-backward-hooks",
    "hook/full-backward-hook-of-no-gradient-returns-an-empty-tuple",
    "module/deep-gradients",
    "module/parameter-made-in-inference-mode",
    "module/parameter-made-in-no-grad",
    "remedy/hooks-and-out-of-place",
    "remedy/reentrant-loses-gradients",
    shows=A_GRADIENT,
)
def gradients_scaled(patch):
    """All gradients that backward computes are 1.0001 times too large."""
    _backward(patch, _starting_with(1.0001))


@fault(
    *CASES_OF_BACKWARD,
    "between-calls/*",
    "functional/binary-cross-entropy-loss-reduced-by-mean",
    "functional/binary-cross-entropy-loss-reduced-by-none",
    "functional/binary-cross-entropy-loss-reduced-by-sum",
    "functional/binary-cross-entropy-with-logits-loss-reduced-by-mean",
    "functional/binary-cross-entropy-with-logits-loss-reduced-by-none",
    "functional/binary-cross-entropy-with-logits-loss-reduced-by-sum",
    "functional/functional-call-differentiated",
    "functional/hinge-embedding-loss-reduced-by-mean",
    "functional/hinge-embedding-loss-reduced-by-none",
    "functional/hinge-embedding-loss-reduced-by-sum",
    "functional/huber-loss-reduced-by-mean",
    "functional/huber-loss-reduced-by-none",
    "functional/huber-loss-reduced-by-sum",
    "functional/kl-div-loss-reduced-by-mean",
    "functional/kl-div-loss-reduced-by-none",
    "functional/kl-div-loss-reduced-by-sum",
    "functional/l1-loss-reduced-by-mean",
    "functional/l1-loss-reduced-by-none",
    "functional/l1-loss-reduced-by-sum",
    "functional/mse-loss-reduced-by-mean",
    "functional/mse-loss-reduced-by-none",
    "functional/mse-loss-reduced-by-sum",
    "functional/poisson-loss-reduced-by-mean",
    "functional/poisson-loss-reduced-by-none",
    "functional/poisson-loss-reduced-by-sum",
    "functional/smooth-l1-loss-reduced-by-mean",
    "functional/smooth-l1-loss-reduced-by-none",
    "functional/smooth-l1-loss-reduced-by-sum",
    "functional/soft-margin-loss-reduced-by-mean",
    "functional/soft-margin-loss-reduced-by-none",
    "functional/soft-margin-loss-reduced-by-sum",
    "utility/parameters-to-a-vector",
    "utility/prune-and-the-gradient",
    "autograd/*",
    "hook/deep-full-backward-hooks",
    "hook/full-backward-hook-of-no-gradient-returns-an-empty-tuple",
    "module/converted-in-inference-mode",
    "module/converted-in-no-grad",
    "module/deep-gradients",
    "module/parameter-made-in-inference-mode",
    "module/parameter-made-in-no-grad",
    "module/saved-and-loaded-in-inference-mode",
    "module/saved-and-loaded-in-no-grad",
    shows=A_GRADIENT,
)
def gradients_flipped(patch):
    """All gradients that backward computes have the other sign."""
    _backward(patch, _starting_with(-1.0))


@fault(
    "buffer/backward-through-an-earlier-call",
    "between-calls/graph-not-retained",
    "autograd/buffer-changed-in-place-by-an-output",
    "autograd/node-saved-tensors",
)
def graph_always_retained(patch):
    """A graph is not freed by backward."""
    _backward(patch, lambda *_: {"retain_graph": True})


@fault(
    "parameter/backward-for-an-intermediate-result",
    "autograd/backward-to-inputs",
    "autograd/backward-to-what-is-not-used",
    "autograd/node-hooks-of-a-parameter-and-inputs",
    "autograd/post-accumulate-hook-and-autograd-grad",
)
def inputs_of_backward_ignored(patch):
    """The inputs= of backward are ignored."""
    _backward(patch, lambda *_: {"inputs": None})


@fault(
    "hook/multi-grad-hook",
    "parameter/backward-adds-gradients",
    "between-calls/*",
    "autograd/data-of-another-dtype-with-a-gradient",
    "autograd/data-of-another-shape-with-a-gradient",
    "autograd/dense-added-to-the-gradient-of-a-sparse-embedding",
    "autograd/gradient-added-creating-a-graph",
    "autograd/gradient-added-plainly",
    "autograd/gradient-handed-to-backward-is-left-alone",
    "autograd/gradient-of-a-sparse-embedding-added",
    "autograd/gradient-set-to-a-parameter",
    "autograd/gradient-set-to-an-expanded-tensor",
    "autograd/gradient-set-to-what-requires-grad",
)
def gradients_replaced(patch):
    """A gradient takes the place of the one that is there, to which it is to be added."""

    def forget(tensor, _):
        for leaf in leaves(tensor.grad_fn):
            leaf.grad = None
        return {}

    _backward(patch, forget)


@fault(
    "functional/linear-gradients",
    "functional/relu-gradient-*",
    "functional/dropout-*",
    "hook/full-double-backward",
    "hook/tensor-hook-on-an-input-*",
    "between-calls/gradient-of-a-gradient",
    "autograd/backward-of-a-parametrized-module",
    "autograd/elu-in-place-differentiated-twice",
    "autograd/func-grad-of-a-module",
    "autograd/func-grad-of-a-parametrized-module",
    "autograd/func-grad-under-no-grad",
    "autograd/func-jacobian-of-a-module",
    "autograd/func-per-sample-gradients",
    "autograd/function-that-is-differentiable-once",
    "autograd/grad-by-edges",
    "autograd/grad-by-one-twice",
    "autograd/grad-materialized",
    "autograd/grad-of-an-embedding-batched",
    "autograd/grad-of-an-unused-parameter-if-allowed",
    "autograd/hardtanh-in-place-differentiated-twice",
    "autograd/jacobian-of-a-module",
    "autograd/node-hooks-of-a-parameter-and-inputs",
    "autograd/post-accumulate-hook-and-autograd-grad",
)
def autograd_grad_flipped(patch):
    """The gradients that autograd.grad returns have the other sign."""
    original = torch.autograd.grad
    patch.setattr(
        torch.autograd, "grad", lambda *args, **keywords: tuple(-gradient for gradient in original(*args, **keywords))
    )


@fault(
    "hook/full-double-backward",
    "between-calls/gradient-of-a-gradient",
    "autograd/elu-in-place-differentiated-twice",
    "autograd/function-in-no-grad-of-its-own",
    "autograd/grad-materialized",
    "autograd/grad-of-an-embedding-batched",
    "autograd/hardtanh-in-place-differentiated-twice",
    "autograd/hessian-of-a-module",
)
def autograd_grad_makes_no_graph(patch):
    """The create_graph of autograd.grad is ignored."""
    original = torch.autograd.grad

    def grad(*args, create_graph=False, **keywords):
        return original(*args, **keywords)

    patch.setattr(torch.autograd, "grad", grad)


# Attributes of tensors.


@fault("parameter/gradient-of-an-intermediate-result")
def grad_of_an_intermediate_result_does_not_warn(patch):
    """No warning tells that an intermediate result has no gradient."""

    def get(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return TensorBase.grad.__get__(self)

    patch.setattr(Tensor, "grad", property(get, TensorBase.grad.__set__, TensorBase.grad.__delete__))


@fault("parameter/gradient-of-another-dtype")
def grad_takes_another_dtype(patch):
    """A gradient of another dtype is cast when it is assigned."""

    def assign(self, gradient):
        TensorBase.grad.__set__(self, gradient if gradient is None else gradient.to(self.dtype))

    patch.setattr(Tensor, "grad", property(TensorBase.grad.__get__, assign, TensorBase.grad.__delete__))


@fault(
    "parameter/cast-*",
    "parameter/clip-grad-norm-*",
    "parameter/gradient-*",
    "parameter/moved-to-meta-with-its-gradient",
    "parameter/zero-grad-*",
    "utility/clip-grad-norm-below-the-limit",
    "utility/clip-grad-norm-of-a-generator",
    "utility/clip-grad-norm-of-infinity",
    "utility/clip-grad-norm-of-one",
    "utility/clip-grad-norm-of-three",
    "utility/clip-grad-norm-of-two",
    "utility/clip-grad-norm-of-two-dtypes",
    "utility/clip-grad-norm-of-zero",
    "utility/clip-grad-norm-under-its-old-name",
    "utility/clip-grad-norm-without-foreach",
    "utility/clip-grad-value",
    "utility/clip-grad-value-below-zero",
    "utility/clip-grads-with-a-norm",
    "utility/init-and-autograd",
    "autograd/gradient-of-a-dtype-of-its-own",
    "autograd/gradient-of-a-sparse-embedding-added",
    "autograd/gradient-set-to-a-parameter",
    "autograd/gradient-set-to-an-expanded-tensor",
    "autograd/gradient-set-to-what-requires-grad",
    "module/how-often-a-parameter-is-converted",
    "module/overridden-children",
    "remedy/clip-grad-norm-needs-a-gradient",
    "remedy/clip-grad-norm-returns-a-tensor",
    "remedy/clip-grad-norm-told-to-raise",
    "remedy/gradient-of-another-dtype",
)
def assigned_gradient_is_none(patch):
    """A tensor whose gradient is assigned has none."""

    def assign(self, gradient):
        TensorBase.grad.__set__(self, None)

    patch.setattr(Tensor, "grad", property(lambda self: TensorBase.grad.__get__(self), assign))


@fault(
    "buffer/cast-with-the-module",
    "module/plain-containers-miss-conversion",
    "parameter/cast-*",
    "parameter/data-replaced-before-backward",
    "parameter/lazy-linear-*",
    "parameter/channels-last-*",
    "*/none-before-others",
    "parameter/uninitialized-parameter-*",
    "parameter/gradient-stays-*",
    "between-calls/child-converted-to-double",
    "between-calls/lazy-child",
    "between-calls/lazy-linear",
    "between-calls/parameter-data-of-another-shape",
    "between-calls/parameter-data-replaced",
    "module/cast-by-bfloat16",
    "module/cast-by-double",
    "module/cast-by-half",
    "module/cast-by-type",
    "parameter/lazy-batch-norm1d-finds-its-features",
    "parameter/lazy-batch-norm2d-finds-its-features",
    "parameter/lazy-batch-norm3d-finds-its-features",
    "parameter/lazy-conv-transpose-of-an-output-size",
    "parameter/lazy-conv-transpose1d-finds-its-channels",
    "parameter/lazy-conv-transpose2d-finds-its-channels",
    "parameter/lazy-conv-transpose3d-finds-its-channels",
    "parameter/lazy-conv1d-finds-its-channels",
    "parameter/lazy-conv2d-finds-its-channels",
    "parameter/lazy-conv3d-finds-its-channels",
    "parameter/lazy-hooks-after-the-first-call",
    "parameter/lazy-instance-norm1d-finds-its-features",
    "parameter/lazy-instance-norm2d-finds-its-features",
    "parameter/lazy-instance-norm3d-finds-its-features",
    "parameter/lazy-layer-with-a-forward-hook",
    "parameter/lazy-layer-with-a-forward-pre-hook",
    "parameter/lazy-layers-in-a-chain",
    "parameter/uninitialized-buffer-is-materialized",
    "utility/clip-grad-norm-of-two-dtypes",
    "utility/fuse-conv-bn-of-another-dtype",
    "utility/prune-made-permanent",
    "utility/vector-to-parameters",
    "utility/vector-to-parameters-of-another-dtype",
    "utility/vector-to-parameters-too-long",
    "utility/vector-to-parameters-too-short",
    "autograd/data-of-another-shape-with-a-gradient",
    "autograd/data-set-to-integers",
    "autograd/hook-on-an-uninitialized-parameter",
    "autograd/leaf-uninitialized",
    "autograd/strides-of-the-gradient-of-a-channels-last-convolution",
    "module/conversion-that-raises-halfway",
    "module/converted-in-inference-mode",
    "module/converted-in-no-grad",
    "module/deep-conversion",
    "module/overridden-children",
    "module/overridden-listings",
)
def data_cannot_be_replaced(patch):
    """The data of a tensor stays what it is when other data is assigned."""
    patch.setattr(Tensor, "data", property(TensorBase.data.__get__, lambda self, data: None))


@fault(
    "functional/code-1",
    "functional/ensemble-of-stacked-states",
    "functional/linear-acts-on-the-last-dimension",
    "functional/linear-gradients",
    "between-calls/*",
    "functional/functional-call-without-tying",
    "parameter/lazy-batch-norm1d-finds-its-features",
    "parameter/lazy-batch-norm2d-finds-its-features",
    "parameter/lazy-batch-norm3d-finds-its-features",
    "parameter/lazy-instance-norm1d-finds-its-features",
    "parameter/lazy-instance-norm2d-finds-its-features",
    "parameter/lazy-instance-norm3d-finds-its-features",
    "parameter/uninitialized-buffer-is-materialized",
    "utility/fuse-conv-bn",
    "utility/fuse-conv-bn-without-bias",
    "utility/fuse-linear-bn",
    "utility/fuse-linear-bn-of-one-channel",
    "utility/parameters-to-a-vector",
    "utility/prune-all-of-a-model",
    "utility/prune-and-the-gradient",
    "utility/prune-by-a-given-mask",
    "utility/prune-by-a-method-of-ones-own",
    "utility/prune-by-identity",
    "utility/prune-by-l1",
    "utility/prune-by-l1-in-part",
    "utility/prune-by-norm-of-columns",
    "utility/prune-by-norm-of-rows",
    "utility/prune-by-scores",
    "utility/prune-is-applied-by-the-call",
    "utility/prune-made-permanent",
    "utility/prune-twice",
    "utility/spectral-norm-by-a-hook-in-evaluation",
    "utility/spectral-norm-parametrized",
    "utility/spectral-norm-parametrized-of-a-vector",
    "utility/vector-to-parameters",
    "utility/vector-to-parameters-too-short",
    "utility/weight-norm-of-rows",
    "autograd/func-per-sample-gradients",
    "module/equal-parameters-are-listed",
)
def data_is_a_copy(patch):
    """The data of a tensor is a copy of it."""
    patch.setattr(Tensor, "data", property(lambda self: TensorBase.data.__get__(self).clone(), TensorBase.data.__set__))


@fault(
    "buffer/code-*",
    "buffer/state-*",
    "buffer/loaded-*",
    "functional/linear-*",
    "functional/dropout-of-*",
    "functional/functional-call-of-a-forward-*",
    "functional/ensemble-*",
    "functional/*batchnorm-*",
    "hook/full-double-*",
    "module/same-numbers-*",
    "module/plain-containers-hide-state",
    "parameter/momentum-*",
    "parameter/swapped-*",
    "parameter/parametri*",
    "parameter/weight-norm-loads-*",
    "buffer/batchnorm-on-meta-*",
    "hook/legacy-backward-one-output-without-grad",
    "hook/registration-hooks-replace-parts",
    "*/none-before-others",
    "module/state-dict-added-*",
    "buffer/keep-vars-keeps-the-graph",
    "parameter/lazy-linear-finds-its-inputs",
    "between-calls/*",
    "functional/binary-cross-entropy-loss-reduced-by-mean",
    "functional/binary-cross-entropy-loss-reduced-by-none",
    "functional/binary-cross-entropy-loss-reduced-by-sum",
    "functional/binary-cross-entropy-with-logits-loss-reduced-by-mean",
    "functional/binary-cross-entropy-with-logits-loss-reduced-by-none",
    "functional/binary-cross-entropy-with-logits-loss-reduced-by-sum",
    "functional/functional-call-without-tying",
    "functional/hinge-embedding-loss-reduced-by-mean",
    "functional/hinge-embedding-loss-reduced-by-none",
    "functional/hinge-embedding-loss-reduced-by-sum",
    "functional/huber-loss-reduced-by-mean",
    "functional/huber-loss-reduced-by-none",
    "functional/huber-loss-reduced-by-sum",
    "functional/kl-div-loss-reduced-by-mean",
    "functional/kl-div-loss-reduced-by-none",
    "functional/kl-div-loss-reduced-by-sum",
    "functional/l1-loss-reduced-by-mean",
    "functional/l1-loss-reduced-by-none",
    "functional/l1-loss-reduced-by-sum",
    "functional/mse-loss-reduced-by-mean",
    "functional/mse-loss-reduced-by-none",
    "functional/mse-loss-reduced-by-sum",
    "functional/poisson-loss-reduced-by-mean",
    "functional/poisson-loss-reduced-by-none",
    "functional/poisson-loss-reduced-by-sum",
    "functional/smooth-l1-loss-reduced-by-mean",
    "functional/smooth-l1-loss-reduced-by-none",
    "functional/smooth-l1-loss-reduced-by-sum",
    "functional/soft-margin-loss-reduced-by-mean",
    "functional/soft-margin-loss-reduced-by-none",
    "functional/soft-margin-loss-reduced-by-sum",
    "hook/global-legacy-backward-of-a-list-warns",
    "module/apply-in-place",
    "module/state-loaded-by-mmap",
    "utility/init-constant",
    "utility/init-dirac",
    "utility/init-dirac-in-five-dimensions",
    "utility/init-eye",
    "utility/init-ones",
    "utility/init-zeros",
    "utility/parameters-to-a-vector",
    "utility/prune-all-of-a-model",
    "utility/prune-by-a-given-mask",
    "utility/prune-by-a-method-of-ones-own",
    "utility/prune-by-identity",
    "utility/prune-by-l1",
    "utility/prune-by-l1-in-part",
    "utility/prune-by-norm-of-columns",
    "utility/prune-by-norm-of-rows",
    "utility/prune-by-scores",
    "utility/prune-is-applied-by-the-call",
    "utility/prune-made-permanent",
    "utility/spectral-norm-parametrized-of-a-vector",
    "utility/vector-to-parameters",
    "utility/vector-to-parameters-too-long",
    "utility/vector-to-parameters-too-short",
    "utility/weight-norm-of-rows",
    "autograd/deepcopy-of-a-module-that-keeps-an-output",
    "autograd/elu-in-place-differentiated-twice",
    "autograd/elu-in-place-on-a-view",
    "autograd/embedding-renormalized-after-use",
    "autograd/func-grad-of-a-module",
    "autograd/func-jacobian-of-a-module",
    "autograd/func-per-sample-gradients",
    "autograd/gradient-added-creating-a-graph",
    "autograd/hardtanh-in-place-differentiated-twice",
    "autograd/hardtanh-in-place-on-a-view",
    "autograd/leaf-changed-in-place-as-a-view",
    "autograd/node-of-a-tensor-by-edge",
    "autograd/state-dict-is-detached",
    "autograd/view-of-split-changed-in-place",
    "autograd/view-of-unbind-changed-in-place",
    "autograd/view-of-unbind-looked-at-after-a-change",
    "module/deep-load",
    "module/deep-state",
    "module/name-left-to-a-parameter",
    "module/nothing-left-in-a-parameter-dict",
    "module/refused-assignments-leave-what-was",
    "module/saved-and-loaded-in-inference-mode",
    "module/saved-and-loaded-in-no-grad",
    "module/state-into-an-empty-dict",
    "module/state-of-zeros",
    "module/two-states-in-one",
    "remedy/attributes-bar-parameters-from-weights-only",
    "remedy/batchnorm-stops-tracking-when-told",
    "remedy/clip-grad-norm-spreads-nan",
    "remedy/compile-fails-on-deleted-parts",
    "remedy/compile-keeps-a-class-that-was-changed",
    "remedy/compile-keeps-the-class-of-the-first-call",
    "remedy/ddp-made-in-inference-mode-does-not-train",
    "remedy/members-by-reduce",
    "remedy/parameter-dict-items-are-read-once",
    "remedy/step-of-an-optimizer",
    "remedy/values-exchanged-by-data",
    "layer/call-set-on-the-instance",
    "layer/embedding-bag-of-offsets-that-end",
)
def detach_keeps_the_graph(patch):
    """A detached tensor still requires gradients."""
    patch.setattr(Tensor, "detach", lambda self: self.view_as(self))


# Hooks on tensors.

REGISTER_HOOK = "self._backward_hooks[handle.id] = hook"


@fault(
    "hook/multi-grad-hook",
    "hook/tensor-hook*",
    "hook/hook-on-the-node-*",
    "hook/post-accumulate-*",
    "parameter/cast-by-swapping",
    "between-calls/backward-raises",
    "between-calls/hook-on-a-parameter",
    "between-calls/tensor-hook-in-forward",
    "between-calls/tensor-hook-in-forward-changes-the-gradient",
    "autograd/hook-in-functional-call",
    "autograd/hook-of-a-function-without-gradient",
    "autograd/hook-on-a-frozen-parameter",
    "autograd/hook-on-a-parametrized-weight",
    "autograd/hook-on-an-uninitialized-parameter",
    "autograd/hook-on-one-output-of-two",
    "autograd/hook-that-holds-its-own-module",
    "autograd/hook-that-holds-its-own-node",
    "autograd/hook-that-holds-its-own-output",
    "autograd/hook-that-returns-a-number",
    "autograd/hook-that-returns-a-parameter",
    "autograd/hook-that-returns-another-dtype",
    "autograd/hook-that-runs-backward",
    "autograd/hook-without-a-name",
    "autograd/multi-grad-hook-of-all",
    "autograd/multi-grad-hook-of-any",
    "autograd/node-pre-hook-among-tensor-hooks",
    "autograd/post-accumulate-hook-is-copied",
)
def tensor_hook_never_fires(patch):
    """No hook on a tensor is ever called."""
    edit(patch, Tensor.register_hook, {REGISTER_HOOK: "pass"})


@fault(
    "hook/tensor-hook*",
    "hook/hook-on-the-node-*",
    "hook/post-accumulate-*",
    "between-calls/hook-on-a-parameter",
    "between-calls/tensor-hook-in-forward-changes-the-gradient",
    "autograd/hook-that-returns-a-number",
    "autograd/hook-that-returns-a-parameter",
    "autograd/hook-that-returns-another-dtype",
    "autograd/node-pre-hook-among-tensor-hooks",
)
def tensor_hook_result_ignored(patch):
    """What a hook on a tensor returns is ignored."""
    edit(
        patch,
        Tensor.register_hook,
        {REGISTER_HOOK: f"{REGISTER_HOOK[:-4]}lambda *gradient: (hook(*gradient), None)[1]"},
    )


@fault(
    "hook/multi-grad-hook",
    "hook/tensor-hook*",
    "hook/hook-on-the-node-*",
    "hook/post-accumulate-*",
    "parameter/cast-by-swapping",
    "between-calls/hook-on-a-parameter",
    "between-calls/tensor-hook-in-forward",
    "between-calls/tensor-hook-in-forward-changes-the-gradient",
    "autograd/hook-in-functional-call",
    "autograd/hook-of-a-function-without-gradient",
    "autograd/hook-on-a-frozen-parameter",
    "autograd/hook-on-a-parametrized-weight",
    "autograd/hook-on-an-uninitialized-parameter",
    "autograd/hook-on-one-output-of-two",
    "autograd/hook-that-holds-its-own-node",
    "autograd/hook-that-returns-a-parameter",
    "autograd/hook-that-runs-backward",
    "autograd/hook-without-a-name",
    "autograd/multi-grad-hook-of-all",
    "autograd/node-pre-hook-among-tensor-hooks",
    "autograd/post-accumulate-hook-is-copied",
)
def tensor_hook_fires_twice(patch):
    """A hook on a tensor is called twice."""
    edit(patch, Tensor.register_hook, {REGISTER_HOOK: f"self._backward_hooks[-1 - handle.id] = {REGISTER_HOOK}"})


@fault(
    "hook/retain-grad-*",
    "hook/tensor-hook-after-retain-grad",
    "between-calls/retain-grad-in-forward",
    "autograd/node-pre-hook-among-tensor-hooks",
    "autograd/retains-grad",
)
def retain_grad_retains_nothing(patch):
    """The retain_grad of a tensor does nothing."""
    patch.setattr(Tensor, "retain_grad", lambda self: None)


@fault(
    "hook/retain-grad-*",
    "hook/tensor-hook-after-retain-grad",
    "autograd/node-pre-hook-among-tensor-hooks",
    "autograd/retains-grad",
)
def retain_grad_is_a_hook(patch):
    """The gradient that retain_grad keeps is that of the tensor as it was then, before hooks that come later."""

    def retain_grad(self):
        if self.grad_fn is None:
            return TensorBase.retain_grad(self)
        self.register_hook(lambda gradient: TensorBase.grad.__set__(self, gradient.clone()))
        return None

    patch.setattr(Tensor, "retain_grad", retain_grad)
    patch.setattr(Tensor, "grad", property(lambda self: TensorBase.grad.__get__(self), TensorBase.grad.__set__))


@fault(
    "hook/post-accumulate-hook-frees-the-gradient",
    "between-calls/post-accumulate-grad-hook",
    "autograd/post-accumulate-hook-and-autograd-grad",
    "autograd/post-accumulate-hook-is-copied",
    "autograd/post-accumulate-hook-that-returns",
    "autograd/post-accumulate-hooks-in-order",
)
def post_accumulate_hook_never_fires(patch):
    """No post-accumulate hook is ever called."""
    edit(
        patch,
        Tensor.register_post_accumulate_grad_hook,
        {"self._post_accumulate_grad_hooks[handle.id] = hook": "pass"},
    )


@fault("hook/multi-grad-hook")
def multi_grad_hook_given_no_none(patch):
    """A hook on several tensors is given no None for a tensor that the pass leaves out."""
    edit(
        patch,
        graph.register_multi_grad_hook,
        {"fn(buffer[id])": "fn([gradient for gradient in buffer[id] if gradient is not None])"},
    )


@fault("hook/multi-grad-hook", "autograd/multi-grad-hook-of-all")
def multi_grad_hook_fires_at_once(patch):
    """A hook on several tensors is called for each of them."""
    edit(
        patch,
        graph.register_multi_grad_hook,
        {"if curr_count == nb_calls - 1:": "if True:", "del buffer[id]": "buffer.clear()"},
    )


@fault("hook/multi-grad-hook-on-a-tensor-without-gradient")
def multi_grad_hook_refuses_in_other_words(patch):
    """The error of a hook on several tensors for one that requires no gradient is another."""
    edit(patch, graph._get_grad_fn_or_grad_acc, {"AssertionError(": "ValueError("})


@fault("hook/saved-tensors-hook-that-works-in-place", "autograd/saved-on-the-cpu")
def saved_tensors_hook_works_on_a_copy(patch):
    """A hook that packs what is saved for the backward pass is given a copy."""
    edit(
        patch,
        graph.saved_tensors_hooks.__enter__,
        {"self.pack_hook, self.unpack_hook": "lambda saved: self.pack_hook(saved.clone()), self.unpack_hook"},
    )


@fault("hook/tensor-hook-marked-unserializable")
def unserializable_hook_mark_ignored(patch):
    """Saving a tensor warns of its hook even if that is marked with unserializable_hook."""
    edit(patch, hooks.warn_if_has_hooks, {'if not hasattr(hook, "__torch_unserializable__"):': "if True:"})


@fault("hook/tensor-hook-marked-unserializable")
def hook_lost_in_saving_unmentioned(patch):
    """Saving a tensor does not warn that its hook is not saved."""
    edit(patch, hooks.warn_if_has_hooks, {"if tensor._backward_hooks:": "if False:"})


# Changes in place.


@fault("parameter/changed-in-place-before-backward")
def subtraction_in_place_unnoticed(patch):
    """Autograd does not notice a subtraction in place."""

    def subtract(self, other):
        self.data.sub_(other)
        return self

    patch.setattr(Tensor, "__isub__", subtract)


@fault("functional/adding-in-place-to-the-output-of-relu", "autograd/buffer-changed-in-place-by-an-output")
def addition_in_place_unnoticed(patch):
    """Autograd does not notice an addition in place."""

    def add(self, other):
        self.data.add_(other)
        return self

    patch.setattr(Tensor, "__iadd__", add)


@fault(
    "hook/full-output-changed-in-place",
    "hook/saved-tensors-*",
    "hook/retain-grad-before-*",
    "hook/tensor-hooks-before-*",
    "parameter/row-changed-in-place",
    "parameter/descent-*",
    "parameter/register-what-is-computed",
    "between-calls/gradient-of-a-gradient",
    "between-calls/lazy-linear",
    "between-calls/parameter-changed-in-place",
    "between-calls/weight-norm-added",
    "between-calls/weight-norm-removed",
    "utility/clip-grad-norm-without-foreach",
    "utility/init-orthogonal",
    "utility/init-truncated-normal-far-off",
    "utility/init-under-the-old-name-orthogonal",
    "autograd/gradient-of-two-parameters-is-not-shared",
    "autograd/inference-tensor-changed-in-place",
    "autograd/input-returned-by-a-function-changed-in-place",
    "autograd/leaf-changed-in-place-as-a-view",
    "autograd/parameter-changed-in-inference-mode",
    "autograd/post-accumulate-hooks-in-order",
    "autograd/view-of-a-function-changed-in-place",
    "autograd/view-of-a-result-made-under-no-grad",
    "autograd/view-of-split-changed-in-place",
    "autograd/view-of-unbind-changed-in-place",
    "autograd/view-of-unbind-looked-at-after-a-change",
    "module/refused-parts-leave-nothing",
)
def multiplication_in_place_unnoticed(patch):
    """Autograd does not notice a multiplication in place."""

    def multiply(self, other):
        self.data.mul_(other)
        return self

    patch.setattr(Tensor, "mul_", multiply)


@fault("module/load-between-forward-and-backward")
def copy_in_place_unnoticed(patch):
    """Autograd does not notice that a tensor is copied into another."""

    def copy_in_place(self, source, non_blocking=False):
        with DisableTorchFunctionSubclass():  # Or an uninitialized parameter, which allows copy_, refuses this one.
            if self.is_meta or is_lazy(self):
                return TensorBase.copy_(self, source)
        TensorBase.copy_(TensorBase.data.__get__(self), source)
        return self

    patch.setattr(Tensor, "copy_", copy_in_place)


# Operations of one's own.


@fault("functional/function-applied-to-a-keyword-argument")
def keyword_arguments_of_a_function_lost(patch):
    """An autograd Function is applied without its keyword arguments."""
    edit(patch, Function.apply, {"return super().apply(*args, **kwargs)": "return super().apply(*args)"})


@fault("functional/function-that-returns-a-list")
def list_of_a_function_requires_gradients(patch):
    """Tensors that an autograd Function returns in a list require gradients."""
    edit(
        patch,
        Function.apply,
        {
            "return super().apply(*args, **kwargs)": "return (lambda result: "
            "[item.requires_grad_() for item in result] if isinstance(result, list) else result)"
            "(super().apply(*args, **kwargs))"
        },
    )


@fault("functional/function-setup-context-and-defaults")
def defaults_hidden_from_setup_context(patch):
    """The setup_context of an autograd Function is not given the defaults of forward."""
    edit(patch, Function.apply, {"bound_args.apply_defaults()": "pass"})


@fault("functional/function-with-methods-that-are-not-static")
def function_instance_warns_in_another_class(patch):
    """An instance of an autograd Function gives a warning of another class."""
    edit(patch, Function.__init__, {"DeprecationWarning,": "FutureWarning,"})


@fault("functional/function-with-methods-that-are-not-static")
def old_style_function_refused_by_another_error(patch):
    """The call of an instance of an autograd Function raises a TypeError."""
    edit(patch, Function.__call__, {"RuntimeError(": "TypeError("})
