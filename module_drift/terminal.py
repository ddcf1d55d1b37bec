"""How the commands print: tables and colours where a terminal shows them, plain lines elsewhere."""

import sys
from typing import Iterable, Sequence

import click

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

    table = Table(*columns, box=box.SIMPLE, show_edge=False)
    for row in rows:
        table.add_row(*map(Text, row))
    Console(highlight=False).print(table)


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

    Console().print(Syntax(source, "python", background_color="default"))


def print_differences(lines: Iterable[str], indent: str) -> None:
    """Print the lines of `report.differences`, coloured by what they begin with."""
    for line in lines:
        click.secho(f"{indent}{line}", fg=_STYLES.get(line.strip()[:1]))
