"""Shows one case with its history, and lists cases, for people and as JSON."""

import json
import textwrap
from pathlib import Path
from typing import Any, Dict, Iterable, List, NamedTuple

import click

from . import terminal
from .compare import compare
from .discovery import Case
from .errors import relative
from .golden import Golden, GoldenFile
from .report import differences, shown

Causes = Dict[str, Dict[str, Any]]


class Listed(NamedTuple):
    """A case in a list, and its goldens after the first, unread."""

    case: Case
    drifts: List[GoldenFile]


def show(case: Case, goldens: List[Golden], causes: Causes, folder: Path) -> None:
    """Print the case's sentence and source, then each golden: the first whole, later ones as differences.

    Args:
        case: the case.
        goldens: its goldens, oldest first.
        causes: the causes by their keys.
        folder: the folder that holds the goldens' files.
    """
    click.secho(case.id, bold=True)
    click.echo(case.sentence)
    if case.article:
        click.echo(f"the article: {case.article}")
    if case.needs:
        click.echo(f"needs {case.needs}")
    if case.platform_bound:
        click.echo("holds only on the platform that it was recorded on")
    terminal.print_heading(case.place)
    terminal.print_code(case.source.rstrip())
    before = None
    for golden in goldens:
        terminal.print_heading(f"{relative(folder / golden.file_name)}")
        _show_cause(golden, causes)
        click.echo("  recorded on torch {torch}, Python {python}, {device}, {platform}".format(**golden.recorded))
        if before is None:
            click.echo(textwrap.indent("\n".join(shown(golden.observation)), "  "))
        else:
            terminal.print_differences(differences(compare(before, golden.observation)), "  ")
        before = golden.observation


def _show_cause(golden: Golden, causes: Causes) -> None:
    if golden.cause is None:
        return
    cause = causes.get(golden.cause)
    if cause is None:
        click.echo(f"  {golden.cause}")
        return
    click.echo(f"  {cause['kind']}: {cause['what']}")
    for url in cause["evidence"]:
        click.echo(f"  {url}")
    if "searched" in cause:
        click.echo(f"  no evidence was found: {cause['searched']}")


def show_as_json(case: Case, goldens: List[Golden], causes: Causes) -> str:
    """Return the case and its goldens as JSON."""
    return json.dumps(
        {
            **_described(case),
            "source": case.source,
            "goldens": [
                {
                    "file": golden.file_name,
                    "since": str(golden.since),
                    "device": golden.device,
                    "recorded": golden.recorded,
                    "cause": golden.cause and {"key": golden.cause, **causes.get(golden.cause, {})},
                    "observation": golden.observation._asdict(),
                }
                for golden in goldens
            ],
        },
        indent=2,
        ensure_ascii=False,
    )


def show_list(listed: Iterable[Listed]) -> None:
    """Print the cases in a table with the number and the releases of their drifts."""
    rows = [
        [case.id, str(len(drifts)), " ".join(str(drift.since) for drift in drifts), case.sentence]
        for case, drifts in listed
    ]
    terminal.print_table(("case", "drifts", "since", "what it shows"), rows)


def list_as_json(listed: Iterable[Listed]) -> str:
    """Return the cases as JSON."""
    return json.dumps(
        [
            {
                **_described(case),
                "drifts": [{"since": str(drift.since), "cause": drift.read_cause()} for drift in drifts],
            }
            for case, drifts in listed
        ],
        indent=2,
        ensure_ascii=False,
    )


def _described(case: Case) -> Dict[str, Any]:
    return {
        "id": case.id,
        "sentence": case.sentence,
        "article": case.article,
        "needs": case.needs,
        "platform_bound": case.platform_bound,
    }
