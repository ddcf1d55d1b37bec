"""The command line: module-drift."""

import sys
from pathlib import Path
from typing import Any, Callable, List, Optional, Tuple

import click

from . import __version__, questions
from .common import terminal
from .common.errors import InputError
from .common.words import counted
from .record import lookup, project
from .record.causes import EFFECTS, KINDS
from .record.devices import CPU, holds_on, named
from .record.project import Project
from .record.record import Record
from .record.release import EAGER


def _device_or_all(_: click.Context, __: click.Parameter, given: str) -> str:
    return named(given)


def _any_device(_: click.Context, __: click.Parameter, given: Optional[str]) -> Optional[str]:
    return given if given is None else named(given, or_all=False)


def _one_device(_: click.Context, __: click.Parameter, given: str) -> str:
    return named(given, or_all=False)


_device = click.option("--device", callback=_one_device, default=CPU, show_default=True, help="Device to ask about.")
_device_module = click.option(
    "--device-module",
    metavar="MODULE",
    envvar="MODULE_DRIFT_DEVICE_MODULE",
    show_envvar=True,
    help="Python module to import first, which makes torch know the device; of xla, npu and others it is known.",
)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_mode = click.option("--mode", default=EAGER, show_default=True, help="Mode of execution, such as compile.")
_jobs = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Processes among which to divide the cases; recording takes two.",
)
_section = click.option("--section", help="Only cases of this section, such as hook.")
_kind = click.option("--kind", "kind", metavar="KINDS", help=f"Only these kinds of change: {', '.join(KINDS)}.")


def _limits(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say what one case may take."""
    seconds = click.option(
        "--case-seconds", type=click.FloatRange(min=0.1), default=60.0, show_default=True, help="Time a case may take."
    )
    mebibytes = click.option(
        "--case-mebibytes",
        type=click.FloatRange(min=1),
        default=4096.0,
        show_default=True,
        help="Memory a case may take, in MiB.",
    )
    return seconds(mebibytes(command))


class _Context(click.Context):
    """Breaks help to fit a terminal of less than 50 columns, which by itself click does for wider ones."""

    def make_formatter(self) -> click.HelpFormatter:
        import shutil

        width = max(shutil.get_terminal_size().columns - 2, 20)
        if width < 50:
            self.terminal_width = width
        return super().make_formatter()


class _Command(click.Command):
    """A command whose help may be cut off; click itself would then exit with 1, which here means drifted."""

    context_class = _Context

    def make_context(self, *arguments: Any, **more: Any) -> click.Context:
        with terminal.writing():
            return super().make_context(*arguments, **more)
        raise click.exceptions.Exit(0)  # Nobody reads the help any more.


class _Commands(_Command, click.Group):
    command_class = _Command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def cli() -> None:
    """What torch.nn.Module really did, release by release.

    In a project whose pyproject.toml has a table [tool.module-drift], it reads the cases and goldens that are
    named there; elsewhere, those that came with this package. Each command says on stderr which it used.

    Exit status: 0 it is answered, even if nothing fits; 1 a torch drifted, which only check and sweep
    say, or scan found something; 2 bad input, or it could not be run or written; 3 a defect of module-drift itself;
    130 stopped by Ctrl-C.
    """


@cli.command()
@click.argument("old")
@click.argument("new")
@click.argument("text", nargs=-1)
@_device
@_mode
@_section
@_kind
@click.option(
    "--code", multiple=True, type=click.Path(path_type=Path), help="Only what touches the code there, as scan finds it."
)
@click.option("--diff", is_flag=True, help="Print what each case showed before and after.")
@click.option("--all", "everything", is_flag=True, help="List what only arrives or is put in other words, too.")
@_as_json
def between(
    old: str,
    new: str,
    text: Tuple[str, ...],
    device: str,
    mode: str,
    section: Optional[str],
    kind: Optional[str],
    code: Tuple[Path, ...],
    diff: bool,
    everything: bool,
    as_json: bool,
) -> None:
    """What an upgrade from OLD to NEW changes.

    Releases may be given as 2.6, 2.6.0, 2.6.0+cu124 or the version of a nightly; for an OLD that is the newer
    one, it says what a downgrade loses. What changes and says nothing comes first, then what raises. With --mode, it
    is told for those who call their Modules in that mode: of the cases of which something goes through it.

    With TEXT, only what has all of its words: in what a cause says, or in the id, the sentence, the code or the APIs
    of a case that it moves.
    """
    from .asking import between_view
    from .asking.between import between as changes_between
    from .record.way import none_of_kind_mode, way

    record = _record()
    on_way = way(record, old, new, device, mode)
    notes = list(on_way.notes)
    kinds = lookup.kinds(kind) if kind else []
    if "mode" in kinds and mode == EAGER:
        notes.append(none_of_kind_mode(record))
    asked_for = record.that_run(lookup.of_section(record.case_ids(), section), (on_way.old, on_way.new))
    found = changes_between(record, asked_for, on_way.old, on_way.new)
    if kinds:
        found = found.of_kinds(kinds)
    search = questions.search(record, text) if text else None
    if search:
        found = found.of_search(search)
    if code:
        found, about_code = questions.touching(record, found, code)
        notes += about_code
    if as_json:
        terminal.print_json(between_view.as_data(found, notes))
    else:
        between_view.show(found, notes, diff, everything or bool(kinds or search or code))
    if search and not (found.lasting or found.undone):
        terminal.note(
            search.nothing("no change on the way", "its cause, or in the ids, sentences or code of its cases")
        )


@cli.command()
@click.argument("name", metavar="CASE|API")
@click.option(
    "--device", callback=_any_device, help="Only the goldens of a case that hold on this device (default: all)."
)
@click.option(
    "--mode", "wanted", help="Modes to show a case in, such as compile,trace (default: eager, and which differ)."
)
@_as_json
def show(name: str, device: Optional[str], wanted: Optional[str], as_json: bool) -> None:
    """One case with its history, or one API with its cases.

    Shows the source of a case, such as hook/code-3, what it showed first, and each change since, with its cause. Of
    an API, such as torch.nn.Module.zero_grad, nn.Linear or zero_grad, it shows what changed for those who use it, what
    to do about that, and the cases that use it.
    """
    record = _record()
    if "/" not in name:
        if device or wanted:
            raise InputError("--device" if device else "--mode", "is of a case, and not of an API", "leave it out")
        _show_api(record, name, as_json)
        return
    from .asking import case_view

    chosen = record.case(name)
    goldens, causes = record.goldens(chosen.id), record.read_causes()
    modes = lookup.modes(record.releases_in_modes(device or CPU), wanted) if wanted else None
    if device:
        goldens = [golden for golden in goldens if holds_on(golden.device, device)]
        terminal.note(case_view.on_device(record, chosen, device))
    if as_json:
        terminal.print_json(case_view.as_data(chosen, goldens, causes))
    else:
        case_view.show(chosen, goldens, causes, lambda golden: record.path_of(chosen.id, golden), modes)


def _show_api(record: Record, name: str, as_json: bool) -> None:
    from .asking import api_view

    lookup.no_section(record.case_ids(), name)
    name = name[:-2] if name.endswith("()") else name
    found, causes = questions.apis(record, name), record.read_causes()
    if as_json:
        terminal.print_json(api_view.as_data(found, causes))
    else:
        api_view.show(found, causes)


@cli.command("list")
@click.argument("text", nargs=-1)
@_section
@_kind
@click.option("--release", help="Only cases that changed in this release.")
@_as_json
def list_(
    text: Tuple[str, ...], section: Optional[str], kind: Optional[str], release: Optional[str], as_json: bool
) -> None:
    """The cases, and how often each drifted.

    With TEXT, only those that have all of its words: first those that have them in their id and sentence, then in
    their code and the APIs that it uses, then in what the causes say that moved them. If no case fits, that is said
    on stderr, and the exit status is 0 nevertheless.
    """
    from .asking import listing

    record = _record()
    cases = record.cases()
    in_section = set(lookup.of_section([case.id for case in cases], section))
    kinds = lookup.kinds(kind) if kind else []
    since = lookup.release(record.known_releases(), release, or_newer=False) if release else None
    search = questions.search(record, text, cases) if text else None
    listed = listing.listed(record, [case for case in cases if case.id in in_section], kinds, since, search)
    if as_json:
        terminal.print_json(listing.as_data(listed))
    else:
        listing.show(listed)
    if not listed:
        none = f"none of {counted(len(cases), 'case')}"
        terminal.note(search.nothing(none) if search else f"{none} fits all that was asked for")
    elif any(one.place for one in listed) and not as_json:
        terminal.note(listing.found_in(listed), dim=True)


@cli.command()
@click.argument("text", nargs=-1)
@_section
@click.option("--release", help="Release to tell about (default: the newest that was run in a mode).")
@_device
@click.option("--mode", "wanted", help="Modes to tell of, such as compile,trace (default: all that were run there).")
@click.option("--diff", is_flag=True, help="Print what each case shows in eager, and in the mode.")
@_as_json
def modes(
    text: Tuple[str, ...],
    section: Optional[str],
    release: Optional[str],
    device: str,
    wanted: Optional[str],
    diff: bool,
    as_json: bool,
) -> None:
    """Which cases show something else in other modes of execution, such as torch.compile.

    In a mode, every outermost call of a Module in a case goes through its machinery, without the case knowing. Told
    of are the cases that show something else than in eager, with the causes. With TEXT or --section, of all cases
    there, or that have all of its words, as `list` finds them.
    """
    from .asking import listing, modes_view

    record = _record()
    chosen = modes_view.release(record, release, device)
    cases = record.cases()
    in_section = set(lookup.of_section([case.id for case in cases], section))
    search = questions.search(record, text, cases) if text else None
    listed = listing.listed(record, [case for case in cases if case.id in in_section], search=search)
    run = modes_view.modes_of(record, chosen, device)
    names = lookup.modes(run, wanted) if wanted else run
    found = modes_view.in_modes(record, [one.case for one in listed], chosen, names, device)
    if as_json:
        terminal.print_json(modes_view.as_data(found, names, chosen))
    elif found:
        modes_view.show(found, names, record.read_causes(), chosen, bool(text or section), diff)
    if not found:
        none = f"of {counted(len(cases), 'case')}, none that goes through a mode on torch {chosen}"
        terminal.note(search.nothing(none) if search else none)


@cli.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--from", "old", help="Release that one comes from (default: what the project pins).")
@click.option("--to", "new", help="Release that one goes to (default: the newest of the record).")
@click.option("--possible", is_flag=True, help="Also list places that only possibly are such, as .to or .grad.")
@click.option("--unknown", is_flag=True, help="Also list APIs of torch that are used and that no cause speaks of.")
@click.option(
    "--baseline", type=click.Path(path_type=Path), help="File of known findings, which are not told and not counted."
)
@click.option("--write-baseline", is_flag=True, help="Write what is found into the file that --baseline names.")
@click.option(
    "--fail-on",
    "mildest",
    type=click.Choice(EFFECTS),
    default="better",
    show_default=True,
    help="The mildest effect with which it ends with 1.",
)
@click.option("--github", is_flag=True, help="Print annotations for GitHub.")
@click.option("--sarif", is_flag=True, help="Print SARIF 2.1.0, for code scanning.")
@_as_json
def scan(
    paths: Tuple[Path, ...],
    old: Optional[str],
    new: Optional[str],
    possible: bool,
    unknown: bool,
    baseline: Optional[Path],
    write_baseline: bool,
    mildest: str,
    github: bool,
    sarif: bool,
    as_json: bool,
) -> None:
    """Which places in code an upgrade touches.

    Reads the Python files and notebooks below PATHS (default: the current folder) and lists those that meet what the
    record knows to change between two releases, what each does, and what to do about it. Nothing is run.

    Exit status: 0 nothing found, or only what is milder than --fail-on, such as what only arrives; 1 something found;
    2 bad input, or nothing could be read.
    """
    from .asking.between import between as changes_between
    from .scanning import annotations, scan_view
    from .scanning.asked import asked
    from .scanning.ends import ends
    from .scanning.sarif import as_sarif
    from .scanning.scan import turns_red

    if github + sarif + as_json > 1:
        raise InputError("--github, --sarif, --json", "these are answers of different forms", "give one of them")
    around = project.here()
    found = project.packaged() if around is None or around.is_own else around
    terminal.note(found.described(), dim=True)
    record = found.record
    record.require()
    paths = paths or (Path("."),)
    way = ends(record, old, new, paths)
    changes = changes_between(record, record.case_ids(), way.old, way.new).lasting
    result = asked(
        record, (one.key for one in changes), not way.is_downgrade, paths, possible, baseline, write_baseline
    )
    if as_json:
        terminal.print_json(scan_view.as_data(result, way))
    elif sarif:
        terminal.print_json(as_sarif(result, way))
    elif github:
        annotations.show(result, way)
    else:
        scan_view.show(result, way, unknown)
    sys.exit(2 if not result.read else 1 if turns_red(result, mildest, way.is_downgrade) else 0)


@cli.command()
@_as_json
def releases(as_json: bool) -> None:
    """Where the whole suite was really run.

    Lists releases, devices, Pythons and platforms, and when; as JSON, it is what a CI matrix can include.
    """
    from .asking import releases_view

    rows = _record().verified_rows()
    if as_json:
        terminal.print_json(releases_view.as_data(rows))
    else:
        releases_view.show(rows)


@cli.command()
@click.option(
    "--device",
    callback=_device_or_all,
    default=CPU,
    envvar="MODULE_DRIFT_DEVICE",
    show_default=True,
    show_envvar=True,
    help="Device to run on, such as cuda or xla; all leaves out those that are not there.",
)
@_device_module
@_mode
@_limits
@_jobs
@click.option("--regen", is_flag=True, help="Accept what differs, instead of reporting it.")
@click.option("--junit", type=click.Path(path_type=Path), help="Also write a JUnit report there.")
@_as_json
def check(
    device: str,
    device_module: Optional[str],
    mode: str,
    case_seconds: float,
    case_mebibytes: float,
    jobs: int,
    regen: bool,
    junit: Optional[Path],
    as_json: bool,
) -> None:
    """Whether this torch matches the record.

    Runs every case with the torch of this interpreter, in a process of its own. What a conftest.py, a plugin of
    pytest or a variable of it says has no part in it.

    With --mode all, it does so in eager and in each mode in which the record has a run of this torch or an older one.

    With --regen, it records this torch in the folder of goldens of your own project, each case run twice.

    Exit status: 0 every case matches, 1 some drifted, 2 not every case could be judged, or bad input.
    """
    from .common import files
    from .judging.check import check as run
    from .judging.check import summary
    from .judging.judge import View
    from .judging.judgement import EXIT_STATUS
    from .judging.junit import write as write_report
    from .observing.modes import ALL
    from .observing.observer import Limits

    view = View(terminal.print_text, lambda text: terminal.print_differences(text.split("\n"), ""), terminal.progress)
    if as_json:
        view = view._replace(say=lambda _: None, report=lambda _: None)
    limits = Limits.of(case_seconds, case_mebibytes)
    if junit and mode == ALL:
        raise InputError("--junit", "a report is of one mode", "name that mode with --mode")
    if junit:
        files.refuse_special(junit)
    done = []
    for checked in run(_project, device, limits, view, mode, device_module, regen, jobs):
        done.append(checked)
        if junit:
            write_report(junit, checked.judgement, checked.ledger)
        if not as_json:
            in_mode = f"{checked.mode}: " if mode == ALL else ""
            terminal.print_text(f"{in_mode}{checked.judgement.verdict}: {checked.judgement.detail}")
    if len(done) > 1 and not as_json:
        terminal.print_text(summary(done))
    if as_json:
        runs = [one.judgement.as_run(device, mode=one.mode) for one in done]
        terminal.print_json(runs if mode == ALL else runs[0])
    sys.exit(max(EXIT_STATUS[one.judgement.verdict] for one in done))


@cli.command()
@click.argument("out", type=click.Path(path_type=Path))
def site(out: Path) -> None:
    """Write the record as pages into OUT.

    They open from disk, without a server or a network; index.html is the first.
    """
    from importlib.util import find_spec

    for name in ("jinja2", "pygments"):
        if find_spec(name) is None:
            raise InputError(name, f"not installed for {sys.executable}", "pip install -e '.[site]'")
    from .pages.site import write

    write(_record(), out)
    terminal.echo(f"open {out / 'index.html'}")


@cli.command()
@click.argument("releases", nargs=-1)
@click.option("--device", callback=_one_device, default=CPU, show_default=True, help="Device to run on.")
@_device_module
@click.option(
    "--mode", help="Modes to run in, such as eager,compile, or all (default: eager, and those that the record has)."
)
@click.option("--regen", is_flag=True, help="Accept what differs, instead of reporting it.")
@click.option("--all", "everything", is_flag=True, help="Run all cases, also those that are verified as they are.")
@click.option("--fresh", is_flag=True, help="Begin anew, even if an earlier sweep was stopped on its way.")
@click.option("--keep-cache", is_flag=True, help="Keep what was downloaded, in .sweep/cache.")
@_limits
@_jobs
@click.option("--json", "runs", type=click.Path(path_type=Path), help="Also write the runs there.")
def sweep(
    releases: Tuple[str, ...],
    device: str,
    device_module: Optional[str],
    mode: Optional[str],
    regen: bool,
    everything: bool,
    fresh: bool,
    keep_cache: bool,
    case_seconds: float,
    case_mebibytes: float,
    jobs: int,
    runs: Optional[Path],
) -> None:
    """Check many releases, or record them.

    RELEASES are releases and ranges, such as 1.13.1 2.0.0..2.6.0 (default: all that tox.ini lists, and all runs on
    other Pythons that the record has). Of each, the cases are run that it was not yet verified to match as they are:
    new and changed ones. It runs in its tox environment, which is removed afterwards. A sweep that was stopped goes
    on when it is started again.

    With --json, the file holds a list of the runs that were made, each as `check --json` prints it.

    Exit status: 0 all match, 1 some drifted, 2 some could not be run, or bad input. A release whose wheel has no
    code for the card counts as neither.
    """
    # Imported here, as in every command, so that the others do not wait for it.
    import json

    from .common import files
    from .observing import modes
    from .observing.observer import Limits
    from .sweeping import environments, sweep_view
    from .sweeping.sweep import Sweep

    # Not the checkout that this package may be: elsewhere, nobody means to run all of it, let alone to write there.
    swept = project.here()
    if swept is None or swept.is_packaged:
        raise InputError(Path.cwd(), "no tox.ini and no cases are here", "run it in a checkout of the project")
    terminal.note(swept.described(), dim=True)
    chosen = environments.select(environments.releases(swept.root, device), releases) if releases else None
    if runs:
        files.refuse_special(runs)
    limits = Limits.of(case_seconds, case_mebibytes)
    wanted = None if mode is None else modes.since(mode)
    sweeping = Sweep(swept, chosen, wanted, device, everything, regen, fresh, keep_cache, limits, device_module, jobs)
    status = sweep_view.run(sweeping)
    if runs:
        files.replace(runs, json.dumps([result.run for result in sweeping.done.values()], indent=2))
    sys.exit(status)


def _project() -> Project:
    found = project.here() or project.packaged()
    terminal.note(found.described(), dim=True)
    return found


def _record() -> Record:
    record = _project().record
    record.require()
    return record


def main(arguments: Optional[List[str]] = None) -> None:
    """Run the command line; what goes wrong ends it with one line and exit status 2, a defect with 3."""
    terminal.open_streams()
    try:
        sys.exit(cli.main(arguments, prog_name="module-drift", standalone_mode=False))
    except click.ClickException as error:
        status, said = 2, error.format_message()
        if said.startswith("Usage:"):  # No command was named; this is the help.
            terminal.note(said)
            sys.exit(status)
    except InputError as error:
        status, said = 2, str(error)
    except (click.Abort, KeyboardInterrupt):
        status, said = 130, "stopped"
    except Exception:
        import traceback

        # Not for the interpreter to show, which would exit with 1: that means drifted.
        status, said = 3, f"a defect of its own:\n{traceback.format_exc()}"
    terminal.note(f"module-drift: {said}")
    sys.exit(status)
