"""PyTorch releases: parsing, ordering, and their names in the record."""

import re
from typing import NamedTuple, Optional, Tuple

from ..common.errors import InputError

_SINCE = re.compile(r"([0-9]+)\.([0-9][0-9])\.([0-9]+)")
_USUAL = re.compile(r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,2}")
_LONGEST = 100
"""Characters that a version may have, with all that a build adds to it."""

_LARGEST = 99
"""Of the parts of a release: then the names of files list in its order."""


class Release(NamedTuple):
    """A base release such as 2.6.0: ordered, hashable, without suffixes of builds."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return ".".join(map(str, self))

    @classmethod
    def parse(cls, version: str) -> "Release":
        """Return the base release of `version`: 2.16.0.dev20261101 and 2.16.0a0+gitabc are 2.16.0.

        Raises:
            InputError: `version` is no version number, or none that a release of PyTorch can have, such as one with
                an epoch.
        """
        if _USUAL.fullmatch(version):
            return cls(*map(int, version.split(".")))
        # Imported here, as the record's own releases are of the usual form, and that takes longer than to read them.
        from packaging.version import Version

        try:
            parsed = Version(version) if len(version) <= _LONGEST and version == version.strip() else None
        except ValueError:  # InvalidVersion, or a number of more digits than Python converts.
            parsed = None
        if parsed is None or parsed.epoch or max(parsed.release[:3]) > _LARGEST:
            raise InputError(
                f"torch version {version!r}",
                "not a version number",
                "it must begin like 2.6.0, 2.6.0+cu124 or 2.16.0.dev20261101 (see torch.__version__)",
            )
        return cls(*(*parsed.release, 0, 0)[:3])

    def since_name(self) -> str:
        """Return the name used in file names, 1.08.0: plain `ls` then lists in release order."""
        return f"{self.major}.{self.minor:02}.{self.patch}"

    @classmethod
    def parse_since_name(cls, name: str) -> "Release":
        """Return the release that a file name such as 1.08.0 means.

        Raises:
            ValueError: `name` is not of that form.
        """
        found = _SINCE.fullmatch(name)
        release = found and cls(*map(int, found.groups()))
        # Such as 01.08.0: a release has one name.
        if not release or release.since_name() != name or max(release) > _LARGEST:
            raise ValueError(name)
        return release


EAGER = "eager"
"""The mode in which a Module is called as it stands."""

MODE = r"[a-z][a-z0-9]{0,19}(?:-[a-z0-9]{1,20}){0,3}"
"""How the name of a mode looks."""


class Run(NamedTuple):
    """A release on a device, in a mode of execution."""

    release: Release
    device: str
    mode: str = EAGER

    def __str__(self) -> str:
        on = f"torch {self.release} on {self.device}"
        return on if self.mode == EAGER else f"{on} in mode {self.mode}"

    @property
    def own_device(self) -> Optional[str]:
        """The device that a golden of this run alone is for: none for the CPU, whose goldens are every device's."""
        return None if self.device == "cpu" else self.device

    @property
    def own_mode(self) -> Optional[str]:
        """The mode that a golden of this run alone is for: none for eager, whose goldens are every mode's."""
        return None if self.mode == EAGER else self.mode

    @property
    def own_place(self) -> Optional[str]:
        """Its device and mode as tables name them: "@meta", "compile", "@cuda~compile"; none in eager on the CPU."""
        if self.own_device is None:
            return self.own_mode
        return f"@{self.device}~{self.mode}" if self.own_mode else f"@{self.device}"

    def environment(self, bridge: str = "") -> str:
        """Return the name of its environment of tox; `bridge` names another Python than its own, such as "py311"."""
        return f"{bridge}{'-' if bridge else ''}torch{self.release}-{self.device}"

    @property
    def key(self) -> Tuple[Release, bool, str, bool, str]:
        """Sorts the CPU and eager first: what holds there holds wherever there is nothing of its own."""
        return self.release, self.device != "cpu", self.device, self.mode != EAGER, self.mode


def public_version(version: str) -> str:
    """Return `version` without its local part: 1.8.0+cu102 is 1.8.0."""
    from packaging.version import Version

    return Version(version).public
