"""The releases of tox.ini, and choosing among them."""

import contextlib
import functools
import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import tomllib
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import toxfile
from module_drift.common.errors import InputError
from module_drift.record.release import Release
from module_drift.sweeping.environments import Environment, labelled, releases, select

ROOT = Path(__file__).parents[2]
KNOWN = list(map(Release.parse, ["1.4.0", "1.5.0", "1.13.1", "2.0.0", "2.10.0", "2.11.0"]))


def chosen(*wanted):
    return list(map(str, select(KNOWN, wanted)))


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_tox_ini_lists_every_release_with_its_pin(device):
    listed = releases(ROOT, device)
    assert len(listed) == 46
    assert str(listed[0]) == "1.4.0"
    assert str(listed[-1]) == "2.15.0"


def test_a_device_without_environments_is_bad_input():
    with pytest.raises(InputError, match=r"lists no environment such as torch2\.13\.0-tpu; add some to its labels"):
        releases(ROOT, "tpu")


@functools.lru_cache(maxsize=None)
def tox(*arguments):
    """Return what tox prints: once, since it takes a second."""
    command = [sys.executable, "-m", "tox", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def environments():
    """Return what tox.ini says of each of its environments."""
    names = ",".join(tox("list", "--no-desc").split())
    keys = ["deps", "base_python", "constraints", "commands"]
    return json.loads(tox("config", "--format", "json", "-k", *keys, "-e", names))["env"]


def python_of(environment):
    """Return the version of the Python that tox gives an environment."""
    (name,) = environment["base_python"]
    return ".".join(re.search(r"(\d)\.?(\d+)", name).groups())


def test_every_environment_pins_its_release_and_an_interpreter():
    found = environments()
    for device in ("cpu", "cuda"):
        for release in releases(ROOT, device):
            for regen in ("", "regen-"):
                name = f"{regen}torch{release}-{device}"
                assert f"torch=={release}" in found[name]["deps"]
                assert python_of(found[name]) == ("3.8" if release < Release.parse("2.5.0") else "3.11")
                assert found[name]["commands"] == [
                    f"python -m module_drift.observing.assert_torch {name}",
                    "pytest --regen-all" if regen else "pytest -q",
                ]


def pins(name):
    """Return the releases that a file of requirements/ pins, by the names of the packages."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==([^ \n]+)", text, re.MULTILINE))


def declared(python, *extras):
    """Return what pyproject.toml declares for a version of Python, by the names of the packages."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    found = map(Requirement, lines)
    environment = {"python_version": python, "python_full_version": f"{python}.0"}
    return {canonicalize_name(one.name): one for one in found if not one.marker or one.marker.evaluate(environment)}


def test_every_environment_installs_what_is_pinned_for_its_python():
    found = environments()
    for name, environment in found.items():
        python = python_of(environment)
        expected = [f"requirements/py{python}.txt"]
        if "torch" not in name or re.fullmatch(r"(regen-)?torch2\.13\.0-\w+", name):
            expected.append("requirements/torch2.13.0.txt")
        if name.endswith("py311-torch2.0.1-cpu"):  # It needs an older numpy than the one that is pinned for 3.11.
            expected = ["requirements/py3.10.txt"]
        if name.endswith("-newest"):
            expected = []
        if name.endswith("-lowest"):
            expected = [f"requirements/lowest-py{python}.txt"]
        assert (name, environment["constraints"]) == (name, expected)
    assert set(map(python_of, found.values())) == {"3.8", "3.9", "3.10", "3.11", "3.12", "3.13"}
    assert {name for name in found if "-newest" in name or "-lowest" in name} == {
        *("tests-newest", "py38-tests-newest", "py313-tests-newest", "py38-tests-lowest", "py313-tests-lowest")
    }


@pytest.mark.parametrize("python", ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13"])
def test_what_is_pinned_is_what_is_declared(python):
    pinned = pins(f"py{python}.txt")
    for name, requirement in declared(python, *(["site", "sweep"] if python == "3.11" else [])).items():
        assert requirement.specifier.contains(pinned[name]), f"{requirement}: run tox run -e lock"


def test_what_else_environments_install_is_pinned():
    names = ["tests", "faults", "accidents", "quiet", "wheel", "browser", "mutants", "lock", "lint"]
    lines = {line for name in names for line in environments()[name]["deps"] if not line.startswith("-e ")}
    needed = {canonicalize_name(Requirement(line).name) for line in lines}
    assert len(needed) > 10
    assert needed - {"torch"} <= pins("py3.11.txt").keys(), "run tox run -e lock"


def test_the_lowest_are_what_is_declared():
    oldest, newest = pins("lowest-py3.8.txt"), pins("lowest-py3.13.txt")
    for name, requirement in {**declared("3.8", "site"), **declared("3.13", "site", "sweep")}.items():
        ((bound,),) = [[one.version for one in requirement.specifier if one.operator == ">="]]
        # On the newest Python, tox needs newer ones of some.
        assert Version(bound) == Version(oldest.get(name) or newest[name]), f"{requirement}: run tox run -e lock"
        assert name not in newest or requirement.specifier.contains(newest[name])


def test_no_pin_is_of_torch_or_says_where_packages_are_from():
    files = sorted((ROOT / "requirements").iterdir())
    assert len(files) == 12
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index" not in text
        assert not re.search("^(torch|triton|nvidia-|cuda-)", text, re.MULTILINE)


class Stand:
    """In the place of an environment of tox, whose installation prints `lines`, one while it is looked at."""

    def __init__(self, lines=(), verbosity=2):
        self.conf, self.options = SimpleNamespace(name="torch1.4.0-cpu"), SimpleNamespace(verbosity=verbosity)
        self.lines, self.seen = lines, []

    def execute(self, **given):
        self.seen.append(given)
        return "shown"

    @contextlib.contextmanager
    def execute_async(self, **given):
        self.seen.append(given)
        status = SimpleNamespace(out=b"", err=b"", outcome="of pip")
        left = list(self.lines)

        def wait(timeout):
            status.out += left.pop(0) if left else b""
            return None if left else 0

        status.wait = wait
        yield status


def test_a_torch_that_is_installed_is_announced(capsys):
    environment = Stand()
    toxfile.tox_on_install(environment, SimpleNamespace(requirements=["-e .", "torch==1.4.0"]), "", "deps")
    assert capsys.readouterr().out.startswith("torch1.4.0-cpu: installs torch 1.4.0 and what the suite needs with it. ")
    toxfile.tox_on_install(environment, ["no requirements"], "", "package")
    assert capsys.readouterr().out == ""


def test_what_installs_a_torch_tells_how_far_it_is_and_no_more(capsys, monkeypatch):
    monkeypatch.setattr(toxfile, "_SILENCE", 0.0)
    wheel = b"Collecting torch==1.4.0\n  Downloading torch-1.4.0%2Bcpu-cp38-cp38-linux_x86_64.whl (40.5 MB)\n"
    environment = Stand([b"Collecting six\n  Downloading six-1.17.0-py3-none-any.whl (11 kB)\n", wheel, b""])
    toxfile.tox_on_install(environment, [], "", "deps")
    assert environment.execute(cmd=["pip"], run_id="install_deps") == "of pip"
    assert capsys.readouterr().out.splitlines() == [
        "torch1.4.0-cpu: still installing, after 0 s",
        "torch1.4.0-cpu: fetches torch-1.4.0 (40.5 MB)",
        "torch1.4.0-cpu: still installing, after 0 s",
    ]
    assert environment.seen == [{"cmd": ["pip"], "run_id": "install_deps", "show": False}]


def test_all_else_runs_as_tox_does_it_and_with_v_all_is_shown():
    environment = Stand()
    toxfile.tox_on_install(environment, [], "", "deps")
    assert environment.execute(cmd=["pytest"], run_id="commands[0]") == "shown"
    assert environment.execute(cmd=["pip", "freeze"], run_id="install_deps", show=False) == "shown"
    environment.options.verbosity = 3
    assert environment.execute(cmd=["pip"], run_id="install_deps") == "shown"
    assert [given["show"] for given in environment.seen] == [None, False, True]


def test_bridges_run_a_release_on_other_pythons():
    pythons = {"2.4.1": ["3.9", "3.10", "3.11", "3.12"], "2.13.0": ["3.10", "3.12", "3.13"], "2.15.0": ["3.13"]}
    for release, those in pythons.items():
        for python in those:
            name = f"py{python.replace('.', '')}-torch{release}-cpu"
            found = environments()[name]
            assert f"torch=={release}" in found["deps"]
            assert python_of(found) == python
            assert found["commands"] == [f"python -m module_drift.observing.assert_torch {name}", "pytest -q"]


def test_the_same_releases_on_all_their_pythons_are_one_label():
    assert sorted(tox("list", "--no-desc", "-m", "pythons").split()) == [
        "py310-torch2.13.0-cpu",
        "py310-torch2.4.1-cpu",
        "py311-torch2.4.1-cpu",
        "py312-torch2.13.0-cpu",
        "py312-torch2.4.1-cpu",
        "py313-torch2.13.0-cpu",
        "py39-torch2.4.1-cpu",
        "torch2.13.0-cpu",
        "torch2.4.1-cpu",
    ]


def test_tox_without_arguments_checks_one_release():
    assert tox("list", "--no-desc", "-d").split() == ["torch2.13.0-cpu"]


def test_releases_and_ranges_are_selected_in_order():
    assert chosen() == list(map(str, KNOWN))
    assert chosen("2.0.0", "1.4.0") == ["1.4.0", "2.0.0"]
    assert chosen("2.10", "2.0.0+cu117") == ["2.0.0", "2.10.0"]
    assert chosen("1.5.0..2.0.0") == ["1.5.0", "1.13.1", "2.0.0"]
    assert chosen("1.6.0..2.1.0", "2.11.0") == ["1.13.1", "2.0.0", "2.11.0"]
    assert chosen("..1.5.0") == ["1.4.0", "1.5.0"]
    assert chosen("2.10.0..") == ["2.10.0", "2.11.0"]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("2.0.1", "2.0.1: tox.ini lists 1.4.0 to 2.11.0, but not this; nearest is 2.0.0"),
        ("1.3.0", "nearest is 1.4.0"),
        ("3.0.0..4.0.0", "nearest is 2.11.0"),
        ("..1.3.0", r"^..1.3.0: tox.ini lists 1.4.0 to 2.11.0, but not this; nearest is 1.4.0$"),
        ("2.12..", r"^2.12..: tox.ini lists 1.4.0 to 2.11.0, but not this; nearest is 2.11.0$"),
        ("2.1..2.9", r"^2.1..2.9: tox.ini lists 1.4.0 to 2.11.0, but not this; nearest is 2.0.0$"),
        ("..", r"^..: a range without a release; write 1.4.0..2.11.0, or nothing for all$"),
        ("2.6..1.13", r"^2.6..1.13: the range ends before it begins; write 1.13..2.6$"),
        ("next", "torch version 'next': not a version number"),
    ],
)
def test_a_release_that_is_not_listed_is_bad_input(wanted, message):
    with pytest.raises(InputError, match=message):
        select(KNOWN, [wanted])


def test_a_folder_without_tox_ini_is_bad_input(tmp_path):
    with pytest.raises(InputError, match="tox finds no releases there"):
        releases(tmp_path, "cpu")


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_the_label_of_a_device_names_all_its_releases(device):
    found = labelled(ROOT, device)
    assert [environment.release for environment in found] == releases(ROOT, device)
    assert {environment.device for environment in found} == {device}
    assert found[0] == Environment(f"torch1.4.0-{device}", Release(1, 4, 0), device, "3.8")
    assert found[-1] == Environment(f"torch2.15.0-{device}", Release(2, 15, 0), device, "3.11")


def test_a_label_may_name_releases_on_other_pythons():
    pythons = [(str(one.release), one.python) for one in labelled(ROOT, "pythons") if one.name.startswith("py")]
    assert pythons == [("2.4.1", f"3.{n}") for n in (9, 10, 11, 12)] + [("2.13.0", f"3.{n}") for n in (10, 12, 13)]


def test_a_label_that_tox_ini_lacks_is_bad_input():
    with pytest.raises(InputError, match="tox finds no releases there"):
        labelled(ROOT, "slow")
