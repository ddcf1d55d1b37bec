"""Faults that depend on the grad mode, on inference mode, or on the thread."""

import functools
import threading

import torch
from torch.nn import Module, Parameter, modules
from torch.nn.modules import batchnorm, dropout

from .fault import fault
from .injection import edit

GRAD = "torch.is_grad_enabled()"
WITHOUT_HOOKS = "if not (self._backward_hooks or"


# Grad mode.


@fault()
def dropout_rests_under_no_grad(patch):
    """Dropout drops nothing under no_grad."""
    edit(patch, dropout.Dropout.forward, {"self.training,": f"self.training and {GRAD},"})


@fault()
def batchnorm_counts_nothing_under_no_grad(patch):
    """BatchNorm counts no batches under no_grad."""
    edit(
        patch,
        batchnorm._BatchNorm.forward,
        {"self.num_batches_tracked.add_(1)": f"self.num_batches_tracked.add_(int({GRAD}))"},
    )


@fault()
def batchnorm_evaluates_under_no_grad(patch):
    """Under no_grad, BatchNorm goes by its running statistics also in training."""
    edit(patch, batchnorm._BatchNorm.forward, {"bn_training = True": f"bn_training = {GRAD}"})


@fault()
def hooks_rest_under_no_grad(patch):
    """No hook of a Module is called under no_grad."""
    edit(patch, Module._call_impl, {WITHOUT_HOOKS: f"if not {GRAD} or not (self._backward_hooks or"})


@fault()
def hooks_rest_in_inference_mode(patch):
    """No hook of a Module is called in inference mode."""
    inference = "torch.is_inference_mode_enabled()"
    edit(patch, Module._call_impl, {WITHOUT_HOOKS: f"if {inference} or not (self._backward_hooks or"})


@fault()
def output_of_a_hook_ignored_under_no_grad(patch):
    """What a forward hook returns is ignored under no_grad."""
    old = "hook_result = hook(self, args, result)\n\n                    if hook_result is not None:"
    edit(patch, Module._call_impl, {old: f"{old[:-1]} and {GRAD}:"})


@fault()
def parameter_made_under_no_grad_is_frozen(patch):
    """A Parameter that is made under no_grad does not require gradients."""
    edit(patch, Parameter.__new__, {"if data is None:": f"requires_grad = requires_grad and {GRAD}\n    if data is None:"})


@fault()
def zero_grad_rests_under_no_grad(patch):
    """The zero_grad of a Module does nothing under no_grad."""
    edit(patch, Module.zero_grad, {"if p.grad is not None:": f"if p.grad is not None and {GRAD}:"})


@fault()
def requires_grad_rests_under_no_grad(patch):
    """The requires_grad_ of a Module does nothing under no_grad."""
    edit(patch, Module.requires_grad_, {"p.requires_grad_(requires_grad)": f"{GRAD} and p.requires_grad_(requires_grad)"})


@fault()
def grad_mode_is_restored_by_a_call(patch):
    """A call of a Module puts the grad mode back that a forward or a hook has set."""
    original = Module._call_impl

    @functools.wraps(original)
    def call(self, *arguments, **keywords):
        with torch.set_grad_enabled(torch.is_grad_enabled()):
            return original(self, *arguments, **keywords)

    patch.setattr(Module, "_call_impl", call)


@fault()
def hooks_run_without_gradients(patch):
    """Forward hooks run under no_grad."""
    old = "hook_result = hook(self, args, result)\n\n"
    edit(patch, Module._call_impl, {old: "hook_result = torch.no_grad()(hook)(self, args, result)\n\n"})


@fault()
def load_leaves_gradients_off(patch):
    """After a state is loaded, the grad mode is off."""
    original = Module.load_state_dict

    @functools.wraps(original)
    def load_state_dict(self, *arguments, **keywords):
        result = original(self, *arguments, **keywords)
        torch.set_grad_enabled(False)
        return result

    patch.setattr(Module, "load_state_dict", load_state_dict)


@fault()
def state_of_no_grad_is_attached(patch):
    """A state that is made under no_grad has the very parameters."""
    edit(patch, Module._save_to_state_dict, {"param if keep_vars else": f"param if keep_vars or not {GRAD} else"})


@fault()
def conversion_under_no_grad_freezes(patch):
    """A conversion under no_grad freezes the parameters."""
    edit(
        patch,
        Module._apply,
        {"param.data = param_applied": f"param.data = param_applied; {GRAD} or param.requires_grad_(False)"},
    )


# Threads.

MAIN = "__import__('threading').current_thread() is __import__('threading').main_thread()"


@fault()
def hooks_rest_in_other_threads(patch):
    """Hooks are called in the main thread only."""
    edit(patch, Module._call_impl, {WITHOUT_HOOKS: f"if not ({MAIN}) or not (self._backward_hooks or"})


@fault()
def calls_of_threads_share_their_inputs(patch):
    """Of two calls of one Module at the same time, both get the inputs of the later one."""
    patch.setattr(modules.module, "latest", {}, raising=False)
    edit(
        patch,
        Module._call_impl,
        {
            "nonlocal result, args, kwargs": "nonlocal result, args, kwargs; given = latest[id(self)] = args",
            "bw_hook = None\n": "args, bw_hook = latest[id(self)] if args is given else args, None\n",
        },
    )


@fault()
def other_threads_run_without_gradients(patch):
    """A call of a Module in another thread than the main one has no gradients."""
    original = Module._call_impl

    @functools.wraps(original)
    def call(self, *arguments, **keywords):
        with torch.set_grad_enabled(threading.current_thread() is threading.main_thread() and torch.is_grad_enabled()):
            return original(self, *arguments, **keywords)

    patch.setattr(Module, "_call_impl", call)


@fault()
def other_threads_follow_the_mode_of_the_main_one(patch):
    """In another thread than the main one, a Module trains whatever its mode is."""
    original = Module._call_impl

    @functools.wraps(original)
    def call(self, *arguments, **keywords):
        if threading.current_thread() is not threading.main_thread():
            self.training = True
        return original(self, *arguments, **keywords)

    patch.setattr(Module, "_call_impl", call)


@fault()
def global_hooks_rest_in_other_threads(patch):
    """Global forward hooks are called in the main thread only."""
    edit(
        patch,
        Module._call_impl,
        {"*_global_forward_hooks.items(),\n": f"*(_global_forward_hooks.items() if {MAIN} else ()),\n"},
    )
