"""Faults of Sequential, ModuleList, ModuleDict, ParameterList and ParameterDict."""

import copy
import warnings

from torch.nn import ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential
from torch.nn.modules import container

from .fault import fault
from .injection import edit, insert

# What several of them do.


@fault("module/index-at-the-bounds", "parameter/parameter-list-index-at-the-bounds", "module/module-list-of-twelve")
def first_item_has_no_index_from_the_end(patch):
    """The index from the end of the first item of a Sequential, ModuleList or ParameterList is out of range."""
    edit(patch, Sequential._get_item_by_idx, {"if not -size <= idx": "if not -size < idx"})
    for container_class in (ModuleList, ParameterList):
        edit(patch, container_class._get_abs_string_index, {"-len(self) <= idx": "-len(self) < idx"})


@fault(
    "module/append-and-extend-return-the-container",
    "module/module-list-append-and-extend-return-itself",
    "module/sequential-append-returns-itself",
)
def append_returns_nothing(patch):
    """The append of a Sequential, ModuleList or ParameterList returns None."""
    for container_class in (Sequential, ModuleList, ParameterList):
        edit(patch, container_class.append, {"return self": "return None"})


# Sequential.


@fault(
    "module/sequential-deletion-drops-given-names",
    "module/sequential-pop",
    "module/sequential-renumbers-after-deletion",
    "module/sequential-slice-deletion",
    "module/sequential-of-twelve-without-the-third",
)
def sequential_keeps_its_numbers_after_a_deletion(patch):
    """A Sequential leaves a gap where an item was deleted."""
    edit(patch, Sequential.__delitem__, {"zip(str_indices, self._modules.values(), strict=True)": "self._modules"})


@fault("module/sequential-append-to-a-slice")
def sequential_appends_under_the_next_number(patch):
    """A Sequential appends under a number that is not taken yet."""
    edit(patch, Sequential.append, {"str(len(self))": "str(1 + max(map(int, self._modules)) if self._modules else 0)"})


@fault("module/sequential-insert")
def sequential_does_not_insert_from_the_end(patch):
    """A Sequential inserts at the front for an index from the end."""
    edit(patch, Sequential.insert, {"index += n": "index = 0"})


@fault("module/sequential-insert-at-the-bounds")
def sequential_inserts_nothing_at_its_end(patch):
    """A Sequential does not insert behind its last Module."""
    edit(patch, Sequential.insert, {"<= index <= n": "<= index < n"})


@fault("module/sequential-insert*")
def sequential_inserts_beyond_its_bounds(patch):
    """A Sequential takes an index out of range for the nearer one of its ends, as a list does."""
    edit(
        patch,
        Sequential.insert,
        {"if not (-n <= index <= n):": "index = max(-n, min(index, n))\n    if False:"},
    )


@fault("module/sequential-pop")
def sequential_pops_nothing(patch):
    """A Sequential returns what it is to pop, and keeps it."""
    edit(patch, Sequential.pop, {"del self[key]": "pass"})


@fault("module/sequential-sum-keeps-instances")
def sequential_sum_is_of_its_class(patch):
    """The sum of two objects of a subclass of Sequential is of that class."""
    edit(patch, Sequential.__add__, {"ret = Sequential()": "ret = type(self)()"})


@fault("module/sequential-product-repeats-instances")
def sequential_product_copies(patch):
    """A Sequential times a number holds copies of its Modules."""
    edit(patch, Sequential.__mul__, {"combined.add_module(str(offset), module)": "combined.append(copy.copy(module))"})
    patch.setattr(container, "copy", copy, raising=False)


@fault("module/sequential-times-a-number", "module/sequential-product-repeats-instances")
def sequential_times_zero_is_empty(patch):
    """A Sequential times zero is empty."""
    edit(patch, Sequential.__mul__, {"elif other <= 0:": "elif other < 0:"})


@fault("module/sequential-times-a-number")
def sequential_once_refused(patch):
    """A Sequential times one is refused."""
    edit(patch, Sequential.__mul__, {"elif other <= 0:": "elif other <= 1:"})


@fault("module/sequential-times-a-number")
def sequential_repeated_by_a_float(patch):
    """A Sequential is repeated by the whole part of a float."""
    edit(patch, Sequential.__mul__, {"if not isinstance(other, int):": "other = int(other)\n    if False:"})


@fault("module/sequential-append-to-a-slice")
def sequential_slices_are_numbered_anew(patch):
    """A slice of a Sequential numbers its Modules anew."""
    edit(
        patch,
        Sequential.__getitem__,
        {"self.__class__(OrderedDict(list(self._modules.items())[idx]))": "self.__class__(*list(self)[idx])"},
    )


# ModuleList.


@fault(
    "module/module-list-*",
    "*parametriz*",
    "parameter/*-norm-loads-*",
    "module/index-at-the-bounds",
    "between-calls/module-list-grown",
    "module/shallow-copy-of-module-list",
    "module/equal-module-in-a-list",
    "module/extension-that-is-refused-halfway",
    "module/given-containers-stay",
    "module/given-functions-are-freed",
    "module/made-of-a-generator",
    "module/parts-are-freed",
    "module/refused-by-containers",
    "module/shared-by-twelve",
    "module/state-of-twelve",
    "module/truth-of-modules",
    "module/twelve-missing-keys",
)
def module_list_does_not_register(patch):
    """A ModuleList keeps its Modules without registering them."""
    edit(
        patch,
        ModuleList.extend,
        {"self.add_module(str(offset + i), module)": "self.__dict__.setdefault('hidden', []).append(module)"},
    )
    edit(
        patch,
        ModuleList.__iter__,
        {"self._modules.values()": "[*self._modules.values(), *self.__dict__.get('hidden', [])]"},
    )


@fault(
    "module/code-5",
    "module/module-list-reads-as-a-list",
    "module/module-list-repr-of-*",
    "module/module-list-inserted",
    "module/module-list-of-twelve",
    "module/module-list-of-twelve-changes",
)
def module_list_backwards(patch):
    """A ModuleList is iterated from its end."""
    edit(patch, ModuleList.__iter__, {"iter(self._modules.values())": "reversed(self._modules.values())"})


@fault(
    "module/module-list-grows-as-a-list",
    "between-calls/module-list-grown",
    "between-calls/parametrization-registered",
    "module/module-list-append-and-extend-return-itself",
    "parameter/parametrized-in-a-chain",
    "parameter/parametrized-in-a-chain-is-set",
    "module/equal-module-in-a-list",
    "module/given-containers-stay",
    "module/module-list-of-twelve-changes",
    "module/refused-by-containers",
)
def module_list_appends_nothing(patch):
    """The append of a ModuleList does nothing."""
    edit(patch, ModuleList.append, {"self.add_module(str(len(self)), module)": "pass"})


@fault("module/module-list-reads-as-a-list")
def module_list_slices_are_lists(patch):
    """A slice of a ModuleList is a plain list."""
    edit(
        patch,
        ModuleList.__getitem__,
        {"self.__class__(list(self._modules.values())[idx])": "list(self._modules.values())[idx]"},
    )


@fault(
    "module/module-list-reads-as-a-list",
    "module/index-at-the-bounds",
    "module/module-list-pop",
    "module/refused-by-containers",
)
def module_list_index_unchecked(patch):
    """A ModuleList raises a KeyError for an index out of range."""
    edit(patch, ModuleList._get_abs_string_index, {"raise IndexError(": "raise KeyError("})


@fault(
    "module/module-list-renumbers-after-deletion",
    "module/module-list-pop",
    "module/module-list-of-twelve-changes",
    "module/parts-are-freed",
)
def module_list_leaves_gaps(patch):
    """A ModuleList leaves a gap where an item was deleted."""
    edit(patch, ModuleList.__delitem__, {"zip(str_indices, self._modules.values(), strict=True)": "self._modules"})


@fault("module/module-list-insert-at-negative-index", "module/module-list-inserted")
def module_list_inserts_from_the_end(patch):
    """A ModuleList inserts at a negative index as a list does."""
    insert(patch, ModuleList.insert, "for i in range(", "index += len(self._modules) if index < 0 else 0")


@fault("module/module-list-insert-beyond-the-end")
def module_list_inserts_at_its_end(patch):
    """A Module inserted beyond the end of a ModuleList is appended."""
    insert(patch, ModuleList.insert, "for i in range(", "index = min(index, len(self._modules))")


@fault("module/module-list-repr-of-*")
def module_list_repr_with_a_line_each(patch):
    """Modules of the same repr in a row have a line each in the repr of a ModuleList."""
    patch.delattr(ModuleList, "__repr__")


@fault("module/module-list-sum-with-a-list")
def module_list_sum_in_place(patch):
    """A ModuleList plus a list is the ModuleList itself."""
    edit(patch, ModuleList.__add__, {"combined = ModuleList()": "return self.extend(other)"})


@fault("module/module-list-sum-with-a-list")
def module_list_added_to_a_list(patch):
    """A list plus a ModuleList is accepted."""
    patch.setattr(ModuleList, "__radd__", lambda self, other: ModuleList([*other, *self]), raising=False)


@fault("module/module-list-has-no-forward")
def module_list_is_callable(patch):
    """A ModuleList calls its Modules one after the other."""
    patch.setattr(ModuleList, "forward", Sequential.forward)


# ModuleDict.


UPDATE_MAPPING = "for key, module in modules.items():"


@fault("module/code-7", "module/module-dict-*")
def module_dict_sorts_its_keys(patch):
    """A ModuleDict that is made from a dictionary sorts its keys."""
    edit(patch, ModuleDict.update, {UPDATE_MAPPING: "for key, module in sorted(modules.items()):"})


@fault("module/code-7", "module/module-dict-order-of-dict")
def module_dict_sorts_plain_dictionaries(patch):
    """A ModuleDict sorts the keys of a plain dictionary, but not those of an OrderedDict, as it once did."""
    insert(
        patch,
        ModuleDict.update,
        UPDATE_MAPPING,
        "if type(modules) is dict:",
        "    modules = dict(sorted(modules.items()))",
    )


@fault("module/module-dict-from-module-dict")
def module_dict_refuses_another(patch):
    """A ModuleDict cannot be updated from another."""
    edit(
        patch,
        ModuleDict.update,
        {"(OrderedDict, ModuleDict, container_abcs.Mapping)": "(OrderedDict, container_abcs.Mapping)"},
    )


@fault("*/filled-with-what-is-not-iterable")
def triples_taken_for_pairs(patch):
    """A ModuleDict or ParameterDict is updated from triples by the first two of each."""
    edit(patch, ModuleDict.update, {"if not len(m) == 2:": "if len(m) < 2:"})
    edit(patch, ParameterDict.update, {"if not len(p) == 2:": "if len(p) < 2:"})


@fault(
    "module/module-dict-*",
    "module/filled-with-what-is-not-iterable",
    "module/extension-that-is-refused-halfway",
    "module/made-of-a-generator",
)
def module_dict_pairs_backwards(patch):
    """A ModuleDict that is made from pairs reverses them."""
    edit(patch, ModuleDict.update, {"for j, m in enumerate(modules):": "for j, m in enumerate(reversed(modules)):"})


@fault("module/module-dict-overwrites-in-place")
def module_dict_moves_what_is_overwritten(patch):
    """A Module stored in a ModuleDict under a key that it has goes to the end."""
    edit(
        patch,
        ModuleDict.__setitem__,
        {"self.add_module(key, module)": "self._modules.pop(key, None); self.add_module(key, module)"},
    )


@fault("module/module-dict-shrinks-as-a-dict")
def module_dict_pops_nothing(patch):
    """A ModuleDict returns what it is to pop, and keeps it."""
    edit(patch, ModuleDict.pop, {"del self[key]": "pass"})


@fault(
    "module/module-dict-reads-as-a-dict",
    "parameter/parametrization-removed",
    "between-calls/parametrization-registered",
    "between-calls/parametrization-removed",
    "parameter/parametrized-buffer",
    "parameter/parametrized-by-two-tensors-removed",
    "parameter/parametrized-class",
    "parameter/parametrized-in-a-chain",
    "parameter/parametrized-in-a-chain-is-set",
    "parameter/parametrized-is-found",
    "module/contained",
)
def module_dict_contains_nothing(patch):
    """The operator `in` finds no key in a ModuleDict."""
    edit(patch, ModuleDict.__contains__, {"key in self._modules": "False"})


@fault("module/container-is-deprecated")
def container_does_not_warn(patch):
    """No warning tells that Container is deprecated."""
    patch.setattr(container.Container, "__new__", staticmethod(lambda cls, **_: object.__new__(cls)))


@fault(
    "module/module-dict-reads-as-a-dict",
    "parameter/parametrizations-are-transferred",
    "module/contained",
    "remedy/module-dict-keeps-order",
    "remedy/modules-compile-themselves",
)
def module_dict_iterates_over_modules(patch):
    """A loop over a ModuleDict goes over its Modules in place of its keys."""
    edit(patch, ModuleDict.__iter__, {"iter(self._modules)": "iter(self._modules.values())"})


# ParameterList and ParameterDict.


@fault("parameter/tensor-in-a-parameter-list", "module/given-tensors-become-parameters")
def parameter_list_keeps_tensors(patch):
    """A ParameterList keeps a plain tensor as it is."""
    edit(patch, ParameterList.__setitem__, {"param = Parameter(param)": "pass"})


@fault("parameter/parameter-list-registers", "module/parameter-list-of-twelve")
def parameter_list_does_not_register(patch):
    """A ParameterList keeps its Parameters without registering them."""
    edit(patch, ParameterList.__setitem__, {"return setattr(self, str(idx), param)": "self.__dict__[str(idx)] = param"})


@fault(
    "parameter/attribute-of-a-parameter-list",
    "parameter/list-in-a-parameter-list",
    "parameter/repr-of-containers-of-anything",
)
def parameter_list_warns_of_attributes(patch):
    """A ParameterList warns when it is given an attribute that is no Parameter."""

    def setattr_with_warning(self, name, value):
        if not name.startswith("_") and name != "training" and not hasattr(value, "grad"):
            warnings.warn("Setting attributes on ParameterList is not supported.", stacklevel=2)
        super(ParameterList, self).__setattr__(name, value)

    patch.setattr(ParameterList, "__setattr__", setattr_with_warning, raising=False)


@fault("parameter/parameter-list-repr", "parameter/repr-of-containers-of-anything")
def parameter_list_repr_of_classes(patch):
    """The repr of a ParameterList names the class of a tensor in place of its dtype."""
    edit(patch, ParameterList.extra_repr, {"p.dtype,": "torch.typename(p),"})


@fault("parameter/parameter-list-without-its-size")
def parameter_list_size_by_default(patch):
    """A ParameterList has a size from its class where it was not restored with one."""
    patch.setattr(ParameterList, "_size", 1, raising=False)


@fault("parameter/list-in-a-parameter-list")
def parameter_list_unpacks_lists(patch):
    """A list that is appended to a ParameterList is unpacked."""
    insert(
        patch,
        ParameterList.append,
        "new_idx = len(self)",
        "if isinstance(value, list):",
        "    return self.extend(value)",
    )


@fault("parameter/parameter-list-slice")
def parameter_list_slices_are_lists(patch):
    """A slice of a ParameterList is a plain list."""
    edit(patch, ParameterList.__getitem__, {"out = self.__class__()": "out = []"})


@fault("parameter/filled-with-what-is-not-iterable")
def parameter_list_unpacks_tensors(patch):
    """A ParameterList is extended by the rows of a tensor."""
    edit(patch, ParameterList.extend, {"values, torch.Tensor\n": "values, ()\n"})


@fault("parameter/parameter-dict-key-that-is-no-string")
def parameter_dict_takes_any_key(patch):
    """A ParameterDict takes any key for a string."""
    edit(patch, ParameterDict._key_to_attr, {"if not isinstance(key, str):": "key = str(key)\n    if False:"})


@fault("parameter/parameter-dict-order", "parameter/parameter-dict-updated-from-each-kind")
def parameter_dict_keeps_its_order(patch):
    """A ParameterDict does not sort the keys of a plain dictionary."""
    edit(patch, ParameterDict.update, {"in sorted(parameters.items()):": "in parameters.items():"})


@fault("parameter/parameter-dict-updated-from-each-kind")
def parameter_dict_keeps_old_values(patch):
    """A ParameterDict that is updated from pairs keeps the values of the keys that it has."""
    edit(patch, ParameterDict.update, {"self[p[0]] = p[1]": "self.setdefault(p[0], p[1])"})


@fault("parameter/union-of-parameter-dicts")
def parameter_dict_union_in_place(patch):
    """The union of a ParameterDict with another is the first of them."""
    edit(patch, ParameterDict.__or__, {"copy = self.copy()": "copy = self"})


@fault("parameter/parameter-dict-updated-from-another", "parameter/union-of-parameter-dicts")
def parameter_dict_sorts_another(patch):
    """A ParameterDict sorts what it takes over from another one."""
    edit(
        patch,
        ParameterDict.update,
        {"for key, parameter in parameters.items():": "for key, parameter in sorted(parameters.items()):"},
    )


@fault(
    "parameter/number-in-a-parameter-dict",
    "parameter/repr-of-containers-of-anything",
    "module/false-values-of-a-parameter-dict",
)
def parameter_dict_refuses_numbers(patch):
    """A ParameterDict refuses what is no tensor."""
    edit(patch, ParameterDict.__setitem__, {"setattr(self, attr, value)": "self.register_parameter(attr, value)"})


@fault("parameter/parameter-dict-repr", "parameter/repr-of-containers-of-anything")
def parameter_dict_repr_of_dtypes(patch):
    """The repr of a ParameterDict names the dtype of a tensor in place of its class."""
    edit(patch, ParameterDict.extra_repr, {"torch.typename(p),": "p.dtype,"})


@fault("parameter/parameter-dict-key-named-as-a-method")
def parameter_dict_forgets_a_key_it_refuses(patch):
    """A ParameterDict does not list a key that it refused."""
    edit(
        patch,
        ParameterDict.__setitem__,
        {
            "self._keys[key] = None": "pass",
            "setattr(self, attr, value)": "setattr(self, attr, value); self._keys[key] = None",
        },
    )


@fault("parameter/parameter-dict-items-read-twice")
def parameter_dict_items_stay(patch):
    """The items of a ParameterDict can be read twice."""
    edit(patch, ParameterDict.items, {"((k, self[k]) for k in self._keys)": "[(k, self[k]) for k in self._keys]"})


@fault("parameter/attribute-of-a-parameter-dict", "parameter/parameter-dict-key-named-as-a-method")
def parameter_dict_lists_its_parameters(patch):
    """The keys of a ParameterDict are the names of its parameters."""
    edit(patch, ParameterDict.keys, {"self._keys.keys()": "self._parameters.keys()"})


@fault("parameter/parameter-dict-merged-with-a-plain-dict")
def parameter_dict_merges_nothing_else(patch):
    """A ParameterDict cannot be merged with a plain dictionary."""
    edit(
        patch,
        ParameterDict.__or__,
        {"copy = self.copy()": "copy = self.copy() if isinstance(other, ParameterDict) else other.nothing"},
    )


@fault("parameter/parameter-dict-in-eval-mode")
def parameter_dict_stays_in_training(patch):
    """A ParameterDict does not follow the mode of its Module."""
    patch.setattr(ParameterDict, "train", lambda self, mode=True: self)


@fault(
    "parameter/attribute-of-a-parameter-dict",
    "parameter/parameter-dict-*",
    "parameter/repr-of-containers-of-anything",
    "parameter/union-of-parameter-dicts",
    "module/contained",
    "module/extension-that-is-refused-halfway",
    "module/false-values-of-a-parameter-dict",
    "module/nothing-left-in-a-parameter-dict",
    "remedy/dict-updated-by-items",
    "remedy/parameter-dict-keeps-a-refused-key",
    "remedy/parameter-dict-refuses-keys-that-are-no-strings",
)
def parameter_dict_lists_nothing(patch):
    """A ParameterDict does not list the keys that are set."""
    edit(patch, ParameterDict.__setitem__, {"self._keys[key] = None": "pass"})
