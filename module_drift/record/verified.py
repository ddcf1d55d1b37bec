"""golden/verified.csv: the runs in which every case really matched."""

import csv
import datetime
import functools
import io
import os
import re
from pathlib import Path
from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

from ..common import files
from ..common.errors import InputError, relative
from .devices import DEVICES
from .golden import Golden
from .release import Release, Run

_LARGEST = 512 * 1024
"""Bytes that the file may have."""

_PATTERNS = {
    "release": r"[0-9.]{5,8}",
    "device": "|".join(DEVICES),
    "python": r"[0-9]{1,2}\.[0-9]{1,3}(\.[0-9]{1,3})?[a-z0-9+.]{0,20}",
    "platform": r"[A-Za-z0-9_.]{1,40}(-[A-Za-z0-9_.]{1,40}){1,3}",
    "cases": r"[1-9][0-9]{0,6}",
    "digest": r"[0-9a-f]{16}",
    "date": r"20[2-9][0-9]-[0-9]{2}-[0-9]{2}",
}
"""What each cell looks like."""

_REMEDY = "take the file back from git, or record the run again (tox run -e regen-torchX-cpu)"


class Row(NamedTuple):
    """One run in which every case matched.

    Attributes:
        release: base release of torch, such as "2.13.0".
        device: "cpu" or "cuda".
        python: full version of Python.
        platform: such as "linux-x86_64".
        cases: how many cases matched.
        digest: of the cases' source and of what the goldens say of this run; see `digest`.
        date: day of the run, ISO 8601, UTC.
    """

    release: str
    device: str
    python: str
    platform: str
    cases: int
    digest: str
    date: str

    @property
    def run(self) -> Run:
        """The release and device that were run."""
        return Run(Release.parse(self.release), self.device)

    @property
    def key(self) -> "RowKey":
        """What tells one run from another, and sorts them: a new patch of Python replaces the old."""
        major, minor = map(int, self.python.split(".")[:2])
        return (*self.run.key, (major, minor), self.platform)


RowKey = Tuple[Release, bool, str, Tuple[int, ...], str]


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
    name = relative(path)
    reader = csv.reader(io.StringIO(text))
    rows: Dict[RowKey, Row] = {}
    try:
        header = next(reader, [])
        if header != list(Row._fields):
            raise InputError(f"{name}:1", f"the columns must be {','.join(Row._fields)}", _REMEDY)
        for cells in reader:
            where = f"{name}:{reader.line_num}"
            row = _row(cells, where)
            if rows.setdefault(row.key, row) is not row:
                raise InputError(where, f"{row.run} on Python {row.python} is there twice", _REMEDY)
    except csv.Error as error:
        raise InputError(f"{name}:{reader.line_num}", f"not CSV: {error}", _REMEDY) from None
    return tuple(rows.values())


def check(row: Row, path: Path) -> None:
    """Make sure that `row` can be read back from `path`.

    Raises:
        InputError: it cannot, such as one in which no case matched.
    """
    _row([str(cell) for cell in row], f"{relative(path)} (to be written)")


def _row(cells: Sequence[str], where: str) -> Row:
    named = dict(zip(Row._fields, cells))
    wrong = [field for field, cell in named.items() if not re.fullmatch(_PATTERNS[field], cell)]
    if len(cells) != len(Row._fields) or wrong:
        of = f" ({wrong[0]} = {named[wrong[0]]!r})" if wrong else ""
        raise InputError(where, f"not a row of {','.join(Row._fields)}{of}", _REMEDY)
    try:
        row = Row(**{**named, "cases": int(named["cases"])})  # type: ignore[arg-type]
        datetime.date.fromisoformat(row.date)
        if str(row.run.release) != row.release:
            raise ValueError(row.release)
    except (ValueError, InputError):
        raise InputError(where, f"not a row of {','.join(Row._fields)}: no such release or day", _REMEDY) from None
    return row


def updated(rows: Iterable[Row], new: Row) -> List[Row]:
    """Return `rows` with `new` in the place of the same run's, sorted; a row that says the same keeps its date."""
    by_key = {row.key: row for row in rows}
    old = by_key.get(new.key)
    if old is None or old._replace(date=new.date) != new:
        by_key[new.key] = new
    return [by_key[key] for key in sorted(by_key)]


def dump(rows: Iterable[Row]) -> str:
    """Return the text of verified.csv."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Row._fields)
    writer.writerows(rows)
    return text.getvalue()


def digest(sources: Iterable[Tuple[str, str]], resolved: Iterable[Tuple[str, Optional[Golden]]]) -> str:
    """Return a digest of all that a run was held against; it changes when the run must be made again.

    Args:
        sources: the name of each file of cases, and of each that these may use, with its text.
        resolved: each case's id with the golden in effect for the run.
    """
    import hashlib
    import json

    hashed = hashlib.sha256()
    for name, text in sources:
        hashed.update(f"{name}\n{text}\n".encode())
    for id, golden in sorted(resolved, key=lambda pair: pair[0]):
        hashed.update(f"{id} {json.dumps(golden and golden.observation)}\n".encode())
    return hashed.hexdigest()[:16]
