"""What a pytest run may call a match, and what is never recorded."""

import textwrap

import pytest
import torch
from forked import fork_observers
from stand_in_observer import StandInObserver

from conftest import make_golden, make_row, make_suite
from module_drift.common import files
from module_drift.judging import pytest_suite
from module_drift.observing import process, running_torch
from module_drift.record.release import Release, public_version
from module_drift.record.verified import dump

RELEASE = str(Release.parse(torch.__version__))
AGAINST = f"torch {public_version(torch.__version__)} is held against 1.4.0"
ELSEWHERE = "1 not held against goldens of another platform: demo/ratio"
HEAD = """
    import os
    import time

    import pytest
    import torch

    from module_drift.case import case

"""


@pytest.fixture
def tmp_path(pytester):
    """Make pytester's folder the one in which the project is built."""
    return pytester.path


@pytest.fixture
def project(record, write_golden):
    """A project with two cases whose goldens hold."""
    make_suite(record, write_golden)
    return record


@pytest.fixture
def _here(monkeypatch):
    """Have cases run in this process, for tests of what becomes of what they showed."""
    monkeypatch.setattr(pytest_suite, "Observer", StandInObserver)


@pytest.fixture
def _forked(monkeypatch):
    """Have cases run in copies of this process, for tests of what they do to the one that they run in."""
    fork_observers(monkeypatch)


@pytest.fixture
def add_case(project, write_golden):
    def add(name, body, golden="a"):
        path = project.cases_folder / f"{name}.py"
        function = f'''
    @case("more/{name}")
    def {name.replace("-", "_")}(show, device):
        """One more."""
        {body}
'''
        files.replace(path, textwrap.dedent(HEAD + function))
        if golden:
            write_golden(f"more/{name}", make_golden(golden))

    return add


@pytest.mark.usefixtures("_forked")
def test_cases_that_cannot_be_judged_are_red_and_the_others_are_judged(add_case, pytester):
    reasons = {
        "ends": ("os._exit(0)", "ended its process with exit status 0"),
        "skips": ("pytest.skip('not today')", "skipped: not today"),
        "expects": ("pytest.xfail('known')", "raised XFailed: known"),
        "stops": ("raise KeyboardInterrupt", "raised KeyboardInterrupt"),
        "takes-long": ("time.sleep(60)", "took longer than 2 s"),
    }
    for name, (body, _) in reasons.items():
        add_case(name, body)
    result = pytester.runpytest("--case-seconds=2")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=2, failed=5)
    for name, (_, reason) in reasons.items():
        result.stdout.fnmatch_lines([f"more/{name} was not judged: {reason}*"])
    first = f"more/ends ({reasons['ends'][1]}*"
    result.stdout.fnmatch_lines([f"torch {RELEASE} on cpu could not be judged: 2 of 7 judged, first missing {first}"])


@pytest.mark.parametrize(
    ("variables", "conftest"),
    [
        ({"PYTEST_ADDOPTS": "--collect-only"}, ""),
        ({"PYTEST_ADDOPTS": "--setup-plan"}, ""),
        ({"PYTEST_ADDOPTS": "-k ratio"}, ""),
        ({"PYTEST_ADDOPTS": "--deselect cases/demo.py::test_matches_the_record[demo/ratio-cpu]"}, ""),
        ({}, "def pytest_collection_modifyitems(items):\n    del items[0]\n"),
        ({}, "def pytest_collection_modifyitems(items):\n    items.clear()\n"),
        ({}, "def pytest_runtest_protocol(item):\n    return True\n"),
        ({}, "collect_ignore_glob = ['*']\n"),
    ],
)
@pytest.mark.usefixtures("_here")
def test_what_nobody_asked_to_leave_out_is_missed(project, pytester, monkeypatch, variables, conftest):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    path = project.folder.parent / "conftest.py"
    files.replace(path, path.read_text(encoding="utf-8") + conftest)
    result = pytester.runpytest()
    assert result.ret != pytest.ExitCode.OK
    assert "matches the record" not in result.stdout.str()
    assert "matches there" not in result.stdout.str()
    result.stdout.fnmatch_lines([f"torch {RELEASE} on cpu could not be judged: * of 2 judged, first missing demo/*"])


@pytest.mark.parametrize(
    "options",
    [["-k", "ratio"], ["cases/demo.py::test_matches_the_record[demo/ratio-cpu]"], ["--deselect", "cases/a.py"]],
)
@pytest.mark.usefixtures("_here")
def test_what_a_person_asks_for_is_judged_in_part(add_case, pytester, options):
    add_case("a", "show('a')")
    result = pytester.runpytest(*options)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines([f"torch {RELEASE} on cpu was judged in part, and matches there: *, and 3 are *"])
    assert "matches the record" not in result.stdout.str()


@pytest.mark.usefixtures("_here")
def test_cases_that_all_hold_elsewhere_are_no_match_and_no_row(project, pytester, write_golden):
    text = (project.cases_folder / "demo.py").read_text(encoding="utf-8")
    for id in ("demo/ratio", "demo/warning"):
        text = text.replace(f'@case("{id}")', f'@case("{id}", platform_bound=True)')
    files.replace(project.cases_folder / "demo.py", text)
    for options in ([], ["--regen-all"]):
        result = pytester.runpytest(*options)
        assert result.ret != pytest.ExitCode.OK
        result.stdout.fnmatch_lines(
            [f"torch {RELEASE} on cpu could not be judged: no case can be judged here: all 2 *"]
        )
    assert not (project.folder / "verified.csv").exists()


@pytest.mark.parametrize("option", ["--regen-all", "--force-regen"])
def test_what_differs_each_time_is_not_accepted(add_case, project, pytester, option):
    bodies = {
        "time": "show('time', str(time.perf_counter_ns()))",
        "place": "show('place', str(id(object()) // 1000 + os.getpid()))",
        "draw": "show('draw', int.from_bytes(os.urandom(6), 'big'))",
        "order": "show('order', str([hash(word) for word in ('a', 'b')]))",
    }
    for name, body in bodies.items():
        add_case(f"another-{name}", body, golden=None)
    result = pytester.runpytest(option)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    for name in bodies:
        why = f"it shows another thing when it is run again, * (-{name} * | +{name} *): it is not*"
        result.stdout.fnmatch_lines([f"more/another-{name} was not judged: {why}"])
    assert not (project.folder / "more").exists()


@pytest.mark.usefixtures("_forked")
def test_slips_of_the_author_are_not_accepted(add_case, project, pytester):
    bodies = ["tensor(1.0)", "import nothing_like_this", "from torch.nn import Nothing", "from . import nothing"]
    for number, body in enumerate(bodies):
        add_case(f"slip-{number}", body, golden=None)
    result = pytester.runpytest("--regen-all")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    for number in range(len(bodies)):
        why = f"*Error in *slip-{number}.py:*; mend it, or name what it needs *"
        result.stdout.fnmatch_lines([f"more/slip-{number} was not judged: {why}"])
    assert not (project.folder / "more").exists()


@pytest.mark.usefixtures("_here")
def test_a_file_that_is_not_python_is_not_accepted(add_case, project, pytester):
    add_case("slip", "1 +", golden=None)
    result = pytester.runpytest("--regen-all")
    assert result.ret != pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*cases/slip.py:*not Python*"])


@pytest.mark.usefixtures("_here")
def test_what_is_accepted_as_raising_is_listed(add_case, pytester):
    add_case("raises", "torch.ones(2) + torch.ones(3)", golden=None)
    result = pytester.runpytest("--regen-all")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(
        [
            "accepted: more/raises",
            "accepted as raising, so see whether that is meant: more/raises (RuntimeError: The size of tensor a (2) *",
        ]
    )


@pytest.mark.usefixtures("_here")
def test_a_drift_is_red_even_where_a_conftest_expects_it(add_case, project, pytester):
    add_case("drifts", "show('b')")
    path = project.folder.parent / "conftest.py"
    expects = "import pytest\n\n\ndef pytest_collection_modifyitems(items):\n"
    expects += "    for item in items:\n        item.add_marker(pytest.mark.xfail)\n"
    files.replace(path, path.read_text(encoding="utf-8") + expects)
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [f"torch {RELEASE} on cpu drifted from the record in 1 of 3 cases: more/drifts; {AGAINST}"]
    )


@pytest.mark.usefixtures("_forked")
@pytest.mark.parametrize("options", [[], ["--regen-all"]])
def test_no_text_of_a_case_can_steer_a_terminal(add_case, pytester, options):
    bodies = [
        "import unittest; raise unittest.SkipTest('\\x1b]0;owned\\x07\\u202eabc')",
        "raise GeneratorExit('\\x1b[2J')",
        "raise type('E\\x1b]0;owned\\x07\\u202e', (BaseException,), {})('x')",
        "raise ImportError('\\x1b]0;owned\\x07')",
        "os.write(2, b'\\x1b]0;owned\\x07'); os._exit(3)",
        "raise ValueError('\\x1b]0;owned\\x07\\u202e[2J')",
        "show('\\x1b[2J', time.perf_counter_ns())",
    ]
    for number, body in enumerate(bodies):
        add_case(f"hostile-{number}", body, golden=None if options else "a")
    said = pytester.runpytest(*options).stdout.str()
    for number in range(len(bodies)):
        assert f"hostile-{number}" in said
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "\x07" not in said


@pytest.mark.usefixtures("_forked")
def test_what_a_case_left_behind_is_not_recorded_of_the_next(add_case, project, pytester):
    add_case("a-leaves", "show('a'); os.LEFT = 1", golden=None)
    add_case("b-follows", "show('b' if hasattr(os, 'LEFT') else 'a')", golden=None)
    result = pytester.runpytest("--regen-all")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["more/b-follows was not judged: * (-b | +a): it is not *", "accepted: more/a-leaves"])
    assert not (project.folder / "more" / "b-follows").exists()


@pytest.mark.usefixtures("_forked")
def test_a_part_that_drifts_or_cannot_be_judged_says_so(add_case, pytester):
    add_case("drifts", "show('b')")
    result = pytester.runpytest("-qk", "drifts")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [f"*drifted from the record in 1 of 1 case, and 3 are in the record: more/drifts; {AGAINST}"]
    )
    add_case("drifts", "raise KeyboardInterrupt")
    result = pytester.runpytest("-k", "drifts or ratio")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*could not be judged: 1 of 2 asked for, first missing more/drifts (raised Keyboard*"])


@pytest.mark.parametrize(("body", "how"), [("pass", "showing nothing"), ("show('a')", "absent")])
@pytest.mark.usefixtures("_here")
def test_what_is_accepted_and_may_not_be_meant_is_listed(add_case, project, pytester, body, how):
    add_case("odd", body, golden=None)
    if how == "absent":
        path = project.cases_folder / "odd.py"
        text = path.read_text(encoding="utf-8")
        files.replace(path, text.replace('"more/odd"', '"more/odd", needs="torch.nn.Module.no_such_method"'))
    pytester.runpytest("--regen-all").stdout.fnmatch_lines(
        [f"accepted as {how}, so see whether that is meant: more/odd"]
    )


@pytest.mark.usefixtures("_here")
def test_a_label_that_is_none_is_not_accepted(add_case, project, pytester):
    add_case("odd", "show(5)", golden=None)
    result = pytester.runpytest("--regen-all")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["more/odd was not judged: show's first argument is a label, and not a int"])
    assert not (project.folder / "more").exists()


@pytest.mark.usefixtures("_forked")
def test_what_a_case_left_behind_is_not_blamed_on_the_next(add_case, project, pytester):
    add_case("a-leaves", "show('a'); os.LEFT = 1")
    add_case("b-follows", "show('b' if hasattr(os, 'LEFT') else 'a')")
    add_case("c-leaves", "import threading; show('a'); threading.Timer(60, print).start()")
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "more/b-follows was not judged: matches in a fresh process, but not in this one (-a | +b): *",
            "more/c-leaves was not judged: left a thread running (Thread-*); have it end before the case does",
            f"torch {RELEASE} on cpu could not be judged: 3 of 5 judged, first missing more/b-follows *",
        ]
    )


@pytest.fixture
def _bound(project, write_golden):
    """Of the two cases, one holds on the processors of another maker only."""
    path = project.cases_folder / "demo.py"
    text = path.read_text(encoding="utf-8")
    files.replace(path, text.replace('@case("demo/ratio")', '@case("demo/ratio", platform_bound=True)'))


@pytest.mark.usefixtures("_here", "_bound")
@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["-k", "ratio"], f"no case that was asked for; {ELSEWHERE}; {AGAINST}"),
        (["-k", "cuda", "--device", "all"], f"no case that was asked for; cuda is left out: there is none; {AGAINST}"),
        (["-k", "ratio", "--mode", "functional-call"], f"no case that was asked for; {ELSEWHERE}; {AGAINST}"),
        (["-k", "warning", "--mode", "functional-call"], "no case goes through the mode: of all 1, it takes no Module"),
    ],
)
def test_a_part_of_which_nothing_can_be_judged_is_not_green(pytester, monkeypatch, options, why):
    monkeypatch.setattr(process.devices, "why_missing", lambda device, _: "there is none" if device == "cuda" else None)
    result = pytester.runpytest(*options)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(skipped=1 + (options[1] == "cuda"), deselected=1 + (options[1] == "cuda"))
    line = f"torch {RELEASE} on cpu* could not be judged: {why}"
    result.stdout.fnmatch_lines([line])


@pytest.mark.usefixtures("_here")
def test_a_part_that_a_conftest_skips_is_not_green(project, pytester):
    path = project.folder.parent / "conftest.py"
    skips = "import pytest\n\n\ndef pytest_collection_modifyitems(items):\n    items[0].add_marker(pytest.mark.skip)\n"
    files.replace(path, path.read_text(encoding="utf-8") + skips)
    result = pytester.runpytest("-k", "ratio")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["torch * on cpu could not be judged: no case that was asked for*"])


@pytest.mark.usefixtures("_here", "_bound")
def test_a_part_counts_what_was_compared_alone(add_case, pytester):
    add_case("a", "show('a')")
    result = pytester.runpytest("-k", "ratio or a-cpu")
    assert result.ret == pytest.ExitCode.OK
    line = f"*judged in part, and matches there: 1 case, and 2 are in the record; {ELSEWHERE}; {AGAINST}"
    result.stdout.fnmatch_lines([line])


@pytest.mark.usefixtures("_here")
@pytest.mark.parametrize("option", ["--setup-plan", "--collect-only"])
def test_who_only_looks_which_tests_there_are_is_told_no_verdict(project, pytester, option):
    result = pytester.runpytest(option)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.no_fnmatch_line("torch * on cpu *")


@pytest.mark.usefixtures("_here")
def test_a_device_that_is_not_there_is_named_with_the_verdict(project, pytester, monkeypatch):
    monkeypatch.setattr(process.devices, "why_missing", lambda device, _: "there is none" if device == "cuda" else None)
    result = pytester.runpytest("--device", "all")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(
        [f"torch * on cpu matches the record: 2 cases, cuda is left out: there is none, {AGAINST}"]
    )


@pytest.mark.usefixtures("_here")
def test_a_nightly_is_not_called_the_release_to_come(project, pytester, monkeypatch):
    files.replace(project.folder / "verified.csv", dump([make_row("2.15.0"), make_row("2.14.0", device="cuda")]))
    for version in ("2.16.0.dev20261101+cpu", "2.15.1", "2.15.0a0+gitabc"):
        monkeypatch.setattr(running_torch, "version", lambda version=version: version)
        result = pytester.runpytest()
        assert result.ret == pytest.ExitCode.OK
        line = f"*matches the record: 2 cases, torch {public_version(version)} is held against 2.15.0"
        result.stdout.fnmatch_lines([line])
    monkeypatch.setattr(running_torch, "version", lambda: "2.15.0+cu130")
    pytester.runpytest().stdout.fnmatch_lines(["*matches the record: 2 cases"])
