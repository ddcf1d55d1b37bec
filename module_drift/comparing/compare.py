"""Compares two observations: text exactly, numbers, also where text shows them, within what floating point promises.

Pure functions over plain data; nothing here imports torch.
"""

import math
import re
import struct
from collections import Counter, deque
from itertools import islice
from typing import Any, Deque, Dict, Hashable, Iterator, List, NamedTuple, Optional, Tuple

from .observation import Observation
from .shown_numbers import Place, as_in

TOLERANCE = 10
"""How many units in the last place of its dtype a number may move."""

_SIGNIFICANT_BITS = {
    "float64": 53,
    "float32": 24,
    "float16": 11,
    "bfloat16": 8,
    "complex128": 53,
    "complex64": 24,
}
_SMALLEST_EXPONENT = {53: -1074, 24: -149, 11: -24, 8: -133}
_TORCH_DECIMALS = 4
_CANDIDATES = 100
"""How many lines of the old text are tried for a line that is not where it was."""

_TRIES = 100_000
"""How often that is done to the full for one text."""

_DECIMAL = re.compile(r"(?<![\w.])-?\d+\.(\d*)(e[+-]?\d+)?(?![\w.])")
_OTHER_FLOAT = re.compile(r"(?<!\d)\d+\.\d*(?:e[+-]\d+)?j|(?<![\w.])-?\d+e[+-]\d+(?![\w.])")
"""A float as it is printed where `_DECIMAL` finds none: an imaginary part, or one of Python's without a point."""


class Moved(NamedTuple):
    """A number that differs.

    Attributes:
        where: label and position, such as "state[1]".
        old: its value in the golden, or None if it is new.
        new: its value now, or None if it is gone.
        dtypes: its dtypes then and now (None for Python's own numbers).
    """

    where: str
    old: Any
    new: Any
    dtypes: Tuple[Optional[str], Optional[str]]


class Drift(NamedTuple):
    """How an observation differs from a golden; falsy if it does not.

    Attributes:
        printed: the old and the new lines, a new one replaced by the old where they are equal within
            tolerance; None if all are.
        moved: the numbers that differ.
        warnings_gone: warnings of the golden that were not given.
        warnings_new: warnings given that the golden lacks.
        warnings_reordered: whether the same warnings came in another order.
        raised: the old and the new exception, None if they are equal.
        absent: the old and the new missing API, None if they are equal.
    """

    printed: Optional[Tuple[List[str], List[str]]]
    moved: List[Moved]
    warnings_gone: List[str]
    warnings_new: List[str]
    warnings_reordered: bool
    raised: Optional[Tuple[Optional[str], Optional[str]]]
    absent: Optional[Tuple[Optional[str], Optional[str]]]

    def __bool__(self) -> bool:
        return any(self)


def compare(golden: Observation, observed: Observation) -> Drift:
    """Return how `observed` differs from `golden`.

    A text of numbers that both hold in full precision is judged as these, whichever format torch chose; the rest of
    what was printed as `same_text` does.
    """
    moved = dict(_moved(golden.numbers, observed.numbers))
    printed = None
    if golden.printed != observed.printed:
        around_moved = {place[:n] for place in moved for n in range(2, len(place) + 1)}
        old_lines = _lines(golden.printed)
        new_lines = _aligned(old_lines, _lines(as_in(golden, observed, around_moved)))
        printed = None if old_lines == new_lines else (old_lines, new_lines)
    gone = Counter(golden.warned) - Counter(observed.warned)
    new = Counter(observed.warned) - Counter(golden.warned)
    return Drift(
        printed=printed,
        moved=list(moved.values()),
        warnings_gone=list(gone.elements()),
        warnings_new=list(new.elements()),
        warnings_reordered=not gone and not new and golden.warned != observed.warned,
        raised=None if golden.raised == observed.raised else (golden.raised, observed.raised),
        absent=None if golden.absent == observed.absent else (golden.absent, observed.absent),
    )


def same_text(old: str, new: str) -> bool:
    """Return whether two printed texts are equal: between decimal numbers exactly, these within their rounding.

    A number as torch prints it, rounded to four decimals, may move by one unit of the last; one printed
    in full may move by the tolerance of its dtype. Whole numbers (`3`, `1.`) are compared as text.
    """
    if old == new:
        return True
    if _DECIMAL.split(old)[::3] != _DECIMAL.split(new)[::3]:
        return False
    return all(map(_same_token, _DECIMAL.finditer(old), _DECIMAL.finditer(new)))


def _lines(printed: str) -> List[str]:
    # Not splitlines(), to which a carriage return and half a dozen others are the same as a new line.
    *lines, last = printed.split("\n")
    return [*lines, last] if last else lines


def _same_token(old: "re.Match[str]", new: "re.Match[str]") -> bool:
    if old.group() == new.group():
        return True
    decimals = len(old.group(1))
    if not decimals or not new.group(1):
        return False
    first, second = float(old.group()), float(new.group())
    if math.isinf(first) or math.isinf(second):  # No number that a tensor holds: of too large an exponent.
        return False
    if decimals == len(new.group(1)) == _TORCH_DECIMALS:
        unit = max(float(f"1{found.group(2) or ''}") for found in (old, new)) / 10.0**_TORCH_DECIMALS
        # Half a unit more, since neither the unit nor the values are exact in binary.
        return abs(first - second) < 1.5 * unit
    return _TORCH_DECIMALS not in (decimals, len(new.group(1))) and _same_number(first, second, None)


def _aligned(old: List[str], new: List[str]) -> List[str]:
    """Return `new` with each line that has an equal one in `old`, in order, replaced by that.

    It is `old` if all lines are equal. Of many lines that differ in their numbers alone, it looks at some.
    """
    shorter = min(len(old), len(new))
    same = next((i for i in range(shorter) if not same_text(old[i], new[i])), shorter)
    places: Dict[str, Deque[int]] = {}
    for i in range(same, len(old)):
        places.setdefault(_without_decimals(old[i]), deque()).append(i)
    result = old[:same]
    at = same
    tries = 0
    for line in new[same:]:
        some = places.get(_without_decimals(line), deque())
        while some and some[0] < at:
            some.popleft()
        candidates = list(islice(some, _CANDIDATES if tries < _TRIES else 1))
        found = next((i for i in candidates if same_text(old[i], line)), None)
        tries += len(candidates)
        if found is not None:
            line, at = old[found], found + 1
        result.append(line)
    return result


def _without_decimals(text: str) -> str:
    """Return what two texts have in common that are the same but for rounding."""
    return _DECIMAL.sub("\0", text) if "." in text else text


def outline(observed: Observation) -> Hashable:
    """Return what two observations have in common between which `compare` finds no difference; others may share it."""
    labels = sorted(label for label, *_ in observed.numbers)
    return (
        "".join(_OTHER_FLOAT.sub("\0", _without_decimals(observed.printed)).split()),
        tuple(labels),
        tuple(observed.warned),
        observed.raised,
        observed.absent,
    )


def _moved(old: List[List[Any]], new: List[List[Any]]) -> Iterator[Tuple[Place, Moved]]:
    before, after = _leaves(old), _leaves(new)
    for place in [*before, *(place for place in after if place not in before)]:
        old_value, old_dtype = before.get(place, (None, None))
        new_value, new_dtype = after.get(place, (None, None))
        if old_dtype != new_dtype or not _same_number(old_value, new_value, old_dtype):
            yield place, Moved(_where(*place), old_value, new_value, (old_dtype, new_dtype))


def _where(label: str, time: int, *indices: int) -> str:
    return f"{label}{f' #{time}' if time > 1 else ''}{''.join(f'[{i}]' for i in indices)}"


def _leaves(entries: List[List[Any]]) -> "Dict[Place, Tuple[Any, Optional[str]]]":
    """Return the numbers of `entries` by label, how many'th of it, and indices; with their dtypes.

    An empty list is a leaf too, so that a tensor without elements is not the same as no tensor.
    """
    leaves: Dict[Place, Tuple[Any, Optional[str]]] = {}

    def walk(place: Place, values: Any, dtype: Any) -> None:
        if isinstance(values, list) and values:
            for i, value in enumerate(values):
                walk((*place, i), value, dtype[i] if isinstance(dtype, list) else dtype)
        else:
            # Left out where all is float32, spelled out beside another dtype: the same thing.
            leaves[place] = values, None if dtype == "float32" else dtype

    seen: Counter[str] = Counter()
    for label, values, *dtype in entries:
        seen[label] += 1
        walk((label, seen[label]), values, dtype[0] if dtype else None)
    return leaves


def _same_number(old: Any, new: Any, dtype: Optional[str]) -> bool:
    if type(old) is not type(new):
        return False
    if not isinstance(old, float) or old == new:
        return bool(old == new)
    if math.isnan(old) or math.isnan(new) or math.isinf(old) or math.isinf(new):
        return math.isnan(old) and math.isnan(new)
    return bool(abs(old - new) <= TOLERANCE * last_place(max(abs(old), abs(new)), _bits(old, new, dtype)))


def _bits(old: float, new: float, dtype: Optional[str]) -> int:
    if dtype is not None:
        # Another dtype's numbers are held to what they are in a double.
        return _SIGNIFICANT_BITS.get(dtype, 53)
    # A dtype is left out for float32 and for Python's floats, which mostly are a float32's item().
    return _SIGNIFICANT_BITS["float32" if _is_float32(old) and _is_float32(new) else "float64"]


def last_place(value: float, bits: int) -> float:
    """Return one unit in the last place of `value` in a format of `bits` significant bits."""
    return math.ldexp(1.0, max(math.frexp(value)[1] - bits, _SMALLEST_EXPONENT[bits]))


def _is_float32(value: float) -> bool:
    try:
        return bool(struct.unpack("f", struct.pack("f", value))[0] == value)
    except OverflowError:
        return False
