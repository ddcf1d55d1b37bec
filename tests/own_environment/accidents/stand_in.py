"""A small project whose torch is a stand-in: what a case shows is drawn from its id and the release."""

import contextlib
import os
import random
import shutil
from pathlib import Path

import stand_in_observer

from module_drift.common import files
from module_drift.comparing.compare import compare
from module_drift.comparing.observation import Observation
from module_drift.finding.discovery import Case
from module_drift.observing.observer import Facts
from module_drift.record import golden
from module_drift.record.history import resolve
from module_drift.record.record import Record
from module_drift.record.release import Release, Run
from module_drift.record.verified import Row

CASES = [f"demo/case-{i:02}" for i in range(12)]
BASE = ["1.4.0", "1.5.0", "1.6.0", "1.7.0", "1.8.0"]
"""Releases that are recorded and verified before anything happens."""

PYTHON, PLATFORM, DATE = "3.11.7", "linux-x86_64", "2026-11-23"

_CONFTEST = """\
import os
import sys

folder = os.environ["STAND_IN_FOLDER"]
sys.path[:0] = [folder, os.path.dirname(os.path.dirname(folder))]
from stand_in import StandInObserver

from module_drift.judging import pytest_suite
from module_drift.observing import running_torch

running_torch.version = lambda: os.environ["STAND_IN_TORCH"]
pytest_suite.Observer = StandInObserver
pytest_plugins = ["module_drift.judging.pytest_plugin"]
"""
_CASE = '@case("{}")\ndef case_{}(show, device):\n    """Shows what the stand-in draws."""\n\n\n'


def shown(case_id: str, release: str, world: str = "") -> Observation:
    """Return what `case_id` shows on `release`: one of three editions, drawn anew in each `world`."""
    edition = random.Random(f"{case_id} {release} {world}").choice("aab")
    return Observation(
        printed="".join(f"{case_id} line {i} of {edition}\n" for i in range(20)),
        numbers=[["x", [float(ord(edition)), 0.5]], ["n", 3, "int64"]],
        warned=["UserWarning: careful"] if edition == "b" else [],
    )


class StandInObserver(stand_in_observer.StandInObserver):
    """Says what `shown` says, without any torch."""

    def load(self, cases: object) -> None:
        """Need nothing of them."""

    def facts(self) -> Facts:
        """Return that each device is there."""
        return Facts("", "", "", "", dict.fromkeys(self.devices), {}, None)

    def result(self, case: Case, device: str) -> Observation:
        """Return what the case shows on the release of the environment."""
        return shown(case.id, os.environ["STAND_IN_TORCH"], os.environ["STAND_IN_WORLD"])


def regenerate(root: Path, release: str, world: str = "") -> None:
    """Accept what all cases show on `release`, and write the run down, as `pytest --regen-all` does."""
    record = Record(root)
    with record.regenerating(lambda _: None):
        run = Run(Release.parse(release), "cpu")
        recorded = {"torch": release, "python": PYTHON, "device": "cpu", "platform": PLATFORM}
        held = {id: resolve(record.goldens(id), run) for id in CASES}
        for id in CASES:
            observed, golden = shown(id, release, world), held[id]
            if golden is None or compare(golden.observation, observed):
                record.accept(id, run, observed, recorded)
        cases = record.cases()
        record.compact(CASES)
        record.add_verified(Row(release, "cpu", "eager", PYTHON, PLATFORM, 0, 1, "0" * 16, DATE), cases, CASES)


def make_project(root: Path) -> Path:
    """Make a project below `root` whose goldens hold for `BASE`, and return it."""
    declared = "".join(_CASE.format(id, i) for i, id in enumerate(CASES))
    files.replace(root / "cases" / "__init__.py", "")
    files.replace(root / "cases" / "demo.py", f"from module_drift.case import case\n\n\n{declared}")
    files.replace(root / "conftest.py", _CONFTEST)
    files.replace(root / "tox.ini", "[pytest]\npythonpath = .\ntestpaths = cases\n")
    files.replace(root / "golden" / "causes.toml", "")
    for release in BASE:
        regenerate(root, release)
    return root


def copy_of(root: Path, to: Path) -> Path:
    """Return a copy of the project `root` in the place of what is at `to`."""
    shutil.rmtree(to, ignore_errors=True)
    return shutil.copytree(root, to)


def content(root: Path) -> "dict[str, str]":
    """Return the files below `root`/golden by name, with their text; without the locks, with leftovers."""
    found: dict[str, str] = {}
    for path in (root / "golden").rglob("*"):
        # A file of which a name was just listed may be gone while a regeneration is at work.
        with contextlib.suppress(FileNotFoundError, IsADirectoryError):
            if not path.name.endswith(".lock"):
                found[str(path.relative_to(root / "golden"))] = path.read_text(encoding="utf-8")
    return found


def leftovers(root: Path) -> "list[str]":
    """Return the files that a write left behind."""
    return [name for name in content(root) if name.endswith(files.SUFFIX)]


def assert_before_or_after(root: Path, before: "dict[str, str]", after: "dict[str, str]", release: str) -> None:
    """Assert that every file of the record is whole and of before or after, and what each verified run resolves to.

    Args:
        root: the project that something happened to while `release` was regenerated.
        before: its content before.
        after: its content when nothing happens.
        release: the one that may resolve to something else now.
    """
    for name, text in content(root).items():
        if not name.endswith(files.SUFFIX):
            assert text in (before.get(name), after.get(name)), name
    for id in CASES:
        for one in BASE:
            resolved = resolve(Record(root).goldens(id), Run(Release.parse(one), "cpu"))
            allowed = [_resolved(state, id, one) for state in ((before, after) if one == release else (before,))]
            assert (resolved and resolved.observation) in allowed, (id, one)


def _resolved(state: "dict[str, str]", id: str, release: str) -> Observation:
    paths = [Path(name) for name in state if name.startswith(f"{id}/")]
    held = resolve([golden.parse(path, state[str(path)]) for path in paths], Run(Release.parse(release), "cpu"))
    assert held
    return held.observation


def progress(root: Path, before: "dict[str, str]", after: "dict[str, str]") -> str:
    """Return how far a regeneration came: "nothing", "part" or "all" of what it changes."""
    now = {name: text for name, text in content(root).items() if not name.endswith(files.SUFFIX)}
    return "nothing" if now == before else "all" if now == after else "part"
