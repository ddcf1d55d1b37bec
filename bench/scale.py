"""Measures what reads the record on records that are made up: large ones, and whether the time grows with them.

Run as `python bench/scale.py [--runs 3]`; it needs no torch. Exits with 1 if a median is over its limit.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Dict, List, Tuple

from made import make
from measure import COMMAND, medians

SMALL, LARGE, LONG = (2_500, 3), (10_000, 3), (1_000, 46)
"""Cases, and goldens each."""

LIMITS = {"between": 1.5, "list": 1.0, "site": 15.0, "collecting": 5.0}
"""Seconds for the record of 10,000 cases."""

MOST_GROWTH = 1.5
"""How much longer a golden may take in one of the other records than in the one of 10,000 cases, or the other way."""

_COLLECTING = """\
from pathlib import Path
from module_drift.record import checks
from module_drift.record.record import Record
record = Record(Path.cwd())
histories, problems = checks.read_all(record, record.cases())
problems += checks.ill_caused(record, histories)
assert len(histories) == {cases} and not problems, problems[:3]
"""


def main() -> int:
    """Measure, print a table, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3, help="runs of each (default: %(default)s)")
    runs = max(parser.parse_args().runs, 1)
    seconds: Dict[Tuple[int, int], Dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in (SMALL, LARGE, LONG):
            root = Path(folder) / "x".join(map(str, size))
            root.mkdir()
            make(root, *size)
            costs = medians(_commands(root, size[0]), runs, root)
            seconds[size] = {name: cost.seconds for name, cost in costs.items()}
    print(f"medians of {runs} runs, Python {sys.version.split()[0]}")
    columns = [f"{cases:,} x {goldens}" for cases, goldens in seconds]
    print(f"{'cases x goldens':16}" + "".join(f"{column:>14}" for column in columns))
    over = False
    for name in ("python -c pass", *LIMITS):
        cells = "".join(f"{those[name]:12.2f} s" for those in seconds.values())
        said, is_over = _judged(name, seconds)
        over |= is_over
        print(f"{name:16}{cells}{said}")
    return int(over)


def _commands(root: Path, cases: int) -> Dict[str, List[str]]:
    return {
        "python -c pass": ["-c", "pass"],
        "between": [*COMMAND, "between", "1.4.0", "2.15.0"],
        "list": [*COMMAND, "list"],
        "site": [*COMMAND, "site", str(root / "site")],
        "collecting": ["-c", _COLLECTING.format(cases=cases)],
    }


def _judged(name: str, seconds: Dict[Tuple[int, int], Dict[str, float]]) -> Tuple[str, bool]:
    """Return what is to be said of a command beside its times, and whether it is over a limit."""
    if name not in LIMITS:
        return "", False
    too_slow = seconds[LARGE][name] > LIMITS[name]
    growth = {}
    for smaller in (SMALL, LONG):
        # Where an interpreter starts, nothing is read yet.
        small, large = ((seconds[size][name] - seconds[size]["python -c pass"]) for size in (smaller, LARGE))
        if smaller == LONG:
            small, large = large / (LARGE[0] * LARGE[1]), small / (LONG[0] * LONG[1])
        else:
            small, large = small / SMALL[0], large / LARGE[0]
        growth[smaller] = large / small
    grows = any(factor > MOST_GROWTH for factor in growth.values())
    factors = " and ".join(f"{factor:.1f}" for factor in growth.values())
    said = f"  (at most {LIMITS[name]:.1f} for {LARGE[0]:,}){'  OVER' if too_slow else ''}"
    return f"{said}  times {factors} a golden (at most {MOST_GROWTH}){'  OVER' if grows else ''}", too_slow or grows


if __name__ == "__main__":
    sys.exit(main())
