"""What an upgrade changes, from small histories."""

import pytest

from conftest import make_golden
from module_drift.asking.between import between
from module_drift.common import files
from module_drift.record.release import Release, Run

CASE = "demo/ratio"
CAUSES = """\
[first]
since = "1.5.0"
kind = "reworded"
what = "First."
evidence = ["https://example.org/1"]

[second]
since = "1.6.0"
kind = "changed"
what = "Second."
evidence = ["https://example.org/2"]

[third]
since = "1.7.0"
kind = "changed"
what = "Third."
evidence = ["https://example.org/3"]
"""


@pytest.fixture
def ask(record, write_golden):
    """Return a function that writes goldens of one case and says what changes between two releases."""

    def between_releases(old, new, *goldens, device="cpu"):
        files.replace(record.folder / "causes.toml", CAUSES)
        for golden in goldens:
            write_golden(CASE, golden)
        old, new = (Run(Release.parse(release), device) for release in (old, new))
        return between(record, [CASE], old, new)

    return between_releases


def texts(changes):
    """Return each change's key with the printed texts before and after it."""
    return [
        (change.key, *(file.load().observation.printed.strip() for file in (move.before, move.after)))
        for change in changes
        for move in change.moves
    ]


HISTORY = [
    make_golden("a"),
    make_golden("b", "1.5.0", cause="first"),
    make_golden("c", "1.6.0", cause="second"),
    make_golden("d", "1.7.0", cause="third"),
]


def test_changes_come_by_kind_and_the_newest_first(ask):
    found = ask("1.4.0", "1.7.0", *HISTORY)
    assert texts(found.lasting) == [("third", "c", "d"), ("second", "b", "c"), ("first", "a", "b")]
    assert found.undone == []
    assert not found.is_downgrade
    assert [change.cause["kind"] for change in found.lasting] == ["changed", "changed", "reworded"]


def test_only_what_lies_between_counts(ask):
    assert texts(ask("1.5.0", "1.6.1", *HISTORY).lasting) == [("second", "b", "c")]
    assert ask("1.6.0", "1.6.1", *HISTORY).lasting == []
    assert ask("1.6.0", "1.6.0", *HISTORY).lasting == []


def test_a_downgrade_goes_the_same_way_back(ask):
    found = ask("1.6.0", "1.4.0", *HISTORY)
    assert found.is_downgrade
    assert texts(found.lasting) == [("second", "c", "b"), ("first", "b", "a")]
    assert [str(change.since) for change in found.lasting] == ["1.6.0", "1.5.0"]


def test_what_changed_back_is_told_apart(ask):
    goldens = [*HISTORY[:2], make_golden("a", "1.6.0", cause="second"), HISTORY[3]]
    found = ask("1.4.0", "1.7.0", *goldens)
    assert texts(found.lasting) == [("third", "a", "d")]
    assert texts(found.undone) == [("second", "b", "a"), ("first", "a", "b")]
    assert texts(ask("1.4.0", "1.5.0").lasting) == [("first", "a", "b")]


def test_back_and_forth_ends_with_the_last_step(ask):
    goldens = [*HISTORY[:2], make_golden("a", "1.6.0", cause="second"), make_golden("b", "1.7.0", cause="third")]
    found = ask("1.4.0", "1.7.0", *goldens)
    assert texts(found.lasting) == [("third", "a", "b")]
    assert texts(found.undone) == [("second", "b", "a"), ("first", "a", "b")]


def test_a_device_has_its_own_way(ask):
    goldens = [*HISTORY, make_golden("x", "1.6.0", "cuda", cause="second")]
    assert texts(ask("1.5.0", "1.6.0", *goldens, device="cuda").lasting) == [("second", "b", "x")]
    assert texts(ask("1.5.0", "1.6.0").lasting) == [("second", "b", "c")]


def test_what_nobody_explained_comes_last(ask):
    goldens = [*HISTORY[:3], make_golden("d", "1.7.0", cause="unexplained")]
    last = ask("1.4.0", "1.7.0", *goldens).lasting[-1]
    assert (last.key, last.cause) == ("unexplained", {})


def test_what_is_silent_and_loud_comes_first_and_what_only_arrives_last(ask, record):
    effects = {"first": "silent", "second": "better", "third": "new"}
    about = 'touches = ["torch.load()"]\neffect = "{}"\ndo = "Do this."\n'
    assert [change.key for change in ask("1.4.0", "1.7.0", *HISTORY).lasting] == ["third", "second", "first"]
    tables = CAUSES.split("\n\n")
    written = [f"{table.rstrip()}\n{about.format(effects[table[1:].partition(']')[0]])}" for table in tables]
    files.replace(record.folder / "causes.toml", "\n".join(written))
    old, new = (Run(Release.parse(release), "cpu") for release in ("1.4.0", "1.7.0"))
    assert [change.key for change in between(record, [CASE], old, new).lasting] == ["first", "second", "third"]
