"""Runs the suite many times under randomly drawn circumstances and demands that each run is green.

Run as `python tests/own_environment/quiet [--runs 200] [--seed 5]`, or with circumstances, such as
`dtype=float64 order=randomly:17`, for one run under just these. Exits with 1 if a run was not as it must be.
"""

import argparse
import importlib.util
import os
import platform
import secrets
import shutil
import subprocess
import sys
import time
from pathlib import Path

import checkout
import circumstances
import page
import quiet_run
from circumstances import Drawn

from module_drift.common import files
from module_drift.observing import running_torch
from module_drift.record.release import public_version

_NEEDED = {"numpy": "numpy", "pytest_randomly": "pytest-randomly", "random_order": "pytest-random-order"}


def main() -> int:
    """Run what the arguments ask for, print how each run went, and return the exit status."""
    parser = argparse.ArgumentParser(prog="quiet", description=__doc__.splitlines()[0])
    parser.add_argument("circumstances", nargs="*", metavar="NAME=VALUE", help="run once, under just these")
    parser.add_argument("--runs", type=int, default=circumstances.DECK, help="runs to make (default: %(default)s)")
    parser.add_argument("--seed", type=int, help="of the drawing (default: a new one, which is printed)")
    parser.add_argument("--alarmed", action="store_true", help="damage a golden: the one run must be red for that case")
    parser.add_argument("--page", type=Path, help="file to write the figures to, as Markdown")
    options = parser.parse_args()
    if os.geteuid() == 0 and not _can_drop_rights():
        parser.error("root writes to a read-only checkout, and there is no setpriv to prevent it; run as another user")
    try:
        drawn = circumstances.parse(options.circumstances)
    except ValueError as error:
        parser.error(str(error))
    missing = [package for module, package in _NEEDED.items() if importlib.util.find_spec(module) is None]
    if missing and (not drawn or "order" in drawn):
        parser.error(f"{', '.join(missing)}: not installed for {sys.executable}; tox run -e quiet brings what it needs")
    if drawn:
        return int(bool(_run(drawn, "1 of 1", options.alarmed).problem))
    return _run_many(options.runs, secrets.randbits(32) if options.seed is None else options.seed, options.page)


def _can_drop_rights() -> bool:
    setpriv = quiet_run.WITHOUT_RIGHTS
    return bool(shutil.which(setpriv[0])) and subprocess.run([*setpriv, "true"], check=False).returncode == 0


def _run_many(runs: int, seed: int, to: Path | None) -> int:
    alarms = circumstances.DECK
    print(f"seed {seed}: {runs} runs, then {alarms} with one golden damaged", flush=True)
    started = time.monotonic()
    done = [
        (drawn, _run(drawn, f"{number} of {runs}", alarmed=False))
        for number, drawn in enumerate(circumstances.deal(runs, seed, quiet_run.MODES), 1)
    ]
    minutes = (time.monotonic() - started) / 60
    heard = sum(
        not _run(drawn, f"damaged {number} of {alarms}", alarmed=True).problem
        # Of another seed, so that they do not repeat the first runs.
        for number, drawn in enumerate(circumstances.deal(alarms, seed + 1, quiet_run.MODES), 1)
    )
    green = sum(not outcome.problem for _, outcome in done)
    print(f"{green} of {runs} runs green in {minutes:.1f} minutes; {heard} of {alarms} damaged goldens found")
    if to:
        text = page.page(
            [(drawn, not outcome.problem) for drawn, outcome in done],
            seed=seed,
            minutes=minutes,
            cases=sum(outcome.cases for _, outcome in done),
            alarms=alarms,
            heard=heard,
            torch=public_version(running_torch.version()),
            python=platform.python_version(),
            platform=running_torch.this_platform(),
        )
        files.replace(to, text)
    return int(green < runs or heard < alarms)


def _run(drawn: Drawn, label: str, alarmed: bool) -> quiet_run.Outcome:
    with checkout.folder() as folder:
        outcome = quiet_run.run(drawn, folder, alarmed)
    words = " ".join(f"{name}={value}" for name, value in drawn.items())
    result = "NOT AS IT MUST BE" if outcome.problem else "red as it must be" if alarmed else "green"
    print(f"{label} ({outcome.seconds:.1f} s, {outcome.cases} cases) {result}: {words or 'plain'}", flush=True)
    if outcome.problem:
        print(f"  {outcome.problem}")
        print("  ".join(["", *outcome.output.splitlines(keepends=True)[-60:]]))
        print(f"  repeat it: tox run -e quiet -- {'--alarmed ' * alarmed}{words}")
        print(f"  it was: {outcome.command}", flush=True)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
