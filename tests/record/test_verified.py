"""The table of the runs that were really made: its text, and each way to be none."""

import pytest

from conftest import make_row as row
from module_drift.common import files
from module_drift.common.errors import InputError
from module_drift.record.verified import check, dump, read


def test_rows_round_trip(tmp_path):
    rows = [row(), row(python="3.11.7"), row("1.10.0", device="cuda", cases=475, round=12, digest="0123456789abcdef")]
    files.replace(tmp_path / "verified.csv", dump(rows))
    assert read(tmp_path / "verified.csv") == rows
    assert read(tmp_path / "nothing.csv") == []


def test_a_run_is_told_by_release_device_python_and_platform():
    rows = [
        row(),
        row(python="3.11.7"),
        row(device="cuda"),
        row("1.10.0", platform="linux-aarch64"),
        row("1.10.0"),
    ]
    assert sorted([*rows[3:], *rows[:3]], key=lambda row: row.key) == rows
    assert row().key == row(python="3.8.20", cases=1, round=2, digest="f" * 16, date="2027-01-01").key


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", ":1: the columns must be release,device,mode,python"),
        ("release,device\n", ":1: the columns must be"),
        ("\ufeff" + dump([row()]), ":1: the columns must be"),
        (dump([row(device="TPU")]), ":2: not a row of .*device = 'TPU'"),
        (dump([row(release="next")]), ":2: not a row of .*release = 'next'"),
        (dump([row(release="1!1.4.0")]), ":2: not a row of .*release = '1!1.4.0'"),
        (dump([row(release="1.4")]), ":2: not a row of"),
        (dump([row(release="1.04.0")]), ":2: not a row of"),
        (dump([row(release="1.400.0")]), ":2: not a row of"),
        (dump([row(release="1.4.0\x1b[2J")]), r":2: not a row of .*release = '1\.4\.0\\x1b\[2J'"),
        (dump([row(cases="many")]), ":2: not a row of .*cases = 'many'"),
        (dump([row(cases=-5)]), ":2: not a row of .*cases = '-5'"),
        (dump([row(cases="\uff15")]), ":2: not a row of"),
        (dump([row(cases="9" * 5000)]), ":2: not a row of"),
        (dump([row(round=0)]), ":2: not a row of .*round = '0'"),
        (dump([row(round="1.5")]), ":2: not a row of .*round = '1.5'"),
        (dump([row(date="yesterday")]), ":2: not a row of .*date = 'yesterday'"),
        (dump([row(date="2026-02-30")]), ":2: not a row of .*no such release or day"),
        (dump([row(date="0001-01-01")]), ":2: not a row of"),
        (dump([row(python="three")]), ":2: not a row of"),
        (dump([row(python="3.8.18\x1b[2J")]), ":2: not a row of"),
        (dump([row(platform="linux")]), ":2: not a row of"),
        (dump([row(platform="linux-\u202ex86")]), ":2: not a row of"),
        (dump([row(digest="0123")]), ":2: not a row of"),
        (dump([row(), row("1.5.0", python="three")]), ":3: not a row of"),
        (dump([row(), row("1.5.0"), row(python="3.8.20")]), ":4: torch 1.4.0 on cpu on Python 3.8.20 is there twice"),
        (dump([row()]) + "1.5.0,cpu\n", ":3: not a row of"),
        (dump([row()]) + ",".join(map(str, row("1.5.0"))) + ",more\n", ":3: not a row of"),
        (dump([row()]) + "\n", ":3: not a row of"),
        (dump([row()]) + "<<<<<<< HEAD\n", ":3: not a row of"),
    ],
)
def test_a_table_that_is_none_is_bad_input(tmp_path, text, problem):
    path = tmp_path / "verified.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=problem):
        read(path)


def test_a_row_that_could_not_be_read_back_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"verified\.csv .to be written.: not a row of .*cases = '-1'"):
        check(row(cases=-1), tmp_path / "verified.csv")
