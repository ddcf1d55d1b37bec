"""docs/quiet.md: what was run, and how often each circumstance was among it."""

from collections import Counter
from collections.abc import Sequence

from circumstances import CIRCUMSTANCES, IN_A_MODE, Drawn, kind

_TEXT = """\
# That it never cries wolf

The suite was run {runs} times on torch {torch} with Python {python}, on {platform}, under circumstances drawn at
random; {green} of these runs were green, each with a verdict on every case that it was to run. They took
{minutes:.0f} minutes and judged {cases} cases. Then it was run {alarms} times more under such circumstances with one
golden damaged; {heard} of these runs were red for just that case.

This page is written by

```sh
tox run -e quiet -- --runs {runs} --seed {seed} --page docs/quiet.md
```

`--runs 12` deals out every circumstance at least once. Where a run is not as it must be, it is printed with the
command that repeats it, such as `tox run -e quiet -- dtype=bfloat16 order=randomly:17 checkout=readonly`.

| circumstance | value | runs | green |
| --- | --- | --: | --: |
{rows}
`#` is a number, drawn anew each time; `any` is each of the modes in its turn, whose name is printed, and {few} cases
are run in one where no others are drawn. Several circumstances come together in each run, {mean:.1f} on average. A run
goes in a process of its own and a fresh copy of the checkout; what is set beforehand is set in the process that runs
the cases (`tests/own_environment/quiet/before/sitecustomize.py`), of each of which is demanded that it leaves that as
it was. Of `-W error` one warning is spared where `-O` comes with it: pytest's own that `-O` takes assert statements
away, which would end the run before the suite is read. `workers=2` is never drawn with `locale=ascii` and an `odd`
checkout: pytest-xdist starts in no project whose path holds what the locale does not know.
"""


def page(runs: Sequence[tuple[Drawn, bool]], **figures: object) -> str:
    """Return the page.

    Args:
        runs: the circumstances of each run, and whether it was green.
        figures: the other figures in the text.
    """
    dealt: Counter[tuple[str, str]] = Counter()
    green: Counter[tuple[str, str]] = Counter()
    for drawn, is_green in runs:
        kinds = [(name, kind(name, value)) for name, value in drawn.items()]
        dealt.update(kinds)
        green.update(kinds if is_green else [])
    rows = [
        f"| {what} | `{name}={value}` | {dealt[name, value]} | {green[name, value]} |\n"
        for name, (what, values) in CIRCUMSTANCES.items()
        for value in values
    ]
    return _TEXT.format(
        runs=len(runs),
        green=sum(is_green for _, is_green in runs),
        mean=sum(len(drawn) for drawn, _ in runs) / len(runs),
        rows="".join(rows),
        few=IN_A_MODE.partition(":")[0],
        **figures,
    )
