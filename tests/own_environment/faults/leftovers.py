"""Faults that leave something behind, keep alive what nobody holds, or do work more than once."""

import functools

from torch import nn
from torch.nn import Module, Parameter
from torch.nn.modules import module as module_file
from torch.utils import hooks

from .fault import fault
from .injection import edit, insert

HANDLE = hooks.RemovableHandle

# Bookkeeping.


@fault(
    "hook/refused-kind-is-not-registered",
)
def removed_backward_hooks_leave_no_kind(patch):
    """When its last backward hook is removed, a Module forgets of which kind it was."""
    insert(
        patch,
        Module.register_backward_hook,
        "if self._is_full_backward_hook is True:",
        "if not self._backward_hooks:",
        "    self._is_full_backward_hook = None",
    )


@fault(
    "module/name-of-a-deleted-buffer",
)
def deleted_buffer_leaves_its_name(patch):
    """A buffer that is not persistent leaves its name behind when it is deleted."""
    edit(patch, Module.__delattr__, {"self._non_persistent_buffers_set.discard(name)": "pass"})


@fault(
    "module/name-left-to-a-parameter",
)
def buffer_leaves_its_name_to_a_parameter(patch):
    """A buffer that is not persistent leaves its name behind when a parameter or child takes its place."""
    edit(patch, Module.__setattr__, {"d.discard(name)": "pass"})


@fault(
    "module/nothing-left-in-a-parameter-dict",
)
def deleted_item_leaves_its_size(patch):
    """An item that is popped from a ParameterList is still counted."""
    edit(patch, nn.ParameterDict.__delitem__, {"del self._keys[key]": "pass"})


# What is kept alive.


def keeps(patch, owner, name, what):
    """Keep forever what `what` makes of the arguments of `owner.name` and of its result."""
    original, kept = getattr(owner, name), []

    @functools.wraps(original)
    def keeping(*arguments, **keywords):
        result = original(*arguments, **keywords)
        kept.append(what(arguments, result))
        return result

    patch.setattr(owner, name, keeping)


@fault(
    "module/inputs-and-outputs-are-freed",
    "module/graph-is-freed",
    "module/nothing-grows-with-calls",
)
def call_keeps_its_inputs(patch):
    """A Module keeps the inputs of its calls alive."""
    keeps(patch, Module, "_call_impl", lambda arguments, result: arguments[1:])


@fault(
    "module/inputs-and-outputs-are-freed",
    "module/graph-is-freed",
    "module/nothing-grows-with-calls",
    "module/nothing-grows-with-backward-hooks",
    "autograd/data-of-another-shape-with-a-gradient",
    "autograd/node-hook-is-lost-with-its-node",
)
def call_keeps_its_outputs(patch):
    """A Module keeps the outputs of its calls alive."""
    keeps(patch, Module, "_call_impl", lambda arguments, result: result)


@fault(
    "module/hooks-are-freed",
)
def removed_hook_is_kept(patch):
    """A hook that was removed is kept alive."""
    patch.setattr(hooks, "removed", [], raising=False)
    edit(patch, HANDLE.remove, {"del hooks_dict[self.id]": "removed.append(hooks_dict.pop(self.id))"})


@fault(
    "module/parts-are-freed",
)
def deleted_child_is_kept(patch):
    """A child that is deleted is kept alive."""
    patch.setattr(module_file, "deleted", [], raising=False)
    edit(patch, Module.__delattr__, {"del self._modules[name]": "deleted.append(self._modules.pop(name))"})


@fault(
    "module/parts-are-freed",
)
def replaced_parameter_is_kept(patch):
    """A parameter that another replaces is kept alive."""
    patch.setattr(module_file, "replaced", [], raising=False)
    insert(patch, Module.register_parameter, "if param is None:", "replaced.append(self._parameters.get(name))")


@fault(
    "module/gradients-are-freed",
    "module/nothing-grows-with-calls",
)
def cleared_gradient_is_kept(patch):
    """A gradient that zero_grad clears is kept alive."""
    patch.setattr(module_file, "cleared", [], raising=False)
    edit(patch, Module.zero_grad, {"p.grad = None": "cleared.append(p.grad); p.grad = None"})


@fault(
    "module/graph-is-freed",
)
def full_hook_keeps_its_gradients(patch):
    """A full backward hook keeps the gradients that it was given alive."""
    patch.setattr(hooks, "given", [], raising=False)
    insert(patch, hooks.BackwardHook._set_user_hook, "for hook in self.user_hooks:", "given.append(self.grad_outputs)")


@fault(
    "module/given-functions-are-freed",
)
def applied_function_is_kept(patch):
    """A function that was given to apply is kept alive."""
    keeps(patch, Module, "apply", lambda arguments, result: arguments[1])


@fault(
    "module/copied-and-freed",
)
def deep_copy_keeps_the_original(patch):
    """A copy of a parameter keeps the one that it was made of alive."""
    edit(
        patch,
        Parameter.__deepcopy__,
        {"memo[id(self)] = result": "memo[id(self)] = result; result.made_of = self"},
    )


# Work that is done more than once.


@fault(
    "module/how-often-a-parameter-is-converted",
)
def conversion_computed_twice(patch):
    """A parameter is converted twice."""
    edit(patch, Module._apply, {"param_applied = fn(param)": "param_applied = (fn(param), fn(param))[1]"})


@fault(
    "module/how-often-a-parameter-is-converted",
    "autograd/hook-on-an-uninitialized-parameter",
    "autograd/leaf-uninitialized",
    "parameter/lazy-layer-with-a-forward-pre-hook",
    "parameter/lazy-linear-state-before-its-first-call",
)
def gradient_converted_though_there_is_none(patch):
    """A conversion converts a gradient of zeros where there is none."""
    edit(
        patch,
        Module._apply,
        {"param_grad = param.grad\n": "param_grad = param.grad; param_grad is None and fn(torch.zeros_like(param))\n"},
    )


@fault(
    "hook/state-hook-raises",
    "module/how-often-methods-are-called",
    "module/how-often-a-shared-child-is-asked",
)
def children_saved_twice(patch):
    """The state of a child is made twice, and of a grandchild four times."""
    call = "module.state_dict(\n                destination=destination,"
    edit(patch, Module.state_dict, {call: f"module.state_dict(destination=OrderedDict()); {call}"})


@fault(
    "module/empty-child-is-reached",
    "module/how-often-methods-are-called",
    "module/how-often-a-shared-child-is-asked",
    "module/overridden-mode",
)
def children_trained_twice(patch):
    """The mode of a child is set twice, and that of a grandchild four times."""
    edit(patch, Module.train, {"module.train(mode)": "module.train(mode); module.train(mode)"})


@fault(
    "module/how-often-methods-are-called",
    "module/how-often-a-shared-child-is-asked",
)
def children_printed_twice(patch):
    """The repr of a child is made twice, and that of a grandchild four times."""
    edit(patch, Module.__repr__, {"mod_str = repr(module)": "mod_str = (repr(module), repr(module))[1]"})


@fault(
    "module/how-often-methods-are-called",
)
def parameters_looked_up_in_vain(patch):
    """Modules are listed twice when parameters are."""
    call = "self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)"
    edit(patch, Module._named_members, {call: f"list({call}) and {call}"})


@fault(
    "module/how-far-a-listing-is-read",
)
def generators_read_at_once(patch):
    """The listing of Modules is made as a whole before its first item is read."""
    original = Module.named_modules

    @functools.wraps(original)
    def named_modules(self, *arguments, **keywords):
        return iter(list(original(self, *arguments, **keywords)))

    patch.setattr(Module, "named_modules", named_modules)


@fault(
    "module/nothing-grows-with-calls",
)
def hooks_grow_with_calls(patch):
    """Each call adds an entry to the state that a Module keeps of its hooks."""
    insert(
        patch,
        Module._call_impl,
        "result = None\n",
        "self._forward_hooks_always_called[-1 - len(self._forward_hooks_always_called)] = True",
    )


@fault(
    "module/nothing-grows-with-backward-hooks",
)
def full_hooks_grow_with_calls(patch):
    """Each call of a Module with a full backward hook leaves a hook at its input's node."""
    patch.setattr(hooks, "made", [], raising=False)
    edit(
        patch,
        hooks.BackwardHook.__init__,
        {"self.user_hooks = user_hooks": "self.user_hooks = user_hooks; made.append(self)"},
    )
