"""Measures the commands that read the record, beside an interpreter that does nothing.

Run as `python bench/commands.py [--runs 11]`; it needs no torch. Exits with 1 if a median is over its limit.
`bench/scale.py` does the same for larger records.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from measure import COMMAND, medians

NOTHING = "python -c pass"
READING = [["between", "1.13.1", "2.6.0"], ["show", "hook/code-3"], ["list"], ["releases"]]
SITE_LIMIT = 3.0
"""Seconds for the site of the record, which also has to load its libraries."""


def main() -> int:
    """Measure, print a table, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=11, help="runs of each, at least 10 (default: %(default)s)")
    runs = max(parser.parse_args().runs, 10)
    commands = {NOTHING: ["-c", "pass"]}
    with tempfile.TemporaryDirectory() as folder:
        for arguments in [*READING, ["site", str(Path(folder) / "site")]]:
            commands[" ".join(arguments[: 1 if arguments[0] == "site" else None])] = [*COMMAND, *arguments]
        costs = medians(commands, runs)
    limit = 3 * costs[NOTHING].seconds + 0.1
    print(f"medians of {runs} runs, Python {sys.version.split()[0]}")
    over = False
    for name, cost in costs.items():
        allowed = {NOTHING: None, "site": SITE_LIMIT}.get(name, limit)
        too_slow = allowed is not None and cost.seconds > allowed
        over |= too_slow
        at_most = "" if allowed is None else f"  (at most {allowed:.3f}){'  OVER' if too_slow else ''}"
        print(f"{name:24} {cost.seconds:6.3f} s{at_most}")
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
