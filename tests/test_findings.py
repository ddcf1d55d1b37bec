"""docs/drifts.md is what the record says."""

from pathlib import Path

from module_drift.record.record import Record
from tools.findings import PAGE, findings, page

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / PAGE).read_text(encoding="utf-8")


def test_the_page_is_that_of_the_record():
    assert page(findings(Record(ROOT))) == TEXT


def test_every_cause_is_in_the_page_and_counted_in_its_table():
    causes = Record(ROOT).read_causes()
    assert all(cause["what"].replace("|", r"\|") in TEXT for cause in causes.values())
    counts = [cell for row in TEXT.splitlines() if row.startswith("| [") for cell in row.split(" | ")[1:]]
    assert sum(int(cell.strip(" |") or 0) for cell in counts) == len(causes)
