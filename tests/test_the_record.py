"""The record itself: complete, explained, true to what was run, and in 1.4 true to the article."""

import re
from pathlib import Path

import pytest

from module_drift.record.checks import everything
from module_drift.record.golden import dump
from module_drift.record.history import resolve
from module_drift.record.record import Record
from module_drift.record.release import Release, Run
from module_drift.sweeping.environments import releases

ROOT = Path(__file__).parent.parent
RECORD = Record(ROOT)
CASES = RECORD.cases()
ARTICLE = {
    path.stem.replace("-", "/", 1): path.read_text(encoding="utf-8") for path in ROOT.glob("tests/article/*.txt")
}
ARTICLE_RELEASE = Run(Release.parse("1.4.0"), "cpu")


def test_nothing_is_wrong_with_the_record():
    problems = "\n".join(map(str, everything(RECORD)))
    if problems:
        pytest.fail(problems, pytrace=False)


@pytest.mark.parametrize("case_id", [case.id for case in CASES])
def test_goldens_are_as_the_machinery_writes_them(case_id):
    for golden in RECORD.goldens(case_id):
        path = RECORD.folder / case_id / golden.file_name
        assert path.read_text(encoding="utf-8") == dump(golden)


def test_every_release_of_tox_ini_was_run_on_the_cpu_and_nothing_has_changed_since():
    state = RECORD.state(CASES)
    stale = {row.key: RECORD.stale(row, state) for row in RECORD.verified_rows() if row.device == "cpu"}
    # Platforms that are not at hand, and Pythons that were tried beside, vouch for what they were run with.
    runs = {row.run for row in RECORD.verified_rows() if row.device == "cpu"}
    whole = {row.run for row in RECORD.verified_rows() if row.device == "cpu" and not stale[row.key]}
    assert {run.release for run in runs} == set(releases(ROOT, "cpu"))
    assert runs == whole, "run what is stale: module-drift sweep --regen"
    assert RECORD.last_run().keys() == {case.id for case in CASES}


def test_the_article_has_24_examples_and_each_is_a_case():
    assert len(ARTICLE) == 24
    assert set(ARTICLE) == {case.id for case in CASES if case.id == case.example}


@pytest.mark.parametrize("case_id", sorted(ARTICLE))
def test_on_torch_1_4_a_case_prints_what_the_article_prints(case_id):
    golden = resolve(RECORD.goldens(case_id), ARTICLE_RELEASE)
    assert golden.observation.printed == ARTICLE[case_id]
    assert golden.observation.warned == []
    assert golden.observation.raised is None


@pytest.mark.parametrize("case_id", ["functional/code-5", "functional/code-6"])
def test_the_articles_dropout_drops_and_doubles_while_training_and_does_nothing_else(case_id):
    train, evaluate = ARTICLE[case_id].split("eval mode\n")
    assert set(re.findall(r"^\d (.*)$", train, re.MULTILINE)) == {"tensor(0.)", "tensor(2.)"}
    assert set(re.findall(r"^\d (.*)$", evaluate, re.MULTILINE)) == {"tensor(1.)"}


def test_every_cause_says_what_it_touches_its_effect_and_what_to_do():
    for key, cause in RECORD.read_causes().items():
        assert {"touches", "effect", "do"} <= cause.keys(), key


GIVEN_TO_THE_MACHINERY = {
    "reentrant-runs-forward-without-gradients",
    "trace-is-checked-by-doing-it-again",
    "trace-is-checked-without-gradients",
    "trace-runs-forward-again",
    "script-takes-numbers-for-tensors",
    "export-refuses-modules-with-hooks",
    "export-runs-forward-by-default",
}
"""Causes that say what to give to torch.jit.trace, export or checkpoint, which modes call themselves, and no case."""


def test_where_a_cause_says_what_to_do_in_code_a_case_tries_it():
    names_code = re.compile(r"\w\(.*\)|\w ?= ?[\w]|\btorch\._dynamo\b")
    causes = RECORD.read_causes()
    untried = {key for key, cause in causes.items() if "example" not in cause and names_code.search(cause["do"])}
    assert untried == GIVEN_TO_THE_MACHINERY
    assert {causes[key]["kind"] for key in untried} == {"mode"}


def test_each_remedy_is_the_example_of_a_cause():
    remedies = {case.id for case in CASES if case.section == "remedy"}
    assert remedies == {cause.get("example") for cause in RECORD.read_causes().values()} - {None}
