"""Faults that change what belongs to the caller: a state, a list, a dictionary, keyword arguments."""

import functools

from torch import nn
from torch.nn import Module, Parameter

from .fault import fault
from .injection import edit, insert


@fault(
    "module/given-state-stays",
)
def load_works_on_the_given_state(patch):
    """Hooks of loading are given the very dictionary that the caller loads."""
    edit(
        patch,
        Module.load_state_dict,
        {"state_dict = OrderedDict(state_dict)": "pass", "state_dict._metadata = metadata": "pass"},
    )


@fault(
    "module/given-tensors-stay",
)
def loaded_tensors_are_cast(patch):
    """Tensors of a state that is loaded into another dtype are cast themselves."""
    copy = "param.copy_(input_param)"
    edit(
        patch,
        Module._load_from_state_dict,
        {copy: f"{copy}; param.is_meta or setattr(input_param, 'data', input_param.data.to(param.dtype))"},
    )


@fault(
    "module/given-containers-stay",
)
def sequential_takes_the_dictionary(patch):
    """A Sequential keeps its children in the very OrderedDict that it is given."""
    insert(
        patch,
        nn.Sequential.__init__,
        "for key, module in args[0].items():",
        "self.__dict__['_modules'] = args[0]",
    )


@fault(
    "module/given-containers-stay",
)
def module_list_empties_the_list(patch):
    """A ModuleList takes the Modules out of the list that it is given."""
    insert(patch, nn.ModuleList.extend, "return self", "isinstance(modules, list) and modules.clear()")


@fault(
    "module/made-of-a-generator",
    "module/state-of-twelve",
    "module/twelve-missing-keys",
    "module/shared-by-twelve",
)
def module_list_reads_an_iterable_twice(patch):
    """A ModuleList reads what it is given twice."""
    insert(patch, nn.ModuleList.extend, "offset = len(self)", "len(list(modules))")


@fault(
    "module/given-tensors-become-parameters",
)
def parameter_list_fills_the_list(patch):
    """A ParameterList puts its Parameters into the list of tensors that it is given."""
    insert(
        patch,
        nn.ParameterList.extend,
        "return self",
        "if isinstance(values, list):",
        "    values[:] = list(self)[-len(values) or len(self):]",
    )


@fault(
    "module/given-containers-stay",
)
def module_dict_empties_the_dictionary(patch):
    """A ModuleDict takes the Modules out of the dict that it is given."""
    original = nn.ModuleDict.update

    @functools.wraps(original)
    def update(self, modules):
        original(self, modules)
        if isinstance(modules, dict):
            modules.clear()

    patch.setattr(nn.ModuleDict, "update", update)


@fault(
    "module/given-tensors-become-parameters",
)
def parameter_dict_fills_the_dictionary(patch):
    """A ParameterDict puts its Parameters into the dict of tensors that it is given."""
    original = nn.ParameterDict.update

    @functools.wraps(original)
    def update(self, parameters):
        original(self, parameters)
        if isinstance(parameters, dict):
            parameters.update((key, self[key]) for key in [*parameters])

    patch.setattr(nn.ParameterDict, "update", update)


@fault(
    "module/keywords-changed-in-place",
)
def keywords_of_hooks_are_a_copy(patch):
    """A forward pre-hook is given a copy of the keyword arguments."""
    edit(
        patch,
        Module._call_impl,
        {"args_kwargs_result = hook(self, args, kwargs)": "args_kwargs_result = hook(self, args, dict(kwargs))"},
    )


@fault(
    "module/given-tensors-become-parameters",
    "module/made-of-a-tensor-of-ones-own",
    "module/equal-parameters-are-listed",
    "autograd/leaf-of-an-embedding",
    "autograd/parameter-of-an-inference-tensor",
)
def tensor_given_as_a_parameter_is_copied(patch):
    """A Parameter is a copy of its tensor."""
    edit(patch, Parameter.__new__, {"_make_subclass(cls, data,": "_make_subclass(cls, data.clone(),"})


@fault(
    "module/given-tensors-become-parameters",
    "module/made-of-a-tensor-of-ones-own",
)
def tensor_given_as_a_parameter_is_thawed(patch):
    """The tensor that a Parameter is made of requires gradients."""
    insert(
        patch,
        Parameter.__new__,
        "return torch.Tensor._make",
        "data.is_leaf and data.is_floating_point() and data.requires_grad_(requires_grad)",
    )


@fault(
    "module/memo-that-is-given",
    "module/prefixes",
)
def memo_is_copied(patch):
    """A set given to named_modules is not filled."""
    edit(
        patch,
        Module.named_modules,
        {"if memo is None:\n        memo = set()": "memo = set(memo or ()) if not prefix else memo"},
    )


@fault(
    "module/state-of-any-mapping",
)
def load_takes_dictionaries_alone(patch):
    """A state that is a mapping and no dictionary is refused."""
    edit(patch, Module.load_state_dict, {"isinstance(state_dict, Mapping)": "isinstance(state_dict, dict)"})
