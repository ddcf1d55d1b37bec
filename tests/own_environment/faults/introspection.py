"""Faults of what a Module says of itself: names, prefixes, dir, hasattr, deletion."""

from torch import nn
from torch.nn import Module

from .fault import fault
from .injection import edit, insert, results


@fault(
    "module/prefixes",
)
def prefix_of_parameters_ignored(patch):
    """The prefix given to named_parameters and named_buffers is ignored."""
    edit(patch, Module._named_members, {"memo = set()": "memo = set(); prefix = ''"})


@fault(
    "module/prefixes",
)
def prefix_of_parameters_without_recursion_ignored(patch):
    """The prefix given to named_parameters is ignored without recursion."""
    edit(patch, Module._named_members, {"else [(prefix, self)]": "else [('', self)]"})


@fault(
    "module/prefixes-of-states",
)
def prefix_with_a_point_too_much(patch):
    """The prefix given to the state is followed by a point."""
    insert(
        patch,
        Module.state_dict,
        "local_metadata = dict(version=self._version)",
        "prefix = prefix + '.' if prefix and prefix[-1] != '.' else prefix",
    )


@fault(
    "module/dir-of-parts",
)
def dir_without_parameters(patch):
    """The dir of a Module lacks its parameters."""
    edit(patch, Module.__dir__, {"+ attrs + parameters": "+ attrs"})


@fault(
    "module/dir-of-numbers",
)
def dir_with_numbers(patch):
    """The dir of a Module has names that begin with a digit."""
    edit(patch, Module.__dir__, {"if not key[0].isdigit()": "if key"})


@fault(
    "module/dir-of-parts",
)
def dir_as_it_was_set(patch):
    """The dir of a Module says nothing twice."""
    results(patch, Module, "__dir__", lambda names: sorted(set(names)))


@fault(
    "module/has-what-was-deleted",
    "module/deleted-of-a-class",
)
def deletion_of_what_is_missing_is_silent(patch):
    """The deletion of an attribute that a Module has not raises nothing."""
    edit(
        patch, Module.__delattr__, {"super().__delattr__(name)": "name in self.__dict__ and super().__delattr__(name)"}
    )


@fault(
    "module/deleted-and-set-again",
)
def plain_attribute_hides_behind_a_parameter(patch):
    """What is set as a plain attribute stays in the way of a parameter of the same name."""
    others = "\n            self._buffers,\n            self._modules,"
    edit(patch, Module.__setattr__, {f"\n            self.__dict__,{others}": others})


@fault(
    "module/contained",
)
def module_dict_contains_attributes(patch):
    """A ModuleDict contains the names of all its attributes."""
    edit(patch, nn.ModuleDict.__contains__, {"key in self._modules": "isinstance(key, str) and hasattr(self, key)"})


@fault(
    "module/contained",
)
def parameter_dict_contains_attributes(patch):
    """A ParameterDict contains the names of all its attributes."""
    edit(patch, nn.ParameterDict.__contains__, {"key in self._keys": "hasattr(self, key)"})


@fault(
    "module/truth-of-modules",
)
def sequential_is_true_when_empty(patch):
    """A Sequential is true also if it is empty."""
    patch.setattr(nn.Sequential, "__bool__", lambda self: True, raising=False)


@fault(
    "module/truth-of-modules",
    "module/module-is-freed",
)
def module_has_a_length(patch):
    """Any Module is false."""
    patch.setattr(Module, "__bool__", lambda self: False, raising=False)
