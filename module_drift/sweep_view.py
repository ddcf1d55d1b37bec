"""Shows a sweep at work, and what came of it."""

import signal
from typing import Dict, List

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from .judgement import DRIFTED, MATCHES, NOT_RUN, UNSUPPORTED
from .release import Release
from .sweep import Result, Sweep

_STYLES = {MATCHES: "green", DRIFTED: "red", NOT_RUN: "yellow", UNSUPPORTED: "cyan"}


def run(sweep: Sweep, releases: List[Release]) -> int:
    """Run `sweep` over `releases` with a progress bar, print the outcome, and return the exit status."""
    console = Console(highlight=False, soft_wrap=True)
    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: in the background, a shell lets it be ignored.
        signal.signal(number, signal.default_int_handler)
    todo = [release for release in releases if not sweep.is_judged(release)]
    if len(todo) < len(releases):
        console.print(
            f"going on where the last sweep stopped: {len(releases) - len(todo)} are done (--fresh begins anew)"
        )
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    # The time left is an average over the whole sweep, since installing takes very different times.
    with Progress(*columns, console=console, speed_estimate_period=7200) as progress:
        task = progress.add_task("", total=len(releases), completed=len(releases) - len(todo))
        for release in todo:
            progress.update(task, description=f"torch {release}")
            try:
                result = sweep.run(release)
            except KeyboardInterrupt:
                console.print("stopped; start the same sweep again to go on")
                return 130
            _print_result(console, release, result)
            progress.advance(task)
    results = {release: sweep.done[release] for release in releases}
    sweep.finish()
    return _print_summary(console, results, sweep)


def _print_result(console: Console, release: Release, result: Result) -> None:
    style = _STYLES[result.verdict]
    console.print(f"torch {release} [{style}]{result.verdict}[/] ({result.seconds:.0f} s): {escape(result.detail)}")


def _print_summary(console: Console, results: Dict[Release, Result], sweep: Sweep) -> int:
    console.rule(f"{len(results)} releases on {sweep.device}", align="left")
    for verdict, style in _STYLES.items():
        these = [release for release, result in results.items() if result.verdict == verdict]
        if these:
            console.print(f"[{style}]{verdict} ({len(these)}):[/] {', '.join(map(str, these))}")
    verdicts = {result.verdict for result in results.values()}
    if verdicts & {DRIFTED, NOT_RUN}:
        console.print(f"tox's output is in {sweep.logs}", markup=False)
    return 1 if DRIFTED in verdicts else 2 if NOT_RUN in verdicts else 0
