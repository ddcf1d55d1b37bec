"""Editions: the different behaviours of one case over its history, lettered A, B, C as they first came."""

from typing import List, Sequence

from .compare import compare
from .golden import Golden


def editions(goldens: Sequence[Golden]) -> List[int]:
    """Return for each golden the number of its edition, from 0; one that says what an earlier one said shares its.

    Args:
        goldens: those of one case, oldest first.
    """
    numbers: List[int] = []
    firsts: List[Golden] = []
    for golden in goldens:
        same = (i for i, first in enumerate(firsts) if not compare(first.observation, golden.observation))
        number = next(same, len(firsts))
        if number == len(firsts):
            firsts.append(golden)
        numbers.append(number)
    return numbers


def letters(number: int) -> str:
    """Return the letters of an edition: A, B, … Z, AA, AB."""
    before, last = divmod(number, 26)
    return (letters(before - 1) if before else "") + chr(ord("A") + last)
