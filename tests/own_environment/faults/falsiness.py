"""Faults that take for nothing what is false: an empty tuple, 0, a tensor of 0, an empty container."""

from torch import nn
from torch.nn import Module
from torch.nn.modules import module as module_file
from torch.utils import hooks

from .fault import fault
from .injection import edit

# What hooks return.


@fault()
def false_output_of_a_forward_hook_ignored(patch):
    """What a forward hook returns is ignored if it is false."""
    old = "hook_result = hook(self, args, result)\n\n                    if hook_result is not None:"
    edit(patch, Module._call_impl, {old: old.replace("hook_result is not None", "hook_result")})


@fault()
def false_input_of_a_pre_hook_ignored(patch):
    """What a forward pre-hook returns is ignored if it is false."""
    edit(patch, Module._call_impl, {"if args_result is not None:": "if args_result:"})


@fault()
def false_keywords_of_a_pre_hook_ignored(patch):
    """What a forward pre-hook with keyword arguments returns is ignored if it is false."""
    edit(patch, Module._call_impl, {"if args_kwargs_result is not None:": "if args_kwargs_result:"})


@fault()
def false_gradients_of_a_full_hook_ignored(patch):
    """What a full backward hook returns is ignored if it is false."""
    edit(patch, hooks.BackwardHook._set_user_hook, {"if out is None:": "if not isinstance(out, torch.Tensor) and not out:"})


@fault()
def false_gradients_of_a_full_pre_hook_ignored(patch):
    """What a full backward pre-hook returns is ignored if it is false."""
    edit(patch, hooks.BackwardHook.setup_output_hook, {"if hook_grad_outputs is None:": "if not hook_grad_outputs:"})


@fault()
def false_result_of_a_full_hook_without_gradients_accepted(patch):
    """A full backward hook of a Module whose inputs need no gradients may return what is false."""
    edit(patch, hooks.BackwardHook.setup_output_hook, {"if res is not None and": "if res and"})


@fault()
def false_state_of_a_hook_ignored(patch):
    """A state that a private state hook returns is ignored if it is empty."""
    edit(
        patch,
        Module.state_dict,
        {"if hook_result is not None:\n                    destination": "if hook_result:\n                    destination"},
    )


@fault()
def false_result_of_a_state_hook_accepted(patch):
    """A public state hook may return what is false."""
    edit(
        patch,
        Module.state_dict,
        {"if hook_result is not None:\n                    raise": "if hook_result:\n                    raise"},
    )


@fault()
def false_result_of_a_load_hook_accepted(patch):
    """A post-hook of loading may return what is false."""
    edit(patch, Module.load_state_dict, {"if out is not None:": "if out:"})


@fault()
def false_child_of_a_registration_hook_ignored(patch):
    """A child that a registration hook returns is ignored if it is an empty container."""
    edit(patch, Module.add_module, {"if output is not None:": "if output:"})


# What is registered.


@fault()
def empty_children_not_listed(patch):
    """A child that is an empty container is not listed."""
    edit(patch, Module.named_children, {"if module is not None and": "if module and"})


@fault()
def empty_containers_not_among_modules(patch):
    """An empty container is not listed among the Modules."""
    edit(patch, Module.named_modules, {"if module is None:": "if not module:"})


@fault()
def empty_children_without_metadata(patch):
    """The state of a Module has no metadata of a child that is an empty container."""
    edit(patch, Module.state_dict, {"if module is not None:": "if module:"})


@fault()
def empty_children_not_loaded(patch):
    """A child that is an empty container takes no part in loading."""
    edit(patch, Module.load_state_dict, {"if child is not None:": "if child:"})


@fault()
def parameter_of_zero_not_saved(patch):
    """The state lacks parameters that are a single zero."""
    edit(
        patch,
        Module._save_to_state_dict,
        {"if param is not None:": "if param is not None and (param.dim() or param.is_meta or param):"},
    )


@fault()
def buffer_of_zero_not_saved(patch):
    """The state lacks buffers that are a single zero."""
    edit(
        patch,
        Module._save_to_state_dict,
        {"if buf is not None and": "if buf is not None and (buf.dim() or buf.is_meta or buf) and"},
    )


@fault()
def parameter_of_no_elements_not_listed(patch):
    """Parameters and buffers without elements are not listed."""
    edit(patch, Module._named_members, {"if v is None or": "if v is None or (v.dim() and not len(v)) or"})


@fault()
def empty_destination_not_filled(patch):
    """A state is not put into a dictionary that is given for it and empty."""
    edit(
        patch,
        Module.state_dict,
        {"if destination is None:\n            destination = OrderedDict()": "if not destination and not prefix:\n            destination = OrderedDict()"},
    )


@fault()
def false_extra_state_not_saved(patch):
    """The state lacks an extra state that is false."""
    edit(
        patch,
        Module._save_to_state_dict,
        {
            "destination[extra_state_key] = self.get_extra_state()": "extra = self.get_extra_state()\n"
            "            if extra:\n                destination[extra_state_key] = extra"
        },
    )


@fault()
def gradient_of_zero_kept(patch):
    """A gradient that is a single zero is not cleared by zero_grad."""
    edit(patch, Module.zero_grad, {"if p.grad is not None:": "if p.grad is not None and (p.grad.dim() or p.grad):"})


@fault()
def false_values_of_a_parameter_dict_are_missing(patch):
    """A ParameterDict returns the default for a value that is false."""
    edit(patch, nn.ParameterDict.get, {"if key in self else": "if key in self and (hasattr(self[key], 'dim') or self[key]) else"})


@fault()
def empty_iterable_ignored_by_a_parameter_list(patch):
    """A ParameterList is not filled with what is false but can be iterated over."""
    edit(patch, nn.ParameterList.__init__, {"if values is not None:": "if values:"})


@fault()
def empty_name_of_a_class_is_replaced(patch):
    """An extra_repr of several empty lines is left out."""
    edit(patch, Module.__repr__, {"if extra_repr:": "if extra_repr.strip():"})
