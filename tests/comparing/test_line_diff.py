"""Differences of lines: right, like difflib's where these are cheap, and never of a quadratic time."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from module_drift.comparing import line_diff
from module_drift.comparing.line_diff import LONGEST, MOST_LINES, steps, unified

few = st.lists(st.sampled_from(["a", "b", "c", "d 1", "d 2"]), max_size=15)


def many(draw):
    """Draw some hundreds of lines, some of them alike."""
    return [str(draw.randrange(400)) for _ in range(draw.randrange(200, 500))]


def check(old, new):
    """Assert that the steps lead from `old` to `new`, through all of both."""
    found = steps(old, new)
    a = c = 0
    for step in found:
        assert (step.a, step.c) == (a, c)
        a, c = step.b, step.d
        if step.is_equal:
            assert old[step.a : step.b] == new[step.c : step.d]
            assert step.b > step.a
        else:
            assert step.b > step.a or step.d > step.c
    assert (a, c) == (len(old), len(new))
    assert all(one.is_equal != two.is_equal for one, two in zip(found, found[1:]))
    return found


@given(few, few)
def test_the_steps_lead_from_old_to_new(old, new):
    check(old, new)


@pytest.mark.parametrize("seed", range(20))
def test_so_they_do_in_long_lists(seed):
    draw = random.Random(seed)
    check(many(draw), many(draw))


@pytest.mark.parametrize("seed", range(20))
def test_what_did_not_change_in_a_long_list_is_found(seed):
    draw = random.Random(seed)
    old = [f"{i} {text}" for i, text in enumerate(many(draw))]
    new = list(old)
    for edit in range(4):
        at = draw.randrange(len(new))
        kind = draw.randrange(3)
        new[at : at + (kind > 0)] = [f"new {edit}"] if kind < 2 else []
    equal = sum(step.b - step.a for step in check(old, new) if step.is_equal)
    assert equal >= len(old) - 4


@given(few, few)
def test_a_difference_leads_from_old_to_new(old, new):
    ours = list(unified(old, new))
    assert rebuilt(old, ours) == new
    assert bool(ours) == (old != new)


def rebuilt(old, difference):
    """Return the new lines, by applying `difference` to the old ones as `patch` does."""
    new, at = [], 0
    for line in difference:
        if line.startswith("@@"):
            start, _, length = line.split()[1][1:].partition(",")
            start = int(start) - (length != "0")
            new += old[at:start]
            at = start
        elif line[0] == "+":
            new.append(line[1:])
        else:
            assert old[at] == line[1:]
            if line[0] == " ":
                new.append(line[1:])
            at += 1
    return new + old[at:]


def test_a_difference_has_two_lines_around_it():
    old = [str(i) for i in range(20)]
    new = ["0", *old[1:5], "new", *old[6:]]
    assert list(unified(old, new)) == ["@@ -4,5 +4,5 @@", " 3", " 4", "-5", "+new", " 6", " 7"]


def test_a_long_difference_is_cut_and_says_so():
    shown = list(unified([], [str(i) for i in range(1000)]))
    assert len(shown) == MOST_LINES + 1
    assert shown[-1] == f"and {1001 - MOST_LINES} more lines"
    (_, long) = unified([], ["x" * (LONGEST + 5)])
    assert long.endswith("… and 6 more characters")


@pytest.mark.parametrize(
    "make",
    [
        lambda n: (["same"] * n, ["same"] * (n - 1)),
        lambda n: (["same"] * n, ["other"] * n),
        lambda n: ([f"{i % 50}" for i in range(n)], [f"{i % 49}" for i in range(n)]),
        lambda n: ([f"{i}" for i in range(n)], [f"{n - i}" for i in range(n)]),
        lambda n: ([f"{i}" for i in range(n)], [f"{i}" for i in range(0, n, 2)]),
        lambda n: ([f"{i}" for i in range(n)], [f"{i}" if i % 3 else "x" for i in range(n)]),
        lambda n: ([], [f"{i}" for i in range(n)]),
    ],
)
def test_the_time_is_linear_in_the_lines(make):
    def seconds(size):
        old, new = make(size)
        started = time.process_time()
        list(unified(old, new))
        return time.process_time() - started

    assert seconds(50_000) < 120 * max(seconds(2_500), 0.005)
    assert line_diff.steps(["a"], ["a"]) == [(True, 0, 1, 0, 1)]
