"""`module-drift check` in hostile places: its verdict is the true one, or says why there is none."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import psutil
import pytest
import torch
from forked import fork_observers
from stand_in_observer import StandInObserver

from conftest import CAREFUL, FAMILY, REFUSAL, THIRD, make_golden, make_row
from module_drift.cli import main
from module_drift.common import files, terminal
from module_drift.comparing.observation import Observation
from module_drift.finding.discovery import discover
from module_drift.judging import judge
from module_drift.judging.judge import Judge, View
from module_drift.observing import observer, process
from module_drift.record.golden import dump
from module_drift.record.project import Project
from module_drift.record.release import Release, public_version
from module_drift.record.verified import dump as dump_rows

ROOT = Path(__file__).parents[2]
RELEASE = str(Release.parse(torch.__version__))

HEAD = """
import os
import sys
import time
import unittest

import pytest
import torch

from module_drift.case import case
"""

# A name, what such a case does, and how the verdict names it.
HOSTILE = {
    "skips": ("pytest.skip('not today')", "skipped: not today"),
    "expects-to-fail": ("pytest.xfail('known')", "raised XFailed: known"),
    "fails-by-pytest": ("pytest.fail('no')", "raised Failed: no"),
    "skips-by-unittest": ("raise unittest.SkipTest('not here')", "skipped: not here"),
    "is-interrupted": ("raise KeyboardInterrupt", "raised KeyboardInterrupt"),
    "exits": ("sys.exit(0)", "raised SystemExit: 0"),
    "leaves-at-once": ("os._exit(0)", "ended its process with exit status 0"),
    "kills-itself": ("os.kill(os.getpid(), 9)", "ended its process by SIGKILL"),
    "hangs": ("time.sleep(600)", "took longer than 10 s"),
    "grows": ("held = [bytearray(b'x' * 2**24) for _ in range(10**4)]", "took more than 300 MiB of memory"),
    "shows-too-much": ("show('much', 'x' * 2**25)", "it showed 32 MiB, more than anybody reads"),
    "has-a-slip": ("tensor(1.0)", "NameError in *: name 'tensor' is not defined; mend it, *"),
    "lacks-a-module": ("import nothing_like_this", "ModuleNotFoundError in *: No module named 'nothing_like_this'*"),
}


@pytest.fixture
def project(record):
    """A project with two cases whose goldens hold, as was verified with this torch."""
    files.replace(record.folder / "verified.csv", dump_rows([make_row(RELEASE)]))
    keep(record, "demo/ratio", THIRD)
    keep(record, "demo/warning", CAREFUL)
    return record.folder.parent


def keep(record, case_id, observed):
    golden = make_golden("")._replace(observation=observed)
    files.replace(record.folder / case_id / golden.file_name, dump(golden))


def add_case(project, name, body, file="hostile.py"):
    path = project / "cases" / file
    text = path.read_text(encoding="utf-8") if path.exists() else HEAD
    function = f'''

@case("hostile/{name}")
def {name.replace("-", "_")}(show, device):
    """Is hostile."""
    {body}
'''
    files.replace(path, text + function)
    kept = make_golden("a")
    files.replace(project / "golden" / "hostile" / name / kept.file_name, dump(kept))


def check(project, *options, **variables):
    command = [sys.executable, "-c", "from module_drift.cli import main; main()", "check", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def last_line(done):
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize(("text", "status"), [(None, 0), ("x", 2)])
def test_a_prompt_that_python_was_told_to_show_does_not_change_the_status(project, text, status):
    if text:
        files.replace(project / "golden" / "verified.csv", text)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONINSPECT": "1"}
    command = [sys.executable, "-m", "module_drift", "check"]
    done = subprocess.run(command, cwd=project, env=environment, stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode == status
    assert done.stdout.splitlines()[-1].startswith((b"matches: 2", b"could not be run: ")), done.stdout


def test_a_hostile_case_is_named_and_the_others_are_judged(project, tmp_path):
    for name, (body, _) in HOSTILE.items():
        add_case(project, name, body)
    report = tmp_path / "report.xml"
    done = check(project, "--json", "--junit", str(report), "--case-seconds", "10", "--case-mebibytes", "300")
    assert done.returncode == 2
    run = json.loads(done.stdout)
    assert (run["verdict"], run["cases"], run["expected"]) == ("could not be run", 2, 2 + len(HOSTILE))
    reasons = {one["id"]: one["reason"] for one in run["unjudged"]}
    for name, (_, reason) in HOSTILE.items():
        found = reasons[f"hostile/{name}"]
        assert matches(found, reason), found
    first = next(iter(HOSTILE))
    assert run["reason"] == f"2 of {2 + len(HOSTILE)} judged, first missing hostile/{first} (skipped: not today)"
    text = report.read_text(encoding="utf-8")
    assert text.count("<error") == len(HOSTILE) + 1
    assert "took longer than 10 s" in text


def matches(text, pattern):
    head, *parts = pattern.split("*")
    at = len(head) if text.startswith(head) else -1
    for part in parts:
        at = text.find(part, at) if at >= 0 else -1
    return at >= 0


def test_cases_that_misbehave_otherwise_do_no_harm(project, check_forked):
    bodies = [
        "os.fork() or None",  # The copy comes back from the case, too.
        "print('x' * 10**6); os.write(1, b'no JSON'); os.write(2, b'x' * 10**6)",
        "sys.stdout.close(); sys.stdin.close()",
        "torch.set_default_dtype(torch.float64); torch.set_grad_enabled(False)",
    ]
    for number, body in enumerate(bodies):
        add_case(project, f"aaa-{number}", f"show('a'); {body}", file="aaa.py")
    done = check_forked()
    assert (done.returncode, last_line(done)) == (0, "matches: 6 cases"), done.stdout + done.stderr


@pytest.mark.parametrize("jobs", ["2", "9"])
def test_divided_among_processes_it_says_the_same(project, check_forked, jobs):
    add_case(project, "says-its-process", "open(f'pid-{os.getpid()}', 'w').close(); show('b')", file="zzz.py")
    add_case(project, "dies", "os._exit(3)", file="zzz.py")
    add_case(project, "also-says-its-process", "open(f'pid-{os.getpid()}', 'w').close(); show('b')", file="zzz.py")
    one, several = check_forked("--json"), check_forked("--json", "--jobs", jobs)
    assert json.loads(several.stdout) == json.loads(one.stdout)
    assert several.returncode == 2
    assert len(set(project.glob("pid-*"))) >= 3  # One of the first, and at least two of the second.


VARIES = "show('a' if device.type == 'cpu' else os.urandom(8).hex())"


def test_what_a_device_shows_otherwise_each_time_it_cannot_repeat(project, check_forked):
    add_case(project, "varies", VARIES)
    lacks = "matches: 2 cases, 1 more the device cannot do, as it lacks repeatability"
    assert check_forked().returncode == 0
    before = check_forked("--device", "lazy")  # Nobody has said so yet.
    assert (before.returncode, last_line(before).split(";")[0]) == (1, "drifted: hostile/varies")
    done = check_forked("--device", "lazy", "--regen")
    assert (done.returncode, last_line(done)) == (0, lacks), done.stdout
    assert os.listdir(project / "golden/hostile/varies") == ["since-1.04.0.yml"]
    assert (project / "golden/devices.csv").read_text(encoding="utf-8").count("hostile/varies") == 0
    again = check_forked("--device", "lazy")
    assert (again.returncode, last_line(again)) == (0, lacks)
    text = (project / "cases/hostile.py").read_text(encoding="utf-8")
    files.replace(project / "cases/hostile.py", text.replace(VARIES, "show('b')"))  # Always, which is a drift.
    done = check_forked("--device", "lazy")
    assert (done.returncode, last_line(done)) == (1, "drifted: hostile/varies")


def test_a_golden_of_the_device_that_says_what_the_cpu_shows_is_no_deviation(project, check_forked):
    for since, observed in (("1.5.0", CAREFUL), ("1.6.0", THIRD)):  # As it was, and as it is again.
        golden = make_golden("", since, device="lazy", cause="unexplained")._replace(observation=observed)
        files.replace(project / "golden/demo/ratio" / golden.file_name, dump(golden))
    assert last_line(check_forked("--device", "lazy")).startswith("matches: 2 cases, torch ")


def test_what_a_device_shows_otherwise_now_and_then_it_cannot_repeat(project, check_forked):
    """As memory that nobody wrote, which two looks may find alike."""
    looks = "os.LOOKS = getattr(os, 'LOOKS', -1) + 1"
    add_case(project, "varies", f"{looks}; show('a' if device.type == 'cpu' else f'{{os.getpid()}} {{os.LOOKS // 4}}')")
    for options in (["--regen"], []):
        done = check_forked("--device", "lazy", *options)
        assert done.returncode == 0, done.stdout
        assert last_line(done).endswith("1 more the device cannot do, as it lacks repeatability")


def test_what_ends_its_process_on_a_device_cannot_be_done_there(project, check_forked):
    add_case(project, "aborts", "os.abort() if device.type != 'cpu' else show('a')")
    add_case(project, "exits", "os._exit(3) if device.type != 'cpu' else show('a')", file="exits.py")
    done = check_forked("--device", "lazy", "--regen")
    unjudged = r"could not be run: 2 of 3 judged, first missing hostile/exits \(ended its process with exit status 3\)"
    assert re.fullmatch(unjudged, last_line(done)), done.stdout
    (project / "cases/exits.py").unlink()
    shutil.rmtree(project / "golden/hostile/exits")
    lacks = "matches: 2 cases, 1 more the device cannot do, as it lacks errors that do not end the process"
    for options in (["--regen"], []):
        done = check_forked("--device", "lazy", *options)
        assert (done.returncode, last_line(done)) == (0, lacks)


ITEM = "refusal(lambda: torch.ones(1, device={}).item())"


def test_what_a_device_cannot_is_no_drift_where_the_case_catches_its_error(project, check_forked):
    add_case(project, "lacks", f"show('item', {ITEM.format('device')})")
    add_case(project, "drifts", "show('size', 2 if device.type == 'cpu' else 3)")
    # What is so on the CPU, too, is no inability of the device, and hides nothing.
    add_case(project, "lacks-everywhere", f"show('item', {ITEM.format(repr('meta'))}, device.type == 'cpu')")
    path = project / "cases/hostile.py"
    files.replace(path, path.read_text(encoding="utf-8") + REFUSAL)
    assert check_forked("--regen").returncode == 0
    done = check_forked("--device", "meta", "--json")
    run = json.loads(done.stdout)
    assert sorted(run_of["id"] for run_of in run["drifted"]) == ["hostile/drifts", "hostile/lacks-everywhere"]
    assert {one["id"]: one["lacks"] for one in run["cannot"]} == {"demo/ratio": "values", "hostile/lacks": "values"}
    assert check_forked("--device", "meta", "--regen").returncode == 0
    assert [name for name in os.listdir(project / "golden/hostile/lacks") if "@" in name] == []
    last = last_line(check_forked("--device", "meta"))
    assert last.startswith("matches: 3 cases, 2 of them deviate from the CPU without a named cause, 2 more the device")
    always = "def refusal(attempt):\n    return 'accepted'\n"
    files.replace(path, path.read_text(encoding="utf-8").replace("def refusal(attempt):\n", always))
    run = json.loads(check_forked("--device", "meta", "--json").stdout)
    assert {one["id"] for one in run["cannot"]} == {"demo/ratio"}


def test_what_is_otherwise_each_time_on_the_cpu_is_unjudged(project, check_forked):
    add_case(project, "varies", "show(os.urandom(8).hex())")
    done = check_forked("--regen")
    assert done.returncode == 2
    assert "it shows another thing when it is run again" in done.stdout


def test_a_process_that_is_there_before_any_case_is_none_of_theirs(project, check_forked):
    """As what torch_xla starts at its import."""
    start = "import subprocess\nsubprocess.Popen(['sleep', '60'])\n"
    tell = "open(f'pid-{os.getpid()}', 'w').close(); show('a')"
    for name in ("first", "second"):
        add_case(project, name, tell, file="starts.py")
    path = project / "cases/starts.py"
    files.replace(path, start + path.read_text(encoding="utf-8"))
    add_case(project, "third", f"os.LEFT = subprocess.Popen(['sleep', '60']); {tell}", file="starts.py")
    add_case(project, "fourth", tell, file="starts.py")
    done = check_forked()
    assert (done.returncode, last_line(done)) == (0, "matches: 6 cases"), done.stdout
    assert len(list(project.glob("pid-*"))) == 2  # What the third started ended with its process.


def test_neither_conftests_nor_plugins_nor_variables_have_a_part(project, tmp_path):
    drop = "def pytest_collection_modifyitems(items):\n    items.clear()\n"
    for folder in (project, project / "cases", project.parent):
        files.replace(folder / "conftest.py", drop)
    files.replace(tmp_path / "plugins" / "dropper.py", drop)
    files.replace(project / "pytest.ini", "[pytest]\naddopts = -k nothing\n")
    files.replace(project / "torch.py", "raise SystemExit(0)\n")  # Neither has the current folder.
    files.replace(project / "sitecustomize.py", "raise SystemExit(0)\n")
    variables = {
        "PYTEST_ADDOPTS": "-k ratio --regen-all --lf --deselect cases",
        "PYTEST_PLUGINS": "dropper",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path / "plugins")]),
    }
    golden = project / "golden/demo/warning/since-1.04.0.yml"
    files.replace(golden, golden.read_text(encoding="utf-8").replace("careful", "careless"))
    before = golden.read_bytes()
    done = check(project, **variables)
    assert (done.returncode, last_line(done)) == (1, "drifted: demo/warning"), done.stdout + done.stderr
    assert golden.read_bytes() == before


def test_what_is_declared_where_nobody_finds_it_is_no_match(project):
    text = (project / "cases/demo.py").read_text(encoding="utf-8")
    files.replace(project / "cases/demo.py", f"{text}\n\n(lambda name: case(name)(ratio))('demo/more')\n")
    done = check(project)
    assert done.returncode == 2
    assert "'demo/more' is declared" in done.stdout or "demo.py" in done.stdout, done.stdout


def test_a_file_that_cannot_be_imported_is_named_with_the_right_way(project, check_forked):
    files.replace(project / "cases/shared.py", "VALUE = 1\n")
    files.replace(project / "cases/later.py", f"import shared\n{HEAD}")
    add_case(project, "later", "show('a')", file="later.py")
    done = check_forked()
    assert done.returncode == 2
    assert (
        "later.py cannot be imported: ModuleNotFoundError: No module named 'shared'; "
        "shared.py is beside it: write from .shared import …"
    ) in last_line(done)


@pytest.fixture
def call(project, monkeypatch, capsys):
    """Check the project in this process; return what `check` does."""
    monkeypatch.chdir(project)

    def called(*options):
        with pytest.raises(SystemExit) as ended:
            main(["check", *options])
        said = capsys.readouterr()
        return SimpleNamespace(returncode=ended.value.code or 0, stdout=said.out, stderr=said.err)

    return called


@pytest.fixture
def check_here(call, monkeypatch):
    """Have the cases run in this process, too."""
    monkeypatch.setattr(judge, "Observer", StandInObserver)
    return call


@pytest.fixture
def check_forked(call, monkeypatch):
    """Have the cases run in copies of this process."""
    fork_observers(monkeypatch)
    return call


def test_all_cases_bound_to_another_platform_are_no_match(project, check_here):
    text = (project / "cases/demo.py").read_text(encoding="utf-8")
    for id in ("demo/ratio", "demo/warning"):
        text = text.replace(f'@case("{id}")', f'@case("{id}", platform_bound=True)')
    files.replace(project / "cases/demo.py", text)
    done = check_here()
    assert done.returncode == 2
    assert last_line(done) == "could not be run: no case can be judged here: all 2 hold on another platform only"


def say_only(project, case_id, only):
    path = project / "cases/demo.py"
    text = path.read_text(encoding="utf-8")
    files.replace(path, text.replace(f'@case("{case_id}")', f'@case("{case_id}", only="{only}")'))


def test_cases_that_are_not_run_on_the_device_are_counted_beside_the_verdict(project, check_forked, tmp_path):
    say_only(project, "demo/ratio", "cpu")
    limit = "1 more is run in eager on the CPU alone"
    report = tmp_path / "report.xml"
    done = check_forked("--device", "lazy", "--junit", str(report))
    assert last_line(done).startswith(f"matches: 1 case, {limit}, "), done.stdout
    assert limit in report.read_text(encoding="utf-8")
    run = json.loads(check_forked("--device", "lazy", "--json").stdout)
    assert (run["expected"], run["out_of_scope"]) == (1, {"cpu": 1})
    assert last_line(check_forked()) == "matches: 2 cases"
    assert check_forked("--device", "lazy", "--regen").returncode == 0
    assert last_line(check_forked("--device", "all")).startswith(f"matches: 3 cases, {limit}, ")


def test_where_no_case_is_run_on_the_device_nothing_matches(project, check_forked):
    say_only(project, "demo/ratio", "cpu")
    say_only(project, "demo/warning", "cpu")
    done = check_forked("--device", "lazy")
    said = "could not be run: no case can be judged here: all 2 are run in eager on the CPU alone"
    assert (done.returncode, last_line(done)) == (2, said)


SIZE = "show('size', 2 if device.type == 'cpu' else 3)"


def test_what_a_device_does_by_itself_is_said_where_it_is_accepted_too(project, check_forked):
    add_case(project, "explained", SIZE)
    add_case(project, "unexplained", SIZE)
    assert check_forked("--regen").returncode == 0
    unexplained = "2 of them deviate from the CPU without a named cause"
    done = check_forked("--device", "lazy", "--regen")
    assert last_line(done).startswith(f"matches: 4 cases, {unexplained}, accepted hostile/"), done.stdout
    (golden,) = (project / "golden/hostile/explained").glob("*@lazy.yml")
    text = golden.read_text(encoding="utf-8")
    files.replace(golden, text.replace("cause: unexplained", "cause: larger"))
    since = f'[larger]\nsince = "{RELEASE}"\nkind = "device"\n'
    files.replace(project / "golden/causes.toml", f'{since}what = "It is."\nevidence = ["https://example.org/1"]\n')
    rest = "1 of them deviates from the CPU without a named cause, 1 of them as the device does by itself: larger"
    for options in ([], ["--regen"]):
        done = check_forked("--device", "lazy", *options)
        assert (done.returncode, last_line(done)) == (0, f"matches: 4 cases, {rest}")
    run = json.loads(check_forked("--device", "lazy", "--json").stdout)
    assert [one["cause"] for one in run["deviating"]] == ["larger", "unexplained"]


def test_what_was_recorded_on_a_device_alone_is_not_held_to_be_as_on_the_cpu(project, check_forked):
    shutil.rmtree(project / "golden/demo")
    (project / "golden/verified.csv").unlink()
    alone = "matches: 2 cases, 2 of them were never recorded on the CPU"
    assert last_line(check_forked("--device", "lazy", "--regen")).startswith(f"{alone}, accepted demo/ratio, ")
    assert last_line(check_forked("--device", "lazy")) == alone
    assert json.loads(check_forked("--device", "lazy", "--json").stdout)["uncompared"] == ["demo/ratio", "demo/warning"]
    assert check_forked("--regen").returncode == 0
    assert last_line(check_forked("--device", "lazy")) == "matches: 2 cases"


def test_a_torch_that_cannot_be_imported_is_one_line(project, tmp_path):
    files.replace(tmp_path / "broken/torch/__init__.py", "raise OSError('libtorch_cpu.so: no such file')\n")
    files.replace(tmp_path / "broken/torch/version.py", "__version__ = '2.13.0'\n")
    done = check(project, PYTHONPATH=os.pathsep.join([str(tmp_path / "broken"), str(ROOT)]))
    assert done.returncode == 2
    assert "OSError: libtorch_cpu.so: no such file" in last_line(done)
    assert len(done.stdout.splitlines()) <= 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_told_to_stop_it_says_how_far_it_came_and_leaves_nothing_behind(project, number):
    body = (
        f"import subprocess; subprocess.Popen(['sleep', '876']); open({str(project / 'began')!r}, 'w'); time.sleep(600)"
    )
    add_case(project, "hangs", body)
    command = [sys.executable, "-c", "from module_drift.cli import main; main()", "check"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=project, env=environment, stdout=subprocess.PIPE, text=True) as running:
        wait_for((project / "began").exists)
        children = psutil.Process(running.pid).children(recursive=True)
        assert len(children) == 2
        running.send_signal(number)
        output = running.communicate(timeout=30)[0]
    if number != signal.SIGKILL:
        assert running.returncode == 2
        said = r"could not be run: [012] of 3 judged, first missing [\w/]+ \(told to stop by {}\)"
        assert re.fullmatch(said.replace("{}", number.name), output.splitlines()[-1])
        wait_for(lambda: not any(map(is_running, children)))
    else:  # Then it can end nothing itself; the process that runs the cases ends with it.
        wait_for(lambda: not is_running(children[0]))
        for child in children:
            if is_running(child):
                child.kill()


def is_running(process):
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def wait_for(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.05)


def test_a_full_disk_is_no_verdict(project):
    command = [sys.executable, "-c", "from module_drift.cli import main; main()", "check"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, cwd=project, env=environment, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("module-drift: stdout: cannot be written (No space left on device)")


def what_it_is(path):
    status = os.lstat(path)
    return status.st_mode, status.st_ino, status.st_rdev, status.st_size


@pytest.mark.parametrize("target", ["/dev/full", "/dev/null", "a folder", "a link", "a pipe"])
def test_a_report_goes_into_a_plain_file_or_nowhere(project, tmp_path, target):
    path = tmp_path / "report.xml"
    if target == "a folder":
        path.mkdir()
    elif target == "a link":
        path.symlink_to(tmp_path / "elsewhere")
    elif target == "a pipe":
        os.mkfifo(path)
    else:
        path = Path(target)
    before = what_it_is(path)
    done = check(project, "--junit", str(path))
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith(
        "is there, and is no plain file; name one, or a file that is not there yet"
    )
    assert what_it_is(path) == before
    assert not (tmp_path / "elsewhere").exists()


def test_the_device_may_come_from_the_environment(check_here, monkeypatch):
    monkeypatch.setenv("MODULE_DRIFT_DEVICE", "all")
    assert "device cpu, cuda" in check_here().stdout


def test_what_a_case_leaves_running_ends_with_the_check(project, check_forked):
    """Be it in a session of its own, twice forked, or left by a process that ended itself."""
    start = "import subprocess; subprocess.Popen(['sleep', '{}'], start_new_session=True); "
    twice = "os.fork() or (os.setsid(), os.fork() or os.execvp('sleep', ['sleep', '{}']), os._exit(0))"
    add_case(project, "leaves", f"show('a'); {start.format(98761)}")
    add_case(project, "leaves-and-ends", start.format(98762) + "os._exit(0)")
    add_case(project, "daemon", f"show('a'); {twice.format(98763)}")
    done = check_forked()
    assert done.returncode == 2
    assert "hostile/leaves-and-ends (ended its process with exit status 0)" in last_line(done)
    running = [" ".join(one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"])]
    assert not [one for one in running if one.startswith("sleep 9876")]


def test_files_that_end_their_process_at_import_are_named_and_the_others_are_judged(project, check_forked):
    files.replace(project / "cases/ends.py", f"{HEAD}\nos._exit(3)\n")
    files.replace(project / "cases/hangs.py", f"{HEAD}\ntime.sleep(600)\n")
    for name in ("ends", "hangs"):
        add_case(project, name, "show('a')", file=f"{name}.py")
    done = check_forked("--json", "--case-seconds", "3")
    assert done.returncode == 2
    run = json.loads(done.stdout)
    ended = "cases/ends.py cannot be imported: it ended its process with exit status 3"
    assert run["reason"] == f"2 of 4 judged, first missing hostile/ends ({ended})"
    assert {one["id"]: one["reason"] for one in run["unjudged"]} == {
        "hostile/ends": ended,
        "hostile/hangs": "cases/hangs.py cannot be imported: it took longer than 3 s",
    }


def test_cases_that_are_declared_by_a_detour_are_no_match_and_are_named(project, check_forked):
    files.replace(project / "helpers.py", "from module_drift.case import case\n")
    function = '@{}("demo/{}")\ndef more(show, device):\n    """More."""\n'
    for name, before, decorator in (
        ("brought", "from helpers import case", "case"),
        ("of-a-module", "import helpers", "helpers.case"),
        ("by-its-name", 'import importlib\n\ncase = importlib.import_module("module_drift.case").case', "case"),
    ):
        text = f"{before}\n\n\n{function.format(decorator, name)}"
        files.replace(project / "cases" / f"{name.replace('-', '_')}.py", text)
    done = check_forked()
    assert done.returncode == 2
    named = "cases: 'demo/brought', 'demo/by-its-name', 'demo/of-a-module' are declared when their files are imported"
    assert named in last_line(done)


def test_what_one_case_changes_is_put_back_before_the_next(project, check_forked):
    add_case(project, "a", "show('a'); os.environ['X_LEFT'] = '1'; os.chdir('/'); torch.set_flush_denormal(True)")
    body = (
        "show('a' if 'X_LEFT' not in os.environ and os.getcwd() != '/' and (torch.tensor(1e-40) * 1).item() else 'b')"
    )
    add_case(project, "b", body)
    done = check_forked()
    assert last_line(done) == "matches: 4 cases", done.stdout


def test_a_thread_that_a_case_leaves_running_is_named_and_reaches_no_other(project, check_forked):
    body = """import threading
    show('a')
    threading.Thread(name='ended', target=time.sleep, args=[0.2]).start()
    threading.Thread(name='late', target=lambda: (time.sleep(2), os._exit(0))).start()"""
    add_case(project, "a-leaves", body)
    add_case(project, "b-follows", "time.sleep(3); show('a')")
    done = check_forked()
    assert done.returncode == 2
    reason = "left a thread running (late); have it end before the case does"
    assert last_line(done) == f"could not be run: 3 of 4 judged, first missing hostile/a-leaves ({reason})"


def test_what_a_case_left_behind_is_not_blamed_on_the_next(project, check_forked):
    add_case(project, "a-leaves", "show('a'); os.LEFT = 1")
    add_case(project, "b-follows", "show('b' if hasattr(os, 'LEFT') else 'a')")
    add_case(project, "c-drifts", "show('c')")
    done = check_forked("--json")
    assert done.returncode == 2
    run = json.loads(done.stdout)
    assert [one["id"] for one in run["drifted"]] == ["hostile/c-drifts"]
    (unjudged,) = run["unjudged"]
    reason = "matches in a fresh process, but not in this one (-a | +b): "
    reason += "a case before it leaves something behind, or it is not the same each time"
    assert (unjudged["id"], unjudged["reason"]) == ("hostile/b-follows", reason)


def test_what_a_case_leaves_to_happen_later_does_not_reach_the_next(project, check_forked):
    body = """import faulthandler, signal, subprocess
    show('a')
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    signal.signal(signal.SIGALRM, lambda *_: os._exit(1))
    faulthandler.dump_traceback_later(0.5, exit=True)
    os.LEFT = subprocess.Popen(['sh', '-c', 'sleep 0.5; kill -KILL $PPID'])"""
    add_case(project, "a-leaves", body)
    add_case(project, "b-follows", "time.sleep(2); show('a')")
    done = check_forked()
    assert (done.returncode, last_line(done)) == (0, "matches: 4 cases"), done.stdout


# Each makes cases green that are not, or would, and is named.
TAMPERING = {
    "render": (
        "from module_drift.observing import render; render.text = lambda *_: ''",
        "module_drift.observing.render.text",
    ),
    "layer": ("torch.nn.Linear.extra_repr = lambda self: ''", "torch.nn.modules.linear.Linear.extra_repr"),
}


def test_a_case_that_tampers_with_what_later_ones_show_is_named_and_does_not_reach_them(project):
    for name, (body, _) in TAMPERING.items():
        add_case(project, name, f"show('a'); {body}")
    # Its own number, and what it has the next one show.
    number, shown = len(TAMPERING) + 2, ["a\n", [], [], None, None]
    lines = [{"end": number, "observation": shown}, {"begin": number + 1}, {"end": number + 1, "observation": shown}]
    forged = "".join(f"{json.dumps(line)}\n" for line in lines).encode()
    body = f"""show('a')
    import contextlib
    for number in [number for number in range(3, 20) if os.path.exists(f'/proc/self/fd/{{number}}')]:
        with contextlib.suppress(OSError):
            os.write(number, {forged!r})"""
    add_case(project, "pipe", body)
    add_case(project, "z-drifts", "show('b', torch.nn.Linear(1, 1))")
    done = check(project, "--json")
    run = json.loads(done.stdout)
    assert [one["id"] for one in run["drifted"]] == ["hostile/z-drifts"], run
    reasons = {one["id"].partition("/")[2]: one["reason"] for one in run["unjudged"]}
    assert reasons.pop("pipe") == "something wrote into the pipe of its process"
    assert reasons == {
        name: f"left {changed} changed; put it back before the case ends" for name, (_, changed) in TAMPERING.items()
    }


def test_a_file_that_tampers_when_it_is_imported_is_named_and_the_others_are_judged(project, check_forked):
    add_case(project, "tampers", "show('a')", file="tampers.py")
    path = project / "cases/tampers.py"
    files.replace(path, f"{path.read_text(encoding='utf-8')}\n\nimport builtins\n\nbuiltins.repr = str\n")
    done = check_forked()
    assert done.returncode == 2
    reason = "cases/tampers.py cannot be imported: it changes builtins.repr"
    assert last_line(done) == f"could not be run: 2 of 3 judged, first missing hostile/tampers ({reason})"


def test_a_case_that_hangs_costs_its_limit_once(project, check_forked):
    add_case(project, "hangs", f"print('x', file=open({str(project / 'runs')!r}, 'a'), flush=True); time.sleep(600)")
    done = check_forked("--case-seconds", "3")
    assert last_line(done) == "could not be run: 2 of 3 judged, first missing hostile/hangs (took longer than 3 s)"
    assert (project / "runs").read_text() == "x\n"


def test_recording_runs_the_cases_in_two_orders(project, monkeypatch):
    fork_observers(monkeypatch)
    add_case(project, "a-leaves", "show('a'); os.LEFT = 1")
    add_case(project, "b-follows", "show('b' if hasattr(os, 'LEFT') else 'a')")
    for golden in (project / "golden/hostile").rglob("*.yml"):
        golden.unlink()
    view = View(print, print, terminal.progress)
    judgement = Judge(Project(project), "cpu", observer.Limits(), view, recording=True).judge()
    assert judgement.accepted == ["hostile/a-leaves"]
    (refused,) = judgement.unjudged
    assert refused["id"] == "hostile/b-follows"
    assert "(-b | +a): it is not the same each time, or a case before it leaves something behind" in refused["reason"]


def test_processes_that_end_now_and_then_do_not_end_the_run(project, monkeypatch):
    fork_observers(monkeypatch)
    monkeypatch.setattr(observer, "_MOST_DEATHS", 2)
    for number in range(3):
        add_case(project, f"dies-{number}", "os._exit(0)")
        add_case(project, f"lives-{number}", "show('a')")
    found = discover(project / "cases")
    cases = [case for case in found if case.section == "hostile"]
    with observer.Observer(["cpu"], observer.Limits()) as running:
        running.load(found)
        for case in cases:
            running.submit(case, "cpu")
        shown = [running.result(case, "cpu") for case in cases]
    assert [isinstance(one, str) for one in shown] == [True, False] * 3


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("golden/verified.csv", "x"),
        ("golden/x.txt", "x"),
        ("pyproject.toml", "[tool.module-drift]\n"),
        ("cases/x.py", "1 +"),
    ],
)
def test_bad_input_is_json_and_a_report_too(project, tmp_path, path, text):
    files.replace(project / path, text)
    report = tmp_path / "report.xml"
    done = check(project, "--json", "--junit", str(report))
    assert done.returncode == 2
    assert json.loads(done.stdout)["verdict"] == "could not be run"
    assert json.loads(done.stdout)["reason"]
    assert "could not be run" in report.read_text(encoding="utf-8")


def test_the_current_folder_has_no_part_in_what_is_imported(project):
    for name in ("json", "torch", "click"):
        files.replace(project / f"{name}.py", "raise SystemExit(0)\n")
    command = [sys.executable, "-m", "module_drift", "check"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert (done.returncode, last_line(done)) == (0, "matches: 2 cases"), done.stderr


@pytest.mark.parametrize("option", ["--case-seconds", "--case-mebibytes"])
@pytest.mark.parametrize("value", ["nan", "inf", "-1", "0", "x"])
def test_a_limit_that_is_none_is_refused(project, option, value):
    done = check(project, f"{option}={value}")
    assert done.returncode == 2
    assert option in done.stderr.splitlines()[-1]


def test_a_current_folder_that_was_removed_is_one_line(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    command = f'cd {gone} && rmdir {gone} && exec "$0" -m module_drift list'
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["sh", "-c", command, sys.executable], env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert "the current folder: is not there any more; go to another one" in done.stderr


@pytest.mark.parametrize("missing", [True, False])
def test_a_device_that_is_left_out_is_named_with_the_verdict(project, check_here, tmp_path, monkeypatch, missing):
    only_cpu = {"cpu": None, "cuda": "there is none"}
    found = only_cpu if missing else dict.fromkeys(only_cpu)
    monkeypatch.setattr(process.devices, "why_missing", lambda device, _: found[device])
    monkeypatch.setattr(process.devices, "why_unsupported", {"cpu": None, "cuda": "it was built for sm_37"}.get)
    why = "there is none" if missing else "not supported by this wheel (it was built for sm_37)"
    report = tmp_path / "report.xml"
    done = check_here("--device", "all", "--junit", str(report))
    assert (done.returncode, last_line(done)) == (0, f"matches: 2 cases, cuda is left out: {why}")
    written = ElementTree.parse(report)
    (skipped,) = written.iter("skipped")
    assert skipped.get("message") == f"cuda is left out: {why}"
    assert written.find(".//system-out").text == last_line(done)
    run = json.loads(check_here("--device", "all", "--json").stdout)
    assert (run["verdict"], run["cases"], run["matched"], run["left_out"]) == ("matches", 2, 2, {"cuda": why})


def test_what_was_not_compared_counts_nowhere_as_a_match(project, check_here, tmp_path):
    """Of two cases nothing goes through the mode, and a third holds on processors of another maker only."""
    calls = "show('one', torch.nn.Identity()(torch.ones(1)).item())"
    for name, observed in (("calls", "one 1.0"), ("bound", "x")):
        add_case(project, name, calls if name == "calls" else "show('x')")
        golden = make_golden(observed)
        if name == "calls":
            golden = golden._replace(observation=golden.observation._replace(numbers=[["one", 1.0]]))
        files.replace(project / "golden" / "hostile" / name / golden.file_name, dump(golden))
    path = project / "cases/hostile.py"
    bound = path.read_text(encoding="utf-8").replace('"hostile/bound"', '"hostile/bound", platform_bound=True')
    files.replace(path, bound)
    files.replace(project / "golden/modes.csv", "case,mode,goes\nhostile/calls,functional-call,2.0.0+\n")
    rows = [make_row(RELEASE), make_row(RELEASE, mode="functional-call")]
    files.replace(project / "golden/verified.csv", dump_rows(rows))
    report = tmp_path / "report.xml"
    done = check_here("--mode", "functional-call", "--junit", str(report))
    elsewhere = "1 not held against goldens of another platform: hostile/bound"
    assert (done.returncode, last_line(done)) == (
        0,
        f"matches: 1 case, 2 more do not go through the mode, {elsewhere}",
    )
    assert len([*ElementTree.parse(report).iter("skipped")]) == 3
    run = json.loads(check_here("--mode", "functional-call", "--json").stdout)
    assert (run["matched"], run["passed_by"]) == (1, ["demo/ratio", "demo/warning"])
    assert run["elsewhere"] == ["hostile/bound"]


@pytest.mark.parametrize("version", ["2.16.0.dev20261101+cpu", "2.15.1", "2.15.0a0+gitabc"])
def test_what_the_record_does_not_have_says_against_what_it_is_held(project, check_here, monkeypatch, version):
    rows = [make_row("2.15.0"), make_row("2.14.0", device="cuda"), make_row("2.17.0")]
    files.replace(project / "golden/verified.csv", dump_rows(rows))
    monkeypatch.setattr(torch, "__version__", version)
    done = check_here()
    assert done.returncode == 0
    assert last_line(done) == f"matches: 2 cases, torch {public_version(version)} is held against 2.15.0"
    assert json.loads(check_here("--json").stdout)["held_against"] == {"cpu": "2.15.0"}
    monkeypatch.setattr(torch, "__version__", "2.15.0+cu130")
    assert last_line(check_here()) == "matches: 2 cases"


BACKENDS = {
    "breaks": "raise OSError('libfake.so: no such file')\n",
    "patches": "import torch\ntorch.Tensor.__repr__ = lambda *_, **__: 'patched'\ndef load(): pass\n",
}


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_backend_that_torch_loads_by_itself_has_no_part_in_a_verdict_on_the_cpu(project, tmp_path, backend):
    site = tmp_path / "site"
    files.replace(site / "a_backend.py", BACKENDS[backend])
    files.replace(site / "a_backend-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: a-backend\nVersion: 1.0\n")
    files.replace(site / "a_backend-1.0.dist-info/entry_points.txt", "[torch.backends]\na_backend = a_backend:load\n")
    path = os.pathsep.join([str(ROOT), str(site)])
    shown = "import torch; assert repr(torch.ones(1)) == 'tensor([1.])'"
    plain = subprocess.run([sys.executable, "-c", shown], env={**os.environ, "PYTHONPATH": path}, capture_output=True)
    assert (plain.returncode == 0) == (not hasattr(torch, "_import_device_backends"))  # Since 2.5.
    for command in ("from module_drift.cli import main; main()", "import pytest; sys.exit(pytest.main(sys.argv[2:]))"):
        done = subprocess.run(
            [sys.executable, "-c", f"import sys; {command}", "check"],
            cwd=project,
            env={**os.environ, "PYTHONPATH": path, "TORCH_DEVICE_BACKEND_AUTOLOAD": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "2 cases" in done.stdout


def test_a_family_is_judged_member_by_member(project, record):
    path = project / "cases/demo.py"
    files.replace(path, path.read_text(encoding="utf-8") + FAMILY)
    keep(record, "demo/gelu-of-one", Observation(printed="GELU tensor(True)\n", numbers=[["GELU", True, "bool"]]))
    keep(record, "demo/elu-of-one", Observation(printed="ELU tensor(False)\n", numbers=[["ELU", False, "bool"]]))
    keep(record, "demo/no-of-one", Observation(absent="torch.nn.NoSuchLayer"))
    done = check(project)
    assert (done.returncode, last_line(done).partition(";")[0]) == (1, "drifted: demo/elu-of-one"), done.stdout
    assert "+ELU tensor(True)" in done.stdout


def test_members_that_only_importing_makes_are_no_match_and_are_named(project, check_forked):
    table = 'ROWS = {"one": 1}\nROWS["two"] = 2\n\n\n@cases("demo/{row}", row=ROWS)\n'
    function = 'def of(show, device, row):\n    """Row {row}."""\n'
    files.replace(project / "cases/more.py", f"from module_drift.case import cases\n\n{table}{function}")
    done = check_forked()
    assert done.returncode == 2
    assert "cases: 'demo/two' is declared when its file is imported, and not found by reading it" in last_line(done)


@pytest.mark.parametrize(
    ("does", "status", "said"),
    [
        ("time.sleep(3)", 0, "matches: 1 case, 1 more the device cannot do, as it lacks values"),
        ("os.abort()", 2, "could not be run: --device meta: making it ready ended its process by SIGABRT"),
    ],
)
def test_what_a_device_does_when_it_is_asked_for_is_no_file_of_cases(
    project, check_forked, monkeypatch, does, status, said
):
    """A file may take as long as a case; torch_xla and what is behind it take longer at their import."""
    files.replace(project / "modules/slow_device.py", f"import os, time\n{does}\n")
    monkeypatch.syspath_prepend(str(project / "modules"))
    done = check_forked("--device", "meta", "--device-module", "slow_device", "--case-seconds", "1")
    assert done.returncode == status
    assert last_line(done).startswith(said), done.stdout
