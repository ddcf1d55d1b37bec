"""How the commands print: tables and colours where a terminal shows them, plain lines elsewhere."""

import sys
from typing import TYPE_CHECKING, Iterable, Sequence

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
