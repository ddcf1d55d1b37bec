"""Finds in what was printed the numbers behind it, whichever format torch chose for them.

By a unit in the last place of one element, `tensor([125.,   3.])` becomes `tensor([125.0000,   3.0000])`: torch chooses
decimals, exponents, padding and line breaks for a tensor as a whole. Where such a text is no more than numbers that
are the same within their tolerance, it says nothing that they do not.
"""

import json
import math
import re
from collections import Counter, deque
from itertools import islice
from typing import Any, Deque, Dict, Hashable, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

from .observation import Observation

Place = Tuple[Any, ...]
"""Where a number is: its label, how many'th entry of that label, and indices; or the beginning of that."""

_TENSOR = r"[Tt]ensor\((?P<body>\[[][\w\s.,+-]*\]|[\w.+-]+)(?=[,)])"
_PYTHONS = r"(?<![\w.])-?(?:\d+(?:\.\d+(?:e[+-]\d+)?|e[+-]\d+)|nan|inf)(?![\w.:])"  # The key of a dict is no number.
_ITEM = re.compile(f"{_TENSOR}|{_PYTHONS}")
_FLOAT = re.compile(r"(?<!\d)\d+(?:\.\d*(?:e[+-]\d+)?|e[+-]\d+)")
_BRACKET = re.compile(r"[()]")
_COMPLEX = re.compile(r"(-?[^+-]+(?:e[+-]\d+)?)\+?(-?[^+-]+(?:e[+-]\d+)?)j")
_TORCH_DECIMALS = 4
_AHEAD = 10
"""How many numbers, and lists around them, a text is held against that shows another one than was expected."""


class _Shown(NamedTuple):
    """Where the text of a tensor, or of a float of Python's, is in what was printed.

    Attributes:
        place: where its numbers are.
        start: where it begins.
        end: where it ends.
        form: what it says besides finite numbers, but for their signs, and its layout.
        texts: these numbers.
    """

    place: Place
    start: int
    end: int
    form: str
    texts: List[str]


class _Node(NamedTuple):
    """A float, or a list that floats are in; `after` is the number of the next node that is not in it."""

    place: Place
    values: Any
    after: int


def as_in(golden: Observation, observed: Observation, moved: Set[Place]) -> str:
    """Return what `observed` printed, with the text of each number that did not move as `golden` has it.

    It is put in only where both texts show, at the same place, what was observed, and differ in the format of finite
    numbers alone: brackets, words and signs, that of a zero too, are the same.

    Args:
        golden: what the text is taken of.
        observed: what the text is put into.
        moved: the places of the numbers that moved beyond their tolerance, and of what these are in.
    """
    if _FLOAT.findall(golden.printed) == _FLOAT.findall(observed.printed):
        return observed.printed  # As it is where other words differ: to find the numbers takes longer than the rest.
    before, parts, at = _found(golden), [], 0
    for key, now in _found(observed).items():
        then = before.get(key)
        if then and then.place == now.place not in moved and then.form == now.form and then.texts != now.texts:
            parts += [observed.printed[at : now.start], golden.printed[then.start : then.end]]
            at = now.end
    return "".join([*parts, observed.printed[at:]])


def _found(observed: Observation) -> Dict[Hashable, _Shown]:
    """Return the texts of numbers in the order in which they were printed, by label and how many'th there."""
    waiting: Dict[str, Deque[List[_Node]]] = {}
    times: Counter[str] = Counter()
    for label, values, *_ in observed.numbers:
        times[label] += 1
        nodes: List[_Node] = []
        _add_nodes(nodes, (label, times[label]), values)
        queue = waiting.setdefault(label, deque())
        if nodes:
            queue.append(nodes)
    found: Dict[Hashable, _Shown] = {}
    seen: Counter[str] = Counter()
    for label, start, end in _shows(observed.printed, waiting):
        seen[label] += 1
        if waiting[label]:
            items = dict(_items(observed.printed, start, end, waiting[label][0]))
            if items:  # Else only a text was shown.
                waiting[label].popleft()
            found.update(((label, seen[label], number), item) for number, item in items.items())
    return found


def _add_nodes(nodes: List[_Node], place: Place, values: Any) -> None:
    if isinstance(values, float):
        nodes.append(_Node(place, values, len(nodes) + 1))
    elif isinstance(values, list):
        at = len(nodes)
        nodes.append(_Node(place, values, at))
        for i, value in enumerate(values):
            _add_nodes(nodes, (*place, i), value)
        if len(nodes) > at + 1:
            nodes[at] = nodes[at]._replace(after=len(nodes))
        else:
            nodes.pop()


def _shows(printed: str, labels: Dict[str, Any]) -> Iterator[Tuple[str, int, int]]:
    """Yield each label that a line begins with, and where what was shown behind it begins and ends."""
    lengths = sorted(set(map(len, labels)), reverse=True)
    current: Optional[Tuple[str, int]] = None
    start = 0
    for line in printed.split("\n"):
        label = next((line[:n] for n in lengths if line[n : n + 1] == " " and line[:n] in labels), None)
        if label is not None:
            if current:
                yield (*current, start)
            current = label, start + len(label)
        start += len(line) + 1
    if current:
        yield (*current, len(printed))


def _items(printed: str, at: int, end: int, nodes: List[_Node]) -> Iterator[Tuple[int, _Shown]]:
    """Yield the texts of `nodes` in a part of what was printed, with their numbers among all that look like such."""
    expected = number = 0
    while expected < len(nodes):
        item = _ITEM.search(printed, at, end)
        if not item:
            return
        number += 1
        at, body = item.end(), item["body"]
        shown: Any = item.group()
        if body:
            closed = _closed(printed, at, end)
            shown = _nested(body)
            if closed is None or shown is None:
                return
            suffixes, at = _without_layout(printed[at:closed]), closed
        for node in islice(nodes, expected, expected + _AHEAD):
            if body and _is_printed(shown, node.values):
                form = _FLOAT.sub("#", _without_layout(body)) + suffixes
                yield number, _Shown(node.place, item.start("body"), at, form, _FLOAT.findall(body))
            elif not body and isinstance(node.values, float) and repr(node.values) == shown:
                yield number, _Shown(node.place, item.start(), at, "", [shown])
            else:
                continue
            expected = node.after
            break


def _closed(printed: str, at: int, end: int) -> Optional[int]:
    """Return where the bracket ends that was opened before `at`."""
    depth = 1
    for bracket in _BRACKET.finditer(printed, at, end):
        depth += 1 if bracket.group() == "(" else -1
        if not depth:
            return bracket.end()
    return None


def _without_layout(text: str) -> str:
    """Return a part of a tensor's text without what aligns it and breaks it into lines."""
    return re.sub(r"(?<=[\[,])\s+", "", text)


def _nested(body: str) -> Any:
    """Return the words of a tensor's text, nested as its brackets are, or None."""
    try:
        return json.loads(re.sub(r"[^][,]+", r'"\g<0>"', _without_layout(body)))
    except (ValueError, RecursionError):
        return None


def _is_printed(shown: Any, values: Any) -> bool:
    """Return whether `shown`, words of a tensor's text, are what torch prints of `values`."""
    words, numbers = zip(*_pairs(shown, values))
    if not words[0].endswith("j"):
        return _is_formatted(words, numbers)
    if not all(isinstance(number, list) and len(number) == 2 for number in numbers):
        return False
    parts = [part for part in map(_COMPLEX.fullmatch, words) if part]
    return len(parts) == len(words) and all(
        _is_formatted([part[i + 1] for part in parts], [number[i] for number in numbers]) for i in (0, 1)
    )


def _pairs(shown: Any, values: Any) -> Iterator[Tuple[str, Any]]:
    """Yield each word with its number; with what is none where the one is not nested as the other."""
    if isinstance(shown, str):
        yield shown, values
        return
    values = values if isinstance(values, list) else []
    if "..." in shown:  # Of a large tensor, torch prints the edges.
        before = shown.index("...")
        after = len(shown) - before - 1
        shown = [*shown[:before], *shown[before + 1 :]]
        values = [*values[:before], *values[len(values) - after :]]
    if not shown or len(shown) != len(values):
        yield "", None
        return
    for inner in map(_pairs, shown, values):
        yield from inner


def _is_formatted(words: Sequence[str], values: Sequence[Any]) -> bool:
    """Return whether `words` are `values` in the one format that torch chooses for all of them."""
    if not all(isinstance(value, float) for value in values):
        return False
    finite = [abs(value) for value in values if value and math.isfinite(value)]
    is_whole = all(map(float.is_integer, finite))
    largest, smallest = max(finite, default=1.0), min(finite, default=1.0)
    is_scientific = largest / smallest > 1e3 or largest > 1e8 or (smallest < 1e-4 and not is_whole)
    decimals = 0 if is_whole and not is_scientific else _TORCH_DECIMALS
    form = f"{{:#.{decimals}{'e' if is_scientific else 'f'}}}"
    return all(word == form.format(value) for word, value in zip(words, values))
