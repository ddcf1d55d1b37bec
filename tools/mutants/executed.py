"""Which lines of torch's sources each case executes, by coverage.py."""

from typing import NamedTuple

import coverage

from module_drift.observing.observe import observe

from .sources import Source
from .trial import DEVICE, Held


class Executed(NamedTuple):
    """What the cases execute of one source.

    Attributes:
        cases: the ids of the cases that execute a line, by line.
        statements: first lines of the statements in bodies of functions, as coverage.py counts statements.
        reached: those of them that a case executes.
    """

    cases: dict[int, set[str]]
    statements: set[int]
    reached: set[int]

    def by(self, start: int, stop: int) -> set[str]:
        """Return the cases that execute a line from `start` to `stop`."""
        return {case for line in range(start, stop + 1) for case in self.cases.get(line, ())}


def executed(held: list[Held], sources: list[Source]) -> dict[str, Executed]:
    """Run the cases in this process and return what they execute, by the sources' names.

    Lines that run when torch is imported do not count: neither as statements nor as reached.
    """
    measured = coverage.Coverage(data_file=None, config_file=False, include=[str(source.path) for source in sources])
    measured.start()
    for case, _ in held:
        measured.switch_context(case.id)
        observe(case, DEVICE)
    measured.stop()
    found = {}
    for source in sources:
        path = str(source.path)
        _, statements, _, missing, _ = measured.analysis2(path)
        contexts = measured.get_data().contexts_by_lineno(path)
        cases = {line: {context for context in each if context} for line, each in contexts.items()}
        counted = set(statements) & source.body_lines()
        found[source.name] = Executed(cases, counted, counted - set(missing))
    return found
