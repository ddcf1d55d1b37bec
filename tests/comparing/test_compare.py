"""Comparing observations: what is a drift, and what is only rounding."""

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from module_drift.comparing.compare import compare, last_place, outline, same_text
from module_drift.comparing.differences import differences
from module_drift.comparing.observation import Observation


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x tensor(0.6000)", "x tensor(0.6001)"),  # The value lies on the edge between the two.
        ("x tensor(0.9999)", "x tensor(1.0000)"),
        ("x tensor(1.0000e-08)", "x tensor(1.0001e-08)"),
        ("x tensor(-0.0000)", "x tensor(0.0000)"),
        ("grad(4.828313827514648)", "grad(4.828314304351807)"),  # The next float32.
        ("grad(0.1)", "grad(0.10000000000000002)"),  # The next but one float64.
    ],
)
def test_rounding_is_no_drift(old, new):
    assert same_text(old, new)
    assert same_text(new, old)
    assert not compare(Observation(printed=old), Observation(printed=new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x tensor(0.6000)", "x tensor(0.6002)"),
        ("x tensor(0.6000)", "x  tensor(0.6000)"),
        ("x tensor(0.6000)", "x tensor(0.600)"),
        ("x tensor(1.)", "x tensor(1.0000)"),
        ("x tensor(2.)", "x tensor(3.)"),
        ("x tensor(0.)", "x tensor(-0.)"),
        ("data(1.0)", "data(1.1)"),
        ("data(1.0)", "data(2.0)"),
        ("grad(4.828313827514648)", "grad(4.828413827514648)"),
        ("grad(4.8283)", "grad(4.828313827514648)"),
        ("x tensor(1.0000e-08)", "x tensor(1.0000e-07)"),
        ("<LogBackward0>", "<LogBackward1>"),
        ("<LogBackward>", "<LogBackward0>"),
        ("(0): ReLU()", "(1): ReLU()"),
        ("3 items", "4 items"),
        ("tensor(nan)", "tensor(0.1000)"),
        ("a\nb", "a\nb\n\n"),
        ("", "\n"),
        ("a\nb", "a\rb"),
        ("a\nb", "a\x85b"),
        ("x 1.0000e+400", "x 2.0000e+400"),
        ("x 0.0000e+400", "x 1.0000e+400"),
    ],
)
def test_what_is_more_than_rounding_is_a_drift(old, new):
    assert not same_text(old, new)
    assert compare(Observation(printed=old), Observation(printed=new))


def test_only_lines_that_differ_are_reported():
    old = "same 0.5000\ngone\nmoved tensor(0.1000)\nlast\n"
    new = "same 0.5001\nmoved tensor(0.1005)\nlast\n"
    before, after = compare(Observation(printed=old), Observation(printed=new)).printed
    assert before == ["same 0.5000", "gone", "moved tensor(0.1000)", "last"]
    assert after == ["same 0.5000", "moved tensor(0.1005)", "last"]


def moved(old, new):
    return compare(Observation(numbers=old), Observation(numbers=new)).moved


def float32_after(value, steps):
    return value + steps * last_place(value, 24)


def test_numbers_may_move_by_ten_units_in_the_last_place():
    assert last_place(1.0, 24) == 2.0**-23
    assert last_place(0.999, 24) == 2.0**-24
    assert last_place(2.0**-149, 24) == 2.0**-149
    assert not moved([["x", 1.0]], [["x", float32_after(1.0, 10)]])
    (one,) = moved([["x", 1.0]], [["x", float32_after(1.0, 11)]])
    assert one.where == "x"
    assert (one.old, one.new) == (1.0, float32_after(1.0, 11))


def test_the_tolerance_is_that_of_the_dtype():
    step = 20 * last_place(1.0, 53)
    assert moved([["x", 1.0, "float64"]], [["x", 1.0 + step, "float64"]])
    assert not moved([["x", 1.0, "float64"]], [["x", 1.0 + step / 4, "float64"]])
    assert not moved([["x", 1.0, "bfloat16"]], [["x", 1.0 + 2.0**-7, "bfloat16"]])
    # Python's own floats: single precision only if both could have come from a float32.
    assert not moved([["x", 0.5]], [["x", 0.5 + 2.0**-24]])
    assert moved([["x", 0.1]], [["x", 0.1 + 2.0**-24]])
    assert moved([["x", 1e300]], [["x", 1.1e300]])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([["x", 1.0]], []),
        ([], [["x", 1.0]]),
        ([["x", 1.0]], [["y", 1.0]]),
        ([["x", 1.0]], [["x", 1]]),
        ([["x", 1.0]], [["x", [1.0]]]),
        ([["x", [1.0, 2.0]]], [["x", [[1.0, 2.0]]]]),
        ([["x", [1.0, 2.0]]], [["x", [1.0]]]),
        ([["x", []]], []),
        ([["x", 1.0]], [["x", 1.0, "float64"]]),
        ([["x", [1.0, 1], ["float32", "int64"]]], [["x", [1.0, 1], ["float64", "int64"]]]),
        ([["x", 1, "int64"]], [["x", 2, "int64"]]),
        ([["x", True, "bool"]], [["x", 1, "bool"]]),
        ([["x", 1.0]], [["x", math.nan]]),
        ([["x", math.inf]], [["x", -math.inf]]),
        ([["x", 0.0]], [["x", 1e-12]]),
        ([["x", 1.0], ["x", 2.0]], [["x", 2.0], ["x", 1.0]]),
        ([["x", [1.0]], ["x[0]", 2.0]], [["x[0]", 2.0]]),
        ([["x", 1.0], ["x", 2.0], ["x #2", 3.0]], [["x", 1.0], ["x #2", 3.0]]),
        ([["x", 1.0, "float8_e5m2"]], [["x", 1.25, "float8_e5m2"]]),
    ],
)
def test_a_number_that_comes_goes_or_changes_its_kind_is_a_drift(old, new):
    assert moved(old, new)
    assert moved(new, old)


def test_nan_equals_nan_and_infinity_itself():
    numbers = [["x", [math.nan, math.inf, -math.inf]]]
    assert not moved(numbers, [["x", [math.nan, math.inf, -math.inf]]])
    assert not moved([["x", 1.0, "float32"]], [["x", 1.0]])


def test_warnings_are_compared_exactly_and_in_order():
    drift = compare(Observation(warned=["A: 1", "A: 1", "B: 2"]), Observation(warned=["A: 1", "C: 3"]))
    assert drift.warnings_gone == ["A: 1", "B: 2"]
    assert drift.warnings_new == ["C: 3"]
    assert not drift.warnings_reordered
    assert compare(Observation(warned=["A: 1", "B: 2"]), Observation(warned=["B: 2", "A: 1"])).warnings_reordered


def test_exceptions_and_absence_are_compared_exactly():
    assert compare(Observation(raised="A: 0.1000"), Observation(raised="A: 0.1001")).raised == (
        "A: 0.1000",
        "A: 0.1001",
    )
    assert compare(Observation(absent="torch.x"), Observation()).absent == ("torch.x", None)
    assert not compare(Observation(raised="A: 1"), Observation(raised="A: 1"))


observations = st.builds(
    Observation,
    printed=st.lists(st.sampled_from(["a", "x 0.5000", "x 0.5001", "x 0.5002", "y 0.25", "y 1.", ""]), max_size=4).map(
        "\n".join
    ),
    numbers=st.lists(st.tuples(st.sampled_from("xy"), st.sampled_from([1, 1.0, [], [1.0]])).map(list), max_size=2),
    warned=st.lists(st.just("A: 1"), max_size=1),
    raised=st.sampled_from([None, "A: 1"]),
)


@given(observations, observations)
def test_what_is_equal_has_one_outline(one, two):
    if not compare(one, two):
        assert outline(one) == outline(two)


@given(observations, observations)
def test_lines_are_equal_if_each_is(one, two):
    old, new = (text.printed.split("\n") for text in (one, two))
    equal = len(old) == len(new) and all(map(same_text, old, new))
    assert not equal or not compare(Observation(one.printed), Observation(two.printed))


@pytest.mark.parametrize(
    "pair",
    [
        lambda n: ([f"x {i}.1234" for i in range(n)], [f"x {i}.1235" for i in range(n)]),
        lambda n: ([f"x {i}.1234" for i in range(n)], [f"x {i}.1234" for i in range(1, n)]),
        lambda n: ([f"x {i}.1234" for i in range(n)], [f"x {n - i}.5" for i in range(n)]),
        lambda n: (["same"] * n, ["other"] * n),
        lambda n: (["same", "line"] * n, ["line", "same"] * n),
        lambda n: (["x 0.5"], ["x 0.5"] * n),
        lambda n: (["1" * n], [f"{'1' * n}."]),
        lambda n: (["1" * n + ".5"], ["1" * n + ".6"]),
        lambda n: (["1." + "1" * n], ["1." + "1" * n + "x"]),
        lambda n: (["1.5e" + "1" * n], ["1.5e" + "1" * n + "."]),
        lambda n: (["-1.5" * n], ["-1.5-" * n]),
        lambda n: ([" 1.5" * n], [" 1.6" * n]),
    ],
)
def test_the_time_to_compare_and_to_report_is_linear(pair):
    def seconds(size):
        old, new = (Observation("\n".join(lines)) for lines in pair(size))
        started = time.process_time()
        drift = compare(old, new)
        list(differences(drift))
        return time.process_time() - started

    assert seconds(100_000) < 120 * max(seconds(5_000), 0.05)
