"""Which folders hold the cases and goldens, and what the plugin does in projects that are not ours."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from module_drift.common import files
from module_drift.common.errors import InputError
from module_drift.record import project
from module_drift.record.project import Project

ROOT = Path(__file__).parents[2]
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
        (TABLE + "goldens = 1\n", "must have cases and golden, and nothing else, such as goldens; write"),
        (TABLE.replace("golden", "goldens"), "must have cases and golden, and nothing else, such as goldens; write"),
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


@pytest.mark.parametrize(
    "text",
    [
        "[tool.module_drift]\n",
        '[tool."module drift"]\n',
        "[tool.moduledrift]\n",
        "[tool.Module-Drift]\n",
        "[tool.module-drifts]\n",
        "[tool.modul-drift]\n",
        "[tool.module-dirft]\n",
        "[tool.modules-drift]\n",
        "[tool.torch-module-drift]\n",
        "[[tool.module_drift]]\n",
        "[module-drift]\n",
        "[module_drift]\n",
        "[tools.module-drift]\n",
        "[Tool.module-drift]\n",
        "[project.module-drift]\n",
        "tool.module_drift.cases = 'x'\n",
        f"{TABLE}[tool.module_drift]\n",
    ],
)
def test_a_table_that_is_nearly_ours_is_refused(tmp_path, text):
    files.replace(tmp_path / "pyproject.toml", text)
    (tmp_path / "below").mkdir()
    with pytest.raises(InputError, match=r"pyproject\.toml: \[.*\] is not \[tool\.module-drift\]; call it \[tool\.mod"):
        project.around(tmp_path / "below")


@pytest.mark.parametrize(
    "text",
    [
        '[dependency-groups]\nmodule-drift = ["torch-module-drift"]\n',
        '[project]\ndependencies = ["torch-module-drift"]\n[project.scripts]\nmodule-drift = "x:y"\n',
        "[tool.drift]\n[tool.modules]\n[tool.model-drift]\n[tool.mypy]\nmodule = 1\n",
        "tool = 5 # module, drift\n",
        "[tool.mypy\nmodule = [",
        "drift = '\0'",
        f"module = {'[' * 5000}",
    ],
)
def test_what_only_sounds_alike_or_is_others_business_is_no_project(tmp_path, text):
    files.replace(tmp_path / "pyproject.toml", text)
    assert project.of(tmp_path) is None


def test_a_file_of_anothers_that_is_not_utf_8_is_their_business(tmp_path):
    (tmp_path / "pyproject.toml").write_bytes(b"module = '\xff'")
    assert project.of(tmp_path) is None
    (tmp_path / "pyproject.toml").write_bytes(b"# module_drift\nx = '\xff'")
    with pytest.raises(InputError, match=r"pyproject\.toml: not TOML; mend it"):
        project.of(tmp_path)


@pytest.mark.parametrize(
    ("put", "message"),
    [
        (os.mkfifo, "pyproject.toml: not a regular file"),
        (lambda path: path.symlink_to("/dev/zero"), "/dev/zero: not a regular file"),
        (lambda path: path.symlink_to("gone"), "gone: cannot be read .No such file"),
        (lambda path: path.symlink_to(path), "pyproject.toml: not a regular file"),
        (lambda path: path.write_bytes(b"\n" * 10**7), "pyproject.toml: larger than 1024 KiB"),
    ],
)
def test_a_file_that_cannot_be_read_may_be_a_project_and_is_one_line(tmp_path, put, message):
    put(tmp_path / "pyproject.toml")
    with pytest.raises(InputError, match=message):
        project.of(tmp_path)


def test_a_folder_of_that_name_says_nothing_and_a_link_to_a_file_does(tmp_path):
    (tmp_path / "pyproject.toml").mkdir()
    assert project.of(tmp_path) is None
    (tmp_path / "pyproject.toml").rmdir()
    files.replace(tmp_path / "elsewhere.toml", TABLE)
    (tmp_path / "pyproject.toml").symlink_to("elsewhere.toml")
    assert project.of(tmp_path) == Project(tmp_path, "drift/cases", "drift/golden")


@pytest.mark.parametrize(
    ("cases", "golden", "message"),
    [
        ("cases", "../golden", "golden = '../golden' is no folder below it"),
        ("a/../cases", "golden", "cases = 'a/../cases' is no folder below it"),
        ("./cases", "golden", "cases = './cases' is no folder below it"),
        ("cases", ".", "golden = '.' is no folder below it"),
        ("cases", "..", "golden = '..' is no folder below it"),
        ("cases", "", "golden = '' is no folder below it"),
        ("", "golden", "cases = '' is no folder below it"),
        ("cases", "golden/", "golden = 'golden/' is no folder below it"),
        ("cases", "cases", "cases and golden lie in one another"),
        ("cases", "cases/golden", "cases and golden lie in one another"),
        ("drift/cases", "drift", "cases and golden lie in one another"),
        ("cases", "same", "cases and golden lie in one another"),
        ("cases", "out", "golden = 'out' is a link out of the project"),
        ("cases", "out/golden", "golden = 'out/golden' is a link out of the project"),
        ("out", "golden", "cases = 'out' is a link out of the project"),
        ("cases", "top", "golden = 'top' is a link out of the project"),
    ],
)
def test_folders_that_lie_elsewhere_or_in_one_another_are_refused(tmp_path, cases, golden, message):
    root = tmp_path / "root"
    (root / "cases").mkdir(parents=True)
    (root / "out").symlink_to("..")
    (root / "same").symlink_to("cases")
    (root / "top").symlink_to(".")
    files.replace(root / "pyproject.toml", f"[tool.module-drift]\ncases = {cases!r}\ngolden = {golden!r}\n")
    with pytest.raises(InputError, match=message):
        project.of(root)


def test_a_project_that_is_reached_by_a_link_is_one(own, tmp_path_factory):
    link = tmp_path_factory.mktemp("links") / "link"
    link.symlink_to(own)
    assert project.around(link / "drift") == Project(link, "drift/cases", "drift/golden")


def test_cases_of_ones_own_are_recorded_checked_and_drift_whatever_else_has_their_packages_name(own, monkeypatch):
    files.replace(own / "other" / "cases" / "__init__.py", "raise RuntimeError('not this')\n")
    monkeypatch.setenv("PYTHONPATH", str(own / "other"))
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
