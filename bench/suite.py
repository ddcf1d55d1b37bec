"""Compares the whole suite on the CPU with `import torch` alone, in time and in peak memory.

Run as `python bench/suite.py [--runs 11]` with the interpreter that has torch. The two take turns, so that
what else the machine does falls on both. Exits with 1 if a ratio of medians is over its limit.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Dict, List, NamedTuple, Sequence

LIMITS = {"seconds": 1.6, "MiB": 1.4}
COMMANDS = {"import torch": ["-c", "import torch"], "the suite": ["-m", "pytest", "-q", "--device", "cpu"]}


class Cost(NamedTuple):
    """What one run took: wall-clock seconds, and the process's peak resident memory in MiB."""

    seconds: float
    mebibytes: float


def measure(arguments: Sequence[str]) -> Cost:
    """Run this interpreter with `arguments` and return the cost; a run that fails ends the program."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=Path(__file__).parent.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"python {' '.join(arguments)} ended with status {process.returncode}; run it to see why")
    return Cost(seconds, usage.ru_maxrss / 1024)


def main() -> int:
    """Measure, print a table, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=11, help="runs of each, at least 5 (default: %(default)s)")
    runs = max(parser.parse_args().runs, 5)
    for arguments in COMMANDS.values():
        measure(arguments)  # Warms the file cache, and writes the byte code.
    costs: Dict[str, List[Cost]] = {name: [] for name in COMMANDS}
    for _ in range(runs):
        for name, arguments in COMMANDS.items():
            costs[name].append(measure(arguments))
    print(f"medians of {runs} runs, Python {sys.version.split()[0]}")
    medians = {name: [statistics.median(column) for column in zip(*of)] for name, of in costs.items()}
    for name, (seconds, mebibytes) in medians.items():
        print(f"{name:13} {seconds:6.3f} s {mebibytes:7.1f} MiB")
    over = False
    for (unit, limit), alone, suite in zip(LIMITS.items(), *medians.values()):
        ratio = suite / alone
        over |= ratio > limit
        print(f"ratio of {unit:8} {ratio:.2f}  (at most {limit}){'' if ratio <= limit else '  OVER'}")
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
