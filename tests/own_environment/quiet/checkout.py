"""Copies of the checkout, in which the suite runs."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from module_drift.common import files
from module_drift.record.golden import dump
from module_drift.record.record import Record
from module_drift.record.release import Run

ROOT = Path(__file__).parents[3]
ODD_NAME = "a check-out, geprüft 検査"
_PARTS = ("cases", "golden", "module_drift", "conftest.py", "pyproject.toml")


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """Yield a temporary folder; unlike tempfile's own, it may hold folders that are read-only."""
    path = Path(tempfile.mkdtemp(prefix="quiet-"))
    try:
        yield path
    finally:
        _set_modes(path, read_only=False)
        shutil.rmtree(path)


def copy(
    into: Path, odd: bool = False, read_only: bool = False, damaged: str | None = None, run: Run | None = None
) -> Path:
    """Copy what the suite needs into a folder in `into`, made for that, and return it.

    Args:
        into: where the folder shall be; it must be without one of the same name.
        odd: whether its path has spaces and letters beyond ASCII.
        read_only: whether nothing in it may be written (root may all the same, see `quiet_run.command`).
        damaged: id of a case whose golden for `run` shall be wrong, or None.
        run: the torch that is installed, where it runs; needed where a golden is to be damaged.
    """
    to = into / (ODD_NAME if odd else "checkout") / "module-drift"
    to.mkdir(parents=True)
    for part in _PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, to / part, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        else:
            shutil.copy2(ROOT / part, to / part)
    if damaged and run:
        _damage(Record(to), damaged, run)
    if read_only:
        _set_modes(to, read_only=True)
    return to


def _damage(record: Record, case_id: str, run: Run) -> None:
    """Let the golden in effect claim a warning that no case gives, on which nothing else in the record rests."""
    golden = record.golden_in_effect(case_id, run)
    shown = golden.observation
    golden = golden._replace(observation=shown._replace(warned=[*shown.warned, "UserWarning: damaged"]))
    files.replace(record.folder / case_id / golden.file_name, dump(golden))


def _set_modes(root: Path, read_only: bool) -> None:
    for path in [root, *root.rglob("*")]:
        path.chmod(path.stat().st_mode & ~0o222 if read_only else path.stat().st_mode | 0o200)
