"""The matrix of jobs, and the one verdict over their runs."""

import json
from pathlib import Path

import pytest

from module_drift.common import files
from module_drift.common.errors import InputError
from module_drift.common.scope import is_run
from module_drift.judging.judgement import DRIFTED, MATCHES, NOT_RUN, UNSUPPORTED
from module_drift.record.record import Record
from module_drift.record.release import EAGER, Release, Run
from module_drift.sweeping import environments
from tools.ci import markdown, matrix, merge, runs

ROOT = Path(__file__).parents[2]
RECORD = Record(ROOT)
CASES = RECORD.cases()
BOUND = next(case.id for case in CASES if case.platform_bound)
QUICK = ["1.4.0", "1.8.1", "1.13.1", "2.4.1", "2.13.0"]
DRIFT = {"id": "hook/code-3", "device": "cpu", "old": "a", "new": "b", "differences": "printed:\n  -a\n  +b"}


def made(release, verdict=MATCHES, device="cpu", mode=EAGER, **more):
    """Return a run as sweep --json writes it."""
    cases = len(run_in(release, device, mode)) if verdict in (MATCHES, DRIFTED) else 0
    passing_by = passed_by(release, mode) if cases else []
    drifted = [DRIFT] if verdict == DRIFTED else []
    return {
        "release": release,
        "device": device,
        "mode": mode,
        "verdict": verdict,
        "cases": cases,
        "matched": cases - len(passing_by) - len(drifted),
        "expected": cases,
        "drifted": drifted,
        "accepted": [],
        "elsewhere": [],
        "out_of_scope": {},
        "passed_by": passing_by,
        "cannot": [],
        "deviating": [],
        "uncompared": [],
        "verified": 0,
        "left_out": {},
        "held_against": {},
        "unjudged": [],
        "reason": {NOT_RUN: "exit 1: nothing fits", UNSUPPORTED: "it was built for sm_37"}.get(verdict, ""),
        "torch": release,
        "python": "3.8.18",
        "platform": "linux-x86_64",
        **more,
    }


def run_in(release, device, mode):
    """Return the ids of the cases that are run in a run."""
    place = Run(Release.parse(release), device, mode).own_place
    return [case.id for case in CASES if is_run(case.only, place)]


def passed_by(release, mode):
    """Return the cases of which nothing goes through a mode, by the record."""
    ids = run_in(release, "cpu", mode)
    through = set(RECORD.that_run(ids, [Run(Release.parse(release), "cpu", mode)]))
    return [id for id in ids if id not in through]


def in_modes(release):
    """Return runs of a release that match, in each mode but eager that the record has of it."""
    releases_in = RECORD.releases_in_modes("cpu").items()
    return [made(release, mode=mode) for mode, those in releases_in if Release.parse(release) in those]


OTHERS = [run for release in QUICK for run in in_modes(release)]
"""What must be there besides the runs in eager, of which most of the tests are."""
ALL = len(QUICK) + len(OTHERS)


@pytest.fixture
def merged(tmp_path, monkeypatch, capsys):
    """Merge runs as a job does, from one file each; return the exit status and the page."""

    def merge_them(*found, labels=("quick",), others=OTHERS, more=()):
        of_labels = [(labels[0], [*found, *others]), (labels[-1], more)]
        for number, (label, run) in enumerate((label, run) for label, some in of_labels for run in some):
            file = tmp_path / f"run-{label}-torch-{number}" / "run.json"
            file.parent.mkdir()
            file.write_text(run if isinstance(run, str) else json.dumps([run]), encoding="utf-8")
        monkeypatch.chdir(ROOT)
        monkeypatch.setattr("sys.argv", ["merge", str(tmp_path), *labels])
        status = merge.main()
        return status, capsys.readouterr().out

    return merge_them


@pytest.mark.parametrize("label", ["cpu", "cuda", "quick"])
def test_the_matrix_is_that_of_tox_ini(label, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("sys.argv", ["matrix", label])
    assert matrix.main() == 0
    jobs = json.loads(capsys.readouterr().out)["include"]
    listed = environments._tox(ROOT, "list", "--no-desc", "-m", label)
    assert {job["environment"] for job in jobs} == set(listed.split())
    for job in jobs:
        assert job["environment"] == f"torch{job['release']}-{job['device']}"
    if label != "quick":
        assert [job["release"] for job in jobs] == list(map(str, environments.releases(ROOT, label)))
        assert {job["python"] for job in jobs} == {"3.8", "3.11"}


def test_a_label_of_other_pythons_is_none_for_a_matrix():
    with pytest.raises(
        InputError, match=r"pythons: names py39-torch2\.4\.1-cpu, which module-drift sweep does not run"
    ):
        matrix.jobs(ROOT, "pythons")


def test_all_that_match_are_green(merged):
    status, page = merged(*map(made, QUICK))
    assert status == 0
    assert page.startswith(
        f"## {ALL} runs: {ALL} matches\n\n| release | device | mode | verdict | cases | Python | platform | |\n"
    )
    assert f"| 1.13.1 | cpu | eager | matches | {len(CASES)} | ` 3.8.18 ` | ` linux-x86_64 ` |  |" in page


def test_one_that_drifted_is_named_with_its_cases(merged):
    status, page = merged(made("1.4.0", DRIFTED), made("1.8.1", NOT_RUN), *map(made, QUICK[2:]))
    assert status == 1
    assert page.startswith(f"## {ALL} runs: {ALL - 2} matches, 1 drifted, 1 could not be run\n")
    assert (
        f"| 1.4.0 | cpu | eager | **drifted** | {len(CASES)} | ` 3.8.18 ` | ` linux-x86_64 ` | ` hook/code-3 ` |"
        in page
    )
    assert (
        "| 1.8.1 | cpu | eager | **could not be run** |  | ` 3.8.18 ` | ` linux-x86_64 ` | ` exit 1: nothing fits ` |"
        in page
    )
    assert "<summary>hook/code-3 on torch 1.4.0, cpu, eager</summary>\n\n```diff\nprinted:\n  -a\n  +b\n```" in page


def test_a_release_without_a_run_could_not_be_run(merged):
    status, page = merged(*map(made, QUICK[1:]))
    assert status == 2
    assert "| 1.4.0 | cpu | eager | **could not be run** |  |  |  | ` no job wrote a run of it ` |" in page


def test_runs_of_one_case_each_are_no_match(merged):
    status, page = merged(*(made(release, cases=1, expected=1) for release in QUICK))
    assert status == 2
    assert page.startswith(f"## {ALL} runs: {len(OTHERS)} matches, 5 could not be run\n")
    assert f"` was judged in 1 case of {len(CASES)} `" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"cases": len(CASES) - 1},
        {"expected": len(CASES) + 1},
        {"cases": len(CASES) - 1, "expected": len(CASES) - 1, "elsewhere": ["hook/code-1"]},  # Bound to no platform.
        {"cases": 0, "expected": 0, "elsewhere": [BOUND] * len(CASES)},
        {"unjudged": [{"id": "hook/code-1", "device": "cpu", "reason": "took longer than 60 s"}]},
        {"drifted": [DRIFT]},
        {"verdict": DRIFTED, "drifted": []},
        {"verdict": DRIFTED, "drifted": [{**DRIFT, "id": "hook/unheard-of"}]},
    ],
)
def test_a_run_that_did_not_judge_all_cases_is_none(merged, wrong):
    status, page = merged(made("1.4.0", **wrong), *map(made, QUICK[1:]))
    assert status == 2
    assert "| 1.4.0 | cpu | eager | **could not be run** |" in page


def test_a_case_that_holds_elsewhere_only_is_not_missed(merged):
    fewer = len(CASES) - 1
    run = made("1.4.0", cases=fewer, expected=fewer, elsewhere=[BOUND])
    assert merged(run, *map(made, QUICK[1:]))[0] == 0


def test_a_release_is_run_in_each_mode_that_the_record_has_of_it(merged):
    status, page = merged(*map(made, QUICK), others=OTHERS[1:])
    missing = OTHERS[0]
    assert status == 2
    assert f"| {missing['release']} | cpu | {missing['mode']} | **could not be run** |  |  |  | ` no job wrote" in page


def test_a_drift_in_a_mode_is_one(merged):
    first = {**OTHERS[0], "verdict": DRIFTED, "drifted": [DRIFT]}
    status, page = merged(*map(made, QUICK), others=[first, *OTHERS[1:]])
    assert status == 1
    assert f"<summary>hook/code-3 on torch {first['release']}, cpu, {first['mode']}</summary>" in page


def test_a_mode_that_takes_no_module_any_more_is_no_match(merged):
    ids = [case.id for case in CASES]
    status, page = merged(*map(made, QUICK), others=[{**OTHERS[0], "passed_by": ids}, *OTHERS[1:]])
    assert status == 2
    assert f"` passed by {len(ids)} cases, " in page


def test_in_eager_no_case_is_passed_by(merged):
    status, page = merged(made("1.4.0", passed_by=["hook/code-1"]), *map(made, QUICK[1:]))
    assert status == 2
    assert "` passed by 1 case, hook/code-1 `" in page


def test_two_runs_of_a_release_are_none(merged):
    status, page = merged(*map(made, QUICK), made("1.4.0"))
    assert status == 2
    assert "` 2 jobs wrote a run of it `" in page


def test_a_wheel_without_code_for_the_card_is_neither_drift_nor_failure(merged):
    status, page = merged(made("1.4.0", UNSUPPORTED), *map(made, QUICK[1:]))
    assert status == 0
    (row,) = (line for line in page.splitlines() if line.startswith("| 1.4.0 | cpu | eager "))
    assert row.split(" | ")[3] == "**not supported by this wheel**"
    assert row.endswith(" | ` it was built for sm_37 ` |")


def test_where_no_wheel_supports_the_card_nothing_was_judged(merged):
    assert merged(*(made(release, UNSUPPORTED) for release in QUICK), others=[])[0] == 2


def test_all_devices_are_one_verdict(merged):
    cuda = [str(one.release) for one in environments.labelled(ROOT, "cuda")]
    more = [made(one, device="cuda") for one in cuda]
    status, page = merged(*map(made, QUICK), more=more, labels=("quick", "cuda"))
    assert status == 0
    assert page.startswith(f"## {ALL + 46} runs: {ALL + 46} matches\n")


def test_the_same_releases_on_two_platforms_are_two_verdicts(merged):
    arm = {str(one.release) for one in environments.labelled(ROOT, "arm")}
    more = [run for release in arm for run in (made(release), *in_modes(release))]
    on_arm = [{**run, "platform": "linux-aarch64"} for run in more]
    status, page = merged(*map(made, QUICK), more=on_arm, labels=("quick", "arm"))
    assert status == 0
    assert page.startswith(f"## {ALL + len(more)} runs: {ALL + len(more)} matches\n")
    assert f"| 2.0.1 | cpu | eager | matches | {len(CASES)} | ` 3.8.18 ` | ` linux-aarch64 ` |  |" in page
    assert f"| 2.13.0 | cpu | eager | matches | {len(CASES)} | ` 3.8.18 ` | ` linux-x86_64 ` |  |" in page


@pytest.mark.parametrize("folder", ["run-arm-torch2.13.0-cpu", "torch2.13.0-cpu", "run-quick-arm-torch2.13.0-cpu"])
def test_a_run_of_a_label_that_nobody_asked_for_is_said(merged, tmp_path, folder):
    files.replace(tmp_path / folder / "run.json", json.dumps(made("2.13.0", DRIFTED)))
    status, page = merged(*map(made, QUICK))
    assert status == 2
    assert "is of none of the labels quick" in page


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ('{"release": "1.4.0"}', "is no run in the form of check --json"),
        (json.dumps({**made("1.4.0"), "release": "1.4.0\n"}), "is no run in the form of check --json"),
        (json.dumps(made("1.4.0", verdict="fine")), "is no run in the form of check --json"),
        (json.dumps(made("1.4.0", drifted=[{**DRIFT, "id": "@someone/<b>"}])), "is no run in the form of check --json"),
    ],
)
def test_a_file_that_holds_no_run_is_said(merged, text, problem):
    status, page = merged(*map(made, QUICK), text)
    assert status == 2
    assert page.startswith(f"## {ALL} runs: {ALL} matches\n")
    assert problem in page


def test_a_missing_file_is_bad_input(tmp_path):
    with pytest.raises(InputError, match=r"cannot be read \(No such file or directory\)"):
        runs.read(tmp_path / "run.json")


def test_texts_from_outside_stay_in_their_cells_and_blocks(merged):
    hostile = "a | b ``` </details> @someone\n| x | y |\n```\n# heading\x1b[31m\u202e"
    bad = made("1.4.0", DRIFTED, drifted=[{**DRIFT, "differences": hostile}])
    status, page = merged(bad, made("1.8.1", NOT_RUN, reason=hostile, python="`@x`|"), *map(made, QUICK[2:]))
    assert status == 1
    table, _, block = page.partition("<details>")
    (row,) = (line for line in table.splitlines() if line.startswith("| 1.8.1 | cpu | eager "))
    assert row == (
        r"| 1.8.1 | cpu | eager | **could not be run** |  | `` `@x`\| `` | ` linux-x86_64 ` "
        r"| ```` a \| b ``` </details> @someone \| x \| y \| ``` # heading\x1b[31m\u202e ```` |"
    )
    fence = "````"
    assert block.split(fence)[1] == "diff\n" + hostile.replace("\x1b", "\\x1b").replace("\u202e", "\\u202e") + "\n"


def test_very_much_is_cut():
    drifts = [{**DRIFT, "differences": "x" * 9000}] * 367
    page = merge.page([made("1.4.0", DRIFTED, drifted=drifts)], [])
    assert len(page) < 600_000
    assert "There is more; see the runs themselves." in page
    assert markdown.cut("abcdef", 4) == "abcd…\n(2 more characters)"


def test_an_unknown_label_is_bad_input(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(ROOT)
    for main, arguments in ((merge.main, [str(tmp_path), "slow"]), (matrix.main, ["slow"])):
        monkeypatch.setattr("sys.argv", ["ci", *arguments])
        assert main() == 2
        assert "tox finds no releases there" in capsys.readouterr().err
