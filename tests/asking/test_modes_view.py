"""Which cases show something else in which modes, by the record."""

import pytest

from conftest import make_golden
from module_drift.asking import case_view, modes_view
from module_drift.common import files
from module_drift.common.errors import InputError
from module_drift.record import lookup
from module_drift.record.release import Release, Run
from module_drift.record.way import way

RATIO, WARNING = "demo/ratio", "demo/warning"
TWO = Release.parse("2.0.0")


def test_the_modes_are_those_that_were_run(with_modes):
    assert modes_view.modes_of(with_modes) == ["checkpoint", "compile"]
    assert modes_view.modes_of(with_modes, Release.parse("1.13.1")) == []


def test_a_case_is_the_same_differs_or_does_not_apply(with_modes):
    modes = ["checkpoint", "compile"]
    found = modes_view.in_modes(with_modes, with_modes.cases(), TWO, modes)
    words = {one.case.id: [one.word(mode) for mode in modes] for one in found}
    assert words == {RATIO: ["-", "differs"], WARNING: ["same", "-"]}


def test_what_differs_is_shown_with_its_cause(with_modes, capsys):
    modes = ["checkpoint", "compile"]
    found = modes_view.in_modes(with_modes, with_modes.cases(), TWO, modes)
    modes_view.show(found, modes, with_modes.read_causes(), TWO)
    said = capsys.readouterr().out
    assert "since 2.0.0: It errs." in said
    assert "demo/ratio (compile)" in said
    assert "https://example.org/1" in said
    assert "checkpoint on torch 2.0.0: 1 case as in eager, 0 cases with something else" in said


def test_programs_are_told_the_same(with_modes):
    found = modes_view.in_modes(with_modes, with_modes.cases(), TWO, ["compile"])
    (case,) = modes_view.as_data(found, ["compile"], TWO)["cases"]
    assert case["id"] == RATIO
    assert case["modes"] == {"compile": {"shows": "differs", "cause": "compile-errs"}}


def test_with_everything_those_that_are_the_same_are_listed_too(with_modes, capsys):
    found = modes_view.in_modes(with_modes, with_modes.cases(), TWO, ["checkpoint"])
    modes_view.show(found, ["checkpoint"], {}, TWO)
    assert WARNING not in capsys.readouterr().out
    modes_view.show(found, ["checkpoint"], {}, TWO, everything=True)
    assert WARNING in capsys.readouterr().out


def test_with_differences_what_eager_shows_is_shown_beside(with_modes, capsys):
    found = modes_view.in_modes(with_modes, with_modes.cases(), TWO, ["compile"])
    modes_view.show(found, ["compile"], with_modes.read_causes(), TWO, with_differences=True)
    said = capsys.readouterr().out
    assert "-a\n" in said
    assert "+b\n" in said


def test_a_golden_that_says_what_eager_says_is_no_deviation(with_modes, write_golden):
    write_golden(RATIO, make_golden("a", since="2.1.0", mode="compile", cause="compile-errs"))
    (found,) = modes_view.in_modes(with_modes, with_modes.cases(), Release.parse("2.1.0"), ["compile"])
    assert found.word("compile") == "same"


def test_in_a_mode_what_changes_is_asked_of_the_cases_that_go_through_it(with_modes, capsys):
    record = with_modes
    assert record.that_run([RATIO, WARNING], [Run(TWO, "cpu", "compile")]) == [RATIO]
    assert record.that_run([RATIO, WARNING], [Run(TWO, "cpu")]) == [RATIO, WARNING]


def test_a_way_in_a_mode_is_of_releases_that_were_run_in_it(with_modes):
    found = way(with_modes, "2.0.0", "2.0.0", "cpu", "compile")
    assert found.old == Run(TWO, "cpu", "compile")
    with pytest.raises(InputError, match=r"the record has 2\.0\.0 alone, but not this"):
        way(with_modes, "1.13.1", "2.0.0", "cpu", "compile")
    with pytest.raises(InputError, match="no release was run in it; the record has checkpoint, compile"):
        way(with_modes, "1.13.1", "2.0.0", "cpu", "script")


def test_causes_of_silence_come_first_and_then_the_newest(with_modes, capsys):
    modes = ["checkpoint", "compile"]
    found = modes_view.in_modes(with_modes, with_modes.cases(), TWO, modes)
    ratio = next(one for one in found if one.case.id == RATIO)
    keys = {"loud-one": ("loud", "2.0.0"), "old": ("silent", "1.4.0"), "new": ("silent", "1.8.0")}
    causes = {
        key: {"since": since, "effect": effect, "what": key, "evidence": []} for key, (effect, since) in keys.items()
    }

    class Held:
        def __init__(self, key):
            self.read_cause = lambda: key

    several = [ratio._replace(deviations={"compile": Held(key)}) for key in keys]
    modes_view.show(several, ["compile"], causes, TWO)
    said = capsys.readouterr().out
    assert said.index(": new") < said.index(": old") < said.index(": loud-one")


def test_a_case_is_shown_in_eager_with_what_other_modes_do(with_modes, capsys):
    case = next(one for one in with_modes.cases() if one.id == RATIO)
    goldens, causes = with_modes.goldens(RATIO), with_modes.read_causes()

    def path_of(golden):
        return with_modes.path_of(RATIO, golden)

    case_view.show(case, goldens, causes, path_of)
    said = capsys.readouterr().out
    assert "~compile.yml" not in said
    assert "compile: " in said
    assert "more: module-drift show demo/ratio --mode compile" in said
    case_view.show(case, goldens, causes, path_of, ["compile"])
    said = capsys.readouterr().out
    assert "~compile.yml" in said
    assert "in other modes" not in said


def test_modes_are_found_by_their_names():
    run = ["checkpoint", "compile", "trace"]
    assert lookup.modes(run, "trace, compile,trace") == ["trace", "compile"]
    with pytest.raises(InputError, match="mode 'script': nothing was run in it there; there are checkpoint, compile"):
        lookup.modes(run, "compile,script")


def test_a_table_of_modes_that_lacks_one_that_was_run_is_bad_input(with_modes):
    files.replace(with_modes.folder / "modes.csv", "case,mode,goes\ndemo/ratio,compile,2.0.0+\n")
    with pytest.raises(InputError, match="no case of checkpoint is there, of which releases were verified; take"):
        modes_view.in_modes(with_modes, with_modes.cases(), TWO, ["compile"])


def test_of_very_many_cases_the_causes_are_told_and_some_ids(with_modes, capsys):
    modes = ["compile"]
    (found,) = modes_view.in_modes(with_modes, [one for one in with_modes.cases() if one.id == RATIO], TWO, modes)
    many = [found] * 50
    modes_view.show(many, modes, with_modes.read_causes(), TWO)
    said = capsys.readouterr().out
    assert said.count("demo/ratio") == 8
    assert "and 42 more" in said
    modes_view.show(many, modes, with_modes.read_causes(), TWO, everything=True)
    assert capsys.readouterr().out.count("demo/ratio") == 100
