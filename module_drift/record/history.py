"""The goldens of one case over the releases: which one holds for a run, and how a new one is accepted.

Pure functions over lists of goldens; `record` reads and writes them.
"""

from typing import Any, Callable, Dict, Iterable, List, Optional, Protocol, Sequence, Tuple, TypeVar

from ..comparing.compare import compare
from ..comparing.observation import Observation
from .devices import CPU, holds_on
from .golden import UNEXPLAINED, Golden, Key
from .release import EAGER, Release, Run


class OfRelease(Protocol):
    """What says something of a release and all later ones, such as a golden or its file."""

    @property
    def since(self) -> Release:
        """The release from which on it holds."""

    @property
    def device(self) -> Optional[str]:
        """The one device that it holds on, or None for every device."""

    @property
    def mode(self) -> Optional[str]:
        """The one mode that it holds in, or None for every mode."""

    @property
    def key(self) -> Key:
        """Its place in the history."""


AnyGolden = TypeVar("AnyGolden", bound=OfRelease)


def resolve(goldens: Iterable[AnyGolden], run: Run) -> Optional[AnyGolden]:
    """Return the golden in effect for `run`: the last that is not younger and for its device and mode; or None."""
    fitting = [golden for golden in goldens if golden.since <= run.release and is_for(golden, run)]
    return max(fitting, key=lambda golden: golden.key, default=None)


def is_for(golden: OfRelease, run: Run) -> bool:
    """Return whether a golden can hold on the device and in the mode of `run`."""
    return holds_on(golden.device, run.device) and golden.mode in (None, run.mode)


def deviates_from(goldens: Iterable[AnyGolden], golden: AnyGolden) -> Optional[AnyGolden]:
    """Return which of `goldens` held in the place of `golden` before it, or holds wherever there is none of its own."""
    run = Run(golden.since, golden.device or CPU, golden.mode or EAGER)
    return resolve((one for one in goldens if one.key < golden.key), run)


def deviation(held: Optional[Any], plain: Optional[Any], says_the_same: Callable[[Any, Any], bool]) -> Optional[Any]:
    """Return `held`, which is in effect in a mode or on a device, where it says something else than `plain`, or None.

    A golden of a mode that says what that of eager says tells that a deviation has ended; so does one of a device.

    Args:
        held: a golden, in whatever form, or None.
        plain: that which is in effect in eager or on the CPU, in the same form, or None.
        says_the_same: whether two of them do.
    """
    if held is None or held is plain or (plain is not None and says_the_same(held, plain)):
        return None
    return held


def deviates_on_device(goldens: Sequence[Golden], run: Run) -> bool:
    """Return whether what is in effect on the device of `run` says something else than what is on the CPU."""
    return cause_on_device(goldens, run) is not None


def cause_on_device(goldens: Sequence[Golden], run: Run) -> Optional[str]:
    """Return the cause for which what is in effect on the device of `run` is not what is on the CPU; None if it is.

    It is `UNEXPLAINED` where the golden names none, be it as the first of its case.
    """
    if run.own_device is None:
        return None
    held, plain = resolve(goldens, run), resolve(goldens, run._replace(device=CPU))
    found = deviation(held, plain, lambda one, other: bool(one.observation == other.observation))
    return None if found is None else found.cause or UNEXPLAINED


def none_holds(run: Run) -> Tuple[str, str]:
    """Return what to say where no golden holds for `run`: the problem and the remedy."""
    return f"no golden holds for {run}", f"record one with this torch: pytest --regen-all --device {run.device}"


def accept(
    goldens: List[Golden], run: Run, observed: Observation, recorded: Dict[str, str], verified: Iterable[Run]
) -> List[Golden]:
    """Return the goldens after accepting what was `observed` on `run`.

    It changes what `run` resolves to and nothing that any other run of `verified` resolves to: where one
    would now resolve to something else, what it resolved to is copied down to it. Without a difference
    beyond tolerance, `goldens` come back as they are.

    Args:
        goldens: the case's goldens.
        run: the run that was made.
        observed: what it showed.
        recorded: torch, python, device and platform of the run.
        verified: the runs that the record vouches for.
    """
    place = run.release, run.own_device, run.own_mode
    own = next((golden for golden in goldens if (golden.since, golden.device, golden.mode) == place), None)
    current = resolve(goldens, run)
    if current and not compare(current.observation, observed):
        if current is not own or own.recorded_on == run:
            return goldens
        # The file was copied down to this run from an older one: now a run of its own backs it.
        return [
            golden._replace(observation=observed, recorded=recorded) if golden is own else golden for golden in goldens
        ]

    others = sorted((other for other in verified if other != run), key=lambda other: other.key)
    before = {other: resolve(goldens, other) for other in others}

    after = [golden for golden in goldens if golden is not own]
    inherited = resolve(after, run)
    if inherited is None or compare(inherited.observation, observed):
        # A case's very first golden holds everywhere, wherever it was recorded.
        device, mode = (run.own_device, run.own_mode) if goldens else (None, None)
        after.append(Golden(run.release, device, recorded, own.cause if own else UNEXPLAINED, observed, mode))
    for other in others:
        held, holds = before[other], resolve(after, other)
        if held is not None and held.observation != (holds and holds.observation):
            copy = held._replace(since=other.release, device=other.own_device, mode=other.own_mode)
            after.append(copy._replace(cause=UNEXPLAINED))
    return _first_without_cause(compact(after))


def compact(goldens: List[Golden]) -> List[Golden]:
    """Return `goldens` without those whose removal leaves what every run resolves to as it was."""
    devices = {golden.device or CPU for golden in goldens} | {CPU}
    modes = {golden.mode or EAGER for golden in goldens} | {EAGER}
    releases = {golden.since for golden in goldens}
    runs = [Run(since, device, mode) for since in releases for device in devices for mode in modes]

    def seen(some: List[Golden]) -> List[Optional[Observation]]:
        found = (resolve(some, run) for run in runs)
        return [golden and golden.observation for golden in found]

    kept = _ordered(goldens)
    everything = seen(kept)
    for golden in list(kept):
        without = [other for other in kept if other is not golden]
        if seen(without) == everything:
            kept = without
    return kept


def _first_without_cause(goldens: List[Golden]) -> List[Golden]:
    first, *later = _ordered(goldens)
    return [
        first._replace(cause=None),
        *(golden._replace(cause=golden.cause or UNEXPLAINED) for golden in later),
    ]


def _ordered(goldens: Iterable[Golden]) -> List[Golden]:
    return sorted(goldens, key=lambda golden: golden.key)
