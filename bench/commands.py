"""Measures the commands that read the record, beside an interpreter that only imports click.

Run as `python bench/commands.py [--runs 11]`; it needs no torch. Exits with 1 if a median is over its limit.
`bench/scale.py` does the same for larger records.

The limits are ratios to `python -c "import click"`, run in turns with the commands: every command has to do that
much, so it is the least that one could take on the machine at hand, while seconds would say how fast the machine is.
Each is what the command took when it was last made faster, and a quarter more.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from measure import COMMAND, medians

LEAST = "import click"
LIMITS = {"between 1.13.1 2.6.0": 2.4, "show hook/code-3": 2.4, "list": 2.8, "releases": 2.0}
"""How many times as long as the least a command may take."""
SITE_LIMIT = 18.0
"""The same for the site of the record, which also has to load its libraries."""


def main() -> int:
    """Measure, print a table, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=11, help="runs of each, at least 10 (default: %(default)s)")
    runs = max(parser.parse_args().runs, 10)
    commands = {LEAST: ["-c", LEAST], **{name: [*COMMAND, *name.split()] for name in LIMITS}}
    with tempfile.TemporaryDirectory() as folder:
        costs = medians({**commands, "site": [*COMMAND, "site", str(Path(folder) / "site")]}, runs)
    print(f"medians of {runs} runs, Python {sys.version.split()[0]}")
    over = False
    for name, cost in costs.items():
        ratio = cost.seconds / costs[LEAST].seconds
        at_most = {LEAST: 1.0, "site": SITE_LIMIT, **LIMITS}[name]
        over |= ratio > at_most
        print(f"{name:24} {cost.seconds:6.3f} s, times {ratio:.2f} (at most {at_most}){'  OVER' * (ratio > at_most)}")
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
