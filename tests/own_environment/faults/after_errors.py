"""Faults in what is done, and what is left, when something raises."""

import functools

import torch
from torch import nn
from torch.nn import Module
from torch.utils import hooks

from .fault import fault
from .injection import edit, insert

HANDLE = hooks.RemovableHandle
CALL_FORWARD_HOOK = "hook_result = hook(self, args, result)\n\n"


@fault()
def with_block_that_raises_keeps_the_hook(patch):
    """A hook is not removed at the end of a with block that raises."""
    edit(patch, HANDLE.__exit__, {"self.remove()": "type is None and self.remove()"})


@fault()
def with_block_swallows_the_error(patch):
    """A with block of a handle swallows what is raised in it."""
    edit(patch, HANDLE.__exit__, {"self.remove()": "self.remove()\n    return True"})


@fault()
def entered_handle_removes_what_was_before(patch):
    """A with block of a handle removes the hook at its beginning."""
    edit(patch, HANDLE.__enter__, {"return self": "hook = self.hooks_dict_ref().get(self.id); self.remove(); return self"})


@fault()
def hooks_go_on_after_an_error(patch):
    """Forward hooks are called after one of them raised, and its error follows then."""
    edit(
        patch,
        Module._call_impl,
        {
            "if hook_result is not None:\n                        result = hook_result\n\n            if bw_hook:": "if hook_result is not None:\n                        result = hook_result\n                if errors:\n                    raise errors[0]\n\n            if bw_hook:",
            CALL_FORWARD_HOOK: "\n".join(
                [
                    "try:",
                    "                            hook_result = hook(self, args, result)",
                    "                        except Exception as error:",
                    "                            errors.append(error); hook_result = None\n\n",
                ]
            ),
            "nonlocal result, args, kwargs": "nonlocal result, args, kwargs; errors = []",
        },
    )


@fault()
def hook_that_raised_is_removed(patch):
    """A forward hook that raised is not called again."""
    edit(
        patch,
        Module._call_impl,
        {
            CALL_FORWARD_HOOK: "\n".join(
                [
                    "try:",
                    "                            hook_result = hook(self, args, result)",
                    "                        except Exception:",
                    "                            self._forward_hooks.pop(hook_id, None)",
                    "                            raise\n\n",
                ]
            )
        },
    )


@fault()
def forward_runs_although_a_pre_hook_raised(patch):
    """The forward of a Module runs also if a pre-hook raised, whose error follows then."""
    edit(
        patch,
        Module._call_impl,
        {
            "args_result = hook(self, args)\n": "\n".join(
                [
                    "try:",
                    "                            args_result = hook(self, args)",
                    "                        except Exception:",
                    "                            forward_call(*args, **kwargs)",
                    "                            raise\n",
                ]
            )
        },
    )


@fault()
def refused_state_is_not_loaded_at_all(patch):
    """A state that does not fit is refused without loading the parts that do."""
    original = Module.load_state_dict

    @functools.wraps(original)
    def load_state_dict(self, *arguments, **keywords):
        before = [(tensor, tensor.detach().clone()) for tensor in (*self.parameters(), *self.buffers())]
        try:
            return original(self, *arguments, **keywords)
        except Exception:
            with torch.no_grad():
                for tensor, value in before:
                    tensor.copy_(value)
            raise

    patch.setattr(Module, "load_state_dict", load_state_dict)


@fault()
def refused_state_stops_at_the_first_error(patch):
    """A state is loaded until the first error."""
    edit(
        patch,
        Module.load_state_dict,
        {"if child is not None:": "if child is not None and not error_msgs:"},
    )


@fault()
def load_hooks_do_not_run_after_an_error(patch):
    """Post-hooks of loading are not called if something does not fit."""
    edit(
        patch,
        Module.load_state_dict,
        {"in module._load_state_dict_post_hooks.values():": "in [] if error_msgs else module._load_state_dict_post_hooks.values():"},
    )


@fault()
def refused_backward_hook_is_registered(patch):
    """A backward hook that is refused because of its kind is registered all the same."""
    for register in (Module.register_backward_hook, Module.register_full_backward_hook):
        insert(patch, register, "raise RuntimeError(", "self._backward_hooks[HANDLE] = hook".replace("HANDLE", "-1"))


@fault()
def refused_parameter_is_registered(patch):
    """A parameter that is refused since it was computed is registered all the same."""
    insert(patch, Module.register_parameter, "raise ValueError(", "self._parameters[name] = param")


@fault()
def refused_parameter_leaves_none(patch):
    """What is refused as a parameter leaves the name registered."""
    insert(
        patch,
        Module.register_parameter,
        "raise TypeError(\n                f\"cannot assign",
        "self._parameters.setdefault(name, None)",
    )


@fault()
def refused_assignment_drops_the_parameter(patch):
    """A parameter is dropped when something is refused in its place."""
    insert(patch, Module.__setattr__, "raise TypeError(\n                    f\"cannot assign '{torch.typename(value)}' as parameter", "del params[name]")


@fault()
def refused_assignment_drops_the_child(patch):
    """A child is dropped when something is refused in its place."""
    insert(patch, Module.__setattr__, "raise TypeError(\n                    f\"cannot assign '{torch.typename(value)}' as child", "del modules[name]")


@fault()
def refused_assignment_drops_the_buffer(patch):
    """A buffer is dropped when something is refused in its place."""
    insert(patch, Module.__setattr__, "raise TypeError(\n                            f\"cannot assign '{torch.typename(value)}' as buffer", "buffers.pop(name, None)")


@fault()
def refused_mode_is_set(patch):
    """A mode that is refused is set all the same."""
    edit(patch, Module.train, {"raise ValueError(": "self.training = bool(mode)\n        raise ValueError("})


@fault()
def refused_dtype_moves(patch):
    """A dtype that is refused has halved the parameters."""
    edit(patch, Module.to, {"raise TypeError(": "self._apply(lambda t: t.half() if t.is_floating_point() else t)\n            raise TypeError("})


@fault()
def conversion_that_raises_is_undone(patch):
    """A conversion that raises at one parameter leaves all as they were."""
    original, running = Module._apply, []

    @functools.wraps(original)
    def _apply(self, *arguments, **keywords):
        if running:
            return original(self, *arguments, **keywords)
        before = [(tensor, tensor.data) for tensor in (*self.parameters(), *self.buffers())]
        running.append(self)
        try:
            return original(self, *arguments, **keywords)
        except Exception:
            for tensor, data in before:
                tensor.data = data
            raise
        finally:
            running.clear()

    patch.setattr(Module, "_apply", _apply)


@fault()
def apply_that_raises_goes_on(patch):
    """The function given to apply is called for all Modules before its error is raised."""
    edit(patch, Module.apply, {"        module.apply(fn)": "\n".join(["        try:", "            module.apply(fn)", "        except ZeroDivisionError as error:", "            fn(self)", "            raise"])})


@fault()
def refused_insertion_makes_room(patch):
    """A Sequential that refuses to insert beyond its end has one place more."""
    insert(patch, nn.Sequential.insert, "raise IndexError(", "self._modules[str(n)] = module")


@fault()
def refused_deletion_deletes_the_last(patch):
    """A ModuleList that has no such item deletes its last."""
    original = nn.ModuleList.__delitem__

    @functools.wraps(original)
    def delete(self, index):
        try:
            original(self, index)
        except IndexError:
            original(self, -1)
            raise

    patch.setattr(nn.ModuleList, "__delitem__", delete)


@fault()
def refused_items_undo_the_others(patch):
    """A ModuleList that refuses one item of several takes none."""
    original = nn.ModuleList.extend

    @functools.wraps(original)
    def extend(self, modules):
        before = dict(self._modules)
        try:
            return original(self, modules)
        except TypeError:
            self._modules.clear()
            self._modules.update(before)
            raise

    patch.setattr(nn.ModuleList, "extend", extend)


@fault()
def error_in_a_state_hook_is_silent(patch):
    """What a state hook raises is swallowed."""
    original = Module.state_dict

    @functools.wraps(original)
    def state_dict(self, *arguments, **keywords):
        try:
            return original(self, *arguments, **keywords)
        except ZeroDivisionError:
            return {}

    patch.setattr(Module, "state_dict", state_dict)


@fault()
def error_in_a_backward_hook_is_silent(patch):
    """What a full backward hook raises is swallowed."""
    edit(
        patch,
        hooks.BackwardHook._set_user_hook,
        {
            "out = hook(self.module, res, self.grad_outputs)": "\n".join(
                [
                    "try:",
                    "                out = hook(self.module, res, self.grad_outputs)",
                    "            except ZeroDivisionError:",
                    "                out = None",
                ]
            )
        },
    )


@fault()
def error_in_a_registration_hook_leaves_the_part(patch):
    """A parameter is registered before registration hooks are called, and stays if one raises."""
    edit(patch, Module.register_parameter, {"for hook in _global_parameter_registration_hooks.values():": "self._parameters[name] = param\n        for hook in _global_parameter_registration_hooks.values():"})
