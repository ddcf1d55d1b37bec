"""The record on disk: reading, accepting, and what can be wrong with it."""

import functools
import os
import re
import shutil
import threading

import pytest

from conftest import CAUSE, RECORDED, make_golden, make_row, observation
from module_drift.common import files
from module_drift.common.errors import InputError
from module_drift.comparing.observation import Observation
from module_drift.record import checks
from module_drift.record.golden import LARGEST
from module_drift.record.history import resolve
from module_drift.record.release import Release, Run

RATIO, WARNING = "demo/ratio", "demo/warning"


def run(release, device="cpu"):
    return Run(Release.parse(release), device)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def verify(record, row):
    record.add_verified(row, record.cases(), [case.id for case in record.cases()])


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
        verify(record, make_row(release))
    accept(record, "1.4.0", "a")
    accept(record, "1.5.0", "b")
    assert names(record.folder / RATIO) == ["since-1.04.0.yml", "since-1.05.0.yml", "since-1.06.0.yml"]
    accept(record, "1.6.0", "b")
    assert names(record.folder / RATIO) == ["since-1.04.0.yml", "since-1.05.0.yml"]


@pytest.mark.parametrize(("only", "kept"), [(None, ["~compile", "@meta"]), ("eager", ["@meta"]), ("cpu", [])], ids=str)
def test_accepting_keeps_nothing_for_runs_that_the_case_has_no_part_in(record, only, kept):
    verify(record, make_row("1.5.0", mode="compile"))
    verify(record, make_row("1.5.0", device="meta"))
    accept(record, "1.4.0", "a")
    record.accept(RATIO, run("1.5.0"), observation("b"), {**RECORDED, "torch": "1.5.0"}, only)
    copies = [f"since-1.05.0{place}.yml" for place in kept]
    assert names(record.folder / RATIO) == sorted(["since-1.04.0.yml", "since-1.05.0.yml", *copies])


@pytest.mark.parametrize("survives", range(4))
def test_killed_between_two_writes_the_goldens_are_valid(record, monkeypatch, survives):
    for release in ("1.4.0", "1.5.0", "1.6.0"):
        verify(record, make_row(release))
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
        verify(record, make_row())
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
    verify(sound, make_row("1.5.0"))
    assert any(f"{RATIO}/{golden.file_name}: {problem}" in found for found in problems(sound))


def test_a_cause_of_a_first_golden_is_a_problem(sound, write_golden):
    write_golden(WARNING, make_golden("w", cause="a-change"))
    assert problems(sound) == ["demo/warning/since-1.04.0.yml: a case's first golden has no cause; write cause: null"]


def test_a_cause_of_a_mode_is_none_of_a_golden_of_eager(sound):
    files.replace(sound.folder / "causes.toml", CAUSE.replace('kind = "changed"', 'kind = "mode"'))
    (problem,) = problems(sound)
    assert problem.endswith(
        "its cause 'a-change' is of kind mode, and this is no golden of a mode; name the cause for which eager changed"
    )


def test_a_cause_that_no_golden_uses_is_a_problem(sound):
    files.replace(sound.folder / "causes.toml", CAUSE + CAUSE.replace("a-change", "another"))
    assert problems(sound) == ["causes.toml: no golden uses [another]; delete it, or name it in a golden"]


@pytest.mark.parametrize(
    ("before", "after", "effect", "do", "problem"),
    [
        (observation("w"), None, "silent", "Nothing.", ""),
        (observation("w"), observation("v"), "silent", "Do.", "shows something else before 1.5.0"),
        (observation("w"), Observation(raised="ValueError: no"), "silent", "Do.", "does not work in 1.5.0"),
        (observation("w"), Observation(absent="torch.new"), "silent", "Do.", "does not work in 1.5.0"),
        (Observation(absent="torch.new"), observation("w"), "new", "Do.", "does not say since when"),
        (Observation(absent="torch.new"), observation("w"), "new", "Do (since 1.5.0).", ""),
        (observation("w"), observation("w")._replace(warned=["W: w"]), "silent", "Do.", ""),
        (observation("w"), observation("w")._replace(warned=["W: w"]), "noise", "Do.", "shows something else before"),
    ],
)
def test_what_a_cause_says_to_do_holds_on_both_sides(sound, write_golden, before, after, effect, do, problem):
    more = f'touches = ["torch.load()"]\neffect = "{effect}"\ndo = "{do}"\nexample = "{WARNING}"\n'
    files.replace(sound.folder / "causes.toml", f"{CAUSE}{more}")
    write_golden(WARNING, make_golden("")._replace(observation=before))
    if after:
        write_golden(WARNING, make_golden("", since="1.5.0", cause="a-change")._replace(observation=after))
    found = problems(sound)
    assert [problem in one for one in found] == [True] if problem else found == []


def test_the_example_of_a_cause_is_a_case(sound):
    files.replace(sound.folder / "causes.toml", f'{CAUSE}example = "demo/nothing"\n')
    (problem,) = problems(sound)
    assert problem.startswith("causes.toml: [a-change] has the example 'demo/nothing', which is no case")


def test_what_a_cause_touches_must_be_of_the_notation(sound):
    files.replace(sound.folder / "causes.toml", f'{CAUSE}touches = ["torch.load()", "torch.load(a,)"]\n')
    (problem,) = problems(sound)
    assert problem.startswith("causes.toml: [a-change] touches 'torch.load(a,)', which has a comma too many")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('kind = "changed"', 'kind = "broken"', r"\[a-change\] kind = 'broken' must be one of changed"),
        ('kind = "changed"', "kind = changed", "not TOML"),
        (
            'kind = "changed"\n',
            "",
            r"\[a-change\] lacks kind; see Causes in CONTRIBUTING",
        ),
        ('since = "1.5.0"', 'since = "1.5"', r"\[a-change\] since = '1.5' is no release; write it like 1\.10\.0"),
        ('since = "1.5.0"', 'since = "soon"', r"\[a-change\] since = 'soon' is no release"),
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


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("[a-change]", '["a change"]', r"\[a change\] is no name of a cause"),
        ("[a-change]", '["a\\u001b[2J"]', r"\[a\\x1b\[2J\] is no name of a cause"),
        ("[a-change]", "[unexplained]", r"\[unexplained\] is no name of a cause"),
        ("[a-change]", "a-change = 5\n[other]", r"\[a-change\] must be a table"),
        ('"Something changed."', '""', "what = '' is no text"),
        ('"Something changed."', "5", "what = 5 is no text"),
        ('"https://example.org/1"', '"https://example.org/ 1"', "evidence must be a list of addresses"),
        ('["https://example.org/1"]', '"https://example.org/1"', "evidence must be a list of addresses"),
        ('"https://example.org/1"', "5", "evidence must be a list of addresses"),
        ('kind = "changed"', 'kind = ["changed"]', "is no text"),
        ('since = "1.5.0"', 'since = "1!1.5.0"', "since = '1!1.5.0' is no release"),
        ('since = "1.5.0"', 'since = "1.05.0"', "since = '1.05.0' is no release"),
        ('since = "1.5.0"', 'since = "1.999.0"', "since = '1.999.0' is no release"),
        ('since = "1.5.0"', 'since = "1.5.1"', r"\[a-change\] is of 1\.5\.1, of which there is no run and no golden"),
        ('since = "1.5.0"', 'since = "9.9.9"', r"\[a-change\] is of 9\.9\.9, of which there is no run and no golden"),
    ],
)
def test_a_cause_that_could_hurt_or_was_never_run_is_refused_by_all_that_read_causes(sound, old, new, problem):
    files.replace(sound.folder / "causes.toml", CAUSE.replace(old, new))
    for read_them in (sound.read_causes, sound.require):
        with pytest.raises(InputError, match=problem) as raised:
            read_them()
        assert str(raised.value).startswith(f"{sound.folder}/causes.toml: [")
    assert any(re.search(problem, found) for found in problems(sound))


def test_a_cause_may_be_of_a_release_of_which_there_is_a_run_or_only_a_golden(sound):
    verify(sound, make_row("1.4.0"))
    assert sound.read_causes()["a-change"]["since"] == "1.5.0"
    verify(sound, make_row("1.5.1"))
    files.replace(sound.folder / "causes.toml", CAUSE.replace("1.5.0", "1.5.1"))
    assert sound.read_causes()["a-change"]["since"] == "1.5.1"


LEFT_BEHIND = [".DS_Store", "since-1.04.0.yml~", ".#since-1.04.0.yml", "#since-1.04.0.yml#", "since-1.04.0.yml.orig"]
LEFT_BEHIND += ["since-1.04.0.yml.swp", "Thumbs.db", "desktop.ini", ".since-1.04.0.yml.swp", "._since-1.04.0.yml"]


def test_what_editors_and_systems_leave_matters_nowhere(sound):
    case = sound.cases()
    before = sound.state(case)
    for folder in ("golden", "golden/demo", f"golden/{RATIO}", "cases"):
        for name in LEFT_BEHIND:
            files.replace(sound.folder.parent / folder / name, "left")
    assert problems(sound) == []
    sound.require()
    assert sound.case_ids() == [RATIO, WARNING]
    assert len(sound.golden_files(RATIO)) == 2
    assert sound.state(sound.cases()) == before
    assert accept(sound, "1.6.0", "c") == [sound.folder / RATIO / "since-1.06.0.yml"]


@pytest.mark.parametrize("place", ["x.txt", "demo/x.yml", f"{RATIO}/x.yml", f"{RATIO}/since-1.04.0 (1).yml"])
def test_a_stranger_among_the_goldens_is_refused_by_all_that_meet_it(sound, place):
    files.replace(sound.folder / place, "strange")
    said = "the file's name is no release" if place.count("/") == 2 else "is of no record; delete it, or move it"
    (problem,) = [found for found in problems(sound) if said in found]
    assert problem.startswith(f"{place}: ")
    meeting = [lambda: sound.goldens(RATIO)] if place.count("/") == 2 else [sound.case_ids, sound.require]
    for meets in meeting:
        with pytest.raises(InputError, match=said):
            meets()


def test_a_folder_or_link_that_is_named_as_a_golden_is_refused_unread(sound):
    path = sound.folder / RATIO / "since-1.06.0.yml"
    path.mkdir()
    with pytest.raises(InputError, match=r"since-1\.06\.0\.yml: not a regular file; take it back from git"):
        sound.golden_files(RATIO)
    path.rmdir()
    path.symlink_to("since-1.05.0.yml")
    with pytest.raises(InputError, match=r"since-1\.06\.0\.yml: not a regular file"):
        sound.golden_files(RATIO)


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (lambda record: shutil.rmtree(record.cases_folder), "cases: no such folder; make it, or take it back from git"),
        (lambda record: shutil.rmtree(record.folder), "golden: no such folder; record one with the torch that is"),
        (
            lambda record: shutil.rmtree(record.folder) or record.folder.touch(),
            "golden: cannot be read .Not a directory",
        ),
        (lambda record: os.mkfifo(record.cases_folder / "x.py"), "cases/x.py: not a regular file"),
        (lambda record: (record.cases_folder / "x.py").write_bytes(b"\xff"), "cases/x.py: not UTF-8 text in line 1"),
        (lambda record: files.replace(record.folder / "causes.toml", "["), "causes.toml: not TOML"),
        (lambda record: files.replace(record.folder / "verified.csv", "x"), "verified.csv:1: the columns must be"),
    ],
    ids=["no cases", "no goldens", "a file", "pipe", "bytes", "causes", "verified"],
)
def test_nothing_is_answered_from_a_record_that_is_broken(sound, broken, problem):
    sound.require()
    broken(sound)
    with pytest.raises(InputError, match=problem):
        sound.require()


def test_a_cause_may_say_where_evidence_was_searched(sound):
    searched = CAUSE.replace('["https://example.org/1"]', '[]\nsearched = "the release notes"')
    files.replace(sound.folder / "causes.toml", searched)
    assert sound.read_causes()["a-change"]["searched"] == "the release notes"


def test_without_causes_toml_there_are_no_causes(record):
    (record.folder / "causes.toml").unlink()
    assert record.read_causes() == {}


def test_a_case_that_is_edited_while_it_is_run_is_not_verified(record):
    path = record.cases_folder / "demo.py"
    with record.regenerating(print):
        files.replace(path, path.read_text(encoding="utf-8").replace('"third"', '"a third"'))
        with pytest.raises(
            InputError, match=r"cases: demo/ratio changed while torch 1\.4\.0 on cpu was run; run it again"
        ):
            verify(record, make_row())
    assert record.verified_rows() == []
    with record.regenerating(print):
        verify(record, make_row())
    assert [row.cases for row in record.verified_rows()] == [2]
