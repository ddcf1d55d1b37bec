"""Says what becomes of one case: holds what it showed against the golden in effect."""

from typing import Callable, Dict, NamedTuple, Optional, Union

from ..comparing.compare import Drift, compare
from ..comparing.differences import differences, shown
from ..comparing.observation import Observation
from ..observing.observer import Ended, Overdue
from ..record.golden import Golden
from ..record.history import none_holds
from ..record.release import EAGER, Run
from .ledger import DRIFTED_CASE, MATCHED, UNJUDGED

_LEFT = "a case before it leaves something behind, or it is not the same each time"

Seen = Union[Observation, str]
"""What a case showed, or why that cannot be said."""


class Outcome(NamedTuple):
    """What became of a case, before anything is accepted.

    Attributes:
        name: MATCHED, DRIFTED_CASE or UNJUDGED; where a first golden is to be recorded, it counts as drifted.
        more: what the ledger keeps beside it.
        drift: how it differs from the golden, if it was judged.
    """

    name: str
    more: Dict[str, str]
    drift: Optional[Drift] = None


def unjudged(reason: str) -> Outcome:
    """Return the outcome of a case that cannot be judged."""
    return Outcome(UNJUDGED, {"reason": reason})


def outcome_of(
    golden: Optional[Golden], beside: Dict[str, str], run: Run, first: Seen, again: Callable[[], Seen], recording: bool
) -> Outcome:
    """Return what became of a case.

    Args:
        golden: what it is held against, or None if nothing holds.
        beside: what the ledger keeps of a match.
        run: the release and the device.
        first: what it showed.
        again: returns what it shows in another process; if nothing is recorded, in one in which nothing ran that
            matched.
        recording: whether what differs is to be accepted.
    """
    if isinstance(first, str):
        # One that hangs would do so again, and take as long.
        may_be_anothers = isinstance(first, Ended) and not isinstance(first, Overdue) and not recording
        is_anothers = may_be_anothers and golden is not None and _matches(golden, again())
        return unjudged(f"{first}, but matches in a fresh process: {_LEFT}" if is_anothers else first)
    if golden is None and not (recording and run.mode == EAGER):  # What a mode deviates from is recorded before it.
        return unjudged("; ".join(none_holds(run)))
    held = golden.observation if golden else first
    drift = compare(held, first)
    if golden and not drift:
        return Outcome(MATCHED, beside, drift)
    if recording:
        problem = why_not_repeatable(first, again())
        if problem:
            return unjudged(problem)
    elif golden and _matches(golden, again()):
        return unjudged(f"matches in a fresh process, but not in this one ({_example(drift)}): {_LEFT}")
    old, new = ("\n".join(shown(one)) for one in (held, first))
    return Outcome(DRIFTED_CASE, {"old": old, "new": new, "differences": "\n".join(differences(drift))}, drift)


def _matches(golden: Golden, seen: Seen) -> bool:
    return not isinstance(seen, str) and not compare(golden.observation, seen)


def why_not_repeatable(first: Observation, second: Seen) -> Optional[str]:
    """Return why what a case showed `first` cannot be kept, since in another process and order it was another; or None.

    Args:
        first: what it showed.
        second: what it showed in the other process, or why that cannot be said.
    """
    if isinstance(second, str):
        return f"run a second time, it is not to be judged: {second}"
    drift = compare(first, second)
    return (
        f"it shows another thing when it is run again, in another order of the cases ({_example(drift)}): "
        "it is not the same each time, or a case before it leaves something behind"
        if drift
        else None
    )


def _example(drift: Drift) -> str:
    """Return one line of what differs."""
    lines = [line.strip() for line in differences(drift)]
    old = next((line for line in lines if line.startswith("-")), lines[-1])
    new = next((line for line in lines if line.startswith("+")), "")
    return f"{old[:200]} | {new[:200]}" if new else old[:200]


def remarks(observation: Observation) -> Dict[str, str]:
    """Return what a person should know of an observation that was accepted, as the ledger keeps it."""
    if observation.absent:
        return {"as": "absent"}
    if observation.raised:
        return {"raised": observation.raised}
    return {} if observation.printed or observation.warned else {"as": "showing nothing"}
