"""Which cases a run vouches for, and what else must be run after a change."""

import pytest

from conftest import RECORDED, make_golden, make_row
from module_drift.record.verified_cases import VerifiedCase
from module_drift.record.vouching import State, sound, stale, with_run, without_deleted

A, B, C = "demo/a", "demo/b", "demo/c"
OLD, NEW = make_row("1.4.0"), make_row("1.5.0")
SAID, SAID_SINCE_NEW, EDITED = "1.4.0:00000000", "1.4.0:00000000 1.5.0:11111111", "1.4.0:22222222"


def state(bound=(), only=(), **digests):
    """Cases by the last letter of their ids, each with the digest of its code, or those of code and goldens."""
    pairs = {f"demo/{id}": (one, SAID) if isinstance(one, str) else one for id, one in digests.items()}
    return State(pairs, dict(bound), dict(only))


def swept(before, runs, now, ran=None):
    """Return the tables after `runs` in which all that was stale matched."""
    rows, cases = before
    for run in runs:
        row = next((row for row in rows if row.key == run.key), None)
        todo = stale(row, cases, now) if row else list(now.now)
        believed = sound(rows, cases, now)
        rows, cases, after = with_run(rows, cases, now, run, todo if ran is None else ran, believed)
        assert after == sound(rows, cases, now)
    return rows, cases


def todo(tables, now):
    """Return the last letters of the ids of what is to be run of each run."""
    rows, cases = tables
    return ["".join(id[-1] for id in stale(row, cases, now)) for row in rows]


@pytest.fixture
def tables():
    return swept(([], {}), [OLD, NEW], state(a="1", b="1"))


def test_what_was_run_is_vouched_for(tables):
    rows, cases = tables
    assert todo(tables, state(a="1", b="1")) == ["", ""]
    assert [(row.cases, row.round) for row in rows] == [(2, 1), (2, 1)]
    assert cases == {A: VerifiedCase(A, "1", SAID, 1), B: VerifiedCase(B, "1", SAID, 1)}


@pytest.mark.parametrize(("only", "missing_on_meta"), [("cpu", ""), ("eager", "c")])
def test_a_case_that_is_not_run_everywhere_makes_no_other_run_stale(only, missing_on_meta):
    compiled, on_meta = make_row("1.5.0")._replace(mode="compile"), make_row("1.5.0")._replace(device="meta")
    tables = swept(([], {}), [NEW, compiled, on_meta], state(a="1"))
    now = state(only={C: only}, a="1", c="1")
    of = {row.mode + row.device: ids for row, ids in zip(tables[0], todo(tables, now))}
    assert of == {"eagercpu": "c", "compilecpu": "", "eagermeta": missing_on_meta}
    rows, cases = swept(tables, [NEW], now)
    assert {row.mode + row.device: row.cases for row in rows} == {"eagercpu": 2, "compilecpu": 1, "eagermeta": 1}
    assert cases[C].only == only
    assert [C for row in rows if cases[C].is_vouched_by(row)] == [C]
    opened = state(a="1", c="1")
    assert todo((rows, cases), opened) == ["" if row.run.own_place is None else "c" for row in rows]
    rows, cases = swept((rows, cases), [compiled], opened)
    assert [C for row in rows if cases[C].is_vouched_by(row)] == [C]
    assert swept((rows, cases), [NEW, on_meta], opened)[1][C].only == ""


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (state(a="1", b="1", c="1"), "c"),
        (state(a="2", b="1"), "a"),
        (state(a="2", b="2"), "ab"),
        (state(a="1", b=("1", EDITED)), "b"),
        (state(a="1"), ""),
    ],
)
def test_only_what_changed_is_to_be_run_and_until_then_on_each_release(tables, now, expected):
    assert todo(tables, now) == [expected, expected]
    half = swept(tables, [NEW], now)
    assert todo(half, now) == [expected, ""]
    whole = swept(half, [OLD], now)
    assert todo(whole, now) == ["", ""]
    assert len({(row.cases, row.round, row.digest) for row in whole[0]}) == 1


def test_what_was_accepted_for_one_run_is_run_again_there_alone(tables):
    now = state(a="1", b=("1", SAID_SINCE_NEW))
    assert todo(tables, now) == ["", "b"]
    accepted = swept(tables, [NEW], now)
    assert todo(accepted, now) == ["", ""]
    assert [row.round for row in accepted[0]] == [1, 1]
    assert accepted[1][B].goldens == SAID_SINCE_NEW


def test_what_changed_for_another_run_alone_is_run_again_there_and_nowhere_else():
    runs = [make_row(release) for release in ("1.4.0", "1.5.0", "1.6.0")]
    first = swept(([], {}), runs, state(a="1", b=("1", SAID_SINCE_NEW)))
    deleted = state(a="2", b="1")  # What the second and third showed of b is gone.
    assert todo(first, deleted) == ["a", "ab", "ab"]
    third = swept(first, runs[2:], deleted)
    assert todo(third, deleted) == ["a", "ab", ""]
    assert todo(swept(third, runs[:2], deleted), deleted) == ["", "", ""]


def test_two_changes_after_each_other_are_kept_apart(tables):
    first = swept(tables, [NEW], state(a="2", b="1"))
    second = swept(first, [NEW], state(a="2", b="2"))
    assert [row.round for row in second[0]] == [1, 3]
    assert [row.cases for row in second[0]] == [0, 2]
    assert todo(second, state(a="2", b="2")) == ["ab", ""]
    assert todo(swept(tables, [OLD], state(a="2", b="1")), state(a="2", b="2")) == ["b", "ab"]


def test_a_change_that_is_taken_back_before_it_ran_needs_no_run(tables):
    assert todo(tables, state(a="2", b="1")) == ["a", "a"]
    assert todo(tables, state(a="1", b="1")) == ["", ""]


def test_a_change_that_is_taken_back_after_it_ran_is_run_again(tables):
    there = swept(tables, [NEW], state(a="2", b="1"))
    assert todo(there, state(a="1", b="1")) == ["a", "a"]


def test_a_new_release_is_run_whole_and_stales_nothing(tables):
    rows, _ = swept(tables, [make_row("1.6.0")], state(a="1", b="1"))
    assert rows[:2] == tables[0]
    assert (rows[2].cases, rows[2].round) == (2, 1)


def test_a_run_that_says_the_same_keeps_its_date(tables):
    later = OLD._replace(date="2027-01-01")
    assert swept(tables, [later], state(a="1", b="1"), ran=[A, B])[0] == tables[0]
    changed = swept(tables, [later], state(a="2", b="1"))
    assert [row.date for row in changed[0]] == ["2027-01-01", NEW.date]


def test_branches_that_each_ran_something_else_are_not_believed_when_merged(tables):
    now = state(a="2", b="2")
    ours = swept(tables, [OLD], state(a="2", b="1"))
    theirs = swept(tables, [NEW], state(a="1", b="2"))
    merged = [ours[0][0], theirs[0][1]], {A: ours[1][A], B: theirs[1][B]}
    assert todo(merged, now) == ["ab", "ab"]
    assert todo(swept(merged, [OLD, NEW], now), now) == ["", ""]


def test_what_another_branch_accepted_for_a_run_in_between_is_not_believed_when_merged(tables):
    theirs = swept(tables, [make_row("1.6.1")], state(a="1", b="1"))
    ours = swept(tables, [make_row("1.6.0")], state(a="1", b=("1", f"{SAID} 1.6.0:11111111")))
    merged = [*tables[0], ours[0][2], theirs[0][2]], ours[1]
    assert todo(merged, state(a="1", b=("1", f"{SAID} 1.6.0:11111111"))) == ["", "", "", "ab"]


def test_branches_that_each_ran_all_of_their_own_are_believed_when_merged(tables):
    ours = swept(tables, [OLD, NEW], state(a="2", b="1", c="1"))
    _, cases = swept(tables, [OLD, NEW], state(a="1", b="1", c="1"))
    assert todo((ours[0], {**cases, A: ours[1][A]}), state(a="2", b="1", c="1")) == ["", ""]


def test_a_row_that_was_edited_vouches_for_nothing(tables):
    rows, cases = tables
    edited = [rows[0]._replace(round=7, digest="f" * 16), rows[1]]
    assert todo((edited, cases), state(a="1", b="1")) == ["ab", ""]
    assert todo((rows, {A: cases[A]}), state(a="1", b="1")) == ["ab", "ab"]


def test_a_deleted_case_is_forgotten_and_the_rest_stays_verified(tables):
    rows, cases = without_deleted(*tables, state(b="1"))
    assert list(cases) == [B]
    assert [row.cases for row in rows] == [1, 1]
    assert todo((rows, cases), state(b="1")) == ["", ""]
    assert todo((rows, cases), state(a="1", b="1")) == ["a", "a"]


def test_a_case_that_is_bound_to_another_platform_is_neither_to_be_run_nor_counted():
    here = make_golden("a", recorded={**RECORDED, "platform": OLD.platform})
    there = make_golden("a", recorded={**RECORDED, "platform": "linux-x86_64-intel"})
    on_ours, on_theirs = state({A: [here]}, a="1", b="1"), state({A: [there]}, a="1", b="1")
    tables = swept(([], {}), [OLD], on_ours)
    assert tables[0][0].cases == 2
    assert todo(tables, on_ours) == [""]
    assert todo(tables, state({A: [here]}, a="2", b="1")) == ["a"]
    assert todo(tables, on_theirs) == [""]
    (row,), _ = swept(([], {}), [OLD], on_theirs, ran=[B])
    assert row.cases == 1
