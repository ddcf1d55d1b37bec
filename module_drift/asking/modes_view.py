"""Tells in which modes of execution cases show what they show in eager, for people and as data for programs."""

from typing import TYPE_CHECKING, Any, Collection, Dict, List, NamedTuple, Optional, Sequence

from ..common import terminal
from ..common.words import counted
from ..record import applicable, history
from ..record.golden import GoldenFile
from ..record.record import Record
from ..record.release import EAGER, Release, Run
from .case_view import Causes, described

if TYPE_CHECKING:
    from ..finding.discovery import Case

SAME, DIFFERS, PASSED_BY = "same", "differs", "-"
"""What a case shows in a mode, beside what it shows in eager; the last where nothing of it goes through the mode."""


class InModes(NamedTuple):
    """A case on a release, in modes.

    Attributes:
        case: the case.
        deviations: of each mode in which something of the case goes through, the golden that it has of its own there,
            or None where it shows what it shows in eager.
    """

    case: "Case"
    deviations: Dict[str, Optional[GoldenFile]]

    def word(self, mode: str) -> str:
        """Return what it shows in `mode`: one of SAME, DIFFERS and PASSED_BY."""
        if mode not in self.deviations:
            return PASSED_BY
        return DIFFERS if self.deviations[mode] else SAME


def modes_of(record: Record, release: Optional[Release] = None) -> List[str]:
    """Return the modes but eager in which `release`, or any, was run on the CPU."""
    rows = (row for row in record.verified_rows() if row.device == "cpu" and release in (None, row.run.release))
    return sorted({row.mode for row in rows} - {EAGER})


def in_modes(record: Record, cases: "Sequence[Case]", release: Release, modes: Collection[str]) -> List[InModes]:
    """Return those of `cases` of which something goes through one of `modes` on `release`, on the CPU.

    Raises:
        InputError: something in the record is not as it must be.
    """
    known, found = record.applicable(), []
    for case, files in zip(cases, record.many_golden_files(case.id for case in cases)):
        deviations: Dict[str, Optional[GoldenFile]] = {}
        for mode in modes:
            run = Run(release, "cpu", mode)
            if applicable.goes_through(known, case.id, run):
                held = history.resolve(files, run)
                deviations[mode] = held if held and held.mode else None
        if deviations:
            found.append(InModes(case, deviations))
    return found


def show(found: Sequence[InModes], modes: Sequence[str], causes: Causes, release: Release) -> None:
    """Print the cases down and the modes across, then what differs and why."""
    differing = [one for one in found if any(one.deviations.values())]
    rows = [[one.case.id, *(one.word(mode) for mode in modes)] for one in differing]
    if rows:
        terminal.print_table((f"torch {release}", *modes), rows)
    by_cause: Dict[str, List[str]] = {}
    for one in differing:
        for mode, golden in one.deviations.items():
            if golden:
                by_cause.setdefault(golden.read_cause() or "unexplained", []).append(f"{one.case.id} ({mode})")
    for key, those in by_cause.items():
        cause = causes.get(key, {})
        terminal.echo()
        terminal.print_text(f"{key}, since {cause['since']}: {cause['what']}" if cause else key)
        terminal.print_text(", ".join(those), "  ")
        for address in cause.get("evidence", ()):
            terminal.print_text(address, "  ", dim=True)
    terminal.echo()
    for mode in modes:
        words = [one.word(mode) for one in found]
        same, differing_here = (counted(words.count(word), "case") for word in (SAME, DIFFERS))
        terminal.print_text(f"{mode} on torch {release}: {same} as in eager, {differing_here} with something else")


def as_data(found: Sequence[InModes], modes: Sequence[str], release: Release) -> Dict[str, Any]:
    """Return the same for programs."""
    return {
        "release": str(release),
        "modes": list(modes),
        "cases": [
            {
                **described(one.case),
                "modes": {
                    mode: {
                        "shows": {SAME: "same", DIFFERS: "differs", PASSED_BY: "does not apply"}[one.word(mode)],
                        "cause": _cause(one.deviations.get(mode)),
                    }
                    for mode in modes
                },
            }
            for one in found
        ],
    }


def _cause(golden: Optional[GoldenFile]) -> Optional[str]:
    return golden.read_cause() if golden else None
