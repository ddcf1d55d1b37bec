"""Faults in what is done, and what is left, when something raises."""

import functools

from torch import nn
from torch.nn import Module
from torch.utils import hooks

from .fault import fault
from .forward_hooks import CALL_FORWARD_HOOK, CALL_PRE_HOOK
from .injection import edit, insert

HANDLE = hooks.RemovableHandle


def _trying(call, otherwise):
    """Return the statement `call` of a branch of _call_impl, with what is done before its error goes on."""
    lines = ["try:", f"    {call.strip()}", "except Exception:", f"    {otherwise}", "    raise"]
    return ("\n" + 20 * " ").join(lines) + call[len(call.rstrip()) :]


@fault(
    "hook/with-block-that-raises-around-a-forward-hook",
    "hook/with-block-that-raises-around-a-state-hook",
)
def with_block_that_raises_keeps_the_hook(patch):
    """A hook is not removed at the end of a with block that raises."""
    edit(patch, HANDLE.__exit__, {"self.remove()": "type is None and self.remove()"})


@fault(
    "hook/with-block-that-raises-around-a-forward-hook",
    "hook/with-block-that-raises-around-a-state-hook",
)
def with_block_swallows_the_error(patch):
    """A with block of a handle swallows what is raised in it."""
    edit(patch, HANDLE.__exit__, {"self.remove()": "self.remove()\n    return True"})


@fault(
    "hook/one-of-three-raises",
)
def hooks_go_on_after_an_error(patch):
    """Forward hooks that follow one that raised are called before its error goes on."""
    edit(
        patch,
        Module._call_impl,
        {
            CALL_FORWARD_HOOK: _trying(
                CALL_FORWARD_HOOK, "[h(self, args, result) for i, h in self._forward_hooks.items() if i > hook_id]"
            )
        },
    )


@fault(
    "hook/one-of-three-raises",
)
def hook_that_raised_is_removed(patch):
    """A forward hook that raised is not called again."""
    edit(
        patch,
        Module._call_impl,
        {CALL_FORWARD_HOOK: _trying(CALL_FORWARD_HOOK, "self._forward_hooks.pop(hook_id, None)")},
    )


@fault(
    "hook/pre-hook-raises-before-forward",
)
def forward_runs_although_a_pre_hook_raised(patch):
    """The forward of a Module runs also if a pre-hook raised, whose error follows then."""
    edit(patch, Module._call_impl, {CALL_PRE_HOOK: _trying(CALL_PRE_HOOK, "forward_call(*args, **kwargs)")})


@fault(
    "module/load-that-does-not-fit-halfway",
)
def refused_state_stops_at_the_first_error(patch):
    """A state is loaded until the first error."""
    edit(
        patch,
        Module.load_state_dict,
        {"if child is not None:": "if child is not None and not error_msgs:"},
    )


@fault(
    "hook/load-post-hooks-when-something-does-not-fit",
)
def load_hooks_do_not_run_after_an_error(patch):
    """Post-hooks of loading are not called if something does not fit."""
    hooks_of = "in module._load_state_dict_post_hooks.values():"
    edit(patch, Module.load_state_dict, {hooks_of: hooks_of.replace("in ", "in () if error_msgs else ")})


@fault(
    "hook/refused-kind-is-not-registered",
)
def refused_backward_hook_is_registered(patch):
    """A backward hook that is refused because of its kind is registered all the same."""
    for register in (Module.register_backward_hook, Module.register_full_backward_hook):
        insert(patch, register, "raise RuntimeError(", "self._backward_hooks[HANDLE] = hook".replace("HANDLE", "-1"))


@fault(
    "module/refused-parts-leave-nothing",
)
def refused_parameter_is_registered(patch):
    """A parameter that is refused since it was computed is registered all the same."""
    insert(patch, Module.register_parameter, "raise ValueError(", "self._parameters[name] = param")


@fault(
    "module/refused-parts-leave-nothing",
)
def refused_parameter_leaves_none(patch):
    """What is refused as a parameter leaves the name registered."""
    insert(
        patch,
        Module.register_parameter,
        'raise TypeError(\n            f"cannot assign',
        "self._parameters.setdefault(name, None)",
    )


@fault(
    "module/refused-assignments-leave-what-was",
    "module/deleted-and-set-again",
)
def refused_assignment_drops_the_parameter(patch):
    """A parameter is dropped when something is refused in its place."""
    insert(
        patch,
        Module.__setattr__,
        "raise TypeError(\n                f\"cannot assign '{torch.typename(value)}' as parameter",
        "del params[name]",
    )


@fault(
    "module/refused-assignments-leave-what-was",
    "module/deleted-and-set-again",
)
def refused_assignment_drops_the_child(patch):
    """A child is dropped when something is refused in its place."""
    insert(
        patch,
        Module.__setattr__,
        "raise TypeError(\n                    f\"cannot assign '{torch.typename(value)}' as child",
        "del modules[name]",
    )


@fault(
    "module/refused-assignments-leave-what-was",
)
def refused_assignment_drops_the_buffer(patch):
    """A buffer is dropped when something is refused in its place."""
    insert(
        patch,
        Module.__setattr__,
        "raise TypeError(\n                        f\"cannot assign '{torch.typename(value)}' as buffer",
        "buffers.pop(name, None)",
    )


@fault(
    "module/refused-dtype",
)
def refused_dtype_moves(patch):
    """A dtype that is refused has halved the parameters."""
    insert(patch, Module.to, "raise TypeError(", "self._apply(lambda t: t.half() if t.is_floating_point() else t)")


@fault(
    "module/conversion-that-raises-halfway",
    "module/how-often-methods-are-called",
    "module/how-often-a-shared-child-is-asked",
)
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


@fault(
    "module/apply-that-raises-halfway",
)
def apply_that_raises_goes_on(patch):
    """The function given to apply is called for all Modules before its error is raised."""
    edit(
        patch,
        Module.apply,
        {
            "        module.apply(fn)": "\n".join(
                [
                    "        try:",
                    "            module.apply(fn)",
                    "        except ZeroDivisionError as error:",
                    "            fn(self)",
                    "            raise",
                ]
            )
        },
    )


@fault(
    "module/refused-by-containers",
)
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


@fault(
    "module/extension-that-is-refused-halfway",
)
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


@fault(
    "hook/state-hook-raises",
)
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


@fault(
    "hook/full-backward-hook-raises",
)
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


@fault(
    "hook/registration-hook-raises",
)
def error_in_a_registration_hook_leaves_the_part(patch):
    """A parameter is registered before registration hooks are called, and stays if one raises."""
    insert(
        patch,
        Module.register_parameter,
        "for hook in _global_parameter_registration_hooks.values():",
        "self._parameters[name] = param",
    )
