"""The suite as people run it: pytest with its options, on a small project of its own."""

import os
import platform
import re
import textwrap
from pathlib import Path

import pytest
import torch
from stand_in_observer import StandInObserver

from conftest import CAREFUL, CAUSE, FAMILY, RECORDED, edit, make_golden, make_row, make_suite, observation
from module_drift.common import files
from module_drift.judging import pytest_suite
from module_drift.observing import process, running_torch
from module_drift.record.golden import dump as dump_golden
from module_drift.record.golden import load
from module_drift.record.release import Release
from module_drift.record.verified import dump

RELEASE = str(Release.parse(torch.__version__))
SINCE = f"since-{Release.parse(RELEASE).since_name()}.yml"


@pytest.fixture
def tmp_path(pytester):
    """Make pytester's folder the one in which the project is built."""
    return pytester.path


@pytest.fixture
def project(pytester, record, write_golden, monkeypatch):
    """A project with two cases whose goldens hold, and a record verified through this torch."""
    monkeypatch.setattr(pytest_suite, "Observer", StandInObserver)  # But in runs in a process of their own.
    make_suite(record, write_golden)
    verify(record, RELEASE)
    return record


def verify(record, *releases):
    here = {"python": platform.python_version(), "platform": running_torch.this_processor()}
    rows = [make_row(each, **here) for each in releases]
    files.replace(record.folder / "verified.csv", dump(rows))


def content(record):
    return {path: path.read_bytes() for path in record.folder.rglob("*") if path.is_file() and path.suffix != ".lock"}


def test_a_run_that_matches_says_so(project, pytester):
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(
        [
            f"torch {torch.__version__}, Python 3.*, device cpu, *",
            f"record: verified on cpu through torch {RELEASE}",
            f"torch {RELEASE} on cpu matches the record: 2 cases",
        ]
    )


def test_cases_are_selected_by_name_and_run_in_parallel(project, pytester):
    result = pytester.runpytest("-k", "ratio", "-v")
    result.stdout.fnmatch_lines(
        ["*test_matches_the_record?demo/ratio-cpu? PASSED*", "*judged in part, and matches there: 1 case, and 2 are *"]
    )
    result = pytester.runpytest_subprocess("-n", "2")
    result.stdout.fnmatch_lines(["*matches the record: 2 cases"])
    assert result.ret == pytest.ExitCode.OK


def test_a_drift_is_reported_in_full_and_writes_nothing(project, pytester):
    edit(project.folder / "demo/ratio/since-1.04.0.yml", "tensor(0.3333)", "tensor(0.3433)")
    edit(project.folder / "demo/ratio/since-1.04.0.yml", "0.3333333432674408", "0.3433333432674408")
    edit(project.folder / "demo/warning/since-1.04.0.yml", "FutureWarning: careful", "UserWarning: careful")
    edit(project.folder / "demo/warning/since-1.04.0.yml", "raised: null", "raised: 'KeyError: 1'")
    before = content(project)
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "demo/ratio: A third, as torch prints it.",
            "  its source: cases/demo.py:7",
            "  drifted from golden/demo/ratio/since-1.04.0.yml",
            "  recorded on torch 1.4.0, Python 3.8.18, cpu, linux-x86_64",
            "    -third tensor(0.3433)",
            "    +third tensor(0.3333)",
            "    third: 0.3433333432674408 -> 0.3333333432674408  (-0.01, relative 2.9e-02)",
            "  observed now: *obtained*demo-ratio.yml",
            "  its history: module-drift show demo/ratio",
            "  drifted from golden/demo/warning/since-1.04.0.yml",
            "    - UserWarning: careful",
            "    + FutureWarning: careful",
            "    - KeyError: 1",
            "    + none",
            f"what to do: if your code was not meant to change, mend it or this build of torch {RELEASE} on cpu;",
            f"torch {RELEASE} on cpu drifted from the record in 2 of 2 cases: demo/ratio, demo/warning",
        ]
    )
    assert result.stdout.str().count("what to do") == 1
    assert "Traceback" not in result.stdout.str()
    assert "assert " not in result.stdout.str()
    assert content(project) == before


def test_a_drift_is_found_where_assert_statements_do_nothing(project, pytester, monkeypatch):
    edit(project.folder / "demo/warning/since-1.04.0.yml", "careful", "careless")
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")
    result = pytester.runpytest_subprocess("--assert=plain")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*drifted from the record in 1 of 2 cases: demo/warning"])


def test_what_was_observed_is_kept_in_the_form_of_a_golden(project, pytester):
    edit(project.folder / "demo/warning/since-1.04.0.yml", "careful", "careless")
    output = pytester.runpytest().stdout.str()
    obtained = re.search(r"observed now: (.*)", output).group(1)
    with open(obtained, encoding="utf-8") as file:
        files.replace(pytester.path / SINCE, file.read())
    assert load(pytester.path / SINCE).observation == CAREFUL


def test_a_release_newer_than_the_record_is_held_against_its_end(project, pytester):
    verify(project, "1.4.0")
    result = pytester.runpytest()
    result.stdout.fnmatch_lines(
        [f"record: verified on cpu through torch 1.4.0; torch {RELEASE} is newer and is held against that"]
    )
    assert result.ret == pytest.ExitCode.OK
    edit(project.folder / "demo/warning/since-1.04.0.yml", "careful", "careless")
    pytester.runpytest().stdout.fnmatch_lines(
        [f"what to do: torch {RELEASE} on cpu is newer than the record, which ends at 1.4.0: this changed since;"]
    )


def test_a_release_that_was_skipped_is_held_against_the_one_before(project, pytester):
    verify(project, "1.4.0", "99.0.0")
    pytester.runpytest().stdout.fnmatch_lines([f"*, but not torch {RELEASE}: it is held against the release before it"])


def test_regen_all_accepts_writes_the_row_and_settles(project, pytester):
    edit(project.folder / "demo/warning/since-1.04.0.yml", "careful", "careless")
    files.replace(project.folder / "verified.csv", dump([]))
    result = pytester.runpytest("--regen-all")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(
        ["accepted: demo/warning", "name the causes of what changed in golden/causes.toml: demo/warning"]
    )
    golden = load(project.folder / "demo/warning" / SINCE)
    assert golden.observation == CAREFUL
    assert golden.cause == "unexplained"
    assert golden.recorded["device"] == "cpu"
    (row,) = project.verified_rows()
    assert (row.release, row.device, row.cases) == (RELEASE, "cpu", 2)
    assert project.stale(row, project.state(project.cases())) == []
    before = content(project)
    again = pytester.runpytest_subprocess("--regen-all", "-n", "2")
    assert again.ret == pytest.ExitCode.OK
    assert "accepted" not in again.stdout.str()
    assert content(project) == before


def test_a_nightly_is_no_run_of_the_release_to_come(project, pytester, monkeypatch):
    monkeypatch.setattr(running_torch, "version", lambda: "98.0.0.dev20261101+cpu")
    edit(project.folder / "demo/warning/since-1.04.0.yml", "careful", "careless")
    before = project.verified_rows()
    assert pytester.runpytest("--regen-all").ret == pytest.ExitCode.OK
    golden = load(project.folder / "demo/warning/since-98.00.0.yml")
    assert golden.recorded["torch"] == "98.0.0.dev20261101"
    assert project.verified_rows() == before


def test_a_torch_older_than_the_record_is_told(project, pytester, monkeypatch):
    monkeypatch.setattr(running_torch, "version", lambda: "1.3.1")
    verify(project, "1.4.0", "1.5.0")
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*through torch 1.5.0; it begins at 1.4.0, and torch 1.3.1 is older"])
    result.stdout.fnmatch_lines(["torch 1.3.1: is older than the record, which begins at 1.4.0; *"])


def test_a_torch_that_cannot_be_imported_is_told_once(project, pytester, monkeypatch):
    files.replace(pytester.path / "broken" / "torch" / "version.py", f'__version__ = "{RELEASE}"\n')
    files.replace(pytester.path / "broken" / "torch" / "__init__.py", 'raise ImportError("no libcudart")\n')
    monkeypatch.setenv("PYTHONPATH", str(pytester.path / "broken"))
    for options in ([], ["--regen-all"]):
        result = pytester.runpytest_subprocess(*options)
        assert result.ret == pytest.ExitCode.INTERRUPTED
        result.assert_outcomes(failed=1)
        reason = "torch: cannot be imported (ImportError: no libcudart); *"
        result.stdout.fnmatch_lines([reason, f"*could not be judged: 0 of 2 judged, first missing demo/*({reason}"])
        result.stdout.no_fnmatch_line("*another exception occurred*")


def test_part_of_the_cases_is_no_run(project, pytester):
    files.replace(project.folder / "verified.csv", dump([]))
    assert pytester.runpytest("--regen-all", "-k", "ratio").ret == pytest.ExitCode.OK
    assert project.verified_rows() == []


def test_force_regen_accepts_and_fails(project, pytester):
    edit(project.folder / "demo/warning/since-1.04.0.yml", "careful", "careless")
    files.replace(project.folder / "verified.csv", dump([]))
    result = pytester.runpytest("--force-regen")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [f"accepted: golden/demo/warning/{SINCE}", "what to do: look at the files with git diff*"]
    )
    assert load(project.folder / "demo/warning" / SINCE).observation == CAREFUL
    assert project.verified_rows() == []
    assert pytester.runpytest().ret == pytest.ExitCode.OK


@pytest.mark.parametrize("option", ["--regen-all", "--force-regen"])
def test_in_ci_nothing_is_written(project, pytester, monkeypatch, option):
    edit(project.folder / "demo/warning/since-1.04.0.yml", "careful", "careless")
    before = content(project)
    monkeypatch.setenv("CI", "true")
    result = pytester.runpytest(option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: CI: is set, and goldens are never written there; *"])
    assert content(project) == before
    assert pytester.runpytest().ret == pytest.ExitCode.TESTS_FAILED


def test_a_case_without_golden_is_an_error_with_the_remedy(project, pytester):
    (project.folder / "demo/ratio/since-1.04.0.yml").rename(project.folder / "demo/ratio/since-99.00.0.yml")
    before = content(project)
    result = pytester.runpytest()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            f"demo/ratio was not judged: no golden holds for torch {RELEASE} on cpu; "
            "record one with this torch: pytest --regen-all --device cpu*",
            f"torch {RELEASE} on cpu could not be judged: 1 of 2 judged, first missing demo/ratio (no golden holds*",
        ]
    )
    assert content(project) == before
    result = pytester.runpytest("--force-regen", "-k", "ratio")
    result.stdout.fnmatch_lines([f"  no golden held; golden/demo/ratio/{SINCE} is the first"])


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("demo/ratio/since-1.04.0.yml", "", "since-1.04.0.yml: empty; take it back from git*"),
        ("demo/ratio/since-1.04.0.yml", "recorded: {", "since-1.04.0.yml: not YAML, or cut short*"),
        ("demo/ratio/since-1.4.0.yml", "x", "since-1.4.0.yml: the file's name is no release*"),
        ("demo/gone/since-1.04.0.yml", "x", "demo/gone: belongs to no case; delete it*"),
        (
            "demo/ratio/since-01.04.0.yml",
            dump_golden(make_golden("a")),
            "since-01.04.0.yml: the file's name is no release*",
        ),
    ],
)
@pytest.mark.parametrize("options", [[], ["--regen-all"]])
def test_a_broken_record_stops_the_run_before_any_test(project, pytester, path, text, message, options):
    files.replace(project.folder / path, text)
    before = content(project)
    result = pytester.runpytest(*options)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines([f"*{message}"])
    assert "Traceback" not in result.stdout.str()
    assert content(project) == before


@pytest.mark.parametrize("options", [[], ["-n", "2"]])
def test_a_broken_record_is_told_where_a_single_test_is_named(project, pytester, options):
    files.replace(project.folder / "causes.toml", "[")
    result = pytester.runpytest("cases/demo.py::test_matches_the_record[demo/ratio-cpu]", *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: golden/causes.toml: not TOML: *"])


def test_a_broken_record_is_told_once_where_several_files_are_named(project, pytester):
    files.replace(project.folder / "causes.toml", "[")
    more = (project.cases_folder / "demo.py").read_text(encoding="utf-8").replace("demo/", "other/")
    files.replace(project.cases_folder / "other.py", more)
    result = pytester.runpytest("cases/demo.py", "cases/other.py")
    result.assert_outcomes(errors=1)
    assert result.stdout.str().count("not TOML") == 1


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("causes.toml", "[", "golden/causes.toml: not TOML: *"),
        ("causes.toml", "[a]\nkind = 'changed'", "golden/causes.toml: [[]a[]] lacks since, *"),
        (
            "causes.toml",
            CAUSE,
            "golden/causes.toml: [[]a-change[]] is of 1.5.0, of which there is no run and no golden*",
        ),
        (
            "demo/ratio/since-99.00.0.yml",
            dump_golden(make_golden("a", cause="unheard-of")),
            "golden/demo/ratio/since-99.00.0.yml: its cause 'unheard-of' is not in golden/causes.toml; add it there*",
        ),
    ],
)
def test_causes_that_do_not_fit_stop_the_run_too_but_not_recording(project, pytester, path, text, message):
    files.replace(project.folder / path, text)
    before = content(project)
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines([message])
    assert "Traceback" not in result.stdout.str()
    assert content(project) == before
    assert pytester.runpytest("--regen-all").ret == pytest.ExitCode.OK


def test_two_cases_with_one_id_stop_the_run(project, pytester):
    source = (project.cases_folder / "demo.py").read_text(encoding="utf-8")
    files.replace(project.cases_folder / "twin.py", source)
    result = pytester.runpytest()
    result.stdout.fnmatch_lines(["cases/twin.py:7: case id 'demo/ratio' is that of cases/demo.py:7 *"])
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert "Traceback" not in result.stdout.str()


def test_a_broken_verified_csv_is_a_usage_error(project, pytester):
    files.replace(project.folder / "verified.csv", "nonsense\n")
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: *verified.csv:1: the columns must be *"])


@pytest.mark.parametrize("version", ["unknown", "2.x"])
def test_a_torch_whose_version_cannot_be_parsed_is_a_usage_error(project, pytester, monkeypatch, version):
    monkeypatch.setattr(running_torch, "version", lambda: version)
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: torch version '{version}': not a version number; it must begin like *"])


def test_without_torch_the_usage_error_says_so(project, pytester, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: torch: not installed for *; install the release to judge: *"])


def test_the_version_is_read_without_importing_torch():
    assert running_torch.version() == torch.__version__


def test_what_torch_says_at_its_import_is_no_error_under_w_error(project, pytester, monkeypatch):
    monkeypatch.setenv(
        "PYTHONPATH", str(Path(__file__).parents[1] / "quiet" / "absent")
    )  # It says that numpy is missing.
    result = pytester.runpytest_subprocess("-W", "error")
    assert result.ret == pytest.ExitCode.OK, result.stdout.str()


def test_a_read_only_checkout_is_no_error_under_w_error(project, pytester, monkeypatch):
    (pytester.path / ".pytest_cache").write_text(
        "Not a folder, and so not even root can write there.", encoding="utf-8"
    )
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and access(path, mode))
    result = pytester.runpytest("-W", "error")
    assert result.ret == pytest.ExitCode.OK, result.stdout.str()


def test_stacks_of_cpp_are_not_asked_for_while_the_suite_runs(project, pytester, monkeypatch):
    raising = """
        import torch

        from module_drift.case import case


        @case("demo/ratio")
        def raising(show, device):
            \"""Tensors of two sizes.\"""
            torch.ones(2, device=device) + torch.ones(3, device=device)


        @case("demo/warning")
        def warning(show, device):
            \"""A warning of our own.\"""
            import warnings

            warnings.warn("careful", FutureWarning)
    """
    files.replace(project.cases_folder / "demo.py", textwrap.dedent(raising))
    monkeypatch.setenv("TORCH_SHOW_CPP_STACKTRACES", "1")
    assert pytester.runpytest_subprocess("--regen-all").ret == pytest.ExitCode.OK
    raised = load(project.folder / "demo/ratio" / SINCE).observation.raised
    assert raised.startswith("RuntimeError: The size of tensor a (2) must match")
    assert "\n" not in raised


@pytest.mark.skipif(torch.cuda.is_available(), reason="is about machines without CUDA")
class TestWithoutCuda:
    def test_cuda_is_a_usage_error(self, project, pytester):
        result = pytester.runpytest("--device", "cuda")
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines(["ERROR: --device cuda: *CUDA*; run with --device cpu, or where there is one"])

    def test_cuda_from_the_environment_is_one_too(self, project, pytester, monkeypatch):
        monkeypatch.setenv("MODULE_DRIFT_DEVICE", "cuda")
        assert pytester.runpytest().ret == pytest.ExitCode.USAGE_ERROR
        assert pytester.runpytest("--device", "cpu").ret == pytest.ExitCode.OK

    def test_all_skips_it_and_says_why(self, project, pytester):
        result = pytester.runpytest("--device", "all")
        result.assert_outcomes(passed=2, skipped=2)
        result.stdout.fnmatch_lines(["*device cpu, cuda*", "SKIPPED *CUDA*"])
        assert result.ret == pytest.ExitCode.OK


def test_a_device_that_is_none_is_a_usage_error(project, pytester, monkeypatch):
    result = pytester.runpytest("--device", "tpu")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --device tpu: this torch knows no such type of device; name what registers *"])
    monkeypatch.setenv("MODULE_DRIFT_DEVICE", "cuda:0")
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: MODULE_DRIFT_DEVICE: 'cuda:0' is no type of device; name one as torch does*"])


@pytest.mark.parametrize("workers", [[], ["-n1"]])
def test_a_wheel_without_code_for_the_card_is_no_drift_and_not_green(project, pytester, workers, monkeypatch):
    edit(project.cases_folder / "demo.py", "careful", "drifted")
    verify(project)  # Nothing yet.
    if workers:
        # Stands in for the device of the process that runs the cases, too.
        stand_in = "from module_drift.observing import devices as a\na.why_unsupported = lambda _: 'for sm_37 only'\n"
        files.replace(pytester.path / "beside" / "sitecustomize.py", stand_in)
        monkeypatch.setenv("PYTHONPATH", str(pytester.path / "beside"))
        result = pytester.runpytest_subprocess("--regen-all", *workers)
    else:
        monkeypatch.setattr(process.devices, "why_unsupported", lambda _: "for sm_37 only")
        result = pytester.runpytest("--regen-all")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(["SKIPPED*not supported by this wheel: for sm_37 only"])
    result.stdout.fnmatch_lines([f"torch {RELEASE} on cpu is not supported by this wheel: *"])
    assert not project.verified_rows()


def test_a_platform_bound_case_is_skipped_elsewhere_and_never_recorded_there(project, pytester, write_golden):
    edit(project.cases_folder / "demo.py", '@case("demo/ratio")', '@case("demo/ratio", platform_bound=True)')
    elsewhere = make_golden("other", recorded={**RECORDED, "platform": "linux-x86_64-elsewhere"})
    write_golden("demo/ratio", elsewhere)
    for options in ([], ["--regen-all"]):
        result = pytester.runpytest(*options)
        result.assert_outcomes(passed=1, skipped=1)
        result.stdout.fnmatch_lines(
            [
                "torch * on cpu matches the record: 1 case, 1 not held against goldens of another *: demo/ratio",
                "SKIPPED*holds only on linux-x86_64-elsewhere, where it was recorded",
            ]
        )
    assert [golden.observation for golden in project.goldens("demo/ratio")] == [observation("other")]
    (row,) = project.verified_rows()
    assert row.cases == 1


def test_a_platform_bound_golden_names_the_processor(project, pytester):
    edit(project.cases_folder / "demo.py", '@case("demo/ratio")', '@case("demo/ratio", platform_bound=True)')
    (project.folder / "demo/ratio/since-1.04.0.yml").unlink()
    assert pytester.runpytest("--regen-all").ret == pytest.ExitCode.OK
    golden = load(project.folder / "demo/ratio" / SINCE)
    assert golden.recorded["platform"] == running_torch.this_processor()
    assert pytester.runpytest().ret == pytest.ExitCode.OK


@pytest.mark.parametrize("broken", ["cases/zzz.py", "golden/demo/ratio/since-1.04.0.yml"])
def test_what_cannot_be_read_is_no_error_of_another_file(project, pytester, broken):
    files.replace(project.folder.parent / broken, "1 +\n")
    result = pytester.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*_ ERROR collecting cases and goldens _*", f"{broken}*"])
    result.stdout.no_fnmatch_line("*demo.py*")


@pytest.mark.parametrize("device", ["all", "cuda"])
def test_cases_that_cannot_be_read_are_told_at_once_on_each_device(project, pytester, device):
    files.replace(project.cases_folder / "demo.py", "1 +\n")
    result = pytester.runpytest_subprocess("--device", device, timeout=60)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: cases/demo.py:1: not Python*"])


def test_each_member_of_a_family_is_a_test_with_a_golden_of_its_own(project, pytester):
    path = project.cases_folder / "demo.py"
    files.replace(path, path.read_text(encoding="utf-8") + FAMILY)
    pytester.runpytest("--regen-all").stdout.fnmatch_lines(
        ["accepted: demo/gelu-of-one, demo/elu-of-one, demo/no-of-one"]
    )
    assert load(project.folder / "demo/elu-of-one" / SINCE).observation.printed == "ELU tensor(True)\n"
    assert load(project.folder / "demo/no-of-one" / SINCE).observation.absent == "torch.nn.NoSuchLayer"
    first = {id: one.code for id, one in project.last_run().items()}
    result = pytester.runpytest("-v", "cases/demo.py::test_matches_the_record[demo/elu-of-one-cpu]")
    result.stdout.fnmatch_lines(["*?demo/elu-of-one-cpu? PASSED*", "*judged in part, and matches there: 1 case*"])
    pytester.runpytest("-k", "gelu").assert_outcomes(passed=1, deselected=4)
    edit(path, '"elu": ("ELU", 2)', '"elu": ("ELU", -2), "selu": ("SELU", 1)')
    result = pytester.runpytest()
    result.assert_outcomes(passed=4, failed=2)
    result.stdout.fnmatch_lines(["*-ELU tensor(True)*", "*+ELU tensor(False)*"])
    pytester.runpytest("--regen-all").stdout.fnmatch_lines(["accepted: demo/elu-of-one, demo/selu-of-one"])
    second = {id: one.code for id, one in project.last_run().items()}
    assert {id for id in second if second[id] != first.get(id)} == {"demo/elu-of-one", "demo/selu-of-one"}


def test_above_the_packages_record_a_device_that_is_asked_for_is_not_green_without_its_cases(pytester):
    pytester.makepyprojecttoml('[tool.module-drift]\nextends = "module-drift"\ngolden = "drift"\n')
    pytester.makepyfile(test_of_ones_own="def test_it():\n    pass\n")
    assert pytester.runpytest().ret == pytest.ExitCode.OK
    result = pytester.runpytest("--device", "cpu")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["no case was judged: those of the package, module-drift check --device cpu does"])
    assert result.ret == pytest.ExitCode.INTERRUPTED
