"""The package as people install it: built, installed from a folder of wheels, and used with a torch of their own."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from module_drift.record.record import Record

ROOT = Path(__file__).parents[3]
GUIDE = ROOT / "docs" / "own-cases.md"
CASES = len(Record(ROOT).cases())


class Environment(NamedTuple):
    """A virtual environment, and what `module-drift check` said in it before torch was installed."""

    folder: Path
    without_torch: subprocess.CompletedProcess[str]

    def run(self, line, cwd):
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CI"))}
        environment["PATH"] = f"{self.folder / 'bin'}:{environment['PATH']}"
        return subprocess.run(line, shell=True, cwd=cwd, env=environment, capture_output=True, text=True, check=False)

    @property
    def package(self):
        (found,) = self.folder.glob("lib/python3.*/site-packages/module_drift")
        return found


@pytest.fixture(scope="session")
def dist(tmp_path_factory):
    """The sdist, the wheel that is built from it, and, in a folder `tree`, the one that is built from the checkout."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation"]
    subprocess.run([*build, "-o", folder, ROOT], check=True)
    subprocess.run([*build, "--wheel", "-o", folder / "tree", ROOT], check=True)
    return folder


@pytest.fixture(scope="session")
def wheel(dist):
    (found,) = dist.glob("*.whl")
    return found


def _environment(python, torch, wheel, folder):
    # Virtualenv finds interpreters as tox does, but no longer has a pip for Python 3.8.
    virtualenv = [sys.executable, "-m", "virtualenv", "--quiet", "--no-seed", f"--python={python}"]
    subprocess.run([*virtualenv, folder / "venv"], check=True)
    subprocess.run([folder / "venv" / "bin" / "python", "-m", "ensurepip"], check=True)
    pip = [folder / "venv" / "bin" / "python", "-m", "pip", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "download", "--quiet", "--only-binary=:all:", "-d", folder / "wheels", f"{wheel}[site]"], check=True
    )
    offline = ["--no-index", f"--find-links={folder / 'wheels'}"]
    subprocess.run([*pip, "install", "--quiet", *offline, "torch-module-drift[site]"], check=True)
    environment = Environment(folder / "venv", None)
    (folder / "empty").mkdir()
    said = environment.run("module-drift check", folder / "empty")
    subprocess.run([*pip, "install", "--quiet", "--no-cache-dir", f"torch=={torch}"], check=True)
    return environment._replace(without_torch=said)


@pytest.fixture(scope="session")
def old(wheel, tmp_path_factory):
    """Python 3.8 with torch 1.13.1."""
    yield _environment("python3.8", "1.13.1", wheel, folder := tmp_path_factory.mktemp("old"))
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def new(wheel, tmp_path_factory):
    """Python 3.11 with torch 2.13.0."""
    yield _environment("python3.11", "2.13.0", wheel, folder := tmp_path_factory.mktemp("new"))
    shutil.rmtree(folder)


@pytest.fixture(params=["old", "new"])
def environment(request):
    return request.getfixturevalue(request.param)


def content(path):
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist() if not name.endswith("/RECORD")}


def test_the_wheel_carries_the_cases_and_goldens_and_nothing_else_beside_the_package(wheel):
    names = set(content(wheel))
    list_files = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "cases", "golden", "module_drift"]
    tracked = subprocess.run(list_files, cwd=ROOT, capture_output=True, text=True, check=True)
    expected = {re.sub("^(cases|golden)/", r"module_drift/packaged/\1/", name) for name in tracked.stdout.split()}
    assert {name for name in names if ".dist-info/" not in name} == expected


def test_the_sdist_gives_the_same_wheel(wheel, dist):
    (from_tree,) = (dist / "tree").glob("*.whl")
    assert content(wheel) == content(from_tree)


def test_torch_is_no_dependency(wheel):
    (metadata,) = (text for name, text in content(wheel).items() if name.endswith("/METADATA"))
    needed = re.findall(r"^Requires-Dist: ([\w-]+)", metadata.decode(), re.MULTILINE)
    assert "pytest-regressions" in needed
    assert "torch" not in needed


@pytest.mark.parametrize("python", ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"])
def test_all_that_it_needs_is_there_as_wheels(wheel, python, tmp_path):
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--only-binary=:all:"]
    done = subprocess.run([*pip, f"--python-version={python}", f"--target={tmp_path}", wheel], check=False)
    assert done.returncode == 0


def test_without_torch_one_line_says_what_to_do(environment):
    said = environment.without_torch
    assert said.returncode == 2
    assert re.fullmatch(
        r"could not be run: .*torch: not installed for \S+; install the release to judge: pip install torch",
        said.stdout.splitlines()[-1],
    )


def test_a_torch_is_judged_in_place_and_nothing_is_written(environment, tmp_path):
    def files():
        return {path: path.stat().st_mtime_ns for path in environment.package.rglob("*") if path.is_file()}

    before = files()
    done = environment.run("module-drift check", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    said = re.fullmatch(
        r"matches: (\d+) cases(, \d+ not held against goldens of another platform: .+)?", done.stdout.splitlines()[-1]
    )
    assert said
    assert int(said[1]) == (CASES - said[2].count("/") if said[2] else CASES)
    assert files() == before
    assert not list(tmp_path.iterdir())


def test_a_drift_is_reported_without_asking_to_accept_it(new, tmp_path):
    goldens = (new.package / "packaged/golden/module/code-1").glob("since-*.yml")
    *_, golden = sorted(golden for golden in goldens if "~" not in golden.name)
    text = golden.read_text(encoding="utf-8")
    golden.write_text(text.replace("printed: |\n", "printed: |\n  one line more\n"), encoding="utf-8")
    try:
        done = new.run("module-drift check", tmp_path)
    finally:
        golden.write_text(text, encoding="utf-8")
    assert done.returncode == 1
    assert re.fullmatch("drifted: module/code-1(; .*another platform: .*)?", done.stdout.splitlines()[-1])
    assert "--regen-all" not in done.stdout


def test_the_record_that_it_carries_can_be_asked(environment, tmp_path):
    done = environment.run("module-drift show hook/code-3 && module-drift between 1.13.1 2.6.0", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "hook/code-3" in done.stdout


def test_it_is_in_no_other_projects_way(new, tmp_path):
    (tmp_path / "conftest.py").write_text(
        "def pytest_addoption(parser):\n    parser.addoption('--device')\n", encoding="utf-8"
    )
    (tmp_path / "test_it.py").write_text(
        "def test_device(request):\n    assert request.config.getoption('--device') == 'mine'\n", encoding="utf-8"
    )
    done = new.run("pytest --device mine", tmp_path)
    assert done.returncode == 0, done.stdout
    assert "torch" not in done.stdout.partition("collected")[0].replace("torch-module-drift", "")


def test_the_guide_to_cases_of_your_own_is_right_to_the_letter(old, new, tmp_path):
    """Its files are written, its commands run, and all lines that it shows of their output are there, in order."""
    text = GUIDE.read_text(encoding="utf-8")
    configuration, cases, cause, family = re.findall(r"```(?:toml|python)\n(.*?)```", text, re.DOTALL)
    (tmp_path / "drift/cases").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(configuration, encoding="utf-8")
    (tmp_path / "drift/cases/block.py").write_text(cases, encoding="utf-8")
    recorded, tried, accepted, explained, many = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    _follow(old, recorded, tmp_path)
    _follow(new, tried + accepted, tmp_path)
    (tmp_path / "drift/golden/causes.toml").write_text(cause, encoding="utf-8")
    golden = tmp_path / "drift/golden/block/activations-in-evaluation/since-2.13.0.yml"
    golden.write_text(golden.read_text().replace("unexplained", "encoder-layer-with-hooks"), encoding="utf-8")
    _follow(new, explained, tmp_path)
    assert "no longer takes its fast path" in new.run("module-drift between 1.13.1 2.13.0", tmp_path).stdout
    (tmp_path / "drift/cases/activation.py").write_text(family, encoding="utf-8")
    _follow(new, many, tmp_path)


def _follow(environment, console, folder):
    for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).+\n)*)", console, re.MULTILINE):
        if not command.startswith("pip "):
            output = environment.run(command, folder).stdout
            position = 0
            for line in shown.splitlines():
                position = output.find(line, position)
                assert position >= 0, f"{command} did not print {line!r} there, but\n{output}"
