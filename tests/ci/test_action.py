"""What others' workflows and pre-commit use: action.yml and .pre-commit-hooks.yaml."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import tomllib
import yaml

from tools.ci.scan import arguments

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = ACTION["runs"]["steps"]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


def test_nothing_is_pasted_into_scripts_and_actions_are_those_of_the_workflows():
    used = re.findall(r"uses: (.*)", (ROOT / "action.yml").read_text(encoding="utf-8"))
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line) for line in used)
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    assert used[0] in workflow
    for step in STEPS:
        assert "${{" not in step.get("run", "")
        assert ("run" in step) == (step.get("shell") == "bash")


def test_each_input_is_used():
    text = json.dumps(STEPS)
    assert [name for name in ACTION["inputs"] if f"inputs.{name} " not in text] == []
    (scan,) = (step for step in STEPS if step.get("id") == "scan")
    taken = {name for name in scan["env"] if name.startswith("SCAN_")}
    script = (ROOT / "tools/ci/scan.py").read_text(encoding="utf-8")
    assert all(name in script for name in taken)
    assert taken == {f"SCAN_{name.upper()}" for name in ACTION["inputs"] if name != "upload-sarif"}


def test_what_is_installed_is_pinned():
    (install,) = (step["run"] for step in STEPS if "pip install" in step.get("run", ""))
    files = re.findall(r"\$GITHUB_ACTION_PATH/([\w./]+)", install)
    assert files == ["requirements/build.txt", "requirements/py3.11.txt"]
    assert all((ROOT / name).is_file() for name in files)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"SCAN_PATHS": "."}, ["--", "."]),
        ({"SCAN_PATHS": "src\n a b \n\n", "SCAN_FROM": "1.13.1"}, ["--from=1.13.1", "--", "src", "a b"]),
        ({"SCAN_PATHS": "--json", "SCAN_TO": " ", "SCAN_BASELINE": "x; y"}, ["--baseline=x; y", "--", "--json"]),
        ({"SCAN_ARGS": "--possible '$(a)' `b`"}, ["--possible", "$(a)", "`b`", "--"]),
    ],
)
def test_inputs_are_arguments_whatever_is_in_them(given, found):
    assert arguments(given) == ["scan", *found]


@pytest.fixture
def step(tmp_path):
    """Run what the step runs, on a file of this code, and return its status, what it printed, and its output."""

    def run(code, **given):
        (tmp_path / "a.py").write_text(code, encoding="utf-8")
        environment = {
            **os.environ,
            "RUNNER_TEMP": str(tmp_path),
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "SCAN_PATHS": ".",
            **given,
        }
        command = [sys.executable, "-P", str(ROOT / "tools/ci/scan.py")]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        output = tmp_path / "output"
        return done.returncode, done.stdout, output.read_text(encoding="utf-8") if output.exists() else ""

    return run


def test_the_step_annotates_fails_and_leaves_a_file(step, tmp_path):
    status, out, output = step("import torch\ntorch.load('a')\n", SCAN_FROM="1.13.1", SCAN_TO="2.6.0")
    assert status == 1
    assert out.startswith("::error file=a.py,line=2,col=1,title=")
    assert output == f"sarif={tmp_path / 'module-drift.sarif'}\n"
    log = json.loads((tmp_path / "module-drift.sarif").read_text(encoding="utf-8"))
    assert len(log["runs"][0]["results"]) == 2


def test_the_step_passes_where_nothing_is_found_and_says_what_is_wrong(step):
    assert step("x = 1\n", SCAN_FROM="1.13.1", SCAN_TO="2.6.0")[0] == 0
    assert step("x = 1\n", SCAN_FROM="1.13.1", SCAN_ARGS="'")[:2] == (
        2,
        "::error title=module-drift::args: No closing quotation\n",
    )


def test_the_step_leaves_no_file_where_it_could_not_scan(step):
    status, _, output = step("x = 1\n", SCAN_FROM="seven")
    assert (status, output) == (2, "")


def test_the_hook_runs_a_command_that_is_installed_with_the_package():
    (hook,) = HOOKS
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    program, command = shlex.split(hook["entry"])
    assert program in project["scripts"]
    assert command == "scan"
    assert (hook["language"], hook["pass_filenames"]) == ("python", False)
    assert {"python", "jupyter"} <= set(hook["types_or"])
