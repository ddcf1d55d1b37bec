"""Measures `module-drift scan` on 200,000 lines, made of the code of the cases, in one file and in 1,700.

Run as `python bench/scan.py [--runs 3]`; it needs no torch. Exits with 1 if a median is over its limit.

The limit on time, that of the processor, is a ratio to an `ast.parse` of the same code, run in turns with the scan:
whoever reads Python has to do that much, while seconds would say how fast the machine is. It is what the scan took when
it was last made faster, and a third more; of small files, `ast.parse` itself takes a third of what it does for a large
one. The limit on memory is in MiB.
"""

import argparse
import re
import sys
import tempfile
from pathlib import Path
from typing import Dict, Iterator, List

from measure import ROOT, medians

LINES = 200_000

PARSE = (
    "import ast, sys; from pathlib import Path\n"
    "for path in Path(sys.argv[1]).rglob('*.py'): ast.parse(path.read_text(encoding='utf-8'))"
)
SCAN = (
    "import sys; from module_drift.cli import main\n"
    "try: main(['scan', sys.argv[1], '--json', '--possible', '--from', '1.4.0', '--to', '2.15.0'])\n"
    "except SystemExit as ended: sys.exit(ended.code not in (0, 1))"
)
LIMITS = {"a file": (1.8, 300), "a tree": (6.5, 250)}
"""How many times as long as `ast.parse` a scan may take, and how many MiB."""

_TOP = re.compile(r"^(?:async )?(?:def|class) (\w+)|^(\w+) = ", re.MULTILINE)


def copies() -> Iterator[str]:
    """Yield the texts of the files with cases over and over, each time with other names of what they define."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "cases").rglob("*.py"))]
    number = 0
    while True:
        for text in texts:
            names = {first or second for first, second in _TOP.findall(text)}
            pattern = re.compile(rf"\b({'|'.join(sorted(names))})\b")
            yield pattern.sub(rf"\1_{number}", text) if number and names else text
        number += 1


def make(root: Path) -> None:
    """Make the folders `file` and `tree` in the folder `root`, of the same code; they are always the same."""
    parts: List[str] = []
    lines = 0
    for text in copies():
        parts.append(text)
        lines += text.count("\n")
        if lines >= LINES:
            break
    for folder in ("file", "tree"):
        (root / folder).mkdir()
    (root / "file" / "one.py").write_text("".join(parts), encoding="utf-8")
    for number, text in enumerate(parts):
        (root / "tree" / f"number_{number}.py").write_text(text, encoding="utf-8")


def main() -> int:
    """Measure, print a table, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3, help="runs of each (default: %(default)s)")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
        commands: Dict[str, List[str]] = {}
        for name in LIMITS:
            where = str(Path(folder) / name.split()[1])
            commands[f"ast.parse of {name}"] = ["-c", PARSE, where]
            commands[f"scan of {name}"] = ["-c", SCAN, where]
        costs = medians(commands, runs)
    print(f"medians of {runs} runs, Python {sys.version.split()[0]}")
    over = False
    for name, (times, mebibytes) in LIMITS.items():
        least, cost = costs[f"ast.parse of {name}"], costs[f"scan of {name}"]
        ratio = cost.processor / least.processor
        is_over = ratio > times or cost.mebibytes > mebibytes
        over |= is_over
        print(f"ast.parse of {name}  {least.processor:7.3f} s  {least.mebibytes:6.1f} MiB")
        print(
            f"scan of {name}       {cost.processor:7.3f} s  {cost.mebibytes:6.1f} MiB (at most {mebibytes})   "
            f"seconds times {ratio:.2f} (at most {times}){'  OVER' * is_over}"
        )
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
