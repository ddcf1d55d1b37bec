"""Holds the cases against their goldens, in the process that it is called in."""

import time
from pathlib import Path
from typing import NamedTuple

import torch

from module_drift.comparing.compare import compare
from module_drift.comparing.observation import Observation
from module_drift.finding.discovery import Case
from module_drift.observing import running_torch
from module_drift.observing.observe import observe
from module_drift.record.record import Record
from module_drift.record.release import Release, Run

DEVICE = "cpu"

_WARNS_WHERE_MEMORY_IS_FILLED = "does not have a deterministic implementation, but you set"


class Held(NamedTuple):
    """A case and what it must show.

    Attributes:
        case: the case.
        golden: what it showed when it was recorded.
    """

    case: Case
    golden: Observation

    def differs(self) -> bool:
        """Run the case, and return whether it shows something else, or cannot be run."""
        try:
            observed = observe(self.case, DEVICE)
            warned = [text for text in observed.warned if _WARNS_WHERE_MEMORY_IS_FILLED not in text]
            return bool(compare(self.golden, observed._replace(warned=warned)))
        except BaseException:  # What a mutant raises outside of the case, or a class that no case lets through.
            return True


def fill_new_memory() -> None:
    """Let torch fill with NaN what `torch.empty` gives, so that a mutant that fills it no longer always shows.

    Not by use_deterministic_algorithms, which on torch 2 imports the whole of its compiler.
    """
    torch.set_deterministic_debug_mode("warn")
    # The clean state of each case would switch it off again.
    torch.set_deterministic_debug_mode = lambda mode: None


def held_cases(root: Path) -> list[Held]:
    """Return the cases of the project at `root`, loaded, with the goldens in effect for the torch at hand.

    Cases whose golden is bound to another platform are left out.

    Raises:
        InputError: a case or golden is not as it must be, or a golden is missing.
    """
    record = Record(root)
    run = Run(Release.parse(running_torch.version()), DEVICE)
    held = []
    for case in record.cases():
        case.load()
        golden = record.golden_in_effect(case.id, run)
        if not case.platform_bound or golden.is_of(running_torch.this_processor(), "cpu"):
            held.append(Held(case, golden.observation))
    return held


def differing(held: list[Held]) -> list[str]:
    """Run the cases one after the other, and return the ids of those that differ."""
    return [each.case.id for each in held if each.differs()]


def cpu_seconds(held: list[Held]) -> float:
    """Return how long the cases take together."""
    started = time.process_time()
    differing(held)
    return time.process_time() - started
