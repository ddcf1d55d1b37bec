"""Leaves out what functions hold before a text is parsed, as far as that can be told without parsing it."""

import functools
import re
from bisect import bisect_left
from typing import AbstractSet, Iterator, List, NamedTuple, Sequence, Set, Tuple

_ACROSS = re.compile(
    r"#[^\n]*|\\\n"
    r"""|\"\"\"[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*\"\"\"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''"""
    r"""|"[^"\\\n]*(?:\\.[^"\\\n]*)*"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'""",
    re.DOTALL,
)
"""Comments and texts, in which nothing is what it looks like, and ends of lines that end no statement."""

_DEFINES = re.compile(r"\n([ \t]*)(?:async[ \t]+)?def\b[^\n]*")
_ENDS_A_HEAD = re.compile(r":[ \t]*(?:#[^\"'\n]*)?\Z")
_LINES_OF_A_HEAD = 200
_TABS = re.compile(r"\n *\t")
_SPACES = re.compile(r"\n\t* ")


class Outline(NamedTuple):
    """A text without what its functions hold.

    Attributes:
        lines: as many as the text has, each thing on its own; the last line of what a function held is a `pass`.
        continued: numbers, from 0 on, of the lines that begin within a text or go on with the one before.
    """

    lines: Sequence[str]
    continued: AbstractSet[int]


def outline(text: str) -> Outline:
    """Return the outline of a text.

    If the text is valid Python, and its outline can be parsed, that is right; what brackets hold is not looked at, so
    that a function may seem to end too early, and what is left of it then holds a bracket that nothing opens.
    """
    spans = [found.span() for found in _ACROSS.finditer(text) if "\n" in found[0]]
    continued: Set[int] = set()
    line = at = 0
    for first, last in spans:
        line, at = line + text.count("\n", at, first), first
        continued.update(range(line + 1, line + 1 + text.count("\n", first, last)))
    parts: List[str] = []
    end = 0
    is_mixed = _TABS.search(text) is not None and _SPACES.search(text) is not None  # It matters what tabs are worth.
    for indent, first, last in () if is_mixed else _held(text, spans):
        start = text.rfind("\n", first, last) + 1 or first
        parts += [text[end:first], "\n" * text.count("\n", first, start), indent, " pass"]
        end = last
    return Outline("".join([*parts, text[end:]]).split("\n"), continued)


def _held(text: str, spans: List[Tuple[int, int]]) -> Iterator[Tuple[str, int, int]]:
    """Yield of functions what they are indented by, and where the lines begin and end that they hold."""
    starts = [first for first, _ in spans]

    def after(at: int) -> int:
        """Return where the span ends that goes on at `at`, or a lower number."""
        number = bisect_left(starts, at)
        return spans[number - 1][1] if number else -1

    end = 0
    for found in _DEFINES.finditer(text):
        start = found.start() + 1
        if start < end or after(start) >= start:
            continue
        first = _end_of_head(text, start, found.end())
        if not first:
            continue
        ends = _ending(found[1])
        ended = ends.search(text, first - 1)
        while ended and after(ended.start() + 1) > ended.start():
            ended = ends.search(text, max(after(ended.start() + 1), ended.start() + 1))
        end = ended.start() + 1 if ended else len(text)
        last = first + len(text[first:end].rstrip())
        while last > first:
            line = text.rfind("\n", first, last) + 1 or first
            if not text[line:last].lstrip().startswith("#") or after(line) >= line:
                break
            last = first + len(text[first:line].rstrip())
        if last > first:
            yield found[1], first, last


def _end_of_head(text: str, start: int, end: int) -> int:
    """Return where the line after the head of a function begins; 0 if it may not end with a line, or there is none."""
    for _ in range(_LINES_OF_A_HEAD):
        head = text[start:end]
        if sum(map(head.count, "([{")) == sum(map(head.count, ")]}")):
            return end + 1 if _ENDS_A_HEAD.search(head) and end < len(text) else 0
        end = text.find("\n", end + 1)
        if end < 0:
            return 0
    return 0


@functools.lru_cache(maxsize=256)
def _ending(indent: str) -> "re.Pattern[str]":
    """Return what finds a line of code that is not indented by more than a function."""
    return re.compile(rf"\n(?!{indent}[ \t]|[ \t\f]*(?:#|\n|\Z))")
