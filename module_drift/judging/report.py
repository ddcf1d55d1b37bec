"""Says how a run differs from the record, as plain text for people."""

from typing import Collection, Iterator, NamedTuple, Optional, Sequence

from ..common.visible import LINES, visible
from ..comparing.compare import Drift
from ..comparing.differences import differences
from ..finding.discovery import Case
from ..record.devices import CPU
from ..record.golden import Golden
from ..record.release import Run


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
        return self.case.id if self.run.device == CPU else f"{self.case.id} on {self.run.device}"


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


def _held_against(drifted: DriftedCase) -> Iterator[str]:
    yield f"{drifted.name}: {drifted.case.sentence}"
    yield f"  its source: {drifted.case.place}"
    if drifted.golden is None:
        yield f"  no golden held; {drifted.golden_path} is the first"
    else:
        yield f"  drifted from {drifted.golden_path}"
        yield "  recorded on torch {torch}, Python {python}, {device}, {platform}".format(**drifted.golden.recorded)


def _advice(run: Run, verified: Collection[Run], accepted: Sequence[str], writable: bool, own: bool) -> Iterator[str]:
    if accepted:
        yield from (f"accepted: {path}" for path in accepted)
        yield "what to do: look at the files with git diff, and name the cause in causes.toml there"
        return
    end = max((one.release for one in verified if one.device == run.device), default=None)
    accept = "accept it with pytest --regen-all (or --force-regen, to look first)"
    newer = "a newer torch-module-drift may know it"
    if run.device != CPU:
        accept = f"accept it with module-drift check --regen --device {run.device}"
        newer = f"{newer}; or keep goldens of {run.device} of your own above it (docs/devices.md)"
    if end and run.release > end:
        yield f"what to do: {run} is newer than the record, which ends at {end}: this changed since;"
        yield f"  {accept}, and name its cause" if writable else f"  {newer}"
    elif end is None and run.device != CPU:
        yield f"what to do: nothing was recorded on {run.device} yet, and {run} is held against what the CPU does:"
        yield f"  look at what differs; {accept}, and name its cause" if writable else f"  {newer}"
    elif own:
        yield f"what to do: if your code was not meant to change, mend it or this build of {run};"
        yield f"  if it was, {accept}"
    elif run in verified:
        yield f"what to do: this build is not as {run} was when it was recorded: mend the build;"
        yield "  if it is the release as it was published, and no golden was edited (see git status), report the drift"
    else:
        yield f"what to do: {run} was never recorded, and is held against the release before it:"
        yield f"  look at what changed; {accept}" if writable else f"  {newer}"
