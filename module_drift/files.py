"""Reading what may be damaged, and writing so that a reader, or a kill, never meets half of a file."""

import contextlib
import os
import stat
import tempfile
from pathlib import Path
from typing import Iterator

from .errors import InputError

SUFFIX = ".tmp"
"""How the names of files end, after a dot at their beginning, that are not yet whole."""


def read(path: Path, remedy: str, largest: int) -> str:
    """Return the text of `path`.

    Args:
        path: a file that anything may have happened to.
        remedy: what a person is to do if it cannot be read.
        largest: how many bytes it may have.

    Raises:
        InputError: it cannot be read, is larger, is not UTF-8, or is no file of its own: a link may lead
            anywhere, and a pipe or device never ends.
    """
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode):
            problem = "not a regular file"
        elif status.st_size > largest:
            problem = f"larger than {largest // 1024} KiB"
        else:
            with open(path, "rb", buffering=0) as file:  # Half the time of a file opened as text.
                text = file.read().decode("utf-8")
            return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    except UnicodeDecodeError:
        problem = "not UTF-8 text"
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
    raise InputError(path, problem, remedy)


def replace(path: Path, text: str) -> None:
    """Give `path` the content `text`, whole or not at all; folders that are missing are made.

    Raises:
        InputError: it cannot be written; no other file is left behind then.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=SUFFIX)
        try:
            with open(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):  # Why it could not be written is what matters.
                os.unlink(temporary)
            raise


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise an InputError for `path` in the place of an OSError, such as that the disk is full."""
    try:
        yield
    except OSError as error:
        problem = f"cannot be written ({error.strerror or error})"
        raise InputError(path, problem, "make room or give the permission, then run it again") from None


def remove_leftovers(folder: Path) -> None:
    """Remove what writers that were killed left in `folder`; only for who holds the lock on it."""
    for path in folder.glob(f".*{SUFFIX}"):
        with writing(path):
            path.unlink()


def refuse_special(path: Path) -> None:
    """Temporary until merged."""
