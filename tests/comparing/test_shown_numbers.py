"""Numbers in print: whichever format torch chooses for them, they are judged as the numbers that they are."""

import math
import time

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from module_drift.comparing.compare import compare, outline
from module_drift.comparing.differences import differences
from module_drift.comparing.observation import Observation
from module_drift.observing.observe import Show

ANY_TIME = settings(deadline=None)

BITS = {
    torch.float16: torch.int16,
    torch.bfloat16: torch.int16,
    torch.float32: torch.int32,
    torch.float64: torch.int64,
}


def shown(*values, label="x"):
    show = Show(torch.device("cpu"))
    show(label, *values)
    return Observation("".join(show.lines), show.numbers)


def stepped(tensor, steps):
    """Return `tensor` with each element moved by so many units in the last place, away from zero; not where it is 0."""
    if tensor.is_complex():
        return torch.view_as_complex(stepped(torch.view_as_real(tensor), steps))
    moved = (tensor.detach().contiguous().view(BITS[tensor.dtype]) + steps).view(tensor.dtype)
    return torch.where((tensor != 0) & tensor.isfinite() & moved.isfinite(), moved, tensor)


def is_drift(old, new):
    """Return whether there is one, which must not depend on the direction."""
    there, back = compare(old, new), compare(new, old)
    assert bool(there) == bool(back)
    assert there or outline(old) == outline(new)
    return bool(there)


magnitudes = st.sampled_from([0, 0, 1, 3, -3, 6, -6, 12, -30])
shapes = st.lists(st.integers(0, 8), max_size=3) | st.sampled_from([[1001], [1200, 2], [7, 200], [9, 12, 12], [40]])
any_dtype = st.sampled_from([*BITS, torch.complex64, torch.complex128])
float32 = st.just(torch.float32)
steps = st.sampled_from([-1, 0, 1])


@st.composite
def tensors(draw, dtypes):
    """Draw a tensor, of whole numbers or not, of one magnitude or of several, with or without what is not finite."""
    shape, dtype = draw(shapes), draw(dtypes)
    random = torch.Generator().manual_seed(draw(st.integers(0, 2**32)))
    parts = [*shape, 2] if dtype.is_complex else shape
    tensor = torch.randn(parts, generator=random, dtype=torch.float64) * 10.0 ** draw(magnitudes)
    if draw(st.booleans()):
        tensor *= 10.0 ** torch.randint(-4, 5, parts, generator=random)
    if draw(st.booleans()):
        tensor = tensor.round()
    if draw(st.booleans()):
        among = torch.tensor([torch.nan, torch.inf, -torch.inf, 0.0, -0.0], dtype=torch.float64)
        others = among[torch.randint(0, 5, parts, generator=random)]
        tensor = torch.where(torch.rand(parts, generator=random) < 0.1, others, tensor)
    if dtype.is_complex:
        tensor = torch.view_as_complex(tensor)
    return tensor.to(dtype)


@ANY_TIME
@given(tensors(any_dtype), steps, st.data())
def test_a_tensor_whose_elements_move_by_a_unit_in_the_last_place_is_no_drift(tensor, step, data):
    which = torch.Generator().manual_seed(data.draw(st.integers(0, 2**32)))
    moved = stepped(tensor, step)
    if data.draw(st.booleans()):
        moved = torch.where(torch.rand(tensor.shape, generator=which) < 0.5, moved, tensor)
    assert not is_drift(shown(tensor), shown(moved))


@ANY_TIME
@given(tensors(float32), st.data())
def test_an_element_that_moves_by_more_is_a_drift_wherever_it_is(tensor, data):
    finite = (tensor.isfinite() & (tensor != 0)).flatten().nonzero().flatten().tolist()
    if not finite:
        return
    moved = tensor.clone().flatten()
    at = data.draw(st.sampled_from(finite))
    moved[at] = stepped(moved[at : at + 1], data.draw(st.sampled_from([20, 2**20])))[0]
    moved = stepped(moved.reshape(tensor.shape), data.draw(steps))
    assert is_drift(shown(tensor), shown(moved))


@ANY_TIME
@given(tensors(float32), tensors(float32))
def test_a_text_that_does_not_show_the_numbers_is_held_against_the_other_as_text(tensor, other):
    old, new = shown(tensor), shown(other)
    assert is_drift(Observation(old.printed, old.numbers), Observation(new.printed, old.numbers)) == is_drift(
        Observation(old.printed), Observation(new.printed)
    )


def test_as_a_tensor_all_of_it_is_printed_in_another_format():
    whole, moved = torch.tensor(125.0), torch.tensor(125.00001)
    assert [shown(one).printed for one in (whole, moved)] == ["x tensor(125.)\n", "x tensor(125.0000)\n"]
    assert not is_drift(shown(whole), shown(moved))


def parameter(*values):
    return torch.nn.Parameter(torch.tensor(values))


class OfItsOwnTensor(torch.Tensor):
    pass


def of_its_own(*values):
    return torch.tensor(values).as_subclass(OfItsOwnTensor)


W = 2011.7975
"""Printed as 2011.7975, and as 2011.7970 where it moves by four units of its last place."""

ONE = 1.0000001


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([torch.tensor(W)], [torch.tensor(W - 4 * 2.0**-13)]),
        ([parameter(1.0, 2.0)], [parameter(ONE, 2.0)]),
        ([of_its_own(1.0, 2.0)], [of_its_own(ONE, 2.0)]),
        ([[torch.tensor([1.0]), "0.5", torch.tensor(3)]], [[torch.tensor([ONE]), "0.5", torch.tensor(3)]]),
        ([{1.0: 1.0, 2: torch.ones(2)}], [{1.0: 1.0, 2: torch.tensor([ONE, 1.0])}]),
        ([{0.1235: 0.1235}], [{0.1235: 0.12350000000000001}]),
        ([{"rate": 1e-05, "size": 2}], [{"rate": 1.0000000000000003e-05, "size": 2}]),
        ([[1e16, 0.5]], [[1.0000000000000002e16, 0.5]]),
        ([torch.ones(1, 2).double()], [stepped(torch.ones(1, 2).double(), 2)]),
        ([torch.tensor([1e8, -1e8])], [torch.tensor([1e8 + 8, -1e8])]),
        ([torch.tensor([1000.0, 1.0])], [torch.tensor([1000.0001, 1.0])]),
        ([torch.tensor(16777216.0)], [torch.tensor(16777218.0)]),
        # So long a line that torch breaks it before its end.
        ([(parameter(*[10.0] * 12) * 2,)], [(parameter(*[10.00001] * 12) * 2,)]),
    ],
)
def test_a_number_is_judged_as_one_whatever_it_is_in(old, new):
    assert compare(Observation(shown(*old).printed), Observation(shown(*new).printed))
    assert not is_drift(shown(*old), shown(*new))


@pytest.mark.parametrize(
    ("old", "new", "numbers"),
    [
        ("tensor(3)", "tensor(3.)", [3, 3.0]),
        ("tensor([1., 2.])", "tensor([[1., 2.]])", [[1.0, 2.0], [[1.0, 2.0]]]),
        ("tensor([1., 2.])", "tensor([[1.0000, 2.0000]])", [[1.0, 2.0], [[ONE, 2.0]]]),
        ("tensor([1., 2.])", "tensor([[1.0000, 2.0000]])", [[1.0, 2.0], [ONE, 2.0]]),
        ("tensor([1., 2.])", "tensor([1.0000 2.0000])", [[1.0, 2.0], [ONE, 2.0]]),
        ("tensor([1., 2.])", "tensor([1.,  2.])", [[1.0, 2.0], [ONE, 2.0]]),
        ("tensor([1., 2.])", "tensor([1.0\n000, 2.0000])", [[1.0, 2.0], [ONE, 2.0]]),
        ("tensor([1., 2.])", "tensor([1.0000, 2.0000] )", [[1.0, 2.0], [ONE, 2.0]]),
        ("tensor([1., 2.])", "tensor([1., 3.])", [[1.0, 2.0], [ONE, 2.0]]),
        ("tensor(1.)", "tensor(1.0000, dtype=torch.float64)", [1.0, ONE]),
        ("tensor(1., grad_fn=<A0>)", "tensor(1.0000, grad_fn=<B0>)", [1.0, ONE]),
        ("tensor(1., grad_fn=<A0>)", "tensor(1.0000)", [1.0, ONE]),
        ("tensor([-0., 1.])", "tensor([0., 1.])", [[-0.0, 1.0], [0.0, 1.0]]),
        ("tensor([-0., 1.])", "tensor([0.0000, 1.0000])", [[-0.0, 1.0], [0.0, ONE]]),
        ("tensor([nan, 1.])", "tensor([inf, 1.0000])", [[1.0, 1.0], [1.0, ONE]]),
        ("tensor(1.)", "tensor(1.0000)", [True, True]),
        ("tensor(1.)", "tensor(1.0000)", [1, 1]),
        ("tensor(1.)", "tensor(1.0001)", [1.0, ONE]),
        ("tensor(1.)", "tensor(1.0000)", [2.0, 2.0]),
        ("data(1.0)", "data(1.1)", [1.0, ONE]),
        ("data(1.)", "data(1.0000)", [1.0, ONE]),
        ("1.", "1.0000", [1.0, ONE]),
        ("0.1235", "0.12350000000000001", [0.1235, 0.1236]),
        ("{0.1235: 0.1235}", "{0.12350000000000001: 0.1235}", [0.1235, 0.1235]),
        ("a tensor(1.)", "a  tensor(1.0000)", [1.0, ONE]),
        ("tensor(1.) a", "tensor(1.0000) b", [1.0, ONE]),
        ("1.0\ny tensor(1.)", "1.0\ny tensor(1.0000)", [1.0, 1.0]),
    ],
)
def test_what_is_more_than_a_format_is_a_drift(old, new, numbers):
    before, after = (Observation(f"x {text}\n", [["x", value]]) for text, value in zip((old, new), numbers))
    assert is_drift(before, after)


def test_numbers_are_found_where_a_label_is_shown_again_or_without_any():
    def observed(value):
        show = Show(torch.device("cpu"))
        show("step", "begins")
        for i in range(3):
            show("step", i)
            show("step", math.nan)
            show("step", torch.full([30], value + i))
            show("step of", torch.tensor(value), i)
            show("step", "0.5 done")
        return Observation("".join(show.lines), show.numbers)

    assert not is_drift(observed(1.0), observed(ONE))
    assert is_drift(observed(1.0), observed(1.00001))


def test_only_what_moved_is_reported():
    old = shown(torch.tensor([1.0, 2.0]), torch.tensor(3.0))
    new = shown(torch.tensor([ONE, 2.0]), torch.tensor(3.5))
    assert list(differences(compare(old, new))) == [
        "printed:",
        "  @@ -1 +1 @@",
        "  -x tensor([1., 2.]) tensor(3.)",
        "  +x tensor([1., 2.]) tensor(3.5000)",
        "numbers:",
        "  x[1]: 3.0 -> 3.5  (+0.5, relative 1.7e-01)",
    ]


@pytest.mark.parametrize(
    "made",
    [
        lambda n, x: ("x " + f"tensor({x}) " * n, [["x", [1.0] * n]]),
        lambda n, x: (f"x tensor({x})\n" * n, [["x", 1.0]] * n),
        lambda n, x: (f"x tensor({x})\n" * n, [["x", 2.0]] * n),
        lambda n, x: ("x " + "tensor(2.) " * n + f"tensor({x})", [["x", [1.0] * n]]),
        lambda n, x: ("x " + f"tensor({x}, " * n, [["x", [1.0] * n]]),
        lambda n, x: ("x " + "tensor([" * n + f"tensor({x})", [["x", [1.0] * n]]),
        lambda n, x: ("x tensor(" + "[" * n + f"tensor({x})", [["x", [1.0] * n]]),
        lambda n, x: ("x tensor(" + "[" * n + f"{x}" + "]" * n + ")", [["x", [1.0] * n]]),
        lambda n, x: (f"x tensor([{f'{x}, ' * n}{x}])", [["x", [1.0] * n]]),
        lambda n, x: ("".join(f"{i} tensor({x})\n" for i in range(n)), [[str(i), 1.0] for i in range(n)]),
        lambda n, x: ("x " + "1.5 " * n + f"tensor({x})", [["x", [1.0] * n]]),
        lambda n, x: (f"x tensor({x}{'0' * n})", [["x", 1.0]]),
    ],
)
def test_the_time_to_find_numbers_is_linear(made):
    def seconds(size):
        old, new = (Observation(*made(size, x)) for x in ("1.", "1.0000"))
        started = time.process_time()
        compare(old, new)
        return time.process_time() - started

    assert seconds(50_000) < 120 * max(seconds(2_500), 0.05)
