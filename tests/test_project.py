"""Which folders hold the cases and goldens, and what the plugin does in projects that are not ours."""

import subprocess
import sys
from pathlib import Path

import pytest

from module_drift import files, project
from module_drift.errors import InputError
from module_drift.project import Project

ROOT = Path(__file__).parents[1]
COMMAND = Path(sys.executable).with_name("module-drift")
TABLE = '[tool.module-drift]\ncases = "drift/cases"\ngolden = "drift/golden"\n'
CASE = '''
from module_drift.case import case

from . import helpers


@case("demo/word")
def word(show, device):
    """A word from a module beside the case."""
    show("word", helpers.WORD)
'''


@pytest.fixture
def own(tmp_path):
    files.replace(tmp_path / "pyproject.toml", TABLE)
    files.replace(tmp_path / "drift" / "cases" / "words.py", CASE)
    files.replace(tmp_path / "drift" / "cases" / "helpers.py", 'WORD = "one"\n')
    return tmp_path


def run(*arguments, cwd):
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_a_table_names_the_folders(own):
    found = project.of(own)
    assert found == Project(own, "drift/cases", "drift/golden")
    assert found.record.cases_folder == own / "drift/cases"
    assert found.record.folder == own / "drift/golden"
    assert not found.is_packaged


def test_a_project_is_found_from_the_folders_below_it(own):
    assert project.around(own / "drift" / "cases") == project.of(own)


@pytest.mark.parametrize("text", [None, "", "[project]\nname = 'x'\n", "# tool.module-drift\n"])
def test_other_folders_are_no_projects(tmp_path, text):
    if text is not None:
        files.replace(tmp_path / "pyproject.toml", text)
    assert project.of(tmp_path) is None


def test_this_checkout_is_what_the_package_carries():
    assert project.of(ROOT) == project.packaged() == Project(ROOT)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.module-drift]\n", "must have cases and golden, and nothing else; write cases ="),
        ("[tool]\nmodule-drift = 1 # tool.module-drift\n", "must have cases and golden"),
        (TABLE + "goldens = 1\n", "must have cases and golden, and nothing else"),
        (TABLE.replace('"drift/cases"', "1"), "cases = 1 is no folder below it"),
        (TABLE.replace("drift/cases", "/etc"), "cases = '/etc' is no folder below it"),
        (TABLE.replace("drift/cases", "drift-cases"), "'drift-cases' is no name of a Python package; call it like"),
        ("tool.module-drift [", "pyproject.toml: not TOML"),
        ("tool.module-drift = '\0'", "pyproject.toml: not TOML"),
    ],
)
def test_a_table_that_is_not_as_it_must_be_is_one_line(tmp_path, text, message):
    files.replace(tmp_path / "pyproject.toml", text)
    with pytest.raises(InputError, match=message) as raised:
        project.of(tmp_path)
    assert "\n" not in str(raised.value)


def test_cases_of_ones_own_are_recorded_checked_and_drift(own):
    recorded = run("pytest", "--regen-all", "-q", cwd=own)
    assert recorded.returncode == 0, recorded.stdout
    assert (own / "drift" / "golden" / "verified.csv").is_file()
    assert run("pytest", "-q", cwd=own / "drift").returncode == 0
    judged = subprocess.run([COMMAND, "check"], cwd=own / "drift", capture_output=True, text=True, check=False)
    assert judged.stdout.splitlines()[-1] == "matches: 1 case"
    files.replace(own / "drift" / "cases" / "helpers.py", 'WORD = "another"\n')
    drifted = run("pytest", "-q", cwd=own)
    assert drifted.returncode == 1
    assert "drifted from drift/golden/demo/word/" in drifted.stdout


def test_a_package_of_the_same_name_elsewhere_does_not_matter(own, monkeypatch):
    files.replace(own / "other" / "cases" / "__init__.py", "raise RuntimeError('not this')\n")
    monkeypatch.setenv("PYTHONPATH", str(own / "other"))
    assert run("pytest", "--regen-all", "-q", cwd=own).returncode == 0


def test_a_package_of_the_same_name_that_is_imported_is_one_line(own):
    (own / "drift" / "cases").rename(own / "drift" / "json")
    files.replace(own / "pyproject.toml", TABLE.replace("drift/cases", "drift/json"))
    done = run("pytest", "--regen-all", "-q", "drift/json", cwd=own)
    assert done.returncode == 1
    assert "drift/json: " in done.stdout
    assert "was imported by that name; give the folder a name of its own" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_malformed_table_ends_pytest_with_one_line(own):
    files.replace(own / "pyproject.toml", "[tool.module-drift]\n")
    done = run("pytest", cwd=own)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert done.stderr.startswith("ERROR: pyproject.toml: [tool.module-drift] must have ")


def test_files_of_tests_beside_the_cases_are_pytests_own(own):
    files.replace(own / "drift" / "cases" / "test_words.py", "def test_it():\n    pass\n")
    done = run("pytest", "--collect-only", "-q", cwd=own)
    assert done.stdout.splitlines()[:2] == [
        "drift/cases/test_words.py::test_it",
        "drift/cases/words.py::test_matches_the_record[demo/word-cpu]",
    ]


def test_one_file_can_be_run_and_is_not_imported_to_be_collected(own):
    files.replace(own / "drift" / "cases" / "helpers.py", "raise RuntimeError('imported')\n")
    done = run("pytest", "--collect-only", "-q", "drift/cases/words.py", cwd=own)
    assert done.stdout.splitlines()[:2] == ["drift/cases/words.py::test_matches_the_record[demo/word-cpu]", ""]
    assert done.returncode == 0


def test_elsewhere_the_plugin_adds_nothing(tmp_path):
    files.replace(tmp_path / "conftest.py", "def pytest_addoption(parser):\n    parser.addoption('--device')\n")
    files.replace(tmp_path / "test_it.py", "def test_it(request):\n    assert request.config.option.device == 'mine'\n")
    done = run("pytest", "--device", "mine", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "record:" not in done.stdout
