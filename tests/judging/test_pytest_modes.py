"""pytest --mode: the suite in a mode of execution."""

import json
import textwrap

import pytest
import torch

from conftest import edit, make_golden, make_row, make_suite, observation
from module_drift.cli import main
from module_drift.common import files
from module_drift.record.release import Release
from module_drift.record.verified import dump

RELEASE = str(Release.parse(torch.__version__))

CALLS = '''
    import torch

    from module_drift.case import case


    class Doubled(torch.nn.Module):
        def forward(self, x):
            return x * 2


    @case("calls/a-module")
    def calls(show, device):
        """A Module is called."""
        show("doubled", Doubled()(torch.ones(1, device=device)).item())
'''
DOUBLED = observation("doubled 2.0")._replace(numbers=[["doubled", 2.0]])


@pytest.fixture
def tmp_path(pytester):
    """Make pytester's folder the one in which the project is built."""
    return pytester.path


@pytest.fixture
def project(pytester, record, write_golden):
    """A project of three cases, one of which calls a Module, and shows in functional-call what it shows in eager.

    That was verified with this torch.
    """
    rows = [make_row(RELEASE), make_row(RELEASE, mode="functional-call")]
    files.replace(record.folder / "verified.csv", dump(rows))
    make_suite(record, write_golden)
    files.replace(record.cases_folder / "calls.py", textwrap.dedent(CALLS))
    write_golden("calls/a-module", make_golden("")._replace(observation=DOUBLED))
    files.replace(record.folder / "modes.csv", "case,mode,goes\ncalls/a-module,functional-call,2.0.0+\n")
    return record


def test_what_does_not_go_through_the_mode_is_passed_by(project, pytester):
    result = pytester.runpytest("--mode", "functional-call")
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=1, skipped=2)
    result.stdout.fnmatch_lines(
        [
            "*mode functional-call*",
            "torch * on cpu in mode functional-call matches the record: 1 case, 2 more do not go through the mode",
            "*SKIPPED*nothing of it goes through mode functional-call",
        ]
    )


@pytest.mark.parametrize("only", ["eager", "cpu"])
def test_a_case_that_is_run_in_eager_only_has_no_part_in_a_mode(project, pytester, capsys, only):
    edit(project.cases_folder / "demo.py", '@case("demo/ratio")', f'@case("demo/ratio", only="{only}")')
    result = pytester.runpytest("--mode", "functional-call")
    result.assert_outcomes(passed=1, skipped=1)
    where = {"eager": "in eager alone", "cpu": "in eager on the CPU alone"}[only]
    more = f"1 more does not go through the mode, 1 more is run {where}"
    result.stdout.fnmatch_lines([f"torch * matches the record: 1 case, {more}"])
    pytester.runpytest().assert_outcomes(passed=3)
    capsys.readouterr()
    with pytest.raises(SystemExit, match="0"):
        main(["check", "--mode", "functional-call", "--json"])
    run = json.loads(capsys.readouterr().out)
    assert (run["cases"], run["expected"], run["verified"], run["passed_by"]) == (2, 2, 0, ["demo/warning"])
    assert run["out_of_scope"] == {only: 1}


def test_a_case_that_went_through_the_mode_and_does_so_no_more_drifts(project, pytester):
    more = "".join(f"{id},functional-call,2.0.0+\n" for id in ("calls/a-module", "demo/ratio"))
    files.replace(project.folder / "modes.csv", f"case,mode,goes\n{more}")
    result = pytester.runpytest("--mode", "functional-call")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["*drifted from the record in 1 of 2 cases: demo/ratio; 1 more does not go through the mode"]
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--mode", "compilation"], "*there is no such mode; there are eager, *compile*"),
        (["--mode", "functional-call", "--regen-all"], "*not recorded by pytest; module-drift sweep --regen --mode *"),
    ],
)
def test_a_mode_that_there_is_not_or_that_is_to_be_recorded_is_refused(project, pytester, options, said):
    result = pytester.runpytest(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([said])
