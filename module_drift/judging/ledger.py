"""Keeps the books of a run: which cases were to be judged on which devices, and what became of each."""

from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Tuple

from ..common import scope
from .judgement import DRIFTED, MATCHES, NOT_RUN, Judgement

MATCHED, ACCEPTED, DRIFTED_CASE, UNJUDGED = "matched", "accepted", "drifted", "unjudged"
PASSED_BY, CANNOT = "does not apply", "cannot"
"""What may become of a case on a device; the last two where nothing of it goes through the mode of the run, and where
the device lacks what it needs."""

ELSEWHERE = "holds elsewhere"
"""What becomes of a case that was asked for and is not expected, as its goldens hold on another platform only."""

Key = Tuple[str, str]
"""A device and the id of a case."""


class Entry(NamedTuple):
    """What became of a case on a device.

    Attributes:
        outcome: MATCHED, ACCEPTED, DRIFTED_CASE, UNJUDGED, PASSED_BY or CANNOT.
        more: for an unjudged one, its `reason`; what a device `lacks`; for a match, what
            `judge.beside_a_match` says; for a drift, `old`, `new` and `differences`; for an accepted one, what
            that and `outcome.remarks` say.
    """

    outcome: str
    more: Dict[str, str]


class Ledger:
    """The books of one run, begun before its first case.

    Args:
        expected: the devices and ids of all cases that must be judged.
        elsewhere: those of the cases whose goldens hold on another platform only, and are not expected.
        out_of_scope: how many cases are not run there, by where they are, as one of `scope.SCOPES`.

    Attributes:
        entries: what became of those that were judged, or that it is known cannot be.
    """

    def __init__(
        self, expected: Iterable[Key], elsewhere: Iterable[Key] = (), out_of_scope: Optional[Mapping[str, int]] = None
    ):
        self.expected, self.elsewhere = list(expected), sorted(elsewhere)
        self.out_of_scope = dict(out_of_scope or {})
        self.entries: Dict[Key, Entry] = {}

    def note(self, device: str, case_id: str, outcome: str, **more: str) -> None:
        """Take down what became of a case; one that is judged twice counts as judged only if it ended alike."""
        before = self.entries.get((device, case_id))
        if before and before.outcome != outcome:
            outcome, more = UNJUDGED, {"reason": f"judged twice: {before.outcome}, then {outcome}"}
        self.entries[device, case_id] = Entry(outcome, more)

    def of(self, *outcomes: str) -> List[Key]:
        """Return the expected cases that ended in one of `outcomes`."""
        return [key for key in self.expected if key in self.entries and self.entries[key].outcome in outcomes]

    @property
    def judged(self) -> List[Key]:
        """The expected cases of which something is known."""
        return self.of(MATCHED, ACCEPTED, DRIFTED_CASE, PASSED_BY, CANNOT)

    def missing(self, why: str) -> List[Tuple[Key, str]]:
        """Return the expected cases that were not judged, each with the reason: `why` where nothing else is known."""
        judged = set(self.judged)
        return [
            (key, self.entries[key].more.get("reason", why) if key in self.entries else why)
            for key in self.expected
            if key not in judged
        ]

    def judgement(self, ran: Dict[str, str], why: str = "never run") -> Judgement:
        """Return what the run comes to; `why` is the reason where a case was not reached."""
        missing = self.missing(why)
        drifts = [{"id": id, "device": device, **self.entries[device, id].more} for device, id in self.of(DRIFTED_CASE)]
        common: Dict[str, Any] = {
            "cases": len(self.judged),
            "expected": len(self.expected),
            "drifted": [drift["id"] for drift in drifts],
            "accepted": [id for _, id in self.of(ACCEPTED)],
            "elsewhere": [id for _, id in self.elsewhere],
            "out_of_scope": self.out_of_scope,
            "passed_by": [id for _, id in self.of(PASSED_BY)],
            "cannot": [
                {"id": id, "device": device, "lacks": self.entries[device, id].more["lacks"]}
                for device, id in self.of(CANNOT)
            ],
            "deviating": [
                {"id": id, "device": device, "cause": self.entries[device, id].more["cause"]}
                for device, id in self.of(MATCHED, ACCEPTED)
                if "cause" in self.entries[device, id].more
            ],
            "uncompared": [id for device, id in self.of(MATCHED, ACCEPTED) if "lacks" in self.entries[device, id].more],
            "unjudged": [{"id": id, "device": device, "reason": reason} for (device, id), reason in missing],
            "details": drifts,
            "ran": ran,
        }
        if missing or not self.of(MATCHED, ACCEPTED, DRIFTED_CASE):
            return Judgement(NOT_RUN, reason=self._shortfall(missing), **common)
        return Judgement(DRIFTED if drifts else MATCHES, reason="", **common)

    def _shortfall(self, missing: List[Tuple[Key, str]]) -> str:
        if self.expected and not missing and self.of(CANNOT):
            return f"the device can do nothing that a case needs: it lacks {', '.join(self._lacks())}"
        if self.expected and not missing:
            return f"no case goes through the mode: of all {len(self.expected)}, it takes no Module"
        if not missing:
            whys = [f"{len(self.elsewhere)} hold on another platform only"] if self.elsewhere else []
            whys += scope.not_run(self.out_of_scope, beside=False)
            return f"no case can be judged here: {'all ' if len(whys) == 1 else ''}{', '.join(whys) or 'there is none'}"
        (_, first), reason = missing[0]
        compared = len(self.of(MATCHED, ACCEPTED, DRIFTED_CASE))
        return f"{compared} of {compared + len(missing)} judged, first missing {first} ({reason})"

    def _lacks(self) -> List[str]:
        return sorted({self.entries[key].more["lacks"] for key in self.of(CANNOT)})
