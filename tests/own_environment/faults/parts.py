"""Faults of listing the parts of a Module, and of finding them by path."""

from torch.nn import Module

from .fault import fault
from .injection import edit, insert

# Listing.


@fault(
    "buffer/code-[23]",
    "buffer/gradient-of-*",
    "functional/linear-*",
    "functional/functional-call-*",
    "functional/ensemble-*",
    "hook/code-*",
    "module/set-parameter-*",
    "module/plain-containers-hide-parameters",
    "parameter/*",
    "functional/batchnorm-reset",
    "buffer/loaded-by-swapping",
    "between-calls/all-parameters-frozen",
    "between-calls/functional-call-in-forward",
    "between-calls/names-after-a-call",
    "between-calls/parameter-made-at-the-first-call",
    "between-calls/parameter-registered-late",
    "between-calls/parameter-stepped-by-its-gradient",
    "between-calls/weight-norm-removed",
    "module/apply-in-place",
    "module/requires-grad-of-a-model",
    "utility/fuse-conv-bn",
    "utility/fuse-linear-bn",
    "utility/fuse-linear-bn-of-one-channel",
    "utility/parameters-to-a-vector",
    "utility/prune-by-identity",
    "utility/prune-by-l1",
    "utility/prune-by-l1-in-part",
    "utility/prune-by-norm-of-columns",
    "utility/prune-by-norm-of-rows",
    "utility/prune-made-permanent",
    "utility/spectral-norm-by-a-hook",
    "utility/spectral-norm-parametrized",
    "utility/spectral-norm-removed",
    "utility/vector-to-parameters",
    "utility/vector-to-parameters-too-long",
    "utility/vector-to-parameters-too-short",
    "autograd/backward-to-a-generator",
    "autograd/dual-input-of-a-module",
    "autograd/func-grad-of-a-module",
    "autograd/func-per-sample-gradients",
    "autograd/grad-materialized",
    "autograd/grad-of-an-unused-parameter-if-allowed",
    "autograd/grad-of-an-unused-parameter-if-not-allowed",
    "autograd/hook-on-a-frozen-parameter",
    "autograd/inference-tensor-in-forward",
    "autograd/node-of-what-needs-no-gradient",
    "autograd/post-accumulate-hook-on-a-result",
    "module/how-far-a-listing-is-read",
    "module/overridden-children",
    "module/zero-cleared",
    "module/cleared-in-inference-mode",
    "module/cleared-in-no-grad",
    "module/conversion-that-raises-halfway",
    "module/deep-copies",
    "module/deep-gradients",
    "module/deep-names",
    "module/equal-parameters-are-listed",
    "module/frozen-in-inference-mode",
    "module/frozen-in-no-grad",
    "module/gradients-are-freed",
    "module/load-that-does-not-fit-halfway",
    "module/overridden-gradients",
    "module/parameter-made-in-inference-mode",
    "module/parameter-made-in-no-grad",
    "module/prefixes",
    "module/shared-by-twelve",
    "module/state-of-twelve",
    "module/state-of-zeros",
    "module/twelve-cleared-and-frozen",
)
def named_parameters_misses_the_last(patch):
    """The last parameter is missing from named_parameters."""
    edit(patch, Module.named_parameters, {"yield from gen": "yield from list(gen)[:-1]"})


@fault(
    "parameter/shared-module-is-counted-once",
    "parameter/tied-parameter-under-each-name",
    "module/equal-parameters-are-listed",
    "module/shared-by-twelve",
)
def named_parameters_counts_twice(patch):
    """A parameter that has several names is counted by each of them."""
    edit(patch, Module.named_parameters, {"remove_duplicate=remove_duplicate,": "remove_duplicate=False,"})


@fault(
    "functional/functional-call-of-a-shared-child",
    "functional/functional-call-of-tied-weights",
    "functional/functional-call-with-two-values-for-tied-weights",
    "parameter/tied-parameter-under-each-name",
    "functional/functional-call-without-tying",
)
def named_parameters_never_counts_twice(patch):
    """The remove_duplicate=False of named_parameters is ignored."""
    edit(patch, Module.named_parameters, {"remove_duplicate=remove_duplicate,": "remove_duplicate=True,"})


@fault(
    "hook/code-*",
    "parameter/tied-*",
    "parameter/own-*",
    "parameter/shared-module-is-*",
    "parameter/separate-*",
    "buffer/code-[23]",
    "functional/linear-*",
    "parameter/code-*",
    "parameter/*-registers",
    "parameter/attribute-of-a-parameter-dict",
    "parameter/momentum-*",
    "parameter/emptied-*",
    "parameter/parametrization-removed",
    "parameter/weight-norm-*",
    "parameter/tensor-in-a-parameter-dict",
    "parameter/lazy-linear-finds-its-inputs",
    "between-calls/names-after-a-call",
    "module/requires-grad-of-a-model",
    "parameter/parametrized-by-two-tensors",
    "parameter/parametrized-inside-a-parametrization",
    "utility/parameters-to-a-vector",
    "utility/prune-by-identity",
    "utility/prune-by-l1",
    "utility/prune-by-l1-in-part",
    "utility/prune-by-norm-of-columns",
    "utility/prune-by-norm-of-rows",
    "utility/prune-made-permanent",
    "utility/vector-to-parameters",
    "utility/vector-to-parameters-too-short",
    "autograd/func-per-sample-gradients",
    "autograd/grad-materialized",
    "autograd/grad-of-an-unused-parameter-if-allowed",
    "autograd/grad-of-an-unused-parameter-if-not-allowed",
    "module/shared-by-twelve",
    "module/conversion-that-raises-halfway",
    "module/deep-copies",
    "module/deep-names",
    "module/equal-parameters-are-listed",
    "module/how-far-a-listing-is-read",
    "module/overridden-children",
    "module/prefixes",
    "module/state-of-twelve",
    "module/state-of-zeros",
)
def named_parameters_backwards(patch):
    """The last parameter comes first in named_parameters."""
    edit(patch, Module.named_parameters, {"yield from gen": "yield from reversed(list(gen))"})


@fault(
    "hook/code-*",
    "parameter/tied-*",
    "parameter/own-*",
    "parameter/shared-module-is-*",
    "parameter/separate-*",
    "buffer/code-[23]",
    "buffer/buffers-of-*",
    "buffer/state-is-detached",
    "buffer/shared-buffer-*",
    "parameter/code-*",
    "parameter/weight-norm-loads-*",
    "parameter/emptied-without-the-children",
    "between-calls/names-after-a-call",
    "module/requires-grad-of-a-model",
    "parameter/parametrized-inside-a-parametrization",
    "autograd/grad-materialized",
    "autograd/grad-of-an-unused-parameter-if-allowed",
    "autograd/grad-of-an-unused-parameter-if-not-allowed",
    "module/deep-names",
    "module/conversion-that-raises-halfway",
    "module/deep-copies",
    "module/how-far-a-listing-is-read",
    "module/overridden-children",
    "module/prefixes",
    "module/shared-by-twelve",
    "module/state-of-twelve",
)
def own_parameters_last(patch):
    """The parameters and buffers of children come before a Module's own."""
    edit(
        patch,
        Module._named_members,
        {"for module_prefix, module in modules:": "for module_prefix, module in reversed(list(modules)):"},
    )


@fault(
    "hook/code-*",
    "parameter/tied-*",
    "parameter/own-*",
    "parameter/shared-module-is-*",
    "parameter/separate-*",
    "buffer/code-[23]",
    "buffer/buffers-of-*",
    "buffer/state-is-detached",
    "buffer/shared-buffer-*",
    "functional/functional-call-of-a-shared-child",
    "module/plain-containers-hide-parameters",
    "parameter/code-*",
    "parameter/*-registers",
    "parameter/weight-norm-loads-*",
    "parameter/emptied-without-the-children",
    "between-calls/names-after-a-call",
    "functional/functional-call-without-tying",
    "module/requires-grad-of-a-model",
    "parameter/parametrized-buffer",
    "parameter/parametrized-by-two-tensors",
    "parameter/parametrized-inside-a-parametrization",
    "utility/spectral-norm-parametrized",
    "module/deep-copies",
    "module/deep-names",
    "module/equal-modules-are-listed",
    "module/how-far-a-listing-is-read",
    "module/overridden-children",
    "module/prefixes",
    "module/shared-by-twelve",
    "module/state-of-twelve",
)
def names_without_prefix(patch):
    """The names of parameters and buffers do not tell which child they are in."""
    edit(patch, Module._named_members, {'name = module_prefix + ("." if module_prefix else "") + k': "name = k"})


@fault(
    "buffer/code-[23]",
    "buffer/buffers-of-*",
    "buffer/state-is-detached",
    "buffer/shared-buffer-*",
    "parameter/parametrized-buffer",
    "utility/spectral-norm-parametrized",
    "module/deep-names",
    "module/equal-modules-are-listed",
)
def named_buffers_without_children(patch):
    """The buffers of children are missing from named_buffers."""
    edit(patch, Module.named_buffers, {"recurse=recurse,": "recurse=False,"})


@fault("buffer/buffers-of-children-are-listed")
def recursion_cannot_be_declined(patch):
    """The recurse=False of named_buffers is ignored."""
    edit(patch, Module.named_buffers, {"recurse=recurse,": "recurse=True,"})


@fault("buffer/shared-buffer-under-each-name", "module/equal-modules-are-listed")
def named_buffers_counts_twice(patch):
    """A buffer that has several names is counted by each of them."""
    edit(patch, Module.named_buffers, {"remove_duplicate=remove_duplicate,": "remove_duplicate=False,"})


@fault(
    "buffer/set-to-none",
    "functional/linear-parameters",
    "parameter/none-before-others",
    "parameter/lazy-linear-finds-its-inputs",
    "between-calls/weight-norm-removed",
    "utility/fuse-conv-bn-without-bias",
    "utility/spectral-norm-by-a-hook",
    "utility/spectral-norm-parametrized",
    "utility/spectral-norm-removed",
    "layer/attention-batch-first",
    "layer/attention-mask-of-bytes",
    "layer/attention-mask-of-integers",
    "layer/attention-of-a-nested-tensor",
    "module/shared-by-twelve",
    "module/state-of-twelve",
)
def parts_of_none_are_listed(patch):
    """Parameters and buffers that are None are listed."""
    edit(patch, Module._named_members, {"if v is None or v in memo:": "if v in memo:"})


@fault(
    "module/code-[24]",
    "module/set-*",
    "module/module-list-*",
    "module/sequential-*",
    "module/child*",
    "module/container-is-*",
    "hook/registration-hooks-replace-parts",
    "module/apply-order",
    "module/shallow-copy-of-module-dict",
    "module/shallow-copy-of-module-list",
    "module/shallow-copy-of-sequential",
    "module/conversion-that-raises-halfway",
    "module/apply-that-raises-halfway",
    "module/empty-children-are-listed",
    "module/equal-modules-are-listed",
    "module/equal-modules-miss-what-is-done",
    "module/extension-that-is-refused-halfway",
    "module/given-containers-stay",
    "module/how-often-a-parameter-is-converted",
    "module/module-dict-of-twelve",
    "module/overridden-children",
    "module/refused-by-containers",
)
def named_children_backwards(patch):
    """The last child comes first in named_children."""
    edit(patch, Module.named_children, {"self._modules.items()": "reversed(self._modules.items())"})


@fault("module/child-added-while-visiting-the-last")
def named_children_is_a_list(patch):
    """A loop over named_children goes over a copy."""
    edit(patch, Module.named_children, {"self._modules.items()": "list(self._modules.items())"})


@fault("module/set-child-to-none", "module/none-before-others", "module/deleted-and-set-again")
def named_children_lists_none(patch):
    """A child that was set to None is listed by named_children."""
    edit(patch, Module.named_children, {"if module is not None and module not in memo:": "if module not in memo:"})


@fault(
    "module/modules-with-duplicates",
    "module/shared-child-under-each-name",
    "module/equal-modules-are-listed",
    "module/memo-that-is-given",
    "module/shared-by-twelve",
)
def named_modules_counts_twice(patch):
    """A child that has two names is counted by both."""
    edit(patch, Module.named_modules, {"if remove_duplicate:": "if False:"})


@fault(
    "functional/functional-call-of-a-shared-child",
    "module/modules-with-duplicates",
    "module/shared-child-under-each-name",
    "functional/functional-call-in-a-cycle",
)
def named_modules_never_counts_twice(patch):
    """The remove_duplicate=False of named_modules is ignored."""
    edit(patch, Module.named_modules, {"if remove_duplicate:": "if True:"})


@fault(
    "functional/functional-call-of-a-shared-child",
    "module/modules-with-duplicates",
    "module/named-modules-overridden-by-a-child",
    "module/shared-child-under-each-name",
    "functional/functional-call-in-a-cycle",
)
def named_modules_of_children_told_less(patch):
    """The named_modules of children is called with two arguments only."""
    edit(patch, Module.named_modules, {"memo, submodule_prefix, remove_duplicate\n": "memo, submodule_prefix\n"})


@fault("module/child-added-while-visiting-the-last", "module/children-reordered-by-hand")
def children_in_an_ordered_dict(patch):
    """The children are in an OrderedDict, as they were once."""
    edit(patch, Module.__init__, {'("_modules", {})': '("_modules", OrderedDict())'})


@fault(
    "buffer/batchnorm-freezes-*",
    "buffer/buffers-of-*",
    "buffer/*non-persistent*",
    "buffer/*not-persistent*",
    "buffer/loaded-by-*",
    "buffer/nn-buffer-set-*",
    "buffer/set-to-none",
    "buffer/tensor-like-object",
    "functional/batchnorm-told-to-*",
    "between-calls/buffer-deleted",
    "between-calls/buffer-registered-late",
    "functional/functional-call-with-an-unknown-key",
    "functional/functional-call-without-a-key-if-strict",
    "parameter/lazy-buffers-before-the-first-call",
    "parameter/parametrized-buffer",
    "utility/prune-by-identity",
    "utility/prune-by-l1",
    "utility/prune-by-l1-in-part",
    "utility/prune-by-norm-of-columns",
    "utility/prune-by-norm-of-rows",
    "utility/spectral-norm-by-a-hook",
    "module/prefixes",
    "module/state-of-zeros",
    "remedy/what-is-no-tensor-is-a-plain-attribute",
    "module/deep-names",
)
def named_buffers_of_children_only(patch):
    """The buffers of a Module itself are missing from named_buffers."""
    only = 'yield from ((name, buffer) for name, buffer in gen if "." in name)'
    edit(patch, Module.named_buffers, {"yield from gen": only})


@fault(
    "buffer/shared-buffer-under-each-name",
    "hook/registration-hooks-replace-parts",
    "module/child*",
    "module/code-[24]",
    "module/container-is-deprecated",
    "module/module-list-*",
    "module/sequential-*",
    "module/set-*",
    "between-calls/dropout-of-everything",
    "between-calls/train-and-eval-on-the-root",
    "module/apply-order",
    "module/shallow-copy-of-module-dict",
    "module/shallow-copy-of-module-list",
    "module/shallow-copy-of-sequential",
    "module/refused-assignments-leave-what-was",
    "module/apply-that-raises-halfway",
    "module/deleted-and-set-again",
    "module/empty-child-is-reached",
    "module/empty-children-are-listed",
    "module/extension-that-is-refused-halfway",
    "module/given-containers-stay",
    "module/module-dict-of-twelve",
    "module/refused-by-containers",
    "module/shallow-copy",
    "module/unhashable-modules",
)
def children_without_parts_not_listed(patch):
    """A child without parameters, buffers and children is not listed by named_children."""
    edit(
        patch,
        Module.named_children,
        {
            "if module is not None and": "if module is not None and "
            "(module._parameters or module._buffers or module._modules) and"
        },
    )


# By path.


@fault("*-by-path", "module/set-submodule-below-none")
def path_that_leads_nowhere_in_other_words(patch):
    """The error for a path that leads nowhere is another."""
    edit(patch, Module.get_submodule, {'" has no attribute `"': '" has no part `"'})


@fault("parameter/get-parameter-by-path")
def get_parameter_takes_any_tensor(patch):
    """A buffer is found by get_parameter."""
    edit(
        patch,
        Module.get_parameter,
        {"if not isinstance(param, torch.nn.Parameter):": "if not isinstance(param, torch.Tensor):"},
    )


@fault("buffer/get-buffer-by-path")
def get_buffer_takes_any_attribute(patch):
    """A parameter or a child is found by get_buffer."""
    edit(patch, Module.get_buffer, {"if buffer_name not in mod._buffers:": "if False:"})


@fault("buffer/get-buffer-*")
def get_buffer_compares_tensors(patch):
    """A buffer is sought by get_buffer among the values of the buffers, as it was once."""
    edit(patch, Module.get_buffer, {"if buffer_name not in mod._buffers:": "if buffer not in mod._buffers.values():"})


@fault("module/set-submodule-to-no-module")
def set_submodule_takes_anything(patch):
    """What is no Module is accepted by set_submodule."""
    edit(patch, Module.set_submodule, {"if not isinstance(module, torch.nn.Module):": "if False:"})


@fault("module/set-submodule-strictly", "module/set-submodule-to-a-new-name")
def set_submodule_always_strict(patch):
    """A path that ends in a new name is refused by set_submodule, told to be strict or not."""
    edit(patch, Module.set_submodule, {"if strict and not": "if not"})


@fault("module/set-submodule-by-path", "module/set-submodule-to-no-path")
def set_submodule_at_an_empty_path(patch):
    """An empty path is not refused by set_submodule as such."""
    edit(patch, Module.set_submodule, {'if target == "":': "if False:"})


@fault("module/set-submodule-strictly")
def set_submodule_never_strict(patch):
    """The strict of set_submodule is ignored."""
    edit(patch, Module.set_submodule, {"if strict and not": "if False and not"})


@fault("*-by-path", "module/set-submodule-*", "remedy/path-is-looked-up-first")
def path_that_leads_nowhere_leads_to_none(patch):
    """A path that leads nowhere gives None in get_submodule."""
    insert(patch, Module.get_submodule, "if not hasattr(mod, item):", "if not hasattr(mod, item):", "    return None")


@fault(
    "buffer/get-buffer-beside-another",
    "module/get-submodule-by-path",
    "parameter/get-parameter-by-path",
    "remedy/set-submodule-refuses-what-is-no-module",
)
def empty_path_leads_nowhere(patch):
    """An empty path does not lead to the Module itself."""
    edit(patch, Module.get_submodule, {'if target == "":': "if False:"})


@fault("module/set-submodule-by-path", "module/set-submodule-strictly", "module/set-submodule-returns")
def set_submodule_keeps_what_is_there(patch):
    """A Module that is there already is kept by set_submodule."""
    setting = "setattr(parent, atoms[-1], module)"
    edit(patch, Module.set_submodule, {setting: f"hasattr(parent, atoms[-1]) or {setting}"})
