"""Which cases go through which modes, release by release."""

import pytest

from module_drift.common import files
from module_drift.common.errors import InputError
from module_drift.record import applicable
from module_drift.record.release import Release, Run

A, B = "demo/a", "demo/b"


def run(release, mode="compile", device="cpu"):
    return Run(Release.parse(release), device, mode)


def after(*runs, known=None):
    """Return what is known after runs, each a release, the cases that ran, and those that were passed by."""
    known = known or {}
    verified = []
    for release, ran, passed_by in runs:
        known = applicable.with_run(known, run(release), ran, passed_by, verified)
        verified.append(run(release))
    return known


def test_what_a_run_showed_is_known_from_there_on():
    known = after(("2.0.0", [A, B], [B]))
    assert known == {(A, "compile"): "2.0.0+"}
    said = [
        applicable.goes_through(known, case, run(release))
        for case in (A, B)
        for release in ("1.13.1", "2.0.0", "2.9.0")
    ]
    assert said == [False, True, True, False, False, False]
    assert not applicable.goes_through(known, A, run("2.0.0", mode="checkpoint"))


def test_a_run_changes_nothing_of_others():
    known = after(("2.0.0", [A, B], []), ("2.2.0", [A, B], [A]), ("2.1.0", [A, B], [B]))
    assert known == {(A, "compile"): "2.0.0+ 2.2.0-", (B, "compile"): "2.0.0+ 2.1.0- 2.2.0+"}


def test_where_a_case_goes_through_no_more_it_is_forgotten():
    known = after(("2.0.0", [A], []))
    assert applicable.with_run(known, run("2.0.0"), [A], [A], [run("2.0.0")]) == {}


def test_what_a_device_can_do_is_known_apart_from_the_modes(tmp_path):
    known = after(("2.0.0", [A, B], [B]))
    meta = run("2.0.0", "eager", "meta")
    known = applicable.with_run(known, meta, [A, B], [A], [])
    known = applicable.with_run(known, meta._replace(mode="compile"), [A, B], [], [])
    assert known == {
        (A, "compile"): "2.0.0+",
        (B, "@meta"): "2.0.0+",
        **dict.fromkeys([(A, "@meta~compile"), (B, "@meta~compile")], "2.0.0+"),
    }
    texts = applicable.dump(known)
    assert texts["devices.csv"].splitlines()[:2] == ["case,device,runs", "demo/a,@meta~compile,2.0.0+"]
    for name, text in texts.items():
        files.replace(tmp_path / name, text)
    assert applicable.read(tmp_path) == known
    assert [applicable.goes_through(known, one, run("2.1.0", "eager", "meta")) for one in (A, B)] == [False, True]


def test_the_table_is_read_as_it_was_written(tmp_path):
    assert applicable.read(tmp_path) == {}
    known = after(("2.0.0", [A, B], []), ("2.2.0", [A, B], [A]))
    (text,) = applicable.dump(known).values()
    files.replace(tmp_path / "modes.csv", text)
    assert applicable.read(tmp_path) == known


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("modes.csv", "demo/a,compile,2.0.0"),
        ("modes.csv", "demo/a,Compile,2.0.0+"),
        ("modes.csv", "demo/a,@meta,2.0.0+"),
        ("modes.csv", "demo,compile,2.0.0+"),
        ("modes.csv", "demo/a,compile,"),
        ("devices.csv", "demo/a,meta,2.0.0+"),
        ("devices.csv", "demo/a,@cpu,2.0.0+"),
    ],
)
def test_a_table_that_is_none_is_bad_input(tmp_path, name, line):
    head = {"modes.csv": "case,mode,goes", "devices.csv": "case,device,runs"}[name]
    files.replace(tmp_path / name, f"{head}\n{line}\n")
    with pytest.raises(InputError, match="not a row of"):
        applicable.read(tmp_path)


def test_a_case_is_there_once_for_a_mode(tmp_path):
    files.replace(tmp_path / "modes.csv", "case,mode,goes\ndemo/a,compile,2.0.0+\ndemo/a,compile,2.1.0+\n")
    with pytest.raises(InputError, match="twice for compile"):
        applicable.read(tmp_path)
