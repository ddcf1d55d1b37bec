"""Goldens of a device in a folder of their own, above a record that somebody ships."""

import pytest

from conftest import make_golden, make_row, observation
from module_drift.common import files
from module_drift.common.errors import InputError
from module_drift.record import checks, project
from module_drift.record.golden import dump
from module_drift.record.overlay import OverlaidRecord
from module_drift.record.project import Project
from module_drift.record.release import Release, Run

RATIO, WARNING = "demo/ratio", "demo/warning"
TWO = Release(2, 0, 0)
NPU = Run(TWO, "npu")
RECORDED = {"torch": "2.0.0", "python": "3.8.18", "device": "npu", "platform": "linux-x86_64"}
CAUSE = """[{}]
since = "2.0.0"
kind = "device"
what = "It differs."
evidence = ["https://example.org/1"]
"""


@pytest.fixture
def overlay(record, write_golden, tmp_path):
    """An empty folder above a record with a case whose golden holds everywhere, and one of which xla deviates."""
    write_golden(RATIO, make_golden("one"))
    write_golden(WARNING, make_golden("one"))
    write_golden(WARNING, make_golden("of xla", "1.5.0", device="xla", cause="a-change"))
    return OverlaidRecord(record, tmp_path / "vendor", "drift")


def names(record, case_id):
    return [golden.file_name for golden in record.goldens(case_id)]


def test_it_shows_what_is_below_and_writes_above(overlay, record):
    before = {path: path.read_bytes() for path in record.folder.rglob("*") if path.is_file()}
    assert names(overlay, RATIO) == names(record, RATIO)
    (written,) = overlay.accept(RATIO, NPU, observation("of npu"), RECORDED)
    assert written == overlay.folder / RATIO / "since-2.00.0@npu.yml"
    assert names(overlay, RATIO) == ["since-1.04.0.yml", "since-2.00.0@npu.yml"]
    assert overlay.golden_in_effect(RATIO, NPU).observation == observation("of npu")
    assert overlay.golden_in_effect(RATIO, Run(TWO, "cpu")).observation == observation("one")
    assert [[one.name for one in some] for some in overlay.many_golden_files([RATIO, WARNING])] == [
        names(overlay, RATIO),
        names(overlay, WARNING),
    ]
    assert [overlay.path_of(RATIO, golden) for golden in overlay.goldens(RATIO)] == [
        record.folder / RATIO / "since-1.04.0.yml",
        written,
    ]
    assert {path: path.read_bytes() for path in before} == before


def test_a_folder_that_is_not_there_yet_holds_nothing(overlay):
    overlay.require()
    assert overlay.verified_rows() == []
    files.replace(overlay.folder / "notes.txt", "")
    with pytest.raises(InputError, match="is of no record"):
        overlay.require()


def test_what_is_taken_back_leaves_nothing(overlay):
    overlay.accept(RATIO, NPU, observation("of npu"), RECORDED)
    overlay.accept(RATIO, NPU, observation("one"), RECORDED)
    assert names(overlay, RATIO) == ["since-1.04.0.yml"]
    assert list(overlay.folder.rglob("*.yml")) == []


def test_where_the_record_below_deviates_and_this_build_does_not_it_is_said_above(overlay, record):
    run = Run(Release(1, 5, 0), "xla")
    overlay.accept(WARNING, run, observation("one"), {**RECORDED, "torch": "1.5.0", "device": "xla"})
    assert overlay.golden_in_effect(WARNING, run).observation == observation("one")
    assert record.golden_in_effect(WARNING, run).observation == observation("of xla")
    overlay.compact([WARNING])
    assert overlay.golden_in_effect(WARNING, run).observation == observation("one")


def test_what_the_cpu_does_is_not_said_above(overlay):
    on_cpu = {**RECORDED, "device": "cpu"}
    assert overlay.accept(RATIO, Run(TWO, "cpu"), observation("one"), on_cpu) == []
    with pytest.raises(InputError, match=r"is of other devices, and demo/ratio drifted on the CPU; install the torch"):
        overlay.accept(RATIO, Run(TWO, "cpu"), observation("other"), on_cpu)
    cases = overlay.cases()
    overlay.add_verified(make_row("2.0.0"), cases, {case.id for case in cases})
    assert overlay.verified_rows() == []
    assert not overlay.folder.exists()


def test_where_only_the_cpu_is_asked_for_nothing_is_recorded_above(tmp_path):
    above = Project(tmp_path, golden="drift", extends=True)
    above.refuse_recording(["cpu", "npu"])
    with pytest.raises(InputError, match=r"holds goldens of other devices than cpu, .*; name one with --device"):
        above.refuse_recording(["cpu"])


def test_a_device_may_lack_above_what_it_has_below(overlay, record):
    files.replace(
        record.folder / "devices.csv", f"case,device,runs\n{RATIO},@npu,1.5.0+ 1.6.0-\n{WARNING},@npu,1.5.0+\n"
    )
    cases = overlay.cases()
    for release in ("2.0.0", "2.1.0"):
        overlay.add_verified(make_row(release, device="npu"), cases, {case.id for case in cases}, {RATIO, WARNING})
        assert overlay.cannot("npu") == {
            id: [TWO, Release(2, 1, 0)][: 1 + (release == "2.1.0")] for id in (RATIO, WARNING)
        }
    files.replace(record.folder / "devices.csv", f"case,device,runs\n{RATIO},@npu,2.0.0+\n{WARNING},@npu,1.5.0+\n")
    overlay.add_verified(make_row("2.0.0", device="npu"), cases, {case.id for case in cases}, {RATIO, WARNING})
    assert overlay.cannot("npu") == {id: [TWO, Release(2, 1, 0)] for id in (RATIO, WARNING)}
    assert overlay.cannot("cpu") == record.cannot("npu") == {}


def test_a_golden_is_named_as_it_lies_in_its_own_project(overlay):
    overlay.accept(RATIO, NPU, observation("of npu"), RECORDED)
    assert [overlay.place_of(RATIO, golden) for golden in overlay.goldens(RATIO)] == [
        f"golden/{RATIO}/since-1.04.0.yml",
        f"drift/{RATIO}/since-2.00.0@npu.yml",
    ]


def problems(overlay):
    histories, found = checks.read_all(overlay, overlay.cases())
    return [*map(str, found), *map(str, checks.ill_caused(overlay, histories))]


def test_what_is_wrong_is_told_with_the_file_in_which_it_is(overlay, record):
    no_pattern = 'touches = ["no pattern!"]\n'
    files.replace(record.folder / "causes.toml", CAUSE.format("a-change").replace("2.0.0", "1.5.0") + no_pattern)
    files.replace(overlay.folder / "causes.toml", CAUSE.format("of-npu") + no_pattern)
    golden = make_golden("of npu", "2.0.0", device="npu", cause="missing")
    files.replace(overlay.folder / RATIO / golden.file_name, dump(golden))
    files.replace(overlay.folder / "gone" / "case" / golden.file_name, dump(golden))
    above, below = overlay.folder / "causes.toml", record.folder / "causes.toml"
    gone, first, second, missing, unused = problems(overlay)
    assert (
        gone
        == f"{overlay.folder}/gone: belongs to no case; delete it, or install the package whose record has the case"
    )
    assert first.startswith(f"{below}: [a-change] touches 'no pattern!'")
    assert second.startswith(f"{above}: [of-npu] touches 'no pattern!'")
    assert missing.endswith(f"its cause 'missing' is not in {above}; add it there, with evidence")
    assert unused == f"{above}: no golden uses [of-npu]; delete it, or name it in a golden"


def test_a_cause_below_may_be_needed_no_more_where_goldens_here_took_the_place_of_its_own(overlay, record):
    files.replace(record.folder / "causes.toml", CAUSE.format("a-change").replace("2.0.0", "1.5.0"))
    golden = make_golden("of another xla", "1.5.0", device="xla", cause="mine")
    files.replace(overlay.folder / WARNING / golden.file_name, dump(golden))
    files.replace(overlay.folder / "causes.toml", CAUSE.format("mine").replace("2.0.0", "1.5.0"))
    hidden = 'touches = []\nhidden = "No name finds it."\n'
    for path in (record.folder / "causes.toml", overlay.folder / "causes.toml"):
        files.replace(path, path.read_text(encoding="utf-8") + hidden)
    assert problems(overlay) == []


def test_a_run_is_written_down_above_and_is_stale_by_itself(overlay, record):
    cases = overlay.cases()
    row = make_row("2.0.0", device="npu")
    assert overlay.stale(None, overlay.state(cases)) == [case.id for case in cases]
    overlay.accept(RATIO, NPU, observation("of npu"), RECORDED)
    overlay.add_verified(row, cases, {case.id for case in cases}, {WARNING})
    (mine,) = [one for one in overlay.verified_rows() if one.device == "npu"]
    assert record.verified_rows() == []
    assert overlay.stale(mine, overlay.state(cases)) == []
    assert overlay.devices() == ["cpu", "cuda", "npu"]
    assert overlay.that_run([RATIO, WARNING], [NPU]) == [RATIO]
    assert (overlay.folder / "devices.csv").read_text(encoding="utf-8") == f"case,device,runs\n{RATIO},@npu,2.0.0+\n"
    overlay.accept(RATIO, NPU, observation("of npu again"), RECORDED)
    assert overlay.stale(mine, overlay.state(cases)) == [RATIO]


def test_causes_are_those_of_both_and_none_is_there_twice(overlay, record):
    files.replace(record.folder / "causes.toml", CAUSE.format("below").replace("2.0.0", "1.5.0"))
    golden = make_golden("of npu", "2.0.0", device="npu", cause="above")
    files.replace(overlay.folder / RATIO / golden.file_name, dump(golden))
    files.replace(overlay.folder / "causes.toml", CAUSE.format("above"))
    assert list(overlay.read_causes()) == ["below", "above"]
    files.replace(overlay.folder / "causes.toml", CAUSE.format("below"))
    with pytest.raises(InputError, match=r"\[below\] is a cause of .*; give yours another name"):
        overlay.read_causes()


def test_a_table_names_the_folder_above(tmp_path):
    files.replace(tmp_path / "pyproject.toml", '[tool.module-drift]\nextends = "module-drift"\ngolden = "drift/npu"\n')
    found = project.of(tmp_path)
    assert found == Project(tmp_path, golden="drift/npu", extends=True)
    assert found.record.folder == tmp_path / "drift" / "npu"
    assert found.record.cases_folder == project.packaged().record.cases_folder
    assert not found.is_own
    assert "above the one that this package carries" in found.described()


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ('extends = "module-drift"\n', "must have extends and golden, and nothing else"),
        ('extends = "module-drift"\ngolden = "a"\ncases = "b"\n', "and nothing else, such as cases"),
        ('extends = "other"\ngolden = "a"\n', "extends = 'other' is no record that can be extended"),
        ('extends = "module-drift"\ngolden = "../a"\n', "is no folder below it"),
    ],
)
def test_a_table_that_extends_wrongly_is_bad_input(tmp_path, table, problem):
    files.replace(tmp_path / "pyproject.toml", f"[tool.module-drift]\n{table}")
    with pytest.raises(InputError, match=problem):
        project.of(tmp_path)


def test_a_table_of_devices_that_is_lost_can_be_recorded_again_as_the_error_says(overlay):
    cases, npu = overlay.cases(), make_row("2.0.0", device="npu")
    ids = {case.id for case in cases}
    overlay.add_verified(npu, cases, ids, {WARNING})
    before = {path: path.read_bytes() for path in overlay.folder.glob("*.csv")}
    (overlay.folder / "devices.csv").unlink()
    with pytest.raises(
        InputError, match=r"no case of @npu is there, .*; .*, or take its runs out of verified.csv, too"
    ):
        overlay.add_verified(npu, cases, ids, {WARNING})
    (overlay.folder / "verified.csv").unlink()
    overlay.add_verified(npu, cases, ids, {WARNING})
    assert {path: path.read_bytes() for path in before} == before


def test_a_golden_of_a_device_on_which_nothing_was_run_is_yet_to_be_seen_to(overlay):
    cases = overlay.cases()
    for device in ("npu", "accelerator"):
        golden = make_golden(f"of {device}", "2.0.0", device=device, cause="unexplained")
        files.replace(overlay.folder / RATIO / golden.file_name, dump(golden))
    histories, _ = checks.read_all(overlay, [case for case in cases if case.id == RATIO])

    def said():
        found = [str(one) for one in checks.loose_ends(overlay, histories)]
        return [one.partition(": ")[2] for one in found if "no release was run" in one]

    assert said() == ["no release was run on npu; name a device that was, or record a run there"]
    overlay.add_verified(make_row("2.0.0", device="npu"), cases, {case.id for case in cases})
    assert said() == []
