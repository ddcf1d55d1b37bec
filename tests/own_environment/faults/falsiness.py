"""Faults that take for nothing what is false: an empty tuple, 0, a tensor of 0, an empty container."""

from torch import nn
from torch.nn import Module
from torch.utils import hooks

from .fault import fault
from .injection import edit

# What hooks return.


@fault(
    "hook/forward-hook-returns-an-empty-tuple",
    "hook/forward-hook-returns-zero",
    "hook/hooks-return-a-tensor-of-zero",
)
def false_output_of_a_forward_hook_ignored(patch):
    """What a forward hook returns is ignored if it is false."""
    old = "hook_result = hook(self, args, result)\n\n                if hook_result is not None:"
    edit(patch, Module._call_impl, {old: old.replace("hook_result is not None", "hook_result")})


@fault(
    "hook/pre-hook-returns-an-empty-tuple",
    "hook/pre-hook-returns-zero",
    "hook/hooks-return-a-tensor-of-zero",
)
def false_input_of_a_pre_hook_ignored(patch):
    """What a forward pre-hook returns is ignored if it is false."""
    edit(patch, Module._call_impl, {"if args_result is not None:": "if args_result:"})


@fault(
    "hook/pre-hook-with-keywords-returns-an-empty-tuple",
    "hook/pre-hook-with-keywords-returns-zero",
)
def false_keywords_of_a_pre_hook_ignored(patch):
    """What a forward pre-hook with keyword arguments returns is ignored if it is false."""
    edit(patch, Module._call_impl, {"if args_kwargs_result is not None:": "if args_kwargs_result:"})


@fault(
    "hook/full-backward-hook-returns-an-empty-tuple",
    "hook/full-backward-hook-returns-zero",
)
def false_gradients_of_a_full_hook_ignored(patch):
    """What a full backward hook returns is ignored if it is false."""
    edit(
        patch,
        hooks.BackwardHook._set_user_hook,
        {"if out is None:": "if not isinstance(out, torch.Tensor) and not out:"},
    )


@fault(
    "hook/full-backward-hook-of-no-gradient-returns-zero",
)
def false_result_of_a_full_hook_without_gradients_accepted(patch):
    """A full backward hook of a Module whose inputs need no gradients may return what is false."""
    edit(patch, hooks.BackwardHook.setup_output_hook, {"if res is not None and": "if res and"})


@fault(
    "hook/full-backward-hook-of-no-gradient-returns-an-empty-tuple",
)
def empty_result_of_a_full_hook_without_gradients_refused(patch):
    """A full backward hook of a Module whose inputs need no gradients may not return an empty tuple."""
    edit(
        patch,
        hooks.BackwardHook.setup_output_hook,
        {"all(el is None for el in res)": "res and all(el is None for el in res)"},
    )


@fault(
    "hook/private-state-hook-returns-an-empty-dict",
)
def false_state_of_a_hook_ignored(patch):
    """A state that a private state hook returns is ignored if it is empty."""
    edit(
        patch,
        Module.state_dict,
        {"if hook_result is not None:\n                destination": "if hook_result:\n                destination"},
    )


@fault(
    "hook/state-post-hook-returns-an-empty-tuple",
    "hook/state-post-hook-returns-zero",
)
def false_result_of_a_state_hook_accepted(patch):
    """A public state hook may return what is false."""
    edit(
        patch,
        Module.state_dict,
        {"if hook_result is not None:\n                raise": "if hook_result:\n                raise"},
    )


@fault(
    "hook/load-post-hook-returns-an-empty-tuple",
    "hook/load-post-hook-returns-zero",
)
def false_result_of_a_load_hook_accepted(patch):
    """A post-hook of loading may return what is false."""
    edit(patch, Module.load_state_dict, {"if out is not None:": "if out:"})


@fault(
    "hook/registration-hook-returns-an-empty-sequential",
)
def false_child_of_a_registration_hook_ignored(patch):
    """A child that a registration hook returns is ignored if it is an empty container."""
    edit(patch, Module.add_module, {"if output is not None:": "if output:"})


# What is registered.


@fault(
    "module/empty-child-is-reached",
    "module/empty-children-are-listed",
)
def empty_children_not_listed(patch):
    """A child that is an empty container is not listed."""
    edit(patch, Module.named_children, {"if module is not None and": "if module and"})


@fault(
    "module/empty-children-are-listed",
)
def empty_containers_not_among_modules(patch):
    """An empty container is not listed among the Modules."""
    edit(patch, Module.named_modules, {"if module is None:": "if not module:"})


@fault(
    "module/empty-children-are-listed",
)
def empty_children_without_metadata(patch):
    """The state of a Module has no metadata of a child that is an empty container."""
    edit(patch, Module.state_dict, {"if module is not None:": "if module:"})


@fault(
    "module/empty-child-is-reached",
)
def empty_children_not_loaded(patch):
    """A child that is an empty container takes no part in loading."""
    edit(patch, Module.load_state_dict, {"if child is not None:": "if child:"})


@fault(
    "module/state-of-zeros",
    "module/parameter-list-of-twelve",
)
def parameter_of_zero_not_saved(patch):
    """The state lacks parameters that are a single zero."""
    edit(
        patch,
        Module._save_to_state_dict,
        {"if param is not None:": "if param is not None and (param.dim() or param.is_meta or param):"},
    )


@fault(
    "hook/state-hook-raises",
    "module/two-states-in-one",
    "module/state-into-an-empty-dict",
    "module/prefixes-of-states",
    "module/state-dict-with-positional-arguments",
)
def empty_destination_not_filled(patch):
    """A state is not put into a dictionary that is given for it and empty."""
    edit(
        patch,
        Module.state_dict,
        {"if destination is None:\n        d": "if not destination and not prefix:\n        d"},
    )


@fault(
    "module/false-extra-state",
)
def false_extra_state_not_saved(patch):
    """The state lacks an extra state that is false."""
    edit(
        patch,
        Module._save_to_state_dict,
        {
            "destination[extra_state_key] = self.get_extra_state()": "destination.update("
            "{extra_state_key: self.get_extra_state()} if self.get_extra_state() else {})"
        },
    )


@fault(
    "module/zero-cleared",
)
def gradient_of_zero_kept(patch):
    """A gradient that is a single zero is not cleared by zero_grad."""
    edit(patch, Module.zero_grad, {"if p.grad is not None:": "if p.grad is not None and (p.grad.dim() or p.grad):"})


@fault(
    "module/false-values-of-a-parameter-dict",
)
def false_values_of_a_parameter_dict_are_missing(patch):
    """A ParameterDict returns the default for a value that is false."""
    edit(
        patch,
        nn.ParameterDict.get,
        {"if key in self else": "if key in self and (hasattr(self[key], 'dim') or self[key]) else"},
    )
