"""Where the cases and goldens are: in the folders that a project names, or beside this package.

A project names them in the table `[tool.module-drift]` of its `pyproject.toml`.
"""

import re
import sys
from pathlib import Path
from typing import Any, Dict, NamedTuple, Optional

from .errors import InputError
from .record import Record

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TABLE = "tool.module-drift"
FILE = "pyproject.toml"

_FOLDER = re.compile(r"[\w.-]+(/[\w.-]+)*")
_REMEDY = 'write cases = "drift/cases" and golden = "drift/golden" there, with folders of your own'
_PACKAGED = Path(__file__).with_name("packaged")


class Project(NamedTuple):
    """A folder with cases and goldens.

    Attributes:
        root: folder of its `pyproject.toml`.
        cases: folder of the cases, relative to `root`.
        golden: folder of the goldens, relative to `root`.
    """

    root: Path
    cases: str = "cases"
    golden: str = "golden"

    @property
    def record(self) -> Record:
        """Its cases, goldens, causes and verified runs."""
        return Record(self.root, self.cases, self.golden)

    @property
    def is_packaged(self) -> bool:
        """Whether it came with this package, and is only to be read."""
        return self.root == _PACKAGED

    @property
    def is_own(self) -> bool:
        """Whether its cases are somebody's own, and not those of PyTorch's record, packaged or in its checkout."""
        return not self.is_packaged and not (self.root / __package__ / Path(__file__).name).is_file()


def of(root: Path) -> Optional[Project]:
    """Return the project that `root` is the folder of, or None if no table there says so.

    Raises:
        InputError: the table is not as it must be.
    """
    if root == _PACKAGED and root.is_dir():
        return Project(root)
    path = root / FILE
    if not path.is_file():
        return None
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(path, f"cannot be read ({error})", "mend it") from None
    if TABLE not in text:
        return None
    try:
        table: Optional[Dict[str, Any]] = tomllib.loads(text).get("tool", {}).get("module-drift")
    except tomllib.TOMLDecodeError as error:
        raise InputError(path, f"not TOML: {error}", "mend it") from None
    if table is None:
        return None
    # Not by a schema: its library would take longer than all that `between` does.
    if not isinstance(table, dict) or set(table) != {"cases", "golden"}:
        raise InputError(path, f"[{TABLE}] must have cases and golden, and nothing else", _REMEDY)
    for key, value in table.items():
        if not isinstance(value, str) or not _FOLDER.fullmatch(value):
            raise InputError(path, f"[{TABLE}] {key} = {value!r} is no folder below it", _REMEDY)
    project = Project(root, **table)
    if not (root / project.cases).name.isidentifier():
        raise InputError(path, f"cases = {project.cases!r} is no name of a Python package", "call it like drift/cases")
    return project


def around(*folders: Path) -> Optional[Project]:
    """Return the project that the first of `folders` is in that is in one, or None.

    Raises:
        InputError: the project's table is not as it must be.
    """
    candidates = [candidate for folder in folders for candidate in (folder, *folder.parents)]
    return next(filter(None, map(of, candidates)), None)


def packaged() -> Project:
    """Return what came with this package: a wheel carries it, and a checkout is it.

    Raises:
        InputError: neither is there.
    """
    found = of(_PACKAGED) or of(_PACKAGED.parents[1])
    if found is None:
        raise InputError(_PACKAGED, "the record that this package carries is not there", "install it again")
    return found
