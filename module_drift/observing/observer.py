"""Has cases run in a process of their own, which may hang, die or grow without harm, and hands on what they showed."""

import collections
import json
import math
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Deque, Dict, List, NamedTuple, Optional, Sequence, Tuple, Type, Union

from .. import FOLDER, NAME
from ..common.errors import InputError, relative
from ..comparing.observation import Observation
from ..finding.discovery import Case
from ..record.release import EAGER
from . import backends
from .child import Child
from .process import encoded

IMPORT_SECONDS = 600
"""How long torch and the files of cases may take to be imported: minutes, from a cold network drive."""

_MOST_DEATHS = 20
"""After how many ends of its process in a row nothing more is run, since it is no one case that ends it."""

_PROGRAM = """
import sys
sys.path[:] = [path for path in sys.path if path] + {paths!r}
from importlib import util
spec = util.spec_from_file_location({name!r}, {package!r} + "/__init__.py", submodule_search_locations=[{package!r}])
sys.modules[{name!r}] = util.module_from_spec(spec)
spec.loader.exec_module(sys.modules[{name!r}])
from {name}.observing.process import main
main()
"""
"""Its package is this one, whatever another of its name the interpreter knows; the current folder has no part."""


class Limits(NamedTuple):
    """What one case may take.

    Attributes:
        seconds: wall-clock time.
        mebibytes: resident memory of its process and that process's children, beyond what they had before any case.
    """

    seconds: float = 60.0
    mebibytes: float = 4096.0

    @classmethod
    def of(cls, seconds: float, mebibytes: float) -> "Limits":
        """Return the limits that a person gave.

        Raises:
            InputError: one of them is none.
        """
        for name, value in (("--case-seconds", seconds), ("--case-mebibytes", mebibytes)):
            if not 0.1 <= value < math.inf:
                raise InputError(name, f"{value:g} is no limit", "give a number from 0.1 up")
        return cls(seconds, mebibytes)


class Facts(NamedTuple):
    """What the process says of itself before any case runs.

    Attributes:
        torch: `torch.__version__`.
        python: full version of Python.
        platform: such as "linux-x86_64".
        processor: the same with the processor's maker, where that is known.
        missing: for each device, why it cannot be used, or None.
        unsupported: for each device that can, why this torch has no code for it, or None.
        no_mode: why the mode that was asked for cannot be used, or None.
    """

    torch: str
    python: str
    platform: str
    processor: str
    missing: Dict[str, Optional[str]]
    unsupported: Dict[str, Optional[str]]
    no_mode: Optional[str]


class Ended(str):
    """Why nothing can be said of a case: its process ended while it ran, or had to be ended."""


class Overdue(Ended):
    """Its process had to be ended since the case took longer than it may."""


_Job = Tuple[int, Case, str, Optional[str]]
"""The number of a run, its case and device, and whose inability is watched for."""


class Observer:
    """A process that runs cases one after the other, in the order in which they are submitted.

    It is started at once and imports torch, while the cases are still to be found. Behind a case that kills its
    process, hangs or takes too much memory, another process is started. Used as a context manager, it leaves no
    process behind.

    Args:
        devices: the devices that the facts are to tell of.
        limits: what a case may take.
        python: interpreter with the torch to be observed.
        paths: folders that are put at the end of the process's `sys.path`.
        variables: changes to the environment; None takes a variable away.
        mode: the mode in which cases run.
        device_module: what makes torch know the devices, where `devices.MODULES` does not say it.
    """

    def __init__(
        self,
        devices: Sequence[str],
        limits: Limits,
        python: str = sys.executable,
        paths: Sequence[Path] = (),
        variables: Optional[Dict[str, Optional[str]]] = None,
        mode: str = EAGER,
        device_module: Optional[str] = None,
    ):
        self._devices, self._limits, self._python, self._mode = list(devices), limits, python, mode
        self._device_module = device_module
        self._cases: List[Dict[str, Any]] = []
        self._broken: Dict[str, str] = {}
        self._index: Dict[str, int] = {}
        self._program = _PROGRAM.format(paths=list(map(str, paths)), name=NAME, package=FOLDER)
        given = {**os.environ, **backends.variables(devices), **(variables or {})}
        self._variables = {name: value for name, value in given.items() if value is not None}
        self._pending: Deque[_Job] = collections.deque()
        self._results: Dict[Tuple[str, str, Optional[str]], Union[Observation, str]] = {}
        self._submitted = 0
        self._begun: Optional[int] = None
        self._deaths = 0
        self._gone = ""
        self._problem: Optional[InputError] = None
        self._facts: Optional[Facts] = None
        self._process: Optional[Child] = self._started()

    def __enter__(self) -> "Observer":
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()

    def load(self, cases: Sequence[Case]) -> None:
        """Say which cases there are: all that may be submitted, and that their files may declare."""
        self._index = {case.id: index for index, case in enumerate(cases)}
        self._cases = [encoded(case) for case in cases]
        self._send_setup()

    def facts(self) -> Facts:
        """Return what the process says of itself, after `load`.

        Raises:
            InputError: torch cannot be imported, or the process ends before it is ready.
        """
        if self._facts is None:
            self._facts = self._await_ready()
        return self._facts

    def submit(self, case: Case, device: str, watching: Optional[str] = None) -> None:
        """Have `case` run on `device` after what was submitted before; `watching` is as in `observe`."""
        job = (self._submitted, case, device, watching)
        self._submitted += 1
        self._pending.append(job)
        if self._process:
            self._send(job)

    def result(self, case: Case, device: str, watching: Optional[str] = None) -> Union[Observation, str]:
        """Return what `case`, which was submitted, showed on `device`; or why nothing can be said of it.

        Raises:
            InputError: see `facts`.
        """
        self.facts()
        while (case.id, device, watching) not in self._results:
            self._advance()
        return self._results.pop((case.id, device, watching))

    def close(self) -> None:
        """End the process, and all that it started."""
        if self._process:
            self._process.kill()
            self._process = None

    def _started(self) -> "Child":
        return Child([self._python, "-c", self._program], self._variables)

    def _send(self, job: _Job) -> None:
        number, case, *where = job
        if self._process:
            self._process.send_job(json.dumps([number, self._index[case.id], *where]))

    def _send_setup(self) -> None:
        if self._process:
            setup = {
                "devices": self._devices,
                "device_module": self._device_module,
                "mode": self._mode,
                "cases": self._cases,
                "broken": self._broken,
            }
            self._process.send(json.dumps(setup))

    def _await_ready(self) -> Facts:
        loading, is_loaded = "", False
        while True:
            if self._process is None:
                raise self._problem or InputError("torch", "the process with it was ended", "run it again")
            said = self._process.receive(self._limits.seconds if loading else IMPORT_SECONDS)
            if "loading" in said:
                loading = str(said["loading"])
            elif "loaded" in said:  # What comes now, such as asking for a device, is no file's doing.
                loading, is_loaded = "", True
            elif loading and "ready" not in said and loading not in self._broken:
                # The file did it, and not torch; the others can be judged without it.
                why = said.get("ended", "wrote into the pipe of its process")
                self._broken[loading] = f"{relative(Path(loading))} cannot be imported: it {why}"
                self.close()
                self._process = self._started()
                self._send_setup()
                loading = ""
            else:
                break
        problem = self._why_not_ready(said, is_loaded)
        if problem:
            self.close()
            self._problem = problem
            raise problem
        self._process.keep_within(*self._limits)
        return Facts(**said["ready"])

    def _why_not_ready(self, said: Dict[str, Any], is_loaded: bool) -> Optional[InputError]:
        remedy = f"see what {self._python} -c 'import torch' says"
        if said.get("absent"):
            remedy = "install the release to judge: pip install torch"
            return InputError("torch", f"not installed for {self._python}", remedy)
        if "failed" in said:
            return InputError("torch", f"cannot be imported ({said['failed']})", remedy)
        if "ready" not in said and is_loaded:
            where = f"--device {', '.join(self._devices)}{f' --mode {self._mode}' if self._mode != EAGER else ''}"
            problem = f"making it ready {said.get('ended', 'says what is not to be understood')}"
            return InputError(where, problem, "run with --device cpu, or where there is one")
        if "ready" not in said:
            return InputError("torch", f"importing it {said.get('ended', 'says what is not to be understood')}", remedy)
        ids = said["unforeseen"]
        if ids:
            are, them = (
                ("is declared when its file is", "it")
                if len(ids) == 1
                else ("are declared when their files are", "them")
            )
            problem = f"{', '.join(map(repr, ids))} {are} imported, and not found by reading {them}"
            return InputError("cases", problem, 'decorate a function at the top of its file: @case("section/name")')
        return None

    def _advance(self) -> None:
        """Wait for the next report, or for the end of the process, and take down what it says."""
        if self._gone or self._process is None:
            self._conclude(self._gone or "its process was ended")
            return
        number = self._pending[0][0]
        said = self._process.receive()
        result = _result(said)
        if said == {"begin": number}:
            self._begun = number
        elif said.get("end") == self._begun == number and result is not None:
            self._conclude(result)
            self._deaths = 0
        else:
            # Where it had not begun, what ended the process was something that an earlier case had left behind.
            if self._begun == number:
                kind = Overdue if said.get("overdue") else Ended
                self._conclude(kind(said.get("ended") or "something wrote into the pipe of its process"))
            self._restart()

    def _conclude(self, result: Union[Observation, str]) -> None:
        _, case, device, watching = self._pending.popleft()
        self._results[case.id, device, watching] = result

    def _restart(self) -> None:
        assert self._process is not None
        self.close()
        self._deaths += 1
        if self._deaths >= _MOST_DEATHS:
            self._gone = f"not run, since the process of the cases before it had ended {_MOST_DEATHS} times"
            return
        if self._pending:
            self._process = self._started()
            self._send_setup()
            try:
                self._await_ready()
            except InputError as error:
                self._gone = f"not run: {error}"
                return
            for job in self._pending:
                self._send(job)


def _result(said: Dict[str, Any]) -> Union[Observation, str, None]:
    """Return what a report says that a case showed, or why nothing can be said; None if it is no such report."""
    if isinstance(said.get("unjudged"), str):
        return str(said["unjudged"])
    shown = said.get("observation")
    # A named tuple is a list in JSON.
    return Observation(*shown) if isinstance(shown, list) and len(shown) == len(Observation._fields) else None
