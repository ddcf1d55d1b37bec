"""Shows a sweep at work, and what came of it."""

from typing import Dict, List

from rich.console import Console
from rich.markup import escape

from ..common.terminal import progress_bar, rich_console
from ..common.visible import visible
from ..common.words import counted
from ..judging.check import stoppable
from ..judging.judgement import DRIFTED, EXIT_STATUS, MATCHES, NOT_RUN, UNSUPPORTED
from ..record.release import Release
from .sweep import Result, Sweep

_STYLES = {MATCHES: "green", DRIFTED: "red", NOT_RUN: "yellow", UNSUPPORTED: "cyan"}


def run(sweep: Sweep, releases: List[Release]) -> int:
    """Run `sweep` over `releases` with a progress bar, print the outcome, and return the exit status."""
    with sweep.alone(), stoppable():
        return _run(sweep, releases, rich_console(soft_wrap=True))


def _run(sweep: Sweep, releases: List[Release], console: Console) -> int:
    todo = [release for release in releases if not sweep.is_judged(release)]
    if len(todo) < len(releases):
        console.print(
            f"going on where the last sweep stopped: {len(releases) - len(todo)} are done (--fresh begins anew)"
        )
    # The time left is an average over the whole sweep, since installing takes very different times.
    with progress_bar(console, average_over=7200) as progress:
        task = progress.add_task("", total=len(releases), completed=len(releases) - len(todo), current="")
        for release in todo:
            progress.update(task, description=f"torch {release}")
            try:
                result = sweep.run(release, lambda at: progress.update(task, current=at))
            except KeyboardInterrupt:
                done = len(releases) - len(todo) + todo.index(release)
                console.print(
                    f"could not be run: {done} of {counted(len(releases), 'release')} judged, told to stop; "
                    "start the same sweep again to go on"
                )
                return EXIT_STATUS[NOT_RUN]
            _print_result(console, release, result)
            progress.advance(task)
    results = {release: sweep.done[release] for release in releases}
    sweep.finish()
    return _print_summary(console, results, sweep)


def _print_result(console: Console, release: Release, result: Result) -> None:
    style = _STYLES[result.verdict]
    console.print(
        f"torch {release} [{style}]{result.verdict}[/] ({result.seconds:.0f} s): {escape(visible(result.detail))}"
    )


def _print_summary(console: Console, results: Dict[Release, Result], sweep: Sweep) -> int:
    console.rule(f"{counted(len(results), 'release')} on {sweep.device}", align="left")
    for verdict, style in _STYLES.items():
        these = [release for release, result in results.items() if result.verdict == verdict]
        if these:
            console.print(f"[{style}]{verdict} ({len(these)}):[/] {', '.join(map(str, these))}")
    verdicts = {result.verdict for result in results.values()}
    if verdicts & {DRIFTED, NOT_RUN}:
        console.print(f"tox's output is in {sweep.logs}", markup=False)
    return 1 if DRIFTED in verdicts else 2 if NOT_RUN in verdicts else 0
