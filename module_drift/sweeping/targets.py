"""What a sweep goes over: releases, each on the Pythons on which the record has it."""

from typing import Iterable, List, Mapping, NamedTuple, Optional, Sequence

from ..record.release import EAGER, Release, Run
from ..record.verified import Row


class Target(NamedTuple):
    """A release on one Python, in one mode.

    Attributes:
        release: the release.
        bridge: the other Python, such as "py311"; empty for the one that tox.ini gives the release.
        mode: the mode of execution.
    """

    release: Release
    bridge: str = ""
    mode: str = EAGER

    def environment(self, device: str) -> str:
        """Return the name of its environment of tox on `device`."""
        return Run(self.release, device).environment(self.bridge)

    def name(self, device: str) -> str:
        """Return the name of its run on `device`, by which its log and its result are found."""
        return f"{self.environment(device)}{'' if self.mode == EAGER else f'~{self.mode}'}"

    def __str__(self) -> str:
        """Return how people name it."""
        about = ", ".join(filter(None, (self.bridge, "" if self.mode == EAGER else self.mode)))
        return f"{self.release} ({about})" if about else str(self.release)


def in_modes(
    targets: Iterable[Target], modes: Optional[Mapping[str, Release]], rows: Iterable[Row], device: str
) -> List[Target]:
    """Return `targets` in each of `modes` that their releases have; those of one environment follow each other.

    Args:
        targets: releases, each on one Python.
        modes: since which release there is each mode; None for eager and those of which the record has the release.
        rows: the verified runs.
        device: the device to run on.
    """
    known = {(row.run.release, row.mode) for row in rows if row.device == device and row.mode != EAGER}
    found = []
    for target in targets:
        if modes is None:
            wanted = [EAGER, *sorted(mode for release, mode in known if release == target.release)]
        else:
            wanted = [mode for mode, since in modes.items() if since <= target.release]
        found += [target._replace(mode=mode) for mode in wanted]
    return found


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
    found = of_run(rows, Run(target.release, device, target.mode), platform)
    if not target.bridge:
        return found[0] if found else None
    return next((row for row in found[1:] if row.bridge == target.bridge), None)


def of_run(rows: Iterable[Row], run: Run, platform: str) -> List[Row]:
    """Return the rows of `run`, that on the lowest Python first, which is the release's own."""
    return sorted((row for row in rows if row.run == run and row.platform == platform), key=lambda row: row.key)
