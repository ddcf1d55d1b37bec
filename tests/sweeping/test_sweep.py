"""The sweep, driving a real tox over environments that need nothing installed."""

import json
import sys
import textwrap

import pytest
import torch
from filelock import FileLock

from conftest import FAMILY, make_golden, make_row
from module_drift.cli import main
from module_drift.common import files
from module_drift.common.errors import InputError
from module_drift.judging.judge import Judge
from module_drift.judging.judgement import DRIFTED, MATCHES, NOT_RUN, UNSUPPORTED, Judgement
from module_drift.observing.running_torch import this_processor
from module_drift.record.release import Release
from module_drift.sweeping import environments
from module_drift.sweeping import sweep as sweeping
from module_drift.sweeping.sweep import Sweep

RELEASE = str(Release.parse(torch.__version__))
RAN = {"python": "3.11.7", "platform": "linux-x86_64"}
DRIFT = {"id": "demo/ratio", "device": "cpu", "old": "a", "new": "b < c", "differences": "printed:"}
RELEASES = ["1.4.0", "1.4.1", "1.5.0", "1.6.0", "1.7.0", "1.8.0", "1.9.0", RELEASE]
TOX = f"""
    [tox]
    env_list = torch1.4.0-cpu

    [testenv:torch{{{",".join(RELEASES)}}}-cpu]
    skip_install = true
    deps =
        torch1.6.0: {{tox_root}}/nothing-like-torch
"""


class StandIn:
    """Judges by the release, without torch."""

    runs: "list[tuple[str, bool]]" = []  # noqa: RUF012 - emptied by the fixture, as is that below
    ran: "dict[str, list[str]]" = {}  # noqa: RUF012

    def __init__(
        self, project, device, limits, view, *, recording, release, python, variables, only, mode, device_module, jobs
    ):
        self.release, self.recording, self.python, self.was_stopped = str(release), recording, python, False
        assert mode == "eager"
        self.record, self.only = project.record, only

    def judge(self):
        assert f"torch{self.release}-cpu" in self.python
        self.runs.append((self.release, self.recording))
        self.ran[self.release] = list(self.only)
        if self.recording:
            row = make_row(self.release, platform=this_processor())
            self.record.add_verified(row, self.record.cases(), self.only)
        ran = {**RAN, "torch": self.release}
        return {
            "1.5.0": Judgement(DRIFTED, 1, 1, drifted=["demo/ratio"], details=[DRIFT], ran=ran),
            "1.7.0": Judgement(NOT_RUN, reason="importing it ended its process by SIGABRT"),
            "1.8.0": Judgement(NOT_RUN, 1, 2, reason="1 of 2 judged, first missing demo/ratio (took longer than 60 s)"),
            "1.9.0": Judgement(UNSUPPORTED, reason="it was built for sm_37", ran=ran),
        }.get(self.release, Judgement(MATCHES, 1, 1, ran=ran))


@pytest.fixture
def with_tox(record, monkeypatch):
    """A project whose environments tox really makes."""
    root = record.folder.parent
    files.replace(root / "tox.ini", textwrap.dedent(TOX))
    monkeypatch.chdir(root)
    monkeypatch.setattr(StandIn, "runs", [])
    monkeypatch.setattr(StandIn, "ran", {})
    monkeypatch.setattr(sweeping, "Judge", StandIn)
    return root


@pytest.fixture
def project(with_tox, monkeypatch):
    """The same, with a stand-in for tox, which takes seconds."""

    def installed(_, name, folder, log):
        if "1.6.0" in name:
            raise InputError(name, "tox ended with exit status 1 (nothing-like-torch)", "see the log")
        (folder / name).mkdir(parents=True)
        return str(folder / name / "bin/python")

    monkeypatch.setattr(environments, "releases", lambda *_: [Release.parse(one) for one in RELEASES])
    monkeypatch.setattr(Sweep, "_installed", installed)
    return with_tox


def sweep(monkeypatch, capsys, *arguments):
    monkeypatch.setattr("sys.argv", ["module-drift", "sweep", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    captured = capsys.readouterr()
    return ended.value.code, captured.out + captured.err


def runs():
    return [release for release, _ in StandIn.runs]


def test_each_release_ends_as_what_it_is_and_the_sweep_goes_on(with_tox, monkeypatch, capsys):
    status, output = sweep(monkeypatch, capsys, "..1.9.0")
    assert status == 1
    assert runs() == ["1.4.0", "1.4.1", "1.5.0", "1.7.0", "1.8.0", "1.9.0"]
    assert "torch 1.5.0 drifted" in output
    assert "demo/ratio" in output
    assert "torch1.6.0-cpu: tox ended with exit status 1 (" in output
    assert "nothing-like-torch" in output
    assert "1 of 2 judged, first missing demo/ratio (took longer than 60 s)" in output
    summary = output[output.index("7 releases on cpu") :].splitlines()
    assert summary[1:5] == [
        "matches (2): 1.4.0, 1.4.1",
        "drifted (1): 1.5.0",
        "could not be run (3): 1.6.0, 1.7.0, 1.8.0",
        "not supported by this wheel (1): 1.9.0",
    ]


def test_the_exit_status_tells_a_drift_from_what_could_not_be_run(project, monkeypatch, capsys):
    assert sweep(monkeypatch, capsys, "1.4.0..1.4.1")[0] == 0
    assert sweep(monkeypatch, capsys, "1.4.0", "1.5.0")[0] == 1
    assert sweep(monkeypatch, capsys, "1.4.0", "1.6.0")[0] == 2
    assert sweep(monkeypatch, capsys, "1.4.0", "1.9.0")[0] == 0


def test_runs_are_written_for_machines(project, monkeypatch, capsys):
    with monkeypatch.context() as patched:
        stop_before(patched, "1.6.0")
        assert sweep(monkeypatch, capsys, "--json", "out/runs.json", "1.5.0", "1.6.0", "1.9.0")[0] == 2
    made = json.loads((project / "out/runs.json").read_text(encoding="utf-8"))
    assert [run["release"] for run in made] == ["1.5.0"]
    sweep(monkeypatch, capsys, "--json", "out/runs.json", "1.5.0", "1.6.0", "1.9.0")  # Goes on after 1.5.0.
    drifted, failed, unsupported = json.loads((project / "out/runs.json").read_text(encoding="utf-8"))
    common = {
        "device": "cpu",
        "mode": "eager",
        "accepted": [],
        "elsewhere": [],
        "out_of_scope": {},
        "passed_by": [],
        "cannot": [],
        "deviating": [],
        "uncompared": [],
        "verified": 0,
        "left_out": {},
        "held_against": {},
        "unjudged": [],
        **RAN,
    }
    assert drifted == {
        **common,
        "release": "1.5.0",
        "verdict": "drifted",
        "cases": 1,
        "matched": 0,
        "expected": 1,
        "drifted": [DRIFT],
        "reason": "",
        "torch": "1.5.0",
    }
    assert (failed["release"], failed["verdict"], failed["torch"]) == ("1.6.0", "could not be run", None)
    assert "nothing-like-torch" in failed["reason"]
    assert unsupported == {
        **common,
        "release": "1.9.0",
        "verdict": "not supported by this wheel",
        "cases": 0,
        "matched": 0,
        "expected": 0,
        "drifted": [],
        "reason": "it was built for sm_37",
        "torch": "1.9.0",
    }


def test_what_was_downloaded_is_kept_on_demand(project, monkeypatch, capsys):
    files.replace(project / ".sweep/cache/wheel", "")
    sweep(monkeypatch, capsys, "--keep-cache", "1.4.0")
    assert (project / ".sweep/cache/wheel").exists()
    sweep(monkeypatch, capsys, "1.4.0")
    assert not (project / ".sweep/cache").exists()


def test_environments_are_removed_and_logs_are_kept(with_tox, monkeypatch, capsys):
    sweep(monkeypatch, capsys, "1.4.0", "1.6.0")
    assert sorted(path.name for path in (with_tox / ".sweep").iterdir()) == [".lock", "logs"]
    assert "nothing-like-torch" in (with_tox / ".sweep/logs/torch1.6.0-cpu.log").read_text(encoding="utf-8")


def test_regenerating_records(project, monkeypatch, capsys):
    assert sweep(monkeypatch, capsys, "--regen", "1.4.0")[0] == 0
    assert StandIn.runs == [("1.4.0", True)]


ADDED = '''

@case("demo/added")
def added(show, device):
    """A one."""
    show("one", 1)
'''


def test_only_what_is_stale_is_run_and_all_on_request(project, monkeypatch, capsys):
    status, output = sweep(monkeypatch, capsys, "--regen", "1.4.0..1.4.1")
    assert "to run: 2 releases, 4 cases in all\n" in output
    assert StandIn.ran == {"1.4.0": ["demo/ratio", "demo/warning"], "1.4.1": ["demo/ratio", "demo/warning"]}
    status, output = sweep(monkeypatch, capsys, "--json", "runs.json", "1.4.0..1.4.1")
    assert status == 0
    assert "nothing to run: 2 releases verified as they are (--all runs them again)" in output
    assert "verified before (2): 1.4.0, 1.4.1\n" in output
    made = json.loads((project / "runs.json").read_text(encoding="utf-8"))
    assert made == []
    path = project / "cases/demo.py"
    files.replace(path, path.read_text(encoding="utf-8") + ADDED)
    output = sweep(monkeypatch, capsys, "--regen", "1.4.0")[1]
    assert "to run: 1 release, 1 case in all\n" in output
    assert StandIn.ran["1.4.0"] == ["demo/added"]
    output = sweep(monkeypatch, capsys, "..1.7.0")[1]
    assert "to run: 4 releases, 10 cases in all; 1 more is verified as it is (--all runs it again)\n" in output
    assert StandIn.ran["1.4.1"] == ["demo/added"]
    assert StandIn.ran["1.5.0"] == ["demo/ratio", "demo/warning", "demo/added"]
    assert "verified before (1): 1.4.0\nmatches (1): 1.4.1\n" in output
    sweep(monkeypatch, capsys, "--all", "1.4.0")
    assert StandIn.ran["1.4.0"] == ["demo/ratio", "demo/warning", "demo/added"]


def test_of_a_family_only_what_was_added_or_edited_is_run(project, monkeypatch, capsys):
    path = project / "cases/demo.py"
    files.replace(path, path.read_text(encoding="utf-8") + FAMILY)
    sweep(monkeypatch, capsys, "--regen", "1.4.0")
    assert len(StandIn.ran["1.4.0"]) == 5
    edited = path.read_text(encoding="utf-8").replace('"elu": ("ELU", 2)', '"elu": ("ELU", 3), "selu": ("SELU", 1)')
    files.replace(path, edited)
    output = sweep(monkeypatch, capsys, "--regen", "1.4.0")[1]
    assert "to run: 1 release, 2 cases in all\n" in output
    assert StandIn.ran["1.4.0"] == ["demo/elu-of-one", "demo/selu-of-one"]


def test_a_sweep_of_all_does_not_go_on_where_one_of_some_stopped(project, monkeypatch, capsys):
    sweep(monkeypatch, capsys, "--regen", "1.4.0..1.4.1")
    path = project / "cases/demo.py"
    files.replace(path, path.read_text(encoding="utf-8") + ADDED)
    with monkeypatch.context() as patched:
        stop_before(patched, "1.4.1")
        sweep(monkeypatch, capsys, "1.4.0..1.4.1")
    assert StandIn.ran["1.4.0"] == ["demo/added"]
    output = sweep(monkeypatch, capsys, "--all", "1.4.0..1.4.1")[1]
    assert "are done" not in output
    assert StandIn.ran["1.4.0"] == ["demo/ratio", "demo/warning", "demo/added"]


@pytest.mark.parametrize("options", [[], ["--regen"]])
def test_what_is_not_verified_any_more_is_not_done(project, monkeypatch, capsys, options):
    sweep(monkeypatch, capsys, "--regen", "1.4.0")
    path = project / "cases/demo.py"
    files.replace(path, path.read_text(encoding="utf-8") + ADDED)
    with monkeypatch.context() as patched:
        stop_before(patched, "1.4.1")
        sweep(monkeypatch, capsys, *options, "1.4.0..1.4.1")
    for name in ("cases.csv", "verified.csv"):
        (project / "golden" / name).unlink()
    assert "are done" not in sweep(monkeypatch, capsys, *options, "1.4.0..1.4.1")[1]
    assert StandIn.ran["1.4.0"] == ["demo/ratio", "demo/warning", "demo/added"]


def test_what_is_verified_elsewhere_is_not_verified_here(project, record, monkeypatch, capsys):
    record.add_verified(make_row("1.4.0", platform="plan9-x86_64"), record.cases(), ["demo/ratio", "demo/warning"])
    assert "to run: 1 release, 2 cases in all\n" in sweep(monkeypatch, capsys, "1.4.0")[1]


def test_a_run_on_another_python_is_made_again_in_its_environment(project, record, monkeypatch, capsys):
    for python in ("3.8.18", "3.11.7"):
        row = make_row("1.4.0", python=python, platform=this_processor())
        record.add_verified(row, record.cases(), ["demo/ratio", "demo/warning"])
    monkeypatch.setattr(environments, "releases", lambda *_: [Release.parse("1.4.0")])
    output = sweep(monkeypatch, capsys)[1]
    assert "nothing to run: 1 release verified" in output
    assert "verified before (2): 1.4.0, 1.4.0 (py311)\n" in output
    path = project / "cases/demo.py"
    files.replace(path, path.read_text(encoding="utf-8") + ADDED)
    made = []
    monkeypatch.setattr(
        Sweep, "_installed", lambda _, name, folder, log: made.append(name) or f"{folder}/torch1.4.0-cpu"
    )
    output = sweep(monkeypatch, capsys)[1]
    assert made == ["torch1.4.0-cpu", "py311-torch1.4.0-cpu"]
    assert "torch 1.4.0 (py311) matches" in output


def test_a_release_is_judged_in_its_environment(project, monkeypatch, capsys):
    monkeypatch.setattr(sweeping, "Judge", Judge)
    monkeypatch.setattr(Sweep, "_installed", lambda *_: sys.executable)  # It has torch.
    assert sweep(monkeypatch, capsys, "--regen", RELEASE)[0] == 0
    status, output = sweep(monkeypatch, capsys, RELEASE, "--all")
    assert status == 0, output
    assert f"torch {RELEASE} matches" in output
    assert "2 cases" in output
    status, output = sweep(monkeypatch, capsys, "1.4.1")  # Of which the environment holds another.
    assert status == 2
    assert "was installed, and not 1.4.1; pin it in tox.ini" in output


def test_two_sweeps_do_not_meet(project, monkeypatch, capsys):
    (project / ".sweep").mkdir()
    with FileLock(project / ".sweep/.lock"):
        status, output = sweep(monkeypatch, capsys, "1.4.0")
    assert status == 2
    assert "another sweep is at work here; wait for it, or stop it" in output


def test_a_state_that_says_what_is_no_verdict_is_refused(project, monkeypatch, capsys):
    with monkeypatch.context() as patched:
        stop_before(patched, "1.4.1")
        sweep(monkeypatch, capsys, "1.4.0", "1.4.1")
    state = project / ".sweep/check-cpu.json"
    files.replace(state, state.read_text(encoding="utf-8").replace('"matches"', '"fine"'))
    status, output = sweep(monkeypatch, capsys, "1.4.0", "1.4.1")
    assert status == 2
    assert "says of torch 1.4.0 what is no verdict ('fine'); begin anew: module-drift sweep --fresh" in output


def stop_before(monkeypatch, release):
    really_run = Sweep.run

    def run(self, at, tell):
        if str(at) == release:
            raise KeyboardInterrupt
        return really_run(self, at, tell)

    monkeypatch.setattr(Sweep, "run", run)


def test_a_sweep_that_was_stopped_goes_on(project, monkeypatch, capsys):
    with monkeypatch.context() as patched:
        stop_before(patched, "1.6.0")
        status, output = sweep(monkeypatch, capsys, "1.4.0..1.6.0")
        assert status == 2
        assert "could not be run: 3 of 4 releases judged, told to stop" in output
        assert "start the same sweep again to go on" in output
    status, output = sweep(monkeypatch, capsys, "1.4.0..1.6.0")
    assert status == 1
    assert "3 are done" in output
    assert "drifted (1): 1.5.0" in output
    assert runs() == ["1.4.0", "1.4.1", "1.5.0"]
    sweep(monkeypatch, capsys, "1.4.0")
    assert runs()[-1] == "1.4.0"


@pytest.mark.parametrize("change", ["--fresh", "a golden"])
def test_it_begins_anew_when_asked_or_when_the_record_changed(project, monkeypatch, capsys, write_golden, change):
    with monkeypatch.context() as patched:
        stop_before(patched, "1.4.1")
        sweep(monkeypatch, capsys, "1.4.0", "1.4.1")
    assert json.loads((project / ".sweep/check-cpu.json").read_text(encoding="utf-8"))["done"].keys() == {
        "torch1.4.0-cpu"
    }
    options = [change] if change == "--fresh" else []
    if not options:
        write_golden("demo/ratio", make_golden("a"))
    sweep(monkeypatch, capsys, *options, "1.4.0", "1.4.1")
    assert runs() == ["1.4.0", "1.4.0", "1.4.1"]


def test_what_could_not_be_run_is_tried_again(project, monkeypatch, capsys):
    with monkeypatch.context() as patched:
        stop_before(patched, "1.4.1")
        sweep(monkeypatch, capsys, "--fresh", "1.4.0", "1.4.1")
    state = project / ".sweep/check-cpu.json"
    state.write_text(state.read_text(encoding="utf-8").replace("matches", "could not be run"), encoding="utf-8")
    sweep(monkeypatch, capsys, "1.4.0", "1.4.1")
    assert runs() == ["1.4.0", "1.4.0", "1.4.1"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["1.4.7"], f"module-drift: 1.4.7: tox.ini lists 1.4.0 to {RELEASE}, but not this; nearest is 1.4.1"),
        (["next"], "module-drift: torch version 'next': not a version number"),
        (["--device", "TPU"], "module-drift: --device: 'TPU' is no type of device"),
        (["--regen", "1.4.0"], "module-drift: CI: is set, and goldens are never written there"),
    ],
)
def test_bad_input_ends_with_a_line_and_status_2(project, monkeypatch, capsys, arguments, message):
    monkeypatch.setenv("CI", "true")
    status, output = sweep(monkeypatch, capsys, *arguments)
    assert status == 2
    assert message in output
    assert "Traceback" not in output
    assert not StandIn.runs


def test_elsewhere_the_checkout_of_the_package_is_not_swept(project, monkeypatch, capsys, tmp_path_factory):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    status, output = sweep(monkeypatch, capsys, "--regen")
    assert status == 2
    assert output.endswith(": no tox.ini and no cases are here; run it in a checkout of the project\n")


def test_a_line_names_only_some_of_many_cases():
    many = [f"demo/{number}" for number in range(12)]
    matching = Judgement(MATCHES, 12, 12, accepted=many)
    assert matching.detail.startswith("12 cases, accepted demo/0, demo/1, ")
    assert matching.detail.endswith("demo/9 and 2 more")
    assert Judgement(DRIFTED, 12, 12, drifted=many[:10]).detail == ", ".join(many[:10])


def test_a_mode_that_none_of_the_releases_has_is_no_sweep_that_matches(project, monkeypatch, capsys):
    status, output = sweep(monkeypatch, capsys, "1.4.0..1.4.1", "--mode", "export")
    assert status == 2
    assert "--mode: none of these releases has such a mode: export came with 2.1.0; name later releases" in output
    status, output = sweep(monkeypatch, capsys, "1.4.0", "--mode", "")
    assert status == 2
    assert "there is no such mode" in output


@pytest.mark.parametrize(
    ("log", "why"),
    [
        (
            "error: Request failed\n  cause: Failed to download `cpython-3.10.22`\n  cause: error resolving DNS\n"
            "torch2.9.1-xla: exit 2 (11.20 seconds) uv venv\n  evaluation failed :(\n",
            "error: Request failed cause: Failed to download `cpython-3.10.22`",
        ),
        ("Looking\nERROR: No matching distribution\nx: exit 1 (1.00 seconds) pip\n", "ERROR: No matching distribution"),
        ("", "no output"),
    ],
)
def test_why_tox_ended_is_what_it_said_first_of_the_last_error(tmp_path, log, why):
    files.replace(tmp_path / "log", log)
    assert sweeping._last_words(tmp_path / "log") == why
