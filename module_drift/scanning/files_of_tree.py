"""Which files are read: the Python files and notebooks below what was named, but for what is others' code."""

import os
import subprocess
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, NamedTuple, Set

from ..common.errors import InputError

SUFFIXES = (".py", ".pyi", ".ipynb")

_LEFT_OUT = frozenset(
    [
        "node_modules",
        "bower_components",
        "__pypackages__",
        "site-packages",
        "dist-packages",
        "_vendor",
        "vendor",
        "vendored",
        "third_party",
        "third-party",
        "thirdparty",
        "3rdparty",
        "__pycache__",
        ".git",
        ".hg",
        ".svn",
        ".tox",
        ".nox",
        ".pixi",
        ".direnv",
        ".venv",
        "venv",
        ".eggs",
        ".ipynb_checkpoints",
    ]
)


class Found(NamedTuple):
    """The files to read, each once and in order, and what is wrong with folders that cannot be."""

    paths: List[Path]
    unread: List[str]


def files_below(paths: Iterable[Path]) -> Found:
    """Return the files to read below `paths`; a file that is named is read, whatever leaves it out elsewhere.

    Raises:
        InputError: one of them is not there, or is neither a folder nor a file of Python, or holds none.
    """
    found: Dict[str, Path] = {}  # By their real paths: one file may be named in many ways.
    unread: List[str] = []
    named = list(paths)
    for path in named:
        if path.is_dir():
            below = _below(path, unread)
            if not below and not unread:
                raise InputError(path, "holds no Python and no notebook", "name another folder, or a file")
            those = below
        elif not path.exists():
            raise InputError(path, "is not there", "name a folder, or a file of Python")
        elif path.suffix not in SUFFIXES:
            raise InputError(path, "is no Python", f"name a folder, or files that end in {', '.join(SUFFIXES)}")
        else:
            those = [path.resolve() if path.is_symlink() else path]  # Links are not read, wherever they lead.
        for one in those:
            found.setdefault(os.path.realpath(one) if len(named) > 1 else str(one), one)
    return Found(sorted(found.values()), unread)


def _below(folder: Path, unread: List[str]) -> List[Path]:
    """Return the files below a folder that git does not ignore; all where it ignores all, as they were named then."""
    found = list(_walk(str(folder), unread))
    ignored = _ignored_by_git(folder) if found else set()
    return [Path(path) for path in [path for path in found if path not in ignored] or found]


def _walk(folder: str, unread: List[str]) -> Iterator[str]:
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        unread.append(str(InputError(Path(folder), f"cannot be read ({error.strerror})", "give the permission")))
        return
    for entry in entries:
        if entry.is_symlink():  # What it leads to is read where it is, or is none of this tree.
            continue
        if entry.is_dir():
            if entry.name not in _LEFT_OUT and not _is_environment(entry.path):
                yield from _walk(entry.path, unread)
        elif entry.name.endswith(SUFFIXES) and entry.is_file():
            yield os.path.normpath(entry.path)


def _is_environment(folder: str) -> bool:
    """Return whether a folder is a virtual environment, or one of conda."""
    return any(os.path.exists(os.path.join(folder, name)) for name in ("pyvenv.cfg", "conda-meta"))


def _ignored_by_git(folder: Path) -> Set[str]:
    """Return the files below `folder` that git ignores; none where there is no git or no work tree of it."""
    command = ["git", "-C", str(folder), "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--", "."]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return set()
    if done.returncode:
        return set()
    names = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    return {os.path.normpath(os.path.join(str(folder), name)) for name in names if name.endswith(SUFFIXES)}
