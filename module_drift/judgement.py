"""What a finished run of the suite comes to, read off pytest's JUnit report."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import List, NamedTuple

from .verdict import PROPERTY

MATCHES, DRIFTED, NOT_RUN = "matches", "drifted", "could not be run"

_MOST_IDS = 10
"""How many ids of cases fit on a line that people read."""


class Judgement(NamedTuple):
    """What a run comes to.

    Attributes:
        verdict: MATCHES, DRIFTED or NOT_RUN.
        cases: how many cases were judged; a case on two devices counts twice.
        drifted: ids of the cases that drifted.
        accepted: ids of the cases whose drift was accepted.
        reason: why it could not be run; empty if it could.
    """

    verdict: str
    cases: int
    drifted: List[str]
    accepted: List[str]
    reason: str

    @property
    def detail(self) -> str:
        """The one thing to say beside the verdict."""
        if self.verdict == MATCHES:
            return f"{self.cases} cases" + (f", accepted {_some(self.accepted)}" if self.accepted else "")
        return self.reason or _some(self.drifted)


def _some(ids: List[str]) -> str:
    first = ", ".join(ids[:_MOST_IDS])
    return first if len(ids) <= _MOST_IDS else f"{first} and {len(ids) - _MOST_IDS} more"


def judge(junit: Path, log: Path) -> Judgement:
    """Judge a run by pytest's JUnit report, which is missing if pytest did not finish, and its output.

    Only a failed test is a drift; an error, or no test at all, means that nothing could be judged.
    """
    if not junit.exists():
        return Judgement(NOT_RUN, 0, [], [], _last_words(log))
    root = ElementTree.parse(junit).getroot()
    unwell = sum(1 for kind in ("failure", "error") for _ in root.iter(kind))
    values = [found.get("value", "") for found in root.iter("property") if found.get("name") == PROPERTY]
    outcomes = [value.split() for value in values]
    drifted = [case_id for _, case_id, outcome in outcomes if outcome == "drifted"]
    accepted = [case_id for _, case_id, outcome in outcomes if outcome == "accepted"]
    if drifted:
        return Judgement(DRIFTED, len(outcomes), drifted, accepted, "")
    if unwell or not outcomes:
        return Judgement(NOT_RUN, len(outcomes), [], accepted, _last_words(log))
    return Judgement(MATCHES, len(outcomes), [], accepted, "")


def _last_words(log: Path) -> str:
    """Return the line of the output that best says why it ended, with the exit status where tox gives one."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    ended = next((i for i, line in enumerate(lines) if re.search(r": exit -?\d+ \(", line)), len(lines))
    status = re.search(r"exit -?\d+", lines[ended]) if ended < len(lines) else None
    errors: List[str] = [line for line in lines[:ended] if re.search(r"\berror\b", line, re.IGNORECASE)]
    words = (errors or lines[:ended] or ["no output"])[-1]
    return f"{status.group()}: {words}" if status else words
