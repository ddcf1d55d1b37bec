"""Faults of legacy and full backward hooks of Modules, and of the pre-hooks of backward."""

from torch.nn import Module
from torch.nn.modules import _functions
from torch.nn.modules import module as module_file
from torch.utils.hooks import BackwardHook

from .fault import fault
from .injection import edit

CALL_LEGACY_HOOK = "grad_fn.register_hook(_WrappedHook(hook, self))"

FULL_BETWEEN_CALLS = (
    "between-calls/full-backward-hook-on-the-root",
    "between-calls/full-backward-hook-registered",
    "between-calls/full-backward-hook-registered-on-a-child",
    "between-calls/full-backward-hook-removed",
    "between-calls/full-backward-hook-removed-before-the-backward-pass",
    "between-calls/full-backward-hook-removed-from-a-child",
    "between-calls/full-backward-hooks-of-two-layers",
)
"""Cases that register full backward hooks on Modules, and call these more than once."""


@fault(
    "hook/code-3",
    "hook/legacy-backward-*",
    "hook/global-legacy-*",
    "between-calls/legacy-backward-hook-registered",
    "between-calls/legacy-backward-hook-removed-from-a-child",
)
def legacy_hook_never_fires(patch):
    """No legacy backward hook is ever called."""
    edit(patch, Module._call_impl, {CALL_LEGACY_HOOK: "pass"})


@fault(
    "hook/code-3",
    "hook/legacy-backward-*",
    "hook/global-legacy-*",
    "between-calls/legacy-backward-hook-registered",
    "between-calls/legacy-backward-hook-removed-from-a-child",
)
def legacy_hook_fires_twice(patch):
    """A legacy backward hook is called twice."""
    edit(patch, Module._call_impl, {CALL_LEGACY_HOOK: f"{CALL_LEGACY_HOOK}; {CALL_LEGACY_HOOK}"})


@fault("hook/code-3", "hook/legacy-backward-*")
def legacy_hook_arguments_swapped(patch):
    """A legacy backward hook is given grad_output before grad_input."""
    edit(
        patch,
        Module._call_impl,
        {CALL_LEGACY_HOOK: "grad_fn.register_hook(lambda before, after, hook=hook: hook(self, after, before))"},
    )


@fault("hook/legacy-backward-*")
def legacy_hook_result_ignored(patch):
    """What a legacy backward hook returns is ignored."""
    edit(
        patch,
        Module._call_impl,
        {CALL_LEGACY_HOOK: "grad_fn.register_hook(lambda *both, hook=hook: (hook(self, *both), None)[1])"},
    )


@fault("hook/code-3", "hook/legacy-backward-*")
def legacy_hook_grad_input_in_a_list(patch):
    """A legacy backward hook is given grad_input in a list."""
    edit(
        patch,
        Module._call_impl,
        {CALL_LEGACY_HOOK: "grad_fn.register_hook(lambda before, *rest, hook=hook: hook(self, list(before), *rest))"},
    )


@fault("hook/code-3", "hook/legacy-backward-*")
def legacy_hook_grad_input_flipped(patch):
    """A legacy backward hook is given the gradients of grad_input with the other sign."""
    edit(
        patch,
        Module._call_impl,
        {
            CALL_LEGACY_HOOK: "grad_fn.register_hook(lambda before, *rest, hook=hook: "
            "hook(self, tuple(None if gradient is None else -gradient for gradient in before), *rest))"
        },
    )


@fault("hook/legacy-backward-output-without-grad")
def legacy_hook_refuses_an_output_without_gradient(patch):
    """A Module with a legacy backward hook cannot return what needs no gradient."""
    edit(patch, Module._call_impl, {"if grad_fn is not None:": "if True:"})


@fault("hook/legacy-backward-dict-output")
def legacy_hook_on_the_last_of_a_dict(patch):
    """A legacy backward hook sees the last tensor of a dictionary of outputs."""
    edit(
        patch,
        Module._call_impl,
        {"var = next(v for v in var.values() if isinstance(v, torch.Tensor))": "var = list(var.values())[-1]"},
    )


@fault(
    "hook/legacy-backward-tuple-output",
    "hook/legacy-backward-one-output-without-grad",
    "hook/legacy-backward-nested-output",
    "hook/global-legacy-backward-warns",
)
def legacy_hook_on_the_last_of_a_tuple(patch):
    """A legacy backward hook sees the last tensor of a tuple of outputs."""
    edit(patch, Module._call_impl, {"var = var[0]": "var = var[-1]"})


@fault(
    "hook/code-3",
    "hook/legacy-backward-*",
    "between-calls/legacy-backward-hook-registered",
    "between-calls/legacy-backward-hook-removed-from-a-child",
    "hook/global-legacy-backward-of-a-list-warns",
    "hook/global-legacy-backward-warns",
)
def legacy_hook_does_not_warn(patch):
    """The warning that a legacy backward hook misses gradients is lost."""
    patch.setattr(Module, "_maybe_warn_non_full_backward_hook", lambda *_: None)


@fault("hook/legacy-backward-*", "hook/global-legacy-*")
def legacy_hook_always_warns(patch):
    """A legacy backward hook warns also where it sees all gradients."""
    edit(
        patch,
        Module._maybe_warn_non_full_backward_hook,
        {"if inputs_grad_fn != next_functions:": "if True:"},
    )


@fault(
    "hook/code-3",
    "hook/legacy-backward-*",
    "module/state-dict-*-position*",
    "module/state-dict-destination-given-twice",
    "between-calls/legacy-backward-hook-registered",
    "between-calls/legacy-backward-hook-removed-from-a-child",
    "hook/global-legacy-backward-of-a-list-warns",
    "hook/global-legacy-backward-warns",
)
def future_warnings_are_user_warnings(patch):
    """The FutureWarnings of Module are UserWarnings, as they once were."""
    patch.setattr(module_file, "FutureWarning", UserWarning, raising=False)


@fault(
    "hook/code-3",
    "hook/legacy-backward-*",
    "hook/global-legacy-*",
    "between-calls/legacy-backward-hook-registered",
    "between-calls/legacy-backward-hook-removed-from-a-child",
)
def legacy_hook_is_a_full_one(patch):
    """A legacy backward hook is called as a full one is."""
    edit(
        patch,
        Module._get_backward_hooks,
        {
            "if self._is_full_backward_hook is True:": "if self._is_full_backward_hook is not None:",
            "if self._is_full_backward_hook is False:": "if False:",
        },
    )


@fault(
    "hook/full-*",
    "hook/backward-pre-before-full",
    "hook/global-full-*",
    "hook/handles-of-newer-hooks",
    "hook/deep-copy-keeps-backward-hooks",
    *FULL_BETWEEN_CALLS,
    "autograd/func-grad-of-a-hooked-module",
    "hook/deep-full-backward-hooks",
    "hook/ten-full-backward-hooks",
    "hook/ten-inputs-of-a-full-backward-hook",
    "module/graph-is-freed",
    "module/nothing-grows-with-backward-hooks",
    "remedy/linear-fuses-its-bias-in-3d",
)
def full_hook_is_a_legacy_one(patch):
    """A full backward hook is called as a legacy one is."""
    edit(
        patch,
        Module._get_backward_hooks,
        {
            "if self._is_full_backward_hook is True:": "if False:",
            "if self._is_full_backward_hook is False:": "if self._is_full_backward_hook is not None:",
        },
    )


@fault("hook/full-and-legacy", "hook/refused-kind-is-not-registered")
def full_hook_after_legacy_accepted(patch):
    """A Module with a legacy backward hook takes a full one."""
    edit(patch, Module.register_full_backward_hook, {"if self._is_full_backward_hook is False:": "if False:"})


@fault("hook/full-and-legacy", "hook/refused-kind-is-not-registered")
def legacy_hook_after_full_accepted(patch):
    """A Module with a full backward hook takes a legacy one."""
    edit(patch, Module.register_backward_hook, {"if self._is_full_backward_hook is True:": "if False:"})


@fault("hook/global-backward-hooks-of-both-kinds")
def global_legacy_hook_after_full_accepted(patch):
    """After a global full backward hook, a global legacy one is accepted."""
    edit(patch, module_file.register_module_backward_hook, {"if _global_is_full_backward_hook is True:": "if False:"})


@fault("hook/global-full-backward-hook-after-a-legacy-one")
def global_full_hook_after_legacy_accepted(patch):
    """After a global legacy backward hook, a global full one is accepted."""
    edit(
        patch,
        module_file.register_module_full_backward_hook,
        {"if _global_is_full_backward_hook is False:": "if False:"},
    )


@fault("hook/global-full-backward-hook-after-a-legacy-one")
def global_legacy_hook_forgotten_when_removed(patch):
    """A global full backward hook is accepted where no global legacy one is left."""
    edit(
        patch,
        module_file.register_module_full_backward_hook,
        {"_full_backward_hook is False:": "_full_backward_hook is False and _global_backward_hooks:"},
    )


@fault(
    "hook/full-*",
    "hook/backward-pre-before-full",
    "hook/global-full-*",
    "hook/handles-of-*",
    "hook/deep-copy-keeps-backward-hooks",
    *FULL_BETWEEN_CALLS,
    "between-calls/global-full-backward-hook",
    "hook/deep-full-backward-hooks",
    "hook/ten-full-backward-hooks",
    "hook/ten-inputs-of-a-full-backward-hook",
    "module/graph-is-freed",
)
def full_hook_never_fires(patch):
    """No full backward hook is called where an input needs a gradient."""
    edit(patch, BackwardHook._set_user_hook, {"for hook in self.user_hooks:": "for hook in ():"})


@fault(
    "hook/full-*",
    "hook/backward-pre-before-full",
    "hook/global-full-*",
    "hook/deep-copy-keeps-backward-hooks",
    *FULL_BETWEEN_CALLS,
    "between-calls/global-full-backward-hook",
    "hook/deep-full-backward-hooks",
    "hook/ten-full-backward-hooks",
    "hook/ten-inputs-of-a-full-backward-hook",
    "module/graph-is-freed",
)
def full_hook_fires_twice(patch):
    """A full backward hook is called twice."""
    edit(patch, BackwardHook._set_user_hook, {"for hook in self.user_hooks:": "for hook in 2 * self.user_hooks:"})


@fault(
    "hook/full-replaces-grad-input",
    "hook/full-wrong-size",
    "hook/full-in-order",
    "between-calls/full-backward-hook-on-the-root",
    "between-calls/full-backward-hook-registered-on-a-child",
    "between-calls/full-backward-hook-removed-from-a-child",
    "hook/full-that-returns-a-number",
    "hook/full-that-returns-none-for-one",
)
def full_hook_result_ignored(patch):
    """What a full backward hook returns is ignored."""
    edit(patch, BackwardHook._set_user_hook, {"res = out": "pass"})


@fault(
    "hook/full-*",
    "hook/backward-pre-before-full",
    "between-calls/full-backward-hook-on-the-root",
    "between-calls/full-backward-hook-registered-on-a-child",
    "between-calls/full-backward-hook-removed-from-a-child",
    "hook/deep-full-backward-hooks",
    "hook/ten-inputs-of-a-full-backward-hook",
)
def full_hook_arguments_swapped(patch):
    """A full backward hook is given grad_output before grad_input."""
    edit(
        patch,
        BackwardHook._set_user_hook,
        {"hook(self.module, res, self.grad_outputs)": "hook(self.module, self.grad_outputs, res)"},
    )


@fault(
    "hook/full-*",
    "hook/backward-pre-before-full",
    "between-calls/full-backward-hook-on-the-root",
    "between-calls/full-backward-hook-registered-on-a-child",
    "between-calls/full-backward-hook-removed-from-a-child",
    "hook/deep-full-backward-hooks",
    "hook/ten-inputs-of-a-full-backward-hook",
)
def full_hook_grad_input_scaled(patch):
    """The gradients that a full backward hook is given for the inputs are 1.0001 times too large."""
    edit(
        patch,
        BackwardHook._set_user_hook,
        {
            "hook(self.module, res, self.grad_outputs)": "hook(self.module, "
            "tuple(None if gradient is None else 1.0001 * gradient for gradient in res), self.grad_outputs)"
        },
    )


@fault(
    "hook/full-returns-one-tensor",
    "hook/full-that-returns-no-tuple",
    "hook/full-that-returns-too-few",
    "hook/full-that-returns-too-many",
    "hook/full-backward-hook-returns-an-empty-tuple",
)
def full_hook_number_of_gradients_unchecked(patch):
    """A full backward hook may return another number of gradients than there are inputs."""
    edit(patch, BackwardHook._set_user_hook, {"if len(out) != len(res):": "if False:"})


@fault("hook/full-*")
def full_hook_called_without_grad_output(patch):
    """A full backward hook is called also where the gradient does not come through the output."""
    edit(patch, BackwardHook._set_user_hook, {"if self.grad_outputs is None:": "if False:"})


@fault(
    "hook/backward-pre-without-input-grad",
    "hook/full-*without-input-grad*",
    "hook/full-backward-hook-of-no-gradient-returns-an-empty-tuple",
    "hook/full-backward-hook-of-no-gradient-returns-zero",
)
def full_hook_not_called_without_input_grad(patch):
    """A full backward hook is not called where no input needs a gradient."""
    edit(patch, BackwardHook.setup_output_hook, {"if self.input_tensors_index is None:": "if False:"})


@fault(
    "hook/backward-pre-without-input-grad",
    "hook/full-*without-input-grad*",
    "hook/full-backward-hook-of-no-gradient-returns-an-empty-tuple",
    "hook/full-backward-hook-of-no-gradient-returns-zero",
)
def full_hook_without_input_grad_does_not_warn(patch):
    """No warning tells that a full backward hook is called although no input needs a gradient."""
    edit(
        patch,
        BackwardHook.setup_output_hook,
        {'warnings.warn("Full backward hook': '(lambda *_, **__: None)("Full backward hook'},
    )


@fault("hook/full-without-input-grad-returns-a-gradient", "hook/full-backward-hook-of-no-gradient-returns-zero")
def full_hook_without_input_grad_may_return_a_gradient(patch):
    """Where no input needs a gradient, what a full backward hook returns is not looked at."""
    edit(patch, BackwardHook.setup_output_hook, {"if res is not None and not": "if False and not"})


@fault("hook/full-*without-input-grad*", "hook/full-backward-hook-of-no-gradient-returns-zero")
def full_hook_without_input_grad_put_off(patch):
    """Where no input needs a gradient, full backward hooks are called at the end of the backward pass."""
    edit(
        patch,
        BackwardHook.setup_output_hook,
        {
            "res = user_hook(self.module, grad_inputs, self.grad_outputs)": "given = self.grad_outputs; res = "
            "torch.autograd.Variable._execution_engine.queue_callback("
            "lambda hook=user_hook: hook(self.module, grad_inputs, given))"
        },
    )


@fault("hook/full-named-tuple-output")
def full_hook_unpacks_named_tuples(patch):
    """A Module with a full backward hook returns a plain tuple for a named one."""
    edit(patch, BackwardHook._apply_on_tensors, {"if type(args) is tuple:": "if isinstance(args, tuple):"})


@fault("hook/full-under-no-grad")
def full_hook_disregards_no_grad(patch):
    """A Module with a full backward hook sets it up also under no_grad."""
    edit(
        patch,
        BackwardHook._apply_on_tensors,
        {"if not (requires_grad and torch.is_grad_enabled()):": "if not requires_grad:"},
    )


@fault(
    "hook/backward-pre-without-input-grad",
    "hook/full-*without-input-grad*",
    "hook/full-output-is-not-the-input",
    "hook/full-backward-hook-of-no-gradient-returns-an-empty-tuple",
    "hook/full-backward-hook-of-no-gradient-returns-zero",
)
def full_hook_set_up_without_need(patch):
    """A full backward hook is set up on inputs that need no gradient."""
    edit(patch, BackwardHook._apply_on_tensors, {"requires_grad |= arg.requires_grad": "requires_grad = True"})


@fault(
    "hook/full-first-input-without-grad",
    "hook/full-unused-and-no-tensors",
    "hook/full-in-order",
    "hook/full-pre-that-returns-none-for-one",
    "hook/ten-inputs-of-a-full-backward-hook",
)
def full_hook_given_none_for_an_unused_input(patch):
    """A full backward hook is given None for an input that is not used."""
    edit(
        patch,
        _functions.BackwardHookFunction.forward,
        {"ctx.mark_non_differentiable(": "ctx.set_materialize_grads(False); ctx.mark_non_differentiable("},
    )


@fault("hook/full-*", "hook/ten-inputs-of-a-full-backward-hook")
def full_hook_lets_pass_what_works_in_place(patch):
    """A full backward hook copies what passes through, so that it may be changed in place."""
    edit(
        patch,
        _functions.BackwardHookFunction.forward,
        {"return args": "return tuple(arg.clone() for arg in args)"},
    )


@fault("hook/full-dict-output")
def full_hook_on_a_dict_does_not_warn(patch):
    """No warning tells that a full backward hook is not called for a dictionary."""
    edit(patch, Module._call_impl, {'warnings.warn("For backward': '(lambda *_, **__: None)("For backward'})


@fault(
    "hook/backward-pre-*",
    "hook/global-backward-pre-hook-goes-first",
    "hook/handles-of-*",
    "hook/deep-copy-keeps-backward-hooks",
    "hook/full-on-an-old-module",
    "between-calls/full-backward-pre-hook-on-a-child-from-the-start",
    "between-calls/full-backward-pre-hook-registered",
    "between-calls/full-backward-pre-hook-removed",
    "hook/full-pre-that-returns-*",
    "hook/ten-full-backward-pre-hooks",
)
def backward_pre_hook_never_fires(patch):
    """No backward pre-hook is ever called."""
    edit(patch, BackwardHook.setup_output_hook, {"if self.user_pre_hooks:": "if False:"})


@fault(
    "hook/backward-pre-*",
    "hook/global-backward-pre-hook-goes-first",
    "between-calls/full-backward-pre-hook-removed",
    "hook/full-pre-that-returns-a-number",
    "hook/full-pre-that-returns-none-for-one",
)
def backward_pre_hook_result_ignored(patch):
    """What a backward pre-hook returns is ignored."""
    edit(patch, BackwardHook.setup_output_hook, {"self.grad_outputs = hook_grad_outputs": "pass"})


@fault(
    "hook/backward-pre-returns-one-tensor", "hook/full-pre-that-returns-too-few", "hook/full-pre-that-returns-too-many"
)
def backward_pre_hook_number_of_gradients_unchecked(patch):
    """A backward pre-hook may return another number of gradients than there are outputs."""
    edit(patch, BackwardHook.setup_output_hook, {"if actual_len != expected_len:": "if False:"})


@fault("hook/backward-pre-*", "hook/global-backward-pre-hook-goes-first", "hook/ten-full-backward-pre-hooks")
def backward_pre_hooks_backwards(patch):
    """The backward pre-hook that was registered last is called first."""
    edit(
        patch,
        BackwardHook.setup_output_hook,
        {"in self.user_pre_hooks:": "in reversed(self.user_pre_hooks):"},
    )


@fault("hook/backward-pre-in-order")
def backward_pre_hook_prepend_ignored(patch):
    """A backward pre-hook that is to be put first is put last."""
    edit(patch, Module.register_full_backward_pre_hook, {"if prepend:": "if False:"})


@fault("hook/backward-pre-*", "hook/global-backward-pre-hook-goes-first", "hook/ten-full-backward-pre-hooks")
def global_backward_pre_hooks_last(patch):
    """Global backward pre-hooks are called after those of the Module."""
    original = Module._get_backward_pre_hooks
    patch.setattr(Module, "_get_backward_pre_hooks", lambda self: list(reversed(original(self))))
