"""golden/verified.csv: the runs in which every case really matched."""

import csv
import datetime
import hashlib
import io
import json
from pathlib import Path
from typing import Iterable, List, NamedTuple, Optional, Sequence, Tuple

from .devices import DEVICES
from .errors import InputError, relative
from .golden import Golden
from .release import Release, Run

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
    def key(self) -> Tuple[Release, bool, str, Tuple[int, ...], str]:
        """What tells one run from another, and sorts them: a new patch of Python replaces the old."""
        major, minor = map(int, self.python.split(".")[:2])
        return (*self.run.key, (major, minor), self.platform)


def read(path: Path) -> List[Row]:
    """Return the rows of verified.csv; none if there is no file yet.

    Raises:
        InputError: the file is not as it must be.
    """
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        if header != list(Row._fields):
            raise InputError(f"{relative(path)}:1", f"the columns must be {','.join(Row._fields)}", _REMEDY)
        return [_row(cells, f"{relative(path)}:{reader.line_num}") for cells in reader]


def _row(cells: Sequence[str], where: str) -> Row:
    try:
        row = Row(*cells)  # type: ignore[arg-type]
        row = row._replace(cases=int(row.cases))
        DEVICES.index(row.device)
        row.key  # noqa: B018 - parses the rest
        datetime.date.fromisoformat(row.date)
    except (TypeError, ValueError, InputError):
        raise InputError(where, f"not a row of {','.join(Row._fields)}", _REMEDY) from None
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


def digest(cases_folder: Path, resolved: Iterable[Tuple[str, Optional[Golden]]]) -> str:
    """Return a digest of all that a run was held against; it changes when the run must be made again.

    Args:
        cases_folder: whose Python files, but for the tests, are the cases.
        resolved: each case's id with the golden in effect for the run.
    """
    hashed = hashlib.sha256()
    for path in sorted(set(cases_folder.glob("*.py")) - set(cases_folder.glob("test_*.py"))):
        hashed.update(f"{path.name}\n{path.read_text(encoding='utf-8')}\n".encode())
    for id, golden in sorted(resolved, key=lambda pair: pair[0]):
        hashed.update(f"{id} {json.dumps(golden and golden.observation)}\n".encode())
    return hashed.hexdigest()[:16]
