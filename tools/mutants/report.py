"""Writes a run as a page of Markdown."""

from collections.abc import Iterable, Iterator

from .executed import Executed
from .sorting import VERDICTS, Group, check
from .tally import LEAST_KILLED, LEAST_REACHED, MAIN_SOURCE, SURVIVED, Count, Outcome, count, reached

_HEAD = "| {} | mutants | never executed | executed | killed | timed out | survived | killed of executed |"
_RULE = "| --- | --: | --: | --: | --: | --: | --: | --: |"


def page(version: str, cases: int, outcomes: list[Outcome], executed: dict[str, Executed], groups: list[Group]) -> str:
    """Return the page of a run.

    Args:
        version: of torch.
        cases: how many were run.
        outcomes: of the mutants, in order of files and lines.
        executed: what the cases execute, by source.
        groups: the sorted survivors.
    """
    total = count(outcomes)
    lines = [
        "# Upstream mutants",
        "",
        "Written by `tox run -e mutants`, that is `python -m tools.mutants`. Each mutant is one small change in",
        f"PyTorch's own Python sources, made in memory; the {cases} cases are run against it until one shows something",
        "else than its golden.",
        "",
        f"torch {version}: {total.generated} mutants; {total.executed} are in statements that some case executes, and",
        f"{total.killed} of these are killed, {total.share:.1%} (at least {LEAST_KILLED:.0%} must be).",
    ]
    if MAIN_SOURCE in executed:
        main = executed[MAIN_SOURCE]
        lines += [
            f"The cases execute {len(main.reached)} of the {len(main.statements)} statements in functions of",
            f"{MAIN_SOURCE}, {reached(main):.1%} (at least {LEAST_REACHED:.0%} must be).",
        ]
    lines += ["", "## Files", "", *_files(outcomes, executed), *_survivors(outcomes, groups), *_functions(outcomes)]
    return "\n".join(lines) + "\n"


def _files(outcomes: list[Outcome], executed: dict[str, Executed]) -> Iterator[str]:
    yield _HEAD.format("file") + " statements executed |"
    yield _RULE + " --: |"
    for name, lines in executed.items():
        own = count(outcome for outcome in outcomes if outcome.mutant.file == name)
        yield _row(name, own) + f" {len(lines.reached)} of {len(lines.statements)}, {reached(lines):.1%} |"
    everything = sum(len(lines.reached) for lines in executed.values())
    yield _row("all", count(outcomes)) + f" {everything} of {sum(len(x.statements) for x in executed.values())} |"


def _functions(outcomes: list[Outcome]) -> Iterator[str]:
    yield from ["", "## Functions", ""]
    yield "Of those that some case executes."
    for file in dict.fromkeys(outcome.mutant.file for outcome in outcomes):
        own = [outcome for outcome in outcomes if outcome.mutant.file == file]
        rows = [
            (name, count(outcome for outcome in own if outcome.mutant.function == name))
            for name in dict.fromkeys(outcome.mutant.function for outcome in own)
        ]
        yield from ["", f"### {file}", "", _HEAD.format("function"), _RULE]
        yield from (_row(name, counted) for name, counted in rows if counted.executed)


def _row(name: str, counted: Count) -> str:
    share = f"{counted.share:.1%}" if counted.executed else ""
    cells = [*counted[:2], counted.executed, *counted[2:]]
    return f"| {name} | {' | '.join(map(str, cells))} | {share} |"


def _survivors(outcomes: list[Outcome], groups: list[Group]) -> Iterator[str]:
    survivors = [outcome.mutant for outcome in outcomes if outcome.outcome == SURVIVED]
    labels = {mutant.label for mutant in survivors}
    yield from ["", "## Survivors", ""]
    yield from ["What people said of them is in `tools/mutants/survivors.toml`:", ""]
    for verdict, heading in VERDICTS.items():
        some = {label for group in groups if group.verdict == verdict for label in group.survivors}
        number = sum(mutant.label in some for mutant in survivors)
        total = count(outcomes)
        would = f"; with these killed as well, {total.with_killed(number).share:.1%} would be"
        yield f"- {heading.lower()}: {number}{would if number and verdict == 'missing' else ''}"
    for verdict, heading in VERDICTS.items():
        sized = [
            (group, [mutant for mutant in survivors if mutant.label in group.survivors])
            for group in groups
            if group.verdict == verdict and not labels.isdisjoint(group.survivors)
        ]
        yield from ["", f"### {heading}"] if sized else []
        for group, its in sorted(sized, key=lambda pair: -len(pair[1])):
            yield from ["", f"**{len(its)}: {group.why}**", "", *_list(its)]
    unsorted = set(check(groups, [mutant.label for mutant in survivors]).unsorted)
    if unsorted:
        yield from ["", "### Not sorted", "", *_list(mutant for mutant in survivors if mutant.label in unsorted)]


def _list(mutants: Iterable) -> Iterator[str]:
    for mutant in mutants:
        yield f"- {mutant.file}:{mutant.line} {mutant.function}: {_code(mutant.before)} → {_code(mutant.after)}"


def _code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{text}`"
