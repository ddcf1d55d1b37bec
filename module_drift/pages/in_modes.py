"""What cases show in modes of execution beside what they show in eager: over the releases, and on one of them."""

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from ..record import history
from ..record.causes import in_order


class Span(NamedTuple):
    """Neighbouring releases on which a case shows one thing in a mode.

    Attributes:
        first: the oldest of them.
        last: the newest of them.
        golden: the golden in effect in the mode; None where the case shows what it shows in eager.
    """

    first: str
    last: str
    golden: Optional[Dict[str, Any]]


def spans(data: Dict[str, Any], case: Dict[str, Any]) -> Dict[str, List[Span]]:
    """Return for each mode that something of a case goes through what it shows there, over the releases."""
    found: Dict[str, List[Span]] = {}
    for mode, held in case["in_modes"].items():
        for position, release in enumerate(data["releases"]):
            if held[position] is None:
                continue
            golden = _deviation(data, case, mode, position)
            those = found.setdefault(mode, [])
            if those and those[-1].golden is golden:
                those[-1] = those[-1]._replace(last=release)
            else:
                those.append(Span(release, release, golden))
    return found


class OnRelease(NamedTuple):
    """What is said of modes on one release.

    Attributes:
        modes: those that it was run in.
        cases: those of which something goes through one of these, with the golden of each such mode where it deviates
            from eager, and None where it does not.
        causes: by key, those of silence first, which of these cases deviate by it, each with the mode.
    """

    modes: List[str]
    cases: Dict[str, Dict[str, Optional[Dict[str, Any]]]]
    causes: Dict[str, List[Tuple[str, str]]]

    def count(self, mode: str) -> int:
        """Return how many cases show something else in `mode`."""
        return sum(held.get(mode) is not None for held in self.cases.values())

    def through(self, mode: str) -> int:
        """Return of how many cases something goes through `mode`."""
        return sum(mode in held for held in self.cases.values())


def releases(data: Dict[str, Any]) -> Dict[str, OnRelease]:
    """Return what is said of modes on each release that was run in one, oldest first."""
    found: Dict[str, OnRelease] = {}
    for position, release in enumerate(data["releases"]):
        run = {row["mode"] for row in data["runs"] if (row["release"], row["device"]) == (release, data["devices"][0])}
        modes = [mode for mode in data["modes"] if mode in run]
        if modes:
            found[release] = _on_release(data, position, modes)
    return found


def _on_release(data: Dict[str, Any], position: int, modes: List[str]) -> OnRelease:
    cases: Dict[str, Dict[str, Optional[Dict[str, Any]]]] = {}
    causes: Dict[str, List[Tuple[str, str]]] = {}
    for case in data["cases"]:
        through = [mode for mode in modes if case["in_modes"][mode][position] is not None]
        of_case = {mode: _deviation(data, case, mode, position) for mode in through}
        if of_case:
            cases[case["id"]] = of_case
        for mode, golden in of_case.items():
            if golden:
                causes.setdefault(golden["cause"], []).append((case["id"], mode))
    return OnRelease(modes, cases, {key: causes[key] for key in in_order(causes, data["causes"])})


def _deviation(data: Dict[str, Any], case: Dict[str, Any], mode: str, position: int) -> Optional[Dict[str, Any]]:
    """Return the golden in effect in `mode` on the release at `position`, if it deviates from that of eager."""
    held, eager = (
        case["goldens"][held[position]] for held in (case["in_modes"][mode], case["in_effect"][data["devices"][0]])
    )
    return deviation(held, eager)


def deviation(held: Optional[Dict[str, Any]], plain: Optional[Dict[str, Any]]) -> Optional[Dict[str, Any]]:
    """Return the golden `held` where it is of another edition than `plain`; see `history.deviation`."""
    return history.deviation(held, plain, lambda one, other: bool(one["edition"] == other["edition"]))
