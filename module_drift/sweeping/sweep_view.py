"""Shows a sweep at work, and what came of it."""

from typing import Iterable, List

from rich.console import Console
from rich.markup import escape

from ..common.terminal import progress_bar, rich_console
from ..common.visible import visible
from ..common.words import counted
from ..judging.check import stoppable
from ..judging.judgement import DRIFTED, EXIT_STATUS, MATCHES, NOT_RUN, UNSUPPORTED
from .sweep import Result, Sweep
from .targets import Target

_VERIFIED = "verified before"
"""Of what was not run, since all cases are verified as they are."""

_STYLES = {_VERIFIED: "dim", MATCHES: "green", DRIFTED: "red", NOT_RUN: "yellow", UNSUPPORTED: "cyan"}


def run(sweep: Sweep) -> int:
    """Run `sweep` with a progress bar, print the outcome, and return the exit status."""
    with sweep.alone(), stoppable():
        return _run(sweep, rich_console(soft_wrap=True))


def _run(sweep: Sweep, console: Console) -> int:
    stale = [target for target, ids in sweep.todo.items() if ids]
    todo = [target for target in stale if not sweep.is_judged(target)]
    console.print(_amount(sweep, stale), markup=False, highlight=False)
    if len(todo) < len(stale):
        console.print(f"going on where the last sweep stopped: {len(stale) - len(todo)} are done (--fresh begins anew)")
    if not stale:
        return _print_summary(console, sweep)
    # The time left is an average over the whole sweep, since installing takes very different times.
    with progress_bar(console, average_over=7200) as progress:
        task = progress.add_task("", total=len(stale), completed=len(stale) - len(todo), current="")
        for target in todo:
            progress.update(task, description=f"torch {target}")
            try:
                result = sweep.run(target, lambda at: progress.update(task, current=at))
            except KeyboardInterrupt:
                done = len(stale) - len(todo) + todo.index(target)
                console.print(
                    f"could not be run: {done} of {_count(stale)} judged, told to stop; "
                    "start the same sweep again to go on"
                )
                return EXIT_STATUS[NOT_RUN]
            _print_result(console, target, result)
            progress.advance(task)
    sweep.finish()
    return _print_summary(console, sweep)


def _amount(sweep: Sweep, stale: List[Target]) -> str:
    """Return a line that says how much there is to run."""
    if not stale:
        return f"nothing to run: {_count(sweep.todo)} verified as they are (--all runs them again)"
    runs = sum(len(sweep.todo[target]) for target in stale)
    verified = len({target.release for target in sweep.todo} - {target.release for target in stale})
    are, they, them = ("is", "it is", "it") if verified == 1 else ("are", "they are", "them")
    rest = f"; {verified} more {are} verified as {they} (--all runs {them} again)" if verified else ""
    return f"to run: {_count(stale)}, {counted(runs, 'case')} in all{rest}"


def _count(targets: Iterable[Target]) -> str:
    return counted(len({target.release for target in targets}), "release")


def _print_result(console: Console, target: Target, result: Result) -> None:
    style = _STYLES[result.verdict]
    console.print(
        f"torch {target} [{style}]{result.verdict}[/] ({result.seconds:.0f} s): {escape(visible(result.detail))}"
    )


def _print_summary(console: Console, sweep: Sweep) -> int:
    console.rule(f"{_count(sweep.todo)} on {sweep.device}", align="left")
    verdict_of = {target: sweep.done[target].verdict if ids else _VERIFIED for target, ids in sweep.todo.items()}
    for verdict, style in _STYLES.items():
        these = [target for target, ended in verdict_of.items() if ended == verdict]
        if these:
            console.print(f"[{style}]{verdict} ({len(these)}):[/] {', '.join(map(str, these))}", highlight=False)
    verdicts = set(verdict_of.values())
    if verdicts & {DRIFTED, NOT_RUN}:
        console.print(f"tox's output is in {sweep.logs}", markup=False)
    return 1 if DRIFTED in verdicts else 2 if NOT_RUN in verdicts else 0
