"""The harness that demands green runs: that it draws everything, says what is wrong, and can turn red itself."""

import re
import subprocess
import sys
from pathlib import Path

import checkout
import page
import pytest
import quiet_run
from circumstances import CIRCUMSTANCES, DECK, deal, kind, parse

from module_drift.common import files
from module_drift.record.record import Record

HERE = Path(__file__).parent
MODES = ["checkpoint", "compile", "functional-call"]
ALL = {(name, value) for name, (_, values) in CIRCUMSTANCES.items() for value in values}


def kinds(dealt):
    return {(name, kind(name, value)) for drawn in dealt for name, value in drawn.items()}


@pytest.mark.parametrize("seed", range(20))
def test_one_deck_deals_out_every_circumstance(seed):
    assert kinds(deal(DECK, seed, modes=MODES)) == ALL


def test_a_seed_draws_the_same_again_and_others_draw_otherwise():
    assert list(deal(30, 5, modes=MODES)) == list(deal(30, 5, modes=MODES))
    assert list(deal(30, 5, modes=MODES)) != list(deal(30, 6, modes=MODES))
    assert list(deal(30, 5, modes=MODES))[:7] == list(deal(7, 5, modes=MODES))


def test_several_come_together_but_mostly_not_all():
    numbers = [len(drawn) for drawn in deal(200, 1, modes=MODES)]
    assert 5 < sum(numbers) / len(numbers) < len(CIRCUMSTANCES) / 2


def test_each_mode_has_its_turn_with_few_cases():
    dealt = [drawn for drawn in deal(DECK * 4, 1, modes=MODES) if "mode" in drawn]
    assert {drawn["mode"] for drawn in dealt} == set(MODES)
    assert max(int(drawn["cases"].partition(":")[0]) for drawn in dealt) <= 40


def test_the_modes_are_those_that_the_record_vouches_for_at_the_release():
    assert {"checkpoint", "compile", "functional-call"} <= set(quiet_run.MODES)


def test_the_damaged_golden_of_a_mode_is_the_one_in_effect_there(tmp_path):
    run = quiet_run._RUN._replace(mode="compile")
    case = "between-calls/forward-hook-registered-on-a-child"
    there = Record(checkout.copy(tmp_path, damaged=case, run=run))
    assert "UserWarning: damaged" in there.golden_in_effect(case, run).observation.warned
    assert "UserWarning: damaged" not in there.golden_in_effect(case, quiet_run._RUN).observation.warned


def test_xdist_is_not_asked_to_start_where_it_cannot():
    dealt = list(deal(3000, seed=1, modes=MODES))
    ascii_ = [drawn for drawn in dealt if drawn.get("locale") == "ascii" and "workers" in drawn]
    assert ascii_
    assert {drawn.get("checkout") for drawn in ascii_} == {None, "readonly"}


def test_what_is_printed_of_a_run_draws_it_again():
    for drawn in deal(50, 3, modes=MODES):
        assert parse([f"{name}={value}" for name, value in drawn.items()]) == drawn


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("weather=fine", "weather=fine: no circumstance; choose of order, .* such as locale=C"),
        ("dtype", "dtype: no value of dtype; choose of float64, bfloat16, float16"),
        ("dtype=int8", "dtype=int8: no value of dtype"),
        ("cases=3:5", "cases=3:5: no value of cases; choose of 1:#, .* with a number for each #"),
        ("cases=2:many", "no value of cases"),
        ("random=#", "no value of random"),
        ("mode=any", "no value of mode; choose of .*compile, "),
    ],
)
def test_a_word_that_is_no_circumstance_is_bad_input(word, message):
    with pytest.raises(ValueError, match=message):
        parse([word])


def test_bad_input_is_one_line_with_the_remedy():
    done = subprocess.run([sys.executable, HERE, "weather=fine"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "quiet: error: weather=fine: no circumstance; choose of" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("alarmed", [[], ["--alarmed"]])
@pytest.mark.parametrize("mode", [[], ["mode=functional-call"]])
def test_a_run_is_green_and_a_damaged_golden_is_found(mode, alarmed):
    words = ["cases=7:3", *mode, "hashseed=9", "checkout=both", "from=rootdir", "dtype=bfloat16", "optimize=1"]
    done = subprocess.run([sys.executable, HERE, *alarmed, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"7 cases) {'red as it must be' if alarmed else 'green'}: {' '.join(words)}" in done.stdout


def test_a_run_that_is_red_is_a_problem(tmp_path, monkeypatch):
    drawn = {"cases": "2:3"}
    copy = checkout.copy
    first, second = quiet_run.chosen(drawn)
    monkeypatch.setattr(checkout, "copy", lambda into, odd, read_only, _, run: copy(into, odd, read_only, first, run))
    outcome = quiet_run.run(drawn, tmp_path)
    assert outcome.problem.endswith(
        f"drifted from the record in 1 of 2 cases, and {len(quiet_run._CASE_IDS)} are in the record: {first}"
    )
    assert "drifted from the record" in outcome.output
    (tmp_path / "other").mkdir()
    monkeypatch.setattr(checkout, "copy", lambda into, odd, read_only, _, __: copy(into, odd, read_only))
    outcome = quiet_run.run(drawn, tmp_path / "other", alarmed=True)
    assert outcome.problem.startswith(f"the golden of {second} is wrong, and the run says: torch ")
    assert outcome.problem.endswith("judged in part, and matches there: 2 case")


def test_cases_that_were_not_judged_are_a_problem(tmp_path, monkeypatch):
    command = quiet_run.command
    monkeypatch.setattr(quiet_run, "command", lambda *given: command(*given[:-1], given[-1][:1]))
    assert quiet_run.run({"cases": "2:3"}, tmp_path).problem == "1 of 2 cases were judged"


def test_the_command_that_is_printed_starts_the_run(tmp_path):
    outcome = quiet_run.run({"cases": "1:3", "checkout": "odd", "timezone": "Asia/Kathmandu"}, tmp_path)
    assert "TZ=Asia/Kathmandu" in str(outcome.command)
    again = subprocess.run(str(outcome.command), shell=True, capture_output=True, text=True, check=False)
    assert again.returncode == 0
    assert "judged in part, and matches there: 1 case" in again.stdout


def test_a_read_only_checkout_cannot_be_written_even_by_root(tmp_path):
    root = checkout.copy(tmp_path, read_only=True)
    command = quiet_run.command({"checkout": "readonly"}, root, tmp_path, [])
    prefix = command.arguments[: command.arguments.index(sys.executable)]
    touched = subprocess.run([*prefix, "touch", root / "golden" / "new"], capture_output=True, text=True, check=False)
    assert "Permission denied" in touched.stderr
    assert not (root / "golden" / "new").exists()


SET_EACH = """
import os, sys, torch, beforehand

torch.set_num_threads(5)
for word in sys.argv[1:]:
    if not os.fork():
        before = beforehand.state()
        beforehand.set_states([word])
        print(word, *beforehand.changed(before, beforehand.state()), flush=True)
        os._exit(0)
    os.wait()
"""


def test_what_is_set_beforehand_is_set():
    states = [(name, value.replace("#", "17")) for name, value in ALL if name in quiet_run.BEFOREHAND]
    states.remove(("device", "cpu"))  # As it is anyway.
    words = [f"{name}={value}" for name, value in states]
    done = subprocess.run(
        [sys.executable, "-c", SET_EACH, *words], cwd=HERE, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [f"{word} {name}" for word, (name, _) in zip(words, states, strict=True)]


def test_what_is_set_beforehand_is_set_where_the_cases_run_and_must_be_left(tmp_path, monkeypatch):
    copy = checkout.copy

    def careless_copy(*given):
        root = copy(*given)
        path = root / "module_drift/observing/isolation.py"
        text = path.read_text(encoding="utf-8")
        line = "stack.callback(torch.set_default_dtype, torch.get_default_dtype())"
        assert line in text
        files.replace(path, text.replace(line, "pass"))
        return root

    monkeypatch.setattr(checkout, "copy", careless_copy)
    outcome = quiet_run.run({"cases": "2:3", "dtype": "float64"}, tmp_path)
    assert "not left as it was: dtype" in outcome.output
    assert outcome.problem


def test_the_page_counts_runs_and_greens():
    text = page.page(
        [({"dtype": "float64", "cases": "2:77"}, True), ({"dtype": "float64"}, False)],
        seed=5,
        minutes=1.5,
        cases=369,
        alarms=12,
        heard=11,
        torch="2.13.0",
        python="3.11.7",
        platform="linux-x86_64",
    )
    assert "| `dtype=float64` | 2 | 1 |" in text
    assert "| `cases=2:#` | 1 | 1 |" in text
    assert "| `cases=1:#` | 0 | 0 |" in text
    assert "run 2 times on torch 2.13.0 with Python 3.11.7" in text
    assert len([line for line in text.splitlines() if "` | " in line]) == len(ALL)


def test_the_page_in_docs_has_every_circumstance_and_all_were_green():
    rows = re.findall(r"` \| (\d+) \| (\d+) \|$", (checkout.ROOT / "docs/quiet.md").read_text(encoding="utf-8"), re.M)
    assert len(rows) == len(ALL)
    assert all(int(runs) == int(green) > 0 for runs, green in rows)
