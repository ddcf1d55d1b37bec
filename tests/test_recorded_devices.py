"""docs/recorded-devices.md is what the record holds of devices."""

from pathlib import Path

from conftest import make_golden, make_row
from module_drift.common import files
from module_drift.record.golden import dump
from module_drift.record.record import Record
from module_drift.record.verified import dump as dump_rows
from tools.devices import PAGE, page

ROOT = Path(__file__).parent.parent


def test_the_page_is_what_the_record_says():
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page(Record(ROOT)), "python -m tools.devices"


def test_what_deviates_is_counted_among_what_the_device_can_do(record):
    golden = make_golden("b", since="2.0.0", device="xla", cause="unexplained")
    files.replace(record.folder / "demo/ratio" / golden.file_name, dump(golden))
    rows = [make_row("2.0.0"), make_row("2.0.0", device="xla"), make_row("2.1.0", device="xla")]
    files.replace(record.folder / "verified.csv", dump_rows(rows))
    able = "demo/ratio,@xla,2.0.0+\ndemo/warning,@xla,2.1.0+\n"
    files.replace(record.folder / "devices.csv", f"case,device,runs\n{able}")
    said = page(Record(record.folder.parent))
    assert "| 2.0.0 | 1 of 1 |\n| 2.1.0 | 1 of 2 |" in said
    assert "| unexplained |" in said
    assert "demo/ratio (2.0.0)" in said
    assert "0 of the 2 cases have no part in it" in said
    assert "| linux-x86_64-amd | 2.0.0 | 2026-11-23 |" in said


def test_a_case_is_an_example_once(record):
    for since in ("2.0.0", "2.1.0"):
        golden = make_golden(since, since, device="xla", cause="unexplained")
        files.replace(record.folder / "demo/ratio" / golden.file_name, dump(golden))
    files.replace(record.folder / "verified.csv", dump_rows([make_row("2.0.0"), make_row("2.0.0", device="xla")]))
    files.replace(record.folder / "devices.csv", "case,device,runs\ndemo/ratio,@xla,2.0.0+\n")
    assert "| 2 | demo/ratio (2.0.0) |" in page(Record(record.folder.parent))
