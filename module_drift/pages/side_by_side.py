"""Two texts beside each other, with what differs marked within the line."""

import re
from typing import Iterator, List, NamedTuple, Sequence, Tuple

from ..comparing.line_diff import steps

Marked = List[Tuple[str, bool]]
"""A line in pieces, each with whether it differs."""

_WORD = re.compile(r"\w+|\s+|.")


class Row(NamedTuple):
    """A line of the old text beside one of the new; either is empty where the other has no partner."""

    old: Marked
    new: Marked


def rows(old: Sequence[str], new: Sequence[str]) -> Iterator[Row]:
    """Yield the lines of `old` and `new` side by side."""
    for is_equal, a, b, c, d in steps(old, new):
        before, after = list(old[a:b]), list(new[c:d])
        for i in range(max(len(before), len(after))):
            left, right = (lines[i] if i < len(lines) else None for lines in (before, after))
            if is_equal:
                yield Row([(left or "", False)], [(right or "", False)])
            elif left is None or right is None:
                yield Row(*([(line, True)] if line is not None else [] for line in (left, right)))
            else:
                yield _pair(left, right)


def _pair(old: str, new: str) -> Row:
    before, after = _WORD.findall(old), _WORD.findall(new)
    row = Row([], [])
    for is_equal, a, b, c, d in steps(before, after):
        for side, piece in zip(row, ("".join(before[a:b]), "".join(after[c:d]))):
            if piece:
                side.append((piece, not is_equal))
    return row
