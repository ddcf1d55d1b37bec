"""What changes between two runs, such as before and after an upgrade of torch: the record's answer, as data."""

from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Collection,
    Dict,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

from ..record.causes import EFFECTS, KINDS
from ..record.editions import editions
from ..record.golden import UNEXPLAINED, GoldenFile
from ..record.history import is_for
from ..record.record import Record
from ..record.release import Release, Run

if TYPE_CHECKING:
    from .searching import Search


class Move(NamedTuple):
    """One case that behaves otherwise after a change than before it.

    Attributes:
        case: the case's id.
        before: the golden that holds on the near side, as one goes from the old run to the new; unread.
        after: the golden that holds on the far side; unread.
        cause: the key of its cause in causes.toml, or "unexplained".
    """

    case: str
    before: GoldenFile
    after: GoldenFile
    cause: str

    @property
    def younger(self) -> GoldenFile:
        """The one of the two that came later: its `since` is that of the change."""
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
        lasting: what has an effect in the end, in the order of `EFFECTS`, of `KINDS`, and the newest first.
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
        return self._only(lambda changes: [change for change in changes if change.cause.get("kind") in kinds])

    def of_causes(self, keys: Collection[str]) -> "Between":
        """Return the same with only the changes that these causes bring."""
        return self._only(lambda changes: [change for change in changes if change.key in keys])

    def of_search(self, search: "Search") -> "Between":
        """Return the same with only the moves, and their changes, in which all that is searched for is found."""

        def some(changes: List[Change]) -> List[Change]:
            found = []
            for change in changes:
                moves = [move for move in change.moves if search.place(move.case, [change.key]) is not None]
                if moves:
                    found.append(change._replace(moves=moves))
            return found

        return self._only(some)

    def _only(self, some: Callable[[List[Change]], List[Change]]) -> "Between":
        return self._replace(lasting=some(self.lasting), undone=some(self.undone))


def between(record: Record, case_ids: Iterable[str], old: Run, new: Run) -> Between:
    """Return what changes for `case_ids` from `old` to `new`; both on one device."""
    lasting: List[Move] = []
    undone: List[Move] = []
    low, high = sorted((old, new), key=lambda run: run.release)
    ids = list(case_ids)
    for id, found in zip(ids, record.many_golden_files(ids)):
        for before, after, cause, stays in _steps(_way(found, low, high)):
            move = Move(id, *((before, after) if low is old else (after, before)), cause or UNEXPLAINED)
            (lasting if stays else undone).append(move)
    causes = record.read_causes()
    return Between(old, new, _by_cause(lasting, causes), _by_cause(undone, causes))


def _way(files: Sequence[GoldenFile], low: Run, high: Run) -> List[GoldenFile]:
    """Return the goldens in effect from `low` to `high`, each once; `files` are all of them, oldest first."""
    way: List[GoldenFile] = []
    for file in files:  # In the order of `key`, of which the last that fits is in effect.
        if file.since <= high.release and is_for(file, low):
            if way and (file.since <= low.release or file.since == way[-1].since):
                way.pop()
            way.append(file)
    return way


def _steps(way: Sequence[GoldenFile]) -> Iterator[Tuple[GoldenFile, GoldenFile, Optional[str], bool]]:
    """Yield each two neighbours of `way`, the cause of their step, and whether it lasts: not if it is of a way back."""
    if len(way) < 2:
        return
    if len(way) == 2 and not any(file.device or file.mode for file in way):
        # Without reading more: in a history that is compact, neighbours differ.
        yield way[0], way[1], way[1].read_cause(), True
        return
    goldens = [file.load() for file in way]
    numbers = editions(goldens)
    last = {number: i for i, number in enumerate(numbers)}
    start = 0
    while start < len(way) - 1:
        back = last[numbers[start]]
        for i in range(start, min(back + 1, len(way) - 1)):
            if numbers[i] != numbers[i + 1]:
                yield way[i], way[i + 1], goldens[i + 1].cause, i == back
        start = back + 1


def _by_cause(moves: Iterable[Move], causes: Dict[str, Dict[str, Any]]) -> List[Change]:
    grouped: Dict[Tuple[str, Release], List[Move]] = {}
    for move in moves:
        grouped.setdefault((move.cause, move.younger.since), []).append(move)
    changes = [Change(key, causes.get(key, {}), since, those) for (key, since), those in grouped.items()]

    def order(change: Change) -> Tuple[int, int, List[int], str]:
        effect, kind = (change.cause.get(field) for field in ("effect", "kind"))
        return (
            EFFECTS.index(effect) if effect else len(EFFECTS),
            KINDS.index(kind) if kind else len(KINDS),
            [-part for part in change.since],
            change.key,
        )

    return sorted(changes, key=order)
