"""Says how a run differs from the record, as plain text for people."""

import contextlib
from typing import Collection, Iterator, List, NamedTuple, Optional, Sequence

from . import line_diff
from .compare import Drift, Moved
from .devices import DEVICES
from .discovery import Case
from .golden import Golden
from .observation import Observation
from .release import Run
from .visible import LINES, visible

_MOST_NUMBERS = 20


class DriftedCase(NamedTuple):
    """A case that drifted in a run.

    Attributes:
        case: the case.
        run: the run.
        golden_path: file of the golden, as a person would open it.
        golden: what the run was held against, or None if there was nothing.
        drift: the differences.
        obtained: file that holds what was observed, in the form of a golden, if one was written.
    """

    case: Case
    run: Run
    golden_path: str
    golden: Optional[Golden]
    drift: Drift
    obtained: Optional[str]

    @property
    def name(self) -> str:
        """Its id, with the device where that is another than the usual one."""
        return self.case.id if self.run.device == DEVICES[0] else f"{self.case.id} on {self.run.device}"


def drift_report(drifted: DriftedCase) -> str:
    """Return the report of one case that drifted, without advice."""
    lines = [
        *_held_against(drifted),
        *(f"  {line}" for line in differences(drifted.drift)),
        *([f"  observed now: {drifted.obtained}"] if drifted.obtained else []),
        f"  its history: module-drift show {drifted.case.id}",
    ]
    return visible("\n".join(lines), LINES)


def advice(run: Run, verified: Collection[Run], accepted: Sequence[str], *, writable: bool, own: bool) -> str:
    """Return what to do about drifts, which is the same for all of one run.

    Args:
        run: the run.
        verified: the runs that the record vouches for.
        accepted: files that were written or removed to accept the drifts.
        writable: whether the record can be changed here, which one that came with this package cannot.
        own: whether the cases are the reader's own, and not those of PyTorch's record.
    """
    return visible("\n".join(_advice(run, verified, accepted, writable, own)), LINES)


def shown(observation: Observation) -> List[str]:
    """Return what `observation` says, line by line."""
    if observation.absent:
        return [f"{observation.absent} is not there"]
    *lines, last = observation.printed.split("\n")
    lines += [last] if last else []
    lines += [f"warning: {warning}" for warning in observation.warned]
    if observation.raised:
        lines.append(f"raised: {observation.raised}")
    return lines or ["(nothing was shown)"]


def differences(drift: Drift) -> Iterator[str]:
    """Yield lines that say what differs: `- ` before what was, `+ ` before what is, both indented."""
    yield from _absent(drift)
    yield from _printed(drift)
    yield from _numbers(drift.moved)
    yield from _warnings(drift)
    yield from _raised(drift)


def _held_against(drifted: DriftedCase) -> Iterator[str]:
    yield f"{drifted.name}: {drifted.case.sentence}"
    yield f"  its source: {drifted.case.place}"
    if drifted.golden is None:
        yield f"  no golden held; {drifted.golden_path} is the first"
    else:
        yield f"  drifted from {drifted.golden_path}"
        yield "  recorded on torch {torch}, Python {python}, {device}, {platform}".format(**drifted.golden.recorded)


def _absent(drift: Drift) -> Iterator[str]:
    if drift.absent:
        old, new = drift.absent
        if old:
            yield f"{old} is there now"
        if new:
            yield f"{new} is missing now"


def _printed(drift: Drift) -> Iterator[str]:
    if drift.printed:
        old, new = drift.printed
        yield "printed:"
        yield from (f"  {line}" for line in line_diff.unified(old, new))


def _numbers(moved: List[Moved]) -> Iterator[str]:
    if moved:
        yield "numbers:"
        yield from (f"  {_number(one)}" for one in moved[:_MOST_NUMBERS])
    if len(moved) > _MOST_NUMBERS:
        yield f"  and {len(moved) - _MOST_NUMBERS} more"


def _number(moved: Moved) -> str:
    old, new = moved.old, moved.new
    if old is None:
        return f"{moved.where}: {new!r} is new"
    if new is None:
        return f"{moved.where}: {old!r} is gone"
    line = f"{moved.where}: {old!r} -> {new!r}"
    if isinstance(old, (int, float)) and isinstance(new, (int, float)) and old != new:
        with contextlib.suppress(OverflowError):  # Of integers that are too large for a float.
            line += f"  ({new - old:+.2g}{f', relative {abs((new - old) / old):.1e}' if old else ''})"
    before, after = (dtype or "float32 or Python's" for dtype in moved.dtypes)
    return line if before == after else f"{line}  ({before} -> {after})"


def _warnings(drift: Drift) -> Iterator[str]:
    if drift.warnings_gone or drift.warnings_new:
        yield "warnings:"
        signed = [("-", warning) for warning in drift.warnings_gone] + [
            ("+", warning) for warning in drift.warnings_new
        ]
        yield from line_diff.cut(line for sign, warning in signed for line in _signed(sign, warning))
    if drift.warnings_reordered:
        yield "the same warnings came in another order"


def _raised(drift: Drift) -> Iterator[str]:
    if drift.raised:
        old, new = drift.raised
        yield "exception:"
        yield from line_diff.cut(_signed("-", old or "none"))
        yield from line_diff.cut(_signed("+", new or "none"))


def _signed(sign: str, text: str) -> Iterator[str]:
    first, *more = text.split("\n")
    yield f"  {sign} {first}"
    yield from (f"    {line}" for line in more)


def _advice(run: Run, verified: Collection[Run], accepted: Sequence[str], writable: bool, own: bool) -> Iterator[str]:
    if accepted:
        yield from (f"accepted: {path}" for path in accepted)
        yield "what to do: look at the files with git diff, and name the cause in causes.toml there"
        return
    end = max((one for one in verified if one.device == run.device), default=None)
    accept = "accept it with pytest --regen-all (or --force-regen, to look first)"
    if end and run > end:
        yield f"what to do: {run} is newer than the record, which ends at {end.release}: this changed since;"
        yield f"  {accept}, and name its cause" if writable else "  a newer torch-module-drift may know it"
    elif own:
        yield f"what to do: if your code was not meant to change, mend it or this build of {run};"
        yield f"  if it was, {accept}"
    elif run in verified:
        yield f"what to do: this build is not as {run} was when it was recorded: mend the build;"
        yield "  if it is the release as it was published, and no golden was edited (see git status), report the drift"
    else:
        yield f"what to do: {run} was never recorded, and is held against the release before it:"
        yield f"  look at what changed; {accept}" if writable else "  a newer torch-module-drift may know it"
