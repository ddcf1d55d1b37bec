"""Lists cases with what changed in them, for people and as data for programs."""

from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Optional, Sequence

from ..common import terminal
from ..common.words import counted
from ..record.golden import GoldenFile
from ..record.record import Record
from ..record.release import Release
from .case_view import described

if TYPE_CHECKING:
    from ..finding.discovery import Case
    from .searching import Search

FOUND_IN = ("id or sentence", "code", "cause")
"""Where a case can have what is searched for, the nearest first."""


class Listed(NamedTuple):
    """A case in a list.

    Attributes:
        case: the case.
        drifts: its goldens after the first, unread, but for those of modes.
        place: where in `FOUND_IN` it was found; None if nothing was searched for.
    """

    case: "Case"
    drifts: List[GoldenFile]
    place: Optional[int] = None


def listed(
    record: Record,
    cases: "Sequence[Case]",
    kinds: Sequence[str] = (),
    since: Optional[Release] = None,
    search: "Optional[Search]" = None,
) -> List[Listed]:
    """Return those of `cases` that fit, in their order, and where something is searched for, the nearest first.

    Args:
        record: what they are of.
        cases: that may be listed.
        kinds: of change, one of which they must have; empty for any.
        since: the release in which they must have changed; None for any.
        search: what must be found in them.
    """
    goldens = record.many_golden_files(case.id for case in cases)
    found = [Listed(case, [file for file in files[1:] if not file.mode]) for case, files in zip(cases, goldens)]
    if kinds or since:
        causes = record.read_causes() if kinds else {}

        def wanted(drift: GoldenFile) -> bool:
            kind = causes.get(drift.read_cause() or "", {}).get("kind") if kinds else None
            return since in (None, drift.since) and (not kinds or kind in kinds)

        found = [one for one in found if any(map(wanted, one.drifts))]
    if search:
        placed = [(search.place(one.case.id, (drift.read_cause() or "" for drift in one.drifts)), one) for one in found]
        found = [one._replace(place=place) for place, one in placed if place is not None]
        found.sort(key=lambda one: one.place or 0)
    return found


def show(cases: Sequence[Listed]) -> None:
    """Print the cases in a table with the number and the releases of their drifts."""
    rows = [
        [one.case.id, str(len(one.drifts)), " ".join(str(drift.since) for drift in one.drifts), one.case.sentence]
        for one in cases
    ]
    terminal.print_table(("case", "drifts", "since", "what it shows"), rows)


def as_data(cases: Sequence[Listed]) -> List[Dict[str, Any]]:
    """Return the cases for programs."""
    return [
        {
            **described(one.case),
            "drifts": [{"since": str(drift.since), "cause": drift.read_cause()} for drift in one.drifts],
        }
        for one in cases
    ]


def found_in(cases: Sequence[Listed]) -> str:
    """Return a line that says where the cases of a list were found."""
    places = [one.place for one in cases]
    counts = [f"{places.count(place)} by {name}" for place, name in enumerate(FOUND_IN) if place in places]
    return f"{counted(len(cases), 'case')}: {', '.join(counts)}"
