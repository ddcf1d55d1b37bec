"""Makes records of any size that resemble the real one: its cases and goldens over and over, under other ids."""

import json
import re
import shutil
from pathlib import Path
from typing import Dict, List, Tuple

from measure import ROOT

from module_drift.case import ID
from module_drift.finding.discovery import Case
from module_drift.record.golden import Golden, dump
from module_drift.record.record import Record
from module_drift.record.release import Release

_ID = re.compile(r'(@cases?\(\s*"[^"]*)"')
"""The id of a case, or that of a family with the names of its tables, as it is declared, but for its last quote."""

_PER_FILE = 25
_CASES_PER_CAUSE = 10
_CAUSE = """\
[{key}]
since = "{since}"
kind = "{kind}"
what = "What number {number} of the changes of a record that was made up does to a module."
evidence = ["https://github.com/pytorch/pytorch/pull/{number}"]

"""
_KINDS = ("changed", "regressed", "fixed", "arrived", "warns", "reworded")


def make(root: Path, cases: int, goldens: int) -> None:
    """Make a project in the folder `root`; the same arguments always make the same.

    Args:
        root: an empty folder.
        cases: how many cases it has.
        goldens: how many goldens each of them has, at most as many as there are releases.
    """
    real = Record(ROOT)
    models = [(case, real.goldens(case.id)[0]) for case in real.cases()]
    releases = real.known_releases()
    _write(root / "pyproject.toml", '[tool.module-drift]\ncases = "cases"\ngolden = "golden"\n')
    _write(root / "cases" / "__init__.py", "")
    (root / "golden").mkdir()
    _write(root / "golden" / "verified.csv", (real.folder / "verified.csv").read_text(encoding="utf-8"))
    causes: Dict[str, Release] = {}
    editions: Dict[Tuple[str, int], str] = {}
    sources: List[str] = []
    for number in range(cases):
        case, golden = models[number % len(models)]
        id = f"{case.id}-{number}"
        assert ID.fullmatch(id)
        sources.append(_source(case, number))
        if len(sources) == _PER_FILE or number == cases - 1:
            text = "import torch\n\nfrom module_drift.case import case, cases\n\n\n" + "\n\n".join(sources)
            _write(root / "cases" / f"made_{number // _PER_FILE}.py", text)
            sources = []
        for i, release in enumerate(_since(releases, goldens, number)):
            text = editions.get((case.id, i)) or editions.setdefault((case.id, i), _edition(golden, i))
            if i:
                key = _key(release, number, cases)
                causes[key] = release
                text = text.replace("\ncause: no-cause\n", f"\ncause: {key}\n")
            _write(root / "golden" / id / f"since-{release.since_name()}.yml", text)
    tables = (
        _CAUSE.format(key=key, since=release, kind=_KINDS[number % len(_KINDS)], number=number)
        for number, (key, release) in enumerate(causes.items())
    )
    _write(root / "golden" / "causes.toml", "".join(tables))


def _source(case: Case, number: int) -> str:
    source = _ID.sub(rf'\g<1>-{number}"', case.source)
    return source.replace(f"def {case.function}(", f"def case_{number}(")


def _since(releases: List[Release], goldens: int, number: int) -> List[Release]:
    """Return the releases that brought the goldens of a case: the first, and others that differ from case to case."""
    later = releases[1:]
    step = len(later) / max(goldens - 1, 1)
    return [releases[0], *sorted(later[int(i * step + number % max(int(step), 1))] for i in range(goldens - 1))]


def _edition(golden: Golden, i: int) -> str:
    observed = golden.observation
    if i:
        numbers = [*observed.numbers, ["edition", float(i)]]
        observed = observed._replace(printed=f"{observed.printed}edition {i}\n", numbers=numbers, absent=None)
    return dump(golden._replace(observation=observed, cause="no-cause" if i else None))


def _key(release: Release, number: int, cases: int) -> str:
    causes_a_release = max(cases // _CASES_PER_CAUSE // 45, 1)
    return f"made-in-{'-'.join(map(str, release))}-{number % causes_a_release}"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


LIST = "list.json"
"""Name of the file that `repeat` leaves for `bare_loop`: of each case its module, function, needs and values."""


def repeat(root: Path, times: int) -> int:
    """Make a project in the folder `root` that has the real cases `times` over; return how many they are.

    Their files and goldens are the real ones, and their ids end in a number; the helpers beside them are there once.
    """
    real = Record(ROOT)
    cases = real.cases()
    listed = []
    shutil.copytree(real.cases_folder, root / "cases", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "conftest.py"):
        shutil.copy(ROOT / name, root / name)
    (root / "golden").mkdir()
    shutil.copy(real.folder / "verified.csv", root / "golden" / "verified.csv")
    causes = (real.folder / "causes.toml").read_text(encoding="utf-8")
    _write(root / "golden" / "causes.toml", re.sub(r'^(example = ".*)"$', r'\1-0"', causes, flags=re.MULTILINE))
    for path in sorted({case.path for case in cases}):
        copied = root / "cases" / path.relative_to(real.cases_folder)
        text = copied.read_text(encoding="utf-8")
        copied.unlink()
        those = [case for case in cases if case.path == path]
        for number in range(times):
            for case in those:
                for golden in real.golden_files(case.id):
                    shown = golden.path.read_text(encoding="utf-8")
                    _write(root / "golden" / f"{case.id}-{number}" / golden.name, shown)
            # The first keeps its name, by which others may import from it.
            copy = copied.with_name(f"{copied.stem}{f'_{number}' if number else ''}.py")
            _write(copy, _ID.sub(rf'\g<1>-{number}"', text))
            module = ".".join(copy.relative_to(root).with_suffix("").parts)
            listed += [(module, case.function, case.needs, case.values) for case in those]
    _write(root / LIST, json.dumps(listed))
    return len(listed)
