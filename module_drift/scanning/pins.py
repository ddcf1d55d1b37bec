"""Which torch a project pins: what its lock files, requirements and pyproject.toml say of it."""

import re
import sys
from pathlib import Path
from typing import Any, Iterator, List, NamedTuple, Optional

from ..common import files
from ..common.errors import InputError
from ..record.release import Release

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_LARGEST = 64 * 1024 * 1024
_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock")
_TORCH = re.compile(r"torch(?![\w.-]*[A-Za-z_])")


class Pin(NamedTuple):
    """A release that a project asks for, and the file that says so."""

    release: Release
    file: str


def pinned(folder: Path) -> Optional[Pin]:
    """Return what the project in `folder` pins: of a lock file, else the lowest that its requirements allow."""
    for name in _LOCKS:
        for package in _table(folder / name).get("package", []):
            if isinstance(package, dict) and package.get("name") == "torch":
                release = _release(str(package.get("version", "")))
                if release:
                    return Pin(release, name)
    for path in [*sorted(folder.glob("requirements*.txt")), *sorted(folder.glob("requirements/*.txt"))]:
        for line in _text(path).splitlines():
            release = _lowest(line.partition("#")[0].partition(" --hash")[0].strip(" \\"))
            if release:
                return Pin(release, path.relative_to(folder).as_posix())
    for text in _in_pyproject(_table(folder / "pyproject.toml")):
        release = _lowest(text)
        if release:
            return Pin(release, "pyproject.toml")
    return None


def _in_pyproject(table: Any) -> Iterator[str]:
    """Yield the requirements of a pyproject.toml; those of Poetry as others write them."""
    project = table.get("project", {})
    lists: List[Any] = [project.get("dependencies", []), *project.get("optional-dependencies", {}).values()]
    lists += table.get("dependency-groups", {}).values()
    for one in lists:
        yield from (text for text in one if isinstance(text, str))
    version = table.get("tool", {}).get("poetry", {}).get("dependencies", {}).get("torch")
    version = version.get("version") if isinstance(version, dict) else version
    if isinstance(version, str):
        plain = version.strip().lstrip("^~")
        yield f"torch{plain}" if plain[:1] in "<>=!" else f"torch>={plain}"


def _lowest(text: str) -> Optional[Release]:
    """Return the lowest release that a requirement of torch allows, as far as it names one."""
    if not _TORCH.match(text):
        return None
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return None
    if requirement.name != "torch":
        return None
    found = [
        _release(one.version.replace(".*", ""))
        for one in requirement.specifier
        if one.operator in ("==", ">=", "~=", "===")
    ]
    known = [release for release in found if release]
    return max(known) if known else None


def _release(text: str) -> Optional[Release]:
    try:
        return Release.parse(text)
    except InputError:
        return None


def _table(path: Path) -> Any:
    try:
        return tomllib.loads(_text(path))
    except (ValueError, RecursionError):
        return {}


def _text(path: Path) -> str:
    """Return the text of a file; none if it is not there or cannot be read, as it is others' business."""
    try:
        return files.read(path, "mend it", _LARGEST) if path.is_file() else ""
    except InputError:
        return ""
