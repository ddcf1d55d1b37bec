"""Counts, in words."""


def counted(number: int, noun: str) -> str:
    """Return `number` with its noun, as in "1 case", "2 cases" and "0 changes"; `noun` takes an s in the plural."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
