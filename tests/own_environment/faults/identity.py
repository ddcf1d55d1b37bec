"""Faults that take what is equal for the same, or the same for another; and of copies and pickles."""

import copy
import functools
import types

from torch import nn
from torch.nn import Module, Parameter
from torch.utils import hooks

from .fault import fault
from .injection import edit

# Identity and equality.


@fault(
    "module/memo-that-is-given",
    "module/equal-modules-are-listed",
    "module/unhashable-modules",
)
def modules_told_apart_by_identity(patch):
    """Modules that are equal and not the same are both listed."""
    edit(
        patch,
        Module.named_modules,
        {"if self not in memo:": "if id(self) not in memo:", "memo.add(self)": "memo.add(id(self))"},
    )


@fault(
    "module/equal-modules-are-listed",
    "module/equal-modules-miss-what-is-done",
    "module/unhashable-modules",
)
def children_told_apart_by_identity(patch):
    """Children that are equal and not the same are both listed."""
    edit(
        patch,
        Module.named_children,
        {"module not in memo:": "id(module) not in memo:", "memo.add(module)": "memo.add(id(module))"},
    )


@fault(
    "module/hook-registered-twice",
)
def hook_registered_twice_is_called_once(patch):
    """A forward hook that is registered a second time is not called a second time."""
    edit(
        patch,
        Module._call_impl,
        {"*self._forward_hooks.items(),": "*{hook: (i, hook) for i, hook in self._forward_hooks.items()}.values(),"},
    )


@fault(
    "module/hook-registered-twice",
)
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


@fault(
    "hook/output-that-equals-none",
)
def output_of_a_hook_compared_with_none(patch):
    """What a forward hook returns is ignored if it says that it equals None."""
    old = "hook_result = hook(self, args, result)\n\n                if hook_result is not None:"
    edit(patch, Module._call_impl, {old: old.replace("hook_result is not None", "not (hook_result == None)")})


@fault(
    "hook/output-that-equals-none",
)
def input_of_a_hook_compared_with_none(patch):
    """What a forward pre-hook returns is ignored if it says that it equals None."""
    edit(patch, Module._call_impl, {"if args_result is not None:": "if not (args_result == None):"})


@fault(
    "module/shared-child-under-two-names-in-the-state",
    "module/how-often-a-shared-child-is-asked",
)
def shared_child_loaded_once(patch):
    """A Module that two names share is loaded under the first alone."""
    edit(patch, Module.load_state_dict, {"in module._modules.items():": "in module.named_children():"})


@fault(
    "module/equal-module-in-a-list",
)
def list_index_of_an_equal_item(patch):
    """A ModuleList takes no item that is equal to one that it has."""
    original = nn.ModuleList.append

    @functools.wraps(original)
    def append(self, module):
        return self if any(item == module for item in self) else original(self, module)

    patch.setattr(nn.ModuleList, "append", append)


@fault(
    "module/how-often-a-parameter-is-converted",
    "autograd/strides-of-the-gradient-of-a-channels-last-convolution",
    "module/cast-by-bfloat16",
    "parameter/lazy-linear-cast-before-its-first-call",
)
def parameters_converted_once(patch):
    """A parameter that two Modules share is converted for the first alone."""
    patch.setattr(Parameter, "was_converted", False, raising=False)
    edit(
        patch,
        Module._apply,
        {
            "if param is None:": "if param is None or param.was_converted:",
            "param_grad = param.grad\n": "param_grad = param.grad; param.was_converted = True\n",
        },
    )


# Copies.


@fault(
    "module/shallow-copy",
)
def shallow_copy_shares_its_attributes(patch):
    """What is set on a shallow copy is set on the original, too."""

    def shared(module):
        copied = module.__new__(type(module))
        copied.__dict__ = module.__dict__
        return copied

    patch.setattr(Module, "__copy__", shared, raising=False)


@fault(
    "module/tied-and-frozen-by-deep-copy",
)
def deep_copy_thaws(patch):
    """A deep copy of a frozen parameter requires gradients."""
    edit(patch, Parameter.__deepcopy__, {", self.requires_grad\n": ", True\n"})


@fault(
    "module/tied-and-frozen-by-deep-copy",
)
def deep_copy_shares_frozen_parameters(patch):
    """A deep copy of a frozen parameter is that parameter."""
    edit(
        patch,
        Parameter.__deepcopy__,
        {"if id(self) in memo:": "if not self.requires_grad:\n        return self\n    if id(self) in memo:"},
    )


@fault(
    "module/tied-and-frozen-by-pickle",
)
def pickle_thaws(patch):
    """A frozen parameter requires gradients after it was pickled."""
    edit(
        patch,
        Parameter.__reduce_ex__,
        {"(self.data, self.requires_grad, hooks),": "(self.data, True, hooks),"},
    )


@fault(
    "module/tied-and-frozen-by-deep-copy",
    "module/tied-and-frozen-by-pickle",
)
def pickle_forgets_the_mode(patch):
    """A Module that was pickled or copied trains."""
    edit(patch, Module.__setstate__, {"self.__dict__.update(state)": "self.__dict__.update(state, training=True)"})


@fault("layer/bound-forward-is-copied")
def copied_module_keeps_methods_of_the_original(patch):
    """A deep copy of a Module has the very methods that were set as attributes, bound to the original."""

    def deepcopy(self, memo):
        memo.update((id(value), value) for value in vars(self).values() if isinstance(value, types.MethodType))
        return copy._reconstruct(self, memo, *self.__reduce_ex__(4))

    patch.setattr(Module, "__deepcopy__", deepcopy, raising=False)
