"""The folder of a site: what was written there is known by a list, and nothing else in it is ever touched."""

import os
import re
import stat
from pathlib import Path
from typing import Iterable, List, Optional, Set

from ..common import files
from ..common.errors import InputError

MARK = ".module-drift-site"
"""File of the folder that lists all others that are the site's, a path a line."""

_LARGEST = 64 * 1024 * 1024
"""Bytes that the list may have."""

_PART = re.compile(r"[a-z0-9][a-z0-9._-]*", re.ASCII)
_ANOTHER = "name a folder that is empty, or new"


class SiteFolder:
    """A folder that is to hold a site and nothing else of ours.

    Killed at any moment, it can be written again: the list is there before the files are.

    Args:
        folder: where the site is to be.

    Raises:
        InputError: it is a link, or no folder, or one of something else; or its list is damaged.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.old: Set[str] = set()
        kind = _kind(folder)
        if kind is None:
            return
        if not stat.S_ISDIR(kind):
            raise InputError(folder, "is there and is no folder", _ANOTHER)
        mark = folder / MARK
        if _kind(mark) is not None:
            self.old = set(_listed(mark))
        elif os.listdir(folder):
            raise InputError(folder, "is there and holds no site", _ANOTHER)

    def begin(self, names: Iterable[str]) -> None:
        """Take down the old site, and write down that files called `names` are those of the new one.

        Raises:
            InputError: one of them is there already and is not of the old site, or lies behind a link; nothing is
                changed then. Or something cannot be written or removed.
        """
        new = set(names)
        for name in sorted(new - self.old):
            if _kind(self.folder / name) is not None:
                raise InputError(self.folder / name, "is there and is not of this site", f"move it away, or {_ANOTHER}")
        for folder in self._folders(self.old | new):
            kind = _kind(folder)
            if kind is not None and not stat.S_ISDIR(kind):
                raise InputError(folder, "is there and is no folder", f"move it away, or {_ANOTHER}")
        self._list(self.old | new)
        for name in sorted(self.old):
            path = self.folder / name
            kind = _kind(path)
            if kind is not None and not stat.S_ISDIR(kind):
                with files.writing(path):
                    path.unlink()
        for folder in reversed(self._folders(self.old)):
            if _kind(folder) is not None and not os.listdir(folder):
                with files.writing(folder):
                    folder.rmdir()
        for folder in self._folders(new):
            with files.writing(folder):
                folder.mkdir(exist_ok=True)
        self.new = new

    def write(self, name: str, text: str) -> None:
        """Write one of the files that `begin` was told.

        Raises:
            InputError: it cannot be written.
        """
        assert name in self.new
        path = self.folder / name
        with files.writing(path):
            # Only a new file: what somebody put there meanwhile, such as a link, is not followed.
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            with open(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)

    def end(self) -> None:
        """Write down that the site is whole."""
        self._list(self.new)

    def _list(self, names: Set[str]) -> None:
        files.replace(self.folder / MARK, "".join(f"{name}\n" for name in sorted(names)))

    def _folders(self, names: Iterable[str]) -> List[Path]:
        """Return the folders below this one that files called `names` are in, the outer ones first."""
        parents = {name.rpartition("/")[0] for name in names} - {""}
        every = {
            "/".join(parts[: i + 1]) for parts in (parent.split("/") for parent in parents) for i in range(len(parts))
        }
        return [self.folder / parent for parent in sorted(every)]


def _kind(path: Path) -> Optional[int]:
    """Return the mode of what is at `path`, a link's own if it is one, or None if nothing is there."""
    try:
        return os.lstat(path).st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(path, f"cannot be read ({error.strerror})", _ANOTHER) from None


def _listed(mark: Path) -> List[str]:
    names = files.read(mark, "delete it together with the site, or name another folder", _LARGEST).splitlines()
    for number, name in enumerate(names, 1):
        if not all(map(_PART.fullmatch, name.split("/"))):
            raise InputError(
                f"{mark}:{number}", f"{name!r} is no file of a site", "mend the line, or name another folder"
            )
    return names
