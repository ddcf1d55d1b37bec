"""Measures commands: several in turns, so that what else the machine does falls on all of them."""

import contextlib
import os
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

ROOT = Path(__file__).parent.parent
COMMAND = ["-c", "import sys; from module_drift.cli import main; main(sys.argv[1:])"]
"""Arguments of the interpreter that make it the command module-drift."""

_EVERY = 0.02
"""Seconds between two looks at the processes that a command has."""


class Cost(NamedTuple):
    """What a run took, all its processes together.

    Attributes:
        seconds: by the clock.
        mebibytes: the peak of resident memory.
        processor: seconds of the processor, which other work on the machine hardly changes.
    """

    seconds: float
    mebibytes: float
    processor: float


def medians(commands: Dict[str, Sequence[str]], runs: int, folder: Path = ROOT) -> Dict[str, Cost]:
    """Run this interpreter in `folder` with the arguments of each of `commands`; return the median costs by name.

    A first run of each, which warms the file cache and writes the byte code, does not count.
    """
    costs: Dict[str, List[Cost]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, arguments in commands.items():
            cost = measure(arguments, folder)
            if turn:
                costs[name].append(cost)
    return {name: Cost(*map(statistics.median, zip(*of))) for name, of in costs.items()}


def measure(arguments: Sequence[str], folder: Path = ROOT) -> Cost:
    """Run this interpreter with `arguments` and return the cost; a run that fails ends the program."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.getenv("PYTHONPATH")])])}
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    peaks: Dict[int, int] = {}
    ended = threading.Event()
    looking = threading.Thread(target=_look, args=(process.pid, peaks, ended))
    looking.start()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    ended.set()
    looking.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"python {' '.join(arguments)} ended with status {process.returncode}; run it to see why")
    peaks[process.pid] = max(peaks.get(process.pid, 0), usage.ru_maxrss if len(peaks) < 2 else 0)
    return Cost(seconds, sum(peaks.values()) / 1024, usage.ru_utime + usage.ru_stime)


def _look(root: int, peaks: Dict[int, int], ended: threading.Event) -> None:
    """Keep in `peaks` the most memory that the process `root` and each of its descendants had, in KiB."""
    while not ended.wait(_EVERY):
        for process in _tree(root):
            with contextlib.suppress(OSError):
                for line in Path(f"/proc/{process}/status").read_text().splitlines():
                    if line.startswith("VmHWM:"):
                        peaks[process] = max(peaks.get(process, 0), int(line.split()[1]))


def _tree(root: int) -> Iterable[int]:
    """Return the process `root` and all that descend from it."""
    children: Dict[int, List[int]] = {}
    for parent, process in filter(None, map(_family, os.listdir("/proc") if os.path.isdir("/proc") else [])):
        children.setdefault(parent, []).append(process)
    found = [root]
    for process in found:
        found += children.get(process, [])
    return found


def _family(name: str) -> Optional[Tuple[int, int]]:
    """Return the parent of a process and the process, if `name` in /proc is one."""
    if name.isdigit():
        with contextlib.suppress(OSError, ValueError):
            # After the command in parentheses: state and parent.
            return int(Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[1]), int(name)
    return None
