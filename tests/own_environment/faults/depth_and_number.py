"""Faults that depend on how deep a Module is, or on how many children, hooks or calls there are."""

import functools

from torch import nn
from torch.nn import Module
from torch.nn.modules import batchnorm
from torch.utils import hooks

from .fault import fault
from .forward_hooks import FORWARD_HOOKS, PRE_HOOKS
from .injection import edit, insert

DEEP = 3
"""Levels of children below a Module that the faults of depth reach."""

MANY = 8
"""As many of a kind the faults of number deal with."""


def bounded(patch, name, instead):
    """Let the method `name` of Module call `instead` where it calls itself in more than DEEP levels of children."""
    original, depth = getattr(Module, name), 0

    @functools.wraps(original)
    def method(self, *arguments, **keywords):
        nonlocal depth
        if depth > DEEP:
            return instead(self, *arguments, **keywords)
        depth += 1
        try:
            return original(self, *arguments, **keywords)
        finally:
            depth -= 1

    patch.setattr(Module, name, method)


# Depth.


@fault(
    "module/deep-mode",
)
def train_stops_at_the_fourth_level(patch):
    """The mode is not set below the third level of children."""
    bounded(patch, "train", lambda self, mode=True: self)


@fault(
    "module/deep-apply",
)
def apply_stops_at_the_fourth_level(patch):
    """The function given to apply is not called below the third level of children."""
    bounded(patch, "apply", lambda self, function: self)


@fault(
    "module/deep-conversion",
)
def conversion_stops_at_the_fourth_level(patch):
    """Parameters and buffers below the third level of children are not converted."""
    bounded(patch, "_apply", lambda self, *arguments, **keywords: self)


@fault(
    "module/deep-names",
    "module/deep-gradients",
    "module/deep-copies",
    "module/prefixes",
)
def modules_stop_at_the_fourth_level(patch):
    """Modules below the third level of children are not listed, nor is what they have."""
    deeper = f"prefix.count('.') >= {DEEP - 1}"
    edit(patch, Module.named_modules, {"if module is None:": f"if module is None or {deeper}:"})


@fault(
    "module/deep-state",
    "module/deep-load",
)
def state_stops_at_the_fourth_level(patch):
    """The state lacks what is below the third level of children."""
    edit(patch, Module.state_dict, {"if module is not None:": f"if module is not None and prefix.count('.') < {DEEP}:"})


@fault(
    "module/deep-state",
    "module/deep-load",
)
def metadata_stop_at_the_fourth_level(patch):
    """The state lacks the versions of Modules below the third level of children."""
    if_any = 'if hasattr(destination, "_metadata")'
    edit(patch, Module.state_dict, {f"{if_any}:": f'{if_any} and prefix.count(".") <= {DEEP}:'})


@fault(
    "module/deep-load",
)
def load_stops_at_the_fourth_level(patch):
    """What is loaded does not reach Modules below the third level of children."""
    edit(
        patch,
        Module.load_state_dict,
        {"if child is not None:": f"if child is not None and prefix.count('.') < {DEEP}:"},
    )


@fault(
    "module/deep-load",
)
def versions_lost_at_the_fourth_level(patch):
    """Modules below the third level of children are not told the version of the state that they load."""
    edit(
        patch,
        Module.load_state_dict,
        {"{} if metadata is None else": f"{{}} if metadata is None or prefix.count('.') > {DEEP} else"},
    )


@fault(
    "module/deep-path",
)
def path_stops_at_the_fourth_level(patch):
    """A path of more than three names is not followed to its end."""
    edit(patch, Module.get_submodule, {'target.split(".")': f'target.split(".")[:{DEEP}]'})


@fault(
    "module/deep-repr",
)
def repr_stops_at_the_fourth_level(patch):
    """The repr of a Module leaves out what is below the third level of children."""
    bounded(patch, "__repr__", lambda self: f"{self._get_name()}(...)")


@fault(
    "hook/deep-forward-hooks",
    "hook/deep-full-backward-hooks",
    "hook/deep-global-forward-hooks",
)
def hooks_stop_at_the_fourth_level(patch):
    """Hooks of a Module that is called by the fourth Module around it are not called."""
    bounded(patch, "_call_impl", lambda self, *arguments, **keywords: self.forward(*arguments, **keywords))


@fault(
    "module/deep-names",
    "module/deep-copies",
    "module/prefixes",
)
def names_of_deep_parameters_are_short(patch):
    """Parameters and buffers below the third level of children are named by their last names only."""
    edit(
        patch,
        Module._named_members,
        {
            'name = module_prefix + ("." if module_prefix else "") + k': 'name = module_prefix + ("." if module_prefix '
            f'else "") + k if module_prefix.count(".") < {DEEP} else k'
        },
    )


# Number.


@fault(
    "hook/ten-forward-hooks",
    "hook/two-hundred-handles",
)
def forward_hooks_stop_after_the_eighth(patch):
    """No more than eight forward hooks of a Module are called."""
    edit(patch, Module._call_impl, {FORWARD_HOOKS: f"*[*self._forward_hooks.items()][:{MANY}],"})


@fault(
    "hook/ten-forward-hooks",
)
def pre_hooks_stop_after_the_eighth(patch):
    """No more than eight forward pre-hooks of a Module are called."""
    edit(patch, Module._call_impl, {PRE_HOOKS: f"*[*self._forward_pre_hooks.items()][:{MANY}],"})


@fault(
    "hook/ten-full-backward-hooks",
)
def full_backward_hooks_stop_after_the_eighth(patch):
    """No more than eight full backward hooks of a Module are called."""
    edit(patch, hooks.BackwardHook._set_user_hook, {"in self.user_hooks:": f"in self.user_hooks[:{MANY}]:"})


@fault(
    "hook/ten-full-backward-pre-hooks",
)
def full_backward_pre_hooks_stop_after_the_eighth(patch):
    """No more than eight full backward pre-hooks of a Module are called."""
    edit(patch, hooks.BackwardHook.setup_output_hook, {"in self.user_pre_hooks:": f"in self.user_pre_hooks[:{MANY}]:"})


@fault(
    "hook/ten-global-forward-hooks",
)
def global_hooks_stop_after_the_eighth(patch):
    """No more than eight global forward hooks are called."""
    edit(
        patch,
        Module._call_impl,
        {"*_global_forward_hooks.items(),\n": f"*[*_global_forward_hooks.items()][:{MANY}],\n"},
    )


@fault(
    "hook/ten-hooks-of-the-state",
)
def state_hooks_stop_after_the_eighth(patch):
    """No more than eight hooks are called when the state of a Module is made or loaded."""
    edit(
        patch,
        Module.state_dict,
        {"in self._state_dict_hooks.values():": f"in [*self._state_dict_hooks.values()][:{MANY}]:"},
    )
    edit(
        patch,
        Module._load_from_state_dict,
        {"in self._load_state_dict_pre_hooks.values():": f"in [*self._load_state_dict_pre_hooks.values()][:{MANY}]:"},
    )


@fault(
    "module/sequential-of-twelve",
    "module/sequential-of-twelve-without-the-third",
)
def sequential_stops_after_the_eighth(patch):
    """No more than eight children of a Sequential are called."""
    edit(patch, nn.Sequential.forward, {"for module in self:": f"for module in [*self][:{MANY}]:"})


@fault(
    "module/sequential-of-twelve",
    "module/sequential-of-twelve-without-the-third",
    "module/module-list-of-twelve-changes",
    "module/module-dict-of-twelve",
)
def children_of_many_in_order_of_text(patch):
    """More than ten children are listed by their names as text: the tenth before the second."""
    edit(
        patch,
        Module.named_children,
        {
            "in self._modules.items():": "in (sorted(self._modules.items(), key=lambda item: item[0]) "
            "if len(self._modules) > 10 else self._modules.items()):"
        },
    )


@fault(
    "module/state-of-twelve",
)
def state_of_many_in_order_of_text(patch):
    """The state of more than ten children is in the order of their names as text."""
    edit(
        patch,
        Module.state_dict,
        {
            "in self._modules.items():": "in (sorted(self._modules.items(), key=lambda item: item[0]) "
            "if len(self._modules) > 10 else self._modules.items()):"
        },
    )


@fault(
    "module/module-list-of-twelve",
    "module/shared-by-twelve",
)
def list_index_of_one_digit(patch):
    """An index of two digits in a ModuleList counts by its last digit."""
    edit(patch, nn.ModuleList._get_abs_string_index, {"return str(idx)": "return str(idx)[-1:]"})


@fault(
    "module/module-list-of-twelve-changes",
)
def list_renumbered_by_one_digit(patch):
    """After a deletion, a ModuleList of more than eight has the rest in order of their names as text."""
    edit(
        patch,
        nn.ModuleList.__delitem__,
        {"in range(len(self._modules))]\n    self": "in range(len(self._modules))]\n    str_indices.sort()\n    self"},
    )


@fault(
    "module/parameter-list-of-twelve",
)
def parameter_list_stops_after_the_eighth(patch):
    """Iteration over a ParameterList ends after eight."""
    edit(patch, nn.ParameterList.__iter__, {"range(len(self))": f"range(min(len(self), {MANY}))"})


@fault(
    "module/shared-by-twelve",
)
def parameters_forgotten_after_the_eighth(patch):
    """A parameter that is shared is listed again when eight others lie between."""
    edit(
        patch,
        Module._named_members,
        {"memo.add(v)": f"len(memo) > {MANY} and memo.clear(); memo.add(v)"},
    )


@fault(
    "module/batch-norm-counts-twelve",
)
def batches_counted_up_to_eight(patch):
    """BatchNorm counts no more than eight batches."""
    edit(
        patch,
        batchnorm._BatchNorm.forward,
        {"self.num_batches_tracked.add_(1)": f"self.num_batches_tracked.add_(1).clamp_(max={MANY})"},
    )


@fault(
    "hook/called-two-hundred-times",
)
def hooks_forgotten_after_a_hundred_calls(patch):
    """A Module forgets its forward hooks when they were called for the hundredth time."""
    original, counts = Module._call_impl, {}

    @functools.wraps(original)
    def call(self, *arguments, **keywords):
        if self._forward_hooks:
            counts[id(self)] = counts.get(id(self), 0) + 1
            if counts[id(self)] > 100:
                return self.forward(*arguments, **keywords)
        return original(self, *arguments, **keywords)

    patch.setattr(Module, "_call_impl", call)


@fault(
    "module/twelve-missing-keys",
)
def missing_keys_up_to_eight(patch):
    """No more than eight missing keys are told."""
    append = "missing_keys.append(key)"
    edit(patch, Module._load_from_state_dict, {append: f"len(missing_keys) < {MANY} and {append}"})


@fault(
    "module/twelve-cleared-and-frozen",
)
def gradients_cleared_up_to_eight(patch):
    """The gradients of no more than eight parameters are cleared by zero_grad."""
    edit(patch, Module.zero_grad, {"for p in self.parameters():": f"for p in [*self.parameters()][:{MANY}]:"})


@fault(
    "module/twelve-cleared-and-frozen",
)
def frozen_up_to_eight(patch):
    """No more than eight parameters are reached by requires_grad_."""
    edit(patch, Module.requires_grad_, {"for p in self.parameters():": f"for p in [*self.parameters()][:{MANY}]:"})


@fault(
    "hook/ten-inputs-of-a-full-backward-hook",
)
def gradients_of_inputs_stop_after_the_eighth(patch):
    """A full backward hook is given gradients for no more than eight inputs."""
    insert(patch, hooks.BackwardHook._pack_with_none, "return tuple(res)", f"res[{MANY}:] = [None] * len(res[{MANY}:])")
