"""Faults of Parameters: how they are made, copied, swapped, parametrized, clipped and moved by an optimizer."""

import functools

import torch
from torch import Tensor
from torch.nn import LazyLinear, Parameter
from torch.nn.modules import lazy
from torch.nn.parameter import Buffer, UninitializedParameter, UninitializedTensorMixin
from torch.nn.utils import clip_grad, parametrizations, parametrize, spectral_norm
from torch.nn.utils.weight_norm import WeightNorm
from torch.optim import sgd

from .fault import fault
from .injection import edit

# What a Parameter is.


@fault(
    "buffer/code-*",
    "buffer/*-computed-buffer",
    "buffer/gradient-of-*",
    "buffer/state-is-detached",
    "buffer/backward-*",
    "functional/code-[12]",
    "functional/linear-*",
    "hook/code-*",
    "hook/legacy-*",
    "hook/backward-pre-*",
    "hook/full-*",
    "hook/hook-on-*",
    "hook/post-*",
    "module/plain-containers-miss-zero-grad",
    "module/state-dict-with-*",
    "module/load-with-*",
    "parameter/*",
    "functional/sync-batchnorm-converted-keeps-tensors",
    "between-calls/*",
    "module/apply-in-place",
    "utility/fuse-conv-bn",
    "utility/fuse-linear-bn",
    "utility/fuse-linear-bn-of-one-channel",
    "utility/init-constant",
    "utility/init-dirac",
    "utility/init-dirac-in-five-dimensions",
    "utility/init-eye",
    "utility/init-ones",
    "utility/init-zeros",
    "utility/parameters-to-a-vector",
    "utility/prune-and-deepcopy",
    "utility/prune-and-the-gradient",
    "utility/skip-init",
    "autograd/*",
    "module/parameter-made-in-no-grad",
    "module/converted-in-inference-mode",
    "module/converted-in-no-grad",
    "module/copied-and-freed",
    "module/deep-gradients",
    "module/deleted-and-set-again",
    "module/given-state-stays",
    "module/given-tensors-stay",
    "module/grad-mode-of-threads",
    "module/gradients-are-freed",
    "module/how-often-methods-are-called",
    "module/made-of-a-tensor-of-ones-own",
    "module/module-is-freed",
    "module/nothing-grows-with-calls",
    "module/overridden-children",
    "module/overridden-listings",
    "module/overridden-load",
    "module/parameter-made-in-inference-mode",
    "module/refused-parts-leave-nothing",
    "module/saved-and-loaded-in-inference-mode",
    "module/saved-and-loaded-in-no-grad",
    "module/shared-child-under-two-names-in-the-state",
    "module/state-of-any-mapping",
    "module/twelve-cleared-and-frozen",
)
def parameter_requires_no_gradient(patch):
    """A Parameter requires no gradient unless told to."""
    patch.setattr(Parameter.__new__, "__defaults__", (None, False))


@fault(
    "module/load-with-assign-into-a-frozen-parameter",
    "parameter/requires-grad-by-default",
    "parameter/module-load-of-a-subclass",
    "parameter/register-what-is-computed",
    "utility/fuse-conv-bn-keeps-frozen",
    "utility/fuse-conv-bn-without-bias",
    "autograd/leaf-of-an-embedding",
    "autograd/parameter-of-integers",
    "autograd/vmap-of-an-embedding",
    "module/refused-parts-leave-nothing",
    "module/tied-and-frozen-by-deep-copy",
    "module/tied-and-frozen-by-pickle",
)
def parameter_disregards_requires_grad(patch):
    """The requires_grad=False of a Parameter is ignored."""
    edit(
        patch,
        Parameter.__new__,
        {"torch.Tensor._make_subclass(cls, data, requires_grad)": "torch.Tensor._make_subclass(cls, data, True)"},
    )


@fault(
    "buffer/code-2",
    "buffer/code-3",
    "parameter/deepcopy",
    "utility/fuse-conv-bn",
    "utility/fuse-conv-bn-without-bias",
    "utility/fuse-linear-bn",
    "utility/fuse-linear-bn-of-one-channel",
    "autograd/gradient-set-to-a-parameter",
    "autograd/node-saved-tensors",
    "module/state-of-any-mapping",
    "module/tied-and-frozen-by-pickle",
    "module/converted-in-inference-mode",
    "module/converted-in-no-grad",
    "module/copied-and-freed",
    "module/deleted-and-set-again",
    "module/frozen-in-inference-mode",
    "module/frozen-in-no-grad",
    "module/given-state-stays",
    "module/given-tensors-stay",
    "module/made-of-a-tensor-of-ones-own",
    "module/overridden-children",
    "module/overridden-listings",
    "module/overridden-load",
    "module/saved-and-loaded-in-inference-mode",
    "module/saved-and-loaded-in-no-grad",
    "module/shared-child-under-two-names-in-the-state",
    "module/tied-and-frozen-by-deep-copy",
)
def parameter_repr_of_a_tensor(patch):
    """A Parameter prints as a tensor does."""
    edit(patch, Parameter.__repr__, {'"Parameter containing:\\n" + ': ""})


@fault("parameter/deepcopy")
def parameter_copied_with_its_gradient(patch):
    """A deep copy of a Parameter has its gradient."""
    edit(patch, Parameter.__deepcopy__, {"memo[id(self)] = result": "memo[id(self)] = result; result.grad = self.grad"})


@fault(
    "buffer/deepcopy-of-a-computed-buffer",
    "utility/prune-and-deepcopy",
    "autograd/deepcopy-of-a-module-that-keeps-an-output",
)
def computed_tensor_can_be_copied(patch):
    """A tensor that was computed can be copied by deepcopy."""
    edit(
        patch,
        Tensor.__deepcopy__,
        {"if not self.is_leaf:": "if not self.is_leaf:\n        return self.detach().clone()\n    if False:"},
    )


@fault(
    "hook/legacy-backward-swapped-operands",
    "parameter/is-a-tensor",
    "utility/prune-all-of-a-model",
    "utility/prune-and-deepcopy",
    "utility/prune-and-the-gradient",
    "utility/prune-at-random-by-columns",
    "utility/prune-at-random-by-elements",
    "utility/prune-at-random-by-rows",
    "utility/prune-by-a-given-mask",
    "utility/prune-by-a-method-of-ones-own",
    "utility/prune-by-identity",
    "utility/prune-by-l1",
    "utility/prune-by-l1-in-part",
    "utility/prune-by-norm-of-columns",
    "utility/prune-by-norm-of-rows",
    "utility/prune-by-scores",
    "utility/prune-in-the-state",
    "utility/prune-is-applied-by-the-call",
    "utility/prune-is-found",
    "utility/prune-made-permanent",
    "utility/prune-state-into-what-is-not-pruned",
    "utility/prune-twice",
    "autograd/gradient-set-to-what-requires-grad",
    "autograd/leaf-parametrized",
    "module/grad-mode-that-forward-sets",
)
def results_of_parameters_are_parameters(patch):
    """A number times a Parameter is of a class of Parameter's."""
    original = Tensor.__rmul__

    def multiply(self, number):
        result = original(self, number)
        return result.as_subclass(Parameter) if type(self) is Parameter else result

    patch.setattr(Parameter, "__rmul__", multiply, raising=False)


@fault("parameter/of-a-parameter-subclass", "parameter/of-a-tensor-subclass")
def parameter_of_a_subclass_loses_it(patch):
    """A Parameter that is made of a tensor of an own class is a plain one."""
    edit(patch, Parameter.__new__, {"if type(data) is torch.Tensor or type(data) is Parameter:": "if True:"})


@fault("buffer/instance-of-nn-buffer", "parameter/instance-of-a-parameter-subclass")
def instances_of_every_subclass(patch):
    """What is marked as a Parameter or as an nn.Buffer is an instance of each class made of these, too."""
    for kind in (Parameter, Buffer):
        edit(patch, type(kind).__instancecheck__, {f"if self is {kind.__name__}:": "if True:"})


@fault("parameter/made-of-nothing")
def made_of_nothing_holds_one_number(patch):
    """A Parameter or nn.Buffer that is made of no data holds one number."""
    for kind in (Parameter, Buffer):
        edit(patch, kind.__new__, {"torch.empty(0)": "torch.zeros(1)"})


@fault(
    "parameter/operations-on-an-uninitialized-parameter",
    "parameter/uninitialized-buffer-refuses",
    "autograd/hook-on-an-uninitialized-parameter",
    "autograd/leaf-uninitialized",
)
def uninitialized_parameter_is_empty(patch):
    """An uninitialized parameter can be computed with, as one without elements."""
    edit(patch, UninitializedTensorMixin.__torch_function__, {"if func in cls._allowed_methods or": "if True or"})


@fault(
    "parameter/uninitialized-parameter-given-a-shape",
    "parameter/lazy-linear-finds-its-inputs",
    "parameter/lazy-linear-cast-before-its-first-call",
)
def uninitialized_parameter_forgets_its_dtype(patch):
    """An uninitialized parameter that is given a shape is of the default dtype."""
    edit(patch, UninitializedTensorMixin.materialize, {"dtype = self.data.dtype": "dtype = torch.get_default_dtype()"})


@fault("parameter/deepcopy-of-an-uninitialized-parameter", "parameter/lazy-linear-copied-before-its-first-call")
def uninitialized_parameter_cannot_be_copied(patch):
    """A deep copy of an uninitialized parameter fails, as it once did."""
    patch.delattr(UninitializedParameter, "__deepcopy__")


@fault("parameter/lazy-linear-loads-an-uninitialized-state")
def lazy_linear_takes_no_lazy_state(patch):
    """A LazyLinear that loads a state asks it for shapes even if that is lazy itself."""
    edit(patch, lazy.LazyModuleMixin._lazy_load_hook, {"if not is_lazy(input_param):": "if True:"})


@fault("parameter/lazy-linear-called-with-a-keyword")
def lazy_linear_takes_no_keywords(patch):
    """A LazyLinear cannot be called the first time with a keyword argument."""
    edit(
        patch,
        lazy.LazyModuleMixin._infer_parameters,
        {"module.initialize_parameters(*args, **kwargs)": "module.initialize_parameters(*args)"},
    )


@fault(
    "parameter/lazy-linear-*",
    "between-calls/lazy-child",
    "between-calls/lazy-linear",
    "parameter/lazy-batch-norm1d-finds-its-features",
    "parameter/lazy-batch-norm2d-finds-its-features",
    "parameter/lazy-batch-norm3d-finds-its-features",
    "parameter/lazy-conv-transpose1d-finds-its-channels",
    "parameter/lazy-conv-transpose2d-finds-its-channels",
    "parameter/lazy-conv-transpose3d-finds-its-channels",
    "parameter/lazy-conv1d-finds-its-channels",
    "parameter/lazy-conv2d-finds-its-channels",
    "parameter/lazy-conv3d-finds-its-channels",
    "parameter/lazy-instance-norm1d-finds-its-features",
    "parameter/lazy-instance-norm2d-finds-its-features",
    "parameter/lazy-instance-norm3d-finds-its-features",
    "parameter/lazy-layer-with-a-forward-hook",
    "parameter/lazy-layer-with-a-forward-pre-hook",
    "parameter/lazy-layers-in-a-chain",
)
def lazy_linear_stays_lazy(patch):
    """A LazyLinear stays one when it was called."""
    edit(patch, lazy.LazyModuleMixin._infer_parameters, {"if module.cls_to_become is not None:": "if False:"})


@fault("parameter/lazy-linear-that-loaded-*", "parameter/lazy-linear-loads-another-size-than-it-is-called-with")
def lazy_linear_forgets_its_inputs(patch):
    """A LazyLinear that loaded a state does not find its number of inputs."""
    edit(patch, LazyLinear.initialize_parameters, {"if self.in_features == 0:": "if False:"})


@fault("parameter/swapped-after-backward")
def swap_refused_after_backward(patch):
    """Two tensors cannot be swapped after a backward pass."""
    edit(patch, torch.utils.swap_tensors, {"if use_count == 2 and t.is_leaf:": "if False:"})


@fault(
    "module/load-with-assign-and-swapped-tensors",
    "parameter/swapped-after-backward",
    "parameter/cast-by-swapping",
    "buffer/loaded-by-swapping",
    "parameter/module-load-of-a-subclass",
    "parameter/gradient-that-requires-grad-cast-by-swapping",
)
def swap_swaps_nothing(patch):
    """Two tensors that are swapped keep their contents."""
    edit(patch, torch.utils.swap_tensors, {"torch._C._swap_tensor_impl(t1, t2)": "pass"})


@fault(
    "remedy/parameter-set-as-an-attribute",
    "autograd/leaf-of-an-embedding",
    "autograd/parameter-of-an-inference-tensor",
    "module/equal-parameters-are-listed",
    "module/given-tensors-become-parameters",
    "module/made-of-a-tensor-of-ones-own",
)
def parameter_holds_a_copy(patch):
    """A Parameter holds a copy of the tensor that it is made of."""
    edit(patch, Parameter.__new__, {"(cls, data, requires_grad)": "(cls, data.clone(), requires_grad)"})


@fault(
    "parameter/instance-of-a-parameter-subclass",
    "parameter/module-load-of-a-subclass",
    "parameter/of-a-parameter-subclass",
    "remedy/parameter-of-an-own-tensor-counts-as-every-parameter-class",
)
def parameter_subclass_makes_plain_ones(patch):
    """An object of a class made of Parameter is a plain Parameter."""
    edit(patch, Parameter.__new__, {"(cls, data, requires_grad)": "(Parameter, data, requires_grad)"})


@fault("remedy/parameter-keeps-the-tensor-class")
def as_subclass_never_goes_back(patch):
    """A tensor of an own class stays of it when as_subclass asks for the class that it is made of."""
    original = Tensor.as_subclass
    patch.setattr(
        Tensor,
        "as_subclass",
        lambda self, kind: self if isinstance(self, kind) else original(self, kind),
        raising=False,
    )


# Parametrizations.


@fault(
    "parameter/parametrized-by-what-has-an-inverse",
    "parameter/weight-norm-loads-a-state-of-the-old-one",
    "parameter/parametrizations-are-transferred",
    "parameter/parametrized-by-two-tensors",
    "parameter/parametrized-by-two-tensors-removed",
    "parameter/parametrized-in-the-state",
    "utility/orthogonal-parametrized",
)
def parametrization_disregards_the_inverse(patch):
    """A parametrization keeps the value as it was, also if it has a right_inverse."""
    edit(patch, parametrize.ParametrizationList.__init__, {'if hasattr(module, "right_inverse"):': "if False:"})


@fault("parameter/deepcopy-of-a-parametrized-module")
def parametrized_module_cannot_be_copied(patch):
    """A parametrized Module cannot be deep-copied."""
    edit(patch, parametrize._inject_new_class, {'if not hasattr(cls, "__deepcopy__"):': "if False:"})


@fault("parameter/parametrized-by-what-changes-the-shape")
def parametrization_may_change_the_shape(patch):
    """A parametrization may change the shape."""
    edit(patch, parametrize.ParametrizationList.__init__, {"if Z.shape != original_shape:": "if False:"})


@fault("functional/functional-call-over-a-parametrization", "parameter/set-where-parametrized-without-inverse")
def parametrized_parameter_set_without_inverse(patch):
    """A parametrized parameter is set to what its parametrization computes, if that has no right_inverse."""
    edit(
        patch,
        parametrize.ParametrizationList.right_inverse,
        {"raise RuntimeError(": "return None\n                RuntimeError("},
    )


@fault(
    "parameter/parametrization-removed",
    "between-calls/parametrization-removed",
    "parameter/parametrized-buffer",
    "parameter/parametrized-by-two-tensors-removed",
)
def removed_parametrization_leaves_what_was_kept(patch):
    """Removing a parametrization always leaves what it kept."""
    edit(
        patch,
        parametrize.remove_parametrizations,
        {"    if parametrizations.is_tensor:": "    leave_parametrized = False\n    if parametrizations.is_tensor:"},
    )


@fault(
    "parameter/weight-norm-by-a-hook",
    "utility/weight-norm-of-all-dimensions",
    "utility/weight-norm-of-rows",
    "utility/weight-norm-twice",
)
def weight_norm_by_a_hook_does_not_warn(patch):
    """No warning tells that the weight_norm by a hook is deprecated."""
    patch.setattr(WeightNorm, "apply", staticmethod(WeightNorm.apply.__wrapped__))


@fault("parameter/weight-norm-loads-a-state-of-the-old-one")
def weight_norm_loads_no_old_state(patch):
    """The weight_norm by a parametrization does not load a state of that by a hook."""
    edit(
        patch,
        parametrizations.weight_norm,
        {"module._register_load_state_dict_pre_hook(_weight_norm_compat_hook)": "pass"},
    )


@fault(
    "parameter/spectral-norm-loads-a-state-of-the-old-one",
    "utility/spectral-norm-by-a-hook",
    "utility/spectral-norm-by-a-hook-in-evaluation",
    "utility/spectral-norm-by-no-iterations",
    "utility/spectral-norm-iterates-in-training-alone",
    "utility/spectral-norm-removed",
    "utility/spectral-norm-twice",
)
def spectral_norm_by_a_hook_does_nothing(patch):
    """The spectral_norm by a hook leaves the weight as it is."""
    edit(patch, spectral_norm, {"SpectralNorm.apply(module, name, n_power_iterations, dim, eps)": "pass"})


# Clipping, and the step.


@fault("parameter/clip-grad-norm-result")
def clipping_returns_a_number(patch):
    """The norm that clip_grad_norm_ returns is a number."""
    original = torch.nn.utils.clip_grad_norm_
    patch.setattr(
        torch.nn.utils,
        "clip_grad_norm_",
        functools.wraps(original)(lambda *args, **keywords: float(original(*args, **keywords))),
    )


@fault(
    "parameter/clip-grad-norm-result",
    "utility/clip-grad-norm-of-a-generator",
    "utility/clip-grad-norm-of-infinity",
    "utility/clip-grad-norm-of-one",
    "utility/clip-grad-norm-of-three",
    "utility/clip-grad-norm-of-two",
    "utility/clip-grad-norm-of-two-dtypes",
    "utility/clip-grad-norm-under-its-old-name",
    "utility/clip-grad-norm-without-foreach",
)
def clipping_returns_the_norm_that_is_left(patch):
    """The norm that clip_grad_norm_ returns is that of the clipped gradients."""
    after = "return _get_total_norm(grads, norm_type, error_if_nonfinite, foreach)"
    edit(patch, clip_grad.clip_grad_norm_, {"return total_norm": after})


@fault(
    "parameter/clip-grad-norm-of-nan",
    "parameter/clip-grad-norm-result",
    "utility/clip-grad-norm-of-a-generator",
    "utility/clip-grad-norm-of-infinity",
    "utility/clip-grad-norm-of-one",
    "utility/clip-grad-norm-of-three",
    "utility/clip-grad-norm-of-two",
    "utility/clip-grad-norm-under-its-old-name",
    "utility/clip-grad-norm-without-foreach",
    "utility/clip-grads-with-a-norm",
)
def clipping_scales_nothing(patch):
    """The gradients are left alone by clip_grad_norm_."""
    edit(patch, clip_grad._clip_grads_with_norm_, {"if len(grads) == 0:": "if True:"})


@fault(
    "parameter/clip-grad-norm-of-an-exhausted-generator",
    "parameter/clip-grad-norm-without-gradients",
    "utility/clip-grad-norm-of-a-used-generator",
    "utility/total-norm-of-gradients",
)
def clipping_refuses_no_gradients(patch):
    """Parameters without gradients are refused by clip_grad_norm_."""
    edit(patch, clip_grad._get_total_norm, {"return torch.tensor(0.0)": "raise ValueError('no gradients')"})


@fault("parameter/clip-grad-norm-told-to-raise")
def clipping_never_raises(patch):
    """The error_if_nonfinite of clip_grad_norm_ is ignored."""
    edit(patch, clip_grad._get_total_norm, {"if error_if_nonfinite and": "if False and"})


@fault("parameter/clip-grad-norm-of-nan")
def clipping_always_raises(patch):
    """A norm that is no number makes clip_grad_norm_ raise, told or not."""
    edit(patch, clip_grad._get_total_norm, {"if error_if_nonfinite and": "if True and"})


@fault("parameter/clip-grad-norm-of-an-exhausted-generator")
def clipping_does_not_warn_of_an_exhausted_generator(patch):
    """No warning tells that clip_grad_norm_ got a generator that is exhausted."""
    edit(patch, clip_grad.clip_grad_norm_, {"if is_generator and len(parameters) == 0:": "if False:"})


@fault("parameter/descent-by-the-function-sgd")
def sgd_without_momentum(patch):
    """The function sgd ignores the momentum."""
    edit(patch, sgd._single_tensor_sgd, {"if momentum != 0:": "if False:"})
