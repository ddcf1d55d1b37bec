"""Which torch a project pins, by each file that may say so."""

import json
import subprocess

import pytest

from module_drift.common import files
from module_drift.scanning.pins import pinned

LOCK = '[[package]]\nname = "numpy"\nversion = "1.0.0"\n[[package]]\nname = "torch"\nversion = "{}"\n'


@pytest.fixture
def pin(tmp_path, monkeypatch):
    """Return what is pinned where some files stand: its release and the name of the file."""
    monkeypatch.chdir(tmp_path)

    def of(written, *paths):
        for name, text in written.items():
            files.replace(tmp_path / name, text)
        found = pinned([tmp_path / path for path in paths or (".",)])
        return found and (str(found.release), found.file.relative_to(tmp_path).as_posix())

    return of


def test_requirements_that_a_file_names_are_read_after_it(pin):
    named = {"reqs/core.in": "-r ../requirements.txt\n--constraint=limits.txt\n", "reqs/limits.txt": "torch==1.13.1\n"}
    written = {"requirements.txt": "-r reqs/core.in  # all\n-r https://a.b/c.txt\n-r absent.txt\nnumpy\n", **named}
    assert pin({**written, "requirements-dev.txt": "torch==2.0.0\n"}) == ("1.13.1", "reqs/limits.txt")


@pytest.mark.parametrize(
    ("name", "text", "release"),
    [
        ("uv.lock", LOCK.format("2.1.2+cu121"), "2.1.2"),
        ("uv.lock", LOCK.format("2.4.1") + LOCK.format("2.2.2"), "2.2.2"),
        ("poetry.lock", LOCK.format("1.13.1"), "1.13.1"),
        ("pdm.lock", LOCK.format("2.0.0"), "2.0.0"),
        ("pylock.toml", LOCK.format("2.6.0").replace("package", "packages"), "2.6.0"),
        ("pylock.gpu.toml", LOCK.format("2.6.0").replace("package", "packages"), "2.6.0"),
        ("Pipfile.lock", json.dumps({"default": {"torch": {"version": "==2.3.1"}}, "develop": {}}), "2.3.1"),
        ("Pipfile.lock", json.dumps({"default": {}, "develop": {"torch": {"version": "==2.3.0"}}}), "2.3.0"),
        ("requirements.txt", "numpy\ntorch==1.8.1  # old\n", "1.8.1"),
        ("requirements.txt", "torch == 1.8.1+cu111 \\\n    --hash=sha256:00\n", "1.8.1"),
        ("requirements.txt", "torch>=1.9,<2; python_version < '3.9'\n", "1.9.0"),
        ("requirements.txt", "torch==2.4.1; python_version < '3.9'\ntorch==2.9.0; python_version >= '3.9'\n", "2.4.1"),
        ("requirements.txt", "torch~=2.1\n", "2.1.0"),
        ("requirements.txt", "torch==2.1.*\n", "2.1.0"),
        ("requirements.txt", "torch>1.13.1\n", "1.13.1"),
        ("requirements.txt", "torch[opt-einsum]>=2.2\n", "2.2.0"),
        ("requirements.txt", "torch @ https://a.b/torch-2.1.0%2Bcu118-cp310-cp310-linux_x86_64.whl\n", "2.1.0"),
        ("requirements.txt", "https://a.b/torch-1.13.1%2Bcu117-cp310-cp310-linux_x86_64.whl#sha256=0\n", "1.13.1"),
        ("requirements-gpu.txt", "torch==2.5.0\n", "2.5.0"),
        ("requirements/base.txt", "torch==2.5.1\n", "2.5.1"),
        ("environment.yml", "dependencies:\n- python=3.9\n- pytorch=1.12.1\n- torchvision=0.13\n", "1.12.1"),
        ("environment.yml", "dependencies:\n- pytorch::pytorch=1.12.1=py3.9_cuda11.3_0\n", "1.12.1"),
        ("environment.yaml", "dependencies:\n- pytorch>=2.0,<2.3\n", "2.0.0"),
        ("environment.yml", "dependencies:\n- pytorch 2.1.*\n", "2.1.0"),
        ("environment.yml", "dependencies:\n- pip:\n  - torch==2.0.1\n", "2.0.1"),
        ("pyproject.toml", '[project]\ndependencies = ["torch>=2.0", "x"]\n', "2.0.0"),
        ("pyproject.toml", '[project.optional-dependencies]\ngpu = ["torch==2.1"]\n', "2.1.0"),
        ("pyproject.toml", '[dependency-groups]\ndev = [{include-group = "a"}, "torch>=2.2"]\n', "2.2.0"),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntorch = "^1.12"\n', "1.12.0"),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntorch = {version = "~2.1.1", optional = true}\n', "2.1.1"),
        (
            "pyproject.toml",
            '[tool.poetry.group.gpu.dependencies]\ntorch = [{version = "2.3"}, {version = "2.2"}]\n',
            "2.2.0",
        ),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntorch = ">=1.13,<3"\n', "1.13.0"),
        ("Pipfile", '[packages]\ntorch = "==2.0.1"\n', "2.0.1"),
        ("setup.cfg", "[options]\ninstall_requires =\n    numpy\n    torch>=1.7\n", "1.7.0"),
        ("setup.cfg", "[options.extras_require]\ngpu =\n    torch>=1.8\n", "1.8.0"),
        ("setup.py", "from setuptools import setup\nsetup(install_requires=['numpy', 'torch>=1.6.0'])\n", "1.6.0"),
    ],
)
def test_a_file_says_it(pin, name, text, release):
    assert pin({name: text}) == (release, name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "torch\ntorchvision==0.13.0\ntorch-scatter==2.0\npytorch-lightning==1.8\n"),
        ("requirements.txt", "torch<2\n-r other.txt\n# torch==1.8.0\n"),
        ("environment.yml", "dependencies:\n- pytorch\n- pytorch-lightning=1.8\n- pytorch-cuda=11.8\n"),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntorch = "*"\n'),
        ("setup.py", "'''torch 1.8.0 is what it was written for'''\n"),
    ],
)
def test_what_names_no_release_of_torch_says_nothing(pin, name, text):
    assert pin({name: text}) is None


@pytest.mark.parametrize(
    "name",
    ["uv.lock", "Pipfile.lock", "environment.yml", "pyproject.toml", "Pipfile", "setup.cfg", "setup.py"],
)
@pytest.mark.parametrize("text", ["<<<<<<< HEAD\n", "[]", "{", "a: [", "package = 1\n", "\0"])
def test_what_is_damaged_is_passed_over(pin, name, text):
    assert pin({name: text}) is None


def test_a_lock_is_believed_before_what_is_required_and_the_plain_name_before_others(pin):
    written = {"requirements.txt": "torch==2.0.0", "requirements-dev.txt": "torch==2.1.0"}
    assert pin(written) == ("2.0.0", "requirements.txt")
    assert pin({"pyproject.toml": '[project]\ndependencies = ["torch>=1.9"]\n'})[1] == "requirements.txt"
    assert pin({"uv.lock": LOCK.format("2.2.0")}) == ("2.2.0", "uv.lock")


def test_it_is_looked_for_from_what_is_scanned_up_to_the_root_of_its_repository(pin, tmp_path):
    pin({"requirements.txt": "torch==2.0.0", "other/src/a.py": "", "other/tests/b.py": ""})
    assert pin({}, "other/src/a.py") == ("2.0.0", "requirements.txt")
    pin({"other/setup.py": "setup(install_requires=['torch==1.9.0'])"})
    assert pin({}, "other/src/a.py", "other/tests") == ("1.9.0", "other/setup.py")
    subprocess.run(["git", "init", "-q", str(tmp_path / "other")], check=True)
    (tmp_path / "other" / "setup.py").unlink()
    assert pin({}, "other/src") is None


def test_a_scan_says_where_its_ends_are_from(repository):
    repository.write("a.py", "import torch\n")
    repository.write("requirements.txt", "torch>=1.13\n")
    answer = repository.scan(way=())
    assert "from torch 1.13.0, as requirements.txt asks for torch>=1.13\n" in answer.out
    assert "to torch 2.15.0, the newest of the record\n" in answer.out
    assert answer.status == 0


@pytest.mark.parametrize(
    ("requirement", "release"), [("torch==1.0.0", "1.4.0"), ("torch==1.10.5", "1.10.2"), ("torch==2.6.1", "2.6.0")]
)
def test_what_the_record_lacks_is_stood_for_by_what_is_nearest(repository, requirement, release):
    repository.write("a.py", "import torch\n")
    repository.write("requirements.txt", requirement)
    assert f"from torch {release}, as requirements.txt asks for {requirement}\n" in repository.scan(way=()).out


@pytest.mark.parametrize(
    ("way", "problem"),
    [
        ((), "--from: no release of torch is named by a lock file"),
        (("--from", "2.17.0"), "--from 2.17.0: the record ends at 2.15.0"),
        (("--from", "1.13.7"), "1.13.7: the record has 1.4.0 to 2.15.0, but not this; nearest is 1.13.1"),
        (("--from", "1.13.1", "--to", "seven"), "not a version number"),
    ],
)
def test_ends_that_are_not_known_are_said_in_a_line(repository, way, problem):
    repository.write("a.py", "import torch\n")
    answer = repository.scan(way=way)
    assert answer.status == 2
    assert problem in answer.err.splitlines()[-1]


def test_a_downgrade_is_said(repository):
    repository.write("a.py", "import torch\ntorch.load('a')\n")
    answer = repository.scan(way=("--from", "2.6.0", "--to", "1.13.1"))
    assert "a downgrade: what each of these changes brought is lost again" in answer.out
