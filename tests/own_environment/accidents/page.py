"""Runs the tests of accidents and, where a path is given, writes the page of what they counted there.

Run as `python tests/own_environment/accidents/page.py [docs/accidents.md]`, or with tox as the page says.
"""

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from counts import EXAMPLES, INTERRUPTED
from damage import INSTEAD, OF_CAUSES, OF_GOLDENS, OF_ROWS

from module_drift.common import files

FOLDER = Path(__file__).parent
PAGE = """\
# What goldens survive

Goldens, causes and rows are files that people and machines write, so things happen to them. This page says what
was tried and what came of it; it is written by the tests themselves:

```sh
tox run -e accidents -- docs/accidents.md
```

Without a path, `tox run -e accidents` tries the same and writes nothing. A failure names the seed and number of
what was drawn, so that it can be had again. The run that gave these figures took {seconds:.0f} s.

## Killed

A regeneration of a release in the middle of a record, which copies goldens down, replaces and removes some, was
killed (SIGKILL) at {kills} random moments: {kills_nothing} times before it had changed a file, {kills_part} times
in the midst of it, {kills_all} times after the last. Each time every file was whole and as it was before or as it
was to be, every other verified release resolved to what it did, and a second regeneration gave, byte for byte,
what an undisturbed one gives, without the temporary file that {kills_leftover} of the kills had left.
`pytest --regen-all` itself was killed {pytest_kills} times, with the same outcome.

{interrupted} more histories of releases and devices, drawn by hypothesis, were interrupted before each file
that they write or remove: the invariant of regenerating holds at each of these moments.

## Two at once

Two regenerations of neighbouring releases, started together {pairs} times, gave what they give one after the
other, in one of the two orders; in {pairs_order_matters} of these the orders give different goldens. Of
{pytest_pairs} pairs of `pytest --regen-all`, {pytest_pairs_waited} said that one waits for the other.

## Disks and folders

| what happened | times | came of it |
| --- | --: | --- |
| the disk is full from one call of the operating system on, for each call that a regeneration makes | {full} | told |
| the file system turns read-only at one call, for each | {read_only} | told |
| a file may not grow beyond a limit of the kernel's | {size} | told, or enough |
| the folder of goldens, or of one case, may not be written | 2 | told |

*Told* is one line that names the file, what is wrong with it and what to do, such as `golden/verified.csv: cannot be
written (No space left on device); make room or give the permission, then run it again`. Nothing was half-written,
verified.csv claimed nothing, and no temporary file was left where it could be removed.

## Damaged files

Files of a sound record were damaged at random, and then read in every way there is. *Refused* is one line that
names the file and the remedy; *read* is that what is in the file is well-formed, and was taken for what it is.
None ran code, hung, crashed or was rewritten, and a case with a refused golden accepted nothing. `slowest` is the
longest that one way of reading one file worked; a second is the limit.

{damage}
## Properties

For {examples} observations, and pairs of them, each: an observation equals itself, also beside a copy; comparing gives
the same verdict both ways, and its report can be written; what was observed comes back from disk as it was, to
the bit and the type. They are made of NaN, infinities, -0.0, the largest and smallest numbers, complex numbers,
integers of thousands of digits, nothing, deep nesting, long texts, all of Unicode, and what looks like YAML.
"""


def main() -> int:
    """Run the tests, write the page if they pass and a path was given, and return pytest's status."""
    arguments = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        junit = Path(folder) / "junit.xml"
        # Without the plugin, which needs a torch, and the conftest.py that loads it.
        command = [sys.executable, "-m", "pytest", str(FOLDER), "-p", "no:module-drift", "-n", "2"]
        command += [f"--confcutdir={FOLDER.parents[1]}"]
        status = subprocess.run([*command, f"--junit-xml={junit}"], check=False).returncode
        if status == 0 and arguments:
            files.replace(Path(arguments[0]), page(ElementTree.parse(junit).getroot()))
    return status


def page(junit: ElementTree.Element) -> str:
    """Return the page of the figures in pytest's JUnit report."""
    figures = {each.get("name", ""): each.get("value", "") for each in junit.iter("property")}
    seconds = float(next(junit.iter("testsuite")).get("time", "nan"))
    numbers = {name: value for name, value in figures.items() if not name.startswith("damage ")}
    return PAGE.format(
        seconds=seconds,
        full=numbers.pop("full_disk_calls"),
        read_only=numbers.pop("read_only_calls"),
        size=numbers.pop("size_limits"),
        damage="\n".join(_table(figures, kind, ways) for kind, ways in KINDS.items()),
        examples=EXAMPLES,
        interrupted=INTERRUPTED,
        **numbers,
    )


KINDS = {
    "goldens": [*OF_GOLDENS, *INSTEAD],
    "causes": [*OF_CAUSES, *INSTEAD],
    "verified": [*OF_ROWS, *INSTEAD],
}


def _table(figures: "dict[str, str]", kind: str, ways: list) -> str:
    rows = [["damage", "times", "refused", "read", "slowest"], ["---", *["--:"] * 4]]
    counted = []
    for way in ways:
        refused, read, slowest = map(int, figures[f"damage {kind} {way.__name__}"].split())
        rows.append([way.__doc__.rstrip("."), str(refused + read), str(refused), str(read), f"{slowest} ms"])
        counted.append((refused, read))
    refused, read = map(sum, zip(*counted, strict=True))
    rows.append(["together", str(refused + read), str(refused), str(read), ""])
    name = {"goldens": "Goldens", "causes": "`causes.toml`", "verified": "`verified.csv`"}[kind]
    return f"### {name}\n\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    sys.exit(main())
