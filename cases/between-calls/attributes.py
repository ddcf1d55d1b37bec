"""Attributes, variables and what else forward reads, changed between two calls or by forward itself."""

import torch
from torch.nn import Module

from module_drift.case import case

from .models import numbers

_factor = 2


class _Holder(Module):
    """Calls its only child."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x)


class _Times(Module):
    """Its input times an attribute."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return self.factor * x


@case("between-calls/int-attribute-changed")
def int_attribute_is_changed(show, device):
    """An int that forward multiplies by is what it is at each call, in a Module and in one's child."""
    x = numbers(device)
    inner = _Times(2)
    for model in (inner, _Holder(inner)):
        for factor in (2, 3, 5):
            inner.factor = factor
            show(str(factor), model(x))


@case("between-calls/float-attribute-changed")
def float_attribute_is_changed(show, device):
    """A float that forward multiplies by is what it is at each call."""
    model, x = _Times(0.5), numbers(device)
    for factor in (0.5, 1.5, 2.5):
        model.factor = factor
        show(str(factor), model(x))


@case("between-calls/attribute-of-another-type")
def attribute_becomes_one_of_another_type(show, device):
    """An attribute that forward multiplies by may be an int, then a float, then a tensor."""
    model, x = _Times(2), numbers(device)
    for factor in (2, 0.5, torch.tensor([10.0, 20.0], device=device)):
        model.factor = factor
        show(type(factor).__name__, model(x))


@case("between-calls/tensor-attribute-changed")
def tensor_attribute_is_changed(show, device):
    """A tensor that is no buffer is what it is at each call, if it is filled and if it is replaced."""
    model, x = _Times(torch.tensor(2.0, device=device)), numbers(device)
    show("before", model(x))
    model.factor.fill_(3)
    show("filled", model(x))
    model.factor = torch.tensor(5.0, device=device)
    show("replaced", model(x))


class _Branches(Module):
    """Its input, negated if it is told so."""

    negates = False

    def forward(self, x):
        return -x if self.negates else x


@case("between-calls/bool-attribute-changed")
def bool_attribute_is_changed(show, device):
    """A bool that forward branches by is what it is at each call, in a Module and in one's child."""
    x = numbers(device)
    inner = _Branches()
    for model in (inner, _Holder(inner)):
        for negates in (False, True, False):
            inner.negates = negates
            show(str(negates), model(x))


@case("between-calls/class-attribute-changed")
def class_attribute_is_changed(show, device):
    """An attribute of the class that forward reads is what it is at each call, until the instance has its own."""

    class Own(_Branches):
        pass

    model, x = Own(), numbers(device)
    show("before", model(x))
    Own.negates = True
    show("changed", model(x))
    model.negates = False
    show("instance's own", model(x))


@case("between-calls/str-attribute-changed")
def str_attribute_is_changed(show, device):
    """A str that forward chooses by is what it is at each call."""
    model, x = _Named(), numbers(device)
    for name in ("square", "negative", "square"):
        model.name = name
        show(name, model(x))


class _Named(Module):
    """What its input becomes by the function of a name."""

    name = "square"

    def forward(self, x):
        if self.name == "square":
            return x * x
        return -x


@case("between-calls/list-attribute-changed")
def list_attribute_is_changed(show, device):
    """A list that forward goes through is what it is at each call, if it is longer, changed or replaced."""
    model, x = _Offsets(), numbers(device)
    show("before", model(x))
    model.offsets.append(20)
    show("appended", model(x))
    model.offsets[0] = 30
    show("changed", model(x))
    model.offsets = [1]
    show("replaced", model(x))


class _Offsets(Module):
    """Its input plus all numbers of a list."""

    def __init__(self):
        super().__init__()
        self.offsets = [10]

    def forward(self, x):
        for offset in self.offsets:
            x = x + offset
        return x


@case("between-calls/dict-attribute-changed")
def dict_attribute_is_changed(show, device):
    """A dict that forward reads is what it is at each call, if a value changes or a key comes."""
    model, x = _Settings(), numbers(device)
    show("before", model(x))
    model.settings["factor"] = 5
    show("changed", model(x))
    model.settings["offset"] = 100
    show("a key more", model(x))


class _Settings(Module):
    """Its input times one setting and plus another, if there is any."""

    def __init__(self):
        super().__init__()
        self.settings = {"factor": 2}

    def forward(self, x):
        return self.settings["factor"] * x + self.settings.get("offset", 0)


@case("between-calls/function-attribute-replaced")
def function_attribute_is_replaced(show, device):
    """A function that is kept as an attribute is what it is at each call."""
    model, x = _Applies(torch.neg), numbers(device)
    show("before", model(x))
    model.function = torch.sign
    show("another of torch", model(x))
    model.function = lambda x: x + 100
    show("a function of one's own", model(x))


class _Applies(Module):
    """What a function makes of its input."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


@case("between-calls/attribute-set-late-and-deleted")
def attribute_is_set_late_and_deleted(show, device):
    """An attribute that forward asks for is found as soon as it is set, and not once it is deleted."""
    model, x = _AsksForAnOffset(), numbers(device)
    show("missing", model(x))
    model.offset = 100
    show("set", model(x))
    del model.offset
    show("deleted", model(x))


class _AsksForAnOffset(Module):
    """Its input plus an offset, if it has one."""

    def forward(self, x):
        return x + self.offset if hasattr(self, "offset") else x


@case("between-calls/counter-incremented-in-forward")
def counter_is_incremented_in_forward(show, device):
    """An int that forward increments counts the calls, in a Module and in one's child."""
    x = numbers(device)
    inner = _Counter()
    for model in (inner, _Holder(inner)):
        for _ in range(3):
            show("output and calls", model(x), inner.calls)


class _Counter(Module):
    """Adds how often it was called."""

    calls = 0

    def forward(self, x):
        self.calls += 1
        return x + self.calls


@case("between-calls/list-appended-to-in-forward")
def list_is_appended_to_in_forward(show, device):
    """A list that forward appends to has what each call appended."""
    model, x = _Keeps(), numbers(device)
    for factor in (1, 10, 100):
        show("sum so far", model(factor * x))
    show("kept", model.kept)


class _Keeps(Module):
    """The sum of all its inputs, which it keeps in a list."""

    def __init__(self):
        super().__init__()
        self.kept = []

    def forward(self, x):
        self.kept.append(x)
        return sum(self.kept)


@case("between-calls/method-that-changes-the-module")
def method_that_changes_the_module_is_called_in_forward(show, device):
    """What a method that forward calls changes of the Module is there after the call, and at the next."""
    model, x = _Advances(), numbers(device)
    for _ in range(3):
        show("output and step", model(x), model.step, model.history)


class _Advances(Module):
    """Its input times the number of the step."""

    def __init__(self):
        super().__init__()
        self.step = 0
        self.history = []

    def _advance(self):
        self.step += 1
        self.history = [*self.history, f"step {self.step}"]

    def forward(self, x):
        self._advance()
        return self.step * x


@case("between-calls/tensor-kept-in-an-attribute")
def tensor_is_kept_in_an_attribute(show, device):
    """A tensor that forward keeps as a plain attribute is that of the last call."""
    model, x = _KeepsTheLast(), numbers(device)
    for factor in (1, 10):
        model(factor * x)
        show("kept", model.last)


class _KeepsTheLast(Module):
    """Twice its input, which it keeps."""

    last = None

    def forward(self, x):
        self.last = 2 * x
        return self.last


@case("between-calls/global-variable-changed")
def global_variable_is_changed(show, device):
    """A global variable that forward reads is what it is at each call."""
    global _factor
    model, x = _TimesAGlobal(), numbers(device)
    try:
        for _factor in (2, 3, 5):
            show(str(_factor), model(x))
    finally:
        _factor = 2


class _TimesAGlobal(Module):
    """Its input times a variable of this file."""

    def forward(self, x):
        return _factor * x


@case("between-calls/closure-variable-changed")
def closure_variable_is_changed(show, device):
    """A variable of the function around it that forward reads is what it is at each call."""
    factor = 2

    class Own(Module):
        def forward(self, x):
            return factor * x

    model, x = Own(), numbers(device)
    show("2", model(x))
    factor = 3
    show("3", model(x))
