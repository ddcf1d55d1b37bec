"""Says how a run differs from the record, as plain text for people."""

import contextlib
from typing import Iterator, List, Optional

from . import line_diff
from .compare import Drift, Moved
from .golden import Golden
from .observation import Observation
from .release import Run

_MOST_NUMBERS = 20


def drift_report(
    golden_path: str,
    golden: Optional[Golden],
    drift: Drift,
    run: Run,
    newest_verified: Optional[Run],
    obtained: str,
    accepted: List[str],
    acceptable: bool,
) -> str:
    """Return the report of one case that drifted.

    Args:
        golden_path: file of the golden, as a person would open it.
        golden: what the run was held against, or None if there was nothing.
        drift: the differences.
        run: the run.
        newest_verified: the newest run that the record vouches for, or None.
        obtained: file that holds what was observed, in the form of a golden.
        accepted: files that were written or removed to accept it.
        acceptable: whether the record is the reader's to change.
    """
    return "\n".join(
        [
            *_held_against(golden_path, golden),
            *(f"  {line}" for line in differences(drift)),
            f"  observed now: {obtained}",
            *_next(run, newest_verified, accepted, acceptable),
        ]
    )


def shown(observation: Observation) -> List[str]:
    """Return what `observation` says, line by line."""
    if observation.absent:
        return [f"{observation.absent} is not there"]
    lines = observation.printed.splitlines()
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


def _held_against(golden_path: str, golden: Optional[Golden]) -> Iterator[str]:
    if golden is None:
        yield f"no golden held; {golden_path} is the first"
    else:
        yield f"drifted from {golden_path}"
        yield "  recorded on torch {torch}, Python {python}, {device}, {platform}".format(**golden.recorded)


def _absent(drift: Drift) -> Iterator[str]:
    if drift.absent:
        old, new = drift.absent
        yield f"{old} is there now" if old else f"{new} is missing now"


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
        yield from (f"  - {warning}" for warning in drift.warnings_gone)
        yield from (f"  + {warning}" for warning in drift.warnings_new)
    if drift.warnings_reordered:
        yield "the same warnings came in another order"


def _raised(drift: Drift) -> Iterator[str]:
    if drift.raised:
        old, new = drift.raised
        yield "exception:"
        yield f"  - {old or 'none'}"
        yield f"  + {new or 'none'}"


def _next(run: Run, newest_verified: Optional[Run], accepted: List[str], acceptable: bool) -> Iterator[str]:
    if accepted:
        yield from (f"  accepted: {path}" for path in accepted)
        yield "  what to do: look at the files with git diff, and name the cause in causes.toml there"
        return
    if newest_verified and run.release > newest_verified.release:
        end = newest_verified.release
        yield f"  what to do: {run} is newer than the record, which ends at {end}: this changed since;"
        if acceptable:
            yield "    accept it with --regen-all (or --force-regen, to look first), and name its cause"
        else:
            yield "    a newer torch-module-drift may know it"
    else:
        yield f"  what to do: this build is not as {run} was when it was recorded: mend it;"
        if acceptable:
            yield "    or, if the record is wrong, accept it with --regen-all (or --force-regen, to look first)"
