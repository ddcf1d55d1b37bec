"""What cases show on devices beside what they show on the CPU, over the releases that were run there."""

from typing import Any, Dict, List, NamedTuple, Optional

from ..common.scope import EAGER_ON_CPU
from ..record.devices import CPU
from ..record.release import EAGER
from .in_modes import deviation


class Span(NamedTuple):
    """Neighbouring releases of those that were run on a device, on which a case comes to one thing there.

    Attributes:
        first: the oldest of them.
        last: the newest of them.
        can: whether the device can do what the case needs.
        golden: the golden in effect there; None where the case shows what it shows on the CPU, or the device cannot.
    """

    first: str
    last: str
    can: bool
    golden: Optional[Dict[str, Any]]


def spans(data: Dict[str, Any], case: Dict[str, Any]) -> Dict[str, List[Span]]:
    """Return for each device but the CPU, on which a release was run, what becomes of a case there."""
    cpu, *others = data["devices"] if case["only"] != EAGER_ON_CPU else [CPU]
    found: Dict[str, List[Span]] = {}
    for device in others:
        run = {row["release"] for row in data["runs"] if (row["device"], row["mode"]) == (device, EAGER)}
        for position, release in enumerate(data["releases"]):
            if release not in run:
                continue
            held, on_cpu = (
                None if at is None else case["goldens"][at]
                for at in (case["in_effect"][device][position], case["in_effect"][cpu][position])
            )
            can = release not in case["cannot"].get(device, ())
            golden = deviation(held, on_cpu) if can else None
            those = found.setdefault(device, [])
            if those and (those[-1].can, those[-1].golden) == (can, golden):
                those[-1] = those[-1]._replace(last=release)
            else:
                those.append(Span(release, release, can, golden))
    return found


def cannot(data: Dict[str, Any], release: str) -> Dict[str, List[str]]:
    """Return by device the ids of the cases that need on `release` what the device cannot do."""
    found: Dict[str, List[str]] = {}
    for case in data["cases"]:
        for device, releases in case["cannot"].items():
            if release in releases:
                found.setdefault(device, []).append(case["id"])
    return found
