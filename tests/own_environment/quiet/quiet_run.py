"""Runs the suite once under some circumstances, in a process of its own, and judges how that went."""

import os
import random
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import checkout
from circumstances import Drawn

from module_drift.finding.discovery import Case
from module_drift.observing import running_torch
from module_drift.record.record import Record
from module_drift.record.release import EAGER, Release, Run

_HERE = Path(__file__).parent
_RUN = Run(Release.parse(running_torch.version()), "cpu")


def _holds_here(case: Case) -> bool:
    """Return whether a case is judged on this processor, and not bound to those of another maker."""
    if not case.platform_bound:
        return True
    return Record(checkout.ROOT).golden_in_effect(case.id, _RUN).is_of(running_torch.this_processor(), "cpu")


_FILES = {case.id: case.file for case in Record(checkout.ROOT).cases() if _holds_here(case)}
_CASE_IDS = list(_FILES)
MODES = [mode for mode, run in Record(checkout.ROOT).releases_in_modes(_RUN.device).items() if _RUN.release in run]
"""Those in which the record has the release."""
BEFOREHAND = ("dtype", "print", "grad", "hooks", "random", "threads", "deterministic", "device")
_TIMEOUT = 600
_WHERE = r"^torch .* on cpu (?:in mode [\w-]+ )?"
_GREEN = re.compile(rf"{_WHERE}(?:matches the record|was judged in part, and matches there): (\d+) case", re.M)
_RED = re.compile(
    rf"{_WHERE}drifted from the record in \d+ of (\d+) cases?(?:, and \d+ are in the record)?: ([\w/, -]+)", re.M
)
# What a run gets only when it is drawn, whatever the environment of this process has.
_GOVERNED = [
    "CI",
    "COLUMNS",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "MODULE_DRIFT_DEVICE",
    "OMP_NUM_THREADS",
    "PYTEST_ADDOPTS",
    "PYTHONCOERCECLOCALE",
    "PYTHONHASHSEED",
    "PYTHONOPTIMIZE",
    "PYTHONPATH",
    "PYTHONUTF8",
    "PYTHONWARNINGS",
    "TZ",
]
WITHOUT_RIGHTS = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]


class Command(NamedTuple):
    """A process to be started.

    Attributes:
        arguments: program and arguments.
        variables: the variables of the environment that the circumstances set.
        folder: where to start it.
    """

    arguments: list[str]
    variables: dict[str, str]
    folder: Path

    def __str__(self) -> str:
        """Return it as one would type it."""
        unset = " ".join(f"-u {name}" for name in _GOVERNED if name in os.environ)
        variables = shlex.join(f"{name}={value}" for name, value in self.variables.items())
        return f"cd {shlex.quote(str(self.folder))} && env {unset} {variables} {shlex.join(self.arguments)}"


class Outcome(NamedTuple):
    """How a run went.

    Attributes:
        problem: why it was not as it must be, or "".
        cases: how many cases were judged.
        seconds: how long it took.
        command: what was run.
        output: what it printed.
    """

    problem: str
    cases: int
    seconds: float
    command: Command
    output: str


def run(drawn: Drawn, folder: Path, alarmed: bool = False) -> Outcome:
    """Run the suite under `drawn` in a fresh copy of the checkout in `folder`, which must be empty.

    Args:
        drawn: the circumstances.
        folder: for the copy and all that is written.
        alarmed: whether one golden is damaged beforehand; then just that case must be red.
    """
    ids = chosen(drawn)
    damaged = ids[len(ids) // 2] if alarmed else None
    which = drawn.get("checkout", "")
    run = _RUN._replace(mode=drawn.get("mode", EAGER))
    root = checkout.copy(folder, which in ("odd", "both"), which in ("readonly", "both"), damaged, run)
    (folder / "empty").mkdir()
    log = folder / "log"
    command_ = command(drawn, root, folder / "empty", [] if len(ids) == len(_CASE_IDS) else ids)
    environment = {name: value for name, value in os.environ.items() if name not in _GOVERNED}
    started = time.monotonic()
    with log.open("wb") as output:
        try:
            status = subprocess.run(
                command_.arguments,
                cwd=command_.folder,
                env=environment | command_.variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=_TIMEOUT,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            status = -1
    seconds = time.monotonic() - started
    text = log.read_text(encoding="utf-8", errors="replace")
    green, red = _GREEN.search(text), _RED.search(text)
    said = (green or red or ["no verdict"])[0].strip()
    judged = int((green or red or ["", "0"])[1])
    if status == -1:
        problem = f"not done after {_TIMEOUT} s"
    elif alarmed:
        right = status == 1 and red and red[2].strip() == damaged
        problem = "" if right else f"the golden of {damaged} is wrong, and the run says: {said}"
    else:
        problem = "" if status == 0 and green else said
    if not problem and judged != len(ids):
        problem = f"{judged} of {len(ids)} cases were judged"
    return Outcome(problem, judged, seconds, command_, text)


def chosen(drawn: Drawn) -> list[str]:
    """Return the ids of the cases to run; in a mode, such of which something goes through it."""
    if "mode" in drawn:
        ids = Record(checkout.ROOT).that_run(_CASE_IDS, [_RUN._replace(mode=drawn["mode"])])
    else:
        ids = _CASE_IDS
    if "cases" not in drawn:
        return ids
    count, seed = map(int, drawn["cases"].split(":"))
    return random.Random(seed).sample(ids, count)


def command(drawn: Drawn, root: Path, empty: Path, ids: list[str]) -> Command:
    """Return how the suite is run under `drawn`.

    Args:
        drawn: the circumstances.
        root: the checkout.
        empty: an empty folder.
        ids: the cases to run, or none to run all.
    """
    arguments = [sys.executable, "-m", "pytest", *_order(drawn)]
    if "mode" in drawn:
        arguments += ["--mode", drawn["mode"]]
    if "workers" in drawn:
        arguments += ["-n", drawn["workers"]]
    if "asserts" in drawn:
        arguments += [f"--assert={drawn['asserts']}"]
    if drawn.get("warnings") == "pytest":
        arguments += ["-W", "error"]
        if "optimize" in drawn:
            # What pytest itself says of python -O, before the suite is read.
            arguments += ["-W", "ignore::pytest.PytestConfigWarning"]
    states = [f"{name}={drawn[name]}" for name in BEFOREHAND if name in drawn]
    start = drawn.get("from")
    where = {None: "cases/", "cases": ""}.get(start, f"{root}/cases/")
    paths = [f"{where}{_FILES[id]}::test_matches_the_record[{id}-cpu]" for id in ids]
    if not paths and start not in (None, "cases"):
        paths = [where]
    if start == "rootdir":
        arguments += [f"--rootdir={root}"]
    if drawn.get("checkout") in ("readonly", "both") and os.geteuid() == 0:
        arguments = WITHOUT_RIGHTS + arguments
    folders = {"cases": root / "cases", "elsewhere": empty, "rootdir": empty}
    return Command([*arguments, *paths], _variables(drawn, states), folders.get(start, root))


def _order(drawn: Drawn) -> list[str]:
    shuffler, _, seed = drawn.get("order", "").partition(":")
    if shuffler == "randomly":
        return [f"--randomly-seed={seed}"]
    if shuffler == "random-order":
        return ["-p", "no:randomly", "--random-order-bucket=global", f"--random-order-seed={seed}"]
    return ["-p", "no:randomly"]


def _variables(drawn: Drawn, states: list[str]) -> dict[str, str]:
    names = {
        "hashseed": ["PYTHONHASHSEED"],
        "locale": ["LC_ALL", "LANG"],
        "timezone": ["TZ"],
        "columns": ["COLUMNS"],
        # Not the options of python, which pytest-xdist does not hand to its workers.
        "optimize": ["PYTHONOPTIMIZE"],
    }
    variables = {variable: drawn[name] for name, those in names.items() if name in drawn for variable in those}
    if drawn.get("locale") == "ascii":
        variables |= {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    if drawn.get("warnings") == "python":
        variables["PYTHONWARNINGS"] = "error"
    if "variable" in drawn:
        name, _, value = drawn["variable"].partition("=")
        variables[name] = value
    if states:
        variables["BEFOREHAND"] = " ".join(states)
    path = [_HERE / "absent"] * ("numpy" in drawn) + [_HERE / "before"] * bool(states)
    if path:
        variables["PYTHONPATH"] = os.pathsep.join(map(str, path))
    return variables
