"""A mode that does something wrong is red, by what the record says of this torch in a mode that wraps Modules."""

import pytest
import torch

from module_drift.comparing.compare import compare
from module_drift.observing import running_torch
from module_drift.observing.modes import functional_call
from module_drift.observing.observe import observe
from module_drift.record.record import Record
from module_drift.record.release import Release, Run

from .of_modes import MODE_FAULTS
from .suite import ROOT

MODE = "functional-call"


@pytest.fixture(scope="module")
def goldens():
    """The cases that go through the mode, with what the record says of them there."""
    record, run = Record(ROOT), Run(Release.parse(torch.__version__), "cpu", MODE)
    through = set(record.that_run(record.case_ids(), [run]))
    assert len(through) > 300, "the record has no run of this torch in the mode"
    found = {}
    for case in record.cases():
        golden = record.golden_in_effect(case.id, run)
        if case.id in through and not (case.platform_bound and not golden.is_of(running_torch.this_processor(), "cpu")):
            found[case] = golden.observation
    return found


def red(goldens):
    return [case.id for case, golden in goldens.items() if compare(golden, observe(case, "cpu", MODE))]


def spoilt(fault):
    """Return the machinery of the mode with what it makes spoilt; all but one fault count as going through it."""

    class Spoilt(functional_call.machinery):
        def made(self, module, as_it_stands):
            called = fault.spoil(module, super().made(module, as_it_stands), as_it_stands)
            return called if called is as_it_stands else self.counted(called)

    return Spoilt


def test_without_a_fault_all_cases_are_green_in_the_mode(goldens):
    assert not red(goldens)


@pytest.mark.parametrize("fault", MODE_FAULTS, ids=lambda fault: fault.name)
def test_a_mode_that_does_something_wrong_is_red(goldens, fault, monkeypatch):
    monkeypatch.setattr(functional_call, "machinery", spoilt(fault))
    assert red(goldens), fault.sentence


def test_there_are_at_least_25_with_a_sentence_each():
    assert len({fault.name for fault in MODE_FAULTS}) == len(MODE_FAULTS) >= 25
    assert not [fault.name for fault in MODE_FAULTS if not fault.sentence.endswith(".") or ". " in fault.sentence]
