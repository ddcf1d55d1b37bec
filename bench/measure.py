"""Measures commands: several in turns, so that what else the machine does falls on all of them."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Dict, List, NamedTuple, Sequence

ROOT = Path(__file__).parent.parent


class Cost(NamedTuple):
    """What a run took: wall-clock seconds, and the process's peak resident memory in MiB."""

    seconds: float
    mebibytes: float


def medians(commands: Dict[str, Sequence[str]], runs: int) -> Dict[str, Cost]:
    """Run this interpreter with the arguments of each of `commands`, and return the median costs by name.

    A first run of each, which warms the file cache and writes the byte code, does not count.
    """
    costs: Dict[str, List[Cost]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, arguments in commands.items():
            cost = _measure(arguments)
            if turn:
                costs[name].append(cost)
    return {name: Cost(*map(statistics.median, zip(*of))) for name, of in costs.items()}


def _measure(arguments: Sequence[str]) -> Cost:
    """Run this interpreter with `arguments` and return the cost; a run that fails ends the program."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"python {' '.join(arguments)} ended with status {process.returncode}; run it to see why")
    return Cost(seconds, usage.ru_maxrss / 1024)
