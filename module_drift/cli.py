"""The command line: module-drift."""

import importlib.util
import json
import sys
from pathlib import Path
from typing import List, Optional, Tuple

import click

from . import __version__, lookup, project
from .causes import KINDS
from .devices import DEVICES
from .errors import InputError
from .golden import GoldenFile
from .project import Project
from .record import Record
from .release import Run

_device = click.option(
    "--device", type=click.Choice(DEVICES), default=DEVICES[0], show_default=True, help="Device to ask about."
)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_section = click.option("--section", help="Only cases of this section, such as hook.")
_kind = click.option("--kind", "kind", metavar="KINDS", help=f"Only these kinds of change: {', '.join(KINDS)}.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def cli() -> None:
    """What torch.nn.Module really did, release by release.

    In a project whose pyproject.toml has a table [tool.module-drift], it reads the cases and goldens that are
    named there; elsewhere, those that came with this package.
    """


@cli.command()
@click.argument("old")
@click.argument("new")
@_device
@_section
@_kind
@click.option("--diff", is_flag=True, help="Print what each case showed before and after.")
@_as_json
def between(
    old: str, new: str, device: str, section: Optional[str], kind: Optional[str], diff: bool, as_json: bool
) -> None:
    """What an upgrade from OLD to NEW changes.

    Releases may be given as 2.6, 2.6.0, 2.6.0+cu124 or the version of a nightly; for an OLD that is the newer
    one, it says what a downgrade loses.
    """
    from . import between_view
    from .between import between as changes_between

    record = _record()
    run_here = record.known_releases(device)
    known = run_here or record.known_releases()
    kinds = lookup.kinds(kind) if kind else None
    runs = [Run(lookup.release(known, text, or_newer=True), device) for text in (old, new)]
    notes = [
        f"torch {run.release} is newer than the record: what it holds for {known[-1]} stands for it"
        for run in runs
        if run.release > known[-1]
    ]
    if not run_here:
        notes.append(f"no release was run on {device} yet: this is what the record holds for every device")
    found = changes_between(record, _of_section(record.case_ids(), section), *runs)
    if kinds:
        found = found.of_kinds(kinds)
    if as_json:
        click.echo(between_view.as_json(found))
    else:
        between_view.show(found, notes, diff)


@cli.command()
@click.argument("case")
@_as_json
def show(case: str, as_json: bool) -> None:
    """One case: its source and history.

    Shows the source of CASE, such as hook/code-3, what it showed first, and each change since, with its cause.
    """
    from . import case_view

    record = _record()
    chosen = record.case(case)
    goldens, causes = record.goldens(chosen.id), record.read_causes()
    if as_json:
        click.echo(case_view.show_as_json(chosen, goldens, causes))
    else:
        case_view.show(chosen, goldens, causes, record.folder / chosen.id)


@cli.command("list")
@click.argument("text", required=False)
@_section
@_kind
@click.option("--release", help="Only cases that changed in this release.")
@_as_json
def list_(
    text: Optional[str], section: Optional[str], kind: Optional[str], release: Optional[str], as_json: bool
) -> None:
    """The cases, and how often each drifted.

    With TEXT, only those that have it in their id or sentence.
    """
    from . import case_view

    record = _record()
    cases = record.cases()
    chosen = set(_of_section([case.id for case in cases], section))
    cases = [case for case in cases if case.id in chosen]
    if text:
        cases = [case for case in cases if text.lower() in f"{case.id} {case.sentence}".lower()]
    kinds = lookup.kinds(kind) if kind else []
    since = lookup.release(record.known_releases(), release, or_newer=False) if release else None
    listed = [case_view.Listed(case, record.golden_files(case.id)[1:]) for case in cases]
    if kinds or since:
        causes = record.read_causes() if kinds else {}

        def wanted(drift: GoldenFile) -> bool:
            kind = causes.get(drift.read_cause() or "", {}).get("kind") if kinds else None
            return since in (None, drift.since) and (not kinds or kind in kinds)

        listed = [one for one in listed if any(map(wanted, one.drifts))]
    if as_json:
        click.echo(case_view.list_as_json(listed))
    else:
        case_view.show_list(listed)


@cli.command()
@_as_json
def releases(as_json: bool) -> None:
    """Where the whole suite was really run.

    Lists releases, devices, Pythons and platforms, and when; as JSON, it is what a CI matrix can include.
    """
    from . import releases_view

    rows = _record().verified_rows()
    if as_json:
        click.echo(releases_view.as_json(rows))
    else:
        releases_view.show(rows)


@cli.command()
@click.option(
    "--device", type=click.Choice([*DEVICES, "all"]), default=DEVICES[0], show_default=True, help="Device to run on."
)
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Also write a JUnit report there.")
@_as_json
def check(device: str, junit: Optional[Path], as_json: bool) -> None:
    """Whether this torch matches the record.

    Runs the suite with the torch of this interpreter.

    Exit status: 0 it matches, 1 it drifted, 2 it could not be run, or bad input.
    """
    from .check import check as run_suite
    from .judgement import DRIFTED, MATCHES

    judgement = run_suite(_project(), device, junit, (lambda _: None) if as_json else _echo_line)
    if as_json:
        click.echo(json.dumps(judgement.as_run(device), indent=2))
    else:
        click.echo(f"{judgement.verdict}: {judgement.detail}")
    sys.exit({MATCHES: 0, DRIFTED: 1}.get(judgement.verdict, 2))


@cli.command()
@click.argument("out", type=click.Path(path_type=Path))
def site(out: Path) -> None:
    """Write the record as pages into OUT.

    They open from disk, without a server or a network; index.html is the first.
    """
    for name in ("jinja2", "pygments"):
        if importlib.util.find_spec(name) is None:
            raise InputError(name, f"not installed for {sys.executable}", "pip install -e '.[site]'")
    from .site import write

    write(_record(), out)
    click.echo(f"open {out / 'index.html'}")


@cli.command()
@click.argument("releases", nargs=-1)
@click.option("--device", type=click.Choice(DEVICES), default=DEVICES[0], show_default=True, help="Device to run on.")
@click.option("--regen", is_flag=True, help="Accept what differs, instead of reporting it.")
@click.option("--fresh", is_flag=True, help="Begin anew, even if an earlier sweep was stopped on its way.")
@click.option("--keep-cache", is_flag=True, help="Keep what was downloaded, in .sweep/cache.")
@click.option("--json", "runs", type=click.Path(dir_okay=False, path_type=Path), help="Also write the runs there.")
def sweep(
    releases: Tuple[str, ...], device: str, regen: bool, fresh: bool, keep_cache: bool, runs: Optional[Path]
) -> None:
    """Check many releases, or record them.

    RELEASES are releases and ranges, such as 1.13.1 2.0.0..2.6.0 (default: all that tox.ini lists). Each
    runs in its tox environment, which is removed afterwards. A sweep that was stopped goes on when it is
    started again.

    With --json, the file holds a list of runs, each as `check --json` prints it.

    Exit status: 0 all match, 1 some drifted, 2 some could not be run, or bad input. A release whose wheel has no
    code for the card counts as neither.
    """
    # Imported here, as in every command, so that the others do not wait for it.
    from . import environments, files, sweep_view
    from .sweep import Sweep

    # Not the checkout that this package may be: elsewhere, nobody means to run all of it, let alone to write there.
    swept = project.around(Path.cwd())
    if swept is None or swept.is_packaged:
        raise InputError(Path.cwd(), "no tox.ini and no cases are here", "run it in a checkout of the project")
    chosen = environments.select(environments.releases(swept.root, device), releases)
    sweeping = Sweep(swept, device, regen, fresh, keep_cache)
    status = sweep_view.run(sweeping, chosen)
    if runs:
        made = [sweeping.done[release].run for release in chosen if release in sweeping.done]
        files.replace(runs, json.dumps(made, indent=2))
    sys.exit(status)


def _of_section(ids: List[str], section: Optional[str]) -> List[str]:
    """Return those of `ids` in `section`; all if that is None."""
    if section:
        lookup.section(sorted({id.partition("/")[0] for id in ids}), section)
    return [id for id in ids if section in (None, id.partition("/")[0])]


def _project() -> Project:
    return project.around(Path.cwd()) or project.packaged()


def _record() -> Record:
    record = _project().record
    record.require()
    return record


def _echo_line(line: str) -> None:
    click.echo(line, nl=False)


def main(arguments: Optional[List[str]] = None) -> None:
    """Run the command line; bad input ends it with one line and exit status 2."""
    try:
        sys.exit(cli(arguments, prog_name="module-drift", standalone_mode=False))
    except click.ClickException as error:
        click.echo(f"module-drift: {error.format_message()}", err=True)
    except InputError as error:
        click.echo(f"module-drift: {error}", err=True)
    except click.Abort:
        sys.exit(130)
    sys.exit(2)
