"""What became of Sequential, ModuleList, ModuleDict and the dictionary of children below them."""

from collections import OrderedDict

import torch
from torch.nn import Identity, Module, ModuleDict, ModuleList, Sequential

from module_drift.case import case

from ..shared.models import LogModel, PowLogModel, PowModel
from ..shared.refusals import refusal, type_of_refusal


def _children(model):
    return list(model.named_children())


# Sequential as a list.


@case("module/sequential-renumbers-after-deletion")
def a_sequential_renumbers_after_deletion(show, device):
    """A Sequential closes the gap in its numbering when an item is deleted, so that names in its state change."""
    models = Sequential(PowModel(), LogModel(), Identity())
    del models[0]
    show("children", _children(models))


@case("module/sequential-deletion-drops-given-names")
def a_sequential_with_given_names_is_numbered_by_a_deletion(show, device):
    """A Sequential whose children have names of their own gives all of them numbers instead when one is deleted."""
    models = Sequential(OrderedDict(powModel=PowModel(), logModel=LogModel(), lastModel=Identity()))
    del models[-1]
    show("children", _children(models))


@case("module/sequential-append-to-a-slice", needs="torch.nn.Sequential.append")
def appending_to_a_slice_of_a_sequential(show, device):
    """A slice of a Sequential keeps the old numbers as names, and append takes one of them and drops its Module."""
    models = Sequential(PowModel(), LogModel(), PowModel())[1:]
    show("slice", _children(models))
    models.append(Identity())
    show("append", _children(models))


@case("module/sequential-insert", needs="torch.nn.Sequential.insert")
def a_sequential_inserts_by_number(show, device):
    """A Sequential inserts before an index, also one from the end, but not beyond it nor among names of one's own."""
    models = Sequential(PowModel(), LogModel())
    models.insert(-1, Identity())
    show("from the end", _children(models))
    show("beyond the end", refusal(models.insert, 4, Identity()))
    show("no Module", refusal(models.insert, 0, 5))
    named = Sequential(OrderedDict(powModel=PowModel(), logModel=LogModel()))
    show("among given names", type_of_refusal(named.insert, 0, Identity()))


@case("module/sequential-pop", needs="torch.nn.Sequential.pop")
def a_sequential_pops_and_renumbers(show, device):
    """A Sequential gives back what it pops, a Sequential for a slice, and numbers the rest even if they had names."""
    models = Sequential(OrderedDict(powModel=PowModel(), logModel=LogModel(), lastModel=Identity()))
    show("popped", models.pop(0))
    show("children", _children(models))
    show("popped slice", type(models.pop(slice(0, 2))).__name__)
    show("len", len(models))


@case("module/sequential-sum-keeps-instances", needs="torch.nn.Sequential.__add__")
def the_sum_of_sequentials_keeps_their_instances(show, device):
    """The sum of two objects of a subclass of Sequential is a plain Sequential of the same Modules with new names."""

    class Chain(Sequential):
        pass

    first = Chain(OrderedDict(powModel=PowModel()))
    models = first + Chain(OrderedDict(logModel=LogModel()))
    show("type", type(models).__name__)
    show("children", _children(models))
    show("first", "same" if models[0] is first[0] else "other")
    show("plus a list", refusal(lambda: first + [LogModel()]))


@case("module/sequential-product-repeats-instances", needs="torch.nn.Sequential.__mul__")
def the_product_of_a_sequential_repeats_its_instances(show, device):
    """A Sequential times a number holds the very Modules again and makes no copies of them."""
    models = Sequential(PowModel(), LogModel()) * 2
    show("len", len(models))
    show("first and third", "same" if models[0] is models[2] else "other")
    show("children", _children(models))
    show("times zero", refusal(lambda: models * 0))


# ModuleList as a list.


@case("module/module-list-sum-with-a-list", needs="torch.nn.ModuleList.__add__")
def the_sum_of_a_module_list_and_a_list(show, device):
    """A ModuleList plus a plain list is a new ModuleList, whereas a plain list plus a ModuleList is refused."""
    first = ModuleList([PowModel()])
    models = first + [LogModel()]
    show("type", type(models).__name__)
    show("children", _children(models))
    show("first", "same" if models[0] is first[0] else "other")
    show("len of the old one", len(first))
    show("list first", type_of_refusal(lambda: [LogModel()] + first))


# The container that came before them.


@case("module/container-is-deprecated")
def container_is_deprecated(show, device):
    """The class Container, which takes children as keyword arguments, gives a FutureWarning."""
    show("children", _children(torch.nn.Container(powModel=PowModel(), logModel=LogModel())))


# The dictionary of children.


@case("module/children-reordered-by-hand")
def children_cannot_be_reordered_by_move_to_end(show, device):
    """The children are in a plain dict, so that move_to_end of an OrderedDict cannot change their order."""
    model = PowLogModel(PowModel(), LogModel())
    show("move_to_end", type_of_refusal(lambda: model._modules.move_to_end("powModel")))
    show("children", _children(model))


@case("module/module-dict-key-that-became-a-method")
def a_module_dict_refuses_the_name_of_a_method(show, device):
    """A ModuleDict refuses a key that is the name of a method, as compile is since Module has it."""
    show("type", refusal(ModuleDict, {"type": PowModel()}))
    show("compile", refusal(ModuleDict, {"compile": PowModel()}))


# Reprs.


@case("module/repr-with-a-blank-line")
def a_blank_line_in_a_repr_is_not_indented(show, device):
    """A blank line in the repr of a child stays empty in the repr of its parent."""

    class TwoParts(Module):
        def extra_repr(self):
            return "first part\n\nsecond part"

    show("lines", repr(PowLogModel(TwoParts(), LogModel())).split("\n"))
