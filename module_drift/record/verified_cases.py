"""golden/cases.csv: what was last run of each case, so that a change to one leaves the runs of the others verified."""

import functools
import hashlib
import json
import os
from pathlib import Path
from typing import Dict, Iterable, List, NamedTuple

from ..common import files
from ..common.errors import InputError
from . import history, table
from .golden import Golden

_LARGEST = 16 * 1024 * 1024
"""Bytes that the file may have: those of a hundred thousand cases."""

_PATTERNS = {
    "case": r"[a-z0-9-]{1,99}/[a-z0-9-]{1,99}",
    "code": r"[0-9a-f]{12}",
    "goldens": r"[0-9a-f]{12}",
    "round": r"[1-9][0-9]{0,8}",
}
_REMEDY = "take the file back from git, or delete it and run all again: module-drift sweep --regen"


class VerifiedCase(NamedTuple):
    """A case as it was last run.

    Attributes:
        case: its id.
        code: digest of what it executes; see `code_digest`.
        goldens: digest of its goldens.
        round: in which round of the record it was first run like this. A run of verified.csv vouches for the cases
            of its own round and of all before.
    """

    case: str
    code: str
    goldens: str
    round: int


def read(path: Path) -> Dict[str, VerifiedCase]:
    """Return the cases of cases.csv by their ids; none if there is no file yet.

    Raises:
        InputError: the file is not as it must be.
    """
    if not os.path.lexists(path):
        return {}
    return dict(_parsed(path, files.read(path, _REMEDY, _LARGEST)))


@functools.lru_cache(maxsize=1)
def _parsed(path: Path, text: str) -> Dict[str, VerifiedCase]:
    cases: Dict[str, VerifiedCase] = {}
    for where, cells in table.parse(path, text, _PATTERNS, _REMEDY):
        found = VerifiedCase(cells["case"], cells["code"], cells["goldens"], int(cells["round"]))
        if cases.setdefault(found.case, found) is not found:
            raise InputError(where, f"{found.case} is there twice", _REMEDY)
    return cases


def dump(cases: Iterable[VerifiedCase]) -> str:
    """Return the text of cases.csv."""
    return table.dump(VerifiedCase._fields, sorted(cases))


def goldens_digest(goldens: List[Golden]) -> str:
    """Return the digest of what the goldens of one case say, as 12 hexadecimal digits."""
    hashed = hashlib.sha256()
    for golden in history.compact(goldens) if len(goldens) > 1 else goldens:
        hashed.update(f"{golden.since} {golden.device} {json.dumps(golden.observation)}\n".encode())
    return hashed.hexdigest()[:12]
