"""What a scan finds in the programs of `programs/`, between two releases, by the causes of the record.

A text there holds many. `#: program NAME OLD NEW` begins one, `#: file PATH` a file of it if it has several, and `# %%`
a cell of a notebook. A comment `# hit: CAUSE sure` tells what must be found on its line, by its cause and how sure that
is; without such a word, sure or likely. Nothing else may be sure or likely.
"""

import functools
import json
import re
import sys
from pathlib import Path
from typing import Dict, List, NamedTuple, Set, Tuple

import pytest

from module_drift.asking.between import between
from module_drift.record.project import around
from module_drift.record.release import Release, Run
from module_drift.scanning.matching import causes_of
from module_drift.scanning.scan import scan

PROGRAM = re.compile(r"#: program (?P<name>\S+) (?P<old>[\d.]+) (?P<new>[\d.]+)(?: on Python 3\.(?P<python>\d+))?")
MARK = re.compile(r"# hit: (.+)")
FOLDER = Path(__file__).parent / "programs"


class Program(NamedTuple):
    """Code with what must be found in it.

    Attributes:
        old: the release that one comes from.
        new: the one that one goes to.
        python: the oldest minor version of Python 3 that can parse it.
        files: their lines by their paths.
    """

    old: str
    new: str
    python: int
    files: Dict[str, List[str]]


def programs() -> Dict[str, Program]:
    """Return the programs by the names of their texts and their own."""
    found: Dict[str, Program] = {}
    for path in sorted(FOLDER.glob("*.txt")):
        lines: List[str] = []
        for line in path.read_text(encoding="utf-8").splitlines():
            head = PROGRAM.fullmatch(line)
            if head:
                lines = []
                key = f"{path.stem}/{head['name']}"
                assert key not in found
                found[key] = Program(head["old"], head["new"], int(head["python"] or 8), {"program.py": lines})
            elif line.startswith("#: file "):
                found[key].files.pop("program.py", None)
                lines = found[key].files[line[8:]] = []
            else:
                assert not line.startswith("#:"), line
                lines.append(line)
    return found


PROGRAMS = programs()


@functools.lru_cache(maxsize=None)
def causes(old: str, new: str):
    """Return the causes on the way, as the command takes them."""
    record = around(FOLDER).record
    runs = [Run(Release.parse(text), "cpu") for text in (old, new)]
    table = record.read_causes()
    lasting = between(record, record.case_ids(), *runs).lasting
    keys = dict.fromkeys(change.key for change in lasting if change.key in table)
    return causes_of(table, keys, upward=runs[0].release < runs[1].release)


def written(path: Path, lines: List[str]) -> Set[Tuple[str, int, str, str]]:
    """Write a file; return what must be found in it: its name, the line in it or in a cell, the cause, and how sure."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cells: List[List[str]] = [[]]
    for line in lines:
        if path.suffix == ".ipynb" and line == "# %%":
            cells.append([])
        else:
            cells[-1].append(line)
    text = "\n".join(lines)
    if path.suffix == ".ipynb":
        text = json.dumps({"cells": [{"cell_type": "code", "source": "\n".join(cell)} for cell in cells]})
    path.write_text(f"{text}\n", encoding="utf-8")
    wanted = set()
    for at, cell in enumerate(cells, 1):
        for number, line in enumerate(cell, 1):
            mark = MARK.search(line)
            for one in mark[1].split(", ") if mark else ():
                key, _, certainty = one.partition(" ")
                assert certainty in ("", "sure", "likely", "possible"), line
                where = f"{path.name}:{at}" if path.suffix == ".ipynb" else path.name
                wanted.add((where, number, key, certainty))
    return wanted


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_found(tmp_path, name):
    program = PROGRAMS[name]
    wanted = set()
    for path, lines in program.files.items():
        wanted |= written(tmp_path / path, lines)
    result = scan([tmp_path], causes(program.old, program.new), 0, True)
    if sys.version_info < (3, program.python):
        assert len(result.unread) == 1
        return
    assert result.unread == []
    found = {
        (f"{one.path.name}:{one.cell}" if one.cell else one.path.name, one.line, touched.cause.key, one.certainty)
        for touched in result.touched
        for one in touched.findings
    }
    any_certainty = {one[:3] for one in wanted if not one[3]}
    said = {(*one[:3], "") if one[3] != "possible" and one[:3] in any_certainty else one for one in found}
    reported = {one for one in said if one[3] != "possible" or one in wanted}
    assert sorted(reported) == sorted(wanted)


def may_be_wrapped(program):
    """Return whether a program means the same within a function, as what Python allows only in a module does not."""
    lines = program.files.get("program.py", [])
    return bool(lines) and not any("import *" in line or "__future__" in line or " global " in line for line in lines)


@pytest.mark.parametrize("name", [name for name, program in PROGRAMS.items() if may_be_wrapped(program)])
def test_within_a_function_the_same_is_found(tmp_path, name):
    program = PROGRAMS[name]
    lines = program.files["program.py"]
    found = []
    for folder, shown in (("plain", lines), ("wrapped", ["def wrapped():", *(f"    {line}" for line in lines)])):
        written(tmp_path / folder / "program.py", shown)
        result = scan([tmp_path / folder], causes(program.old, program.new), 0, False)
        found.append(
            {
                (one.line - (folder == "wrapped"), touched.cause.key, one.certainty)
                for touched in result.touched
                for one in touched.findings
            }
        )
    assert found[0] == found[1]


def test_there_are_many_programs_of_many_causes():
    marks = [MARK.search(line) for one in PROGRAMS.values() for lines in one.files.values() for line in lines]
    keys = {one.split(" ")[0] for mark in marks if mark for one in mark[1].split(", ")}
    assert len(PROGRAMS) >= 120
    assert len(keys) >= 80
    assert keys <= set(around(FOLDER).record.read_causes())
