"""What people read of drifts: of one, of many at once, and what to do about them."""

import time

import pytest

from conftest import make_case, make_golden
from module_drift.comparing.compare import compare
from module_drift.comparing.differences import differences, shown
from module_drift.comparing.observation import Observation
from module_drift.judging.drift_groups import grouped
from module_drift.judging.report import DriftedCase, advice, drift_report
from module_drift.record.release import Release, Run

RUN = Run(Release(2, 6, 0), "cpu")
NEWER = Run(Release(2, 7, 0), "cpu")


def drifted(id, before=None, after=None, run=RUN, obtained=None):
    """Return how a case drifted from the observation `before`, by default one that says nothing, to `after`."""
    before, after = before or Observation(), after or Observation()
    golden = make_golden("")._replace(observation=before)
    path = f"golden/{id}/since-1.04.0.yml"
    return DriftedCase(make_case(id), run, path, golden, compare(before, after), obtained)


def warned(*messages):
    return Observation(warned=list(messages))


def printed(text):
    return Observation(printed=f"{text}\n")


def headings(report):
    """Return the lines that begin a part of the report of many drifts."""
    return [line for line in report.splitlines() if line and not line.startswith(" ")]


def test_the_report_of_a_case_says_what_it_shows_and_where_to_look():
    report = drift_report(drifted("demo/a", printed("old"), printed("new"), obtained="/tmp/demo-a.yml"))
    assert report.splitlines() == [
        "demo/a: What it shows.",
        "  its source: cases/demo.py:7",
        "  drifted from golden/demo/a/since-1.04.0.yml",
        "  recorded on torch 1.4.0, Python 3.8.18, cpu, linux-x86_64",
        "  printed:",
        "    @@ -1 +1 @@",
        "    -old",
        "    +new",
        "  observed now: /tmp/demo-a.yml",
        "  its history: module-drift show demo/a",
    ]


def test_a_report_names_the_device_that_is_not_the_usual_one_and_no_file_that_is_not_there():
    report = drift_report(drifted("demo/a", printed("old"), printed("new"), Run(RUN.release, "cuda")))
    assert report.startswith("demo/a on cuda: What it shows.\n")
    assert "observed now" not in report


def test_lines_of_one_message_stay_together_and_nothing_steers_a_terminal():
    report = drift_report(drifted("demo/a", warned(), warned("UserWarning: first\nsecond\x1b[2J\u202e")))
    assert "    + UserWarning: first\n      second\\x1b[2J\\u202e\n" in report
    for report in (
        grouped([drifted("demo/\x1b", printed("\x07"), printed("\x9b"))]),
        advice(RUN, [], ["\x1b"], writable=True, own=True),
    ):
        assert not set(report) & set("\x1b\x07\x9b")


def test_a_carriage_return_ends_no_line():
    assert shown(Observation(printed="a\rb\x0bc\n\nd")) == ["a\rb\x0bc", "", "d"]


def test_another_api_that_is_missing_is_told_with_the_one_that_is_there():
    drift = compare(Observation(absent="torch.a"), Observation(absent="torch.b"))
    assert list(differences(drift)) == ["torch.a is there now", "torch.b is missing now"]


@pytest.mark.parametrize(
    ("befores", "afters", "heading"),
    [
        ([warned()] * 2, [warned("UserWarning: x")] * 2, "this warning is new: UserWarning: x"),
        ([warned("UserWarning: x")] * 2, [warned()] * 2, "this warning is gone: UserWarning: x"),
        ([warned()] * 2, [warned("UserWarning: x"), warned("UserWarning: y")], "a UserWarning is new"),
        (
            [warned("UserWarning: x")] * 2,
            [warned("FutureWarning: x")] * 2,
            "a FutureWarning instead of a UserWarning: x",
        ),
        (
            [warned("UserWarning: x"), warned("UserWarning: y")],
            [warned("FutureWarning: x"), warned("FutureWarning: y")],
            "a FutureWarning instead of a UserWarning",
        ),
        ([warned("AWarning: x")] * 2, [warned("AWarning: y")] * 2, "AWarning in other words: y"),
        ([warned("AWarning: x")] * 2, [warned("AWarning: y"), warned("AWarning: z")], "a AWarning in other words"),
        ([Observation()] * 2, [Observation(raised="E: x")] * 2, "raised E: x instead of nothing"),
        ([Observation()] * 2, [Observation(raised="E: x"), Observation(raised="E: y")], "raised E instead of nothing"),
        ([Observation(raised="E: x")] * 2, [Observation(raised="F: x")] * 2, "raised F: x instead of E: x"),
        ([Observation(raised="E: x")] * 2, [Observation(raised="E: y")] * 2, "raised E in other words: y"),
        (
            [Observation(raised="E: x")] * 2,
            [Observation(raised="E: y"), Observation(raised="E: z")],
            "raised E in other words",
        ),
        ([Observation()] * 2, [Observation(absent="torch.x")] * 2, "torch.x is missing now"),
        ([Observation(absent="torch.x")] * 2, [printed("a"), printed("b")], "torch.x is there now"),
        (
            [printed("x <LogBackward>"), printed("y.grad <LogBackward>, 1")],
            [printed("x <LogBackward0>"), printed("y.grad <LogBackward0>, 1")],
            "printed 'LogBackward0' instead of 'LogBackward'",
        ),
        ([printed("a"), printed("b")], [printed("a\nmore"), printed("b\nmore")], "printed in addition: more"),
        ([printed("a\nmore"), printed("b\nmore")], [printed("a"), printed("b")], "no longer printed: more"),
        ([printed("x 0.5"), printed("y -1e5")], [printed("x 0.75"), printed("y 3")], "other numbers"),
        (
            [Observation(numbers=[["x", 0.5]]), printed("y 1.5")],
            [Observation(numbers=[["x", 1.5]]), printed("y 2.5")],
            "other numbers",
        ),
        ([warned("A: x", "B: y")] * 2, [warned("B: y", "A: x")] * 2, "the same warnings came in another order"),
    ],
)
def test_cases_that_drifted_alike_are_told_together(befores, afters, heading):
    both = [drifted(f"demo/{name}", *pair) for name, pair in zip("ab", zip(befores, afters))]
    lines = grouped(both).splitlines()
    assert lines[:3] == [f"2 cases share this: {heading}", "  demo/a, demo/b", "  the simplest of them:"]
    assert lines[3:] == [f"  {line}" for line in drift_report(both[0]).splitlines()]


def test_what_is_shared_comes_first_then_the_simplest():
    long = printed("\n".join("abcdef"))
    report = grouped(
        [
            drifted("demo/alone-and-long", printed(""), long),
            drifted("demo/alone", printed("some"), printed("other")),
            drifted("demo/missing-2", long, Observation(absent="torch.x")),
            drifted("demo/missing-1", long, Observation(absent="torch.x")),
            drifted("demo/new-1", warned(), warned("UserWarning: x")),
            drifted("demo/new-2", printed("some"), warned("UserWarning: x")),
            drifted("demo/new-3", warned(), warned("UserWarning: x")),
        ]
    )
    assert headings(report) == [
        "3 cases share this: this warning is new: UserWarning: x",
        "2 cases share this: torch.x is missing now",
        "demo/alone: What it shows.",
        "demo/alone-and-long: What it shows.",
    ]
    assert (
        "\n  demo/new-1, demo/new-3\n  with more besides: demo/new-2\n  the simplest of them:\n  demo/new-1: " in report
    )


def test_each_drift_is_named_once_and_one_alone_is_no_group():
    report = grouped([drifted(f"demo/{i}", printed("a"), printed(chr(ord("b") + i // 2))) for i in range(9)])
    named = [line.split(", ") for line in report.splitlines() if line.startswith("  demo/") and ": " not in line]
    assert named == [[f"  demo/{i}", f"demo/{i + 1}"] for i in (0, 2, 4, 6)]
    assert headings(report)[-1] == "demo/8: What it shows."
    one = drifted("demo/a", printed("a"), printed("b"))
    assert grouped([one]) == drift_report(one)


def test_much_is_said_in_short():
    alike = [drifted(f"demo/alike-{i:02}", warned(), warned(f"UserWarning: {'x' * 5000}")) for i in range(30)]
    apart = [drifted(f"demo/apart-{i:02}", printed(chr(65 + i)), printed(f"{chr(97 + i)}\n" * 9)) for i in range(24)]
    report = grouped([*alike, *apart])
    assert "demo/alike-19 and 10 more\n" in report
    assert report.count("its source: ") == 1 + 20
    assert "\nand 4 cases more:\n  demo/apart-20: printed: @@" in report
    assert report.count("x" * 1000) == 1  # In the one report, where a line is cut.
    assert max(map(len, report.splitlines()[:1])) < 250


def test_ten_thousand_drifts_take_seconds():
    many = [
        drifted(f"demo/{i}", warned(), warned(f"UserWarning: {i % 100}", f"FutureWarning: {i}")) for i in range(10_000)
    ]
    started = time.process_time()
    grouped(many)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(("writable", "own"), [(True, True), (True, False), (False, False)])
@pytest.mark.parametrize(
    ("run", "verified", "says"),
    [
        (NEWER, [RUN], "is newer than the record, which ends at 2.6.0"),
        (RUN, [RUN, NEWER], "was when it was recorded"),
        (RUN, [Run(Release(2, 5, 0), "cpu"), NEWER], "was never recorded"),
        (RUN, [], "was never recorded"),
        (Run(RUN.release, "cuda"), [RUN._replace(device="cuda", release=Release(2, 5, 1))], "is newer than the record"),
        (Run(RUN.release, "cuda"), [RUN], "nothing was recorded on cuda yet, and torch 2.6.0 on cuda is held against"),
    ],
)
def test_nobody_whose_build_is_wrong_is_told_to_accept_it(run, verified, says, writable, own):
    said = advice(run, verified, [], writable=writable, own=own)
    is_mine = own and run.device == "cpu" and run != NEWER
    if is_mine:
        says = "if your code was not meant to change"
    assert says in said
    is_wrong = not own and run in verified
    assert ("accept it with" in said) == (writable and not is_wrong)
    assert ("mend" in said) == (is_wrong or is_mine)
    assert len(said.splitlines()) == 2


def test_what_was_accepted_is_to_be_looked_at():
    said = advice(RUN, [RUN], ["golden/demo/a/since-2.06.0.yml"], writable=True, own=False)
    assert said.splitlines() == [
        "accepted: golden/demo/a/since-2.06.0.yml",
        "what to do: look at the files with git diff, and name the cause in causes.toml there",
    ]


def test_of_long_warnings_and_exceptions_a_part_is_shown():
    many = warned(*(f"UserWarning: {i}" for i in range(5_000)))
    assert len(list(differences(compare(Observation(), many)))) < 300
    long = Observation(
        warned=["UserWarning: " + "x" * 100_000], raised="ValueError: " + "line\n" * 5_000 + "y" * 100_000
    )
    lines = list(differences(compare(Observation(), long)))
    assert len(lines) < 300
    assert max(map(len, lines)) < 3_000
