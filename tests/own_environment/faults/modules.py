"""Faults of what a Module holds: registering and finding its parts, listing them, its mode, its reprs, its casts."""

import copy

from torch import nn
from torch.nn import Module
from torch.nn.modules import module as module_file

from .fault import fault
from .injection import edit, insert

# Calling.


@fault("module/forward-takes-keyword-arguments")
def keyword_arguments_by_position(patch):
    """A call of a Module hands keyword arguments to forward by position."""
    edit(
        patch,
        Module._call_impl,
        {"return forward_call(*args, **kwargs)": "return forward_call(*args, *kwargs.values())"},
    )


@fault("module/call-without-forward", "module/module-list-has-no-forward")
def call_without_forward_raises_a_type_error(patch):
    """A Module without a forward raises a TypeError when it is called."""
    edit(patch, module_file._forward_unimplemented, {"NotImplementedError(": "TypeError("})


@fault(
    "buffer/code-3",
    "buffer/new-module-trains",
    "buffer/batchnorm-*",
    "functional/code-[56]",
    "functional/dropout*",
    "functional/*batchnorm-*",
)
def call_in_evaluation(patch):
    """A call of a Module puts it into evaluation mode."""
    edit(
        patch, Module._wrapped_call_impl, {"return self._call_impl(": "self.training = False; return self._call_impl("}
    )


# Setting up.


@fault(
    "buffer/batchnorm-*",
    "buffer/mode-that-is-no-bool",
    "buffer/new-module-trains",
    "functional/dropout*",
    "functional/state-that-is-not-saved",
    "module/plain-containers-miss-eval",
    "functional/*batchnorm-*",
)
def new_module_evaluates(patch):
    """A new Module is in evaluation mode."""
    edit(patch, Module.__init__, {'("training", True)': '("training", False)'})


@fault(
    "module/init-given-arguments",
    "module/init-error-counts-arguments",
)
def init_takes_arguments(patch):
    """The __init__ of Module takes any positional arguments."""
    edit(patch, Module.__init__, {"if self.call_super_init is False and bool(args):": "if False:"})


@fault("module/init-error-counts-arguments")
def init_error_leaves_out_the_module(patch):
    """The error of __init__ for positional arguments does not count the Module itself."""
    edit(patch, Module.__init__, {"{len(args) + 1} were": "{len(args)} were"})


@fault("module/call-super-init-reaches-a-mixin", "module/init-given-arguments")
def init_takes_keyword_arguments(patch):
    """The __init__ of Module takes any keyword arguments."""
    edit(patch, Module.__init__, {"if self.call_super_init is False and bool(kwargs):": "if False:"})


@fault("module/call-super-init-reaches-a-mixin")
def call_super_init_ignored(patch):
    """The call_super_init of a class is ignored."""
    edit(patch, Module.__init__, {"if self.call_super_init:\n": "if False:\n"})


@fault("module/own-setattr-during-init")
def init_sets_training_as_an_attribute(patch):
    """The __init__ of Module sets `training` as any attribute is set."""
    edit(patch, Module.__init__, {'super().__setattr__("training", True)': "self.training = True"})


@fault("module/init-not-called")
def children_before_init_refused_in_other_words(patch):
    """The error of a child that is set before __init__ is another."""
    edit(patch, Module.__setattr__, {"cannot assign module before": "no Module before"})


# Setting and getting attributes.


@fault(
    "buffer/*",
    "hook/code-*",
    "hook/*state*",
    "hook/registration-hooks*",
    "module/*",
    "parameter/*",
    "hook/handles-of-global-hooks",
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


@fault("buffer/makes-way-for-a-parameter")
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


@fault("module/set-list-over-child-raises")
def name_of_a_child_takes_anything(patch):
    """A value that is no Module can be set under the name of a child."""
    insert(
        patch,
        Module.__setattr__,
        "if isinstance(value, Module):",
        "if value is not None and not isinstance(value, Module) and modules is not None:",
        "    modules.pop(name, None)",
    )


@fault("buffer/set-to-a-number")
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


@fault("buffer/deleted")
def deleted_buffer_stays(patch):
    """A buffer that is deleted stays where it is."""
    edit(patch, Module.__delattr__, {"del self._buffers[name]": "pass"})


@fault("buffer/deleted")
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
)
def add_module_adds_a_copy(patch):
    """A copy of the Module given is added by add_module."""
    edit(patch, Module.add_module, {"self._modules[name] = module": "self._modules[name] = copy.copy(module)"})
    patch.setattr(module_file, "copy", copy, raising=False)


@fault("module/register-module-calls-add-module")
def register_module_does_not_call_add_module(patch):
    """A child is registered by register_module without a call of add_module."""
    edit(patch, Module.register_module, {"self.add_module(name, module)": "self._modules[name] = module"})


@fault("module/add-module-refuses-what-is-no-module")
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


@fault("parameter/register-what-is-computed")
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
)
def named_parameters_misses_the_last(patch):
    """The last parameter is missing from named_parameters."""
    edit(patch, Module.named_parameters, {"yield from gen": "yield from list(gen)[:-1]"})


@fault("parameter/shared-module-is-counted-once", "parameter/tied-parameter-under-each-name")
def named_parameters_counts_twice(patch):
    """A parameter that has several names is counted by each of them."""
    edit(patch, Module.named_parameters, {"remove_duplicate=remove_duplicate,": "remove_duplicate=False,"})


@fault(
    "functional/functional-call-of-a-shared-child",
    "functional/functional-call-of-tied-weights",
    "functional/functional-call-with-two-values-for-tied-weights",
    "parameter/tied-parameter-under-each-name",
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
)
def names_without_prefix(patch):
    """The names of parameters and buffers do not tell which child they are in."""
    edit(patch, Module._named_members, {'name = module_prefix + ("." if module_prefix else "") + k': "name = k"})


@fault("buffer/code-[23]", "buffer/buffers-of-*", "buffer/state-is-detached", "buffer/shared-buffer-*")
def named_buffers_without_children(patch):
    """The buffers of children are missing from named_buffers."""
    edit(patch, Module.named_buffers, {"recurse=recurse,": "recurse=False,"})


@fault("buffer/buffers-of-children-are-listed")
def recursion_cannot_be_declined(patch):
    """The recurse=False of named_buffers is ignored."""
    edit(patch, Module.named_buffers, {"recurse=recurse,": "recurse=True,"})


@fault("buffer/shared-buffer-under-each-name")
def named_buffers_counts_twice(patch):
    """A buffer that has several names is counted by each of them."""
    edit(patch, Module.named_buffers, {"remove_duplicate=remove_duplicate,": "remove_duplicate=False,"})


@fault(
    "buffer/set-to-none",
    "functional/linear-parameters",
    "parameter/none-before-others",
    "parameter/lazy-linear-finds-its-inputs",
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
)
def named_children_backwards(patch):
    """The last child comes first in named_children."""
    edit(patch, Module.named_children, {"self._modules.items()": "reversed(self._modules.items())"})


@fault("module/child-added-while-visiting-the-last")
def named_children_is_a_list(patch):
    """A loop over named_children goes over a copy."""
    edit(patch, Module.named_children, {"self._modules.items()": "list(self._modules.items())"})


@fault("module/set-child-to-none", "module/none-before-others")
def named_children_lists_none(patch):
    """A child that was set to None is listed by named_children."""
    edit(patch, Module.named_children, {"if module is not None and module not in memo:": "if module not in memo:"})


@fault("module/modules-with-duplicates", "module/shared-child-under-each-name")
def named_modules_counts_twice(patch):
    """A child that has two names is counted by both."""
    edit(patch, Module.named_modules, {"if remove_duplicate:": "if False:"})


@fault(
    "functional/functional-call-of-a-shared-child",
    "module/modules-with-duplicates",
    "module/shared-child-under-each-name",
)
def named_modules_never_counts_twice(patch):
    """The remove_duplicate=False of named_modules is ignored."""
    edit(patch, Module.named_modules, {"if remove_duplicate:": "if True:"})


@fault(
    "functional/functional-call-of-a-shared-child",
    "module/modules-with-duplicates",
    "module/named-modules-overridden-by-a-child",
    "module/shared-child-under-each-name",
)
def named_modules_of_children_told_less(patch):
    """The named_modules of children is called with two arguments only."""
    edit(patch, Module.named_modules, {"memo, submodule_prefix, remove_duplicate\n": "memo, submodule_prefix\n"})


@fault("module/child-added-while-visiting-the-last", "module/children-reordered-by-hand")
def children_in_an_ordered_dict(patch):
    """The children are in an OrderedDict, as they were once."""
    edit(patch, Module.__init__, {'("_modules", {})': '("_modules", OrderedDict())'})


# By path.


@fault("*-by-path")
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


@fault("module/set-submodule-by-path")
def set_submodule_at_an_empty_path(patch):
    """An empty path is not refused by set_submodule as such."""
    edit(patch, Module.set_submodule, {'if target == "":': "if False:"})


@fault("module/set-submodule-strictly")
def set_submodule_never_strict(patch):
    """The strict of set_submodule is ignored."""
    edit(patch, Module.set_submodule, {"if strict and not": "if False and not"})


# The mode, and what goes through all children.


def _hidden(module):
    """Return the Modules that `module` keeps in plain lists and dictionaries."""
    containers = [vars(module)[name] for name in vars(module) if not name.startswith("_")]
    items = [
        item
        for kept in containers
        if isinstance(kept, (dict, list))
        for item in (kept.values() if isinstance(kept, dict) else kept)
    ]
    return [item for item in items if isinstance(item, Module)]


@fault("buffer/code-3", "buffer/mode-reaches-children")
def train_stops_at_the_first_child(patch):
    """The mode is set for the first child only."""
    edit(patch, Module.train, {"for module in self.children():": "for module in [*self.children()][:1]:"})


@fault(
    "buffer/code-3",
    "buffer/mode-reaches-children",
    "functional/dropout-in-evaluation-*",
    "functional/state-that-is-not-saved",
    "functional/*batchnorm-*",
    "module/plain-containers-miss-eval",
    "module/own-setattr-during-init",
    "parameter/parameter-dict-in-eval-mode",
)
def eval_does_nothing(patch):
    """The eval() of a Module does nothing."""
    edit(patch, Module.eval, {"return self.train(False)": "return self"})


@fault(
    "buffer/code-3",
    "buffer/mode-reaches-children",
    "buffer/batchnorm-freezes-in-eval",
    "functional/code-[56]",
    "functional/dropout-in-evaluation-*",
    "functional/state-that-is-not-saved",
    "functional/*batchnorm-*",
    "module/plain-containers-miss-eval",
    "parameter/parameter-dict-in-eval-mode",
)
def train_ignores_its_argument(patch):
    """The argument of train() is ignored."""
    edit(patch, Module.train, {"self.training = mode": "mode = True; self.training = mode"})


@fault("buffer/mode-that-is-no-bool")
def train_takes_any_mode(patch):
    """A mode that is no bool is kept as it is."""
    edit(patch, Module.train, {"if not isinstance(mode, bool):": "if False:"})


@fault("module/own-setattr-during-init")
def train_evades_setattr(patch):
    """The mode is set without a call of __setattr__."""
    edit(patch, Module.train, {"self.training = mode": 'self.__dict__["training"] = mode'})


@fault("parameter/zero-grad-*", "parameter/code-*", "parameter/momentum-*")
def zero_grad_does_nothing(patch):
    """The zero_grad of a Module does nothing."""
    edit(patch, Module.zero_grad, {"if p.grad is not None:": "if False:"})


@fault(
    "parameter/momentum-of-an-unused-parameter",
    "parameter/zero-grad-after-backward",
    "parameter/zero-grad-and-a-gradient-kept",
    "parameter/zero-grad-to-none-or-to-zeros",
)
def zero_grad_leaves_zeros(patch):
    """The zero_grad of a Module leaves zeros."""
    edit(patch, Module.zero_grad, {"if set_to_none:": "if False:"})


@fault("parameter/zero-grad-to-none-or-to-zeros", "parameter/zero-grad-of-a-gradient-with-a-graph")
def zero_grad_always_to_none(patch):
    """The set_to_none=False of zero_grad is ignored."""
    edit(patch, Module.zero_grad, {"if set_to_none:": "if True:"})


@fault("parameter/zero-grad-before-backward", "parameter/zero-grad-of-a-gradient-with-a-graph")
def zero_grad_makes_gradients(patch):
    """Parameters without a gradient have one of zeros after zero_grad."""
    edit(
        patch,
        Module.zero_grad,
        {"if p.grad is not None:": "if p.grad is None:\n            p.grad = torch.zeros_like(p)\n        else:"},
    )


@fault("parameter/zero-grad-and-a-gradient-kept", "parameter/zero-grad-of-a-gradient-with-a-graph")
def zero_grad_clears_the_gradient_itself(patch):
    """The gradient is set to zero by zero_grad before it is dropped."""
    edit(patch, Module.zero_grad, {"if set_to_none:": "p.grad.zero_()\n            if set_to_none:"})


@fault("module/plain-containers-miss-zero-grad")
def zero_grad_reaches_everything(patch):
    """The zero_grad of a Module also clears the gradients of Modules in plain attributes."""
    original = Module.zero_grad

    def zero_grad(self, set_to_none=True):
        for module in (self, *_hidden(self)):
            original(module, set_to_none)

    patch.setattr(Module, "zero_grad", zero_grad)


@fault("module/plain-containers-miss-apply")
def apply_visits_nothing(patch):
    """The function given to apply is not called for the Module itself."""
    edit(patch, Module.apply, {"fn(self)": "pass"})


@fault("module/plain-containers-miss-eval")
def eval_reaches_everything(patch):
    """The eval() of a Module also sets the mode of Modules in plain attributes."""
    original = Module.eval

    def evaluate(self):
        for module in _hidden(self):
            original(module)
        return original(self)

    patch.setattr(Module, "eval", evaluate)


@fault(
    "module/plain-containers-miss-conversion",
    "parameter/channels-last-beside-five-dimensions",
    "module/none-before-others",
    "parameter/emptied-without-the-children",
)
def double_reaches_no_child(patch):
    """A cast of a Module leaves its children as they are."""
    edit(patch, Module._apply, {"if recurse:": "if False:"})


@fault(
    "parameter/cast-with-its-gradient",
    "parameter/cast-by-swapping",
    "parameter/gradient-stays-*",
    "parameter/gradient-that-requires-grad-cast-*",
    "parameter/moved-to-meta-with-its-gradient",
)
def cast_drops_gradients(patch):
    """A cast of a Module drops the gradients of its parameters."""
    insert(patch, Module._apply, "param_grad = param.grad", "param.grad = None")


@fault("parameter/gradient-stays-the-same-object")
def cast_makes_new_gradients(patch):
    """A cast of a Module gives its parameters new gradients."""
    edit(
        patch,
        Module._apply,
        {"out_param.grad.data = grad_applied": "out_param.grad = grad_applied.clone()"},
    )


@fault("parameter/gradient-that-requires-grad-cast-by-swapping", "parameter/moved-to-meta-with-its-gradient")
def cast_gradients_require_none(patch):
    """The new gradient of a parameter that is cast or moved does not require a gradient itself."""
    edit(
        patch,
        Module._apply,
        {
            "grad_applied.requires_grad_(param_grad.requires_grad)": "pass",
            "= grad_applied.requires_grad_(\n": "= (lambda *_: grad_applied)(\n",
        },
    )


@fault("buffer/cast-with-the-module", "parameter/channels-last-with-a-dtype")
def cast_leaves_buffers(patch):
    """A cast of a Module leaves its buffers as they are."""
    edit(patch, Module._apply, {"self._buffers[key] = fn(buf)": "pass"})


@fault("buffer/cast-with-the-module")
def cast_includes_integers(patch):
    """A cast of a Module to half casts its integers, too."""
    edit(patch, Module.half, {"if t.is_floating_point() else t": ""})


@fault("parameter/cast-to-integers")
def to_takes_integers(patch):
    """A Module can be cast to integers."""
    edit(patch, Module.to, {"if not (dtype.is_floating_point or dtype.is_complex):": "if False:"})


@fault("parameter/cast-to-complex-numbers")
def to_complex_does_not_warn(patch):
    """No warning tells that complex Modules are new."""
    edit(patch, Module.to, {"if dtype.is_complex:": "if False:"})


@fault("parameter/moved-from-the-meta-device")
def to_from_meta_in_other_words(patch):
    """The error of a Module that is moved from the meta device does not name to_empty."""
    edit(patch, Module.to, {'if str(e) == "Cannot copy out of meta tensor; no data!":': "if False:"})


@fault("parameter/channels-last-*")
def to_disregards_the_memory_format(patch):
    """The memory format given to to() is ignored."""
    edit(patch, Module.to, {"if convert_to_format is not None and": "if False and"})


@fault("parameter/emptied-by-to-empty")
def to_empty_makes_new_parameters(patch):
    """A Module emptied by to_empty has other Parameters, which all require gradients."""
    insert(
        patch,
        Module.to_empty,
        "return self._apply(",
        "parameters = [(name, kept) for name, kept in self._parameters.items() if kept is not None]",
        "self._parameters.update((name, Parameter(kept.data)) for name, kept in parameters)",
    )


# Reprs, and pickles.


@fault(
    "module/code-7",
    "module/repr-of-nested-children",
    "module/repr-with-a-blank-line",
    "module/module-list-repr-of-repeats-behind-another",
)
def repr_without_children(patch):
    """The repr of a Module leaves out its children."""
    edit(patch, Module.__repr__, {"lines = extra_lines + child_lines": "lines = extra_lines"})


@fault("module/extra-repr-of-a-plain-module")
def extra_repr_is_none(patch):
    """The extra_repr of a Module that defines none is None."""
    edit(patch, Module.extra_repr, {'return ""': "return None"})


@fault("module/repr-of-nested-children", "module/repr-with-a-blank-line")
def repr_indented_by_four(patch):
    """The repr of a Module indents its children by four."""
    edit(patch, Module.__repr__, {"_addindent(mod_str, 2)": "_addindent(mod_str, 4)"})


@fault("module/repr-with-a-blank-line")
def repr_indents_blank_lines(patch):
    """A blank line in the repr of a child is indented."""
    edit(patch, module_file._addindent, {' if line.strip() else ""': ""})


@fault("module/state-from-an-old-pickle", "module/state-from-before-pre-hooks", "hook/*-on-an-old-module")
def old_pickle_stays_incomplete(patch):
    """A Module restored from what 1.4 pickled does not get the attributes that came later."""
    edit(
        patch,
        Module.__setstate__,
        {
            'if "_forward_hooks_with_kwargs" not in self.__dict__:': "if False:",
            'if "_state_dict_pre_hooks" not in self.__dict__:': "if False:",
            'if "_backward_pre_hooks" not in self.__dict__:': "if False:",
        },
    )


@fault("module/getstate-of-a-mixin")
def getstate_left_to_a_mixin(patch):
    """A mixin that comes after Module says what is pickled."""
    patch.delattr(Module, "__getstate__")


@fault("module/module-dict-key-that-became-a-method")
def module_without_compile(patch):
    """A Module has no method compile."""
    patch.delattr(nn.Module, "compile")
