"""What changes between two runs, such as before and after an upgrade of torch: the record's answer, as data."""

from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Sequence, Tuple

from . import history
from .causes import KINDS
from .editions import editions
from .golden import UNEXPLAINED, Golden
from .record import Record
from .release import Release, Run


class Move(NamedTuple):
    """One case that behaves otherwise after a change than before it.

    Attributes:
        case: the case's id.
        before: the golden that holds on the near side, as one goes from the old run to the new.
        after: the golden that holds on the far side.
    """

    case: str
    before: Golden
    after: Golden

    @property
    def younger(self) -> Golden:
        """The one of the two that came later: its `since` and `cause` are those of the change."""
        return max(self.before, self.after, key=lambda golden: golden.key)


class Change(NamedTuple):
    """One cause, and the cases that it moves on the way.

    Attributes:
        key: its key in causes.toml, or "unexplained".
        cause: its table there; empty if there is none.
        since: the release that brought it.
        moves: the cases that it moves, in order of id.
    """

    key: str
    cause: Dict[str, Any]
    since: Release
    moves: List[Move]


class Between(NamedTuple):
    """What changes on the way from one run to another.

    Attributes:
        old: the run that one comes from.
        new: the run that one goes to; older than `old` for a downgrade.
        lasting: what has an effect in the end, by kind (in the order of `KINDS`) and the newest first.
        undone: what changed on the way and changed back, in the same order.
    """

    old: Run
    new: Run
    lasting: List[Change]
    undone: List[Change]

    @property
    def is_downgrade(self) -> bool:
        """Whether the way leads back in time: then what a cause brought is lost."""
        return self.new.release < self.old.release

    def of_kinds(self, kinds: Sequence[str]) -> "Between":
        """Return the same with only the changes of these kinds."""

        def some(changes: List[Change]) -> List[Change]:
            return [change for change in changes if change.cause.get("kind") in kinds]

        return self._replace(lasting=some(self.lasting), undone=some(self.undone))


def between(record: Record, case_ids: Iterable[str], old: Run, new: Run) -> Between:
    """Return what changes for `case_ids` from `old` to `new`; both on one device."""
    lasting: List[Move] = []
    undone: List[Move] = []
    low, high = sorted((old, new), key=lambda run: run.release)
    for id in case_ids:
        if any(low.release < since <= high.release for since in record.releases_of(id)):
            for before, after, stays in _steps(record.goldens(id), low, high):
                move = Move(id, before, after) if low is old else Move(id, after, before)
                (lasting if stays else undone).append(move)
    causes = record.read_causes()
    return Between(old, new, _by_cause(lasting, causes), _by_cause(undone, causes))


def _steps(goldens: Sequence[Golden], low: Run, high: Run) -> Iterator[Tuple[Golden, Golden, bool]]:
    """Yield each two neighbours from `low` to `high`, and whether their step lasts: not if it is part of a way back."""
    number = dict(zip((golden.key for golden in goldens), editions(goldens)))
    way: List[Golden] = []
    for release in sorted({low.release, *(golden.since for golden in goldens)}):
        golden = history.resolve(goldens, Run(release, low.device))
        if low.release <= release <= high.release and golden and golden not in way[-1:]:
            way.append(golden)
    start = 0
    while start < len(way):
        here = number[way[start].key]
        back = max(i for i in range(start, len(way)) if number[way[i].key] == here)
        for i in range(start, min(back + 1, len(way) - 1)):
            if number[way[i].key] != number[way[i + 1].key]:
                yield way[i], way[i + 1], i == back
        start = back + 1


def _by_cause(moves: Iterable[Move], causes: Dict[str, Dict[str, Any]]) -> List[Change]:
    grouped: Dict[Tuple[str, Release], List[Move]] = {}
    for move in moves:
        younger = move.younger
        grouped.setdefault((younger.cause or UNEXPLAINED, younger.since), []).append(move)
    changes = [Change(key, causes.get(key, {}), since, those) for (key, since), those in grouped.items()]

    def order(change: Change) -> Tuple[int, List[int], str]:
        kind = change.cause.get("kind")
        return KINDS.index(kind) if kind else len(KINDS), [-part for part in change.since], change.key

    return sorted(changes, key=order)
