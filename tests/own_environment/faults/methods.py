"""Faults of Modules, hooks, files, lazy layers, parametrizations and functional_call, at their edges."""

import pickle

import torch
from torch import nn
from torch.nn import Module, parameter
from torch.nn import functional as F
from torch.nn.modules import lazy
from torch.nn.utils import parametrize
from torch.utils import hooks

from .fault import fault
from .injection import edit, insert


@fault(
    "parameter/lazy-*",
    "between-calls/lazy-child",
    "between-calls/lazy-linear",
    "autograd/hook-on-an-uninitialized-parameter",
    "autograd/leaf-uninitialized",
)
def lazy_layers_stay_lazy(patch):
    """A lazy layer finds its shape in no call."""
    patch.setattr(lazy.LazyModuleMixin, "_infer_parameters", lambda self, module, args, kwargs=None: None)


@fault(
    "parameter/lazy-*-repr-*",
    "parameter/lazy-linear-*",
    "parameter/lazy-conv*",
    "parameter/lazy-layers-*",
    "functional/repr-names-the-settings",
    "parameter/parametrization-removed-where-none-is",
    "parameter/parametrized-where-nothing-is",
    "utility/prune-by-scores-of-another-shape",
    "utility/prune-of-what-was-not-pruned-is-removed",
)
def layers_have_no_repr(patch):
    """The repr of convolutions and Linear tells no settings."""
    patch.setattr(nn.Linear, "extra_repr", lambda self: "")
    patch.setattr(nn.modules.conv._ConvNd, "extra_repr", lambda self: "")


@fault(
    "parameter/uninitialized-buffer-*",
    "parameter/lazy-*",
    "between-calls/lazy-child",
    "between-calls/lazy-linear",
    "parameter/operations-on-an-uninitialized-parameter",
    "parameter/uninitialized-parameter-given-a-shape",
    "autograd/hook-on-an-uninitialized-parameter",
    "autograd/leaf-uninitialized",
)
def uninitialized_tensors_have_a_shape(patch):
    """A tensor that is not initialised has a shape, and is not materialized."""
    patch.setattr(parameter.UninitializedTensorMixin, "shape", property(lambda self: torch.Size([0])))
    patch.setattr(parameter.UninitializedTensorMixin, "materialize", lambda self, *args, **keywords: None)


@fault(
    "parameter/parametri*",
    "between-calls/parametrization-changed",
    "between-calls/parametrization-registered",
    "between-calls/parametrization-removed",
    "functional/functional-call-over-a-parametrization",
    "parameter/set-where-parametrized-without-inverse",
    "parameter/spectral-norm-loads-a-state-of-the-old-one",
    "parameter/weight-norm-loads-a-state-of-the-old-one",
    "utility/orthogonal-parametrized",
    "utility/spectral-norm-parametrized",
    "utility/spectral-norm-parametrized-of-a-vector",
    "autograd/backward-of-a-parametrized-module",
    "autograd/func-grad-of-a-parametrized-module",
    "autograd/hook-on-a-parametrized-weight",
    "autograd/leaf-parametrized",
)
def parametrizations_are_not_registered(patch):
    """A parametrization is not registered."""
    patch.setattr(parametrize, "register_parametrization", lambda model, *args, **keywords: model)
    patch.setattr(parametrize, "remove_parametrizations", lambda model, *args, **keywords: model)
    patch.setattr(parametrize, "type_before_parametrizations", lambda model: type(None))
    patch.setattr(parametrize, "transfer_parametrizations_and_params", lambda *args: None)
    patch.setattr(parametrize, "is_parametrized", lambda *args: None)


@fault(
    "functional/functional-call-*",
    "between-calls/functional-call-in-forward",
    "between-calls/functional-call-of-a-called-module",
    "functional/ensemble-of-stacked-states",
    "autograd/dual-parameter-of-a-module",
    "autograd/func-grad-of-a-module",
    "autograd/func-grad-of-a-parametrized-module",
    "autograd/func-per-sample-gradients",
    "autograd/hook-in-functional-call",
)
def functional_call_returns_nothing(patch):
    """A functional_call returns nothing, whatever it is given."""
    patch.setattr(torch.func, "functional_call", lambda *args, **keywords: None)


@fault(
    "hook/handle-*", "hook/unpickled-*", "hook/registered-after-*", "parameter/lazy-linear-copied-before-its-first-call"
)
def handles_are_not_pickled(patch):
    """A handle cannot be pickled."""

    def refuse(self):
        raise pickle.PicklingError("no handle")

    patch.setattr(hooks.RemovableHandle, "__getstate__", refuse)


@fault(
    "module/flatten-*",
    "module/unflatten-*",
    "module/identity-*",
    "between-calls/child-replaced-by-another-class",
    "between-calls/sequential-shrunk",
    "hook/full-output-is-not-the-input",
    "module/index-at-the-bounds",
    "module/module-dict-overwrites-in-place",
    "module/module-list-grows-as-a-list",
    "module/module-list-pop",
    "module/module-list-renumbers-after-deletion",
    "module/module-list-repr-of-repeats-behind-another",
    "module/sequential-append-to-a-slice",
    "module/sequential-insert",
    "module/sequential-item-assignment",
    "module/sequential-pop",
    "module/sequential-renumbers-after-deletion",
    "module/sequential-slice-deletion",
    "module/set-submodule-by-path",
    "module/set-submodule-strictly",
    "module/set-submodule-to-a-new-name",
    "utility/spectral-norm-removed-where-there-is-none",
    "utility/weight-norm-removed-where-there-is-none",
    "autograd/node-of-flatten",
    "hook/called-two-hundred-times",
    "hook/forward-hook-returns-an-empty-tuple",
    "hook/forward-hook-returns-zero",
    "hook/forward-hooks-in-inference-mode",
    "hook/forward-hooks-in-no-grad",
    "hook/global-forward-hooks-in-inference-mode",
    "hook/global-forward-hooks-in-no-grad",
    "hook/hooks-return-a-tensor-of-zero",
    "hook/one-of-three-raises",
    "hook/output-that-equals-none",
    "hook/ten-forward-hooks",
    "hook/two-hundred-handles",
    "module/global-hooks-called-by-threads",
    "module/hooks-called-by-threads",
    "module/shared-by-twelve",
)
def reshaping_modules_return_nothing(patch):
    """Flatten, Unflatten and Identity cannot be called."""
    for kind in [nn.Flatten, nn.Unflatten, nn.Identity]:
        patch.setattr(kind, "__init__", lambda self, *args, **keywords: None)


@fault("module/jit-*")
def jit_returns_nothing(patch):
    """A Module that is scripted or traced returns nothing."""
    for name in ["script", "trace", "trace_module"]:
        patch.setattr(torch.jit, name, lambda *args, **keywords: lambda x: None)
    for name in ["freeze", "load"]:
        patch.setattr(torch.jit, name, lambda *args, **keywords: lambda x: None)
    patch.setattr(torch.jit, "save", lambda *args: None)


@fault(
    "module/state-*",
    "module/load-under-*",
    "module/saved-*",
    "between-calls/pickled",
    "buffer/exception-loaded-as-weights-only",
    "buffer/load-a-namespace-as-weights-only",
    "buffer/module-saved-and-loaded",
    "buffer/plain-values-loaded-as-weights-only",
    "buffer/state-saved-and-loaded",
    "buffer/two-values-saved-to-one-file",
    "hook/pickled-*",
    "parameter/attribute-saved-and-loaded",
    "remedy/complex-number-as-two-floats",
    "remedy/file-of-two-values-gives-one",
    "module/deep-copies",
    "module/tied-and-frozen-by-pickle",
)
def files_have_numbers(patch):
    """A number is what is loaded from any file."""
    patch.setattr(
        torch, "load", lambda file, map_location=None, weights_only=None, mmap=None, pickle_module=None: {5: 5}
    )


@fault(
    "module/parameter-*storage*",
    "between-calls/pickled",
    "between-calls/state-put-back",
    "buffer/deep-copy-keeps-non-persistent",
    "buffer/deepcopy-of-a-computed-buffer",
    "buffer/state-saved-and-loaded",
    "buffer/two-values-saved-to-one-file",
    "module/share-memory",
    "module/state-loaded-by-mmap",
    "module/state-saved-in-the-old-format",
    "autograd/deepcopy-of-a-module-that-keeps-an-output",
    "module/deep-copies",
    "module/tied-and-frozen-by-pickle",
)
def storages_are_empty(patch):
    """The storage of a tensor is empty."""
    patch.setattr(torch.Tensor, "storage", lambda self: [])
    patch.setattr(torch.Tensor, "untyped_storage", lambda self: torch.UntypedStorage(0))


@fault("module/set-submodule-*")
def set_submodule_does_nothing(patch):
    """A child is not set by its path."""
    patch.setattr(Module, "set_submodule", lambda *args, **keywords: 5)


@fault(
    "module/share-memory",
    "module/requires-grad-*",
    "module/cast-by-*",
    "module/apply-*",
    "between-calls/all-parameters-frozen",
    "between-calls/applied",
    "between-calls/child-converted-to-double",
    "buffer/cast-with-the-module",
    "module/plain-containers-miss-apply",
    "module/plain-containers-miss-conversion",
    "parameter/lazy-linear-cast-before-its-first-call",
    "parameter/lazy-linear-shared-before-its-first-call",
    "utility/fuse-conv-bn-of-another-dtype",
    "autograd/dual-input-of-a-module",
    "autograd/hook-on-a-frozen-parameter",
    "autograd/inference-tensor-in-forward",
    "autograd/leaf-uninitialized",
    "autograd/node-of-what-needs-no-gradient",
    "autograd/post-accumulate-hook-on-a-result",
    "autograd/saved-by-a-linear",
    "autograd/saved-under-no-grad",
    "module/overridden-conversion",
    "module/converted-in-inference-mode",
    "module/converted-in-no-grad",
    "module/deep-apply",
    "module/deep-conversion",
    "module/deep-gradients",
    "module/empty-child-is-reached",
    "module/equal-modules-miss-what-is-done",
    "module/frozen-in-inference-mode",
    "module/frozen-in-no-grad",
    "module/given-functions-are-freed",
    "module/how-often-a-shared-child-is-asked",
    "module/how-often-methods-are-called",
    "module/nothing-grows-with-calls",
    "module/overridden-apply",
    "module/overridden-children",
    "module/overridden-gradients",
    "module/overridden-listings",
    "module/twelve-cleared-and-frozen",
)
def methods_return_nothing(patch):
    """Methods that change a Module return nothing, and change nothing."""
    for name in ["share_memory", "requires_grad_", "half", "bfloat16", "double", "float", "type", "apply"]:
        patch.setattr(Module, name, lambda *args, **keywords: None)


@fault("module/extra-state-*", "module/false-extra-state")
def extra_state_is_lost(patch):
    """An extra state is neither saved nor missed."""
    patch.setattr(nn.modules.module, "_EXTRA_STATE_KEY_SUFFIX", "_other_state")


@fault(
    "hook/full-that-*",
    "hook/full-pre-that-*",
    "between-calls/full-*",
    "hook/backward-pre-*",
    "hook/deep-copy-keeps-backward-hooks",
    "hook/full-and-legacy",
    "hook/full-dict-output",
    "hook/full-double-backward",
    "hook/full-first-input-without-grad",
    "hook/full-in-order",
    "hook/full-on-an-in-place-module",
    "hook/full-on-an-old-module",
    "hook/full-output-changed-in-place",
    "hook/full-output-is-not-the-input",
    "hook/full-parent-before-child-without-input-grad",
    "hook/full-replaces-grad-input",
    "hook/full-returns-one-tensor",
    "hook/full-sees-the-inputs-of-the-module",
    "hook/full-unused-and-no-tensors",
    "hook/full-without-input-grad",
    "hook/full-without-input-grad-returns-a-gradient",
    "hook/full-without-input-grad-returns-none-for-each",
    "hook/full-wrong-size",
    "hook/global-backward-pre-hook-goes-first",
    "hook/global-full-backward-hook-runs-first",
    "hook/handle-of-a-full-backward-hook-is-pickled-without-its-module",
    "hook/handle-of-a-full-backward-pre-hook-is-pickled-without-its-module",
    "hook/handles-of-newer-hooks",
    "autograd/func-grad-of-a-hooked-module",
    "hook/full-backward-hook-returns-an-empty-tuple",
    "hook/deep-full-backward-hooks",
    "hook/full-backward-hook-of-no-gradient-returns-an-empty-tuple",
    "hook/full-backward-hook-of-no-gradient-returns-zero",
    "hook/full-backward-hook-raises",
    "hook/full-backward-hook-returns-zero",
    "hook/refused-kind-is-not-registered",
    "hook/ten-full-backward-hooks",
    "hook/ten-full-backward-pre-hooks",
    "hook/ten-inputs-of-a-full-backward-hook",
    "module/graph-is-freed",
)
def full_backward_hooks_do_not_run(patch):
    """Full backward hooks do not run, whatever they return."""
    patch.setattr(Module, "register_full_backward_hook", lambda *args, **keywords: None)
    patch.setattr(Module, "register_full_backward_pre_hook", lambda *args, **keywords: None)


@fault("functional/functional-call-refuses-a-list")
def functional_call_refuses_no_dicts(patch):
    """A list of no dicts is refused by functional_call."""
    edit(
        patch,
        torch.func.functional_call,
        {
            "elif isinstance(parameter_and_buffer_dicts, Sequence):": (
                "elif parameter_and_buffer_dicts and isinstance(parameter_and_buffer_dicts, Sequence):"
            )
        },
    )


@fault("functional/poisson-loss-reduced-by-another-word")
def the_poisson_loss_takes_any_reduction(patch):
    """The Poisson loss does not say which reductions it knows."""
    edit(patch, F.poisson_nll_loss, {'reduction + " is not a valid value for reduction"': "reduction"})


@fault("module/requires-grad-of-a-model-with-a-buffer")
def requires_grad_reaches_buffers(patch):
    """The requires_grad_ of a Module reaches its buffers."""
    edit(patch, Module.requires_grad_, {"self.parameters()": "[*self.parameters(), *self.buffers()]"})


@fault("module/dir-lists-children")
def dir_lists_no_children(patch):
    """The dir of a Sequential lists what its class has alone."""
    patch.setattr(nn.Sequential, "__dir__", lambda self: sorted(dir(type(self))))


@fault("module/sequential-slice-assignment")
def a_slice_of_a_sequential_is_an_index(patch):
    """A slice in which a Module is set in a Sequential is refused as a wrong index."""
    insert(patch, nn.Sequential.__setitem__, "key: str = ", "if isinstance(idx, slice):", "    raise IndexError(idx)")


@fault("module/sequential-grows-in-place")
def a_sequential_grows_as_a_copy(patch):
    """A Sequential to which another is added in place is a new one."""
    patch.setattr(nn.Sequential, "__iadd__", lambda self, other: self + other)


@fault("module/sequential-repeats-in-place")
def a_sequential_repeats_as_a_copy(patch):
    """A Sequential that is multiplied in place is a new one."""
    patch.setattr(nn.Sequential, "__imul__", lambda self, other: self * other)


@fault("module/module-list-extended-by-itself", "module/filled-with-what-is-not-iterable")
def a_module_list_is_extended_by_one_module(patch):
    """A ModuleList that is extended by a Module says another thing than that it is not iterable."""
    edit(patch, nn.ModuleList.extend, {'"ModuleList.extend should be called with an "': '"ModuleList takes an "'})


@fault("module/made-under-a-device-and-told-another", "module/load-into-meta", "parameter/moved-from-the-meta-device")
def linear_ignores_its_device(patch):
    """Linear takes no notice of the device that it is told."""
    edit(patch, nn.Linear.__init__, {'{"device": device, "dtype": dtype}': '{"dtype": dtype}'})
