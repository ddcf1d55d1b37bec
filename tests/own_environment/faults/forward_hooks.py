"""Faults of forward hooks and pre-hooks, of the handles of hooks, and of hooks at registration."""

import copy

from torch.nn import Module
from torch.nn.modules import module as module_file
from torch.utils.hooks import RemovableHandle

from .fault import fault
from .injection import edit

PRE_HOOKS, FORWARD_HOOKS = "*self._forward_pre_hooks.items(),", "*self._forward_hooks.items(),"
CALL_PRE_HOOK = "args_result = hook(self, args)"
CALL_FORWARD_HOOK = "hook_result = hook(self, args, result)\n\n"  # The last line of its branch, as the others are not.


@fault(
    "hook/code-1",
    "hook/pre-hook*",
    "hook/forward-hook-sees-replaced-input",
    "hook/keyword-arguments*",
    "hook/parent-and-child",
    "hook/forward-called-directly",
    "hook/remove*",
    "hook/handle-*",
    "hook/hook-that-removes-itself",
    "hook/deep-copy-*",
    "hook/global-forward-hooks-*",
    "parameter/lazy-linear-*",
    "hook/handles-of-global-hooks",
    "hook/unpickled-handle-removes-its-hook",
    "hook/registered-after-a-handle-was-unpickled",
    "module/state-from-before-pre-hooks",
    "hook/options-of-forward-hooks-on-an-old-module",
    "between-calls/*",
    "parameter/lazy-batch-norm1d-finds-its-features",
    "parameter/lazy-batch-norm2d-finds-its-features",
    "parameter/lazy-batch-norm3d-finds-its-features",
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
    "utility/prune-is-applied-by-the-call",
    "utility/spectral-norm-by-a-hook-in-evaluation",
    "utility/spectral-norm-iterates-in-training-alone",
    "autograd/hook-on-an-uninitialized-parameter",
    "autograd/leaf-uninitialized",
    "hook/called-two-hundred-times",
    "hook/deep-forward-hooks",
    "hook/forward-hooks-in-inference-mode",
    "hook/forward-hooks-in-no-grad",
    "hook/hooks-return-a-tensor-of-zero",
    "hook/mode-that-a-pre-hook-sets",
    "hook/one-of-three-raises",
    "hook/options-of-forward-hooks-in-inference-mode",
    "hook/options-of-forward-hooks-in-no-grad",
    "hook/output-that-equals-none",
    "hook/ten-forward-hooks",
    "hook/ten-global-forward-hooks",
    "module/global-hooks-called-by-threads",
    "module/hook-registered-twice",
    "module/keywords-changed-in-place",
)
def pre_hook_never_fires(patch):
    """No forward pre-hook is ever called."""
    edit(patch, Module._call_impl, {"if _global_forward_pre_hooks or self._forward_pre_hooks:": "if False:"})


@fault(
    "hook/code-2",
    "hook/forward-*",
    "hook/keyword-arguments*",
    "hook/parent-and-child",
    "hook/global-forward-*",
    "hook/hooks-put-first",
    "hook/full-loss-on-a-kept-output",
    "hook/always-called-hooks-when-a-hook-raises",
    "hook/handles-of-global-hooks",
    "hook/deep-copy-keeps-options-of-forward-hooks",
    "hook/options-of-forward-hooks-on-an-old-module",
    "between-calls/*",
    "functional/functional-call-of-a-hooked-module",
    "parameter/lazy-layer-with-a-forward-hook",
    "hook/called-two-hundred-times",
    "hook/deep-forward-hooks",
    "hook/deep-global-forward-hooks",
    "hook/hooks-return-a-tensor-of-zero",
    "hook/mode-that-a-pre-hook-sets",
    "hook/one-of-three-raises",
    "hook/output-that-equals-none",
    "hook/ten-forward-hooks",
    "hook/ten-global-forward-hooks",
    "hook/two-hundred-handles",
    "hook/with-block-that-raises-around-a-forward-hook",
    "module/global-hooks-called-by-threads",
    "module/hook-registered-twice",
    "module/hooks-called-by-threads",
    "module/keywords-changed-in-place",
    "module/shallow-copy",
    "remedy/hook-with-keywords-on-each-module",
    "layer/call-overridden-around-hooks",
    "layer/own-setstate-without-that-of-module",
)
def forward_hook_never_fires(patch):
    """No forward hook is ever called when forward succeeds."""
    edit(patch, Module._call_impl, {"if _global_forward_hooks or self._forward_hooks:": "if False:"})


@fault(
    "hook/code-1",
    "hook/pre-hook*",
    "hook/forward-hook-sees-replaced-input",
    "hook/keyword-arguments*",
    "hook/parent-and-child",
    "hook/forward-called-directly",
    "hook/remove*",
    "hook/handle-*",
    "hook/hook-that-removes-itself",
    "hook/deep-copy-*",
    "hook/global-forward-hooks-*",
    "parameter/lazy-linear-*",
    "hook/unpickled-handle-removes-its-hook",
    "hook/registered-after-a-handle-was-unpickled",
    "module/state-from-before-pre-hooks",
    "hook/options-of-forward-hooks-on-an-old-module",
    "between-calls/*",
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
    "autograd/hook-on-an-uninitialized-parameter",
    "autograd/leaf-uninitialized",
    "hook/called-two-hundred-times",
    "hook/deep-forward-hooks",
    "hook/forward-hooks-in-inference-mode",
    "hook/forward-hooks-in-no-grad",
    "hook/one-of-three-raises",
    "hook/options-of-forward-hooks-in-inference-mode",
    "hook/options-of-forward-hooks-in-no-grad",
    "hook/ten-forward-hooks",
    "module/hook-registered-twice",
)
def pre_hook_fires_twice(patch):
    """Each forward pre-hook of a Module is called a second time."""
    edit(patch, Module._call_impl, {PRE_HOOKS: 2 * PRE_HOOKS})


@fault(
    "hook/code-2",
    "hook/forward-*",
    "hook/keyword-arguments*",
    "hook/parent-and-child",
    "hook/global-forward-*",
    "hook/hooks-put-first",
    "hook/deep-copy-keeps-options-of-forward-hooks",
    "hook/options-of-forward-hooks-on-an-old-module",
    "between-calls/*",
    "functional/functional-call-of-a-hooked-module",
    "parameter/lazy-layer-with-a-forward-hook",
    "hook/called-two-hundred-times",
    "hook/deep-forward-hooks",
    "hook/mode-that-a-pre-hook-sets",
    "hook/one-of-three-raises",
    "hook/ten-forward-hooks",
    "hook/two-hundred-handles",
    "hook/with-block-that-raises-around-a-forward-hook",
    "module/hook-registered-twice",
    "module/hooks-called-by-threads",
    "module/keywords-changed-in-place",
    "module/shallow-copy",
)
def forward_hook_fires_twice(patch):
    """Each forward hook of a Module is called a second time."""
    edit(patch, Module._call_impl, {FORWARD_HOOKS: 2 * FORWARD_HOOKS})


@fault(
    "hook/hook-that-removes-itself",
    "hook/pre-hooks-*",
    "hook/removed-hook",
    "hook/registered-after-a-handle-was-unpickled",
    "parameter/lazy-layer-with-a-forward-pre-hook",
    "hook/one-of-three-raises",
    "hook/pre-hook-returns-an-empty-tuple",
    "hook/pre-hook-returns-zero",
    "hook/ten-forward-hooks",
)
def pre_hooks_backwards(patch):
    """The forward pre-hook that was registered last is called first."""
    edit(patch, Module._call_impl, {PRE_HOOKS: "*reversed(self._forward_pre_hooks.items()),"})


@fault(
    "hook/forward-hooks-in-order",
    "hook/hooks-put-first",
    "hook/always-called-hooks-when-a-hook-raises",
    "hook/deep-copy-keeps-options-of-forward-hooks",
    "hook/options-of-forward-hooks-on-an-old-module",
    "between-calls/hook-prepended",
    "hook/forward-hook-returns-an-empty-tuple",
    "hook/forward-hook-returns-zero",
    "hook/one-of-three-raises",
    "hook/ten-forward-hooks",
    "hook/two-hundred-handles",
)
def forward_hooks_backwards(patch):
    """The forward hook that was registered last is called first."""
    edit(patch, Module._call_impl, {FORWARD_HOOKS: "*reversed(self._forward_hooks.items()),"})


@fault("hook/hook-that-removes-itself", "parameter/lazy-layer-with-a-forward-pre-hook")
def pre_hooks_not_copied(patch):
    """Forward pre-hooks are called from the very dictionary that a hook may change."""
    edit(
        patch,
        Module._call_impl,
        {
            "*_global_forward_pre_hooks.items(),": "pair for hooks in (_global_forward_pre_hooks,",
            PRE_HOOKS: "self._forward_pre_hooks) for pair in hooks.items()",
        },
    )


@fault("hook/global-forward-hooks-run-first")
def global_pre_hooks_last(patch):
    """Global forward pre-hooks are called after those of the Module."""
    edit(
        patch,
        Module._call_impl,
        {"*_global_forward_pre_hooks.items(),": "", PRE_HOOKS: PRE_HOOKS + "*_global_forward_pre_hooks.items(),"},
    )


@fault("hook/global-forward-hooks-run-first", "hook/hooks-put-first", "hook/always-called-hooks-when-a-hook-raises")
def global_forward_hooks_last(patch):
    """Global forward hooks are called after those of the Module."""
    edit(
        patch,
        Module._call_impl,
        {"*_global_forward_hooks.items(),": "", FORWARD_HOOKS: FORWARD_HOOKS + "*_global_forward_hooks.items(),"},
    )


@fault(
    "hook/code-1",
    "hook/pre-hook*",
    "hook/forward-hook-sees-replaced-input",
    "hook/unpickled-handle-removes-its-hook",
    "between-calls/forward-pre-hook-that-changes-the-input-registered-on-a-child",
    "hook/forward-hooks-in-inference-mode",
    "hook/forward-hooks-in-no-grad",
    "hook/hooks-return-a-tensor-of-zero",
    "hook/output-that-equals-none",
    "hook/ten-forward-hooks",
    "module/global-hooks-called-by-threads",
)
def pre_hook_result_ignored(patch):
    """What a forward pre-hook returns is ignored."""
    edit(patch, Module._call_impl, {"if args_result is not None:": "if False:"})


@fault(
    "hook/code-2",
    "hook/forward-hook-returns-a-dict",
    "hook/forward-hooks-in-order",
    "between-calls/deep-copied-with-a-hook",
    "between-calls/forward-hook-that-changes-the-output-registered",
    "between-calls/forward-hook-that-changes-the-output-removed-from-a-child",
    "between-calls/hook-reads-a-variable",
    "hook/forward-hook-returns-an-empty-tuple",
    "hook/forward-hook-returns-zero",
    "hook/forward-hooks-in-inference-mode",
    "hook/forward-hooks-in-no-grad",
    "hook/hooks-return-a-tensor-of-zero",
    "hook/output-that-equals-none",
    "hook/ten-forward-hooks",
    "module/global-hooks-called-by-threads",
    "module/hooks-called-by-threads",
)
def forward_hook_result_ignored(patch):
    """What a forward hook returns is ignored."""
    edit(patch, Module._call_impl, {CALL_FORWARD_HOOK: "hook_result = (hook(self, args, result), None)[1]\n\n"})


@fault(
    "hook/code-1",
    "hook/keyword-arguments",
    "hook/pre-hooks-in-order",
    "hook/pre-hook-returns-an-empty-tuple",
    "hook/pre-hook-returns-zero",
)
def pre_hook_inputs_in_a_list(patch):
    """A forward pre-hook is given the inputs in a list."""
    edit(patch, Module._call_impl, {CALL_PRE_HOOK: "args_result = hook(self, list(args))"})


@fault(
    "hook/code-2",
    "hook/*forward-hook-arguments",
    "hook/forward-hook-sees-replaced-input",
    "hook/keyword-arguments",
    "hook/deep-copy-keeps-options-of-forward-hooks",
    "hook/options-of-forward-hooks-on-an-old-module",
)
def forward_hook_inputs_in_a_list(patch):
    """A forward hook is given the inputs in a list."""
    edit(patch, Module._call_impl, {CALL_FORWARD_HOOK: "hook_result = hook(self, list(args), result)\n\n"})


@fault(
    "hook/code-2",
    "hook/forward-hook*",
    "hook/keyword-arguments",
    "hook/full-loss-on-a-kept-output",
    "hook/global-forward-hook-arguments",
    "hook/always-called-hooks-when-a-hook-raises",
    "hook/deep-copy-keeps-options-of-forward-hooks",
    "hook/options-of-forward-hooks-on-an-old-module",
    "between-calls/deep-copied-with-a-hook",
    "between-calls/forward-hook-that-changes-the-output-registered",
    "between-calls/forward-hook-that-changes-the-output-removed-from-a-child",
    "between-calls/hook-keeps-outputs",
    "between-calls/hook-reads-a-variable",
    "between-calls/hook-shows-in-every-call",
    "functional/functional-call-of-a-hooked-module",
    "parameter/lazy-layer-with-a-forward-hook",
    "hook/mode-that-a-pre-hook-sets",
    "hook/ten-forward-hooks",
    "module/global-hooks-called-by-threads",
    "module/hooks-called-by-threads",
)
def forward_hook_arguments_swapped(patch):
    """A forward hook is given the output before the inputs."""
    edit(patch, Module._call_impl, {CALL_FORWARD_HOOK: "hook_result = hook(self, result, args)\n\n"})


@fault("hook/forward-hook-arguments", "between-calls/hook-counts-in-an-attribute", "hook/deep-global-forward-hooks")
def forward_hook_given_a_copy(patch):
    """A forward hook is given a shallow copy of the Module."""
    edit(patch, Module._call_impl, {CALL_FORWARD_HOOK: "hook_result = hook(copy.copy(self), args, result)\n\n"})
    patch.setattr(module_file, "copy", copy, raising=False)


@fault("hook/forward-hook-sees-replaced-input")
def forward_hook_sees_the_inputs_of_the_call(patch):
    """A forward hook is given the inputs of the call, also where a pre-hook replaced them."""
    edit(
        patch,
        Module._call_impl,
        {
            "nonlocal result, args, kwargs": "nonlocal result, args, kwargs; given = args",
            CALL_FORWARD_HOOK: "hook_result = hook(self, given, result)\n\n",
        },
    )


@fault("hook/pre-hook-returns-a-list")
def pre_hook_list_unpacked(patch):
    """A list that a forward pre-hook returns is taken for all inputs, as a tuple is."""
    edit(
        patch,
        Module._call_impl,
        {"if not isinstance(args_result, tuple):": "if not isinstance(args_result, (tuple, list)):"},
    )


@fault(
    "hook/pre-hook-returns-a-list",
    "hook/pre-hook-returns-one-value",
    "hook/hooks-return-a-tensor-of-zero",
    "hook/output-that-equals-none",
    "hook/pre-hook-returns-zero",
    "hook/ten-forward-hooks",
)
def pre_hook_value_not_wrapped(patch):
    """One value that a forward pre-hook returns without a tuple is unpacked."""
    edit(patch, Module._call_impl, {"args_result = (args_result,)": "args_result = tuple(args_result)"})


@fault("hook/pre-hook-adds-an-input")
def pre_hook_tuple_cut_off(patch):
    """Of what a forward pre-hook returns, only as many inputs count as there were."""
    edit(patch, Module._call_impl, {"args = args_result\n": "args = args_result[: len(args)]\n"})


@fault(
    "hook/keyword-arguments",
    "hook/global-forward-hook-arguments",
    "hook/deep-copy-keeps-options-of-forward-hooks",
    "hook/options-of-forward-hooks-on-an-old-module",
)
def keyword_arguments_for_hooks_that_do_not_ask(patch):
    """Forward hooks and pre-hooks are given keyword arguments among the positional inputs."""
    edit(
        patch,
        Module._call_impl,
        {
            CALL_PRE_HOOK: "args_result = hook(self, (*args, *kwargs.values()))",
            CALL_FORWARD_HOOK: "hook_result = hook(self, (*args, *kwargs.values()), result)\n\n",
        },
    )


@fault(
    "hook/global-forward-hook-with-keywords-when-forward-raises",
    "hook/keyword-arguments-for-hooks-that-ask",
    "hook/deep-copy-keeps-options-of-forward-hooks",
    "hook/options-of-forward-hooks-on-an-old-module",
    "between-calls/hook-with-kwargs",
    "module/keywords-changed-in-place",
)
def keyword_arguments_lost_on_the_way_to_forward_hooks(patch):
    """A forward hook that asked for keyword arguments is given none."""
    edit(
        patch,
        Module._call_impl,
        {"hook(self, args, kwargs, result)\n": "hook(self, args, {}, result)\n"},
    )


@fault("hook/keyword-arguments-for-hooks-that-ask", "between-calls/hook-with-kwargs")
def keyword_arguments_of_a_pre_hook_ignored(patch):
    """The keyword arguments that a forward pre-hook returns are ignored."""
    edit(patch, Module._call_impl, {"args, kwargs = args_kwargs_result": "args, _ = args_kwargs_result"})


@fault(
    "hook/keyword-arguments-for-hooks-that-ask",
    "hook/pre-hook-with-keywords-returns-inputs-alone",
    "between-calls/hook-with-kwargs",
    "hook/pre-hook-with-keywords-returns-an-empty-tuple",
    "hook/pre-hook-with-keywords-returns-zero",
)
def pre_hook_with_keywords_may_return_inputs_alone(patch):
    """Inputs that a forward pre-hook with keyword arguments returns alone are accepted."""
    edit(
        patch,
        Module._call_impl,
        {
            "if isinstance(args_kwargs_result, tuple) and len(args_kwargs_result) == 2:\n": "if True:\n",
            "args, kwargs = args_kwargs_result": "args = args_kwargs_result",
        },
    )


@fault(
    "hook/always-called-hook*",
    "hook/deep-copy-keeps-options-of-forward-hooks",
    "between-calls/always-called-hook-when-forward-raises",
    "hook/options-of-forward-hooks-in-inference-mode",
    "hook/options-of-forward-hooks-in-no-grad",
)
def always_called_hook_not_called_when_forward_raises(patch):
    """A forward hook with always_call is not called when forward raises."""
    edit(patch, Module._call_impl, {"for hook_id, hook in self._forward_hooks.items():": "for hook_id, hook in ():"})


@fault(
    "hook/global-forward-hook-with-keywords-when-forward-raises",
    "hook/always-called-hooks-among-others-when-forward-raises",
    "hook/always-called-hooks-that-raise-in-a-row",
)
def global_always_called_hook_not_called_when_forward_raises(patch):
    """A global forward hook with always_call is not called when forward raises."""
    edit(patch, Module._call_impl, {"for hook_id, hook in _global_forward_hooks.items():": "for hook_id, hook in ():"})


@fault(
    "hook/always-called-hook*",
    "hook/deep-copy-keeps-options-of-forward-hooks",
    "between-calls/hook-raises-once",
    "between-calls/hooks-around-a-forward-that-raises",
    "hook/one-of-three-raises",
    "hook/pre-hook-raises-before-forward",
)
def every_hook_is_always_called(patch):
    """All forward hooks are called when forward raises, not only those with always_call."""
    edit(
        patch,
        Module._call_impl,
        {"if hook_id in self._forward_hooks_always_called and hook_id not in": "if hook_id not in"},
    )


@fault("hook/always-called-hook*-that-raise*")
def error_of_an_always_called_hook_unmentioned(patch):
    """No warning tells what a forward hook with always_call raised after forward did."""
    edit(
        patch, Module._call_impl, {'warnings.warn("module forward hook': '(lambda *_, **__: None)("module forward hook'}
    )


@fault(
    "hook/always-called-hook*",
    "hook/full-on-an-in-place-module",
    "hook/global-forward-hook-with-keywords-when-forward-raises",
    "hook/pre-hook-with-keywords-returns-inputs-alone",
    "hook/deep-copy-keeps-options-of-forward-hooks",
    "parameter/lazy-linear-that-loaded-another-size",
    "between-calls/always-called-hook-when-forward-raises",
    "between-calls/hook-raises-once",
    "between-calls/hooks-around-a-forward-that-raises",
    "between-calls/pre-hook-raises-once",
    "parameter/lazy-conv-transpose1d-of-other-dimensions",
    "parameter/lazy-conv-transpose2d-of-other-dimensions",
    "parameter/lazy-conv-transpose3d-of-other-dimensions",
    "parameter/lazy-conv1d-of-other-dimensions",
    "parameter/lazy-conv2d-of-other-dimensions",
    "parameter/lazy-conv3d-of-other-dimensions",
    "parameter/lazy-linear-loads-another-size-than-it-is-called-with",
    "autograd/func-grad-of-a-hooked-module",
    "hook/one-of-three-raises",
    "hook/options-of-forward-hooks-in-inference-mode",
    "hook/options-of-forward-hooks-in-no-grad",
    "hook/pre-hook-raises-before-forward",
    "hook/pre-hook-with-keywords-returns-an-empty-tuple",
    "hook/pre-hook-with-keywords-returns-zero",
)
def error_of_forward_swallowed(patch):
    """What forward raises is lost if the Module has hooks, and None is returned."""
    edit(patch, Module._call_impl, {"# raise exception raised in try block\n": "return None\n"})


@fault("hook/hooks-put-first", "between-calls/hook-prepended")
def forward_hook_prepend_ignored(patch):
    """A forward hook that is to be put first is put last."""
    edit(patch, Module.register_forward_hook, {"if prepend:": "if False:"})


@fault(
    "hook/always-called-hook-when-forward-raises",
    "hook/keyword-arguments-for-hooks-that-ask",
    "hook/deep-copy-keeps-options-of-forward-hooks",
    "hook/options-of-forward-hooks-on-an-old-module",
    "between-calls/hook-with-kwargs",
    "hook/removed-with-keywords",
    "hook/options-of-forward-hooks-in-inference-mode",
    "hook/options-of-forward-hooks-in-no-grad",
    "module/keywords-changed-in-place",
)
def forward_hook_with_kwargs_ignored(patch):
    """The with_kwargs of register_forward_hook is ignored."""
    edit(patch, Module.register_forward_hook, {"if with_kwargs:": "if False:"})


@fault(
    "hook/always-called-hook*",
    "hook/deep-copy-keeps-options-of-forward-hooks",
    "between-calls/always-called-hook-when-forward-raises",
    "hook/removed-that-is-always-called",
    "hook/options-of-forward-hooks-in-inference-mode",
    "hook/options-of-forward-hooks-in-no-grad",
)
def forward_hook_always_call_ignored(patch):
    """The always_call of register_forward_hook is ignored."""
    edit(patch, Module.register_forward_hook, {"if always_call:": "if False:"})


@fault(
    "hook/keyword-arguments-for-hooks-that-ask",
    "hook/pre-hook-with-keywords-returns-inputs-alone",
    "parameter/lazy-linear-called-with-a-keyword",
    "hook/deep-copy-keeps-options-of-forward-hooks",
    "hook/options-of-forward-hooks-on-an-old-module",
    "between-calls/hook-with-kwargs",
    "hook/removed-with-keywords",
    "hook/options-of-forward-hooks-in-inference-mode",
    "hook/options-of-forward-hooks-in-no-grad",
    "hook/pre-hook-with-keywords-returns-an-empty-tuple",
    "hook/pre-hook-with-keywords-returns-zero",
    "module/keywords-changed-in-place",
)
def pre_hook_with_kwargs_ignored(patch):
    """The with_kwargs of register_forward_pre_hook is ignored."""
    edit(patch, Module.register_forward_pre_hook, {"if with_kwargs:": "if False:"})


@fault(
    "hook/deep-copy-keeps-hooks",
    "hook/handle*",
    "hook/hook-that-removes-itself",
    "hook/legacy-backward-removed-before-backward",
    "hook/removed-hook",
    "hook/removed-twice",
    "hook/tensor-hook-registers-another",
    "hook/unpickled-handle-removes-its-hook",
    "between-calls/*",
    "parameter/lazy-hooks-after-the-first-call",
    "parameter/lazy-layer-with-a-forward-hook",
    "hook/called-two-hundred-times",
    "hook/full-backward-hook-raises",
    "hook/refused-kind-is-not-registered",
    "hook/state-hook-raises",
    "hook/two-hundred-handles",
    "hook/with-block-that-raises-around-a-forward-hook",
    "hook/with-block-that-raises-around-a-state-hook",
    "module/hook-registered-twice",
    "module/hooks-are-freed",
    "module/nothing-grows-with-calls",
)
def remove_removes_nothing(patch):
    """The remove() of a handle leaves the hook where it is."""
    edit(patch, RemovableHandle.remove, {"del hooks_dict[self.id]": "pass"})


@fault(
    "hook/handle*",
    "between-calls/hook-handle-as-context",
    "hook/with-block-that-raises-around-a-forward-hook",
    "hook/with-block-that-raises-around-a-state-hook",
    "module/nothing-grows-with-calls",
)
def with_block_removes_nothing(patch):
    """A handle does not remove its hook at the end of a with block."""
    edit(patch, RemovableHandle.__exit__, {"self.remove()": "pass"})


@fault(
    "hook/pre-hooks-*",
    "hook/forward-hooks-*",
    "hook/remove*",
    "hook/hook*",
    "hook/backward-pre-*",
    "hook/tensor-hook-registers-another",
    "hook/always-called-hooks-*",
    "hook/full-in-order",
    "hook/global-legacy-*",
    "hook/deep-copy-keeps-options-of-forward-hooks",
    "hook/options-of-forward-hooks-on-an-old-module",
    "between-calls/hook-prepended",
    "parameter/lazy-layer-with-a-forward-pre-hook",
    "autograd/hook-without-a-name",
    "autograd/post-accumulate-hooks-in-order",
    "hook/forward-hook-returns-an-empty-tuple",
    "hook/forward-hook-returns-zero",
    "hook/one-of-three-raises",
    "hook/pre-hook-returns-an-empty-tuple",
    "hook/pre-hook-returns-zero",
    "hook/ten-forward-hooks",
    "hook/ten-full-backward-hooks",
    "hook/ten-full-backward-pre-hooks",
    "hook/ten-global-forward-hooks",
    "hook/ten-hooks-of-the-state",
    "hook/two-hundred-handles",
    "module/hook-registered-twice",
)
def handles_share_a_number(patch):
    """All handles have one number, so that a hook takes the place of another."""
    edit(patch, RemovableHandle.__init__, {"RemovableHandle.next_id += 1": "pass"})


@fault(
    "hook/hook-that-removes-itself",
    "hook/removed-hook",
    "hook/tensor-hook-registers-another",
    "hook/two-hundred-handles",
    "module/hook-registered-twice",
)
def remove_clears_all_hooks(patch):
    """The remove() of a handle removes all hooks of the Module."""
    edit(patch, RemovableHandle.remove, {"del hooks_dict[self.id]": "hooks_dict.clear()"})


@fault(
    "hook/registered-after-a-handle-was-unpickled",
    "hook/unpickled-handle-keeps-its-number",
)
def handles_counted_back_when_one_is_unpickled(patch):
    """A handle that is unpickled takes the count of handles back to before its own number."""
    edit(patch, RemovableHandle.__setstate__, {"max(RemovableHandle.next_id, self.id + 1)": "self.id - 1"})


@fault(
    "hook/handle-without-its-module-is-pickled",
    "hook/handle-of-a-full-backward-hook-is-pickled-without-its-module",
    "hook/handle-of-a-full-backward-pre-hook-is-pickled-without-its-module",
    "hook/handle-of-a-legacy-backward-hook-is-pickled-without-its-module",
    "hook/handle-of-a-load-post-hook-is-pickled-without-its-module",
    "hook/handle-of-a-load-pre-hook-is-pickled-without-its-module",
    "hook/handle-of-a-state-pre-hook-is-pickled-without-its-module",
)
def handle_without_its_module_cannot_be_loaded(patch):
    """A handle that was pickled when its Module was gone cannot be loaded."""
    edit(patch, RemovableHandle.__setstate__, {"if state[0] is None:": "if False:"})


@fault(
    "hook/handle-without-its-module-is-pickled",
    "hook/handle-of-a-forward-hook-is-pickled-without-its-module",
    "hook/handle-of-a-forward-pre-hook-is-pickled-without-its-module",
)
def handle_without_its_module_loaded_whatever_its_options(patch):
    """A handle that was pickled when its Module was gone can be loaded, also if its hook takes options."""
    edit(patch, RemovableHandle.__setstate__, {"or state[2] is None:": "or None in state[2]:"})


@fault(
    "hook/deep-copy-keeps-hooks",
    "hook/unpickled-handle-removes-its-hook",
    "hook/deep-copy-keeps-options-of-forward-hooks",
    "parameter/lazy-linear-copied-before-its-first-call",
)
def copy_loses_its_hooks(patch):
    """A copy of a Module has no forward pre-hooks."""
    edit(
        patch,
        Module.__setstate__,
        {"self.__dict__.update(state)": "self.__dict__.update(state, _forward_pre_hooks=OrderedDict())"},
    )


@fault("hook/registration-hooks*", "hook/handles-of-global-hooks", "hook/registration-hook-raises")
def parameter_registration_unannounced(patch):
    """No registration hook is called for a parameter."""
    edit(
        patch,
        Module.register_parameter,
        {"for hook in _global_parameter_registration_hooks.values():": "for hook in ():"},
    )


@fault("hook/registration-hooks*", "hook/handles-of-global-hooks", "hook/registration-hook-raises")
def buffer_registration_unannounced(patch):
    """No registration hook is called for a buffer."""
    edit(patch, Module.register_buffer, {"for hook in _global_buffer_registration_hooks.values():": "for hook in ():"})


@fault(
    "hook/registration-hooks*", "hook/registration-hook-raises", "hook/registration-hook-returns-an-empty-sequential"
)
def child_registration_unannounced(patch):
    """No registration hook is called for a child that is added by add_module."""
    edit(patch, Module.add_module, {"for hook in _global_module_registration_hooks.values():": "for hook in ():"})
