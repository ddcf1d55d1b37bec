"""Series that a case shows, such as a parameter over ten steps, and where their points lie in a plot."""

import re
from typing import Any, Dict, List, NamedTuple, Tuple

_STEP = re.compile(r"(\d+) (.+)")
_FEWEST = 5
WIDTH, HEIGHT, MARGIN = 480, 200, 8


class Series(NamedTuple):
    """One series: its name, and its values in order."""

    name: str
    values: List[float]


class Plot(NamedTuple):
    """One name's series over several editions, ready to be drawn.

    Attributes:
        name: what is drawn.
        low: the smallest value.
        high: the largest value.
        lines: edition and the points of its line, as SVG's `points` takes them.
    """

    name: str
    low: float
    high: float
    lines: List[Tuple[str, str]]


def series(numbers: List[List[Any]]) -> List[Series]:
    """Return the series among what a case showed: numbers under labels such as "0 powBuff", "1 powBuff", …"""
    found: Dict[str, List[float]] = {}
    for label, values, *_ in numbers:
        step = _STEP.fullmatch(label)
        if step and isinstance(values, float) and int(step.group(1)) == len(found.get(step.group(2), [])):
            found.setdefault(step.group(2), []).append(values)
    return [Series(name, values) for name, values in found.items() if len(values) >= _FEWEST]


def plots(by_edition: Dict[str, List[Series]]) -> List[Plot]:
    """Return a plot for each name, with a line for each edition that shows other values than those before it."""
    names = dict.fromkeys(one.name for some in by_edition.values() for one in some)
    result = []
    for name in names:
        lines: Dict[str, List[float]] = {}
        for edition, some in by_edition.items():
            for one in some:
                if one.name == name and one.values not in lines.values():
                    lines[edition] = one.values
        everything = [value for values in lines.values() for value in values]
        low, high = min(everything), max(everything)
        points = [(edition, _points(values, low, high)) for edition, values in lines.items()]
        result.append(Plot(name, low, high, points))
    return result


def _points(values: List[float], low: float, high: float) -> str:
    across = (WIDTH - 2 * MARGIN) / (len(values) - 1)
    up = (HEIGHT - 2 * MARGIN) / ((high - low) or 1.0)
    return " ".join(
        f"{MARGIN + i * across:.1f},{HEIGHT - MARGIN - (value - low) * up:.1f}" for i, value in enumerate(values)
    )
