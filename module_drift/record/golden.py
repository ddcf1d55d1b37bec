"""Golden files: their names, and what is in them."""

import functools
import re
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Protocol, Tuple, Union

from ..common import files
from ..common.errors import InputError
from ..comparing.observation import Observation
from .devices import OTHER, specificity
from .release import EAGER, MODE, Release, Run

HOW_TO_GET_IT_BACK = "take it back from git (git checkout -- <file>) or record it again (tox run -e regen-torchX-cpu)"

UNEXPLAINED = "unexplained"
"""Cause of a golden that no person has explained yet."""

_NAME = re.compile(rf"since-(?P<since>[\d.]+)(?:@(?P<device>{OTHER}))?(?:~(?P<mode>{MODE}))?\.yml")
LARGEST = 64 * 1024
"""Bytes that a golden may have: ten times what any case shows, and little enough to be read in no time."""


class Golden(NamedTuple):
    """An accepted observation.

    Attributes:
        since: the release from which on it holds.
        device: the one device that it holds on, or None for every device.
        recorded: torch, python, device and platform of the run that gave it.
        cause: key of causes.toml; None for a case's first golden.
        observation: what was observed.
        mode: the one mode that it holds in, or None for every mode.
    """

    since: Release
    device: Optional[str]
    recorded: Dict[str, str]
    cause: Optional[str]
    observation: Observation
    mode: Optional[str] = None

    @property
    def file_name(self) -> str:
        """Its name in the case's folder: since-1.08.0.yml, since-2.00.0@cuda.yml or since-2.03.0~compile.yml."""
        return f"since-{self.since.since_name()}{place_name(self)}.yml"

    @property
    def recorded_on(self) -> Run:
        """The run that gave it."""
        return Run(Release.parse(self.recorded["torch"]), self.recorded["device"], self.recorded.get("mode", EAGER))

    def is_of(self, platform: str, device: str) -> bool:
        """Return whether it was recorded there, where alone that of a case bound to its platform holds."""
        return (self.recorded["platform"], self.recorded["device"]) == (platform, device)

    @property
    def key(self) -> "Key":
        """Its place in the history; see `history_key`."""
        return history_key(self)


Key = Tuple[Release, bool, int, str, str]


class _Placed(Protocol):
    @property
    def since(self) -> Release: ...

    @property
    def device(self) -> Optional[str]: ...

    @property
    def mode(self) -> Optional[str]: ...


def history_key(golden: _Placed) -> Key:
    """Return the place of a golden in the history: of those with one `since`, the more specific comes later.

    A mode tells more than a device: what a mode does of its own, it does on every device that has nothing of its own.
    """
    return golden.since, golden.mode is not None, specificity(golden.device), golden.device or "", golden.mode or ""


def place_name(golden: _Placed) -> str:
    """Return where alone a golden holds, as it stands in names: "", "@cuda", "~compile" or "@cuda~compile"."""
    device, mode = golden.device, golden.mode
    return (f"@{device}" if device else "") + (f"~{mode}" if mode else "")


def parse_name(path: Path) -> "_Name":
    """Return the release, the device and the mode in the name of a golden file.

    Raises:
        InputError: the name is not since-<release>.yml, with @<device> or ~<mode> behind the release, or both.
    """
    found = _parsed(path.name)
    if found:
        return found
    raise InputError(
        path,
        "the file's name is no release",
        "name it like since-1.08.0.yml (minor in two digits), since-2.00.0@cuda.yml or since-2.00.0~compile.yml, "
        "or delete it",
    )


_Name = Tuple[Release, Optional[str], Optional[str]]


@functools.lru_cache(maxsize=None)
def _parsed(name: str) -> Optional[_Name]:
    # A record has few names, each of them in many folders.
    found = _NAME.fullmatch(name)
    if found is None or found["mode"] == EAGER:
        return None
    try:
        return Release.parse_since_name(found["since"]), found["device"], found["mode"]
    except ValueError:
        return None


class GoldenFile(NamedTuple):
    """A golden on disk of which only the name is known yet.

    Attributes:
        folder: the folder of its case.
        name: its name there.
        since: the release from which on it holds.
        device: the one device that it holds on, or None for every device.
        mode: the one mode that it holds in, or None for every mode.
    """

    folder: str
    name: str
    since: Release
    device: Optional[str]
    mode: Optional[str] = None

    @classmethod
    def named(cls, folder: str, name: str) -> "GoldenFile":
        """Return the file `name` of a case's folder.

        Raises:
            InputError: the name is not that of a golden.
        """
        return cls(folder, name, *(_parsed(name) or parse_name(Path(folder, name))))

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.folder, self.name)

    @property
    def key(self) -> Key:
        """Its place in the history, as that of a `Golden`."""
        return history_key(self)

    @property
    def _path(self) -> str:
        # Where thousands are read, to make a Path of each takes a tenth of the time.
        return f"{self.folder}/{self.name}"

    def load(self) -> Golden:
        """Read it; see `load`."""
        path = self._path
        return _golden(path, (self.since, self.device, self.mode), _read(path))

    def read_cause(self) -> Optional[str]:
        """Return its cause, without reading the rest where it is written as usual."""
        from . import golden_canonical

        text = _read(self._path)
        cause = golden_canonical.read_cause(text)
        return parse(self.path, text).cause if cause is None else cause or None


def load(path: Path) -> Golden:
    """Read one golden file.

    Raises:
        InputError: its name or content is not as a golden's must be.
    """
    return parse(path, _read(path))


def _read(path: Union[str, Path]) -> str:
    return files.read(path, HOW_TO_GET_IT_BACK, LARGEST)


def parse(path: Path, text: str) -> Golden:
    """Return the golden that `text`, the content of `path`, holds.

    Raises:
        InputError: the name or the content is not as a golden's must be.
    """
    return _golden(path, parse_name(path), text)


def _golden(path: Union[str, Path], name: _Name, text: str) -> Golden:
    # Imported here, as its patterns take longer than commands that read no golden.
    from . import golden_canonical

    content = golden_canonical.read(text)
    if content is None:
        # Imported here, as few goldens need it, and it takes longer than to read hundreds of them.
        from . import golden_yaml

        content = golden_yaml.read(Path(path), text, HOW_TO_GET_IT_BACK)
    since, device, mode = name
    observation = Observation(**{key: content[key] for key in Observation._fields})
    return Golden(since, device, content["recorded"], content["cause"], observation, mode)


def dump(golden: Golden) -> str:
    """Return the text of `golden`'s file; the same golden always gives the same bytes."""
    from . import golden_yaml

    return golden_yaml.write({"recorded": golden.recorded, "cause": golden.cause, **golden.observation._asdict()})


def dump_for(path: Path, golden: Golden) -> str:
    """Return the text of `golden`'s file, which is to be `path`, after making sure that it can be read back.

    Raises:
        InputError: it cannot: too much was observed, or what YAML or UTF-8 have no form for.
    """
    try:
        text = dump(golden) if _can_fit(golden) else ""
        if text and len(text.encode("utf-8")) <= LARGEST and dump(parse(path, text)) == text:
            return text
    except (InputError, RecursionError, ValueError):  # Of these, an integer of too many digits is a ValueError.
        pass
    raise InputError(path, "what was observed is too large, too deep or too odd to keep", "show less in the case")


def dump_to_show(golden: Golden) -> Optional[str]:
    """Return the text of `golden`'s file for people, or None if what was observed is too large or odd for one."""
    try:
        return dump(golden) if _can_fit(golden) else None
    except (RecursionError, ValueError):  # Too deep, or with an integer of too many digits.
        return None


def _can_fit(golden: Golden) -> bool:
    """Return whether what was observed is small enough to be written, in a time that does not grow with its size."""
    room = LARGEST
    left: List[Any] = [list(golden.observation)]
    while left and room >= 0:
        value = left.pop()
        room -= len(value) if isinstance(value, (list, str)) else 1
        if isinstance(value, list) and room >= 0:
            left.extend(value)
    return room >= 0
