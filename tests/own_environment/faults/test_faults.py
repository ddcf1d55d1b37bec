"""The suite can fail: each fault of torch turns a case red, each case is turned red, and unrelated ones stay green."""

from pathlib import Path

import pytest

from module_drift.comparing.observation import Observation

from .catalogue import FAULTS
from .fault import Fault
from .page import page
from .suite import ROOT, Suite

PAGE = Path(ROOT / "docs" / "faults.md")


@pytest.fixture(scope="module")
def suite():
    return Suite()


def test_without_a_fault_all_cases_are_green(suite):
    assert not list(suite.red())


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_turns_red_what_it_may_touch_and_nothing_else(suite, fault):
    red = suite.red_under(fault)
    assert red, "no case notices it"
    assert not [case_id for case_id, golden in red.items() if not fault.may_touch(case_id, golden)]
    assert not fault.idle(red), "it says that it touches what it does not"


def test_each_case_is_turned_red_by_a_fault(suite):
    reached = {case_id for fault in FAULTS for case_id in suite.red_under(fault)}
    assert not [case.id for case in suite.cases if case.id not in reached], "write a fault that they notice"


def test_after_all_faults_all_cases_are_green(suite):
    for fault in FAULTS:
        suite.red_under(fault)
    assert not list(suite.red())


def test_the_page_is_what_was_found(suite):
    command = "python -m tests.own_environment.faults > docs/faults.md"
    assert PAGE.read_text(encoding="utf-8") == page(suite, FAULTS), command


def test_each_fault_has_a_name_of_its_own_and_one_sentence():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert not [fault.name for fault in FAULTS if not fault.sentence.endswith(".") or ". " in fault.sentence]


def a_fault(*touches, shows=None):
    return Fault("a-fault", "Something is wrong.", touches, shows, lambda patch: None)


def test_a_fault_may_touch_the_cases_of_its_patterns_and_those_that_show_something():
    fault = a_fault("hook/code-[12]", shows="grad_fn")
    assert fault.may_touch("hook/code-2", Observation())
    assert not fault.may_touch("hook/code-3", Observation())
    assert fault.may_touch("hook/code-3", Observation(warned=["UserWarning: no grad_fn"]))


def test_what_a_fault_names_in_vain_is_found():
    red = {"hook/code-1": Observation(printed="x\n")}
    assert a_fault("hook/code-*", "hook/full-*", shows="y").idle(red) == ["hook/full-*", "y"]


def test_a_fault_that_does_nothing_turns_nothing_red(suite):
    assert suite.red_under(a_fault()) == {}
