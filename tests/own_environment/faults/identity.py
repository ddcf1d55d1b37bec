"""Faults that take what is equal for the same, or the same for another; and of copies and pickles."""

import copy
import functools
from collections import OrderedDict

import torch
from torch import nn
from torch.nn import Module, Parameter
from torch.nn.modules import module as module_file
from torch.utils import hooks

from .fault import fault
from .injection import edit, insert

# Identity and equality.


@fault()
def modules_told_apart_by_identity(patch):
    """Modules that are equal and not the same are both listed."""
    edit(patch, Module.named_modules, {"if self not in memo:": "if id(self) not in memo:", "memo.add(self)": "memo.add(id(self))"})


@fault()
def children_told_apart_by_identity(patch):
    """Children that are equal and not the same are both listed."""
    edit(
        patch,
        Module.named_children,
        {"module not in memo:": "id(module) not in memo:", "memo.add(module)": "memo.add(id(module))"},
    )


@fault()
def modules_of_one_class_taken_for_the_same(patch):
    """Of children of one class and one repr, the first alone is listed."""
    edit(
        patch,
        Module.named_children,
        {"module not in memo:": "repr(module) not in memo:", "memo.add(module)": "memo.add(repr(module))"},
    )


@fault()
def parameters_of_equal_values_taken_for_the_same(patch):
    """Of parameters and buffers that have equal values, the first alone is listed."""
    edit(
        patch,
        Module._named_members,
        {
            "v in memo:": "any(v is m or (v.shape == m.shape and v.device == m.device and v.device.type != 'meta' and "
            "not torch.nn.parameter.is_lazy(v) and not torch.nn.parameter.is_lazy(m) and torch.equal(v, m)) for m in memo):"
        },
    )


@fault()
def parameters_of_one_memory_taken_for_the_same(patch):
    """Of parameters that share their memory, the first alone is listed."""
    edit(
        patch,
        Module._named_members,
        {"v in memo:": "v in memo or any(torch._C._is_alias_of(v, m) for m in memo if v.numel() and m.numel()):"},
    )


@fault()
def hook_registered_twice_is_called_once(patch):
    """A forward hook that is registered a second time is not called a second time."""
    edit(patch, Module._call_impl, {"*self._forward_hooks.items(),": "*{hook: (i, hook) for i, hook in self._forward_hooks.items()}.values(),"})


@fault()
def handle_removes_all_equal_hooks(patch):
    """A handle removes all hooks that are the same function."""
    edit(
        patch,
        hooks.RemovableHandle.remove,
        {
            "del hooks_dict[self.id]": "same = hooks_dict[self.id]; "
            "[hooks_dict.pop(i) for i in [*hooks_dict] if hooks_dict[i] is same]"
        },
    )


@fault()
def output_of_a_hook_compared_with_none(patch):
    """What a forward hook returns is ignored if it says that it equals None."""
    old = "hook_result = hook(self, args, result)\n\n                    if hook_result is not None:"
    edit(patch, Module._call_impl, {old: old.replace("hook_result is not None", "not (hook_result == None)")})


@fault()
def input_of_a_hook_compared_with_none(patch):
    """What a forward pre-hook returns is ignored if it says that it equals None."""
    edit(patch, Module._call_impl, {"if args_result is not None:": "if not (args_result == None):"})


@fault()
def shared_child_saved_once(patch):
    """The state has a Module that two names share under the first alone."""
    edit(patch, Module.state_dict, {"in self._modules.items():": "in self.named_children():"})


@fault()
def shared_child_loaded_once(patch):
    """A Module that two names share is loaded under the first alone."""
    edit(patch, Module.load_state_dict, {"in module._modules.items():": "in module.named_children():"})


@fault()
def list_index_of_an_equal_item(patch):
    """A ModuleList takes no item that is equal to one that it has."""
    original = nn.ModuleList.append

    @functools.wraps(original)
    def append(self, module):
        return self if any(item == module for item in self) else original(self, module)

    patch.setattr(nn.ModuleList, "append", append)


@fault()
def parameters_converted_once(patch):
    """A parameter that two Modules share is converted for the first alone."""
    edit(patch, Module._apply, {"if param is None:\n                continue": "if param is None or hasattr(param, '_converted'):\n                continue\n            param._converted = True"})


# Copies.


@fault()
def shallow_copy_has_parts_of_its_own(patch):
    """A shallow copy of a Module has dictionaries of its own for its parts and hooks."""
    edit(
        patch,
        Module.__setstate__,
        {"self.__dict__.update(state)": "self.__dict__.update({k: v.copy() if isinstance(v, (dict, set)) else v for k, v in state.items()})"},
    )


@fault()
def shallow_copy_shares_its_attributes(patch):
    """What is set on a shallow copy is set on the original, too."""

    def __copy__(self):
        copied = self.__new__(type(self))
        copied.__dict__ = self.__dict__
        return copied

    patch.setattr(Module, "__copy__", __copy__, raising=False)


@fault()
def deep_copy_thaws(patch):
    """A deep copy of a frozen parameter requires gradients."""
    edit(patch, Parameter.__deepcopy__, {", self.requires_grad\n": ", True\n"})


@fault()
def deep_copy_has_the_gradient(patch):
    """A deep copy of a parameter has a copy of its gradient."""
    edit(
        patch,
        Parameter.__deepcopy__,
        {"memo[id(self)] = result": "memo[id(self)] = result; result.grad = None if self.grad is None else self.grad.clone()"},
    )


@fault()
def deep_copy_unties(patch):
    """A deep copy of a Module has two parameters where one was shared."""
    edit(patch, Parameter.__deepcopy__, {"memo[id(self)] = result": "pass"})


@fault()
def deep_copy_shares_memory(patch):
    """A deep copy of a parameter shares its memory."""
    edit(patch, Parameter.__deepcopy__, {"self.data.clone(memory_format=torch.preserve_format)": "self.data"})


@fault()
def deep_copy_shares_frozen_parameters(patch):
    """A deep copy of a frozen parameter is that parameter."""
    edit(patch, Parameter.__deepcopy__, {"if id(self) in memo:": "if not self.requires_grad:\n            return self\n        if id(self) in memo:"})


@fault()
def pickle_thaws(patch):
    """A frozen parameter requires gradients after it was pickled."""
    edit(
        patch,
        Parameter.__reduce_ex__,
        {"(self.data, self.requires_grad, hooks),": "(self.data, True, hooks),"},
    )


@fault()
def pickle_unties(patch):
    """A pickled Module has two parameters where one was shared."""
    edit(
        patch,
        Module.__getstate__,
        {"return state": "state['_parameters'] = {k: p and Parameter(p.data, p.requires_grad) for k, p in state['_parameters'].items()}\n    return state"},
    )


@fault()
def pickle_forgets_non_persistent_buffers(patch):
    """A Module that was pickled or copied takes all its buffers for persistent."""
    edit(
        patch,
        Module.__setstate__,
        {'if "_non_persistent_buffers_set" not in self.__dict__:': "if True:"},
    )


@fault()
def pickle_forgets_the_mode(patch):
    """A Module that was pickled or copied trains."""
    edit(patch, Module.__setstate__, {"self.__dict__.update(state)": 'self.__dict__.update(state, training=True)'})


@fault()
def copy_shares_its_hooks(patch):
    """A hook that is registered on a deep copy runs in the original, too."""
    original = Module.__setstate__

    def __deepcopy__(self, memo):
        copied = self.__new__(type(self))
        memo[id(self)] = copied
        memo[id(self.__dict__.get("_forward_hooks"))] = self.__dict__.get("_forward_hooks")
        original(copied, copy.deepcopy(self.__getstate__(), memo))
        return copied

    patch.setattr(Module, "__deepcopy__", __deepcopy__, raising=False)


@fault()
def copy_loses_its_hooks(patch):
    """A Module that was pickled or copied has no forward pre-hooks."""
    edit(patch, Module.__setstate__, {'if "_forward_pre_hooks" not in self.__dict__:': "if True:"})


@fault()
def parameter_list_copied_is_empty(patch):
    """A shallow copy of a ParameterDict is empty."""
    edit(patch, nn.ParameterDict.copy, {"for k in self._keys": "for k in ()"})
