"""Says what an observation shows, and in what two differ, as plain lines for people."""

import contextlib
from typing import Iterator, List

from . import line_diff
from .compare import Drift, Moved
from .observation import Observation

_MOST_NUMBERS = 20


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
