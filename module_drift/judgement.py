"""What a finished run of the suite comes to, read off pytest's JUnit report."""

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional

from .release import Release
from .verdict import DETAILS, PROPERTY

MATCHES, DRIFTED, NOT_RUN = "matches", "drifted", "could not be run"
UNSUPPORTED = "not supported by this wheel"
"""The verdict on a release whose wheel has no code for the card: neither a drift nor a failure."""

_MOST_IDS = 10
"""How many ids of cases fit on a line that people read."""


class Judgement(NamedTuple):
    """What a run comes to.

    Attributes:
        verdict: MATCHES, DRIFTED, NOT_RUN or UNSUPPORTED.
        cases: how many cases were judged; a case on two devices counts twice.
        drifted: ids of the cases that drifted.
        accepted: ids of the cases whose drift was accepted.
        reason: why it could not be run, or is not supported; empty if it could.
        details: of each of `drifted`, its id, device, old and new text, and their differences.
        ran: torch, python and platform of the run; empty if no case was reached.
    """

    verdict: str
    cases: int
    drifted: List[str]
    accepted: List[str]
    reason: str
    details: List[Dict[str, str]] = []  # noqa: RUF012 - never changed
    ran: Dict[str, str] = {}  # noqa: RUF012 - never changed

    @property
    def detail(self) -> str:
        """The one thing to say beside the verdict."""
        if self.verdict == MATCHES:
            return f"{self.cases} cases" + (f", accepted {_some(self.accepted)}" if self.accepted else "")
        return self.reason or _some(self.drifted)

    def as_run(self, device: str, release: Optional[Release] = None) -> Dict[str, Any]:
        """Return the run in the form that machines read.

        Args:
            device: the device that was asked for.
            release: the release that was to be run; if it is None, the one that was.
        """
        torch = self.ran.get("torch")
        known = release or (Release.parse(torch) if torch else None)
        return {
            "release": known and str(known),
            "device": device,
            "verdict": self.verdict,
            "cases": self.cases,
            "drifted": self.details,
            "accepted": self.accepted,
            "reason": self.reason,
            "torch": torch,
            "python": self.ran.get("python"),
            "platform": self.ran.get("platform"),
        }


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
    judged = [properties for properties in map(_properties, root.iter("testcase")) if PROPERTY in properties]
    outcomes = [properties[PROPERTY].split() for properties in judged]
    said = [json.loads(properties.get(DETAILS, "{}")) for properties in judged]
    ran = {key: said[0][key] for key in ("torch", "python", "platform") if key in said[0]} if said else {}
    accepted = [case_id for _, case_id, outcome in outcomes if outcome == "accepted"]
    details = [
        {"id": case_id, "device": device, **{key: more.get(key, "") for key in ("old", "new", "differences")}}
        for (device, case_id, outcome), more in zip(outcomes, said)
        if outcome == "drifted"
    ]
    if details:
        drifted = [one["id"] for one in details]
        return Judgement(DRIFTED, len(outcomes), drifted, accepted, "", details, ran)
    if unwell or not outcomes:
        return Judgement(NOT_RUN, len(outcomes), [], accepted, _last_words(log), ran=ran)
    held = sum(1 for _, _, outcome in outcomes if outcome != "unsupported")
    if not held:
        return Judgement(UNSUPPORTED, 0, [], [], said[0].get("reason", ""), ran=ran)
    return Judgement(MATCHES, held, [], accepted, "", ran=ran)


def _properties(test: ElementTree.Element) -> Dict[str, str]:
    return {found.get("name", ""): found.get("value", "") for found in test.iter("property")}


def _last_words(log: Path) -> str:
    """Return the line of the output that best says why it ended, with the exit status where tox gives one."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    ended = next((i for i, line in enumerate(lines) if re.search(r": exit -?\d+ \(", line)), len(lines))
    status = re.search(r"exit -?\d+", lines[ended]) if ended < len(lines) else None
    errors: List[str] = [line for line in lines[:ended] if re.search(r"\berror\b", line, re.IGNORECASE)]
    words = (errors or lines[:ended] or ["no output"])[-1]
    return f"{status.group()}: {words}" if status else words
