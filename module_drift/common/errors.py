"""The one exception for bad input: what is wrong, where, and the remedy."""

from pathlib import Path

from .visible import visible

_LONGEST = 1000


class InputError(Exception):
    """Something a person can mend: a golden, a cause, a case, an option or a version.

    Its message is one line, whatever the input was.

    Args:
        where: file, option or id that is at fault, as a person would look for it.
        problem: what is wrong with it.
        remedy: what to do about it.
    """

    def __init__(self, where: object, problem: str, remedy: str):
        self.where = relative(where) if isinstance(where, Path) else where
        place = str(self.where) or "''"  # An option may have been given nothing.
        super().__init__(f"{_one_line(place)}: {_one_line(problem)}; {_one_line(remedy)}")


def _one_line(text: str) -> str:
    """Return `text` with what would not print on one line made visible, and cut where it is long."""
    return visible(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


class OutputError(InputError):
    """What was asked for cannot be printed."""


def relative(path: Path) -> Path:
    """Return `path` as a person in the current folder would open it."""
    try:
        here = Path.cwd()
    except OSError:  # It was removed.
        return path
    return path.relative_to(here) if here in path.parents else path
