"""Everything that can be wrong with a record, as lines for the person who is to mend it."""

import re
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Tuple

from ..common.errors import InputError, relative
from ..finding.discovery import Case
from . import history, touches
from .devices import CPU, SHARED
from .golden import UNEXPLAINED, Golden
from .record import CAUSES, Record
from .release import Release, Run

_SINCE = re.compile(r"\b(?:since|from) (\d+\.\d+\.\d+)")

Histories = Dict[str, List[Golden]]
"""The goldens of each case by its id, oldest first."""


def read_all(record: Record, cases: Iterable[Case]) -> Tuple[Histories, List[InputError]]:
    """Read all goldens; return those that can be read, and a problem for each that cannot or has no case."""
    histories: Histories = {}
    problems = list(_orphans(record, {case.id for case in cases}))
    for case in cases:
        try:
            histories[case.id] = record.goldens(case.id)
        except InputError as error:
            problems.append(error)
    return histories, problems


def _orphans(record: Record, ids: "set[str]") -> Iterator[InputError]:
    try:
        sections = record.sections()
        found = record.case_ids()
    except InputError as error:
        yield error
        return
    of_cases = {id.partition("/")[0] for id in ids}
    strange = [name for name in sections if name not in of_cases]
    strange += [id for id in found if id not in ids and id.partition("/")[0] in of_cases]
    for name in sorted(strange):
        yield InputError(record.folder / name, "belongs to no case", record.without_case)


def ill_caused(record: Record, histories: Histories) -> List[InputError]:
    """Return a problem for each cause that is not as it must be, that is missing, or that no golden names.

    What it touches is parsed here and where code is scanned, as the commands that only list causes would wait for it.
    """
    try:
        causes = record.read_causes()
    except InputError as error:
        return [error]
    problems = [*_no_patterns(record, causes), *_unfit_examples(record, causes, histories)]
    used = set()
    for path, golden, is_first in _each(record, histories):
        used.add(golden.cause)
        if is_first and golden.cause is not None:
            problems.append(InputError(path, "a case's first golden has no cause", "write cause: null"))
        elif not is_first and golden.cause not in (None, UNEXPLAINED):
            if golden.cause not in causes:
                file = relative(path.parents[2] / CAUSES)
                problem = f"its cause {golden.cause!r} is not in {file}"
                problems.append(InputError(path, problem, "add it there, with evidence"))
            elif causes[golden.cause]["kind"] == "mode" and not golden.mode:
                problem = f"its cause {golden.cause!r} is of kind mode, and this is no golden of a mode"
                problems.append(InputError(path, problem, "name the cause for which eager changed"))
            elif not _is_of(causes[golden.cause], golden):
                since = causes[golden.cause]["since"]
                problems.append(
                    InputError(path, f"its cause {golden.cause!r} is of {since}", "name the cause of this release")
                )
    mine = record.folder / CAUSES  # Those of a record below may be used by goldens that others here take the place of.
    unused = (key for key in causes if key not in used and record.causes_file(key) == mine)
    return problems + [
        InputError(mine, f"no golden uses [{key}]", "delete it, or name it in a golden") for key in unused
    ]


def _is_of(cause: Dict[str, Any], golden: Golden) -> bool:
    """Return whether a cause can be that of a golden by their releases; what is of a place alone may begin later."""
    if golden.device or golden.mode:
        return Release.parse(cause["since"]) <= golden.since
    return bool(cause["since"] == str(golden.since))


def _no_patterns(record: Record, causes: Dict[str, Dict[str, Any]]) -> Iterator[InputError]:
    for key, cause in causes.items():
        for text in cause.get("touches", ()):
            try:
                touches.parse(text)
            except touches.PatternError as error:
                problem = f"[{key}] touches {text!r}, which {error}"
                yield InputError(record.causes_file(key), problem, "docs/scanning.md has the notation")


def _unfit_examples(record: Record, causes: Dict[str, Dict[str, Any]], histories: Histories) -> Iterator[InputError]:
    """Yield a problem for each cause whose `do` does not hold on both sides of its change, by the case it names."""
    for key, cause in causes.items():
        example = cause.get("example")
        goldens = histories.get(example) if example else None
        if example and example not in histories:
            problem = f"[{key}] has the example {example!r}, which is no case"
        elif goldens and cause["kind"] == "mode":
            runs = {Run(golden.since, CPU, golden.mode) for golden in _named(key, histories) if golden.mode}
            problem = next(filter(None, (_unfit_in_mode(key, cause, goldens, run) for run in sorted(runs))), "")
        elif goldens:
            problem = _unfit(key, cause, goldens)
        else:
            continue  # What no golden is there of is told as such.
        if problem:
            yield InputError(record.causes_file(key), problem, "mend what it says to do, and its example")


def _unfit(key: str, cause: Dict[str, Any], goldens: List[Golden]) -> str:
    since, example = Release.parse(cause["since"]), cause["example"]
    run = Run(since, CPU)
    after = history.resolve(goldens, run)
    before = history.resolve((golden for golden in goldens if golden.since < since), run) or after
    if after is None or before is None:
        return f"[{key}] is of {since}, and its example {example} was run only later"
    now, then = after.observation, before.observation
    if now.absent or now.raised:
        return f"[{key}] says what to do, and its example {example} does not work in {since}"
    if then.absent:
        return "" if "since" in cause["do"] else f"[{key}] does not say since when its example {example} works"
    same = (now.printed, now.raised) == (then.printed, then.raised)
    is_quiet = cause.get("effect") != "noise" or now.warned == then.warned
    return "" if same and is_quiet else f"[{key}] has the example {example}, which shows something else before {since}"


def _unfit_in_mode(key: str, cause: Dict[str, Any], goldens: List[Golden], run: Run) -> str:
    """Return what is wrong where the example of a cause of kind mode does not show in the mode what it shows in eager.

    It must do so where the cause begins, or from a release on that `do` names.
    """
    named = [Release.parse(text) for text in _SINCE.findall(cause["do"])]
    for release in [run.release, *(one for one in sorted(named) if one > run.release)]:
        plain = Run(release, run.device)
        held, eager = history.resolve(goldens, plain._replace(mode=run.mode)), history.resolve(goldens, plain)
        if history.deviation(held, eager, _say_the_same) is None:
            return ""
    return f"[{key}] has the example {cause['example']}, which shows something else in mode {run.mode} of {run.release}"


def _say_the_same(one: Golden, other: Golden) -> bool:
    return one.observation == other.observation


def _named(key: str, histories: Histories) -> Iterator[Golden]:
    return (golden for goldens in histories.values() for golden in goldens if golden.cause == key)


def loose_ends(record: Record, histories: Histories) -> List[InputError]:
    """Return a problem for all that people have yet to do: cases to record, goldens to explain or delete."""
    problems = [
        InputError(record.folder / id, "no golden", "record the case over all releases: module-drift sweep --regen")
        for id, goldens in histories.items()
        if not goldens
    ]
    for path, golden, is_first in _each(record, histories):
        if not is_first and golden.cause in (None, UNEXPLAINED):
            problems.append(InputError(path, "unexplained", "name its cause, with evidence, in causes.toml"))
    run = {row.device for row in record.verified_rows()} | {SHARED}
    for path, golden, _ in _each(record, histories):
        if golden.device and golden.device not in run:  # Written before the run is, or by hand.
            problem = f"no release was run on {golden.device}"
            problems.append(InputError(path, problem, "name a device that was, or record a run there"))
    for id, goldens in histories.items():
        needed = history.compact(goldens)
        problems += [
            InputError(record.path_of(id, golden), "says what the golden before it says", "delete it")
            for golden in goldens
            if golden not in needed
        ]
    return problems


def _each(record: Record, histories: Histories) -> Iterator[Tuple[Path, Golden, bool]]:
    """Yield every golden with its file, and whether it is its case's first."""
    for id, goldens in histories.items():
        for golden in goldens:
            yield record.path_of(id, golden), golden, golden is goldens[0]


def everything(record: Record) -> List[InputError]:
    """Return all that is wrong with `record`, each once."""
    histories, problems = read_all(record, record.cases())
    problems += ill_caused(record, histories) + loose_ends(record, histories)
    return list({str(problem): problem for problem in problems}.values())
