"""Which cases show something else in which modes, by the record."""

import pytest

from conftest import make_golden, make_row
from module_drift.asking import modes_view
from module_drift.common import files
from module_drift.record.release import Release

RATIO, WARNING = "demo/ratio", "demo/warning"
TWO = Release.parse("2.0.0")
CAUSE = """\
[compile-errs]
since = "2.0.0"
kind = "mode"
what = "It errs."
evidence = ["https://example.org/1"]
"""


@pytest.fixture
def with_modes(record, write_golden):
    """A record in which one case deviates in compile, and the other goes through checkpoint alone."""
    write_golden(RATIO, make_golden("a"))
    write_golden(RATIO, make_golden("b", since="2.0.0", mode="compile", cause="compile-errs"))
    write_golden(WARNING, make_golden("w"))
    files.replace(record.folder / "causes.toml", CAUSE)
    files.replace(
        record.folder / "modes.csv", f"case,mode,goes\n{RATIO},compile,2.0.0+\n{WARNING},checkpoint,1.11.0+\n"
    )
    rows = [
        make_row("1.13.1"),
        make_row("2.0.0"),
        make_row("2.0.0", mode="compile"),
        make_row("2.0.0", mode="checkpoint"),
    ]
    text = "\n".join([",".join(rows[0]._fields), *(",".join(map(str, row)) for row in rows)])
    files.replace(record.folder / "verified.csv", f"{text}\n")
    return record


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
    assert "compile-errs, since 2.0.0: It errs." in said
    assert "demo/ratio (compile)" in said
    assert "https://example.org/1" in said
    assert "checkpoint on torch 2.0.0: 1 case as in eager, 0 cases with something else" in said


def test_programs_are_told_the_same(with_modes):
    found = modes_view.in_modes(with_modes, with_modes.cases(), TWO, ["compile"])
    (case,) = modes_view.as_data(found, ["compile"], TWO)["cases"]
    assert case["id"] == RATIO
    assert case["modes"] == {"compile": {"shows": "differs", "cause": "compile-errs"}}
