"""What became of Sequential, ModuleList, ModuleDict and the dictionary of children below them."""

from collections import OrderedDict

from torch.nn import Identity, Module, ModuleDict, Sequential

from module_drift.case import case

from .models import LogModel, PowLogModel, PowModel
from .refusals import refusal, type_of_refusal


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


@case("module/sequential-product-repeats-instances", needs="torch.nn.Sequential.__mul__")
def the_product_of_a_sequential_repeats_its_instances(show, device):
    """A Sequential times a number holds the very Modules again and makes no copies of them."""
    models = Sequential(PowModel(), LogModel()) * 2
    show("len", len(models))
    show("first and third", "same" if models[0] is models[2] else "other")
    show("children", _children(models))
    show("times zero", refusal(lambda: models * 0))


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
