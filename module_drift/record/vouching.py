"""Which cases each verified run vouches for, and what is to be run again.

Pure functions over what verified.csv and cases.csv hold; `record` reads and writes them.
"""

import hashlib
from typing import Collection, Dict, Iterable, List, Mapping, NamedTuple, Set, Tuple

from ..common.scope import is_run
from .golden import Golden
from .history import resolve
from .release import Run
from .verified import Row, RowKey
from .verified_cases import VerifiedCase, said_of


class State(NamedTuple):
    """Each case as it is now.

    Attributes:
        now: of each case by its id, the digest of its code, and what its goldens say.
        bound: the goldens of those cases that hold on one platform only.
        only: of each case that is not run everywhere, where it is; see `scope`.
    """

    now: Dict[str, Tuple[str, str]]
    bound: Dict[str, List[Golden]]
    only: Dict[str, str]

    def run_in(self, run: Run) -> List[str]:
        """Return the cases that are run on the device of `run` and in its mode."""
        return [id for id in self.now if is_run(self.only.get(id), run.own_place)]

    def elsewhere(self, row: Row) -> Collection[str]:
        """Return the cases that such a run has no part in.

        They are not run on its device or in its mode, or their golden holds on another platform, so that it cannot
        judge them.
        """
        held = ((id, resolve(goldens, row.run)) for id, goldens in self.bound.items())
        unjudged = {id for id, golden in held if golden and not golden.is_of(row.platform, row.device)}
        return unjudged | {id for id, only in self.only.items() if not is_run(only, row.run.own_place)}


def stale(row: Row, verified: Mapping[str, VerifiedCase], state: State) -> List[str]:
    """Return the cases that the run does not vouch for: new or changed ones, or all where the tables disagree.

    They may do so after a merge of two branches that each ran something else.
    """
    vouched = _vouched(row, verified, state) if _is_sound(row, verified, state) else []
    good = {one.case for one in vouched if one.case in state.now and _is_as_it_was(one, *state.now[one.case], row)}
    elsewhere = state.elsewhere(row)
    return [id for id in state.now if id not in good and id not in elsewhere]


def sound(rows: Iterable[Row], verified: Mapping[str, VerifiedCase], state: State) -> Set[RowKey]:
    """Return the keys of the rows whose digest is that of what they vouch for."""
    return {row.key for row in rows if _is_sound(row, verified, state)}


def with_run(
    rows: Iterable[Row],
    verified: Mapping[str, VerifiedCase],
    state: State,
    new: Row,
    ran: Collection[str],
    sound: Collection[RowKey],
) -> Tuple[List[Row], Dict[str, VerifiedCase], Set[RowKey]]:
    """Return both tables after a run, and the keys of the rows that are sound then; what else was verified stays so.

    Args:
        rows: of verified.csv.
        verified: the cases of cases.csv.
        state: each case as it is now.
        new: the run; its number of cases, round and digest do not matter.
        ran: the cases that matched or were accepted in it; at least all of `stale`.
        sound: what `sound` returned of the tables as they are.
    """
    by_key: Dict[RowKey, Row] = {row.key: row for row in rows}
    believed = [row for row in by_key.values() if row.key != new.key and row.key in sound]
    last = max([0, *(row.round for row in by_key.values()), *(one.round for one in verified.values())])
    after: Dict[str, VerifiedCase] = {}
    lost: Set[RowKey] = set()
    for id, (code, goldens) in state.now.items():
        one, only = verified.get(id), state.only.get(id, "")
        if id in ran:
            # What is new for this run alone, as where it was accepted, leaves the others as they are.
            is_same = one and (one.code, one.goldens) == (code, goldens)
            others = [row for row in believed if one and not is_same and row.round >= one.round]
            changed = [row for row in others if one and not _is_as_it_was(one, code, goldens, row)]
            is_wider = one is not None and one.only not in ("", only)  # No run of what came vouches for it.
            if one is None or one.code != code or is_wider or _releases(changed) == _releases(others) != set():
                one = VerifiedCase(id, code, goldens, last + 1, only)
            else:  # Where a golden was deleted by hand, those that it held for are to be run again, and no others.
                lost.update(row.key for row in changed)
                one = VerifiedCase(id, code, goldens, one.round, only)
        if one:
            after[id] = one
    believed = [row for row in believed if row.key not in lost]
    new = new._replace(round=max([1, *(one.round for one in after.values())]))
    by_key[new.key] = _summed(new, after, state)
    altered = [id for id in {**verified, **after} if verified.get(id) != after.get(id)]
    gone, come = ([table[id] for id in altered if id in table] for table in (verified, after))
    for row in believed:  # Of these the digest is right, and what is as it was has its part in it.
        total = int(row.digest, 16) - _sum(row, gone, state) + _sum(row, come, state)
        by_key[row.key] = row._replace(cases=len(_vouched(row, after, state)), digest=_text_of(total))
    old = next((row for row in rows if row.key == new.key), None)
    if old and old._replace(date=new.date) == by_key[new.key]:
        by_key[new.key] = old  # It says the same, so that it keeps its date.
    return [by_key[key] for key in sorted(by_key)], after, {new.key, *(row.key for row in believed)}


def without_deleted(
    rows: Iterable[Row], verified: Mapping[str, VerifiedCase], state: State
) -> Tuple[List[Row], Dict[str, VerifiedCase]]:
    """Return both tables without cases that are not there any more."""
    after = {id: one for id, one in verified.items() if id in state.now}
    return [_summed(row, after, state) if _is_sound(row, verified, state) else row for row in rows], after


def _releases(rows: Iterable[Row]) -> Set[str]:
    return {row.release for row in rows}


def _is_as_it_was(one: VerifiedCase, code: str, goldens: str, row: Row) -> bool:
    return one.code == code and said_of(one.goldens, row.run) == said_of(goldens, row.run)


def _vouched(row: Row, verified: Mapping[str, VerifiedCase], state: State) -> List[VerifiedCase]:
    elsewhere = state.elsewhere(row)
    return [one for one in verified.values() if one.is_vouched_by(row) and one.case not in elsewhere]


def _summed(row: Row, verified: Mapping[str, VerifiedCase], state: State) -> Row:
    count = len(_vouched(row, verified, state))
    return row._replace(cases=count, digest=_digest(row, verified, state))


def _is_sound(row: Row, verified: Mapping[str, VerifiedCase], state: State) -> bool:
    return row.digest == _digest(row, verified, state)


def _digest(row: Row, verified: Mapping[str, VerifiedCase], state: State) -> str:
    """Return the digest of the code of what the run vouches for, and of what holds there, but for what is bound.

    Where that holds changes with its goldens. The order does not matter.
    """
    return _text_of(_sum(row, verified.values(), state))


def _sum(row: Row, cases: Iterable[VerifiedCase], state: State) -> int:
    """Return the part of `cases` in the digest of the run."""
    run = row.run
    vouched = (one for one in cases if one.is_vouched_by(row) and one.case not in state.bound)
    texts = (f"{one.case} {one.code} {said_of(one.goldens, run)}" for one in vouched)
    return sum(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") for text in texts)


def _text_of(total: int) -> str:
    return f"{total % 2**64:016x}"
