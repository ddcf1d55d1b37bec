"""Children that are replaced, added, shared or gone between two calls, and what they are called by."""

import torch
from torch.nn import Identity, Module, ModuleDict, ModuleList, Sequential

from module_drift.case import case

from .models import Chain, Scaled, numbers


@case("between-calls/child-replaced")
def child_is_replaced(show, device):
    """A child that is replaced after a call is what the next one calls, and what gets the gradient."""
    model, x = Chain(device), numbers(device)
    show("before", model(x).detach())
    model.second = Scaled(device, 5.0)
    output = model(x)
    output.sum().backward()
    show("after", output.detach(), model.second.weight.grad)


@case("between-calls/child-replaced-by-another-class")
def child_is_replaced_by_one_of_another_class(show, device):
    """A child that is replaced by one of another class after a call is what the next one calls."""
    model, x = Chain(device), numbers(device)
    show("before", model(x).detach())
    model.second = Identity()
    show("after", model(x).detach())


@case("between-calls/forward-of-a-child-replaced-on-the-instance")
def forward_of_a_child_is_replaced(show, device):
    """A function that is set as a child's forward after a call is what the next one runs, until it is deleted."""
    model, x = Chain(device), numbers(device)
    show("before", model(x).detach())
    model.first.forward = lambda x: x + 100
    show("replaced", model(x).detach())
    del model.first.forward
    show("deleted", model(x).detach())


@case("between-calls/forward-of-the-root-replaced-on-the-instance")
def forward_of_the_root_is_replaced(show, device):
    """A function that is set as the root's forward after a call is what the next one runs."""
    model, x = Scaled(device), numbers(device)
    show("before", model(x).detach())
    model.forward = lambda x: x + 100
    show("replaced", model(x).detach())


@case("between-calls/forward-of-the-class-replaced")
def forward_of_the_class_is_replaced(show, device):
    """A function that is set as forward of the class after a call is what the next one runs, in root and child."""

    class Own(Scaled):
        pass

    model, holder, x = Own(device), Chain(device), numbers(device)
    holder.first = Own(device)
    show("before", model(x).detach(), holder(x).detach())
    Own.forward = lambda self, x: x + 100
    show("replaced", model(x).detach(), holder(x).detach())


@case("between-calls/class-of-a-child-changed")
def class_of_a_child_is_changed(show, device):
    """A child that becomes another class after a call runs that one's forward in the next."""
    model, x = Chain(device), numbers(device)
    show("before", model(x).detach())
    model.first.__class__ = _Negated
    show("after", model(x).detach())


class _Negated(Scaled):
    """Minus its input times a weight."""

    def forward(self, x):
        return -super().forward(x)


@case("between-calls/sequential-grown")
def sequential_is_grown(show, device):
    """A Module that is added to a Sequential after a call takes part in the next one."""
    model, x = Sequential(Scaled(device, 2.0), Scaled(device, 3.0)), numbers(device)
    show("before", model(x).detach())
    model.add_module("2", Scaled(device, 5.0))
    show("grown", model(x).detach())


@case("between-calls/sequential-shrunk")
def sequential_is_shrunk(show, device):
    """A Module that is deleted from a Sequential after a call, or replaced in it, is not in the next one."""
    model, x = Sequential(Scaled(device, 2.0), Scaled(device, 3.0), Scaled(device, 5.0)), numbers(device)
    show("before", model(x).detach())
    del model[1]
    show("shrunk", model(x).detach())
    model[0] = Identity()
    show("replaced", model(x).detach())


@case("between-calls/module-list-grown")
def module_list_is_grown(show, device):
    """A Module that is appended to a ModuleList after a call takes part in the next one."""
    model, x = _Listed(ModuleList([Scaled(device, 2.0)])), numbers(device)
    show("before", model(x).detach())
    model.parts.append(Scaled(device, 3.0))
    show("appended", model(x).detach())
    model.parts[0] = Scaled(device, 5.0)
    show("replaced", model(x).detach())


class _Listed(Module):
    """Calls one of its parts after the other, whatever kind of list they are in."""

    def __init__(self, parts):
        super().__init__()
        self.parts = parts

    def forward(self, x):
        for part in self.parts:
            x = part(x)
        return x


@case("between-calls/plain-list-of-modules-changed")
def plain_list_of_modules_is_changed(show, device):
    """A Module that is replaced in a plain list after a call, or appended to it, takes part in the next one."""
    model, x = _Listed([Scaled(device, 2.0)]), numbers(device)
    show("before", model(x).detach())
    model.parts[0] = Scaled(device, 3.0)
    show("replaced", model(x).detach())
    model.parts.append(Scaled(device, 5.0))
    show("appended", model(x).detach())


@case("between-calls/module-dict-grown")
def module_dict_is_grown(show, device):
    """A Module that is put into a ModuleDict after a call can be chosen in the next one."""
    model, x = _Chooses(device), numbers(device)
    show("before", model(x).detach())
    model.parts["other"] = Scaled(device, 5.0)
    model.chosen = "other"
    show("chosen", model(x).detach())
    model.parts["other"] = Scaled(device, 7.0)
    show("replaced", model(x).detach())


class _Chooses(Module):
    """Calls the one of its parts whose name it holds."""

    def __init__(self, device):
        super().__init__()
        self.parts = ModuleDict({"one": Scaled(device, 2.0)})
        self.chosen = "one"

    def forward(self, x):
        return self.parts[self.chosen](x)


@case("between-calls/child-added")
def child_is_added(show, device):
    """A child that is set after a call is one of those that the next one goes through, until it is deleted."""
    model, x = _EachChild(), numbers(device)
    show("none", model(x))
    model.one = Scaled(device, 2.0)
    show("one", model(x).detach())
    model.two = Scaled(device, 3.0)
    show("two", model(x).detach())
    del model.one
    show("one deleted", model(x).detach())


class _EachChild(Module):
    """Calls one of its children after the other."""

    def forward(self, x):
        for child in self.children():
            x = child(x)
        return x


@case("between-calls/child-deleted")
def child_is_deleted(show, device):
    """A child that is deleted after a call is missed by the next, until there is one again."""
    model, x = Chain(device), numbers(device)
    show("before", model(x).detach())
    del model.second
    try:
        model(x)
    except AttributeError:
        show("deleted", "is missed")
    model.second = Scaled(device, 5.0)
    show("new", model(x).detach())


@case("between-calls/child-that-was-none")
def child_that_was_none_is_set(show, device):
    """A child that is None in the first call is called as soon as it is set, and not when it is None again."""
    model, x = _Optional(), numbers(device)
    show("None", model(x))
    model.inner = Scaled(device)
    show("set", model(x).detach())
    model.inner = None
    show("None again", model(x))


class _Optional(Module):
    """Calls its child, if it has one."""

    def __init__(self):
        super().__init__()
        self.add_module("inner", None)

    def forward(self, x):
        return x if self.inner is None else self.inner(x)


@case("between-calls/children-exchanged")
def children_are_exchanged(show, device):
    """Children that change places after a call are called in their new order."""
    model, x = Chain(device), numbers(device)
    model.second = _Adds()
    show("before", model(x).detach())
    model.first, model.second = model.second, model.first
    show("after", model(x).detach())


class _Adds(Module):
    """Its input plus ten."""

    def forward(self, x):
        return x + 10


@case("between-calls/child-called-by-itself")
def child_is_called_by_itself(show, device):
    """A child that is called by itself after the root computes with what it shares with the root."""
    model, x = Chain(device), numbers(device)
    show("root", model(x).detach())
    show("child", model.first(x).detach())
    with torch.no_grad():
        model.first.weight.fill_(10)
    show("child, filled", model.first(x).detach())
    show("root, filled", model(x).detach())


@case("between-calls/root-becomes-a-child")
def root_becomes_a_child(show, device):
    """A Module that was called by itself and becomes a child of another is called by that as it is then."""
    model, x = Scaled(device), numbers(device)
    show("root", model(x).detach())
    holder = Sequential(model, Scaled(device, 3.0))
    show("child", holder(x).detach())
    model.weight.data.fill_(10)
    show("child, filled", holder(x).detach())
    show("root, filled", model(x).detach())


@case("between-calls/modules-of-one-class-called-in-turn")
def modules_of_one_class_are_called_in_turn(show, device):
    """Two Modules of one class that are called in turn compute with their own weights each time."""
    one, two, x = Scaled(device, 2.0), Scaled(device, 3.0), numbers(device)
    for _ in range(2):
        show("one and two", one(x).detach(), two(x).detach())
    one.weight, two.weight = two.weight, one.weight
    show("weights exchanged", one(x).detach(), two(x).detach())
