"""What pytest says where this package is installed, and no project of its kind is tested."""

import pytest

import module_drift

LINE = "module_drift holds no tests: to judge this torch, run module-drift check; *"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--pyargs", "module_drift"],
        ["-q", "--pyargs", "module_drift.judging"],
        [f"{module_drift.FOLDER}/judging"],
    ],
)
def test_who_looks_for_tests_in_the_package_is_told_what_to_run(pytester, arguments):
    result = pytester.runpytest_subprocess(*arguments)
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result.stdout.fnmatch_lines([LINE])


def test_elsewhere_nothing_is_said(pytester):
    pytester.makepyfile(module_drift_of_mine="")
    for arguments in ([], ["module_drift_of_mine.py"]):
        result = pytester.runpytest_subprocess(*arguments)
        assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
        result.stdout.no_fnmatch_line(LINE)
