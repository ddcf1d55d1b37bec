"""The cases are the test of the scan: a cause that moved a case is found in what the case executes."""

import pytest

from module_drift.record.record import Record
from tests.scanning.causes_and_cases import ROOT, TABLE, joined, written


@pytest.fixture(scope="module")
def table():
    return joined(Record(ROOT))


def test_a_cause_hits_each_case_that_it_moved(table):
    missed = [f"{key}: {id}" for key, one in table.items() for id in sorted(one.moved - one.hits.keys())]
    assert not missed, "mend what the cause touches, or how it is found"
    assert sum(len(one.moved) for one in table.values()) > 400


def test_what_else_is_hit_is_known(table):
    assert written(table) == TABLE.read_text(encoding="utf-8"), (
        "look whether that is right: python -m tests.scanning.causes_and_cases && git diff"
    )
