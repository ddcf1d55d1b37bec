"""Holds all cases against the goldens in effect for the torch that runs, in this process."""

import functools
import gc
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import torch

from module_drift.comparing.compare import compare
from module_drift.comparing.observation import Observation
from module_drift.finding.discovery import Case
from module_drift.observing import running_torch
from module_drift.observing.observe import observe
from module_drift.record.record import Record
from module_drift.record.release import Release, Run

from .fault import Fault

ROOT = Path(__file__).parents[3]

_OF_OTHERS = 10
"""One of so many cases that a fault does not name is run under it."""


class Suite:
    """All cases with their goldens.

    Raises:
        InputError: a case has no golden for the torch that runs.
    """

    def __init__(self) -> None:
        record = Record(ROOT)
        run = Run(Release.parse(torch.__version__), "cpu")
        self.cases = record.cases()
        self.goldens: dict[str, Observation] = {}
        for case in self.cases:
            golden = record.golden_in_effect(case.id, run)
            self.goldens[case.id] = golden.observation
            if case.platform_bound and not golden.is_of(running_torch.this_processor(), "cpu"):
                # Its golden says nothing of this processor, but what it shows here without a fault does.
                self.goldens[case.id] = observe(case, "cpu")
            case.load()  # Before the first fault: a class that is made under one would keep it.
        gc.freeze()  # What torch made stays; to look for garbage in it, run after run, would take its time.

    def red(self) -> dict[str, Observation]:
        """Run all cases and return the goldens of those that drift, by id."""
        return self._red_of(self.cases)

    def _red_of(self, cases: Iterable[Case]) -> dict[str, Observation]:
        return {
            case.id: self.goldens[case.id] for case in cases if compare(self.goldens[case.id], observe(case, "cpu"))
        }

    @functools.cache  # noqa: B019 - there is one suite in a process
    def red_under(self, fault: Fault) -> dict[str, Observation]:
        """Return the same under `fault`, of all cases that it names and of one in ten of the others.

        Which tenth it is goes by the names of fault and case: another one for each fault, and the same in every run,
        whatever else there is. So what turns more than a few cases red that it does not name is found out, and of a
        case that no fault names, a tenth of them is tried; of the rest of these pairs nothing is said.

        Raises:
            ValueError: the fault is written for another torch; see `injection.edit`.
        """
        with pytest.MonkeyPatch.context() as patch:
            fault.inject(patch)
            return self._red_of(self._run_under(fault))

    def _run_under(self, fault: Fault) -> Iterator[Case]:
        for case in self.cases:
            others = zlib.crc32(f"{fault.name} {case.id}".encode())
            if fault.names(case.id, self.goldens[case.id]) or others % _OF_OTHERS == 0:
                yield case
