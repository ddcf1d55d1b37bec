"""Calls that differ in what they are given: shapes, dtypes, keywords, None, and in what they return."""

import collections

import torch
from torch.nn import Module

from module_drift.case import case

from .models import Scaled, numbers

_Products = collections.namedtuple("_Products", ["two", "three"])


@case("between-calls/input-of-another-shape")
def input_has_another_shape(show, device):
    """An input of another shape or number of dimensions is computed with as it is."""
    model = Scaled(device)
    for shape in [(2,), (3,), (2, 2), (), (0,)]:
        show(str(shape), model(torch.ones(shape, device=device)).detach())


@case("between-calls/shape-read-in-forward")
def shape_is_read_in_forward(show, device):
    """A size that forward reads of its input is that of the input of each call."""
    model = _AddsItsSize()
    for size in (2, 3, 5, 1):
        show(str(size), model(torch.ones(size, device=device)))


class _AddsItsSize(Module):
    """Its input plus the number of elements in it."""

    def forward(self, x):
        return x + x.shape[0]


@case("between-calls/input-of-another-dtype")
def input_has_another_dtype(show, device):
    """An input of another dtype is computed with as it is."""
    model = _Doubles()
    for dtype in (torch.float32, torch.float64, torch.int64, torch.float32):
        show("output", model(torch.tensor([1, 2], dtype=dtype, device=device)))


class _Doubles(Module):
    """Twice its input."""

    def forward(self, x):
        return 2 * x


class _Offset(Module):
    """Its input plus an offset, if it is given one, and negated if it is told so."""

    def forward(self, x, offset=None, negates=False):
        if offset is not None:
            x = x + offset
        return -x if negates else x


@case("between-calls/keywords-and-positions")
def arguments_are_given_by_keyword_or_position(show, device):
    """An argument has the same effect by keyword as by position, whatever the call before had."""
    model, x = _Offset(), numbers(device)
    show("x alone", model(x))
    show("by position", model(x, 10))
    show("by keyword", model(x, offset=20))
    show("all by keyword", model(negates=True, offset=30, x=x))
    show("x alone again", model(x))


@case("between-calls/none-or-a-tensor")
def argument_is_none_or_a_tensor(show, device):
    """An argument that is None in one call and a tensor in another is what it is in each."""
    model, x = _Offset(), numbers(device)
    for offset in (None, 10 * x, None):
        show("None" if offset is None else "tensor", model(x, offset))


@case("between-calls/number-argument-changed")
def number_argument_is_changed(show, device):
    """A number that is given as an argument is what it is in each call."""
    model, x = _Offset(), numbers(device)
    for offset in (1, 2, 0.5, 3):
        show(str(offset), model(x, offset))


@case("between-calls/bool-argument-changed")
def bool_argument_is_changed(show, device):
    """A bool that is given as an argument is what it is in each call."""
    model, x = _Offset(), numbers(device)
    for negates in (False, True, False):
        show(str(negates), model(x, negates=negates))


@case("between-calls/list-of-tensors-as-input")
def input_is_a_list_of_tensors(show, device):
    """A list, a tuple or a dict of tensors that is given as input is gone through as it is in each call."""
    model, x = _SumOf(), numbers(device)
    show("one", model([x]))
    show("three", model([x, x, x]))
    show("tuple of two", model((x, x)))
    show("values of a dict", model({"a": x, "b": 10 * x}.values()))


class _SumOf(Module):
    """The sum of what it is given."""

    def forward(self, tensors):
        total = 0
        for tensor in tensors:
            total = total + tensor
        return total


@case("between-calls/input-changed-in-place-in-forward")
def input_is_changed_in_place(show, device):
    """An input that forward changes in place is changed once by every call, and is what is returned."""
    model, x = _AddsInPlace(), numbers(device)
    for _ in range(2):
        output = model(x)
        show("input", x, output is x)


class _AddsInPlace(Module):
    """Its input, to which it adds one."""

    def forward(self, x):
        return x.add_(1)


@case("between-calls/tensor-twice-as-input")
def input_is_one_tensor_twice_or_two(show, device):
    """Two inputs may be one tensor in a call and two tensors in the next."""
    model, x = _Difference(), numbers(device)
    show("one tensor", model(x, x))
    show("two tensors", model(x, 10 * x))
    show("one tensor again", model(x, x))


class _Difference(Module):
    """Its second input minus its first, and whether they are one tensor."""

    def forward(self, x, y):
        return y - x, x is y


@case("between-calls/output-of-another-kind")
def output_is_of_another_kind(show, device):
    """What forward packs its outputs in is what each call returns: a tuple, list, dict or namedtuple, or None."""
    model, x = _Packs(), numbers(device)
    for pack in (_tuple, _list, _dict, _Products, _nothing):
        model.pack = pack
        packed = model(x)
        show(type(packed).__name__, list(packed.values()) if pack is _dict else packed and list(packed))


def _tuple(two, three):
    return two, three


def _list(two, three):
    return [two, three]


def _dict(two, three):
    return {"two": two, "three": three}


def _nothing(two, three):
    return None


class _Packs(Module):
    """Two products of its input, packed as it is told to."""

    pack = None

    def forward(self, x):
        return self.pack(2 * x, 3 * x)


@case("between-calls/output-is-the-input")
def output_is_the_input(show, device):
    """A Module that returns its input, or a parameter, returns that very tensor in every call."""
    model, x = _ReturnsIt(device), numbers(device)
    for _ in range(2):
        output, weight = model(x)
        show("the same", output is x, weight is model.weight)


class _ReturnsIt(Scaled):
    """Its input as it is, and the weight."""

    def forward(self, x):
        return x, self.weight


@case("between-calls/value-decides-in-forward")
def value_of_the_input_decides(show, device):
    """A branch that the values of the input decide on is decided anew in each call."""
    model, x = _Magnitude(), numbers(device)
    for factor in (1, -1, 1):
        show("output", model(factor * x))


class _Magnitude(Module):
    """Its input, negated and plus ten if its sum is below zero."""

    def forward(self, x):
        if x.sum().item() < 0:
            return 10 - x
        return x


@case("between-calls/forward-called-directly")
def forward_is_called_directly(show, device):
    """Forward that is called directly between two calls computes the same, and runs no hook."""
    model, x, log = Scaled(device), numbers(device), []
    model.register_forward_hook(lambda module, inputs, output: log.append("hook"))
    show("call", model(x).detach(), log)
    show("forward", model.forward(x).detach(), log)
    show("call", model(x).detach(), log)


@case("between-calls/calls-itself")
def module_calls_itself(show, device):
    """A Module that calls itself within forward does so as often as it is told in each call."""
    model, x = _Recursive(), numbers(device)
    for depth in (0, 2, 1):
        show(str(depth), model(x, depth))


class _Recursive(Module):
    """Its input doubled, and doubled again for each step of depth."""

    def forward(self, x, depth):
        return 2 * x if depth == 0 else 2 * self(x, depth - 1)
