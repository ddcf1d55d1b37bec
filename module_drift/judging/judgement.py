"""What a run of the suite comes to."""

from typing import Any, Dict, List, NamedTuple, Optional

from ..common import scope
from ..common.words import counted, some
from ..record.golden import UNEXPLAINED
from ..record.release import EAGER, Release

MATCHES, DRIFTED, NOT_RUN = "matches", "drifted", "could not be run"
UNSUPPORTED = "not supported by this wheel"
"""The verdict on a release whose wheel has no code for the card: neither a drift nor a failure."""

VERDICTS = (MATCHES, DRIFTED, NOT_RUN, UNSUPPORTED)

EXIT_STATUS = {MATCHES: 0, DRIFTED: 1, NOT_RUN: 2, UNSUPPORTED: 2}
"""Of a command that judges one run."""

_MOST_IDS = 10
"""How many ids of cases fit on a line that people read."""


class Judgement(NamedTuple):
    """What a run comes to.

    Attributes:
        verdict: one of `VERDICTS`; MATCHES says that every expected case was judged, and matched or was accepted.
        cases: how many cases were judged, with those of `passed_by`; a case on two devices counts twice.
        expected: how many were to be judged.
        drifted: ids of the cases that drifted.
        accepted: ids of the cases whose drift was accepted.
        elsewhere: ids of the cases whose goldens hold on another platform only; they are not expected.
        out_of_scope: how many cases are not run on the device or in the mode, by what they say of where they are: "cpu"
            or "eager"; they are not expected either, and one that two devices leave out counts twice.
        passed_by: ids of the cases of which nothing goes through the mode of the run.
        cannot: id and device of each case that the device cannot do, and what it `lacks`.
        deviating: id and device of each case that matched a golden of the device alone, or was accepted as one, and its
            `cause`, which may be `UNEXPLAINED`.
        uncompared: ids of the cases that matched on a device, and of which no run says what the CPU shows.
        verified: how many cases were not expected, since this very release is verified to match them as they are.
        unjudged: id, device and reason of each expected case that was not judged.
        reason: why it could not be run, or is not supported; empty if it could.
        details: of each of `drifted`, its id, device, old and new text, and their differences.
        left_out: by device that was asked for with all others, why there is no run on it.
        held_against: by device, the release that the torch is held against, where it is another one than that.
        ran: torch, python and platform of the run; empty if torch was not reached.
    """

    verdict: str
    cases: int = 0
    expected: int = 0
    drifted: List[str] = []  # noqa: RUF012 - never changed, as are those below
    accepted: List[str] = []  # noqa: RUF012
    elsewhere: List[str] = []  # noqa: RUF012
    out_of_scope: Dict[str, int] = {}  # noqa: RUF012
    passed_by: List[str] = []  # noqa: RUF012
    cannot: List[Dict[str, str]] = []  # noqa: RUF012
    deviating: List[Dict[str, str]] = []  # noqa: RUF012
    uncompared: List[str] = []  # noqa: RUF012
    verified: int = 0
    unjudged: List[Dict[str, str]] = []  # noqa: RUF012
    reason: str = ""
    details: List[Dict[str, str]] = []  # noqa: RUF012
    left_out: Dict[str, str] = {}  # noqa: RUF012
    held_against: Dict[str, str] = {}  # noqa: RUF012
    ran: Dict[str, str] = {}  # noqa: RUF012

    @property
    def compared(self) -> int:
        """How many cases were held against their goldens."""
        return self.cases - len(self.passed_by) - len(self.cannot)

    @property
    def detail(self) -> str:
        """The one thing to say beside the verdict, and what it does not cover."""
        if self.verdict == MATCHES:
            accepted = [f"accepted {some(self.accepted, _MOST_IDS)}"] if self.accepted else []
            return ", ".join([counted(self.compared, "case"), *self.limits, *accepted])
        if self.verdict == NOT_RUN and self.drifted:
            return f"{self.reason}; drifted: {some(self.drifted, _MOST_IDS)}"
        return self.reason or "; ".join([some(self.drifted, _MOST_IDS), *self.limits])

    @property
    def limits(self) -> List[str]:
        """What a verdict does not cover, or not as one may think: cases, devices, and the release itself."""
        parts = []
        if self.deviating:
            causes = [one["cause"] for one in self.deviating if one["cause"] != UNEXPLAINED]
            unexplained = len(self.deviating) - len(causes)
            if unexplained:
                deviate = "deviates" if unexplained == 1 else "deviate"
                parts.append(f"{unexplained} of them {deviate} from the CPU without a named cause")
            if causes:
                named = some(sorted(set(causes)), _MOST_IDS)
                parts.append(f"{len(causes)} of them as the device does by itself: {named}")
        if self.uncompared:
            were = "was" if len(self.uncompared) == 1 else "were"
            parts.append(f"{len(self.uncompared)} of them {were} never recorded on the CPU")
        if self.cannot:
            lacks = sorted({one["lacks"] for one in self.cannot})
            parts.append(f"{len(self.cannot)} more the device cannot do, as it lacks {some(lacks, _MOST_IDS)}")
        if self.passed_by:
            more = " more" if self.compared else ""
            do = "does" if len(self.passed_by) == 1 else "do"
            parts.append(f"{len(self.passed_by)}{more} {do} not go through the mode")
        if self.verified:
            parts.append(f"{self.verified} more verified before")
        parts += scope.not_run(self.out_of_scope, beside=bool(self.cases))
        if self.elsewhere:
            ids = some(self.elsewhere, _MOST_IDS)
            parts.append(f"{len(self.elsewhere)} not held against goldens of another platform: {ids}")
        parts += [f"{device} is left out: {why}" for device, why in self.left_out.items()]
        against = [f"{it}{'' if device == 'cpu' else f' on {device}'}" for device, it in self.held_against.items()]
        if against:
            parts.append(f"torch {self.ran['torch']} is held against {', '.join(against)}")
        return parts

    def as_run(self, device: str, release: Optional[Release] = None, mode: str = EAGER) -> Dict[str, Any]:
        """Return the run in the form that machines read.

        Args:
            device: the device that was asked for.
            mode: the mode of execution.
            release: the release that was to be run; if it is None, the one that was.
        """
        torch = self.ran.get("torch")
        known = release or (Release.parse(torch) if torch else None)
        return {
            "release": known and str(known),
            "device": device,
            "mode": mode,
            "verdict": self.verdict,
            "cases": self.cases,
            "matched": self.compared - len(self.drifted),
            "expected": self.expected,
            "drifted": self.details,
            "accepted": self.accepted,
            "elsewhere": self.elsewhere,
            "out_of_scope": self.out_of_scope,
            "passed_by": self.passed_by,
            "cannot": self.cannot,
            "deviating": self.deviating,
            "uncompared": self.uncompared,
            "verified": self.verified,
            "left_out": self.left_out,
            "held_against": self.held_against,
            "unjudged": self.unjudged,
            "reason": self.reason,
            "torch": torch,
            "python": self.ran.get("python"),
            "platform": self.ran.get("platform"),
        }


def could_not_run(reason: object) -> Judgement:
    """Return the judgement on a run of which nothing is known but why there is none."""
    return Judgement(NOT_RUN, reason=str(reason))
