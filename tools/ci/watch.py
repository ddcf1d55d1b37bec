"""The nightly watch: one issue that says what drifts in the newest pre-release, and which releases tox.ini lacks.

Run as `python -m tools.ci.watch --versions FILE --run FILE`, in a checkout, with what the command gh needs.

Exit status: 0 if all could be asked, whatever came of it; 2 if the night could not be run, the index or GitHub not be
asked, or on bad input. A night that could not be run is said in the issue, and changes nothing that it says of drifts.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from module_drift.common.errors import InputError
from module_drift.finding.discovery import Case
from module_drift.judging.judgement import DRIFTED, MATCHES
from module_drift.record.record import Record
from module_drift.record.release import EAGER, Release
from module_drift.sweeping import environments

from . import body, issue, markdown, new_releases, runs
from .body import State

_REMEDY = "see the log of the job that ran it"


def judged(path: Path, record: Record, cases: dict[str, Case]) -> tuple[list[dict[str, Any]], str]:
    """Return the night's runs, that in eager first, and their version of torch.

    Raises:
        InputError: one of them could not be run, or not to its end, or there is none in a mode that `record` has.
    """
    found = runs.read(path)
    for run in found:
        what = "the nightly" if run["mode"] == EAGER else f"the nightly in mode {run['mode']}"
        if run["verdict"] not in (MATCHES, DRIFTED) or not _version(run):
            raise InputError(what, f"could not be run ({run['reason']})", _REMEDY)
        shortfall = runs.shortfall(run, record, cases.values())
        if shortfall:
            raise InputError(what, shortfall, _REMEDY)
    nightly, *others = {_version(run): None for run in found} or [""]
    wanted = record.modes_until(Release.parse(nightly)) if nightly else [EAGER]
    if others or [run["mode"] for run in found] != wanted:
        raise InputError("the nightly", f"was not run once in each of {', '.join(wanted)}", _REMEDY)
    return found, nightly


def _version(run: dict[str, Any]) -> str:
    try:
        return str(Version(run["torch"] or ""))
    except InvalidVersion:
        return ""


def wanted(
    root: Path, known: list[Release], run: Path | None, versions: str, before: State
) -> tuple[State, list[InputError]]:
    """Return what the issue is to say, and what could not be asked: of that it says what it did before.

    Args:
        root: the checkout.
        known: the releases that its tox.ini lists.
        run: file of the night's runs, or None where no nightly is run.
        versions: what pip index versions torch printed.
        before: what the issue says.
    """
    problems, state = [], before
    if run:
        record = Record(root)
        cases = {case.id: case for case in record.cases()}
        try:
            state = body.drifted(*judged(run, record, cases), cases, before)
        except InputError as error:
            problems.append(error)
    try:
        found = new_releases.on_index(versions)
    except InputError as error:
        problems.append(error)
        found = before.lacking
    lacking = new_releases.lacking(known, found)[: body.MOST_RELEASES]
    return state._replace(lacking=lacking, problems=list(map(str, problems))), problems


def diff(root: Path, known: list[Release], lacking: list[Release]) -> str:
    """Return the diff of tox.ini that adds `lacking` to `known`."""
    text = (root / "tox.ini").read_text(encoding="utf-8")
    return new_releases.diff(text, new_releases.added(text, known, lacking))


def settle(found: issue.Issue | None, title: str, text: str, is_open: bool) -> str:
    """Make the issue what it is to be, and return what was done.

    Raises:
        InputError: GitHub refuses it.
    """
    if found is None:
        return f"opened issue {issue.create(title, text)}" if is_open else "nothing to say, and no issue"
    if (found.is_open, found.title, found.body.strip()) == (is_open, title, text.strip()):
        return f"issue {found.number} stays as it is"
    if not found.is_open and not is_open:
        return f"issue {found.number} stays closed"
    issue.update(found.number, title, text, is_open)
    done = "updated" if found.is_open == is_open else "opened again" if is_open else "closed"
    return f"{done} issue {found.number}"


def main() -> int:
    """Watch, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, help="what tools.ci.nightly wrote; left out where no nightly is run")
    parser.add_argument("--versions", type=Path, required=True, help="what pip index versions torch printed")
    parser.add_argument("--summary", type=Path, required=True, help="file of Markdown to which what was done is added")
    options = parser.parse_args()
    problems: list[InputError] = []
    summary: list[str] = []
    try:
        found = issue.find(body.MARK)
        versions = options.versions.read_text(encoding="utf-8") if options.versions.is_file() else ""
        before = body.read(found.body) if found else body.NOTHING
        known = environments.releases(Path.cwd(), "cpu")
        state, problems = wanted(Path.cwd(), known, options.run, versions, before or body.NOTHING)
        if before is None and (problems or not options.run):
            # What it said of drifts is not known, and only a night that could be run can say it anew.
            raise InputError(
                f"issue {found and found.number}", "its first line was damaged", "restore it from its edits"
            )
        text = body.write(state, diff(Path.cwd(), known, state.lacking))
        done = settle(found, body.title(state), text, not state.is_well)
        print(done)
        summary.append(done)
    except InputError as error:
        problems.append(error)
    for problem in problems:
        print(f"::error::{str(problem).replace('%', '%25')}")  # As the service wants what is said in its commands.
        summary.append(markdown.cell(str(problem)))
    with options.summary.open("a", encoding="utf-8") as file:
        file.writelines(f"- {line}\n" for line in summary)
    return 2 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
