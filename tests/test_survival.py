"""docs/survival.md is what the record holds of modes."""

from pathlib import Path

from module_drift.asking import export
from module_drift.record.record import Record
from tools.survival import PAGE, page

ROOT = Path(__file__).parent.parent


def test_the_page_is_what_the_record_says():
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page(export.export(Record(ROOT))), "python -m tools.survival"


def test_a_mode_has_its_figures_and_its_causes(with_modes):
    said = page(export.export(with_modes))
    assert "| 2.0.0 | 0 of 1 | 1 of 1 |" in said
    assert "| 2.0.0 |  | It errs. |" in said
