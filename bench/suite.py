"""Compares the whole suite on the CPU with `import torch` alone, in time and in peak memory.

Run as `python bench/suite.py [--runs 11]` with the interpreter that has torch. Exits with 1 if a ratio of
medians is over its limit.
"""

import argparse
import sys

from measure import medians

LIMITS = {"seconds": 1.6, "MiB": 1.4}
COMMANDS = {"import torch": ["-c", "import torch"], "the suite": ["-m", "pytest", "-q", "--device", "cpu"]}


def main() -> int:
    """Measure, print a table, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=11, help="runs of each, at least 5 (default: %(default)s)")
    runs = max(parser.parse_args().runs, 5)
    costs = medians(COMMANDS, runs)
    print(f"medians of {runs} runs, Python {sys.version.split()[0]}")
    for name, (seconds, mebibytes) in costs.items():
        print(f"{name:13} {seconds:6.3f} s {mebibytes:7.1f} MiB")
    over = False
    for (unit, limit), alone, suite in zip(LIMITS.items(), *costs.values()):
        ratio = suite / alone
        over |= ratio > limit
        print(f"ratio of {unit:8} {ratio:.2f}  (at most {limit}){'' if ratio <= limit else '  OVER'}")
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
