"""Faults of a Module that is called again: what was so at its first call is still so at the next."""

from torch.nn import Module

from .fault import fault
from .injection import edit

PLAIN = "return forward_call(*args, **kwargs)"
"""How a Module without hooks is called."""


@fault(
    "between-calls/*",
    "buffer/batchnorm-version-of-its-state",
    "buffer/code-1",
    "buffer/code-2",
    "buffer/code-3",
    "buffer/loaded-buffers-go-on",
    "buffer/loaded-plain-tensors-start-over",
    "functional/batchnorm-of-momentum-none",
    "functional/code-3",
    "functional/code-4",
    "functional/code-5",
    "functional/code-6",
    "functional/functional-call-of-a-shared-child",
    "functional/linear-acts-on-the-last-dimension",
    "hook/handles-of-newer-hooks",
    "parameter/backward-adds-gradients",
    "parameter/code-3",
    "parameter/code-4",
    "parameter/code-5",
    "parameter/deepcopy-of-a-parametrized-module",
    "parameter/momentum-of-an-unused-parameter",
    "parameter/zero-grad-between-backward-calls",
    "functional/functional-call-without-tying",
    "module/jit-trace-module-warns",
    "module/jit-trace-warns",
    "parameter/parametrized-in-a-chain",
    "parameter/parametrized-under-cached",
    "autograd/backward-of-a-parametrized-module",
    "autograd/batch-norm-in-inference-mode",
    "autograd/data-of-another-dtype-with-a-gradient",
    "autograd/data-of-another-shape-with-a-gradient",
    "autograd/deepcopy-of-a-module-that-keeps-an-output",
    "autograd/func-grad-of-a-module",
    "autograd/func-grad-of-a-parametrized-module",
    "autograd/func-jacobian-of-a-module",
    "autograd/grad-mode-in-inference-mode",
    "autograd/gradient-added-plainly",
    "autograd/gradient-of-a-sparse-embedding-added",
    "autograd/hook-on-a-frozen-parameter",
    "autograd/hook-on-a-parametrized-weight",
    "autograd/multi-grad-hook-of-all",
    "autograd/multi-grad-hook-of-any",
    "autograd/node-hook-is-lost-with-its-node",
    "autograd/post-accumulate-hook-and-autograd-grad",
    "autograd/post-accumulate-hooks-in-order",
    "module/batch-norm-counts-twelve",
    "module/batch-norm-in-inference-mode",
    "module/batch-norm-in-no-grad",
    "module/deleted-of-a-class",
    "module/inputs-and-outputs-are-freed",
    "module/mode-set-by-a-thread",
    "module/nothing-grows-with-calls",
    "module/overridden-call-in-a-sequential",
    "remedy/compile-freezes-what-a-child-assigns",
    "remedy/compile-skips-guards-on-empty-hooks",
    "remedy/dropout2d-drops-planes-of-3d",
    "remedy/linear-input-of-another-dtype",
    "remedy/linear-input-of-another-size",
    "remedy/script-keeps-what-forward-assigns",
    "remedy/trace-differentiates-what-no-grad-excludes",
)  # Whatever calls a Module more than once.
def module_returns_its_first_output_again(patch):
    """A Module without hooks that was called before returns what it returned at the first call."""
    kept = "self.__dict__['kept_output'] = forward_call(*args, **kwargs)"
    edit(
        patch,
        Module._call_impl,
        {PLAIN: f"if 'kept_output' not in self.__dict__: {kept}\n        return self.__dict__['kept_output']"},
    )


@fault(
    "between-calls/forward-raises-then-does-not",
    "functional/batchnorm-without-eps",
    "functional/functional-call-of-a-forward-that-raises",
    "functional/instance-norm-of-one-element",
    "between-calls/argument-missing",
    "between-calls/child-deleted",
    "between-calls/child-raises-and-is-caught",
    "between-calls/forward-raises-later",
    "between-calls/input-of-a-shape-that-does-not-fit",
    "between-calls/parameter-deleted",
    "autograd/inference-tensor-in-forward",
    "autograd/vmap-of-batch-norm",
    "autograd/vmap-of-dropout",
)
def module_that_raised_raises_again(patch):
    """A Module without hooks that raised once raises the same error at every call after."""
    kept = "self.__dict__['kept_error']"
    lines = [
        f"if 'kept_error' in self.__dict__: raise {kept}",
        "try:",
        f"    {PLAIN}",
        "except Exception as error:",
        f"    {kept} = error",
        "    raise",
    ]
    edit(patch, Module._call_impl, {PLAIN: "\n        ".join(lines)})


@fault("between-calls/output-is-the-input")
def input_in_a_tuple_is_returned_as_a_view(patch):
    """A Module without hooks that returns a tuple with its first input in it returns a view of that input."""
    lines = [
        "output = forward_call(*args, **kwargs)",
        "if type(output) is tuple and args and output and output[0] is args[0]:",
        "    output = (output[0].view_as(output[0]), *output[1:])",
        "return output",
    ]
    edit(patch, Module._call_impl, {PLAIN: "\n        ".join(lines)})
