"""Faults that depend on the grad mode, on inference mode, or on the thread."""

import functools
import threading

import torch
from torch.nn import Module, modules
from torch.nn.modules import batchnorm

from .fault import fault
from .injection import edit

GRAD = "torch.is_grad_enabled()"
WITHOUT_HOOKS = "if not (self._backward_hooks or"


# Grad mode.


@fault(
    "module/batch-norm-in-no-grad",
    "module/batch-norm-in-inference-mode",
    "autograd/batch-norm-in-inference-mode",
)
def batchnorm_counts_nothing_under_no_grad(patch):
    """BatchNorm counts no batches under no_grad."""
    edit(
        patch,
        batchnorm._BatchNorm.forward,
        {"self.num_batches_tracked.add_(1)": f"self.num_batches_tracked.add_(int({GRAD}))"},
    )


@fault(
    "module/batch-norm-in-no-grad",
    "module/batch-norm-in-inference-mode",
    "autograd/batch-norm-in-inference-mode",
)
def batchnorm_evaluates_under_no_grad(patch):
    """Under no_grad, BatchNorm goes by its running statistics also in training."""
    edit(patch, batchnorm._BatchNorm.forward, {"bn_training = True": f"bn_training = {GRAD}"})


@fault(
    "hook/forward-hooks-in-no-grad",
    "hook/forward-hooks-in-inference-mode",
    "hook/global-forward-hooks-in-no-grad",
    "hook/global-forward-hooks-in-inference-mode",
    "hook/options-of-forward-hooks-in-no-grad",
    "hook/options-of-forward-hooks-in-inference-mode",
)
def hooks_rest_under_no_grad(patch):
    """No hook of a Module is called under no_grad."""
    edit(patch, Module._call_impl, {WITHOUT_HOOKS: f"if not {GRAD} or not (self._backward_hooks or"})


@fault(
    "hook/forward-hooks-in-inference-mode",
    "hook/global-forward-hooks-in-inference-mode",
    "hook/options-of-forward-hooks-in-inference-mode",
)
def hooks_rest_in_inference_mode(patch):
    """No hook of a Module is called in inference mode."""
    inference = "torch.is_inference_mode_enabled()"
    edit(patch, Module._call_impl, {WITHOUT_HOOKS: f"if {inference} or not (self._backward_hooks or"})


@fault(
    "hook/forward-hooks-in-no-grad",
    "hook/forward-hooks-in-inference-mode",
)
def output_of_a_hook_ignored_under_no_grad(patch):
    """What a forward hook returns is ignored under no_grad."""
    old = "hook_result = hook(self, args, result)\n\n                if hook_result is not None:"
    edit(patch, Module._call_impl, {old: f"{old[:-1]} and {GRAD}:"})


@fault(
    "module/cleared-in-no-grad",
    "module/cleared-in-inference-mode",
)
def zero_grad_rests_under_no_grad(patch):
    """The zero_grad of a Module does nothing under no_grad."""
    edit(patch, Module.zero_grad, {"if p.grad is not None:": f"if p.grad is not None and {GRAD}:"})


@fault(
    "module/frozen-in-no-grad",
    "module/frozen-in-inference-mode",
)
def requires_grad_rests_under_no_grad(patch):
    """The requires_grad_ of a Module does nothing under no_grad."""
    edit(
        patch, Module.requires_grad_, {"p.requires_grad_(requires_grad)": f"{GRAD} and p.requires_grad_(requires_grad)"}
    )


@fault(
    "hook/mode-that-a-pre-hook-sets",
    "module/grad-mode-that-forward-sets",
)
def grad_mode_is_restored_by_a_call(patch):
    """A call of a Module puts the grad mode back that a forward or a hook has set."""
    original = Module._call_impl

    @functools.wraps(original)
    def call(self, *arguments, **keywords):
        with torch.set_grad_enabled(torch.is_grad_enabled()):
            return original(self, *arguments, **keywords)

    patch.setattr(Module, "_call_impl", call)


@fault(
    "module/saved-and-loaded-in-no-grad",
    "module/saved-and-loaded-in-inference-mode",
)
def state_of_no_grad_is_attached(patch):
    """A state that is made under no_grad has the very parameters."""
    edit(patch, Module._save_to_state_dict, {"param if keep_vars else": f"param if keep_vars or not {GRAD} else"})


@fault(
    "module/parameter-made-in-no-grad",
    "module/parameter-made-in-inference-mode",
    "module/converted-in-no-grad",
    "module/converted-in-inference-mode",
)
def conversion_under_no_grad_freezes(patch):
    """A conversion under no_grad freezes the parameters."""
    edit(
        patch,
        Module._apply,
        {"param.data = param_applied": f"param.data = param_applied; {GRAD} or param.requires_grad_(False)"},
    )


# Threads.

MAIN = "__import__('threading').current_thread() is __import__('threading').main_thread()"


@fault(
    "module/hooks-called-by-threads",
    "module/global-hooks-called-by-threads",
)
def hooks_rest_in_other_threads(patch):
    """Hooks are called in the main thread only."""
    edit(patch, Module._call_impl, {WITHOUT_HOOKS: f"if not ({MAIN}) or not (self._backward_hooks or"})


@fault(
    "module/inputs-and-outputs-are-freed",
    "module/graph-is-freed",
    "module/hooks-called-by-threads",
)
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


@fault(
    "hook/mode-that-a-pre-hook-sets",
    "module/grad-mode-that-forward-sets",
    "module/grad-mode-of-threads",
)
def other_threads_run_without_gradients(patch):
    """A call of a Module in another thread than the main one has no gradients."""
    original = Module._call_impl

    @functools.wraps(original)
    def call(self, *arguments, **keywords):
        with torch.set_grad_enabled(threading.current_thread() is threading.main_thread() and torch.is_grad_enabled()):
            return original(self, *arguments, **keywords)

    patch.setattr(Module, "_call_impl", call)


@fault(
    "module/mode-set-by-a-thread",
)
def other_threads_follow_the_mode_of_the_main_one(patch):
    """In another thread than the main one, a Module trains whatever its mode is."""
    original = Module._call_impl

    @functools.wraps(original)
    def call(self, *arguments, **keywords):
        if threading.current_thread() is not threading.main_thread():
            self.training = True
        return original(self, *arguments, **keywords)

    patch.setattr(Module, "_call_impl", call)


@fault(
    "module/global-hooks-called-by-threads",
)
def global_hooks_rest_in_other_threads(patch):
    """Global forward hooks are called in the main thread only."""
    edit(
        patch,
        Module._call_impl,
        {"*_global_forward_hooks.items(),\n": f"*(_global_forward_hooks.items() if {MAIN} else ()),\n"},
    )
