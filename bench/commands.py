"""Measures the commands that read the record, beside what they cannot do without.

Run as `python bench/commands.py [--runs 11]`; it needs no torch. Exits with 1 if a median is over its limit.
`bench/scale.py` does the same for larger records.

The limits are ratios to a process that imports click and reads the bytes of every file of cases and goldens, run in
turns with the commands: seconds would say how fast the machine is, and how large the record has become. They are of
the processor's time, so that they hold beside other work. Each is what the command took beside much of it, and half as
much again.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from measure import COMMAND, ROOT, medians

LEAST = "click and all bytes"
_LEAST = """
import click, os
for top in ("cases", "golden"):
    for folder, _, names in os.walk(top):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                file.read()
"""
LIMITS = {"between 1.13.1 2.6.0": 3.6, "show hook/code-3": 3.5, "list": 5.7, "releases": 2.9, "site": 61}
"""How many times as long as the least a command may take; the site also has to load its libraries."""


def main() -> int:
    """Measure, print a table, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=11, help="runs of each, at least 10 (default: %(default)s)")
    runs = max(parser.parse_args().runs, 10)
    with tempfile.TemporaryDirectory() as folder:
        commands = {name: [*COMMAND, *name.split()] for name in LIMITS}
        commands["site"].append(str(Path(folder) / "site"))
        costs = medians({LEAST: ["-c", _LEAST], **commands}, runs, ROOT)
    print(f"medians of {runs} runs, Python {sys.version.split()[0]}")
    over = False
    for name, cost in costs.items():
        line = f"{name:21}{cost.seconds:7.3f} s   processor {cost.processor:6.3f} s"
        if name in LIMITS:
            ratio = cost.processor / costs[LEAST].processor
            over |= ratio > LIMITS[name]
            line += f"   times {ratio:.2f} (at most {LIMITS[name]}){'  OVER' * (ratio > LIMITS[name])}"
        print(line)
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
