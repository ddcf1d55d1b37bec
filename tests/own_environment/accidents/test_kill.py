"""Regenerations that are killed, and regenerations of different releases at once."""

import multiprocessing
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from stand_in import assert_before_or_after, content, copy_of, leftovers, make_project, progress, regenerate

import module_drift

FORK = multiprocessing.get_context("fork")
SEED = 5
RELEASE, WORLD = "1.6.0", "another build"
"""What is regenerated: in the middle of the record, so that goldens are copied, replaced and removed."""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return make_project(tmp_path_factory.mktemp("kill") / "project")


def pytest_regen_all(root, release, world=""):
    """Start `pytest --regen-all` on a stand-in for torch `release`."""
    environment = {**os.environ, "STAND_IN_TORCH": release, "STAND_IN_WORLD": world}
    environment["STAND_IN_FOLDER"] = os.path.dirname(__file__)
    environment["PYTHONPATH"] = str(Path(module_drift.__file__).parents[1])  # Which may not be the one installed.
    command = [sys.executable, "-m", "pytest", "--regen-all", "-q", "-p", "no:cacheprovider"]
    return subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_what_is_regenerated_copies_replaces_and_removes(project, tmp_path):
    """Otherwise the tests below would test less than they seem to."""
    root = copy_of(project, tmp_path / "copy")
    before = content(root)
    regenerate(root, RELEASE, WORLD)
    after = content(root)
    assert after.keys() - before.keys()
    assert before.keys() - after.keys()
    assert [name for name in before if name in after and before[name] != after[name]]


def test_killed_at_any_moment_every_golden_is_of_before_or_after(project, tmp_path, record_property):
    draw = random.Random(SEED)
    undisturbed = copy_of(project, tmp_path / "undisturbed")
    before = content(undisturbed)
    started = time.perf_counter()
    regenerate(undisturbed, RELEASE, WORLD)
    takes = time.perf_counter() - started
    after = content(undisturbed)

    reached, left = Counter(), 0
    for _ in range(100):
        root = copy_of(project, tmp_path / "copy")
        process = FORK.Process(target=regenerate, args=(root, RELEASE, WORLD))
        process.start()
        time.sleep(draw.uniform(0, takes))
        process.kill()
        process.join()
        reached[progress(root, before, after)] += 1
        left += bool(leftovers(root))
        assert_before_or_after(root, before, after, RELEASE)
        regenerate(root, RELEASE, WORLD)
        assert content(root) == after
    assert reached["part"] >= 20, f"the kills came too early or too late: {reached}"
    record_property("kills", 100)
    for how_far in ("nothing", "part", "all"):
        record_property(f"kills_{how_far}", reached[how_far])
    record_property("kills_leftover", left)


def finished(process):
    output, _ = process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


def test_pytest_killed_at_any_moment_and_run_again(project, tmp_path, record_property):
    draw = random.Random(SEED)
    undisturbed = copy_of(project, tmp_path / "undisturbed")
    before = content(undisturbed)
    finished(pytest_regen_all(undisturbed, RELEASE, WORLD))
    after = content(undisturbed)
    steps = len(before.items() ^ after.items())
    for _ in range(4):
        root = copy_of(project, tmp_path / "copy")
        process = pytest_regen_all(root, RELEASE, WORLD)
        some = draw.randrange(steps)
        while process.poll() is None and len(before.items() ^ content(root).items()) <= some:
            time.sleep(0.001)
        process.kill()
        process.communicate()
        assert_before_or_after(root, before, after, RELEASE)
        finished(pytest_regen_all(root, RELEASE, WORLD))
        assert content(root) == after
    record_property("pytest_kills", 4)


def in_order(project, to, first, second):
    """Return the content after regenerating two releases one after the other."""
    root = copy_of(project, to)
    regenerate(root, *first)
    regenerate(root, *second)
    return content(root)


def test_two_at_once_give_what_one_of_the_two_orders_gives(project, tmp_path, record_property):
    draw = random.Random(SEED)
    matched = Counter()
    for i in range(15):
        # Of the later release nothing is verified yet: the earlier one must not change what it has just matched.
        first, second = ("1.8.0", f"world {i}"), ("1.9.0", f"world {i}")
        orders = [in_order(project, tmp_path / "copy", *pair) for pair in ((first, second), (second, first))]
        root = copy_of(project, tmp_path / "copy")
        processes = [FORK.Process(target=regenerate, args=(root, *each)) for each in (first, second)]
        for process in draw.sample(processes, 2):
            process.start()
            time.sleep(draw.choice([0, 0.001, 0.02]))
        for process in processes:
            process.join()
        assert [process.exitcode for process in processes] == [0, 0]
        assert content(root) in orders
        matched["either" if orders[0] == orders[1] else orders.index(content(root))] += 1
    assert matched["either"] < 15, "the order makes no difference: this tests nothing"
    assert matched[0]
    assert matched[1]
    record_property("pairs", 15)
    record_property("pairs_order_matters", 15 - matched["either"])


def test_two_of_pytest_at_once_say_that_one_waits(project, tmp_path, record_property):
    waited = 0
    for i in range(2):
        first, second = ("1.8.0", f"world {i}"), ("1.9.0", f"world {i}")
        orders = []
        for pair in ((first, second), (second, first)):
            root = copy_of(project, tmp_path / "copy")
            for each in pair:
                finished(pytest_regen_all(root, *each))
            orders.append(content(root))
        root = copy_of(project, tmp_path / "copy")
        outputs = [finished(process) for process in [pytest_regen_all(root, *each) for each in (first, second)]]
        assert content(root) in orders
        waited += "waiting for another regeneration of golden to end" in "".join(outputs)
    assert waited
    record_property("pytest_pairs", 2)
    record_property("pytest_pairs_waited", waited)
