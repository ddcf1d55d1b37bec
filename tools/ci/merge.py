"""Merges the runs of all jobs into one verdict, as Markdown on the standard output; it changes nothing.

Run as `python -m tools.ci.merge FOLDER cpu cuda`, in a checkout. FOLDER holds what the jobs wrote with
`module-drift sweep --json`, those of the label cpu in folders such as run-cpu-torch2.13.0-cpu; every release of a label
must be among its own, in eager and in each mode that the record has of it.

Exit status: 0 all match, 1 some drifted, 2 some could not be run, or bad input.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from module_drift.common.errors import InputError
from module_drift.common.words import counted
from module_drift.judging.judgement import DRIFTED, MATCHES, NOT_RUN, VERDICTS, Judgement, could_not_run
from module_drift.record.record import Record
from module_drift.sweeping.environments import Environment
from module_drift.sweeping.targets import Target, in_modes

from . import markdown, matrix, runs

_MOST_DETAILS = 500_000
"""Characters of differences; a job's summary may have a mebibyte."""


def read(folder: Path, labels: Iterable[str]) -> tuple[dict[str, list[dict[str, Any]]], list[InputError]]:
    """Return the runs below `folder` by label, and what is wrong with the files that hold none, or of no label."""
    found: dict[str, list[dict[str, Any]]] = {label: [] for label in labels}
    problems = []
    for path in sorted(folder.rglob("*.json")):
        of = [label for label in found if path.relative_to(folder).parts[0].startswith(f"run-{label}-torch")]
        try:
            if not of:
                raise InputError(path, f"is of none of the labels {', '.join(found)}", "name its label, too")
            found[of[0]] += runs.read(path)
        except InputError as error:
            problems.append(error)
    return found, problems


def matched(expected: Iterable[Environment], found: Iterable[dict[str, Any]], record: Record) -> list[dict[str, Any]]:
    """Return a run for each environment that is expected, in eager and in each mode that `record` has of its release.

    It is one that could not be run where there is not exactly one, or where that did not judge all cases.
    """
    merged = []
    cases, rows = record.cases(), record.verified_rows()
    by_run: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for run in found:
        by_run.setdefault((run["release"], run["device"], run["mode"]), []).append(run)
    for one in expected:
        for target in in_modes([Target(one.release)], None, rows, one.device):
            these = by_run.get((str(one.release), one.device, target.mode), [])
            reason = f"{len(these)} jobs wrote a run of it" if these else "no job wrote a run of it"
            if len(these) == 1:
                reason = runs.shortfall(these[0], record, cases)
            none = could_not_run(reason).as_run(one.device, one.release, target.mode)
            merged.append(none if reason else these[0])
    return merged


def status(merged: list[dict[str, Any]]) -> int:
    """Return the exit status for the runs; where the wheels support no release, nothing was judged."""
    verdicts = {run["verdict"] for run in merged}
    if DRIFTED in verdicts:
        return 1
    return 2 if NOT_RUN in verdicts or MATCHES not in verdicts else 0


def page(merged: list[dict[str, Any]], problems: list[InputError]) -> str:
    """Return the verdict as Markdown: a table of the runs, and how each case differs that drifted."""
    counts = {verdict: sum(run["verdict"] == verdict for run in merged) for verdict in VERDICTS}
    said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    rows = [
        "| release | device | mode | verdict | cases | Python | platform | |",
        "| --- | --- | --- | --- | --: | --- | --- | --- |",
    ]
    for run in merged:
        verdict = run["verdict"] if run["verdict"] == MATCHES else f"**{run['verdict']}**"
        cases = str(run["cases"] or "")
        cells = [
            run["release"],
            run["device"],
            run["mode"],
            verdict,
            cases,
            *(markdown.cell(run[name] or "") for name in ("python", "platform")),
            _why(run),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    wrong = [f"- {markdown.cell(str(problem))}" for problem in problems]
    return "\n".join([f"## {counted(len(merged), 'run')}: {said}", "", *rows, "", *wrong, *_details(merged)])


def _why(run: dict[str, Any]) -> str:
    drifted = [one["id"] for one in run["drifted"]]
    judgement = Judgement(run["verdict"], run["cases"], run["expected"], drifted=drifted, reason=run["reason"])
    return "" if run["verdict"] == MATCHES else markdown.cell(markdown.cut(judgement.detail, 1000))


def _details(merged: list[dict[str, Any]]) -> list[str]:
    blocks: list[str] = []
    left = _MOST_DETAILS
    for run in merged:
        for drift in run["drifted"]:
            heading = f"{drift['id']} on torch {run['release']}, {run['device']}, {run['mode']}"
            text = markdown.fenced(markdown.cut(drift["differences"], 5000), "diff")
            left -= len(text)
            if left < 0:
                return [*blocks, "There is more; see the runs themselves."]
            blocks.append(f"<details><summary>{heading}</summary>\n\n{text}\n\n</details>\n")
    return blocks


def main() -> int:
    """Print the verdict and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of the runs")
    parser.add_argument("labels", nargs="+", help="labels of tox.ini whose releases must all be there")
    options = parser.parse_args()
    try:
        expected = {label: matrix.jobs(Path.cwd(), label) for label in options.labels}
        found, problems = read(options.folder, expected)
        record = Record(Path.cwd())
        merged = [run for label, jobs in expected.items() for run in matched(jobs, found[label], record)]
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(page(merged, problems))
    return status(merged) or (2 if problems else 0)


if __name__ == "__main__":
    sys.exit(main())
