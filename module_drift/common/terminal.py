"""How the commands print: tables and colours where a terminal shows them, plain lines elsewhere.

All that they print comes by here, so that no text from a record, a case or torch can steer a terminal, and so that
a reader who has gone or a disk that is full ends a command in order.
"""

import contextlib
import io
import os
import re
import sys
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, Iterator, List, Optional, Sequence, TextIO

import click

from .errors import OutputError
from .links import label
from .visible import LINES, visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from rich.text import Text

_STYLES = {"+": "green", "-": "red", "@": "cyan"}
_READABLE = 24
"""Columns that a text of more than a word needs to be read with ease."""
_GAP = 2
"""Columns between those of a table."""
_WORDS, _FOLDS = re.compile(r"\S+"), re.compile(r"[^\s-]*-*")
"""What stays whole in a line: words, or where there is little room, what lies between hyphens."""


def echo(text: str = "", **style: Any) -> None:
    """Print lines as they are; `style` is that of `click.style`.

    Raises:
        OutputError: they cannot be written, such as to a full disk. That the reader has gone is no error.
    """
    with writing():
        click.secho(visible(text, LINES), **style)


def note(text: str, **style: Any) -> None:
    """Print lines to stderr, beside the answer; if nobody can read it there, that is all."""
    try:
        for line in _lines(text, sys.stderr):
            click.secho(line, err=True, **style)
    except OSError:
        _to_nowhere(sys.stderr)


def print_text(text: str, indent: str = "", hang: int = 0, **style: Any) -> None:
    """Print prose, all lines of it after `indent`; a terminal breaks them between words, and keeps their indent.

    Args:
        text: the prose.
        indent: what stands before each of its lines.
        hang: columns by which lines that a terminal breaks go on further to the right.
        style: that of `click.style`.
    """
    for line in text.split("\n"):
        indented = f"{indent}{line}"
        margin = " " * (len(indented) - len(indented.lstrip(" ")) + hang)
        echo("\n".join(_lines(indented, sys.stdout, margin)), **style)


def print_json(data: Any) -> None:
    """Print `data` as JSON, which has escapes of its own for all that is not ASCII."""
    from .indented import indented

    with writing():
        click.echo(indented(data).replace("\x7f", "\\u007f"))


def columns() -> float:
    """Return how many columns a line of stdout may have: without end where it is no terminal."""
    import shutil

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else float("inf")


def print_heading(text: str) -> None:
    """Print a line that begins a part of the output."""
    echo()
    print_text(text, bold=True)


def _a_line_each(columns: Sequence[str], cells: Sequence[str]) -> List[str]:
    return [f"{column}: {cell}" for column, cell in zip(columns, cells) if cell]


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    folded: bool = False,
    stacked: Callable[[Sequence[str], Sequence[str]], Sequence[str]] = _a_line_each,
) -> None:
    """Print `rows` under `columns`: as a table on a terminal, else a line each, with tabs between the cells.

    Where a terminal is too narrow for a table, each row is a few lines, with an empty one between. Words stay whole.

    Args:
        columns: what stands above each.
        rows: the cells.
        folded: whether words may go on in the next line after a hyphen, where the table has no room otherwise.
        stacked: returns the lines of a row below its first cell where even so there is no table, by the other columns
            and cells.
    """
    shown = [[visible(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        echo("\n".join("\t".join(row) for row in [columns, *shown]))
        return
    if not shown:
        return
    # Imported here: elsewhere nothing needs it, and it takes longer than the commands' own work.
    from rich import box
    from rich.padding import Padding
    from rich.table import Table

    console = rich_console()
    cells = [columns, *([_labelled(cell) for cell in row] for row in shown)]
    widths = _widths(cells, console.width) or (_widths(cells, console.width, folded=True) if folded else None)
    with writing():
        if widths:
            table = Table(box=box.SIMPLE, show_edge=False, padding=(0, _GAP - 1, 0, 0), pad_edge=False)
            for column, width in zip(columns, widths):
                table.add_column(_linked(column, width), width=width)
            for row in shown:
                table.add_row(*map(_linked, row, widths))
            console.print(table)
            return
        for number, (first, *others) in enumerate(shown):
            if number:
                console.print()
            console.print(_linked(first, max(console.width, 1)), style="bold")
            for line in stacked(columns[1:], others):
                console.print(Padding(_linked(line, max(console.width - 4, 1)), (0, 0, 0, 2)))


def print_code(source: str) -> None:
    """Print Python source, highlighted on a terminal; its lines stay whole, since broken they would be other code."""
    if not sys.stdout.isatty():
        echo(source)
        return
    from rich.syntax import Syntax

    code = Syntax("", "python", background_color="default").highlight(visible(source, LINES))
    code.rstrip()
    with writing():
        rich_console().print(code, soft_wrap=True)


def rich_console(**options: Any) -> "Console":
    """Return a console of rich for stdout; what is printed to it must be made `visible` before.

    Args:
        options: as those of rich.console.Console.
    """
    from rich.console import Console

    class Ours(Console):
        def on_broken_pipe(self) -> None:
            """Print to nobody from here on; rich itself would exit with 1, which means drifted."""
            _to_nowhere(sys.stdout)

    return Ours(highlight=False, **options)


def print_shown(lines: Iterable[str], indent: str) -> None:
    """Print the lines of `report.shown`; what a terminal must break goes on further to the right."""
    _print_broken(lines, indent, {})


def print_differences(lines: Iterable[str], indent: str) -> None:
    """Print the lines of `report.differences` likewise, coloured by what they begin with."""
    _print_broken(lines, indent, _STYLES)


def _print_broken(lines: Iterable[str], indent: str, styles: Dict[str, str]) -> None:
    for line in lines:
        text = f"{indent}{line}"
        margin = " " * (len(text) - len(text.lstrip(" ")) + 4)
        echo("\n".join(_lines(text, sys.stdout, margin)), fg=styles.get(line.strip()[:1]))


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

    console = Console(stderr=True)
    # What is printed meanwhile goes above it, but never from a pipe to the terminal.
    redirected = sys.stdout.isatty()
    shown = progress_bar(console, disable=not console.is_interactive, redirect_stdout=redirected, average_over=600)
    with shown:
        task = shown.add_task(description, total=total, current="")
        begun = 0

        def begin(name: str) -> None:
            nonlocal begun
            shown.update(task, completed=begun, current=visible(name))
            begun += 1

        yield begin


def progress_bar(console: "Console", average_over: float, **options: Any) -> "Progress":
    """Return a line that shows how far work has come, in any width, and is gone when the work ends.

    Its tasks have a field `current`, the name of what is at work, which has the room that the rest leaves.

    Args:
        console: where it is shown.
        average_over: seconds whose average says how much time is left.
        options: as those of rich.progress.Progress.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.table import Column

    rest = Column(ratio=1, no_wrap=True, overflow="ellipsis")
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=10),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[current]}", markup=False, table_column=rest),
        console=console,
        transient=True,
        expand=True,
        speed_estimate_period=average_over,
        **options,
    )


def open_streams() -> None:
    """Put something in the place of a stdout or stderr that was closed before this process began."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - to the end of the process
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # Not every terminal's encoding has every character.


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """Let what is within print to stdout, whether or not somebody reads it to the end.

    Raises:
        OutputError: it cannot be written, such as to a full disk.
    """
    try:
        yield
    except BrokenPipeError:  # As of `| head -1`: the reader has what it wants.
        _to_nowhere(sys.stdout)
    except OSError as error:
        _to_nowhere(sys.stdout)
        raise OutputError("stdout", f"cannot be written ({error.strerror})", "make room, or write elsewhere") from None


def _to_nowhere(stream: TextIO) -> None:
    """Send what `stream` still holds, and all that follows, to where nothing can fail any more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with contextlib.suppress(OSError, ValueError):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _lines(text: str, stream: TextIO, margin: str = "") -> List[str]:
    """Return the lines of `text`; where `stream` is a terminal, those that it would break go on after `margin`."""
    lines = visible(text, LINES).split("\n")
    if not stream.isatty():
        return lines
    import shutil

    width = shutil.get_terminal_size().columns
    return [part for line in lines for part in ([line] if len(line) <= width else _wrapped(line, width, margin))]


def _wrapped(text: str, width: int, margin: str = "") -> List[str]:
    """Return `text` in lines of at most `width` columns, broken between words."""
    import textwrap

    wide = max(width, len(margin) + 1)
    return textwrap.wrap(text, wide, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False)


def _widths(rows: Sequence[Sequence[str]], room: int, folded: bool = False) -> Optional[List[int]]:
    """Return the widths of a table's columns that leave all words whole, or None if there is too little room.

    Args:
        rows: the cells.
        room: columns of the terminal.
        folded: whether words may be broken behind a hyphen, and only the first column is to be read with ease.
    """
    parts = _FOLDS if folded else _WORDS
    columns = list(zip(*rows))
    longest = [max(map(len, column)) for column in columns]
    words = [max((len(word) for cell in column for word in parts.findall(cell)), default=0) for column in columns]
    widths = [max(word, min(most, _READABLE)) for word, most in zip(words, longest)]
    if folded:
        widths[1:] = words[1:]
    spare = room - sum(widths) - _GAP * (len(widths) - 1)
    if spare < 0:
        return None
    # What is left goes to the columns that can use it, in equal parts.
    wanting = sorted(range(len(widths)), key=lambda i: longest[i] - widths[i])
    for place, i in enumerate(wanting):
        more = min(longest[i] - widths[i], spare // (len(wanting) - place))
        widths[i] += more
        spare -= more
    return widths


def _labelled(cell: str) -> str:
    return " ".join(label(word) if word.startswith("https://") else word for word in cell.split(" "))


def _linked(cell: str, width: Optional[int] = None) -> "Text":
    """Return `cell` with short names in the place of addresses, which a terminal can carry behind them.

    A word that is wider than `width` is broken, after a hyphen if it has one.
    """
    import textwrap

    from rich.text import Text

    def linked(word: str) -> Text:
        if word.startswith("https://"):
            return Text(label(word), style=f"link {word}")
        return Text("\n".join(textwrap.wrap(word, width)) if width and len(word) > width else word)

    return Text(" ").join(map(linked, cell.split(" ")))
