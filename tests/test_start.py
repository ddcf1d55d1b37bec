"""How Python is made to run the package, rightly and wrongly: no way is mute, or ends with what a verdict means."""

import os
import subprocess
import sys

import pytest

import module_drift
from module_drift.common import files

ROOT = os.path.dirname(module_drift.FOLDER)


def python(*arguments, folder=ROOT, **variables):
    environment = {**os.environ, "PYTHONPATH": ROOT, **variables}
    command = [sys.executable, *arguments]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.run(command, cwd=folder, env=environment, text=True, check=False, **pipes)


@pytest.mark.parametrize("name", ["cli", "check", "judging", "judging.check", "sweeping.sweep", "observing.process"])
@pytest.mark.parametrize("variables", [{}, {"PYTHONINSPECT": "1"}])
def test_a_part_of_the_package_is_not_run(name, variables):
    done = python("-m", f"module_drift.{name}", "check", **variables)
    said = f"module-drift: module_drift.{name}: is not run by itself; run python -m module_drift --help\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


@pytest.mark.parametrize("name", ["module_drift", "module_drift.__main__"])
def test_the_package_is_run_as_the_command(name):
    done = python("-m", name, "--version")
    assert (done.returncode, done.stdout) == (0, f"module-drift, version {module_drift.__version__}\n")
    done = python("-m", name)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: module-drift ")


def test_what_imports_the_package_is_no_part_of_it(tmp_path):
    files.replace(tmp_path / "asking" / "__init__.py", "import module_drift.cli\n")
    files.replace(tmp_path / "asking" / "something.py", "print('answered')\n")
    done = python("-m", "asking.something", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "answered\n")


@pytest.mark.parametrize("path", ["module_drift", "module_drift/__main__.py"])
def test_a_path_in_the_place_of_the_name_is_one_line(path):
    done = python(path, "check")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("; run it by its name: module-drift, or python -m module_drift\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("inspect", ["", "1"])
def test_a_library_that_is_not_installed_is_one_line(tmp_path, inspect):
    files.replace(tmp_path / "click.py", "raise ModuleNotFoundError(\"No module named 'click'\")\n")
    path = os.pathsep.join([str(tmp_path), ROOT])
    done = python("-m", "module_drift", "check", PYTHONPATH=path, PYTHONINSPECT=inspect)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("module-drift: cannot be imported (No module named 'click'); install it with all ")
    assert done.stderr.count("\n") == 1
