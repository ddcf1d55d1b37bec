"""The text of the nightly watch's issue: written for people, with the state that the next night reads in a comment."""

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from module_drift.common.errors import InputError
from module_drift.common.words import counted
from module_drift.finding.discovery import Case
from module_drift.record.causes import KINDS
from module_drift.record.release import EAGER, Release

from . import markdown

MARK = "<!-- module-drift-watch "
"""With which a body begins; its state follows."""

_STATE = re.compile(re.escape(MARK) + r"(\{.*\}) -->\n")
_DRIFTS = "<!-- What drifts: kept as it is by a night that could not be run. -->\n"
_MOST = 64_000
"""Bytes of a body in UTF-8; GitHub takes 65,536 characters, however it counts them."""
_MOST_OF_A_TEXT = 3_000
_MOST_OF_A_DIFF = 12_000
_MOST_OF_THE_PROBLEMS = 4_000
_MOST_OF_THE_IDS = 4_000
_MOST_OF_THE_STATE = 36_000
_MOST_BESIDES = 2_000
"""Bytes of what a body says besides all of these, and the drifts."""
MOST_RELEASES = 50
"""Releases that are said to be lacking at once; the others' turn comes when these are recorded."""

_INTRODUCTION = """\
Every night the newest pre-release of PyTorch is held against the record, and the index's releases against tox.ini.
This issue is written, closed and opened again by `.github/workflows/nightly.yml`; what is edited here is lost.
"""
_SET_UP = """\
Set up what the commands below need, in a checkout, with the index of nightlies in `TORCH_NIGHTLY_INDEX`:

```sh
python3.11 -m venv .venv
.venv/bin/pip install --pre --index-url "$TORCH_NIGHTLY_INDEX" torch=={nightly}
.venv/bin/pip install -e .
```

A cause is named in golden/causes.toml once its release is recorded; [CONTRIBUTING.md](../blob/HEAD/CONTRIBUTING.md)
says how.
"""
_DRIFT = """\
### {id}{told_in}

{sentence}

First seen in {first_seen}.{also} What the record holds:

{old}

What was observed in {nightly}:

{new}

To reproduce it:

```sh
.venv/bin/pytest {option}-k {id}
```

The form of its cause, to fill in:

```toml
[name-it-in-a-few-words]
since = "{release}"
kind = ""  # one of {kinds}
what = "One sentence for someone who upgrades."
evidence = ["https://github.com/pytorch/pytorch/pull/…"]  # or [], and searched = "where"
```
"""


class State(NamedTuple):
    """What a body says.

    Attributes:
        first_seen: for cases that drift, the nightly in which each was first seen to.
        others: the first nightly in which a case was seen to drift that `first_seen` had no room for, or "".
        count: how many drift.
        drifts: the part of the body about them.
        lacking: releases that tox.ini lacks.
        problems: what could not be run or asked on the last night, a line each; the next one does not remember it.
    """

    first_seen: dict[str, str]
    others: str
    count: int
    drifts: str
    lacking: list[Release]
    problems: Sequence[str] = ()

    @property
    def is_well(self) -> bool:
        """Whether there is nothing to say."""
        return not self.count and not self.lacking and not self.problems


NOTHING = State({}, "", 0, "", [])


def read(body: str) -> State | None:
    """Return the state that `body` holds, or None where somebody has damaged it."""
    found = _STATE.match(body)
    if not found:
        return None
    try:
        said = json.loads(found.group(1))
        first_seen = {str(id): str(nightly) for nightly, ids in said["first_seen"].items() for id in ids}
        others, count = str(said["others"]), int(said["count"])
        lacking = [Release.parse(release) for release in said["lacking"]]
    except (ValueError, KeyError, TypeError, AttributeError, InputError):
        return None
    return State(first_seen, others, count, body.partition(_DRIFTS)[2], lacking)


def drifted(runs: Sequence[dict[str, Any]], nightly: str, cases: dict[str, Case], before: State) -> State:
    """Return `before` as a night changes it that could be run.

    A case is told of once, by the first of the modes that it drifts in.

    Args:
        runs: the runs in all modes, in the form of `check --json`, that in eager first.
        nightly: their version of torch.
        cases: the record's cases by their ids; all that drifted are among them.
        before: the state of the night before.
    """
    by_case: dict[str, dict[str, dict[str, str]]] = {}
    for run in runs:
        for drift in run["drifted"]:
            by_case.setdefault(drift["id"], {}).setdefault(run["mode"], drift)
    drifts = sorted(by_case.items())
    # A case that was seen before and is not remembered was first seen in `others` or later.
    unknown = f"{before.others} or a later nightly" if before.others else nightly
    seen = {id: before.first_seen.get(id, unknown) for id, _ in drifts}
    remembered = _remembered(seen)
    forgotten = [seen[id] for id in seen if id not in remembered]
    others = (before.others or min(forgotten)) if forgotten else ""
    after = State(remembered, others, len(drifts), "", before.lacking)
    count = counted(len(drifts), "case")
    parts = [f"## {count} of {runs[0]['cases']} in {nightly}\n", _SET_UP.format(nightly=nightly)] if drifts else []
    besides = (_MOST_BESIDES, _MOST_OF_A_DIFF, _MOST_OF_THE_PROBLEMS, _MOST_OF_THE_IDS)
    left = _MOST - sum(besides) - markdown.size(_comment(after))
    for number, (id, by_mode) in enumerate(drifts):
        block = _drift(by_mode, cases[id], seen[id], nightly)
        left -= markdown.size(block)
        if left < 0:
            rest = ", ".join(other for other, _ in drifts[number:])
            rest = markdown.cut(rest, _MOST_OF_THE_IDS)
            parts.append(f"And {len(drifts) - number} more, whose texts are in the job's artifact: {rest}\n")
            break
        parts.append(block)
    return after._replace(drifts="\n".join(parts))


def _remembered(seen: dict[str, str]) -> dict[str, str]:
    """Return as much of `seen` as a comment has room for."""
    left, kept, nightlies = _MOST_OF_THE_STATE, {}, set()
    for id, nightly in seen.items():
        left -= len(json.dumps([id]) + (json.dumps({nightly: []}) if nightly not in nightlies else ""))
        if left < 0:
            break
        nightlies.add(nightly)
        kept[id] = nightly
    return kept


def _drift(by_mode: dict[str, dict[str, str]], case: Case, first_seen: str, nightly: str) -> str:
    (mode, drift), *others = by_mode.items()
    told_in = "" if mode == EAGER else f" in mode {mode}"
    also = f" It drifts in {', '.join(other for other, _ in others)}, too." if others else ""
    old, new = drift["old"], drift["new"]
    if old == new:  # Then only numbers in full precision differ.
        new = f"{new}\n{drift['differences']}"
    return _DRIFT.format(
        id=case.id,
        told_in=told_in,
        also=also,
        option="" if mode == EAGER else f"--mode {mode} ",
        sentence=case.sentence,
        first_seen=first_seen,
        old=markdown.fenced(markdown.cut(old, _MOST_OF_A_TEXT)),
        nightly=nightly,
        new=markdown.fenced(markdown.cut(new, _MOST_OF_A_TEXT)),
        release=Release.parse(nightly),
        kinds=", ".join(KINDS),
    )


def write(state: State, diff: str) -> str:
    """Return the body.

    Args:
        state: what it says.
        diff: of tox.ini, with the releases that it lacks.
    """
    parts = [_comment(state) + _INTRODUCTION]
    if state.problems:
        problems = markdown.fenced(markdown.cut("\n".join(state.problems), _MOST_OF_THE_PROBLEMS))
        parts.append(f"## What could not be done on the last night\n\n{problems}\n")
    if state.lacking:
        releases = list(map(str, state.lacking))
        parts.append(
            f"## Releases that tox.ini lacks: {', '.join(releases)}\n\n"
            f"{markdown.fenced(markdown.cut(diff, _MOST_OF_A_DIFF), 'diff')}\n\n"
            f"Apply it, then record what they do, and name the causes:\n\n"
            f"```sh\nmodule-drift sweep --regen {' '.join(releases)}\n```\n"
        )
    if state.is_well:
        parts.append("There is nothing to say any more.\n")
    text = "\n".join([*parts, _DRIFTS])
    # Where somebody made a kept text longer, its end is lost rather than the issue refused.
    return text + markdown.cut(state.drifts, _MOST - markdown.size(text))


def title(state: State) -> str:
    """Return the title."""
    said = [f"{counted(state.count, 'case')} drifted"] if state.count else []
    said += [f"tox.ini lacks torch {', '.join(map(str, state.lacking))}"] if state.lacking else []
    said += ["the last night could not be run"] if state.problems else []
    return f"Nightly watch: {'; '.join(said) or 'all is well'}"[:200]


def _comment(state: State) -> str:
    nightlies: dict[str, list[str]] = {}
    for id, nightly in sorted(state.first_seen.items()):
        nightlies.setdefault(nightly, []).append(id)
    lacking = list(map(str, state.lacking))
    said = json.dumps({"first_seen": nightlies, "others": state.others, "count": state.count, "lacking": lacking})
    return MARK + said.replace(">", r"\u003e") + " -->\n"  # Without that character, no comment ends.
