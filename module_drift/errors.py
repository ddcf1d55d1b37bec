"""The one exception for bad input: what is wrong, where, and the remedy."""

from pathlib import Path


class InputError(Exception):
    """Something a person can mend: a golden, a cause, a case, an option or a version.

    Args:
        where: file, option or id that is at fault, as a person would look for it.
        problem: what is wrong with it.
        remedy: what to do about it.
    """

    def __init__(self, where: object, problem: str, remedy: str):
        self.where = relative(where) if isinstance(where, Path) else where
        super().__init__(f"{self.where}: {problem}; {remedy}")


def relative(path: Path) -> Path:
    """Return `path` as a person in the current folder would open it."""
    return path.relative_to(Path.cwd()) if Path.cwd() in path.parents else path
