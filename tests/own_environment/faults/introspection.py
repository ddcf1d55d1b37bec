"""Faults of what a Module says of itself: names, prefixes, dir, hasattr, deletion."""

from torch import nn
from torch.nn import Module

from .fault import fault
from .injection import edit, insert, results


@fault()
def prefix_of_parameters_ignored(patch):
    """The prefix given to named_parameters and named_buffers is ignored."""
    edit(patch, Module._named_members, {"memo = set()": "memo = set(); prefix = ''"})


@fault()
def prefix_of_parameters_without_recursion_ignored(patch):
    """The prefix given to named_parameters is ignored without recursion."""
    edit(patch, Module._named_members, {"else [(prefix, self)]": "else [('', self)]"})


@fault()
def prefix_of_modules_ignored(patch):
    """The prefix given to named_modules is ignored for the Module itself."""
    edit(patch, Module.named_modules, {"yield prefix, self": "yield prefix if '.' in prefix else '', self"})


@fault()
def prefix_with_a_point_too_much(patch):
    """The prefix given to the state is followed by a point."""
    edit(patch, Module.state_dict, {"local_metadata = dict(version=self._version)": "prefix = prefix + '.' if prefix and prefix[-1] != '.' else prefix\n    local_metadata = dict(version=self._version)"})


@fault()
def parameters_by_breadth(patch):
    """Modules and their parameters are listed level by level."""
    original = Module.named_modules

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        found = list(original(self, memo, prefix, remove_duplicate))
        return iter(sorted(found, key=lambda item: item[0].count(".") + bool(item[0])))

    patch.setattr(Module, "named_modules", named_modules)


@fault()
def buffers_saved_before_parameters(patch):
    """The state of a Module has its buffers before its parameters."""
    original = Module._save_to_state_dict

    def save(self, destination, prefix, keep_vars):
        original(self, destination, prefix, keep_vars)
        for name in self._parameters:
            if prefix + name in destination:
                destination[prefix + name] = destination.pop(prefix + name)

    patch.setattr(Module, "_save_to_state_dict", save)


@fault()
def dir_without_buffers(patch):
    """The dir of a Module lacks its buffers."""
    edit(patch, Module.__dir__, {"+ modules + buffers": "+ modules"})


@fault()
def dir_without_parameters(patch):
    """The dir of a Module lacks its parameters."""
    edit(patch, Module.__dir__, {"+ attrs + parameters": "+ attrs"})


@fault()
def dir_without_plain_attributes(patch):
    """The dir of a Module lacks its plain attributes."""
    edit(patch, Module.__dir__, {"module_attrs + attrs": "module_attrs"})


@fault()
def dir_with_numbers(patch):
    """The dir of a Module has names that begin with a digit."""
    edit(patch, Module.__dir__, {"if not key[0].isdigit()": "if key"})


@fault()
def dir_as_it_was_set(patch):
    """The dir of a Module says nothing twice."""
    results(patch, Module, "__dir__", lambda names: sorted(set(names)))


@fault()
def parameter_set_to_none_is_no_attribute(patch):
    """A Module has no attribute for a parameter that is None."""
    edit(patch, Module.__getattr__, {"if name in _parameters:": "if _parameters.get(name) is not None:"})


@fault()
def child_set_to_none_is_no_attribute(patch):
    """A Module has no attribute for a child that is None."""
    edit(patch, Module.__getattr__, {"if name in modules:": "if modules.get(name) is not None:"})


@fault()
def deletion_of_what_is_missing_is_silent(patch):
    """The deletion of an attribute that a Module has not raises nothing."""
    edit(patch, Module.__delattr__, {"super().__delattr__(name)": "self.__dict__.pop(name, None)"})


@fault()
def deletion_of_a_child_is_refused(patch):
    """A child cannot be deleted as an attribute."""
    edit(patch, Module.__delattr__, {"elif name in self._modules:": "elif False:"})


@fault()
def deletion_sets_to_none(patch):
    """A parameter that is deleted is None."""
    edit(patch, Module.__delattr__, {"del self._parameters[name]": "self._parameters[name] = None"})


@fault()
def deletion_of_a_buffer_sets_to_none(patch):
    """A buffer that is deleted is None."""
    edit(patch, Module.__delattr__, {"del self._buffers[name]": "self._buffers[name] = None"})


@fault()
def plain_attribute_hides_behind_a_parameter(patch):
    """What is set as a plain attribute stays in the way of a parameter of the same name."""
    edit(
        patch,
        Module.__setattr__,
        {"remove_from(\n                self.__dict__,\n                self._buffers,\n                self._modules,": "remove_from(\n                self._buffers,\n                self._modules,"},
    )


@fault()
def module_dict_contains_modules(patch):
    """A ModuleDict contains its Modules, not their keys."""
    edit(patch, nn.ModuleDict.__contains__, {"key in self._modules": "key in self._modules.values()"})


@fault()
def module_dict_contains_attributes(patch):
    """A ModuleDict contains the names of all its attributes."""
    edit(patch, nn.ModuleDict.__contains__, {"key in self._modules": "isinstance(key, str) and hasattr(self, key)"})


@fault()
def parameter_dict_contains_attributes(patch):
    """A ParameterDict contains the names of all its attributes."""
    edit(patch, nn.ParameterDict.__contains__, {"key in self._keys": "hasattr(self, key)"})


@fault()
def sequential_is_true_when_empty(patch):
    """A Sequential is true also if it is empty."""
    patch.setattr(nn.Sequential, "__bool__", lambda self: True, raising=False)


@fault()
def module_has_a_length(patch):
    """Any Module is false."""
    patch.setattr(Module, "__bool__", lambda self: False, raising=False)


@fault()
def missing_attribute_is_none(patch):
    """An attribute of a Module that is missing and begins with an underscore is None."""
    insert(patch, Module.__getattr__, "raise AttributeError(", "if name[0] == '_' and name[1] != '_':", "    return None")


@fault()
def names_reversed(patch):
    """A ModuleDict is iterated over from its last key."""
    edit(patch, nn.ModuleDict.__iter__, {"iter(self._modules)": "reversed(self._modules)"})
