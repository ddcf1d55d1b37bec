"""Where the cases and goldens are: in the folders that a project names, or beside this package.

A project names them in the table `[tool.module-drift]` of its `pyproject.toml`.
"""

import os
import re
import sys
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from .. import FOLDER, NAME
from ..common import files
from ..common.errors import InputError, relative
from ..common.words import counted
from .devices import CPU
from .overlay import OverlaidRecord
from .record import Record

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TABLE = "tool.module-drift"
FILE = "pyproject.toml"

_LARGEST = 1024 * 1024
"""Bytes that the file may have."""

_FOLDER = re.compile(r"(?!\.{1,2}(/|$))[\w.-]+(/(?!\.{1,2}(/|$))[\w.-]+)*")
_REMEDY = 'write cases = "drift/cases" and golden = "drift/golden" there, with folders of your own'
_RENAME = f"call it [{TABLE}]"
_PACKAGED = Path(FOLDER, "packaged")
_EXTENDED = "module-drift"
"""How a table names the record that this package carries."""

_MENTION = re.compile(rb"module[^a-z]{0,3}drift", re.IGNORECASE)
_NEAR_MENTION = re.compile(rb"module|drift", re.IGNORECASE)
"""One of which is in every name that is a slip away from ours."""

_PLAIN_NAME = "moduledrift"


class Project(NamedTuple):
    """A folder with cases and goldens.

    Attributes:
        root: folder of its `pyproject.toml`.
        cases: folder of the cases, relative to `root`.
        golden: folder of the goldens, relative to `root`.
        extends: whether the goldens lie above the record that this package carries, whose cases are meant then.
    """

    root: Path
    cases: str = "cases"
    golden: str = "golden"
    extends: bool = False

    @property
    def record(self) -> Record:
        """Its cases, goldens, causes and verified runs."""
        if self.extends:
            return OverlaidRecord(packaged().record, self.root, self.golden)
        return Record(self.root, self.cases, self.golden)

    @property
    def import_paths(self) -> List[Path]:
        """The folders from which its cases import, beside those of the interpreter."""
        cases = packaged() if self.extends else self
        return [] if cases.is_packaged else [cases.root]

    @property
    def is_packaged(self) -> bool:
        """Whether it came with this package, and is only to be read."""
        return self.root == _PACKAGED

    @property
    def is_own(self) -> bool:
        """Whether its cases are somebody's own, and not those of PyTorch's record, packaged or in its checkout."""
        return not self.extends and not self.is_packaged and not (self.root / NAME / "__init__.py").is_file()

    def refuse_recording(self, devices: Sequence[str]) -> None:
        """Raise an InputError if what cases show on `devices` is not to be written into its goldens."""
        if self.is_packaged:
            remedy = f"record in a checkout, or in a project with cases or a folder of your own ({FILE})"
            raise InputError(self.record.folder, "is not yours to record", remedy)
        if self.extends and set(devices) == {CPU}:
            problem = f"holds goldens of other devices than {CPU}, whose are in the package"
            raise InputError(self.root / self.golden, problem, "name one with --device")

    def described(self) -> str:
        """Return a line that says whose record it is, and how much is in it.

        Raises:
            InputError: something in the record is not as it must be.
        """
        record = self.record
        name = "the one that this package carries" if self.is_packaged else str(relative(record.folder))
        if self.extends:
            name = f"{name}, above the one that this package carries"
        releases = record.known_releases()
        span = f"torch {releases[0]} to {releases[-1]}" if releases else "no release is recorded yet"
        return f"record: {name} ({counted(len(record.case_ids()), 'case')}, {span})"


def of(root: Path) -> Optional[Project]:
    """Return the project that `root` is the folder of, or None if no table there says so.

    Raises:
        InputError: the file that could say so cannot be read; or what it says is not as it must be, or nearly says so.
    """
    if root == _PACKAGED and root.is_dir():
        return Project(root)
    path = root / FILE
    if not os.path.lexists(path) or os.path.isdir(path):
        return None
    # Of other projects it may be a link.
    data = files.read_bytes(Path(os.path.realpath(path)), f"mend it, or put {FILE} elsewhere", _LARGEST)
    if not _NEAR_MENTION.search(data):
        return None
    try:
        content = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:  # Not TOML, not UTF-8, or with a number of too many digits.
        if _MENTION.search(data):  # Otherwise it is others' business.
            problem = f"not TOML: {error}" if isinstance(error, tomllib.TOMLDecodeError) else "not TOML"
            raise InputError(path, problem, "mend it") from None
        return None
    _refuse_near_misses(path, content)
    tool = content.get("tool")
    if not isinstance(tool, dict) or "module-drift" not in tool:
        return None
    return _project(root, tool["module-drift"])


def _project(root: Path, table: Any) -> Project:
    """Return the project whose folder is `root` and whose table is `table`."""
    path = root / FILE
    keys = {"cases", "golden"}
    if isinstance(table, dict) and "extends" in table:
        keys = {"extends", "golden"}
    # Not by a schema: its library would take longer than all that `between` does.
    if not isinstance(table, dict) or set(table) != keys:
        others = ", ".join(sorted(set(table) - keys)) if isinstance(table, dict) else ""
        besides = f", such as {others}" if others else ""
        raise InputError(path, f"[{TABLE}] must have {' and '.join(sorted(keys))}, and nothing else{besides}", _REMEDY)
    if table.get("extends", _EXTENDED) != _EXTENDED:
        problem = f"[{TABLE}] extends = {table['extends']!r} is no record that can be extended"
        raise InputError(path, problem, f'write extends = "{_EXTENDED}"')
    for key, value in table.items():
        if key != "extends" and (not isinstance(value, str) or not _FOLDER.fullmatch(value)):
            raise InputError(path, f"[{TABLE}] {key} = {value!r} is no folder below it", _REMEDY)
    folders = {key: Path(os.path.realpath(root / table[key])) for key in sorted(keys - {"extends"})}
    if "cases" in table and not (root / table["cases"]).name.isidentifier():
        raise InputError(path, f"cases = {table['cases']!r} is no name of a Python package", "call it like drift/cases")
    top = Path(os.path.realpath(root))
    for key, folder in folders.items():
        if top not in folder.parents:
            raise InputError(path, f"[{TABLE}] {key} = {table[key]!r} is a link out of the project", _REMEDY)
    if "extends" in table:
        return Project(root, golden=table["golden"], extends=True)
    cases, golden = folders["cases"], folders["golden"]
    if cases == golden or cases in golden.parents or golden in cases.parents:
        raise InputError(path, f"[{TABLE}] cases and golden lie in one another", _REMEDY)
    return Project(root, **table)


def _refuse_near_misses(path: Path, content: Dict[str, Any]) -> None:
    """Raise an InputError if a table is called nearly as ours: else the answers would be of another record."""
    for name, value in content.items():
        if _is_nearly_ours(name):
            raise InputError(path, f"[{name}] is not [{TABLE}]", _RENAME)
        # Those are where people put it; in others, such as dependency groups, it may be the name of a package.
        if isinstance(value, dict) and (_is_nearly(name, "tool") or name == "project"):
            for inner in value:
                if _is_nearly_ours(inner) and (name, inner) != ("tool", "module-drift"):
                    raise InputError(path, f"[{name}.{inner}] is not [{TABLE}]", _RENAME)


def _is_nearly_ours(name: str) -> bool:
    plain = re.sub(r"[^a-z]", "", name.lower())
    return _PLAIN_NAME in plain or _is_nearly(plain, _PLAIN_NAME)


def _is_nearly(name: str, wanted: str) -> bool:
    """Return whether `name` is `wanted` but for a slip: a letter more, less, another, or two in the other order."""
    if abs(len(name) - len(wanted)) > 1 or name.lower() == wanted:
        return len(name) == len(wanted)

    import difflib  # Seldom needed, and by every command.

    blocks = difflib.SequenceMatcher(None, name.lower(), wanted, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) >= max(len(name), len(wanted)) - 1


def around(*folders: Path) -> Optional[Project]:
    """Return the project that the first of `folders` is in that is in one, or None.

    Raises:
        InputError: the project's table is not as it must be.
    """
    candidates = [candidate for folder in folders for candidate in (folder, *folder.parents)]
    return next(filter(None, map(of, candidates)), None)


def here() -> Optional[Project]:
    """Return the project that the current folder is in, or None.

    Raises:
        InputError: that folder is gone, or the project's table is not as it must be.
    """
    try:
        folder = Path.cwd()
    except OSError:
        raise InputError("the current folder", "is not there any more", "go to another one") from None
    return around(folder)


def packaged() -> Project:
    """Return what came with this package: a wheel carries it, and a checkout is it.

    Raises:
        InputError: neither is there.
    """
    found = of(_PACKAGED) or of(_PACKAGED.parents[1])
    if found is None:
        raise InputError(_PACKAGED, "the record that this package carries is not there", "install it again")
    return found
