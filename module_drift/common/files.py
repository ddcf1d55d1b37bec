"""Reading what may be damaged, and writing so that a reader, or a kill, never meets half of a file."""

import contextlib
import errno
import functools
import operator
import os
import re
import stat
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, Optional, Union

from .errors import InputError

_name = operator.attrgetter("name")

SUFFIX = ".tmp"
"""How the names of files end, after a dot at their beginning, that are not yet whole."""

_LEFT_BEHIND = re.compile(
    r"""
      \..*                                     # hidden: our own locks, and .DS_Store, ._x, .#x, .x.swp, .git...
    | .*~ | \#.*\# | .*\.(bak|orig|rej|sw[op])  # editors and git's merges: the file before a change
    | (?i:(eh)?thumbs\.db | desktop\.ini) | Icon\r
    | __pycache__
    """,
    re.VERBOSE | re.DOTALL,
)

# Neither follows a link nor waits for a pipe's other end; not every system has each of these.
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@functools.lru_cache(maxsize=4096)
def is_left_behind(name: str) -> bool:
    """Return whether a file of this name is none of ours, but what editors and systems leave: it is ignored."""
    return _LEFT_BEHIND.fullmatch(name) is not None


def entries(folder: Union[str, Path]) -> List["os.DirEntry[str]"]:
    """Return what is in `folder`, in order of name, without what is left behind there.

    Raises:
        InputError: it cannot be listed, or is no folder.
    """
    try:
        # Not by glob, which takes longer than all the rest for a folder of hundreds of cases.
        with os.scandir(folder) as found:
            listed = [entry for entry in found if not is_left_behind(entry.name)]
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        remedy = "make it, or take it back from git" if missing else "put a folder there that you may read"
        raise InputError(
            Path(folder), "no such folder" if missing else f"cannot be read ({error.strerror})", remedy
        ) from None
    return sorted(listed, key=_name)


def read(path: Union[str, Path], remedy: str, largest: int) -> str:
    """Return the text of `path`; see `read_bytes`.

    Raises:
        InputError: it cannot be read as `read_bytes` does, or is not UTF-8.
    """
    data = read_bytes(path, remedy, largest)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(Path(path), f"not UTF-8 text in line {line}", remedy) from None
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def read_bytes(path: Union[str, Path], remedy: str, largest: int) -> bytes:
    """Return the content of `path`.

    Args:
        path: a file that anything may have happened to.
        remedy: what a person is to do if it cannot be read.
        largest: how many bytes it may have.

    Raises:
        InputError: it cannot be read, is larger, or is no file of its own: a link may lead anywhere, and a pipe or
            device never ends.
    """
    try:
        data = _read(path, largest + 1)
    except OSError as error:
        is_link = error.errno == errno.ELOOP
        problem = "not a regular file" if is_link else f"cannot be read ({error.strerror})"
        raise InputError(Path(path), problem, remedy) from None
    if data is None:
        raise InputError(Path(path), "not a regular file", remedy)
    if len(data) > largest:
        raise InputError(Path(path), f"larger than {largest // 1024} KiB", remedy)
    return data


def _read(path: Union[str, Path], most: int) -> Optional[bytes]:
    """Return the first `most` bytes of `path`, or None if it is no regular file."""
    handle = os.open(path, _FLAGS)  # Half the time of a file opened as text.
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        data = part = os.read(handle, most)
        while part and len(data) < most:
            part = os.read(handle, most - len(data))
            data += part
        return data
    finally:
        os.close(handle)


def refuse_special(path: Path) -> None:
    """Make sure, before long work whose result is to be `path`, that `replace` may put it there.

    Raises:
        InputError: something is there that is no plain file, such as a device, a pipe, a link or a folder, or
            no file can be made there.
    """
    with writing(path):
        try:
            mode = os.lstat(path).st_mode
        except FileNotFoundError:
            folder = next(parent for parent in path.absolute().parents if os.path.lexists(parent))
            if not os.path.isdir(folder):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None
        else:
            if not stat.S_ISREG(mode):
                raise InputError(path, "is there, and is no plain file", "name one, or a file that is not there yet")
            folder = path.absolute().parent
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def replace(path: Path, text: str) -> None:
    """Give `path` the content `text`, whole or not at all; folders that are missing are made.

    A file that was there keeps its permissions, and a new one has those that the process gives.

    Raises:
        InputError: it cannot be written, as UTF-8 or at all; no other file is left behind then. Or what is there
            is no plain file, and stays.
    """
    replace_all({path: text})


def replace_all(texts: Mapping[Path, str]) -> None:
    """Do as `replace` does with several files, which change one right after the other, when all are written.

    Raises:
        InputError: as of `replace`; none has changed then, if one cannot be written.
    """
    temporaries: Dict[Path, Path] = {}
    try:
        for path, text in texts.items():
            with writing(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                temporaries[path] = path.parent / f".{os.urandom(8).hex()}{SUFFIX}"
                _write_beside(path, temporaries[path], text)
        for path in texts:
            with writing(path):
                os.replace(temporaries[path], path)
    except BaseException:
        for temporary in temporaries.values():
            with contextlib.suppress(OSError):  # Why it could not be written is what matters.
                os.unlink(temporary)
        raise


def _write_beside(path: Path, temporary: Path, text: str) -> None:
    mode = None
    with contextlib.suppress(FileNotFoundError):
        mode = os.lstat(path).st_mode
    if mode is not None and not stat.S_ISREG(mode):
        refuse_special(path)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    with open(handle, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
    if mode is not None:
        os.chmod(temporary, stat.S_IMODE(mode))


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise an InputError for `path` in the place of an OSError, such as that the disk is full."""
    try:
        yield
    except UnicodeEncodeError as error:
        problem = f"cannot be written: {error.object[error.start]!a} is half of a character"
        raise InputError(path, problem, "leave it out, or write it escaped") from None
    except OSError as error:
        problem = f"cannot be written ({error.strerror or error})"
        raise InputError(path, problem, "make room or give the permission, then run it again") from None


def remove_leftovers(folder: Path) -> None:
    """Remove what writers that were killed left in `folder`; only for who holds the lock on it."""
    for path in folder.glob(f".*{SUFFIX}"):
        with writing(path):
            path.unlink()
