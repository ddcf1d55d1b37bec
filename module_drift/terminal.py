"""How the commands print: tables and colours where a terminal shows them, plain lines elsewhere."""

import contextlib
import sys
from typing import TYPE_CHECKING, Callable, Iterable, Iterator, Sequence

import click

from .links import label

if TYPE_CHECKING:
    from rich.text import Text

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print `rows` under `columns`: as a table on a terminal, else a line each, with tabs between the cells."""
    if not sys.stdout.isatty():
        for row in [columns, *rows]:
            click.echo("\t".join(row))
        return
    # Imported here: elsewhere nothing needs it, and it takes longer than the commands' own work.
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE, show_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        # A terminal can carry the address behind a short name.
        table.add_row(*(Text(" ").join(map(_linked, cell.split(" "))) for cell in row))
    Console(highlight=False).print(table)


def _linked(word: str) -> "Text":
    from rich.text import Text

    return Text(label(word), style=f"link {word}") if word.startswith("https://") else Text(word)


def print_heading(text: str) -> None:
    """Print a line that begins a part of the output."""
    click.echo()
    click.secho(text, bold=True)


def print_code(source: str) -> None:
    """Print Python source, highlighted on a terminal."""
    if not sys.stdout.isatty():
        click.echo(source)
        return
    from rich.console import Console
    from rich.syntax import Syntax

    Console().print(Syntax(source, "python", background_color="default", word_wrap=True))


def print_differences(lines: Iterable[str], indent: str) -> None:
    """Print the lines of `report.differences`, coloured by what they begin with."""
    for line in lines:
        click.secho(f"{indent}{line}", fg=_STYLES.get(line.strip()[:1]))


@contextlib.contextmanager
def progress(total: int, description: str) -> Iterator[Callable[[str], None]]:
    """Show on a terminal how far long work has come: what is done, what is at work, and the time that is left.

    It is shown on stderr, and gone when the work ends. Where stderr is no terminal, nothing is shown.

    Args:
        total: how many steps there are.
        description: what is done, such as "checking".

    Yields:
        A function to call as each step begins, with the step's name.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.table import Column

    console = Console(stderr=True)
    shown = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[current]}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")),
        console=console,
        transient=True,
        disable=not console.is_interactive,
        # What is printed meanwhile goes above it, but never from a pipe to the terminal.
        redirect_stdout=sys.stdout.isatty(),
        speed_estimate_period=600,
    )
    with shown:
        task = shown.add_task(description, total=total, current="")
        begun = 0

        def begin(name: str) -> None:
            nonlocal begun
            shown.update(task, completed=begun, current=name)
            begun += 1

        yield begin
