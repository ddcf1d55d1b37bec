"""What a fault is, and the decorator by which a function becomes one."""

import fnmatch
import functools
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import pytest

from module_drift.comparing.observation import Observation

Inject = Callable[[pytest.MonkeyPatch], None]


class Fault(NamedTuple):
    """A small misbehaviour of torch.

    Attributes:
        name: what it is called, from the function that injects it.
        sentence: what torch does wrong under it.
        touches: ids of cases that it may turn red, or patterns of ids, as of `fnmatch`.
        shows: it may also turn red the cases whose golden has what this regular expression finds, if it is given.
        inject: puts it into the running torch, to be taken back by the MonkeyPatch.
    """

    name: str
    sentence: str
    touches: tuple[str, ...]
    shows: str | None
    inject: Inject

    def may_touch(self, case_id: str, golden: Observation) -> bool:
        """Return whether it may turn the case `case_id` red, with its golden.

        A remedy uses whatever helps, and a whole layer whatever it is made of.
        """
        return case_id.startswith(("layer/", "remedy/")) or self.names(case_id, golden)

    def names(self, case_id: str, golden: Observation) -> bool:
        """Return whether it says itself that it may turn the case `case_id` red, with its golden."""
        return _one_of(self.touches).match(case_id) is not None or self._is_shown_in(golden)

    def idle(self, red: Mapping[str, Observation]) -> list[str]:
        """Return what it names and none of the cases that it turned `red`, by id with their goldens, has."""
        idle = [pattern for pattern in self.touches if not fnmatch.filter(red, pattern)]
        if self.shows and not any(map(self._is_shown_in, red.values())):
            idle.append(self.shows)
        return idle

    def _is_shown_in(self, golden: Observation) -> bool:
        text = "\n".join([golden.printed, *golden.warned, golden.raised or ""])
        return self.shows is not None and re.search(self.shows, text) is not None


@functools.cache  # Hundreds of faults are asked for thousands of cases.
def _one_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(fnmatch.translate, patterns)) or "(?!)")


FAULTS: list[Fault] = []
"""All faults, in the order of their definition; `catalogue` imports the modules that define them."""


def fault(*touches: str, shows: str | None = None) -> Callable[[Inject], Inject]:
    """Make a fault of a function that injects it; its docstring says in one sentence what torch does wrong.

    Args:
        touches: see `Fault.touches`.
        shows: see `Fault.shows`.
    """

    def add(inject: Inject) -> Inject:
        FAULTS.append(
            Fault(inject.__name__.replace("_", "-"), " ".join((inject.__doc__ or "").split()), touches, shows, inject)
        )
        return inject

    return add
