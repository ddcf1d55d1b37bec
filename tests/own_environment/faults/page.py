"""The page of all faults: what each turned red, and how many reach each case."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import torch

from .fault import Fault
from .suite import Suite

SHOWN = 3
"""How many cases or faults are named at most where there are more."""


def page(suite: Suite, faults: Sequence[Fault]) -> str:
    """Return the page, in Markdown; every fault that was not tried yet is."""
    return "\n".join(_lines(suite, faults)) + "\n"


def _lines(suite: Suite, faults: Sequence[Fault]) -> Iterator[str]:
    reached: dict[str, list[str]] = {case.id: [] for case in suite.cases}
    for fault in faults:
        for case_id in suite.red_under(fault):
            reached[case_id].append(fault.name)
    release = torch.__version__.partition("+")[0]
    yield f"""\
# Named faults

Each of {len(faults)} small misbehaviours is put into a running torch {release}, and cases are held against the record:
those that its definition in `tests/own_environment/faults/` names, and one in ten of all others, another tenth for
each fault. Each fault turns at least one case red, and leaves green those that it may not touch; each of the
{len(suite.cases)} cases is turned red by at least one fault; and before and after all faults, every case is green.
`tox run -e faults` tests this. The page is written by `python -m tests.own_environment.faults > docs/faults.md`, with
torch {release} installed.
"""
    for module, group in groupby(faults, lambda fault: fault.inject.__module__):
        yield f"## {_title(module)}\n"
        yield from _row("fault", "what torch does wrong", "red", "cases")
        yield from _row("---", "---", "--:", "---")
        for fault in group:
            red = suite.red_under(fault)
            yield from _row(fault.name, fault.sentence.replace("|", r"\|"), len(red), _some(sorted(red)))
        yield ""
    yield "## Faults that reach each case\n"
    yield from _row("case", "faults", "such as")
    yield from _row("---", "--:", "---")
    for case_id, names in sorted(reached.items()):
        yield from _row(case_id, len(names), _some(names))


def _title(module: str) -> str:
    """Return what a module of faults is about, from its docstring."""
    about = (sys.modules[module].__doc__ or "").removeprefix("Faults of ").rstrip(".")
    return about[:1].upper() + about[1:]


def _row(*cells: object) -> Iterator[str]:
    yield f"| {' | '.join(map(str, cells))} |"


def _some(names: Iterable[str]) -> str:
    first, rest = (list(names)[part] for part in (slice(SHOWN), slice(SHOWN, None)))
    return ", ".join([*first, "…"] if rest else first)
