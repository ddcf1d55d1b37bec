"""golden/verified.csv: the runs that the record vouches for, each of whose cases really matched."""

import datetime
import functools
import os
from pathlib import Path
from typing import Dict, Iterable, List, NamedTuple, Tuple

from ..common import files
from ..common.errors import InputError, relative
from . import table
from .devices import TYPE
from .release import MODE, Release, Run

_LARGEST = 512 * 1024
"""Bytes that the file may have."""

_PATTERNS = {
    "release": r"[0-9.]{5,8}",
    "device": TYPE,
    "mode": MODE,
    "python": r"[0-9]{1,2}\.[0-9]{1,3}(\.[0-9]{1,3})?[a-z0-9+.]{0,20}",
    "platform": r"[A-Za-z0-9_.]{1,40}(-[A-Za-z0-9_.]{1,40}){1,4}",
    "cases": r"0|[1-9][0-9]{0,6}",
    "round": r"[1-9][0-9]{0,8}",
    "digest": r"[0-9a-f]{16}",
    "date": r"20[2-9][0-9]-[0-9]{2}-[0-9]{2}",
}
"""What each cell looks like."""

_REMEDY = "take the file back from git, or record the run again (tox run -e regen-torchX-cpu)"


class Row(NamedTuple):
    """One run; which cases it vouches for is said by `vouching`.

    Attributes:
        release: base release of torch, such as "2.13.0".
        device: its type, such as "cpu" or "cuda".
        mode: "eager", or another mode of execution.
        python: full version of Python.
        platform: such as "linux-x86_64-amd", with the processor's maker where that is known.
        cases: how many cases it vouches for.
        round: up to which round of the record's cases it vouches for them; see `verified_cases`.
        digest: of the code of these cases, and of what their goldens say of the run.
        date: day of the run, ISO 8601, UTC.
    """

    release: str
    device: str
    mode: str
    python: str
    platform: str
    cases: int
    round: int
    digest: str
    date: str

    @property
    def run(self) -> Run:
        """The release, device and mode that were run."""
        return _run(self.release, self.device, self.mode)

    @property
    def bridge(self) -> str:
        """How tox names its Python where that is not the release's own, such as "py311"."""
        major, minor = self.python.split(".")[:2]
        return f"py{major}{minor}"

    @property
    def key(self) -> "RowKey":
        """What tells one run from another, and sorts them: a new patch of Python replaces the old."""
        major, minor = map(int, self.python.split(".")[:2])
        return (*self.run.key, (major, minor), self.platform)


@functools.lru_cache(maxsize=None)  # Asked of each row for each case, and few that differ.
def _run(release: str, device: str, mode: str) -> Run:
    return Run(Release.parse(release), device, mode)


RowKey = Tuple[Release, bool, str, bool, str, Tuple[int, ...], str]


def read(path: Path) -> List[Row]:
    """Return the rows of verified.csv; none if there is no file yet.

    Raises:
        InputError: the file is not as it must be.
    """
    if not os.path.lexists(path):  # Where a link leads nowhere, something is wrong.
        return []
    return list(_parsed(path, files.read(path, _REMEDY, _LARGEST)))


@functools.lru_cache(maxsize=1)
def _parsed(path: Path, text: str) -> Iterable[Row]:
    rows: Dict[RowKey, Row] = {}
    for where, cells in table.parse(path, text, _PATTERNS, _REMEDY):
        row = _row(cells, where)
        if rows.setdefault(row.key, row) is not row:
            raise InputError(where, f"{row.run} on Python {row.python} is there twice", _REMEDY)
    return tuple(rows.values())


def check(row: Row, path: Path) -> None:
    """Make sure that `row` can be read back from `path`.

    Raises:
        InputError: it cannot.
    """
    where = f"{relative(path)} (to be written)"
    cells = [str(cell) for cell in row]
    table.check(cells, _PATTERNS, where, _REMEDY)
    _row(dict(zip(_PATTERNS, cells)), where)


def _row(cells: Dict[str, str], where: str) -> Row:
    numbers = {name: int(cells[name]) for name in ("cases", "round")}
    try:
        row = Row(**{**cells, **numbers})  # type: ignore[arg-type]
        datetime.date.fromisoformat(row.date)
        if str(row.run.release) != row.release:
            raise ValueError(row.release)
    except (ValueError, InputError):
        raise InputError(where, f"not a row of {','.join(Row._fields)}: no such release or day", _REMEDY) from None
    return row


def dump(rows: Iterable[Row]) -> str:
    """Return the text of verified.csv."""
    return table.dump(Row._fields, rows)
