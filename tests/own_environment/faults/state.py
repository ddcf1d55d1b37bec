"""Faults of making a state, of loading one, and of the hooks around both."""

import functools

from torch.nn import Module
from torch.nn.modules import module as module_file
from torch.nn.modules import utils

from .fault import fault
from .injection import edit, insert

LOAD = Module._load_from_state_dict

# Making a state.


@fault(
    "buffer/code-*",
    "buffer/order-in-state",
    "buffer/set-to-none",
    "buffer/state-*",
    "module/extra-state-*",
    "module/state-without-*",
    "functional/modules-made-with-*",
    "parameter/tied-*",
    "parameter/shared-module-in-*",
    "parameter/spectral-norm-*",
    "hook/private-state-dict-*",
    "buffer/batchnorm-on-meta-*",
    "functional/*batchnorm-*",
    "hook/registration-hooks-replace-parts",
    "parameter/channels-last-with-a-dtype",
    "module/state-dict-added-*",
    "module/cast-by-*",
    "module/made-under-a-device",
    "module/share-memory",
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
    "parameter/lazy-linear-state-before-its-first-call",
    "parameter/parametrized-in-the-state",
    "utility/prune-in-the-state",
    "utility/prune-state-into-what-is-not-pruned",
    "hook/state-hook-raises",
    "layer/own-state-dict-by-names",
    "layer/own-state-dict-that-returns-another",
    "module/deep-state",
    "module/equal-modules-are-listed",
    "module/equal-parameters-are-listed",
    "module/overridden-listings",
    "module/parameter-list-of-twelve",
    "module/refused-assignments-leave-what-was",
    "module/shallow-copy",
    "module/shared-child-under-two-names-in-the-state",
    "module/state-of-twelve",
    "module/state-of-zeros",
)
def state_backwards(patch):
    """The state of a Module names its parameters from the last to the first, and children before its own."""
    edit(
        patch,
        Module.state_dict,
        {
            "return destination\n": "[destination.move_to_end(key) for key in reversed(list(destination))] "
            "if isinstance(destination, OrderedDict) and not prefix else None\n    return destination\n"
        },
    )


@fault(
    "buffer/code-[23]",
    "buffer/order-in-state",
    "buffer/set-to-none",
    "buffer/state-*",
    "buffer/load*",
    "buffer/batchnorm-*",
    "functional/modules-made-*",
    "hook/registration-hooks*",
    "parameter/spectral-norm-*",
    "buffer/nn-buffer-*",
    "buffer/deep-copy-*",
    "buffer/own-register-buffer-*",
    "functional/*batchnorm-*",
    "parameter/channels-last-with-a-dtype",
    "buffer/registered-again-as-persistent",
    "buffer/keep-vars-keeps-the-graph",
    "between-calls/buffer-registered-in-forward",
    "between-calls/buffer-registered-late",
    "module/cast-by-*",
    "module/made-under-a-device",
    "module/share-memory",
    "parameter/lazy-batch-norm1d-finds-its-features",
    "parameter/lazy-batch-norm2d-finds-its-features",
    "parameter/lazy-batch-norm3d-finds-its-features",
    "parameter/lazy-instance-norm1d-finds-its-features",
    "parameter/lazy-instance-norm2d-finds-its-features",
    "parameter/lazy-instance-norm3d-finds-its-features",
    "parameter/parametrized-in-the-state",
    "utility/prune-in-the-state",
    "utility/prune-state-into-what-is-not-pruned",
    "module/deep-load",
    "module/deep-state",
    "module/equal-modules-are-listed",
    "module/name-of-a-deleted-buffer",
    "module/refused-assignments-leave-what-was",
    "module/shallow-copy",
    "module/state-of-zeros",
)
def state_without_buffers(patch):
    """The state of a Module leaves out its buffers."""
    edit(patch, Module._save_to_state_dict, {"if buf is not None and name not in": "if False and name not in"})


@fault(
    "buffer/load-a-buffer-that-is-not-persistent",
    "buffer/nn-buffer-set-as-an-attribute",
    "buffer/deep-copy-keeps-non-persistent",
    "buffer/own-register-buffer-without-persistent",
    "buffer/registered-again-as-persistent",
    "between-calls/buffer-not-persistent",
)
def state_with_buffers_that_are_not_persistent(patch):
    """The state of a Module holds also buffers that are not persistent."""
    edit(
        patch,
        Module._save_to_state_dict,
        {"if buf is not None and name not in self._non_persistent_buffers_set:": "if buf is not None:"},
    )


@fault(
    "buffer/code-*",
    "buffer/state-*",
    "module/plain-containers-hide-state",
    "buffer/batchnorm-on-meta-*",
    "functional/*batchnorm-*",
    "hook/registration-hooks-replace-parts",
    "*/none-before-others",
    "module/state-dict-added-*",
    "buffer/keep-vars-keeps-the-graph",
    "module/state-loaded-by-mmap",
    "parameter/parametrized-in-the-state",
    "autograd/state-dict-is-detached",
    "module/nothing-left-in-a-parameter-dict",
    "module/refused-assignments-leave-what-was",
    "module/deep-load",
    "module/deep-state",
    "module/name-left-to-a-parameter",
    "module/saved-and-loaded-in-inference-mode",
    "module/saved-and-loaded-in-no-grad",
    "module/state-into-an-empty-dict",
    "module/state-of-zeros",
    "module/two-states-in-one",
)
def state_not_detached(patch):
    """The state of a Module holds the very parameters and buffers."""
    edit(
        patch,
        Module._save_to_state_dict,
        {"param if keep_vars else param.detach()": "param", "buf if keep_vars else buf.detach()": "buf"},
    )


@fault(
    "module/state-dict-with-positional-arguments",
    "buffer/keep-vars-keeps-the-graph",
    "parameter/assigned-in-the-place-of-a-frozen-one",
)
def state_always_detached(patch):
    """The keep_vars of state_dict is ignored."""
    edit(
        patch,
        Module._save_to_state_dict,
        {
            "param if keep_vars else param.detach()": "param.detach()",
            "buf if keep_vars else buf.detach()": "buf.detach()",
        },
    )


@fault(
    "buffer/batchnorm-counts-in-place",
    "buffer/state-shares-memory",
    "module/share-memory",
    "autograd/state-dict-is-detached",
    "module/saved-and-loaded-in-inference-mode",
    "module/saved-and-loaded-in-no-grad",
)
def state_of_copies(patch):
    """The state of a Module holds copies."""
    edit(
        patch,
        Module._save_to_state_dict,
        {"buf.detach()": "buf.detach().clone()", "param.detach()": "param.detach().clone()"},
    )


@fault(
    "buffer/code-[23]",
    "buffer/order-in-state",
    "buffer/set-to-none",
    "buffer/state-*",
    "functional/modules-made-*",
    "parameter/spectral-norm-*",
    "buffer/batchnorm-on-meta-*",
    "functional/*batchnorm-*",
    "hook/registration-hooks-replace-parts",
    "parameter/channels-last-with-a-dtype",
    "module/cast-by-*",
    "module/made-under-a-device",
    "module/share-memory",
    "parameter/lazy-batch-norm1d-finds-its-features",
    "parameter/lazy-batch-norm2d-finds-its-features",
    "parameter/lazy-batch-norm3d-finds-its-features",
    "parameter/lazy-instance-norm1d-finds-its-features",
    "parameter/lazy-instance-norm2d-finds-its-features",
    "parameter/lazy-instance-norm3d-finds-its-features",
    "utility/prune-in-the-state",
    "utility/prune-state-into-what-is-not-pruned",
    "module/deep-state",
    "module/refused-assignments-leave-what-was",
    "module/shallow-copy",
    "module/state-of-zeros",
)
def state_with_buffers_first(patch):
    """The state of a Module names its buffers before its parameters."""
    insert(
        patch,
        Module._save_to_state_dict,
        "for name, param in self._parameters.items():",
        "for name, buf in self._buffers.items():",
        "    if buf is not None and name not in self._non_persistent_buffers_set:",
        "        destination[prefix + name] = None",
    )


@fault(
    "parameter/shared-module-in-the-state",
    "parameter/tied-parameter-under-each-name",
    "module/equal-parameters-are-listed",
    "module/how-often-a-shared-child-is-asked",
    "module/shared-by-twelve",
    "module/shared-child-under-two-names-in-the-state",
)
def state_without_parameters_of_two_names(patch):
    """A parameter that has two names is in the state by the first."""
    insert(
        patch,
        Module._save_to_state_dict,
        "if param is not None:",
        "places = [kept.data_ptr() for kept in destination.values()]",
        "if param is not None and param.numel() and not param.is_meta and param.data_ptr() in places:",
        "    continue",
    )


@fault(
    "module/extra-state-is-expected",
    "module/extra-state-of-*",
    "module/extra-state-that-is-got-alone",
    "module/false-extra-state",
)
def state_without_extra_state(patch):
    """The state of a Module leaves out its extra state."""
    edit(patch, Module._save_to_state_dict, {"is not Module.get_extra_state": "is None"})


@fault(
    "buffer/code-*",
    "buffer/order-in-state",
    "buffer/state-*",
    "buffer/load*",
    "module/plain-containers-hide-state",
    "module/state-*",
    "module/load-keys-*",
    "parameter/tied-*",
    "parameter/shared-module-in-*",
    "hook/*state*",
    "module/none-before-others",
    "module/load-tells-a-child-*",
    "module/load-gives-a-child-*",
    "between-calls/names-after-a-call",
    "parameter/parametrized-in-the-state",
    "module/how-often-methods-are-called",
    "module/deep-load",
    "module/deep-state",
    "module/how-often-a-shared-child-is-asked",
    "module/nothing-grows-with-calls",
    "module/overridden-listings",
    "module/prefixes-of-states",
    "module/shared-by-twelve",
    "module/shared-child-under-two-names-in-the-state",
    "module/two-states-in-one",
)
def state_dict_disregards_its_prefix(patch):
    """The prefix given to state_dict is ignored."""
    edit(patch, Module._save_to_state_dict, {"destination[prefix + name] = param": "destination[name] = param"})


@fault(
    "module/state-dict-*-position*",
    "module/state-dict-destination-given-twice",
)
def state_dict_by_position_does_not_warn(patch):
    """No warning tells that positional arguments of state_dict are deprecated."""
    edit(patch, Module.state_dict, {"warnings.warn(": "(lambda *_, **__: None)("})


@fault("module/state-dict-*-position*", "module/state-dict-destination-given-twice")
def state_dict_by_position_warns_in_another_class(patch):
    """The warning for positional arguments of state_dict is a DeprecationWarning, which is not shown by default."""
    edit(patch, Module.state_dict, {"FutureWarning,": "DeprecationWarning,"})


@fault(
    "functional/state-that-is-not-saved",
    "hook/registration-hooks*",
    "buffer/code-*",
    "buffer/order-in-state",
    "buffer/state-*",
    "buffer/load*",
    "module/plain-containers-hide-state",
    "module/state-*",
    "module/load-keys-*",
    "parameter/tied-*",
    "parameter/shared-module-in-*",
    "hook/*state*",
    "module/none-before-others",
    "module/load-tells-a-child-*",
    "module/load-gives-a-child-*",
    "between-calls/names-after-a-call",
    "parameter/parametrized-in-the-state",
    "module/equal-modules-are-listed",
    "module/how-often-methods-are-called",
    "module/deep-load",
    "module/deep-state",
    "module/deleted-and-set-again",
    "module/empty-child-is-reached",
    "module/empty-children-are-listed",
    "module/how-often-a-shared-child-is-asked",
    "module/module-is-freed",
    "module/name-left-to-a-parameter",
    "module/nothing-grows-with-calls",
    "module/overridden-listings",
    "module/prefixes-of-states",
    "module/refused-assignments-leave-what-was",
    "module/shallow-copy",
    "module/shared-by-twelve",
    "module/shared-child-under-two-names-in-the-state",
    "module/unhashable-modules",
)
def state_dict_of_children_by_position(patch):
    """The state_dict of children is called with positional arguments, which are deprecated."""
    edit(
        patch,
        Module.state_dict,
        {
            "destination=destination,": "destination,",
            'prefix=prefix + name + ".",': 'prefix + name + ".",',
            "keep_vars=keep_vars,\n": "keep_vars,\n",
        },
    )


@fault("module/state-dict-destination-given-twice")
def state_dict_prefers_a_destination_by_position(patch):
    """A destination given to state_dict by position goes before one given by keyword."""
    edit(
        patch,
        Module.state_dict,
        {f"if destination is None:\n{12 * ' '}destination = args": f"if True:\n{12 * ' '}destination = args"},
    )


@fault(
    "module/state-dict-into-a-plain-dict",
    "module/state-dict-destination-given-twice",
)
def state_dict_needs_a_place_for_versions(patch):
    """A state cannot be written into a plain dict."""
    edit(patch, Module.state_dict, {'if hasattr(destination, "_metadata"):': "if True:"})


@fault("module/state-without-the-prefix-of-a-wrapper")
def prefix_of_a_wrapper_kept_in_the_versions(patch):
    """The versions of a state keep the prefix of a wrapper."""
    edit(patch, utils.consume_prefix_in_state_dict_if_present, {'if hasattr(state_dict, "_metadata"):': "if False:"})


@fault("module/state-without-the-prefix-of-a-wrapper")
def prefix_of_a_wrapper_kept(patch):
    """A state keeps the prefix of a wrapper."""
    edit(
        patch,
        utils.consume_prefix_in_state_dict_if_present,
        {"newkey = key[len(prefix) :]\n            state_dict[newkey]": "newkey = key\n            state_dict[newkey]"},
    )


# Hooks around it.


@fault(
    "hook/state-dict-pre-hook-of-a-module-that-saves-itself",
    "hook/handles-of-newer-hooks",
    "hook/deep-copy-keeps-hooks-of-its-state",
)
def state_dict_pre_hook_never_fires(patch):
    """No pre-hook of state_dict is ever called."""
    edit(patch, Module.state_dict, {"for hook in self._state_dict_pre_hooks.values():": "for hook in ():"})


@fault("hook/state-dict-pre-hook-of-a-module-that-saves-itself")
def state_dict_pre_hook_only_of_super(patch):
    """A pre-hook of state_dict is called by what a Module may override."""
    edit(patch, Module.state_dict, {"for hook in self._state_dict_pre_hooks.values():": "for hook in ():"})
    insert(
        patch,
        Module._save_to_state_dict,
        "for name, param in self._parameters.items():",
        "for hook in self._state_dict_pre_hooks.values():",
        "    hook(self, prefix, keep_vars)",
    )


@fault("hook/private-state-dict-hook-returns-a-state", "hook/private-state-hook-returns-an-empty-dict")
def state_dict_hook_result_ignored(patch):
    """What a hook of state_dict returns is ignored."""
    edit(patch, Module.state_dict, {"destination = hook_result": "pass"})


@fault("hook/private-state-dict-hook-returns-a-state")
def state_dict_hook_of_a_child_counts(patch):
    """What a hook of state_dict returns counts for the state of a parent, too."""
    edit(
        patch,
        Module.state_dict,
        {"destination = hook_result": "kept = dict(hook_result); destination.clear(); destination.update(kept)"},
    )


@fault("hook/state-hook-registered-in-public-and-in-private")
def state_dict_hook_registered_in_both_ways(patch):
    """A function that is a public hook of state_dict can be registered as a private one, too."""
    edit(patch, Module._register_state_dict_hook, {'if getattr(hook, "_from_public_api", False):': "if False:"})


@fault(
    "hook/state-dict-post-hook-returns-a-state",
    "hook/state-post-hook-returns-an-empty-tuple",
    "hook/state-post-hook-returns-zero",
)
def state_dict_post_hook_may_return_a_state(patch):
    """A post-hook of state_dict may return a state."""
    edit(patch, Module.state_dict, {'raise RuntimeError("state_dict post-hook must return None")': "pass"})


@fault(
    "hook/private-state-dict-hook-returns-a-state",
    "hook/state-dict-post-hook-returns-a-state",
    "hook/handles-of-newer-hooks",
    "hook/deep-copy-keeps-*hooks-of-its-state",
    "module/state-from-before-pre-hooks",
    "hook/state-post-hook-returns-zero",
    "hook/private-state-hook-returns-an-empty-dict",
    "hook/state-hook-raises",
    "hook/state-post-hook-returns-an-empty-tuple",
    "hook/ten-hooks-of-the-state",
    "hook/with-block-that-raises-around-a-state-hook",
)
def state_dict_post_hook_never_fires(patch):
    """No post-hook of state_dict is ever called."""
    edit(patch, Module.state_dict, {"for hook in self._state_dict_hooks.values():": "for hook in ():"})


@fault(
    "hook/load-state-pre-hook-of-a-child-renames-for-its-sibling",
    "hook/load-state-pre-hook-of-a-lenient-load",
    "parameter/lazy-linear-that-loaded-*",
    "parameter/weight-norm-loads-a-state-of-the-old-one",
    "hook/handles-of-newer-hooks",
    "hook/deep-copy-keeps-*hooks-of-its-state",
    "module/state-from-before-pre-hooks",
    "hook/load-state-pre-hook-reads-all-versions",
    "hook/private-load-pre-hook-with-its-module",
    "hook/private-load-pre-hook-without-its-module",
    "parameter/lazy-linear-loads-a-moved-state",
    "parameter/lazy-linear-loads-another-size-than-it-is-called-with",
    "hook/ten-hooks-of-the-state",
    "module/given-state-stays",
)
def load_state_pre_hook_never_fires(patch):
    """No pre-hook of loading is ever called."""
    edit(patch, LOAD, {"for hook in self._load_state_dict_pre_hooks.values():": "for hook in ():"})


@fault(
    "buffer/load-leniently",
    "buffer/load-result-in-print",
    "hook/load-state-pre-hook-of-a-lenient-load",
    "module/load-result-of-missing-keys-alone",
    "between-calls/state-loaded-in-part",
    "utility/prune-state-into-what-is-not-pruned",
    "module/twelve-missing-keys",
)
def load_state_pre_hook_told_of_lenience(patch):
    """A pre-hook of loading is told strict=False of a load that is not strict."""
    edit(patch, Module.load_state_dict, {"local_metadata,\n            True,": "local_metadata,\n            strict,"})


@fault("hook/load-state-pre-hook-of-a-child-renames-for-its-sibling", "module/load-gives-a-child-its-keys")
def load_state_pre_hook_sees_the_whole_state(patch):
    """A pre-hook of a child changes the whole state."""
    edit(
        patch,
        Module.load_state_dict,
        {"load(child, child_state_dict, child_prefix)": "load(child, local_state_dict, child_prefix)"},
    )


@fault(
    "hook/load-state-pre-hook-of-a-lenient-load",
    "hook/deep-copy-keeps-hooks-of-its-state",
    "hook/private-load-pre-hook-with-its-module",
)
def load_state_pre_hook_without_its_module(patch):
    """A pre-hook of loading is given the class for the Module."""
    edit(
        patch,
        Module._register_load_state_dict_pre_hook,
        {"hook, self if with_module else None": "hook, type(self) if with_module else None"},
    )


@fault(
    "hook/load-state-post-hook-forgives-a-missing-key",
    "hook/load-state-post-hook-returns-keys",
    "hook/handles-of-newer-hooks",
    "hook/deep-copy-keeps-hooks-of-its-state",
    "hook/load-post-hook-that-clears-keys",
    "hook/load-post-hook-that-returns",
    "hook/load-post-hook-returns-an-empty-tuple",
    "hook/load-post-hook-returns-zero",
    "hook/load-post-hooks-when-something-does-not-fit",
)
def load_state_post_hook_never_fires(patch):
    """No hook after loading is ever called."""
    edit(patch, Module.load_state_dict, {"for hook in module._load_state_dict_post_hooks.values():": "for hook in ():"})


@fault("hook/load-state-post-hook-forgives-a-missing-key", "hook/load-post-hook-that-clears-keys")
def load_state_post_hook_given_copies(patch):
    """A hook after loading is given copies of the lists of keys."""
    edit(
        patch,
        Module.load_state_dict,
        {
            "incompatible_keys = _IncompatibleKeys(missing_keys, unexpected_keys)": "incompatible_keys = "
            "_IncompatibleKeys([*missing_keys], [*unexpected_keys])"
        },
    )


@fault(
    "hook/load-state-post-hook-returns-keys",
    "hook/load-post-hook-that-returns",
    "hook/load-post-hook-returns-an-empty-tuple",
    "hook/load-post-hook-returns-zero",
)
def load_state_post_hook_may_return_keys(patch):
    """What a hook after loading returns is not looked at."""
    edit(patch, Module.load_state_dict, {"if out is not None:": "if False:"})


# Loading.


@fault("module/load-tells-a-child-its-version")
def load_tells_children_one_version(patch):
    """Each child is told the version of the whole in loading."""
    edit(patch, Module.load_state_dict, {"metadata.get(prefix[:-1], {})": 'metadata.get("", {})'})


@fault("hook/load-state-pre-hook-reads-all-versions")
def load_hides_the_versions(patch):
    """The state that a pre-hook of loading gets has no versions."""
    edit(patch, Module.load_state_dict, {"state_dict._metadata = metadata": "pass"})


@fault("module/load-lists-every-*", "module/load-that-does-not-fit-halfway")
def load_stops_at_the_first_that_does_not_fit(patch):
    """Loading stops behind the first value that does not fit."""
    insert(patch, LOAD, "if not torch.overrides.is_tensor_like(input_param):", "if error_msgs:", "    break")


@fault(
    "buffer/load-without-a-buffer",
    "hook/load-state-post-hook-forgives-a-missing-key",
    "hook/load-state-pre-hook-of-a-child-renames-for-its-sibling",
    "module/extra-state-is-expected",
    "parameter/spectral-norm-loads-a-state-of-the-old-one",
    "buffer/batchnorm-version-of-its-state",
    "module/load-lists-every-fault",
    "module/extra-state-that-is-set-alone",
    "module/twelve-missing-keys",
)
def load_accepts_missing_keys(patch):
    """A state that lacks keys is loaded."""
    edit(patch, Module.load_state_dict, {"if len(missing_keys) > 0:": "if False:"})


@fault(
    "buffer/load-a-buffer-that-is-not-persistent",
    "buffer/load-an-unknown-buffer",
    "module/extra-state-is-expected",
    "module/load-keys-below-a-parameter",
    "parameter/spectral-norm-loads-a-state-of-the-old-one",
    "module/load-lists-every-fault",
    "module/extra-state-that-is-got-alone",
    "module/twelve-missing-keys",
)
def load_accepts_unexpected_keys(patch):
    """A state that has unexpected keys is loaded."""
    edit(patch, Module.load_state_dict, {"if len(unexpected_keys) > 0:": "if False:"})


@fault("module/load-keys-below-a-parameter", "between-calls/state-loaded-in-part", "module/twelve-missing-keys")
def load_accepts_keys_below_a_parameter(patch):
    """Keys that go on after the name of a parameter are not noticed."""
    edit(patch, LOAD, {"if input_name[0] not in self._modules:": "if False:"})


@fault("module/load-keys-below-a-parameter")
def load_accepts_the_key_of_a_child(patch):
    """A key that is the name of a child is not noticed."""
    edit(
        patch,
        LOAD,
        {"elif input_name[0] not in local_state:": "elif input_name[0] not in {**local_state, **self._modules}:"},
    )


@fault(
    "buffer/load-a-vector-into-a-scalar",
    "buffer/load-into-an-expanded-buffer",
    "buffer/loaded-buffers-go-on",
    "module/load-between-forward-and-backward",
    "parameter/weight-norm-loads-a-state-of-the-old-one",
    "buffer/batchnorm-version-of-its-state",
    "buffer/batchnorm-loads-a-plain-dict",
    "*/none-before-others",
    "between-calls/state-loaded",
    "between-calls/state-loaded-in-part",
    "between-calls/state-loaded-into-a-child",
    "between-calls/state-put-back",
    "between-calls/state-refused",
    "remedy/count-put-into-the-state",
    "remedy/loading-into-an-expanded-buffer",
    "module/deep-load",
    "module/given-state-stays",
    "module/given-tensors-stay",
    "module/load-that-does-not-fit-halfway",
    "module/overridden-load",
    "module/saved-and-loaded-in-inference-mode",
    "module/saved-and-loaded-in-no-grad",
    "module/shared-child-under-two-names-in-the-state",
    "module/state-of-any-mapping",
)
def load_copies_nothing(patch):
    """Loading a state leaves the parameters and buffers as they are."""
    edit(patch, LOAD, {"param.copy_(input_param)": "pass"})


@fault(
    "buffer/load-leniently",
    "buffer/load-result-in-print",
    "hook/load-state-post-hook-forgives-a-missing-key",
    "buffer/loaded-by-swapping",
    "module/load-result-of-missing-keys-alone",
    "between-calls/state-loaded-in-part",
    "hook/load-post-hook-that-clears-keys",
    "hook/private-load-pre-hook-without-its-module",
    "module/extra-state-of-*",
    "utility/prune-state-into-what-is-not-pruned",
    "module/deep-load",
    "module/given-state-stays",
    "module/given-tensors-stay",
    "module/overridden-load",
    "module/saved-and-loaded-in-inference-mode",
    "module/saved-and-loaded-in-no-grad",
    "module/shared-child-under-two-names-in-the-state",
    "module/state-of-zeros",
    "module/twelve-missing-keys",
    "module/two-states-in-one",
)
def load_returns_nothing(patch):
    """Loading returns None."""
    edit(patch, Module.load_state_dict, {"return _IncompatibleKeys(missing_keys, unexpected_keys)": "return None"})


@fault(
    "buffer/load-result-in-print",
    "hook/load-state-post-hook-forgives-a-missing-key",
    "buffer/loaded-by-swapping",
    "hook/load-post-hook-that-clears-keys",
    "module/extra-state-of-*",
    "module/saved-and-loaded-in-inference-mode",
    "hook/load-post-hooks-when-something-does-not-fit",
    "module/deep-load",
    "module/given-state-stays",
    "module/given-tensors-stay",
    "module/overridden-load",
    "module/saved-and-loaded-in-no-grad",
    "module/shared-child-under-two-names-in-the-state",
    "module/state-of-zeros",
    "module/two-states-in-one",
)
def load_result_prints_as_a_tuple(patch):
    """What loading returns prints as any named tuple."""
    patch.delattr(module_file._IncompatibleKeys, "__repr__")
    patch.delattr(module_file._IncompatibleKeys, "__str__")


@fault(
    "buffer/load-leniently",
    "buffer/load-result-in-print",
    "module/load-result-of-missing-keys-alone",
    "between-calls/state-loaded-in-part",
    "hook/private-load-pre-hook-without-its-module",
    "utility/prune-state-into-what-is-not-pruned",
    "module/twelve-missing-keys",
)
def load_swaps_missing_and_unexpected(patch):
    """Loading names the missing keys as unexpected and the unexpected as missing."""
    original = Module.load_state_dict

    @functools.wraps(original)
    def load_state_dict(self, *args, **keywords):
        missing, unexpected = original(self, *args, **keywords)
        return module_file._IncompatibleKeys(unexpected, missing)

    patch.setattr(Module, "load_state_dict", load_state_dict)


@fault(
    "buffer/load-a-buffer-of-other-shape",
    "buffer/load-a-vector-into-a-scalar",
    "parameter/lazy-linear-loads-an-uninitialized-state",
    "module/load-lists-every-fault",
    "module/load-by-assign-another-shape",
    "parameter/lazy-linear-state-before-its-first-call",
)
def load_takes_any_shape(patch):
    """A state with a tensor of another shape is loaded if it can be broadcast."""
    edit(patch, LOAD, {"if not is_param_lazy and input_param.shape != param.shape:": "if False:"})


@fault("buffer/load-a-vector-into-a-scalar")
def load_takes_the_first_of_a_vector(patch):
    """A scalar is loaded with the first element of a vector of any length."""
    edit(patch, LOAD, {"and input_param.shape[0] == 1": ""})


@fault("buffer/load-a-vector-into-a-scalar")
def load_takes_no_vector_for_a_scalar(patch):
    """A scalar is not loaded from a vector of one element."""
    edit(patch, LOAD, {"and len(input_param.shape) == 1": "and False"})


@fault("module/load-a-path-instead-of-a-state")
def load_of_anything_fails_elsewhere(patch):
    """What is no mapping is not noticed at once in loading."""
    edit(patch, Module.load_state_dict, {"if not isinstance(state_dict, Mapping):": "if False:"})


@fault("module/load-a-number-instead-of-a-tensor", "module/load-lists-every-value-that-is-no-tensor")
def load_of_a_number_in_other_words(patch):
    """The error for a number in a state does not name the key."""
    edit(patch, LOAD, {'f\'While copying the parameter named "{key}", \'\n                    "expected': '"expected'})


@fault("buffer/load-into-an-expanded-buffer", "parameter/module-load-of-a-subclass")
def load_hides_why_it_failed(patch):
    """The error of a tensor that cannot be copied does not say why."""
    edit(patch, LOAD, {'f"an exception occurred : {ex.args}."': '"an exception occurred."'})


@fault(
    "between-calls/state-refused",
    "hook/load-post-hooks-when-something-does-not-fit",
    "module/load-that-does-not-fit-halfway",
    shows=r"RuntimeError: Error\(s\) in loading state_dict",
)
def load_error_in_another_class(patch):
    """A state that cannot be loaded raises a ValueError."""
    edit(patch, Module.load_state_dict, {"raise RuntimeError(": "raise ValueError("})


@fault("module/extra-state-is-expected", "module/extra-state-that-is-set-alone")
def extra_state_not_expected(patch):
    """A state without extra state is loaded where some is expected."""
    edit(patch, LOAD, {"missing_keys.append(extra_state_key)": "pass"})


@fault("module/extra-state-is-expected", "module/extra-state-of-*", "module/false-extra-state")
def extra_state_not_loaded(patch):
    """The extra state is not handed to set_extra_state."""
    edit(patch, LOAD, {"self.set_extra_state(state_dict[extra_state_key])": "pass"})


@fault(
    "module/load-again-after-assign",
    "module/load-with-assign-and-swapped-tensors",
    "module/load-with-assign-into-a-frozen-parameter",
    "buffer/batchnorm-on-meta-*",
    "buffer/loaded-by-assignment",
    "parameter/assigned-in-the-place-of-a-frozen-one",
    "between-calls/state-assigned",
    "module/load-by-assign-other-strides",
)
def assign_ignored(patch):
    """The assign of load_state_dict is ignored."""
    edit(patch, Module.load_state_dict, {"if assign:": "if False:"})


@fault("module/load-again-after-assign")
def assign_forgotten_by_the_state(patch):
    """The assign of one load is not kept in the state."""
    insert(patch, Module.load_state_dict, "if assign:", "local_metadata = dict(local_metadata)")


@fault(
    "module/load-with-assign-into-a-frozen-parameter",
    "parameter/assigned-in-the-place-of-a-frozen-one",
)
def assign_thaws_parameters(patch):
    """A frozen parameter that is loaded with assign=True requires gradients."""
    edit(
        patch,
        LOAD,
        {
            "input_param, requires_grad=param.requires_grad\n": "input_param\n",
            " input_param.requires_grad_(param.requires_grad)": " pass",
        },
    )


@fault("module/load-with-assign-and-swapped-tensors", "parameter/module-load-of-a-subclass")
def load_disregards_swapping(patch):
    """Loading does not swap tensors although it is told to."""
    edit(
        patch,
        LOAD,
        {"use_swap_tensors = torch.__future__.get_swap_module_params_on_conversion()": "use_swap_tensors = False"},
    )


@fault("module/load-into-meta", "module/load-to-meta-without-assign")
def load_into_meta_does_not_warn(patch):
    """No warning tells that nothing is copied into a Module on the meta device."""
    edit(patch, LOAD, {"    param.is_meta\n": "    False\n"})
