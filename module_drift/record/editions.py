"""Editions: the different behaviours of one case over its history, lettered A, B, C as they first came in eager."""

from typing import Dict, Hashable, List, Sequence, Tuple

from ..comparing.compare import compare, outline
from .golden import Golden


def editions(goldens: Sequence[Golden]) -> List[int]:
    """Return for each golden the number of its edition, from 0; one that says what an earlier one said shares its.

    What eager shows is counted first, so that other modes of execution do not change its letters.

    Args:
        goldens: those of one case, oldest first.
    """
    numbers = [0] * len(goldens)
    firsts: Dict[Hashable, List[Tuple[int, Golden]]] = {}
    count = 0
    for position, golden in sorted(enumerate(goldens), key=lambda one: (one[1].mode is not None, one[0])):
        alike = firsts.setdefault(outline(golden.observation), [])
        same = (number for number, first in alike if not compare(first.observation, golden.observation))
        number = next(same, count)
        if number == count:
            alike.append((number, golden))
            count += 1
        numbers[position] = number
    return numbers


def letters(number: int) -> str:
    """Return the letters of an edition: A, B, … Z, AA, AB."""
    before, last = divmod(number, 26)
    return (letters(before - 1) if before else "") + chr(ord("A") + last)
