"""The nightly watch, against a stand-in for GitHub's command line that keeps its issues in a file."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tomllib

from module_drift.common.scope import is_run
from module_drift.judging.judgement import DRIFTED, MATCHES, NOT_RUN
from module_drift.record.record import Record
from module_drift.record.release import EAGER, Release, Run
from module_drift.sweeping import environments
from tools.ci import body, issue, markdown, new_releases, nightly, watch

ROOT = Path(__file__).parents[2]
IDS = sorted(case.id for case in Record(ROOT).cases())
KNOWN = environments.releases(ROOT, "cpu")
VERSIONS = f"torch (2.15.0)\nAvailable versions: {', '.join(map(str, [*reversed(KNOWN), '1.3.1', '1.0.0']))}\n"
FIRST, SECOND = "2.16.0.dev20261120", "2.16.0.dev20261121"
A, B = "hook/code-3", "module/code-7"


def drift(id, old="was", new="is", differences="printed:"):
    return {"id": id, "device": "cpu", "old": old, "new": new, "differences": differences}


def run(*drifts, torch=FIRST, **more):
    """Return a run as check --json prints it."""
    return {
        "release": "2.16.0",
        "device": "cpu",
        "mode": EAGER,
        "verdict": DRIFTED if drifts else MATCHES,
        "cases": len(IDS),
        "matched": len(IDS) - len(drifts) - len(more.get("passed_by", ())),
        "expected": len(IDS),
        "drifted": list(drifts),
        "accepted": [],
        "elsewhere": [],
        "out_of_scope": {},
        "passed_by": [],
        "cannot": [],
        "deviating": [],
        "uncompared": [],
        "verified": 0,
        "left_out": {},
        "held_against": {},
        "unjudged": [],
        "reason": "",
        "torch": torch,
        "python": "3.11.7",
        "platform": "linux-x86_64",
        **more,
    }


def in_mode(mode, *drifts, **more):
    """Return the same in another mode, by which pass the cases that the record says."""
    record = Record(ROOT)
    made = Run(Release(2, 16, 0), "cpu", mode)
    ids = sorted(case.id for case in record.cases() if is_run(case.only, made.own_place))
    through = set(record.that_run(ids, [made]))
    passed_by = [id for id in ids if id not in through]
    counts = {"cases": len(ids), "expected": len(ids), "matched": len(ids) - len(drifts) - len(passed_by)}
    return run(*drifts, mode=mode, passed_by=passed_by, **{**counts, **more})


def with_modes(eager, **drifts):
    """Return the runs of a night: one in eager, and those in other modes, in which drifts what is given by mode."""
    others = Record(ROOT).modes_until(Release(2, 16, 0))[1:]
    return [eager, *(in_mode(mode, *drifts.get(mode, ()), torch=eager["torch"]) for mode in others)]


class GitHub:
    """The stand-in's state."""

    def __init__(self, file):
        self.file = file
        self.set(issues=[], calls=[], pages="workflow")

    def set(self, **state):
        old = json.loads(self.file.read_text()) if self.file.exists() else {}
        self.file.write_text(json.dumps({**old, **state}))

    def __getattr__(self, name):
        return json.loads(self.file.read_text())[name]

    @property
    def issue(self):
        (one,) = self.issues
        return one


def install_gh(path):
    """Put the stand-in where the command is to be, by the Python at hand: any other may take longer to start."""
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -IS "{ROOT}/tests/ci/fake_gh.py" "$@"\n', encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def github(tmp_path, monkeypatch):
    commands = tmp_path / "commands"
    commands.mkdir()
    install_gh(commands / "gh")
    monkeypatch.setenv("PATH", str(commands), prepend=":")
    monkeypatch.setenv("FAKE_GH", str(tmp_path / "gh.json"))
    monkeypatch.setenv("GITHUB_REPOSITORY", "owner/name")
    return GitHub(tmp_path / "gh.json")


@pytest.fixture
def night(github, tmp_path, monkeypatch, capsys):
    """Watch for one night; return the exit status and what the job says."""

    def watch_it(found, versions=VERSIONS):
        file, listed = tmp_path / "run.json", tmp_path / "versions.txt"
        file.unlink(missing_ok=True)
        if isinstance(found, (dict, list)):
            file.write_text(json.dumps(with_modes(found) if isinstance(found, dict) else found), encoding="utf-8")
        listed.write_text(versions, encoding="utf-8")
        monkeypatch.chdir(ROOT)
        monkeypatch.setattr(environments, "releases", lambda root, device: KNOWN)  # Asking tox takes a while.
        given = [] if found is None else ["--run", str(file)]
        given += ["--versions", str(listed), "--summary", str(tmp_path / "summary.md")]
        monkeypatch.setattr("sys.argv", ["watch", *given])
        return watch.main(), capsys.readouterr().out

    return watch_it


def test_a_night_in_which_all_is_well_opens_nothing(night, github):
    assert night(run()) == (0, "nothing to say, and no issue\n")
    assert github.calls == ["GET issues"]


def test_a_drift_opens_an_issue_that_says_all_of_it(night, github):
    assert night(run(drift(A, old="was", new="is"))) == (0, "opened issue 1\n")
    assert github.issue["labels"] == [issue.LABEL]
    assert github.issue["title"] == "Nightly watch: 1 case drifted"
    text = github.issue["body"]
    sentence = next(case.sentence for case in Record(ROOT).cases() if case.id == A)
    assert f"### {A}\n\n{sentence}\n\nFirst seen in {FIRST}." in text
    assert "What the record holds:\n\n```text\nwas\n```\n" in text
    assert f"What was observed in {FIRST}:\n\n```text\nis\n```\n" in text
    assert f'pip install --pre --index-url "$TORCH_NIGHTLY_INDEX" torch=={FIRST}\n' in text
    assert f".venv/bin/pytest -k {A}\n" in text
    (form,) = re.findall("```toml\n(.*?)```", text, re.DOTALL)
    (cause,) = tomllib.loads(form).values()
    assert cause["since"] == "2.16.0"
    assert cause.keys() == {"since", "kind", "what", "evidence"}


def test_the_next_night_updates_it_and_remembers_when_a_drift_was_first_seen(night, github):
    night(run(drift(A)))
    assert night(run(drift(B), drift(A, new="another"), torch=SECOND)) == (0, "updated issue 1\n")
    text = github.issue["body"]
    assert github.issue["title"] == "Nightly watch: 2 cases drifted"
    assert re.findall(r"First seen in (\S+)\. ", text) == [FIRST, SECOND]
    assert re.findall("### (.*)", text) == [A, B]
    assert "another" in text


def test_what_has_not_changed_is_not_written(night, github):
    night(run(drift(A)))
    github.set(calls=[])
    github.set(issues=[{**github.issue, "body": github.issue["body"].strip().replace("\n", "\r\n")}])
    assert night(run(drift(A))) == (0, "issue 1 stays as it is\n")
    assert github.calls == ["GET issues"]


def test_it_is_closed_when_all_is_gone_and_opened_again_not_a_second_one(night, github):
    night(run(drift(A)))
    assert night(run(torch=SECOND)) == (0, "closed issue 1\n")
    assert github.issue["state"] == "closed"
    assert "There is nothing to say any more." in github.issue["body"]
    assert A not in github.issue["body"]
    assert night(run()) == (0, "issue 1 stays as it is\n")
    assert night(run(drift(A), torch="2.16.0.dev20261125")) == (0, "opened again issue 1\n")
    assert github.issue["state"] == "open"
    assert "First seen in 2.16.0.dev20261125." in github.issue["body"]


def test_an_issue_that_a_person_closed_is_opened_again_while_it_drifts(night, github):
    night(run(drift(A)))
    github.set(issues=[{**github.issue, "state": "closed"}])
    assert night(run(drift(A))) == (0, "opened again issue 1\n")


def test_issues_of_others_with_the_label_are_left_alone(night, github):
    theirs = {"number": 1, "state": "open", "title": "Mine", "body": None, "labels": [issue.LABEL]}
    request = {**theirs, "number": 2, "body": f"{body.MARK}{{}} -->\n", "pull_request": {}}
    github.set(issues=[theirs, request])
    assert night(run(drift(A))) == (0, "opened issue 3\n")
    assert github.issues[:2] == [theirs, request]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ("missing", "cannot be read"),
        (
            run(verdict=NOT_RUN, reason="no wheel\n::stop-commands::x", torch=None, cases=0),
            "could not be run (no wheel",
        ),
        (run(drift(A), verdict=NOT_RUN), "could not be run"),
        (run(torch="latest"), "could not be run"),
        (run(torch=None), "could not be run"),
        (run(cases=3), "was judged in 3 cases of"),
        (run(drift("hook/of-no-record")), "was judged in"),
        ([{"verdict": MATCHES}], "is no run in the form of check --json"),
    ],
)
def test_a_night_that_could_not_be_run_is_said_and_changes_no_drift(night, github, tmp_path, found, said):
    night(run(drift(A)))
    before = github.issue
    status, output = night(found)
    assert status == 2
    assert output.startswith("updated issue 1\n::error::")
    assert output.count("\n") == 2
    assert said in output
    assert github.issue["title"] == "Nightly watch: 1 case drifted; the last night could not be run"
    (reason,) = re.findall("## What could not be done on the last night\n\n```text\n(.*)\n```\n", github.issue["body"])
    assert f"::error::{reason}\n" in output
    assert body.read(github.issue["body"]) == body.read(before["body"])
    assert (tmp_path / "summary.md").read_text() == f"- opened issue 1\n- updated issue 1\n- {markdown.cell(reason)}\n"
    assert night(run(drift(A))) == (0, "updated issue 1\n")
    assert github.issue == before


def test_a_night_that_could_not_be_run_opens_an_issue_that_says_why_and_the_next_closes_it(night, github):
    reason = "473 of 475 judged, first missing hook/code-3 (skipped: <img src=x> @someone `|` \x1b[2J)"
    assert night(run(verdict=NOT_RUN, reason=reason))[1].startswith("opened issue 1\n")
    assert github.issue["title"] == "Nightly watch: the last night could not be run"
    shown = reason.replace("\x1b", "\\x1b")
    assert (
        f"```text\nthe nightly: could not be run ({shown}); see the log of the job that ran it\n```\n"
        in (github.issue["body"])
    )
    assert night(run()) == (0, "closed issue 1\n")
    assert shown not in github.issue["body"]


def test_a_new_release_is_said_with_the_lines_to_add(night, github, tmp_path):
    versions = VERSIONS.replace("2.15.0,", "2.16.0, 2.16.0rc1, 2.15.1, 2.15.0,")
    assert night(None, versions) == (0, "opened issue 1\n")
    text = github.issue["body"]
    assert github.issue["title"] == "Nightly watch: tox.ini lacks torch 2.15.1, 2.16.0"
    assert "module-drift sweep --regen 2.15.1 2.16.0\n" in text
    (patch,) = re.findall("```diff\n(.*?\n)```", text, re.DOTALL)
    shutil.copy(ROOT / "tox.ini", tmp_path)
    subprocess.run(["git", "apply"], cwd=tmp_path, input=patch, text=True, check=True)
    for label in ("cpu", "cuda"):
        found = {one.release: one for one in environments.labelled(tmp_path, label)}
        assert list(found) == [*KNOWN, Release(2, 15, 1), Release(2, 16, 0)]
        assert found[Release(2, 16, 0)].python == "3.11"
    config = [sys.executable, "-m", "tox", "config", "-k", "deps", "-e", "torch2.16.0-cpu,regen-torch2.15.1-cuda"]
    done = subprocess.run(config, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "torch==2.16.0\n" in done.stdout
    assert "torch==2.15.1\n" in done.stdout


def test_a_late_patch_is_added_beside_its_elder(tmp_path):
    old = (ROOT / "tox.ini").read_text(encoding="utf-8")
    (tmp_path / "tox.ini").write_text(new_releases.added(old, KNOWN, [Release(1, 10, 3)]), encoding="utf-8")
    config = [sys.executable, "-m", "tox", "config", "-k", "deps", "base_python", "-e", "torch1.10.3-cpu"]
    done = subprocess.run(config, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [
        *("[testenv:torch1.10.3-cpu]", "deps", "=", "-e", ".", "torch==1.10.3", "numpy<2", "setuptools<60"),
        *("base_python", "=", "python3.8"),
    ]


def test_drifts_and_releases_come_and_go_on_their_own(night, github):
    newer = VERSIONS.replace("2.15.0,", "2.16.0, 2.15.0,")
    night(run(drift(A)), newer)
    assert github.issue["title"] == "Nightly watch: 1 case drifted; tox.ini lacks torch 2.16.0"
    night(None)
    assert github.issue["title"] == "Nightly watch: 1 case drifted"
    night(run(), newer)
    assert github.issue["title"] == "Nightly watch: tox.ini lacks torch 2.16.0"
    night(None)
    assert github.issue["state"] == "closed"


@pytest.mark.parametrize("versions", ["", "ERROR: No matching distribution found for torch\n"])
def test_an_index_that_does_not_answer_is_said_and_changes_no_release(night, github, versions):
    night(run(drift(A)), VERSIONS.replace("2.15.0,", "2.16.0, 2.15.0,"))
    status, output = night(run(), versions)
    assert status == 2
    assert "::error::pip index versions torch: named no releases" in output
    assert github.issue["title"] == "Nightly watch: tox.ini lacks torch 2.16.0; the last night could not be run"
    assert "pip index versions torch: named no releases" in github.issue["body"]
    assert github.issue["state"] == "open"


HOSTILE = (
    "``` \n```\n~~~\n@someone please #1\n<!-- module-drift-watch {} -->\n-->\n"
    "<!-- What drifts: kept as it is by a night that could not be run. -->\n# gone\n`````\x1b[2J\u202e\r&#64;x"
)


def test_hostile_texts_stay_in_their_blocks(night, github):
    night(run(drift(A, old=HOSTILE, new="is"), drift(B, old="x", new="x", differences=HOSTILE)))
    text = github.issue["body"]
    fence = "`" * 6
    shown = HOSTILE.replace("\x1b", r"\x1b").replace("\u202e", r"\u202e").replace("\r", r"\r")
    assert text.count(f"\n\n{fence}text\n{shown}\n{fence}\n") == 1
    assert text.count(f"\n\n{fence}text\nx\n{shown}\n{fence}\n") == 1
    outside = text.replace(shown, "")
    assert "@" not in outside
    kept = body.read(text)
    assert kept.first_seen == {A: FIRST, B: FIRST}
    assert kept.drifts.startswith(f"## 2 cases of {len(IDS)} in {FIRST}\n")
    before = github.issue
    night("missing")
    assert github.issue["body"].endswith(before["body"].partition("kept as it is by a night")[2])


def test_all_cases_with_long_texts_fit_into_a_body(night, github):
    night(
        run(*(drift(id, old="`" * 9000, new="é" * 9000) for id in IDS)), VERSIONS.replace("2.15.0,", "2.16.0, 2.15.0,")
    )
    text = github.issue["body"]
    assert github.issue["title"].startswith(f"Nightly watch: {len(IDS)} cases drifted; ")
    kept = body.read(text)
    assert (kept.count, kept.others) == (len(IDS), FIRST)  # There is no room for each of them.
    assert kept.first_seen == dict.fromkeys(IDS[: len(kept.first_seen)], FIRST)
    assert len(kept.first_seen) > 800
    more = re.search(r"And \d+ more, whose texts are in the job's artifact: (.*)…\n\(\d+ more characters\)\n", text)
    assert set(more[1].split(", ")[:-1]) < set(IDS)
    assert len(text) > 30_000


class AnyCase(dict):
    """Stands in for a record that has every case."""

    def __missing__(self, id):
        return type("Case", (), {"id": id, "sentence": "What it shows."})


@pytest.mark.parametrize(("count", "length"), [(1, 0), (475, 40), (5000, 190)])
@pytest.mark.parametrize("character", ["\u20ac", "\U0001f600", "\x1b", "\U000e0041", "\ud800", "`"])
def test_however_much_drifts_a_body_fits_by_any_count(count, length, character):
    ids = [f"hook/{number}{'-long' * (length // 5)}" for number in range(count)]
    text = character * 20_000
    found = run(*(drift(id, old=text, new=text, differences=text) for id in ids))
    problems = [str(watch.InputError("the nightly", text, "see the log"))] * 3
    lacking = [Release(2, 16, number) for number in range(body.MOST_RELEASES)]
    state = body.drifted([found], FIRST, AnyCase(), body.NOTHING)._replace(lacking=lacking, problems=problems)
    written = body.write(state, "+" * 20_000)
    assert len(written.encode("utf-8")) <= 65_536
    assert len(body.title(state)) <= 256
    kept = body.read(written)
    assert kept.count == count
    assert kept.drifts == state.drifts
    again = body.drifted([found], SECOND, AnyCase(), kept)
    assert set(again.first_seen.values()) <= {FIRST}
    assert (again.others == FIRST) == (len(again.first_seen) < count)


def test_a_case_for_which_there_was_no_room_is_first_seen_then_or_later(monkeypatch):
    monkeypatch.setattr(body, "_MOST_OF_THE_STATE", 50)
    first = body.drifted([run(drift(A), drift(B))], FIRST, AnyCase(), body.NOTHING)
    assert (first.first_seen, first.others) == ({A: FIRST}, FIRST)
    second = body.drifted([run(drift(A), drift(B))], SECOND, AnyCase(), body.read(body.write(first, "")))
    assert (second.first_seen, second.others) == ({A: FIRST}, FIRST)
    assert f"First seen in {FIRST}. " in second.drifts
    assert f"First seen in {FIRST} or a later nightly. " in second.drifts
    assert body.drifted([run(drift(A))], SECOND, AnyCase(), second).others == ""


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "{",
        '{"first_seen": {}, "lacking": []}',
        '{"first_seen": 1, "others": "", "count": 0, "lacking": []}',
        '{"first_seen": {}, "others": "", "count": 0, "lacking": ["x"]}',
        '{"first_seen": {}, "others": "", "count": "x", "lacking": []}',
    ],
)
def test_only_a_night_that_could_be_run_mends_a_state_that_was_damaged(night, github, comment):
    night(run(drift(A)))
    github.set(issues=[{**github.issue, "body": f"{body.MARK}{comment} -->\nedited"}])
    before = github.issue
    for found in ("missing", None):
        status, output = night(found)
        assert status == 2
        assert "::error::issue 1: its first line was damaged; restore it from its edits" in output
        assert github.issue == before
    assert night(run(drift(A), torch=SECOND)) == (0, "updated issue 1\n")
    assert f"First seen in {SECOND}." in github.issue["body"]


def test_when_github_refuses_it_is_said(night, github):
    github.set(fails=True)
    status, output = night(run(drift(A)))
    assert status == 2
    assert "::error::gh api --method GET repos" not in output
    assert output.startswith("::error::gh api --method GET issues?labels=nightly-watch")
    assert "ended with 1 (gh: Resource not accessible by integration (HTTP 403))" in output
    assert output.endswith("; see whether GH_TOKEN may write issues, and issues are enabled\n")


def test_without_gh_or_a_repository_it_is_said(night, github, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert night(run())[1] == "::error::gh: is not installed; install GitHub's command line\n"
    monkeypatch.setenv("GITHUB_REPOSITORY", "../elsewhere?x")
    assert night(run())[1] == "::error::GITHUB_REPOSITORY: names no repository; set it to OWNER/NAME\n"


def test_a_drift_in_a_mode_alone_is_told_with_it_and_one_in_several_once(night, github):
    new = "what it shows compiled"
    assert night(with_modes(run(drift(A)), compile=[drift(A), drift(B, new=new)]))[1] == "opened issue 1\n"
    text = github.issue["body"]
    assert github.issue["title"] == "Nightly watch: 2 cases drifted"
    assert text.count(f"### {A}\n") == text.count(f"### {B} in mode compile\n") == text.count("### ") / 2 == 1
    assert f"First seen in {FIRST}. It drifts in compile, too. What" in text
    assert f".venv/bin/pytest --mode compile -k {B}\n" in text
    assert new in text


def test_a_night_that_was_not_run_in_each_mode_could_not_be_run(night, github):
    found = with_modes(run(drift(A)))
    status, output = night(found[:-1])
    assert status == 2
    assert "::error::the nightly: was not run once in each of eager, " in output
    reason = "no case goes through the mode"
    status, output = night([*found[:-1], {**found[-1], "verdict": NOT_RUN, "reason": reason}])
    assert status == 2
    assert f"::error::the nightly in mode {found[-1]['mode']}: could not be run ({reason})" in output


def test_a_nightly_without_a_wheel_is_a_run_that_could_not_be_made(tmp_path, monkeypatch):
    (tmp_path / "index/torch").mkdir(parents=True)
    (tmp_path / "index/torch/index.html").write_text("<!DOCTYPE html><html><body></body></html>")
    monkeypatch.setenv("TORCH_NIGHTLY_INDEX", (tmp_path / "index").as_uri())
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setattr("sys.argv", ["nightly", str(tmp_path / "run/run.json")])
    assert nightly.main() == 0
    (made,) = watch.runs.read(tmp_path / "run/run.json")
    assert made["verdict"] == NOT_RUN
    assert "the newest pre-release of torch: cannot be installed (ERROR: No matching distribution" in made["reason"]


def test_a_nightly_is_judged_by_what_check_prints(tmp_path):
    command = tmp_path / "module-drift"
    command.write_text(
        f"#!/bin/sh\ntest \"$*\" = 'check --json --mode all' && echo '{json.dumps([run(drift(A))])}'\nexit 1\n"
    )
    command.chmod(0o755)
    assert nightly.check(tmp_path, tmp_path) == [run(drift(A))]
    command.write_text("#!/bin/sh\nkill -9 $$\n")
    with pytest.raises(watch.InputError, match="the suite: ended with -9 and no verdict"):
        nightly.check(tmp_path, tmp_path)


def test_without_an_index_there_is_no_nightly(monkeypatch, capsys, tmp_path):
    monkeypatch.delenv("TORCH_NIGHTLY_INDEX", raising=False)
    monkeypatch.setattr("sys.argv", ["nightly", str(tmp_path / "run.json")])
    assert nightly.main() == 2
    assert capsys.readouterr().err.startswith("TORCH_NIGHTLY_INDEX: is not set; ")
