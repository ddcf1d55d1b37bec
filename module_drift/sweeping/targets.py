"""What a sweep goes over: releases, each on the Pythons on which the record has it."""

from typing import Iterable, List, NamedTuple, Optional, Sequence

from ..record.release import Release, Run
from ..record.verified import Row


class Target(NamedTuple):
    """A release on one Python.

    Attributes:
        release: the release.
        bridge: the other Python, such as "py311"; empty for the one that tox.ini gives the release.
    """

    release: Release
    bridge: str = ""

    def environment(self, device: str) -> str:
        """Return the name of its environment of tox on `device`."""
        return Run(self.release, device).environment(self.bridge)

    def __str__(self) -> str:
        """Return how people name it."""
        return f"{self.release} ({self.bridge})" if self.bridge else str(self.release)


def with_bridges(releases: Sequence[Release], rows: Iterable[Row], device: str, platform: str) -> List[Target]:
    """Return `releases`, each on its own Python and on others on which the record has it.

    Args:
        releases: releases of tox.ini.
        rows: the verified runs.
        device: the device to run on.
        platform: the platform to run on, with the processor's maker; runs on others say nothing of it.
    """
    rows = list(rows)
    found = []
    for release in releases:
        others = of_run(rows, Run(release, device), platform)[1:]
        found += [Target(release), *(Target(release, row.bridge) for row in others)]
    return found


def row_of(target: Target, rows: Iterable[Row], device: str, platform: str) -> Optional[Row]:
    """Return the verified run of `target`, or None if there is none."""
    found = of_run(rows, Run(target.release, device), platform)
    if not target.bridge:
        return found[0] if found else None
    return next((row for row in found[1:] if row.bridge == target.bridge), None)


def of_run(rows: Iterable[Row], run: Run, platform: str) -> List[Row]:
    """Return the rows of `run`, that on the lowest Python first, which is the release's own."""
    return sorted((row for row in rows if row.run == run and row.platform == platform), key=lambda row: row.key)
