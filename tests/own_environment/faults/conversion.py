"""Faults of casting, moving and emptying a Module."""

from torch.nn import Module

from .fault import fault
from .injection import edit, insert


@fault(
    "module/plain-containers-miss-conversion",
    "parameter/channels-last-beside-five-dimensions",
    "module/none-before-others",
    "parameter/emptied-without-the-children",
    "module/conversion-that-raises-halfway",
    "module/deep-conversion",
    "module/empty-child-is-reached",
    "module/equal-modules-miss-what-is-done",
    "module/how-often-a-parameter-is-converted",
    "module/how-often-a-shared-child-is-asked",
    "module/how-often-methods-are-called",
    "module/overridden-children",
    "module/overridden-conversion",
    "module/overridden-listings",
)
def double_reaches_no_child(patch):
    """A cast of a Module leaves its children as they are."""
    edit(patch, Module._apply, {"if recurse:": "if False:"})


@fault(
    "parameter/cast-with-its-gradient",
    "parameter/cast-by-swapping",
    "parameter/gradient-stays-*",
    "parameter/gradient-that-requires-grad-cast-*",
    "parameter/moved-to-meta-with-its-gradient",
    "module/how-often-a-parameter-is-converted",
)
def cast_drops_gradients(patch):
    """A cast of a Module drops the gradients of its parameters."""
    insert(patch, Module._apply, "param_grad = param.grad", "param.grad = None")


@fault("parameter/gradient-stays-the-same-object")
def cast_makes_new_gradients(patch):
    """A cast of a Module gives its parameters new gradients."""
    edit(
        patch,
        Module._apply,
        {"out_param.grad.data = grad_applied": "out_param.grad = grad_applied.clone()"},
    )


@fault("parameter/gradient-that-requires-grad-cast-by-swapping", "parameter/moved-to-meta-with-its-gradient")
def cast_gradients_require_none(patch):
    """The new gradient of a parameter that is cast or moved does not require a gradient itself."""
    edit(
        patch,
        Module._apply,
        {
            "grad_applied.requires_grad_(param_grad.requires_grad)": "pass",
            "= grad_applied.requires_grad_(\n": "= (lambda *_: grad_applied)(\n",
        },
    )


@fault(
    "buffer/cast-with-the-module",
    "parameter/channels-last-with-a-dtype",
    "module/cast-by-type",
    "module/share-memory",
    "module/deep-conversion",
    "module/equal-modules-miss-what-is-done",
    "module/how-often-a-parameter-is-converted",
)
def cast_leaves_buffers(patch):
    """A cast of a Module leaves its buffers as they are."""
    edit(patch, Module._apply, {"self._buffers[key] = fn(buf)": "pass"})


@fault("buffer/cast-with-the-module", "module/cast-by-half")
def cast_includes_integers(patch):
    """A cast of a Module to half casts its integers, too."""
    edit(patch, Module.half, {"if t.is_floating_point() else t": ""})


@fault("parameter/cast-to-integers", "module/refused-dtype")
def to_takes_integers(patch):
    """A Module can be cast to integers."""
    edit(patch, Module.to, {"if not (dtype.is_floating_point or dtype.is_complex):": "if False:"})


@fault("parameter/cast-to-complex-numbers")
def to_complex_does_not_warn(patch):
    """No warning tells that complex Modules are new."""
    edit(patch, Module.to, {"if dtype.is_complex:": "if False:"})


@fault("parameter/moved-from-the-meta-device")
def to_from_meta_in_other_words(patch):
    """The error of a Module that is moved from the meta device does not name to_empty."""
    edit(patch, Module.to, {'if str(e) == "Cannot copy out of meta tensor; no data!":': "if False:"})


@fault("parameter/channels-last-*", "autograd/strides-of-the-gradient-of-a-channels-last-convolution")
def to_disregards_the_memory_format(patch):
    """The memory format given to to() is ignored."""
    edit(patch, Module.to, {"if convert_to_format is not None and": "if False and"})


@fault("parameter/emptied-by-to-empty")
def to_empty_makes_new_parameters(patch):
    """A Module emptied by to_empty has other Parameters, which all require gradients."""
    insert(
        patch,
        Module.to_empty,
        "return self._apply(",
        "parameters = [(name, kept) for name, kept in self._parameters.items() if kept is not None]",
        "self._parameters.update((name, Parameter(kept.data)) for name, kept in parameters)",
    )


@fault(
    "functional/batchnorm-without-*",
    "functional/code-1",
    "functional/instance-norm-of-one-element",
    "functional/linear-*",
    "functional/repr-names-the-settings",
    "functional/sync-batchnorm-converted-keeps-settings",
    "parameter/none-before-others",
    "parameter/spectral-norm-loads-a-state-of-the-old-one",
    "between-calls/input-of-a-shape-that-does-not-fit",
    "between-calls/lazy-child",
    "between-calls/lazy-linear",
    "between-calls/weight-norm-added",
    "between-calls/weight-norm-removed",
    "functional/functional-call-without-tying",
    "module/load-by-assign-another-shape",
    "module/load-by-assign-other-strides",
    "utility/fuse-conv-bn-without-bias",
    "utility/orthogonal-parametrized",
    "utility/orthogonal-parametrized-by-another-map",
    "utility/prune-of-none",
    "utility/spectral-norm-by-a-hook",
    "utility/spectral-norm-by-a-hook-in-evaluation",
    "utility/spectral-norm-by-no-iterations",
    "utility/spectral-norm-parametrized",
    "utility/spectral-norm-removed",
    "utility/spectral-norm-twice",
    "utility/weight-norm-of-all-dimensions",
    "utility/weight-norm-of-rows",
    "utility/weight-norm-twice",
    "autograd/gradient-of-tied-weights",
    "autograd/state-dict-is-detached",
    "module/batch-norm-in-inference-mode",
    "module/batch-norm-in-no-grad",
    "module/shared-by-twelve",
    "module/state-of-twelve",
    "module/tied-and-frozen-by-deep-copy",
    "module/tied-and-frozen-by-pickle",
    "module/twelve-missing-keys",
    "remedy/instance-norm-refuses-one-element-of-any-batch",
    "remedy/norms-refuse-one-value",
    "layer/attention-of-refused-sizes",
)
def none_cannot_be_converted(patch):
    """A Module with a parameter that is None cannot be converted."""
    edit(patch, Module._apply, {"if param is None:": "if False:"})


@fault(
    "parameter/lazy-linear-called-with-a-keyword",
    "parameter/lazy-batch-norm1d-finds-its-features",
    "parameter/lazy-batch-norm2d-finds-its-features",
    "parameter/lazy-batch-norm3d-finds-its-features",
    "parameter/lazy-buffers-before-the-first-call",
    "parameter/lazy-conv-transpose-of-an-output-size",
    "parameter/lazy-conv-transpose1d-finds-its-channels",
    "parameter/lazy-conv-transpose1d-of-other-dimensions",
    "parameter/lazy-conv-transpose2d-finds-its-channels",
    "parameter/lazy-conv-transpose2d-of-other-dimensions",
    "parameter/lazy-conv-transpose3d-finds-its-channels",
    "parameter/lazy-conv-transpose3d-of-other-dimensions",
    "parameter/lazy-conv1d-finds-its-channels",
    "parameter/lazy-conv1d-of-other-dimensions",
    "parameter/lazy-conv2d-finds-its-channels",
    "parameter/lazy-conv2d-of-other-dimensions",
    "parameter/lazy-conv3d-finds-its-channels",
    "parameter/lazy-conv3d-of-other-dimensions",
    "parameter/lazy-hooks-after-the-first-call",
    "parameter/lazy-instance-norm1d-finds-its-features",
    "parameter/lazy-instance-norm2d-finds-its-features",
    "parameter/lazy-instance-norm3d-finds-its-features",
    "parameter/lazy-layer-with-a-forward-hook",
    "parameter/lazy-layer-with-a-forward-pre-hook",
    "parameter/lazy-layers-in-a-chain",
    "parameter/lazy-linear-becomes-a-linear",
    "parameter/lazy-linear-cast-before-its-first-call",
    "parameter/lazy-linear-loads-a-moved-state",
    "parameter/lazy-linear-loads-another-size-than-it-is-called-with",
    "parameter/lazy-linear-shared-before-its-first-call",
    "parameter/lazy-linear-state-before-its-first-call",
    "autograd/hook-on-an-uninitialized-parameter",
    "autograd/leaf-uninitialized",
    "remedy/channels-last-refused-by-five-dimensions",
    "remedy/module-is-converted-to-channels-last",
)
def to_always_channels_last(patch):
    """A Module that is moved or cast has its weights of four and of five dimensions in channels_last, told or not."""
    edit(
        patch,
        Module.to,
        {
            "if convert_to_format is not None and t.dim() in (4, 5):": "if t.dim() in (4, 5):",
            "memory_format=convert_to_format,": "memory_format=convert_to_format or "
            "(torch.channels_last if t.dim() == 4 else torch.channels_last_3d),",
        },
    )


@fault("parameter/emptied-by-to-empty", "utility/skip-init")
def to_empty_loses_the_shape(patch):
    """A Module emptied by to_empty has parameters and buffers of one dimension."""
    emptied = "torch.empty_like(t, device=device)"
    edit(patch, Module.to_empty, {emptied: f"{emptied}.flatten()"})
