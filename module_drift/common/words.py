"""Counts, in words."""

from typing import Sequence


def counted(number: int, noun: str) -> str:
    """Return `number` with its noun, as in "1 case", "2 cases" and "0 changes"; `noun` takes an s in the plural."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def some(names: Sequence[str], most: int) -> str:
    """Return `names` with commas between; of more than `most` these, and how many more there are."""
    first = ", ".join(names[:most])
    return first if len(names) <= most else f"{first} and {len(names) - most} more"
