"""Runs the cases against mutants of the torch at hand, and writes docs/mutants.md.

Exits with 1 if too few mutants are killed, too little of torch.nn.Module is executed, or survivors.toml does not
name the survivors. With --file or --limit the page goes to the standard output, and survivors.toml is not checked.
"""

import argparse
import gc
import json
import random
import sys
import tempfile
import time
from pathlib import Path

from module_drift.common.errors import InputError
from module_drift.observing import running_torch
from module_drift.record.release import Release

from . import children, executed, report, sorting, tally, trial
from .sources import Mutant, Source
from .tally import Outcome

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "mutants.md"
SURVIVORS = Path(__file__).with_name("survivors.toml")
FILES = (
    "nn/modules/module.py",
    "nn/modules/container.py",
    "nn/modules/linear.py",
    "nn/modules/dropout.py",
    "nn/modules/activation.py",
    "nn/modules/batchnorm.py",
    "nn/parameter.py",
    "utils/hooks.py",
)
_LEAST_SECONDS = 2.0
_TIMES_THE_SUITE = 10
"""A mutant has this many times the CPU seconds of the whole suite, and not less than _LEAST_SECONDS."""


def main() -> int:
    """Run it and return the exit status."""
    options = _options()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = folder  # What a case leaves there when its child is killed goes with it.
        try:
            trial.fill_new_memory()
            held = trial.held_cases(ROOT)
            groups = sorting.read(SURVIVORS)
            sources = [Source(name) for name in options.file or FILES]
            _refuse_red(held, sources, options.jobs)
            lines = children.one(lambda: executed.executed(held, sources))
            mutants = [mutant for source in sources for mutant in source.mutants()]
            outcomes = _outcomes(_drawn(mutants, options), held, {s.name: s for s in sources}, lines, options.jobs)
        except InputError as error:
            print(error, file=sys.stderr)
            return 2
    whole = not options.file and options.limit is None
    page = report.page(str(Release.parse(running_torch.version())), len(held), outcomes, lines, groups)
    faults = tally.shortfalls(outcomes, lines)
    if whole:
        PAGE.write_text(page, encoding="utf-8")
        faults += _unsorted(groups, outcomes)
        print(f"wrote {PAGE.relative_to(ROOT)} in {time.monotonic() - started:.0f} s")
    else:
        print(page)
    print("\n".join(faults), file=sys.stderr)
    return int(bool(faults))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__.splitlines()[0])
    parser.add_argument("--file", action="append", choices=FILES, metavar="FILE", help=f"one of {', '.join(FILES)}")
    parser.add_argument("--limit", type=_positive, help="try so many mutants, drawn at random")
    parser.add_argument("--seed", type=int, default=0, help="of that draw (default: %(default)s)")
    parser.add_argument("--jobs", type=_positive, default=2, help="children at a time (default: %(default)s)")
    return parser.parse_args()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def _refuse_red(held: list[trial.Held], sources: list[Source], jobs: int) -> None:
    """Run each case in a child where every function has its code compiled anew, without a change.

    Raises:
        InputError: a case differs there, so that its verdict on mutants would say nothing.
    """

    unchanged = [(source, *each) for source in sources for each in source.unchanged()]

    def differs(one: trial.Held) -> bool:
        for source, first_line, patch in unchanged:
            source.apply(first_line, patch)
        return one.differs()

    for one, ended in children.each(held, differs, jobs, seconds=60):
        if ended.died or ended.value:
            remedy = f"mend it first: pytest -k {one.case.id}"
            raise InputError(one.case.id, "differs from its golden without a mutant", remedy)


def _drawn(mutants: list[Mutant], options: argparse.Namespace) -> list[Mutant]:
    if options.limit is None or options.limit >= len(mutants):
        return mutants
    chosen = set(random.Random(options.seed).sample(range(len(mutants)), options.limit))
    return [mutant for i, mutant in enumerate(mutants) if i in chosen]


def _outcomes(
    mutants: list[Mutant],
    held: list[trial.Held],
    sources: dict[str, Source],
    lines: dict[str, executed.Executed],
    jobs: int,
) -> list[Outcome]:
    """Try the mutants and return what became of each, in their order."""
    seconds = max(_LEAST_SECONDS, _TIMES_THE_SUITE * children.one(lambda: trial.cpu_seconds(held)))
    touching = {
        at: [one for one in held if one.case.id in lines[mutant.file].by(mutant.start, mutant.stop)]
        for at, mutant in enumerate(mutants)
    }

    def killer(at: int) -> str | None:
        mutant = mutants[at]
        sources[mutant.file].apply(mutant.first_line, mutant.patch)
        return next((one.case.id for one in touching[at] if one.differs()), None)

    found = {at: tally.NEVER for at, cases in touching.items() if not cases}
    gc.collect()
    gc.freeze()  # So that the children's collections do not copy what they share.
    for at, ended in children.each([at for at in touching if touching[at]], killer, jobs, seconds):
        if ended.timed_out:
            found[at] = tally.TIMED_OUT
        else:
            found[at] = tally.KILLED if ended.died or ended.value else tally.SURVIVED
    return [Outcome(mutant, found[at]) for at, mutant in enumerate(mutants)]


def _unsorted(groups: list[sorting.Group], outcomes: list[Outcome]) -> list[str]:
    survivors = [outcome.mutant.label for outcome in outcomes if outcome.outcome == tally.SURVIVED]
    checked = sorting.check(groups, survivors)
    faults = []
    if checked.unsorted:
        faults += [f"{SURVIVORS.name} does not sort:", *(f"  {json.dumps(label)}," for label in checked.unsorted)]
    if checked.gone:
        faults += [f"{SURVIVORS.name} sorts what does not survive:", *(f"  {label}" for label in checked.gone)]
    return faults


if __name__ == "__main__":
    sys.exit(main())
