"""Makes records of any size that resemble the real one: its cases and goldens over and over, under other ids."""

from pathlib import Path
from typing import Dict, List, Tuple

from measure import ROOT

from module_drift.case import ID
from module_drift.discovery import Case
from module_drift.golden import Golden, dump
from module_drift.record import Record
from module_drift.release import Release

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
    _write_causes(root / "golden" / "causes.toml", releases, cases)
    editions: Dict[Tuple[str, int], str] = {}
    sources: List[str] = []
    for number in range(cases):
        case, golden = models[number % len(models)]
        id = f"{case.id}-{number}"
        assert ID.fullmatch(id)
        sources.append(_source(case, id, number))
        if len(sources) == _PER_FILE or number == cases - 1:
            text = "import torch\n\nfrom module_drift.case import case\n\n\n" + "\n\n".join(sources)
            _write(root / "cases" / f"made_{number // _PER_FILE}.py", text)
            sources = []
        for i, release in enumerate(_since(releases, goldens, number)):
            key = (case.id, i)
            if key not in editions:
                editions[key] = _edition(golden, i)
            text = editions[key]
            if i:
                text = text.replace("\ncause: no-cause\n", f"\ncause: {_key(release, number, cases)}\n")
            _write(root / "golden" / id / f"since-{release.since_name()}.yml", text)


def _source(case: Case, id: str, number: int) -> str:
    return case.source.replace(f'"{case.id}"', f'"{id}"', 1).replace(f"def {case.function}(", f"def case_{number}(")


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
    return f"made-in-{'-'.join(map(str, release))}-{number % _causes_a_release(cases)}"


def _causes_a_release(cases: int) -> int:
    return max(cases // _CASES_PER_CAUSE // 45, 1)


def _write_causes(path: Path, releases: List[Release], cases: int) -> None:
    keys = [(release, number) for release in releases[1:] for number in range(_causes_a_release(cases))]
    _write(
        path,
        "".join(
            _CAUSE.format(key=_key(release, number, cases), since=release, kind=_KINDS[i % len(_KINDS)], number=i)
            for i, (release, number) in enumerate(keys)
        ),
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
