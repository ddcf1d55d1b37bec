"""Containers of Modules at their bounds, filled with what does not fit, and in print."""

import operator

from torch.nn import Identity, ModuleDict, ModuleList, ParameterList, Sequential

from module_drift.case import case

from ..shared.models import LogModel, PowLogModel, PowModel, new_parameter
from ..shared.refusals import refusal


def _models():
    return [PowModel(), LogModel(), Identity()]


# Indices.


@case("module/index-at-the-bounds")
def sequential_and_module_list_are_indexed_at_their_bounds(show, device):
    """A Sequential and a ModuleList have items at -len and len - 1, and refuse an index beyond with an IndexError."""
    for models in (Sequential(*_models()), ModuleList(_models())):
        name = type(models).__name__
        show(name, models[-3], models[2])
        for index in (-4, 3):
            show(f"{name}[{index}]", refusal(models.__getitem__, index))


@case("module/sequential-insert-at-the-bounds", needs="torch.nn.Sequential.insert")
def sequential_inserts_at_its_bounds(show, device):
    """A Sequential inserts at -len, at 0 and at len, and refuses an index below -len or above len."""
    for index in (-4, -3, 0, 3, 4):
        models = Sequential(*_models())
        show(f"insert at {index}", refusal(models.insert, index, PowModel()))
        show("children", [type(child).__name__ for child in models])


# Filling.


@case("module/append-and-extend-return-the-container", needs="torch.nn.Sequential.insert")
def containers_return_themselves_when_they_grow(show, device):
    """The methods append, insert and extend return their container, except for insert of a ModuleList."""
    for container, calls in [
        (Sequential(), [("append", Identity()), ("insert", 0, Identity())]),
        (ModuleList(), [("append", Identity()), ("insert", 0, Identity()), ("extend", [Identity()])]),
        (ParameterList(), [("append", new_parameter(1.0, device)), ("extend", [new_parameter(2.0, device)])]),
    ]:
        for name, *arguments in calls:
            returned = getattr(container, name)(*arguments)
            show(f"{type(container).__name__}.{name}", "container" if returned is container else returned)


@case("module/filled-with-what-is-not-iterable")
def containers_of_modules_are_filled_with_what_is_not_iterable(show, device):
    """A ModuleList is extended by an iterable and a ModuleDict updated by one of pairs, or a TypeError says so."""
    show("ModuleList.extend of a Module", refusal(ModuleList().extend, PowModel()))
    show("ModuleDict.update with a Module", refusal(ModuleDict().update, PowModel()))
    show("ModuleDict.update with Modules", refusal(ModuleDict().update, _models()))
    show("ModuleDict.update with triples", refusal(ModuleDict().update, [("powModel", PowModel(), LogModel())]))


@case("module/module-list-repr-of-repeats-behind-another")
def repr_of_repeats_behind_another(show, device):
    """Equal Modules behind another one are one entry in the repr of a ModuleList, also if that takes several lines."""
    show("empty", repr(ModuleList()))
    repeats = [PowLogModel(PowModel(), LogModel()) for _ in range(3)]
    show("repeats", repr(ModuleList([Identity(), *repeats])))


@case("module/sequential-times-a-number", needs="torch.nn.Sequential.__mul__")
def sequential_times_a_number(show, device):
    """A Sequential can be repeated once or more, but not zero times, and by nothing but an integer."""
    chain = Sequential(PowModel(), LogModel())
    for number in (2, 1, 0, 1.0):
        show(f"times {number}", refusal(operator.mul, chain, number))
    show("length of it once", len(chain * 1))
