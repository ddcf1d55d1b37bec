"""The record on disk: reading, accepting, and what can be wrong with it."""

import functools
import threading

import pytest

from conftest import CAUSE, RECORDED, make_golden, observation
from module_drift import checks, files
from module_drift.errors import InputError
from module_drift.golden import LARGEST
from module_drift.history import resolve
from module_drift.observation import Observation
from module_drift.release import Release, Run
from module_drift.verified import Row, dump, read, updated

RATIO, WARNING = "demo/ratio", "demo/warning"


def row(release="1.4.0", **fields):
    values = {
        "release": release,
        "device": "cpu",
        "python": "3.8.18",
        "platform": "linux-x86_64",
        "cases": 2,
        "digest": "0123456789abcdef",
        "date": "2026-11-23",
        **fields,
    }
    return Row(**values)


def run(release, device="cpu"):
    return Run(Release.parse(release), device)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def accept(record, release, text):
    return record.accept(RATIO, run(release), observation(text), {**RECORDED, "torch": release})


def test_accepting_writes_the_golden_and_no_other_file(record):
    written = accept(record, "1.4.0", "a")
    folder = record.folder / RATIO
    assert written == [folder / "since-1.04.0.yml"]
    assert names(folder) == ["since-1.04.0.yml"]
    assert accept(record, "1.5.0", "a") == []
    assert accept(record, "1.6.0", "b") == [folder / "since-1.06.0.yml"]
    assert [golden.observation for golden in record.goldens(RATIO)] == [observation("a"), observation("b")]


def test_accepting_keeps_what_verified_runs_resolve_to(record):
    for release in ("1.4.0", "1.5.0", "1.6.0"):
        record.add_verified(row(release))
    accept(record, "1.4.0", "a")
    accept(record, "1.5.0", "b")
    assert names(record.folder / RATIO) == ["since-1.04.0.yml", "since-1.05.0.yml", "since-1.06.0.yml"]
    accept(record, "1.6.0", "b")
    assert names(record.folder / RATIO) == ["since-1.04.0.yml", "since-1.05.0.yml"]


@pytest.mark.parametrize("survives", range(4))
def test_killed_between_two_writes_the_goldens_are_valid(record, monkeypatch, survives):
    for release in ("1.4.0", "1.5.0", "1.6.0"):
        record.add_verified(row(release))
    accept(record, "1.4.0", "a")
    left = [survives]
    really_replace = files.replace

    def replace(path, text):
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        really_replace(path, text)

    monkeypatch.setattr(files, "replace", replace)
    try:
        accept(record, "1.5.0", "b")
    except KeyboardInterrupt:
        assert survives < 2
    goldens = record.goldens(RATIO)
    assert resolve(goldens, run("1.4.0")).observation == observation("a")
    assert resolve(goldens, run("1.6.0")).observation == observation("a")
    assert resolve(goldens, run("1.5.0")).observation == observation("a" if survives < 2 else "b")


def test_a_write_that_fails_leaves_the_old_file_whole(tmp_path, monkeypatch):
    path = tmp_path / "file"
    files.replace(path, "old")
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk")))
    with pytest.raises(InputError, match=r"file: cannot be written \(disk\); make room"):
        files.replace(path, "new")
    assert names(tmp_path) == ["file"]
    assert path.read_text(encoding="utf-8") == "old"


def test_nothing_is_written_in_ci(record, monkeypatch):
    monkeypatch.setenv("CI", "true")
    before = names(record.folder)
    with pytest.raises(InputError, match="CI: is set, and goldens are never written there"):
        accept(record, "1.4.0", "a")
    with pytest.raises(InputError, match="CI: is set"):
        record.add_verified(row())
    assert names(record.folder) == before


def test_a_broken_golden_is_not_overwritten(record):
    path = accept(record, "1.4.0", "a")[0]
    path.write_text("cut sho", encoding="utf-8")
    with pytest.raises(InputError, match=r"since-1\.04\.0\.yml: the file must be object"):
        accept(record, "1.4.0", "b")
    assert path.read_text(encoding="utf-8") == "cut sho"


@pytest.mark.parametrize("case", [RATIO, "demo"])
def test_a_folder_that_is_a_link_is_bad_input(record, write_golden, case):
    write_golden(RATIO, make_golden("a"))
    outside = (record.folder / case).rename(record.folder.parent / "outside")
    (record.folder / case).symlink_to(outside)
    with pytest.raises(InputError, match=rf"{case}: is a link; put the folder itself there"):
        accept(record, "1.5.0", "b")


@pytest.mark.parametrize(
    "observed",
    [
        observation("x" * LARGEST),
        observation("half a pair: \ud83d"),
        Observation(numbers=[["x", functools.reduce(lambda inner, _: [inner], range(200), 1.0)]]),
        Observation(numbers=[["x", 1 << 20_000]]),
    ],
    ids=["large", "surrogate", "deep", "integer"],
)
def test_what_could_not_be_read_back_is_not_written(record, observed):
    with pytest.raises(InputError, match="too large, too deep or too odd to keep; show less"):
        record.accept(RATIO, run("1.4.0"), observed, RECORDED)
    assert not (record.folder / RATIO).exists()


def test_what_a_killed_writer_left_is_removed_by_the_next(record):
    accept(record, "1.4.0", "a")
    left = record.folder / RATIO / ".x.tmp"
    left.write_text("hal", encoding="utf-8")
    assert accept(record, "1.5.0", "a") == []
    assert left.exists()
    accept(record, "1.5.0", "b")
    assert names(record.folder / RATIO) == ["since-1.04.0.yml", "since-1.05.0.yml"]


def test_of_two_regenerations_one_waits(record):
    said = []
    with record.regenerating(said.append):
        ended = threading.Event()

        def other():
            with record.regenerating(said.append):
                ended.set()

        thread = threading.Thread(target=other)
        thread.start()
        assert not ended.wait(0.3)
        assert said == [f"waiting for another regeneration of {record.folder} to end"]
    thread.join()
    assert ended.is_set()


def problems(record):
    return [str(problem).replace(f"{record.folder}/", "") for problem in checks.everything(record)]


@pytest.fixture
def sound(record, write_golden):
    """Return a record in which nothing is wrong."""
    write_golden(RATIO, make_golden("a"))
    write_golden(RATIO, make_golden("b", since="1.5.0", cause="a-change"))
    write_golden(WARNING, make_golden("w"))
    files.replace(record.folder / "causes.toml", CAUSE)
    assert problems(record) == []
    return record


def test_a_case_without_goldens_is_a_problem(sound):
    (sound.folder / WARNING / "since-1.04.0.yml").unlink()
    assert problems(sound) == ["demo/warning: no golden; record the case over all releases: module-drift sweep --regen"]


@pytest.mark.parametrize("orphan", ["demo/gone", "gone"])
def test_goldens_of_no_case_are_a_problem(sound, orphan):
    (sound.folder / orphan).mkdir()
    assert problems(sound) == [f"{orphan}: belongs to no case; delete it, or take its case back from git"]


@pytest.mark.parametrize(
    ("golden", "problem"),
    [
        (make_golden("b", since="1.5.0", cause="unexplained"), "unexplained; name its cause"),
        (make_golden("b", since="1.5.0"), "unexplained; name its cause"),
        (make_golden("b", since="1.5.0", cause="unheard-of"), "its cause 'unheard-of' is not in causes.toml"),
        (make_golden("b", since="1.6.0", cause="a-change"), "its cause 'a-change' is of 1.5.0"),
        (make_golden("a", since="1.5.0", cause="a-change"), "says what the golden before it says; delete it"),
    ],
)
def test_a_golden_that_does_not_fit_is_a_problem(sound, write_golden, golden, problem):
    (sound.folder / RATIO / "since-1.05.0.yml").unlink()
    write_golden(RATIO, golden)
    assert any(f"{RATIO}/{golden.file_name}: {problem}" in found for found in problems(sound))


def test_a_cause_of_a_first_golden_is_a_problem(sound, write_golden):
    write_golden(WARNING, make_golden("w", cause="a-change"))
    assert problems(sound) == ["demo/warning/since-1.04.0.yml: a case's first golden has no cause; write cause: null"]


def test_a_cause_that_no_golden_uses_is_a_problem(sound):
    files.replace(sound.folder / "causes.toml", CAUSE + CAUSE.replace("a-change", "another"))
    assert problems(sound) == ["causes.toml: no golden uses [another]; delete it, or name it in a golden"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('kind = "changed"', 'kind = "broken"', "a-change.kind must be one of"),
        ('kind = "changed"', "kind = changed", "not TOML"),
        ('kind = "changed"\n', "", "a-change must contain .*kind"),
        ('since = "1.5.0"', 'since = "1.5"', r"\[a-change\] since = '1.5' is no release; write it like 1\.10\.0"),
        ('since = "1.5.0"', 'since = "soon"', "not a version number"),
        ('["https://example.org/1"]', "[]", r"\[a-change\] needs evidence, or evidence = \[\] and searched"),
        ('["https://example.org/1"]', '["a guess"]', "evidence"),
        ('evidence = ["https', 'why = ""\nevidence = ["https', "why"),
    ],
)
def test_a_cause_that_is_not_one_is_bad_input(sound, old, new, problem):
    files.replace(sound.folder / "causes.toml", CAUSE.replace(old, new))
    with pytest.raises(InputError, match=problem) as raised:
        sound.read_causes()
    assert len(str(raised.value).splitlines()) == 1


def test_a_cause_may_say_where_evidence_was_searched(sound):
    searched = CAUSE.replace('["https://example.org/1"]', '[]\nsearched = "the release notes"')
    files.replace(sound.folder / "causes.toml", searched)
    assert sound.read_causes()["a-change"]["searched"] == "the release notes"


def test_without_causes_toml_there_are_no_causes(record):
    (record.folder / "causes.toml").unlink()
    assert record.read_causes() == {}


def test_verified_rows_round_trip_sorted_and_replace_their_own(tmp_path):
    rows = updated([], row("1.10.0"))
    rows = updated(rows, row("1.4.0"))
    rows = updated(rows, row("1.4.0", device="cuda"))
    rows = updated(rows, row("1.4.0", python="3.11.7"))
    assert [(each.release, each.device, each.python) for each in rows] == [
        ("1.4.0", "cpu", "3.8.18"),
        ("1.4.0", "cpu", "3.11.7"),
        ("1.4.0", "cuda", "3.8.18"),
        ("1.10.0", "cpu", "3.8.18"),
    ]
    files.replace(tmp_path / "verified.csv", dump(rows))
    assert read(tmp_path / "verified.csv") == rows
    assert updated(rows, row("1.4.0", date="2027-01-01")) == rows
    newer = row("1.4.0", python="3.8.20", digest="f" * 16, date="2027-01-01")
    assert updated(rows, newer) == [newer, *rows[1:]]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", ":1: the columns must be release,device,python"),
        ("release,device\n", ":1: the columns must be"),
        (dump([row(device="tpu")]), ":2: not a row of"),
        (dump([row(release="next")]), ":2: not a row of"),
        (dump([row(cases="many")]), ":2: not a row of"),
        (dump([row(date="yesterday")]), ":2: not a row of"),
        (dump([row(), row(python="three")]), ":3: not a row of"),
        (dump([row()]) + "1.5.0,cpu\n", ":3: not a row of"),
        (dump([row()]) + "<<<<<<< HEAD\n", ":3: not a row of"),
    ],
)
def test_a_verified_csv_that_is_not_one_is_bad_input(tmp_path, text, problem):
    path = tmp_path / "verified.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=problem):
        read(path)


def test_the_digest_follows_the_cases_and_what_the_run_resolves_to(sound, write_golden):
    cases = sound.cases()
    old, new = run("1.4.0"), run("1.5.0")
    before = {each: sound.digest(each, cases) for each in (old, new)}
    assert before[old] != before[new]
    write_golden(RATIO, make_golden("b", since="1.5.0", cause="named", recorded={**RECORDED, "torch": "1.5.0"}))
    assert sound.digest(new, cases) == before[new]
    write_golden(RATIO, make_golden("c", since="1.5.0"))
    assert sound.digest(new, cases) != before[new]
    assert sound.digest(old, cases) == before[old]
    source = sound.cases_folder / "demo.py"
    source.write_text(source.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert sound.digest(old, cases) != before[old]
