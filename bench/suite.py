"""Compares judging a torch with a bare loop over the same cases, in time and in peak memory of all processes.

Run as `python bench/suite.py [--runs 5]` with the interpreter that has torch and the package. The cases are those of
the record three times over, under other ids, so that there are more than a thousand. Exits with 1 if a ratio of
medians is over its limit.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from made import LIST, repeat
from measure import COMMAND, medians

TIMES = 3
LOOP, CHECK, PYTEST = "a bare loop", "module-drift check", "pytest"
LIMITS = {CHECK: {"seconds": 1.3, "MiB": 1.3}, PYTEST: {"seconds": 1.5, "MiB": 1.3}}
_BARE_LOOP = Path(__file__).with_name("bare_loop.py")


def main() -> int:
    """Measure, print a table, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="runs of each, at least 3 (default: %(default)s)")
    runs = max(parser.parse_args().runs, 3)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        root.mkdir()
        cases = repeat(root, TIMES)
        commands = {
            LOOP: [str(_BARE_LOOP), LIST],
            CHECK: [*COMMAND, "check"],
            PYTEST: ["-m", "pytest", "-q", "--device", "cpu"],
        }
        costs = medians(commands, runs, root)
    print(f"medians of {runs} runs, Python {sys.version.split()[0]}, {cases} cases")
    over = False
    for name, cost in costs.items():
        line = f"{name:19}{cost.seconds:7.3f} s {cost.mebibytes:7.1f} MiB"
        for (unit, limit), value, bare in zip(LIMITS.get(name, {}).items(), cost, costs[LOOP]):
            ratio = value / bare
            over |= ratio > limit
            line += f"   {unit} times {ratio:.2f} (at most {limit}){'' if ratio <= limit else '  OVER'}"
        print(line)
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
