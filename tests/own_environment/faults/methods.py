"""Faults of Modules, hooks, files, lazy layers, parametrizations and functional_call, at their edges."""

import pickle

import torch
from torch import nn
from torch.nn import Module, parameter
from torch.nn.modules import lazy
from torch.nn.utils import parametrize
from torch.utils import hooks

from .fault import fault


@fault("parameter/lazy-*")
def lazy_layers_stay_lazy(patch):
    """A lazy layer finds its shape in no call."""
    patch.setattr(lazy.LazyModuleMixin, "_infer_parameters", lambda self, module, args, kwargs=None: None)


@fault("parameter/lazy-*-repr-*", "parameter/lazy-linear-*", "parameter/lazy-conv*", "parameter/lazy-layers-*")
def layers_have_no_repr(patch):
    """The repr of convolutions and Linear tells no settings."""
    patch.setattr(nn.Linear, "extra_repr", lambda self: "")
    patch.setattr(nn.modules.conv._ConvNd, "extra_repr", lambda self: "")


@fault("parameter/uninitialized-buffer-*", "parameter/lazy-*")
def uninitialized_tensors_have_a_shape(patch):
    """A tensor that is not initialised has a shape, and is not materialized."""
    patch.setattr(parameter.UninitializedTensorMixin, "shape", property(lambda self: torch.Size([0])))
    patch.setattr(parameter.UninitializedTensorMixin, "materialize", lambda self, *args, **keywords: None)


@fault("parameter/parametri*")
def parametrizations_are_not_registered(patch):
    """A parametrization is not registered."""
    patch.setattr(parametrize, "register_parametrization", lambda model, *args, **keywords: model)
    patch.setattr(parametrize, "remove_parametrizations", lambda model, *args, **keywords: model)
    patch.setattr(parametrize, "type_before_parametrizations", lambda model: type(None))
    patch.setattr(parametrize, "transfer_parametrizations_and_params", lambda *args: None)
    patch.setattr(parametrize, "is_parametrized", lambda *args: None)


@fault("functional/functional-call-*")
def functional_call_returns_nothing(patch):
    """A functional_call returns nothing, whatever it is given."""
    patch.setattr(torch.func, "functional_call", lambda *args, **keywords: None)


@fault("hook/handle-*", "hook/unpickled-*", "hook/registered-after-*")
def handles_are_not_pickled(patch):
    """A handle cannot be pickled."""

    def refuse(self):
        raise pickle.PicklingError("no handle")

    patch.setattr(hooks.RemovableHandle, "__getstate__", refuse)


@fault("module/flatten-*", "module/unflatten-*", "module/identity-*")
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


@fault("module/state-*", "module/load-under-*", "module/saved-*")
def files_have_numbers(patch):
    """A number is what is loaded from any file."""
    patch.setattr(
        torch, "load", lambda file, map_location=None, weights_only=None, mmap=None, pickle_module=None: {5: 5}
    )


@fault("module/parameter-*storage*")
def storages_are_empty(patch):
    """The storage of a tensor is empty."""
    patch.setattr(torch.Tensor, "storage", lambda self: [])
    patch.setattr(torch.Tensor, "untyped_storage", lambda self: torch.UntypedStorage(0))


@fault("module/set-submodule-*")
def set_submodule_does_nothing(patch):
    """A child is not set by its path."""
    patch.setattr(Module, "set_submodule", lambda *args, **keywords: 5)


@fault("module/share-memory", "module/requires-grad-*", "module/cast-by-*", "module/apply-*")
def methods_return_nothing(patch):
    """Methods that change a Module return nothing, and change nothing."""
    for name in ["share_memory", "requires_grad_", "half", "bfloat16", "double", "float", "type", "apply"]:
        patch.setattr(Module, name, lambda *args, **keywords: None)


@fault("module/extra-state-*")
def extra_state_is_lost(patch):
    """An extra state is neither saved nor missed."""
    patch.setattr(nn.modules.module, "_EXTRA_STATE_KEY_SUFFIX", "_other_state")


@fault("hook/full-that-*", "hook/full-pre-that-*", "hook/full-of-an-output-*")
def full_backward_hooks_do_not_run(patch):
    """Full backward hooks do not run, whatever they return."""
    patch.setattr(Module, "register_full_backward_hook", lambda *args, **keywords: None)
    patch.setattr(Module, "register_full_backward_pre_hook", lambda *args, **keywords: None)
