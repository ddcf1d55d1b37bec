"""What changed between two lists of lines or words, in a time that grows with their length and not with its square."""

import difflib
from bisect import bisect_left
from typing import Dict, Iterable, Iterator, List, NamedTuple, Sequence, Tuple

from ..common.words import counted

_WINDOW = 200
"""Items on either side within which the best match is looked for, which takes the square of the time."""

MOST_LINES = 200
"""Lines of a difference that people are shown."""

LONGEST = 2000
"""Characters of a line that people are shown."""


class Step(NamedTuple):
    """A part of two lists: `old[a:b]` became `new[c:d]`, or both are equal."""

    is_equal: bool
    a: int
    b: int
    c: int
    d: int


def steps(old: Sequence[str], new: Sequence[str]) -> List[Step]:
    """Return the steps from `old` to `new`: all of both, in order, with what is equal and what is not in turns.

    Where much differs, equal items are found by those that occur once on either side, and what lies between two of
    these is one step if it is long.
    """
    found: List[Step] = []
    for step in _pieces(old, new):
        if found and found[-1].is_equal == step.is_equal:
            step = Step(step.is_equal, found[-1].a, step.b, found.pop().c, step.d)
        found.append(step)
    return found


def _pieces(old: Sequence[str], new: Sequence[str]) -> Iterator[Step]:
    shorter = min(len(old), len(new))
    start = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    same = shorter - start
    end = next((i for i in range(same) if old[-1 - i] != new[-1 - i]), same)
    if start:
        yield Step(True, 0, start, 0, start)
    a, c = start, start
    for i, j in [*_landmarks(old, new, start, end), (len(old) - end, len(new) - end)]:
        yield from _window(old, new, a, i, c, j)
        a, c = i, j
    if end:
        yield Step(True, a, len(old), c, len(new))


def _window(old: Sequence[str], new: Sequence[str], a: int, b: int, c: int, d: int) -> Iterator[Step]:
    if b - a > _WINDOW or d - c > _WINDOW:
        # They may begin with what is equal: the landmark that the window begins with, and what follows.
        while a < b and c < d and old[a] == new[c]:
            yield Step(True, a, a + 1, c, c + 1)
            a, c = a + 1, c + 1
    if b - a > _WINDOW or d - c > _WINDOW or a == b or c == d:
        if a < b or c < d:
            yield Step(False, a, b, c, d)
        return
    for tag, i, j, k, m in difflib.SequenceMatcher(None, old[a:b], new[c:d], autojunk=False).get_opcodes():
        yield Step(tag == "equal", a + i, a + j, c + k, c + m)


def _landmarks(old: Sequence[str], new: Sequence[str], start: int, end: int) -> List[Tuple[int, int]]:
    """Return where items lie that occur once in the middle of either list: as many as come in the same order."""
    if max(len(old), len(new)) - start - end <= _WINDOW:
        return []
    before, after = _once(old, start, len(old) - end), _once(new, start, len(new) - end)
    pairs = [(i, after[item]) for item, i in before.items() if item in after]
    # The longest rising sequence of positions in `new`: `ends` has the smallest end of one of each length.
    ends: List[int] = []
    at: List[int] = []
    previous: List[int] = []
    for number, (_, j) in enumerate(pairs):
        length = bisect_left(ends, j)
        previous.append(at[length - 1] if length else -1)
        ends[length : length + 1], at[length : length + 1] = [j], [number]
    longest = []
    number = at[-1] if at else -1
    while number >= 0:
        longest.append(pairs[number])
        number = previous[number]
    return longest[::-1]


def _once(items: Sequence[str], start: int, end: int) -> Dict[str, int]:
    """Return the places of the items from `start` to `end` that occur there once."""
    places: Dict[str, int] = {}
    for i in range(start, end):
        places[items[i]] = i if items[i] not in places else -1
    return {item: i for item, i in places.items() if i >= 0}


def unified(old: Sequence[str], new: Sequence[str], context: int = 2) -> Iterator[str]:
    """Yield the lines of a unified difference without its heading, cut as `cut` does."""
    return cut(_unified(old, new, context))


def cut(lines: Iterable[str]) -> Iterator[str]:
    """Yield as many of `lines` as people read, none of them longer than they read, and how many more there are."""
    more = -MOST_LINES
    for line in lines:
        more += 1
        if more <= 0:
            yield shortened(line)
    if more > 0:
        yield f"and {counted(more, 'more line')}"


def shortened(line: str) -> str:
    """Return `line`, without its end where it is too long to be read."""
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}… and {len(line) - LONGEST} more characters"


def _unified(old: Sequence[str], new: Sequence[str], context: int) -> Iterator[str]:
    for hunk in _hunks(steps(old, new), context):
        (_, a, _, c, _), (_, _, b, _, d) = hunk[0], hunk[-1]
        yield f"@@ -{_range(a, b)} +{_range(c, d)} @@"
        for step in hunk:
            yield from (f"{' ' if step.is_equal else '-'}{line}" for line in old[step.a : step.b])
            if not step.is_equal:
                yield from (f"+{line}" for line in new[step.c : step.d])


def _range(start: int, end: int) -> str:
    if end - start == 1:
        return str(start + 1)
    return f"{start + (end > start)},{end - start}"


def _hunks(all_steps: Sequence[Step], context: int) -> Iterator[List[Step]]:
    """Yield the steps that change something, with what is next to them; those that are near each other together."""
    hunk: List[Step] = []
    for step in all_steps:
        if not step.is_equal:
            hunk.append(step)
            continue
        length = step.b - step.a
        before = Step(True, step.a, step.a + min(context, length), step.c, step.c + min(context, length))
        if hunk and not (length <= 2 * context and step is not all_steps[-1]):
            yield [*hunk, before]
            hunk = []
        if step is not all_steps[-1]:
            kept = length if hunk else min(context, length)
            hunk.append(Step(True, step.b - kept, step.b, step.d - kept, step.d))
    if any(not step.is_equal for step in hunk):
        yield hunk
