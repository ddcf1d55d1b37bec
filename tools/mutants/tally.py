"""What a run comes to: outcomes of mutants, counted, and held against the limits."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from .executed import Executed
from .sources import Mutant

NEVER, KILLED, TIMED_OUT, SURVIVED = "never executed", "killed", "timed out", "survived"

LEAST_KILLED = 0.85
"""Of the mutants that a case executes, at least as many must be killed."""
LEAST_REACHED = 0.75
"""Of the statements of MAIN_SOURCE, cases must execute at least as many."""
MAIN_SOURCE = "nn/modules/module.py"


class Outcome(NamedTuple):
    """What became of a mutant.

    Attributes:
        mutant: the mutant.
        outcome: NEVER, KILLED, TIMED_OUT or SURVIVED.
    """

    mutant: Mutant
    outcome: str


class Count(NamedTuple):
    """How many mutants there were, by outcome."""

    generated: int
    never: int
    killed: int
    timed_out: int
    survived: int

    @property
    def executed(self) -> int:
        """How many some case executed."""
        return self.generated - self.never

    @property
    def share(self) -> float:
        """The share of the executed ones that were killed; 1 if there were none."""
        return self.killed / self.executed if self.executed else 1.0

    def with_killed(self, survivors: int) -> "Count":
        """Return what it would be if so many of the survivors were killed."""
        return self._replace(killed=self.killed + survivors, survived=self.survived - survivors)


def count(outcomes: Iterable[Outcome]) -> Count:
    """Count `outcomes`."""
    by = Counter(outcome for _, outcome in outcomes)
    return Count(by.total(), by[NEVER], by[KILLED], by[TIMED_OUT], by[SURVIVED])


def reached(executed: Executed) -> float:
    """Return the share of statements that a case executes."""
    return len(executed.reached) / len(executed.statements)


def shortfalls(outcomes: list[Outcome], executed: dict[str, Executed]) -> list[str]:
    """Return what falls below the limits, a line each."""
    found = []
    total = count(outcomes)
    if total.share < LEAST_KILLED:
        found.append(
            f"{total.killed} of {total.executed} executed mutants were killed, "
            f"{total.share:.1%}; at least {LEAST_KILLED:.0%} must be"
        )
    if MAIN_SOURCE in executed and reached(executed[MAIN_SOURCE]) < LEAST_REACHED:
        found.append(
            f"the cases execute {reached(executed[MAIN_SOURCE]):.1%} of the statements of {MAIN_SOURCE}; "
            f"at least {LEAST_REACHED:.0%} must be"
        )
    return found
