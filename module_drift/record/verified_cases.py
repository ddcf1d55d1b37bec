"""golden/cases.csv: what was last run of each case, so that a change to one leaves the runs of the others verified."""

import functools
import hashlib
import json
import os
from pathlib import Path
from typing import Dict, Iterable, List, NamedTuple, Optional

from ..common import files
from ..common.errors import InputError
from ..common.scope import SCOPES, is_run
from . import history, table
from .devices import DEVICE
from .golden import Golden, Key, history_key, place_name
from .release import MODE, Release, Run
from .verified import Row

_LARGEST = 16 * 1024 * 1024
"""Bytes that the file may have: those of a hundred thousand cases."""

_PATTERNS = {
    "case": r"[a-z0-9-]{1,99}/[a-z0-9-]{1,99}",
    "code": r"[0-9a-f]{12}",
    "goldens": r"({one}( {one})*)?".format(one=rf"[0-9.]{{5,8}}(@{DEVICE})?(~{MODE})?:[0-9a-f]{{8}}"),
    "round": r"[1-9][0-9]{0,8}",
    "only": rf"({'|'.join(SCOPES)})?",
}
_REMEDY = "take the file back from git, or delete it and run all again: module-drift sweep --regen"


class VerifiedCase(NamedTuple):
    """A case as it was last run.

    Attributes:
        case: its id.
        code: digest of what it executes; see `code_digest`.
        goldens: what its goldens said: of each since when, on which device alone, and a digest; see `said_by`.
        round: in which round of the record it was first run like this. A run of verified.csv vouches for the cases
            of its own round and of all before, but for those that are not run where it was made.
        only: where it is run, one of `scope.SCOPES`; "" for everywhere.
    """

    case: str
    code: str
    goldens: str
    round: int
    only: str = ""

    def is_vouched_by(self, row: Row) -> bool:
        """Return whether a run of verified.csv is one of this case as it was last run."""
        return self.round <= row.round and is_run(self.only or None, row.run.own_place)


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
        found = VerifiedCase(cells["case"], cells["code"], cells["goldens"], int(cells["round"]), cells["only"])
        if cases.setdefault(found.case, found) is not found:
            raise InputError(where, f"{found.case} is there twice", _REMEDY)
    return cases


def dump(cases: Iterable[VerifiedCase]) -> str:
    """Return the text of cases.csv."""
    return table.dump(VerifiedCase._fields, sorted(cases))


class _Said(NamedTuple):
    since: Release
    device: Optional[str]
    mode: Optional[str]
    digest: str

    @property
    def key(self) -> Key:
        return history_key(self)


def said_by(goldens: Iterable[Golden]) -> str:
    """Return what the goldens of one case say, shortly, such as "1.4.0:0a1b2c3d 2.0.0@cuda~compile:4e5f6071"."""
    return " ".join(f"{golden.since}{place_name(golden)}:{_digest(golden)}" for golden in goldens)


@functools.lru_cache(maxsize=1 << 20)  # Asked of every run and case before and after a run, nearly all as they were.
def said_of(goldens: str, run: Run) -> Optional[str]:
    """Return the digest of what holds for `run` by what `said_by` returned, or None if nothing does."""
    held = history.resolve(_all_said(goldens), run)
    return held and held.digest


@functools.lru_cache(maxsize=None)
def _all_said(goldens: str) -> List[_Said]:
    found = []
    for one in goldens.split():
        where, _, digest = one.partition(":")
        place, _, mode = where.partition("~")
        since, _, device = place.partition("@")
        found.append(_Said(Release.parse(since), device or None, mode or None, digest))
    return found


def _digest(golden: Golden) -> str:
    return hashlib.sha256(json.dumps(golden.observation).encode()).hexdigest()[:8]
