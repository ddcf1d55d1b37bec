"""A thousand damaged goldens, and hundreds of damaged causes and rows: told clearly, or read as what they are."""

import multiprocessing
import os
import random
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import damage
import pytest
from stand_in import BASE, PLATFORM, PYTHON

from conftest import CAUSE, RECORDED, make_golden
from module_drift.common import files
from module_drift.common.errors import InputError
from module_drift.common.visible import visible
from module_drift.comparing.compare import compare
from module_drift.comparing.observation import Observation
from module_drift.record import checks
from module_drift.record.golden import dump, parse
from module_drift.record.record import Record
from module_drift.record.release import Release, Run
from module_drift.record.verified import Row

SEED = 20
FORK = multiprocessing.get_context("fork")
HANG = 60
"""Seconds after which what does not end counts as hanging."""

CASE, RUN = "demo/damaged", Run(Release.parse("1.6.0"), "cpu")
SECOND = Observation(
    printed="grad tensor([[0.2500, -1.0000e-08], [nan, inf]])\n  Linear(in_features=1, out_features=1)\n",
    numbers=[["grad", [[0.25, -1e-08], [float("nan"), float("inf")]]], ["n", [1, True], ["int64", "bool"]], ["e", []]],
    warned=["UserWarning: of two\nlines", 'FutureWarning: it\'s "quoted": so'],
    raised="RuntimeError: shape '[2]' is invalid",
)


def make_record(root: Path) -> Record:
    """Return a record of one case with three goldens, two causes and a few rows, in which nothing is wrong."""
    goldens = [
        make_golden("first"),
        make_golden("", "1.5.0", cause="a-change")._replace(observation=SECOND),
        make_golden("third", "2.0.0", device="cuda", cause="another"),
    ]
    source = f'from module_drift.case import case\n\n\n@case("{CASE}")\ndef damaged(show, device):\n    """A case."""\n'
    files.replace(root / "cases" / "demo.py", source)
    for golden in goldens:
        files.replace(root / "golden" / CASE / golden.file_name, dump(golden))
    files.replace(root / "golden" / "causes.toml", f"{CAUSE}\n{CAUSE.replace('a-change', 'another')}")
    record = Record(root)
    for release in BASE:
        row = Row(release, "cpu", "eager", PYTHON, PLATFORM, 0, 1, "0" * 16, "2026-11-23")
        record.add_verified(row, record.cases(), [CASE])
    return record


def one_line(error: InputError) -> bool:
    text = str(error)
    return len(text.splitlines()) == 1 and visible(text) == text and len(text) < 3000


def state(root: Path) -> "list[tuple[str, int, int, int]]":
    """Return all that tells whether something below `root` was written, without reading it."""
    files = (path for path in sorted(root.rglob("*")) if path.is_symlink() or not path.is_dir())
    found = ((path, os.lstat(path)) for path in files if not path.name.endswith(".lock"))
    return [(str(path), one.st_ino, one.st_size, one.st_mtime_ns) for path, one in found]


def attempt(do) -> "tuple[str, object, float]":
    """Return how `do` ended ("refused" for an InputError, or "read"), with what, and after how many seconds of work."""
    started = time.process_time()
    try:
        outcome, result = "read", do()
    except InputError as error:
        outcome, result = "refused", error
    took = time.process_time() - started
    assert outcome == "read" or one_line(result), str(result)
    return outcome, result, took


def damage_a_golden(root: Path, number: int) -> "tuple[str, str, float]":
    """Damage one golden, read it in every way there is, and return the damage, the outcome and the longest time."""
    draw = random.Random(f"{SEED} {number}")
    record = make_record(root)
    os.chdir(root)
    file = draw.choice(record.golden_files(CASE))
    ways = [*damage.OF_GOLDENS, *damage.INSTEAD]
    way = ways[number % len(ways)]
    if way in damage.INSTEAD:
        way(draw, file.path)
    else:
        file.path.write_bytes(way(draw, file.path.read_bytes()))
    before = state(root)
    outcome, found, longest = attempt(file.load)
    for do in (
        file.read_cause,
        lambda: record.state(record.cases()),
        lambda: [one_line(problem) or problem for problem in checks.everything(record)],
    ):
        longest = max(longest, attempt(do)[2])
    if outcome == "refused":
        refused, _, seconds = attempt(lambda: record.accept(CASE, RUN, Observation("new\n"), RECORDED))
        assert refused == "refused"
        longest = max(longest, seconds)
        assert [str(found)] == [str(problem) for problem in checks.read_all(record, record.cases())[1]]
    else:
        again = parse(file.path, dump(found))
        assert again._replace(observation=None) == found._replace(observation=None)
        assert not compare(again.observation, found.observation)
        assert isinstance(bool(compare(found.observation, SECOND)), bool)
    assert state(root) == before, "something was written"
    assert not (root / damage.MARK).exists(), "code was run"
    return way.__name__, outcome, longest


def damage_a_list(root: Path, number: int, name: str, ways, read) -> "tuple[str, str, float]":
    draw = random.Random(f"{SEED} {name} {number}")
    record = make_record(root)
    os.chdir(root)
    path = record.folder / name
    way = [*ways, *damage.INSTEAD][number % (len(ways) + len(damage.INSTEAD))]
    if way in damage.INSTEAD:
        # The damages of files are made for those that lie as deep as goldens do.
        deep = root / "golden" / "a" / "b" / name
        deep.parent.mkdir(parents=True)
        path.rename(deep)
        way(draw, deep)
        deep.rename(path)
        deep.parent.rmdir()
    else:
        path.write_bytes(way(draw, path.read_bytes()))
    before = state(root)
    outcome, _, longest = attempt(lambda: read(record))
    longest = max(longest, attempt(lambda: [one_line(problem) or problem for problem in checks.everything(record)])[2])
    assert state(root) == before
    return way.__name__, outcome, longest


def damage_causes(root: Path, number: int) -> "tuple[str, str, float]":
    return damage_a_list(root, number, "causes.toml", damage.OF_CAUSES, Record.read_causes)


def damage_rows(root: Path, number: int) -> "tuple[str, str, float]":
    return damage_a_list(root, number, "verified.csv", damage.OF_ROWS, Record.verified_rows)


@pytest.mark.parametrize(
    ("damaged", "count"),
    [(damage_a_golden, 1000), (damage_causes, 200), (damage_rows, 200)],
    ids=["goldens", "causes", "verified"],
)
def test_damage_is_told_clearly_or_read_as_what_it_is(damaged, count, tmp_path, request, record_property):
    """In a process of its own, so that a crash or a hang of what reads is a failure of one line too."""
    counted = defaultdict(lambda: defaultdict(int))
    slowest = defaultdict(float)
    with ProcessPoolExecutor(1, mp_context=FORK) as pool:
        for number in range(count):
            root = tmp_path / str(number)
            try:
                way, outcome, seconds = pool.submit(damaged, root, number).result(timeout=HANG)
            except BaseException as error:
                for process in pool._processes.values():
                    process.kill()
                pytest.fail(f"seed {SEED}, number {number}, see {root}: {type(error).__name__}: {error}")
            assert seconds < 1, f"seed {SEED}, number {number}, see {root}: {way} took {seconds:.1f} s"
            counted[way][outcome] += 1
            slowest[way] = max(slowest[way], seconds)
            remove(root)
    kind = request.node.callspec.id
    for way, outcomes in counted.items():
        figures = f"{outcomes['refused']} {outcomes['read']} {slowest[way] * 1000:.0f}"
        record_property(f"damage {kind} {way}", figures)


def remove(root: Path) -> None:
    """Remove what need not be kept, as a failure's would."""
    for path in sorted(root.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    root.rmdir()
