"""Faults that change what belongs to the caller: a state, a list, a dictionary, keyword arguments."""

import functools
from collections import OrderedDict

import torch
from torch import nn
from torch.nn import Module
from torch.nn.modules import module as module_file
from torch.nn.utils import stateless

from .fault import fault
from .injection import edit, insert


@fault()
def load_works_on_the_given_state(patch):
    """Hooks of loading are given the very dictionary that the caller loads."""
    edit(patch, Module.load_state_dict, {"state_dict = OrderedDict(state_dict)": "pass", "state_dict._metadata = metadata": "pass"})


@fault()
def load_consumes_the_state(patch):
    """What is loaded is taken out of the caller's dictionary."""
    edit(
        patch,
        Module.load_state_dict,
        {"load(self, state_dict)": "given, load_from = state_dict, load\n    load(self, state_dict)"},
    )
    original = Module.load_state_dict

    @functools.wraps(original)
    def load_state_dict(self, state_dict, *arguments, **keywords):
        result = original(self, state_dict, *arguments, **keywords)
        state_dict.clear()
        return result

    patch.setattr(Module, "load_state_dict", load_state_dict)


@fault()
def load_marks_the_metadata(patch):
    """The metadata of a state remember that it was loaded."""
    edit(patch, Module.load_state_dict, {"if assign:": "local_metadata['loaded'] = True\n        if assign:"})


@fault()
def load_copies_the_metadata(patch):
    """Hooks of loading are given a copy of the metadata of the state."""
    edit(patch, Module.load_state_dict, {"metadata.get(prefix[:-1], {})": "dict(metadata.get(prefix[:-1], {}))"})


@fault()
def loaded_tensors_are_detached_in_place(patch):
    """Tensors of a state that is loaded no longer require gradients."""
    edit(patch, Module._load_from_state_dict, {"param.copy_(input_param)": "param.copy_(input_param.detach_() if input_param.is_leaf else input_param)"})


@fault()
def loaded_tensors_are_cast(patch):
    """Tensors of a state that is loaded into another dtype are cast themselves."""
    edit(patch, Module._load_from_state_dict, {"param.copy_(input_param)": "param.copy_(input_param); input_param.data = input_param.data.to(param.dtype) if not param.is_meta else input_param.data"})


@fault()
def result_of_a_load_is_kept(patch):
    """The lists of missing and unexpected keys are the same for all loads."""
    patch.setattr(module_file, "lists", ([], []), raising=False)
    edit(
        patch,
        Module.load_state_dict,
        {
            "return _IncompatibleKeys(missing_keys, unexpected_keys)": "lists[0].extend(missing_keys); "
            "lists[1].extend(unexpected_keys)\n    return _IncompatibleKeys(*lists)"
        },
    )


@fault()
def sequential_takes_the_dictionary(patch):
    """A Sequential keeps its children in the very OrderedDict that it is given."""
    insert(
        patch,
        nn.Sequential.__init__,
        "for key, module in args[0].items():",
        "self.__dict__['_modules'] = args[0]",
    )


@fault()
def module_list_empties_the_list(patch):
    """A ModuleList takes the Modules out of the list that it is given."""
    insert(patch, nn.ModuleList.extend, "return self", "isinstance(modules, list) and modules.clear()")


@fault()
def module_list_reads_an_iterable_twice(patch):
    """A ModuleList reads what it is given twice."""
    insert(patch, nn.ModuleList.extend, "offset = len(self)", "len(list(modules))")


@fault()
def parameter_list_fills_the_list(patch):
    """A ParameterList puts its Parameters into the list of tensors that it is given."""
    insert(patch, nn.ParameterList.extend, "return self", "if isinstance(values, list):", "    values[:] = list(self)[-len(values) or len(self):]")


@fault()
def module_dict_empties_the_dictionary(patch):
    """A ModuleDict takes the Modules out of the dict that it is given."""
    original = nn.ModuleDict.update

    @functools.wraps(original)
    def update(self, modules):
        original(self, modules)
        if isinstance(modules, dict):
            modules.clear()

    patch.setattr(nn.ModuleDict, "update", update)


@fault()
def parameter_dict_fills_the_dictionary(patch):
    """A ParameterDict puts its Parameters into the dict of tensors that it is given."""
    original = nn.ParameterDict.update

    @functools.wraps(original)
    def update(self, parameters):
        original(self, parameters)
        if isinstance(parameters, dict):
            parameters.update((key, self[key]) for key in [*parameters])

    patch.setattr(nn.ParameterDict, "update", update)


@fault()
def keywords_of_hooks_are_a_copy(patch):
    """A forward pre-hook is given a copy of the keyword arguments."""
    edit(patch, Module._call_impl, {"args_kwargs_result = hook(self, args, kwargs)": "args_kwargs_result = hook(self, args, dict(kwargs))"})


@fault()
def keywords_of_forward_are_those_of_a_hook(patch):
    """The keyword arguments that a forward pre-hook returns are emptied by the call."""
    edit(patch, Module._call_impl, {"result = forward_call(*args, **kwargs)\n": "result = forward_call(*args, **kwargs); kwargs.clear()\n"})


@fault()
def tensor_given_as_a_buffer_is_copied(patch):
    """A buffer is a copy of the tensor that is registered."""
    edit(patch, Module.register_buffer, {"self._buffers[name] = tensor": "self._buffers[name] = tensor.clone() if type(tensor) is torch.Tensor else tensor"})


@fault()
def tensor_given_as_a_parameter_is_copied(patch):
    """A Parameter is a copy of its tensor."""
    edit(
        patch,
        torch.nn.Parameter.__new__,
        {"torch.Tensor._make_subclass(cls, data, requires_grad)": "torch.Tensor._make_subclass(cls, data.clone(), requires_grad)"},
    )


@fault()
def tensor_given_as_a_parameter_is_thawed(patch):
    """The tensor that a Parameter is made of requires gradients."""
    insert(patch, torch.nn.Parameter.__new__, "return torch.Tensor._make", "data.is_leaf and data.is_floating_point() and data.requires_grad_(requires_grad)")


@fault()
def destination_is_emptied(patch):
    """A dictionary that is given for the state loses what it had."""
    edit(patch, Module.state_dict, {"local_metadata = dict(version=self._version)": "prefix or destination.clear()\n    local_metadata = dict(version=self._version)"})


@fault()
def destination_gets_metadata(patch):
    """A plain dictionary that is given for the state is given metadata as one of its items."""
    edit(patch, Module.state_dict, {"local_metadata = dict(version=self._version)": "if type(destination) is dict and not prefix:\n        destination['_metadata'] = {}\n    local_metadata = dict(version=self._version)"})


@fault()
def memo_is_copied(patch):
    """A set given to named_modules is not filled."""
    edit(patch, Module.named_modules, {"if memo is None:\n            memo = set()": "memo = set(memo or ()) if not prefix else memo"})


@fault()
def functional_call_consumes_its_dictionary(patch):
    """A functional_call takes the tensors out of the dictionary that it is given."""
    original = stateless._functional_call

    @functools.wraps(original)
    def functional_call(module, tensors, *arguments, **keywords):
        result = original(module, tensors, *arguments, **keywords)
        if isinstance(tensors, dict):
            tensors.clear()
        return result

    patch.setattr(stateless, "_functional_call", functional_call)


@fault()
def inputs_of_a_hook_become_a_list(patch):
    """A call of a Module takes a list that is its only input apart."""
    edit(patch, Module._wrapped_call_impl, {"return self._call_impl(*args, **kwargs)": "return self._call_impl(*(tuple(args[0]) if len(args) == 1 and isinstance(args[0], list) else args), **kwargs)"})
