"""The sweep, driving a real tox over environments that need nothing installed."""

import json
import textwrap

import pytest

from module_drift import files
from module_drift.cli import main
from module_drift.judgement import DRIFTED, MATCHES, Judgement
from module_drift.sweep import Sweep

# What pytest would leave behind, by the release that the environment is named after.
STAND_IN = """
    import json, pathlib, sys
    from xml.sax.saxutils import quoteattr

    name, option = sys.argv[1], sys.argv[2]
    pathlib.Path("runs.txt").open("a").write(name + "\\n")
    if "1.6.0" in name:
        print("ERROR: nothing fits torch")
        sys.exit(1)
    if "1.7.0" in name:
        import os
        os.abort()
    outcome = "drifted" if "1.5.0" in name else "unsupported" if "1.9.0" in name else "matched"
    details = {"torch": name[5:10], "python": "3.11.7", "platform": "linux-x86_64", "reason": "it was built for sm_37"}
    if outcome == "drifted":
        details.update(old="a", new="b < c", differences="printed:")
    failure = "<failure/>" if outcome == "drifted" else ""
    error = "<error/>" if "1.8.0" in name else ""
    pathlib.Path(option.split("=")[1]).write_text(
        "<testsuites><testsuite><testcase><properties>"
        f"<property name='module-drift' value='cpu demo/ratio {outcome}'/>"
        f"<property name='module-drift-details' value={quoteattr(json.dumps(details))}/></properties>{failure}{error}"
        "</testcase></testsuite></testsuites>"
    )
    sys.exit(1 if failure or error else 0)
"""
TOX = """
    [tox]
    env_list = torch1.4.0-cpu

    [testenv:{regen-,}torch{1.4.0,1.4.1,1.5.0,1.6.0,1.7.0,1.8.0,1.9.0}-cpu]
    skip_install = true
    commands = python stand_in.py {env_name} {posargs}
"""


@pytest.fixture
def project(record, monkeypatch):
    root = record.folder.parent
    files.replace(root / "stand_in.py", textwrap.dedent(STAND_IN))
    files.replace(root / "tox.ini", textwrap.dedent(TOX))
    monkeypatch.chdir(root)
    return root


def sweep(monkeypatch, capsys, *arguments):
    monkeypatch.setattr("sys.argv", ["module-drift", "sweep", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    captured = capsys.readouterr()
    return ended.value.code, captured.out + captured.err


def runs(project):
    return (project / "runs.txt").read_text(encoding="utf-8").split()


def test_each_release_ends_as_what_it_is_and_the_sweep_goes_on(project, monkeypatch, capsys):
    status, output = sweep(monkeypatch, capsys)
    assert status == 1
    assert len(runs(project)) == 7
    assert "torch 1.5.0 drifted" in output
    assert "demo/ratio" in output
    assert "exit 1: ERROR: nothing fits torch" in output
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
        assert sweep(monkeypatch, capsys, "--json", "out/runs.json", "1.5.0", "1.6.0", "1.9.0")[0] == 130
    made = json.loads((project / "out/runs.json").read_text(encoding="utf-8"))
    assert [run["release"] for run in made] == ["1.5.0"]
    sweep(monkeypatch, capsys, "--json", "out/runs.json", "1.5.0", "1.6.0", "1.9.0")  # Goes on after 1.5.0.
    drifted, failed, unsupported = json.loads((project / "out/runs.json").read_text(encoding="utf-8"))
    drift = {"id": "demo/ratio", "device": "cpu", "old": "a", "new": "b < c", "differences": "printed:"}
    place = {"python": "3.11.7", "platform": "linux-x86_64"}
    common = {"device": "cpu", "accepted": [], **place}
    assert drifted == {
        **common,
        "release": "1.5.0",
        "verdict": "drifted",
        "cases": 1,
        "drifted": [drift],
        "reason": "",
        "torch": "1.5.0",
    }
    assert (failed["release"], failed["verdict"], failed["torch"]) == ("1.6.0", "could not be run", None)
    assert failed["reason"].endswith("ERROR: nothing fits torch")
    assert unsupported == {
        **common,
        "release": "1.9.0",
        "verdict": "not supported by this wheel",
        "cases": 0,
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


def test_environments_are_removed_and_logs_are_kept(project, monkeypatch, capsys):
    sweep(monkeypatch, capsys, "1.4.0", "1.6.0")
    assert sorted(path.name for path in (project / ".sweep").iterdir()) == ["logs"]
    assert "nothing fits torch" in (project / ".sweep/logs/torch1.6.0-cpu.log").read_text(encoding="utf-8")


def test_regenerating_runs_the_regen_environments(project, monkeypatch, capsys):
    assert sweep(monkeypatch, capsys, "--regen", "1.4.0")[0] == 0
    assert runs(project) == ["regen-torch1.4.0-cpu"]


def stop_before(monkeypatch, release):
    really_run = Sweep.run

    def run(self, at):
        if str(at) == release:
            raise KeyboardInterrupt
        return really_run(self, at)

    monkeypatch.setattr(Sweep, "run", run)


def test_a_sweep_that_was_stopped_goes_on(project, monkeypatch, capsys):
    with monkeypatch.context() as patched:
        stop_before(patched, "1.6.0")
        status, output = sweep(monkeypatch, capsys, "1.4.0..1.6.0")
        assert status == 130
        assert "start the same sweep again to go on" in output
    status, output = sweep(monkeypatch, capsys, "1.4.0..1.6.0")
    assert status == 1
    assert "3 are done" in output
    assert "drifted (1): 1.5.0" in output
    assert runs(project) == ["torch1.4.0-cpu", "torch1.4.1-cpu", "torch1.5.0-cpu", "torch1.6.0-cpu"]
    sweep(monkeypatch, capsys, "1.4.0")
    assert runs(project)[-1] == "torch1.4.0-cpu"


@pytest.mark.parametrize("change", ["--fresh", "a golden"])
def test_it_begins_anew_when_asked_or_when_the_record_changed(project, monkeypatch, capsys, write_golden, change):
    from conftest import make_golden

    with monkeypatch.context() as patched:
        stop_before(patched, "1.4.1")
        sweep(monkeypatch, capsys, "1.4.0", "1.4.1")
    assert json.loads((project / ".sweep/check-cpu.json").read_text(encoding="utf-8"))["done"].keys() == {"1.4.0"}
    options = [change] if change == "--fresh" else []
    if not options:
        write_golden("demo/ratio", make_golden("a"))
    sweep(monkeypatch, capsys, *options, "1.4.0", "1.4.1")
    assert runs(project) == ["torch1.4.0-cpu", "torch1.4.0-cpu", "torch1.4.1-cpu"]


def test_what_could_not_be_run_is_tried_again(project, monkeypatch, capsys):
    with monkeypatch.context() as patched:
        stop_before(patched, "1.4.1")
        sweep(monkeypatch, capsys, "--fresh", "1.4.0", "1.4.1")
    state = project / ".sweep/check-cpu.json"
    state.write_text(state.read_text(encoding="utf-8").replace("matches", "could not be run"), encoding="utf-8")
    sweep(monkeypatch, capsys, "1.4.0", "1.4.1")
    assert runs(project) == ["torch1.4.0-cpu", "torch1.4.0-cpu", "torch1.4.1-cpu"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["1.4.7"], "module-drift: 1.4.7: tox.ini lists 1.4.0 to 1.9.0, but not this; nearest is 1.4.1"),
        (["next"], "module-drift: torch version 'next': not a version number"),
        (["--device", "tpu"], "Invalid value for '--device'"),
        (["--regen", "1.4.0"], "module-drift: CI: is set, and goldens are never written there"),
    ],
)
def test_bad_input_ends_with_a_line_and_status_2(project, monkeypatch, capsys, arguments, message):
    monkeypatch.setenv("CI", "true")
    status, output = sweep(monkeypatch, capsys, *arguments)
    assert status == 2
    assert message in output
    assert "Traceback" not in output
    assert not (project / "runs.txt").exists()


def test_elsewhere_the_checkout_of_the_package_is_not_swept(project, monkeypatch, capsys, tmp_path_factory):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    status, output = sweep(monkeypatch, capsys, "--regen")
    assert status == 2
    assert output.endswith(": no tox.ini and no cases are here; run it in a checkout of the project\n")


def test_a_line_names_only_some_of_many_cases():
    many = [f"demo/{number}" for number in range(12)]
    matching = Judgement(MATCHES, 12, [], many, "")
    assert matching.detail.startswith("12 cases, accepted demo/0, demo/1, ")
    assert matching.detail.endswith("demo/9 and 2 more")
    assert Judgement(DRIFTED, 12, many[:10], [], "").detail == ", ".join(many[:10])
