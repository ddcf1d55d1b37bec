"""Faults of setting, reading and registering the parts and attributes of a Module."""

import copy

from torch.nn import Module
from torch.nn.modules import module as module_file

from .fault import fault
from .injection import edit, insert

# Setting and getting attributes.


@fault(
    "buffer/*",
    "hook/code-*",
    "hook/*state*",
    "hook/registration-hooks*",
    "module/*",
    "parameter/*",
    "hook/handles-of-global-hooks",
    "between-calls/*",
    "functional/functional-call-in-a-cycle",
    "utility/spectral-norm-parametrized",
    "autograd/grad-materialized",
    "autograd/grad-of-an-unused-parameter-if-allowed",
    "autograd/grad-of-an-unused-parameter-if-not-allowed",
    "hook/deep-forward-hooks",
    "hook/deep-full-backward-hooks",
    "hook/deep-global-forward-hooks",
    "hook/registration-hook-returns-an-empty-sequential",
    "remedy/children-are-kept-in-a-plain-dict",
    "remedy/hook-on-each-module",
    "remedy/module-under-each-name",
    "remedy/named-modules-of-children-get-three-arguments",
    "layer/call-replaced-in-module",
    "layer/own-replica-for-data-parallel",
)
def child_not_registered(patch):
    """A Module that is set as an attribute is no child."""
    edit(patch, Module.__setattr__, {"if isinstance(value, Module):": "if False:"})


@fault(
    "buffer/code-*",
    "buffer/*state*",
    "buffer/order-*",
    "buffer/set-to-none",
    "buffer/gradient-of-*",
    "buffer/cast-*",
    "buffer/nn-buffer-*",
    "functional/linear-*",
    "functional/functional-call-*",
    "functional/ensemble-*",
    "functional/modules-made-*",
    "hook/code-*",
    "hook/*state*",
    "hook/registration-hooks*",
    "module/*",
    "parameter/*",
    "functional/*batchnorm-*",
    "hook/handles-of-global-hooks",
    "buffer/loaded-by-*",
    "buffer/makes-way-for-a-parameter",
    "between-calls/*",
    "hook/private-load-pre-hook-with-its-module",
    "utility/fuse-conv-bn",
    "utility/fuse-conv-bn-of-another-dtype",
    "utility/fuse-conv-bn-without-bias",
    "utility/fuse-linear-bn",
    "utility/fuse-linear-bn-of-one-channel",
    "utility/orthogonal-parametrized",
    "utility/parameters-to-a-vector",
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
    "utility/prune-refuses-an-amount-of-too-many",
    "utility/prune-state-into-what-is-not-pruned",
    "utility/prune-twice",
    "utility/spectral-norm-by-a-hook",
    "utility/spectral-norm-by-a-hook-in-evaluation",
    "utility/spectral-norm-iterates-in-training-alone",
    "utility/spectral-norm-parametrized",
    "utility/spectral-norm-parametrized-of-a-vector",
    "utility/spectral-norm-removed",
    "utility/spectral-norm-twice",
    "utility/vector-to-parameters",
    "utility/vector-to-parameters-of-another-dtype",
    "utility/vector-to-parameters-too-long",
    "utility/vector-to-parameters-too-short",
    "utility/weight-norm-of-all-dimensions",
    "utility/weight-norm-of-rows",
    "utility/weight-norm-twice",
    "autograd/backward-of-a-parametrized-module",
    "autograd/backward-to-a-generator",
    "autograd/dual-input-of-a-module",
    "autograd/func-grad-of-a-module",
    "autograd/func-grad-of-a-parametrized-module",
    "autograd/func-per-sample-gradients",
    "autograd/grad-materialized",
    "autograd/grad-of-an-unused-parameter-if-allowed",
    "autograd/grad-of-an-unused-parameter-if-not-allowed",
    "autograd/hook-on-a-frozen-parameter",
    "autograd/hook-on-a-parametrized-weight",
    "autograd/hook-on-an-uninitialized-parameter",
    "autograd/inference-tensor-in-forward",
    "autograd/leaf-parametrized",
    "autograd/leaf-uninitialized",
    "autograd/node-of-what-needs-no-gradient",
    "autograd/post-accumulate-hook-on-a-result",
    "autograd/saved-by-a-linear",
    "autograd/saved-under-no-grad",
    "autograd/state-dict-is-detached",
    "autograd/state-loaded-in-inference-mode",
    "autograd/strides-of-the-gradient-of-a-channels-last-convolution",
    "hook/load-post-hooks-when-something-does-not-fit",
    "remedy/child-loads-its-own-part-of-a-state",
    "remedy/complex-is-not-floating-point",
    "remedy/functional-call-asks-for-the-inverse",
    "remedy/functional-call-spoils-a-shared-child",
    "remedy/gradients-set-to-none",
    "remedy/inputs-of-a-loaded-lazy-linear",
    "remedy/keys-below-a-parameter-are-unexpected",
    "remedy/keys-that-did-not-fit",
    "remedy/load-names-the-value-that-is-no-tensor",
    "remedy/load-refuses-what-is-no-dict",
    "remedy/module-moved-after-it-was-made",
    "remedy/module-of-an-old-pickle-has-no-state",
    "remedy/names-of-a-shared-child",
    "remedy/requires-grad-set-after-assignment",
    "remedy/state-dict-overridden",
    "remedy/tensor-made-a-parameter",
)
def parameter_not_registered(patch):
    """A Parameter that is set as an attribute is not registered."""
    edit(patch, Module.__setattr__, {"if isinstance(value, Parameter):": "if False:"})


@fault(
    "buffer/code-*",
    "buffer/order-in-state",
    "buffer/set-to-none",
    "buffer/gradient-of-*",
    "buffer/state-*",
    "functional/functional-call-*",
    "functional/ensemble-*",
    "hook/code-*",
    "hook/*state*",
    "module/set-*",
    "module/*state*",
    "module/load-*",
    "module/plain-containers-hide-*",
    "parameter/*",
    "module/none-before-others",
    "buffer/loaded-by-*",
    "buffer/makes-way-for-a-parameter",
    "between-calls/functional-call-in-forward",
    "between-calls/functional-call-of-a-called-module",
    "between-calls/parameter-deleted",
    "between-calls/parameter-that-was-none",
    "between-calls/parametrization-changed",
    "between-calls/parametrization-registered",
    "between-calls/parametrization-removed",
    "hook/private-load-pre-hook-with-its-module",
    "module/requires-grad-of-a-model",
    "utility/orthogonal-parametrized",
    "utility/prune-refuses-an-amount-of-too-many",
    "utility/spectral-norm-parametrized",
    "utility/spectral-norm-parametrized-of-a-vector",
    "autograd/backward-of-a-parametrized-module",
    "autograd/dual-parameter-of-a-module",
    "autograd/func-grad-of-a-module",
    "autograd/func-grad-of-a-parametrized-module",
    "autograd/func-per-sample-gradients",
    "autograd/hook-in-functional-call",
    "autograd/hook-on-a-parametrized-weight",
    "autograd/leaf-parametrized",
    "hook/load-post-hooks-when-something-does-not-fit",
    "module/deleted-and-set-again",
    "module/given-tensors-stay",
    "module/has-what-was-deleted",
    "module/how-far-a-listing-is-read",
    "module/overridden-children",
    "module/overridden-listings",
    "module/parts-are-freed",
    "module/prefixes",
    "module/refused-assignments-leave-what-was",
    "module/saved-and-loaded-in-inference-mode",
    "module/saved-and-loaded-in-no-grad",
    "module/shallow-copy",
)
def parameter_registered_under_another_name(patch):
    """A Parameter is registered under its name in small letters."""
    edit(
        patch,
        Module.register_parameter,
        {"self._parameters[name] = param": "self._parameters[name.lower()] = self.__dict__[name] = param"},
    )


@fault(
    "hook/registration-hooks*",
    "module/set-parameter-calls-register-parameter",
    "parameter/attribute-calls-register-parameter",
    "parameter/parameter-dict-key-named-as-a-method",
    "hook/handles-of-global-hooks",
)
def parameter_set_without_register_parameter(patch):
    """A Parameter is set without a call of register_parameter."""
    call = f"self._non_persistent_buffers_set,\n{8 * ' '})\n{8 * ' '}self.register_parameter(name, value)"
    edit(
        patch, Module.__setattr__, {call: call.replace("self.register_parameter(name, value)", "params[name] = value")}
    )


@fault("module/set-child-does-not-call-add-module")
def child_set_by_add_module(patch):
    """A Module that is set as an attribute goes through add_module."""
    insert(
        patch,
        Module.__setattr__,
        "if isinstance(value, Module):",
        "if isinstance(value, Module) and modules is not None and not hasattr(self, name):",
        "    return self.add_module(name, value)",
    )


@fault(
    "buffer/cast-with-the-module",
    "buffer/code-1",
    "buffer/loaded-plain-tensors-start-over",
    "buffer/nn-buffer-*",
    "functional/functional-call-over-a-parametrization",
    "hook/registration-hooks",
    "module/set-tensor-registers-nothing",
    "parameter/set-where-parametrized-without-inverse",
    "parameter/spectral-norm-loads-a-state-of-the-old-one",
    "between-calls/attribute-of-another-type",
    "between-calls/retain-grad-in-forward",
    "between-calls/tensor-kept-in-an-attribute",
    "parameter/parametrized-in-a-chain-is-set",
    "utility/prune-by-identity",
    "utility/prune-by-l1",
    "utility/prune-by-l1-in-part",
    "utility/prune-by-norm-of-columns",
    "utility/prune-by-norm-of-rows",
    "utility/prune-in-the-state",
    "utility/prune-state-into-what-is-not-pruned",
    "utility/spectral-norm-by-a-hook",
)
def tensor_set_becomes_a_buffer(patch):
    """A plain tensor that is set as an attribute is a buffer."""
    edit(
        patch,
        Module.__setattr__,
        {"if isinstance(value, Buffer) or": "if isinstance(value, torch.Tensor) or"},
    )


@fault(
    "buffer/code-[23]",
    "buffer/set-*",
    "buffer/state-*",
    "buffer/loaded-buffers-go-on",
    "buffer/load-a-buffer-that-is-not-persistent",
    "buffer/tensor-like-object",
    "hook/registration-hooks",
    "buffer/batchnorm-on-meta-*",
    "functional/functional-call-that-assigns-a-buffer",
    "functional/functional-call-that-changes-a-buffer",
    "parameter/lazy-batch-norm1d-finds-its-features",
    "parameter/lazy-batch-norm2d-finds-its-features",
    "parameter/lazy-batch-norm3d-finds-its-features",
    "parameter/lazy-buffers-before-the-first-call",
    "parameter/lazy-instance-norm1d-finds-its-features",
    "parameter/lazy-instance-norm2d-finds-its-features",
    "parameter/lazy-instance-norm3d-finds-its-features",
    "module/parts-are-freed",
    "module/refused-assignments-leave-what-was",
)
def buffer_set_without_register_buffer(patch):
    """A tensor that is set under the name of a buffer does not go through register_buffer."""
    edit(patch, Module.__setattr__, {"buffers = self.__dict__.get": "buffers = None and self.__dict__.get"})


@fault("module/set-child-over-plain-attribute")
def child_over_a_plain_attribute_hidden(patch):
    """A Module that is set over a plain attribute leaves that attribute there."""
    edit(
        patch,
        Module.__setattr__,
        {f"{16 * ' '}self.__dict__,\n{16 * ' '}self._parameters,": f"{16 * ' '}self._parameters,"},
    )


@fault("module/set-parameter-over-child")
def parameter_over_a_child_refused(patch):
    """A Parameter cannot be set over a child."""
    edit(patch, Module.__setattr__, {"self._buffers,\n            self._modules,": "self._buffers,"})


@fault("buffer/makes-way-for-a-parameter", "module/name-left-to-a-parameter")
def parameter_over_a_buffer_refused(patch):
    """A Parameter cannot be set over a buffer."""
    edit(patch, Module.__setattr__, {"self._buffers,\n            self._modules,": "self._modules,"})


@fault("module/set-child-to-none")
def child_set_to_none_loses_its_place(patch):
    """A child that is set to None loses its place among the children."""
    insert(
        patch,
        Module.__setattr__,
        "if isinstance(value, Module):",
        "if value is None and modules is not None and name in modules:",
        "    del modules[name]",
    )


@fault("module/set-other-over-parameter-raises")
def name_of_a_parameter_refuses_in_other_words(patch):
    """The error of a value set under the name of a Parameter is another."""
    edit(patch, Module.__setattr__, {"' as parameter '{name}' ": "' as a parameter '{name}' "})


@fault(
    "module/set-list-over-child-raises",
    "module/jit-*",
    "module/deleted-and-set-again",
    "module/refused-assignments-leave-what-was",
)
def name_of_a_child_takes_anything(patch):
    """A value that is no Module can be set under the name of a child."""
    insert(
        patch,
        Module.__setattr__,
        "if isinstance(value, Module):",
        "if value is not None and not isinstance(value, Module) and modules is not None:",
        "    modules.pop(name, None)",
    )


@fault("buffer/set-to-a-number", "module/refused-assignments-leave-what-was")
def name_of_a_buffer_refuses_in_another_class(patch):
    """A number set under the name of a buffer raises a ValueError."""
    edit(
        patch,
        Module.__setattr__,
        {f'TypeError(\n{24 * " "}f"cannot assign': f'ValueError(\n{24 * " "}f"cannot assign'},
    )


@fault(
    "module/get-missing-attribute",
    "module/property-that-misses-an-attribute",
    "parameter/parameter-list-without-its-size",
    "module/attribute-missing-before-init",
)
def missing_attribute_unnamed(patch):
    """The error for a missing attribute does not name the class."""
    edit(patch, Module.__getattr__, {"f\"'{type(self).__name__}' object has": 'f"object has'})


@fault("module/attribute-missing-before-init")
def attributes_need_init(patch):
    """Reading a missing attribute of a Module before __init__ raises a KeyError."""
    edit(patch, Module.__getattr__, {'if "_parameters" in self.__dict__:': "if True:"})


@fault(
    "buffer/deleted",
    "between-calls/buffer-deleted",
    "parameter/parametrized-buffer",
    "utility/spectral-norm-removed",
    "module/has-what-was-deleted",
    "module/parts-are-freed",
)
def deleted_buffer_stays(patch):
    """A buffer that is deleted stays where it is."""
    edit(patch, Module.__delattr__, {"del self._buffers[name]": "pass"})


@fault(
    "buffer/deleted",
    "parameter/parametrized-parameter-is-deleted",
    "module/deleted-of-a-class",
    "module/has-what-was-deleted",
)
def missing_attribute_deleted(patch):
    """Deleting an attribute that is not there raises nothing."""
    edit(
        patch,
        Module.__delattr__,
        {"super().__delattr__(name)": "name not in self.__dict__ or super().__delattr__(name)"},
    )


@fault(
    "buffer/nn-buffer-over-a-plain-tensor",
    "*/register-under-a-bad-name",
    "module/add-module-refuses-names",
    "module/module-dict-key-that-became-a-method",
    "parameter/parameter-dict-key-named-as-a-method",
)
def existing_attribute_refused_in_another_class(patch):
    """A part whose name another attribute has is refused with an AttributeError."""
    for register in (Module.register_buffer, Module.register_parameter, Module.add_module):
        edit(
            patch,
            register,
            {"raise KeyError(f\"attribute '{name}' already": "raise AttributeError(f\"attribute '{name}' already"},
        )


@fault("module/add-module-refuses-names")
def add_module_refuses_in_other_words(patch):
    """The error of add_module for a name with a dot is another."""
    edit(patch, Module.add_module, {'", got: {name}': '"'})


@fault(
    "module/add-module-keeps-the-instance",
    "module/module-list-sum-with-a-list",
    "module/sequential-product-repeats-instances",
    "module/sequential-sum-keeps-instances",
    "between-calls/parametrization-registered",
    "parameter/parametrizations-are-transferred",
    "parameter/parametrized-inside-a-parametrization",
    "module/contained",
    "module/how-often-a-shared-child-is-asked",
)
def add_module_adds_a_copy(patch):
    """A copy of the Module given is added by add_module."""
    edit(patch, Module.add_module, {"self._modules[name] = module": "self._modules[name] = copy.copy(module)"})
    patch.setattr(module_file, "copy", copy, raising=False)


@fault("module/register-module-calls-add-module")
def register_module_does_not_call_add_module(patch):
    """A child is registered by register_module without a call of add_module."""
    edit(patch, Module.register_module, {"self.add_module(name, module)": "self._modules[name] = module"})


@fault(
    "module/add-module-refuses-what-is-no-module",
    "module/extension-that-is-refused-halfway",
    "module/refused-by-containers",
    "module/refused-parts-leave-nothing",
)
def add_module_takes_anything(patch):
    """What is no Module is accepted by add_module."""
    edit(patch, Module.add_module, {"if not isinstance(module, Module) and module is not None:": "if False:"})


@fault("parameter/register-under-a-bad-name")
def parameter_names_unchecked(patch):
    """A parameter can be registered under a name with a dot."""
    edit(patch, Module.register_parameter, {'elif "." in name:': "elif False:"})


@fault("parameter/register-before-init")
def parameters_before_init_refused_in_other_words(patch):
    """The error of a parameter that is registered before __init__ is another."""
    edit(patch, Module.register_parameter, {"cannot assign parameter before": "no parameter before"})


@fault("parameter/register-what-is-computed", "module/refused-parts-leave-nothing")
def computed_parameter_registered(patch):
    """A Parameter that was computed in place from another can be registered."""
    edit(patch, Module.register_parameter, {"elif param.grad_fn:": "elif False:"})


@fault("buffer/register-under-a-bad-name")
def buffer_names_unchecked(patch):
    """A buffer can be registered under a name with a dot."""
    edit(patch, Module.register_buffer, {'elif "." in name:': "elif False:"})


@fault("buffer/register-a-number")
def number_registered_as_a_buffer(patch):
    """A number can be registered as a buffer."""
    edit(
        patch,
        Module.register_buffer,
        {"isinstance(tensor, torch.Tensor) or": "isinstance(tensor, (float, torch.Tensor)) or"},
    )


@fault("buffer/tensor-like-object")
def tensor_like_object_refused_as_a_buffer(patch):
    """An object that is no tensor is refused as a buffer, even if it has __torch_function__."""
    edit(patch, Module.register_buffer, {'or hasattr(tensor, "__torch_function__")': ""})


@fault(
    "buffer/load-a-buffer-that-is-not-persistent",
    "buffer/nn-buffer-set-as-an-attribute",
    "buffer/deep-copy-keeps-non-persistent",
    "buffer/own-register-buffer-without-persistent",
    "buffer/registered-again-as-persistent",
    "between-calls/buffer-not-persistent",
)
def every_buffer_is_persistent(patch):
    """The persistent=False of register_buffer is ignored."""
    edit(patch, Module.register_buffer, {"self._non_persistent_buffers_set.add(name)": "pass"})


@fault("buffer/registered-again-as-persistent")
def buffer_stays_out_of_the_state(patch):
    """A buffer that was not persistent is not when it is registered again, either."""
    edit(patch, Module.register_buffer, {"self._non_persistent_buffers_set.discard(name)": "pass"})


@fault("buffer/own-register-buffer-without-persistent", "buffer/set-calls-register-buffer")
def own_register_buffer_not_asked_for_persistent(patch):
    """A register_buffer of a Module's own that lacks the argument `persistent` is taken for one that has it."""
    edit(patch, Module.__setattr__, {'if "persistent" in sign.parameters:': "if True:"})


@fault("buffer/nn-buffer-over-a-plain-tensor")
def nn_buffer_over_a_plain_tensor_accepted(patch):
    """An nn.Buffer takes over the name of a plain tensor."""
    insert(patch, Module.__setattr__, "if isinstance(value, Buffer):\n", "self.__dict__.pop(name, None)")


@fault(
    "buffer/mode-reaches-children",
    "functional/code-[56]",
    "functional/dropout-in-evaluation-*",
    "functional/repr-*",
    "functional/state-that-is-not-saved",
    "functional/sync-batchnorm-*",
    "functional/upsample-by-a-fraction",
    "parameter/parameter-dict-in-eval-mode",
    "between-calls/dropout-of-everything",
    "parameter/lazy-batch-norm1d-finds-its-features",
    "parameter/lazy-batch-norm2d-finds-its-features",
    "parameter/lazy-batch-norm3d-finds-its-features",
    "parameter/lazy-instance-norm1d-finds-its-features",
    "parameter/lazy-instance-norm2d-finds-its-features",
    "parameter/lazy-instance-norm3d-finds-its-features",
    "utility/fuse-conv-bn",
    "autograd/dense-added-to-the-gradient-of-a-sparse-embedding",
    "autograd/embedding-renormalized-after-use",
    "autograd/grad-of-an-embedding-batched",
    "autograd/gradient-of-a-sparse-embedding-added",
    "autograd/gradient-of-an-embedding-with-padding",
    "autograd/gradient-of-tied-weights",
    "autograd/node-of-kl-div-loss",
    "autograd/vmap-of-an-embedding",
    "module/deep-mode",
    "module/equal-modules-miss-what-is-done",
    "module/false-extra-state",
    "module/mode-set-by-a-thread",
    "module/overridden-children",
    "module/overridden-listings",
    "module/overridden-mode",
    "module/tied-and-frozen-by-deep-copy",
    "module/tied-and-frozen-by-pickle",
    "remedy/attributes-instead-of-repr",
    "remedy/both-inits-are-called",
    "remedy/train-refuses-what-is-no-bool",
)
def bool_kept_as_a_number(patch):
    """A bool that is set as an attribute of a Module is kept as a number, unless the name begins with an underscore."""
    edit(
        patch,
        Module.__setattr__,
        {
            "super().__setattr__(name, value)": "super().__setattr__("
            'name, int(value) if isinstance(value, bool) and not name.startswith("_") else value)'
        },
    )


@fault(
    "buffer/set-calls-register-buffer",
    "module/code-[34]",
    "module/plain-containers-*",
    "module/set-child-does-not-call-add-module",
    "module/set-list-over-child-raises",
    "module/set-parameter-calls-register-parameter",
    "between-calls/list-appended-to-in-forward",
    "between-calls/method-that-changes-the-module",
    "between-calls/tensor-hook-in-forward",
    "module/empty-child-is-reached",
    "module/false-extra-state",
    "module/false-values-of-a-parameter-dict",
    "remedy/module-init-passes-by-setattr",
)
def list_kept_as_a_module_list(patch):
    """A list of Modules, or of nothing, that is set as an attribute is kept as a ModuleList."""
    insert(
        patch,
        Module.__setattr__,
        'params = self.__dict__.get("_parameters")',
        "if type(value) is list and all(isinstance(item, Module) for item in value):",
        "    value = torch.nn.ModuleList(value)",
    )


@fault(
    "buffer/deleted",
    "functional/functional-call-over-a-parametrization",
    "functional/sync-batchnorm-converted-*",
    "module/*missing*",
    "module/property-that-misses-an-attribute",
    "module/set-submodule-to-no-module",
    "parameter/*-norm-loads-a-state-of-the-old-one",
    "parameter/*parametri*",
    "between-calls/attribute-set-late-and-deleted",
    "between-calls/buffer-registered-in-forward",
    "between-calls/child-deleted",
    "between-calls/parameter-deleted",
    "between-calls/parameter-made-at-the-first-call",
    "between-calls/parametrization-changed",
    "between-calls/parametrization-registered",
    "between-calls/parametrization-removed",
    "functional/functional-call-with-an-unknown-key",
    "module/jit-*",
    "utility/orthogonal-parametrized",
    "utility/prune-all-by-rows",
    "utility/prune-all-of-a-model",
    "utility/prune-of-no-parameter",
    "utility/spectral-norm-parametrized",
    "utility/spectral-norm-parametrized-of-a-vector",
    "autograd/backward-of-a-parametrized-module",
    "autograd/func-grad-of-a-parametrized-module",
    "autograd/hook-on-a-parametrized-weight",
    "autograd/leaf-parametrized",
    "module/has-what-was-deleted",
    "remedy/missing-attribute-raises-attribute-error-again",
)
def missing_attribute_raises_a_key_error(patch):
    """Reading an attribute that a Module lacks raises a KeyError, unless its name begins with an underscore."""
    lines = 'if not name.startswith("_"):', "    raise KeyError(name)"
    insert(patch, Module.__getattr__, "raise AttributeError(", *lines)

    def has(instance, name):
        try:
            getattr(instance, name)
        except (AttributeError, KeyError):
            return False
        return True

    patch.setattr(module_file, "hasattr", has, raising=False)  # Or no part could be registered.


@fault(
    "buffer/batchnorm-*",
    "buffer/code-[23]",
    "buffer/gradient-of-a-buffer",
    "buffer/keep-vars-keeps-the-graph",
    "buffer/loaded-by-assignment",
    "buffer/state-shares-memory",
    "functional/*batchnorm-*",
    "between-calls/batch-norm-momentum-changed",
    "between-calls/batch-norm-of-a-child-with-a-backward-pass",
    "between-calls/batch-norm-running-statistics",
    "between-calls/batch-norm-statistics-reset",
    "between-calls/buffer-assigned-in-forward-and-held",
    "between-calls/buffer-filled",
    "functional/functional-call-that-changes-a-buffer",
    "parameter/lazy-batch-norm1d-finds-its-features",
    "parameter/lazy-batch-norm2d-finds-its-features",
    "parameter/lazy-batch-norm3d-finds-its-features",
    "parameter/lazy-instance-norm1d-finds-its-features",
    "parameter/lazy-instance-norm2d-finds-its-features",
    "parameter/lazy-instance-norm3d-finds-its-features",
    "utility/fuse-conv-bn",
    "utility/fuse-conv-bn-without-bias",
    "utility/fuse-linear-bn",
    "utility/fuse-linear-bn-of-one-channel",
    "utility/spectral-norm-by-a-hook-in-evaluation",
    "utility/spectral-norm-iterates-in-training-alone",
    "autograd/batch-norm-in-inference-mode",
    "module/batch-norm-counts-twelve",
    "module/batch-norm-in-inference-mode",
    "module/batch-norm-in-no-grad",
    "module/deep-path",
    "remedy/setting-a-buffer-calls-register-buffer",
)
def buffer_read_as_a_copy(patch):
    """A buffer that is read from its Module is a copy."""
    edit(
        patch,
        Module.__getattr__,
        {"return _buffers[name]": "return None if _buffers[name] is None else _buffers[name].clone()"},
    )


@fault(
    "module/add-module-refuses-what-is-no-module",
    "hook/registration-hook-raises",
    "hook/registration-hook-returns-an-empty-sequential",
    "module/deleted-and-set-again",
    "module/dir-of-numbers",
    "module/dir-of-parts",
    "module/has-what-was-deleted",
    "remedy/children-of-a-module-of-ones-own",
)
def bare_module_warns(patch):
    """A Module of no class of its own gives a warning when a child is added to it."""
    insert(
        patch,
        Module.add_module,
        "for hook in",
        "if type(self) is Module:",
        "    warnings.warn('A Module of no class of its own has no forward.', stacklevel=2)",
    )
