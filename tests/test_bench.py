"""What `bench/` measures: projects that are made of the record are as whole as it is, whatever it came to hold."""

import json
import sys
from pathlib import Path

import pytest

from module_drift.record import checks
from module_drift.record.record import Record

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def made():
    """`bench/made.py`, which imports what lies beside it, as a script does."""
    sys.path.insert(0, str(ROOT / "bench"))
    try:
        import made

        yield made
    finally:
        sys.path.remove(str(ROOT / "bench"))


def test_the_record_three_times_over_has_nothing_wrong_with_it(made, tmp_path):
    real = Record(ROOT)
    count = made.repeat(tmp_path, 3)
    record = Record(tmp_path)
    cases = record.cases()
    assert count == len(cases) == len(json.loads((tmp_path / made.LIST).read_text())) == 3 * len(real.cases())
    histories, problems = checks.read_all(record, cases)
    assert not [*problems, *checks.ill_caused(record, histories)]
