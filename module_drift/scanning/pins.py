"""Which torch a project pins: what its lock files say, else what it requires."""

import ast
import configparser
import contextlib
import json
import os
import re
import sys
from pathlib import Path
from typing import Callable, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ..common import files
from ..common.errors import InputError
from ..record.release import Release
from .requirements import Wanted, of_conda, of_pip, of_poetry, of_version

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

READ = "a lock file, requirements, environment.yml, pyproject.toml, Pipfile, setup.cfg or setup.py"

_NAMED = re.compile(r"^\s*(?:-r|-c|--requirement|--constraint)[ \t=]*([^\s#]+)", re.MULTILINE)
_LARGEST = 64 * 1024 * 1024
_Found = Iterable[Optional[Wanted]]


class Pin(NamedTuple):
    """What a project asks for.

    Attributes:
        release: the lowest release of torch that will do.
        text: the requirement, in its own words.
        file: where it stands.
    """

    release: Release
    text: str
    file: Path


def pinned(paths: Sequence[Path]) -> Optional[Pin]:
    """Return what the project of `paths` pins; None if nothing tells.

    The first file that names a release of torch is believed: those of the folder that holds all of `paths`, then those
    of the folders above it, as far as the root of its repository or the current folder. In a file that names many, as
    for other Pythons, it is the lowest.
    """
    for folder in _folders(paths):
        for pattern, reader in _READERS:
            # The shortest first: requirements.txt before requirements-dev.txt.
            those = sorted(folder.glob(pattern), key=lambda path: (len(path.name), path.name))
            for path in _with_named(those) if reader is _requirements else those:
                wanted = [one for one in _read(reader, path) if one]
                if wanted:
                    least = min(wanted)
                    return Pin(least.release, least.text, path)
    return None


def _folders(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the folders whose files speak for `paths`, the nearest first."""
    here = Path.cwd()
    absolute = [path.absolute() for path in paths]
    starts = {path if path.is_dir() else path.parent for path in absolute}
    common = [folder for folder in (*starts, *next(iter(starts)).parents) if all(_holds(folder, one) for one in starts)]
    start = max(common, key=lambda folder: len(folder.parts))
    chain = [start, *start.parents]
    root = next((number for number, folder in enumerate(chain) if (folder / ".git").exists()), None)
    if root is None:
        root = chain.index(here) if here in chain else 0
    yield from chain[: root + 1]


def _holds(folder: Path, one: Path) -> bool:
    return folder == one or folder in one.parents


def _read(reader: Callable[[str], _Found], path: Path) -> List[Optional[Wanted]]:
    """Return what a file wants; nothing if it cannot be read or is damaged, as it is others' business."""
    try:
        return list(reader(files.read(path, "mend it", _LARGEST)))
    except (InputError, ValueError, TypeError, AttributeError, RecursionError, SyntaxError, configparser.Error):
        return []


def _toml_lock(text: str) -> _Found:
    """uv.lock, poetry.lock, pdm.lock and, by its standard, pylock.toml."""
    table = tomllib.loads(text)
    packages = table.get("package", []) or table.get("packages", [])
    return [of_version(one.get("version")) for one in packages if one.get("name") == "torch"]


def _json_lock(text: str) -> _Found:
    """Pipfile.lock."""
    data = json.loads(text)
    return [
        one
        for section in ("default", "develop")
        for one in of_poetry(data.get(section, {}).get("torch", {}).get("version"))
    ]


def _with_named(paths: Iterable[Path]) -> List[Path]:
    """Return requirements files, each followed by those that it names itself by -r or -c."""
    found: Dict[Path, None] = {}
    waiting = list(paths)[::-1]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found[path] = None
        with contextlib.suppress(InputError, ValueError):
            named = _NAMED.findall(files.read(path, "mend it", _LARGEST))
            waiting += [Path(os.path.normpath(path.parent / name)) for name in reversed(named)]
    return list(found)


def _requirements(text: str) -> _Found:
    return [of_pip(line) for line in text.replace("\\\n", " ").splitlines()]


def _environment(text: str) -> _Found:
    import yaml

    found: List[Optional[Wanted]] = []
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError:
        return []
    for one in data.get("dependencies", []):
        if isinstance(one, dict):
            found += [of_pip(line) for line in one.get("pip", [])]
        else:
            found.append(of_conda(str(one)))
    return found


def _pyproject(text: str) -> _Found:
    table = tomllib.loads(text)
    project, tool = table.get("project", {}), table.get("tool", {})
    lists = [project.get("dependencies", []), *project.get("optional-dependencies", {}).values()]
    lists += [*table.get("dependency-groups", {}).values(), *tool.get("pdm", {}).get("dev-dependencies", {}).values()]
    found = [of_pip(one) for some in lists for one in some if isinstance(one, str)]
    poetry = tool.get("poetry", {})
    groups = [poetry, *poetry.get("group", {}).values()]
    tables = [group.get(name, {}) for group in groups for name in ("dependencies", "dev-dependencies")]
    return [*found, *(one for some in tables for one in of_poetry(some.get("torch")))]


def _pipfile(text: str) -> _Found:
    table = tomllib.loads(text)
    return [one for name in ("packages", "dev-packages") for one in of_poetry(table.get(name, {}).get("torch"))]


def _setup_cfg(text: str) -> _Found:
    config = configparser.ConfigParser(interpolation=None)
    config.read_string(text)
    texts = [config.get("options", "install_requires", fallback="")]
    if config.has_section("options.extras_require"):
        texts += dict(config["options.extras_require"]).values()
    return [of_pip(line) for one in texts for line in one.splitlines()]


def _setup_py(text: str) -> _Found:
    """What its texts require, since it is not run."""
    return [
        of_pip(node.value)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


_READERS: Tuple[Tuple[str, Callable[[str], _Found]], ...] = (
    ("uv.lock", _toml_lock),
    ("poetry.lock", _toml_lock),
    ("pdm.lock", _toml_lock),
    ("pylock*.toml", _toml_lock),
    ("Pipfile.lock", _json_lock),
    ("requirements*.txt", _requirements),
    ("requirements/*.txt", _requirements),
    ("environment*.y*ml", _environment),
    ("pyproject.toml", _pyproject),
    ("Pipfile", _pipfile),
    ("setup.cfg", _setup_cfg),
    ("setup.py", _setup_py),
)
"""Files in the order in which they are believed, and what reads each."""
