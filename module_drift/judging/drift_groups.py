"""Tells many drifts of one run together, by what they share."""

import itertools
import re
import textwrap
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ..common.visible import LINES, visible
from ..common.words import counted, some
from ..comparing.compare import Drift
from ..comparing.differences import differences
from .report import DriftedCase, drift_report

_MOST_REPORTS = 20
"""How many cases that share nothing are reported in full."""
_MOST_NAMES = 20
"""How many ids of a group are named."""
_MOST_ASPECTS = 100
"""How many changes of one case's printed text, and how many of its warnings, are looked at."""
_LONGEST = 200
"""Characters of a line that sums something up."""

_NUMBER = re.compile(r"(?<![\w.])-?(\d+\.?\d*(e[+-]?\d+)?|nan|inf)(?!\w)")
_WORD = re.compile(r"\w+|\W")


def grouped(drifted: Sequence[DriftedCase]) -> str:
    """Return the report of all cases that drifted in a run, without advice.

    Those that share a difference, such as a warning, are told together: how many they are, which, and the report of
    the simplest. They come first, and of all the simplest comes first.
    """
    found = sorted(map(_told, drifted), key=lambda told: (len(told.lines), told.drifted.name))
    groups, single = _by_what_they_share(found)
    groups.sort(key=lambda group: (len(group[1][0].lines), -len(group[1])))
    parts = [_group_report(words, those) for words, those in groups]
    parts += [drift_report(told.drifted) for told in single[:_MOST_REPORTS]]
    if single[_MOST_REPORTS:]:
        lines = [f"  {_short(' '.join([f'{told.drifted.name}:', *told.lines]))}" for told in single]
        parts.append("\n".join([f"and {counted(len(lines[_MOST_REPORTS:]), 'case')} more:", *lines[_MOST_REPORTS:]]))
    return visible("\n\n".join(parts), LINES)


class _Aspect(NamedTuple):
    """One way in which a case drifted, in words that are the same for others that drifted in this way.

    Attributes:
        exact: all that it is; None if that is the case's own.
        vague: the same without what may be the case's own, such as an exception's message; None if nothing is left.
    """

    exact: Optional[str]
    vague: Optional[str] = None


_NUMBERS = _Aspect(None, "other numbers")


class _Told(NamedTuple):
    """A drift, its differences as lines, and its aspects."""

    drifted: DriftedCase
    lines: List[str]
    aspects: List[_Aspect]


def _told(drifted: DriftedCase) -> _Told:
    lines = list(differences(drifted.drift))
    return _Told(drifted, lines, list(dict.fromkeys(_aspects(drifted.drift, lines))))


_Groups = List[Tuple[str, List[_Told]]]


def _by_what_they_share(found: Sequence[_Told]) -> Tuple[_Groups, List[_Told]]:
    """Return the groups of those that share an aspect, with its words, and the rest, each in the order of `found`."""
    groups: _Groups = []
    left = dict(enumerate(found))
    for field in _Aspect._fields:
        having: Dict[str, List[int]] = {}
        for i, told in left.items():
            for words in dict.fromkeys(getattr(aspect, field) for aspect in told.aspects):
                if words:
                    having.setdefault(words, []).append(i)
        for words in sorted(having, key=lambda words: -len(having[words])):
            those = [i for i in having[words] if i in left]
            if len(those) > 1:
                groups.append((words, [left.pop(i) for i in those]))
    return groups, list(left.values())


def _group_report(words: str, those: Sequence[_Told]) -> str:
    alone = [told for told in those if len(told.aspects) == 1]
    others = [told for told in those if len(told.aspects) > 1]
    lines = [_short(f"{counted(len(those), 'case')} share this: {words}")]
    lines += [f"  {_names(alone)}"] if alone else []
    lines += [f"  with more besides: {_names(others)}"] if others else []
    report = drift_report(those[0].drifted).split("\n")
    return "\n".join([*lines, "  the simplest of them:", *(f"  {line}" for line in report)])


def _names(told: Sequence[_Told]) -> str:
    return some([one.drifted.name for one in told], _MOST_NAMES)


def _short(text: str) -> str:
    return textwrap.shorten(text, _LONGEST, placeholder=" …")


def _aspects(drift: Drift, lines: Sequence[str]) -> Iterator[_Aspect]:
    """Yield in which ways a case drifted, without what only follows from another; `lines` are its differences."""
    if drift.absent:
        yield _Aspect(lines[0])
        return
    yield from _warning_aspects(drift.warnings_gone[:_MOST_ASPECTS], drift.warnings_new[:_MOST_ASPECTS])
    if drift.warnings_reordered:
        yield _Aspect("the same warnings came in another order")
    if drift.raised:
        old, new = (raised or "nothing" for raised in drift.raised)
        name = _class_of(new)
        if name == _class_of(old):
            yield _Aspect(f"raised {name} in other words: {_message_of(new)}", f"raised {name} in other words")
        else:
            yield _Aspect(f"raised {new} instead of {old}", f"raised {name} instead of {_class_of(old)}")
        return
    yield from itertools.islice(_printed_aspects(lines), _MOST_ASPECTS)
    if drift.moved:
        yield _NUMBERS


def _warning_aspects(gone: Sequence[str], new: Sequence[str]) -> Iterator[_Aspect]:
    came = list(new)
    for old in gone:
        name, message = _class_of(old), _message_of(old)
        # Its successor: the same message in another class, or else another message in the same class.
        renamed = [other for other in came if _message_of(other) == message]
        reworded = [other for other in came if _class_of(other) == name]
        if renamed:
            came.remove(renamed[0])
            change = f"a {_class_of(renamed[0])} instead of a {name}"
            yield _Aspect(f"{change}: {message}", change)
        elif reworded:
            came.remove(reworded[0])
            yield _Aspect(f"{name} in other words: {_message_of(reworded[0])}", f"a {name} in other words")
        else:
            yield _Aspect(f"this warning is gone: {old}", f"a {name} is gone")
    for warning in came:
        yield _Aspect(f"this warning is new: {warning}", f"a {_class_of(warning)} is new")


def _class_of(said: str) -> str:
    return said.partition(":")[0]


def _message_of(said: str) -> str:
    return said.partition(": ")[2]


def _printed_aspects(lines: Sequence[str]) -> Iterator[_Aspect]:
    """Yield what each changed block of the printed lines replaces by what."""
    printed = itertools.takewhile(lambda line: line.startswith("  "), lines[1:]) if lines[:1] == ["printed:"] else ()
    block: Dict[str, List[str]] = {"-": [], "+": []}
    for line in [*printed, ""]:
        sign = line[2:3]
        if sign in block:
            block[sign].append(line[3:])
        elif block["-"] or block["+"]:
            yield from _block_aspects(block["-"], block["+"])
            block = {"-": [], "+": []}


def _block_aspects(old: List[str], new: List[str]) -> Iterator[_Aspect]:
    if len(old) != len(new):
        yield from (_Aspect(f"no longer printed: {line}") for line in old if line)
        yield from (_Aspect(f"printed in addition: {line}") for line in new if line)
        return
    for before, after in zip(old, new):
        if _NUMBER.sub("#", before) == _NUMBER.sub("#", after):
            yield _NUMBERS
        else:
            yield _Aspect("printed {1!r} instead of {0!r}".format(*_middle(before, after)))


def _middle(old: str, new: str) -> Tuple[str, str]:
    """Return what is left of two lines without the words that they begin and end with alike."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    most = min(len(before), len(after))
    start = next((i for i in range(most) if before[i] != after[i]), most)
    end = next((i for i in range(most - start) if before[-1 - i] != after[-1 - i]), most - start)
    return "".join(before[start : len(before) - end]), "".join(after[start : len(after) - end])
