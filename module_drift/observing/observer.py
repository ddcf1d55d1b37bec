"""Has cases run in a process of their own, which may hang, die or grow without harm, and hands on what they showed."""

import collections
import contextlib
import functools
import json
import math
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Deque, Dict, List, NamedTuple, Optional, Sequence, Tuple, Type, Union

from .. import FOLDER, NAME
from ..common.errors import InputError, relative
from ..comparing.observation import Observation
from ..finding.discovery import Case
from . import linux
from .process import LARGEST, encoded

if TYPE_CHECKING:
    import psutil

IMPORT_SECONDS = 600
"""How long torch and the files of cases may take to be imported: minutes, from a cold network drive."""

_MOST_DEATHS = 20
"""After how many ends of its process in a row nothing more is run, since it is no one case that ends it."""

_MARK = "MODULE_DRIFT_OBSERVED"
"""Variable by which what a process of cases started is known again."""

_LOOK_SECONDS = 0.1
"""How often to look whether a case takes too long or too much memory."""

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
    """

    torch: str
    python: str
    platform: str
    processor: str
    missing: Dict[str, Optional[str]]
    unsupported: Dict[str, Optional[str]]


class Ended(str):
    """Why nothing can be said of a case: its process ended while it ran, or had to be ended."""


class Overdue(Ended):
    """Its process had to be ended since the case took longer than it may."""


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
    """

    def __init__(
        self,
        devices: Sequence[str],
        limits: Limits,
        python: str = sys.executable,
        paths: Sequence[Path] = (),
        variables: Optional[Dict[str, Optional[str]]] = None,
    ):
        self._devices, self._limits, self._python = list(devices), limits, python
        self._cases: List[Dict[str, Any]] = []
        self._broken: Dict[str, str] = {}
        self._index: Dict[str, int] = {}
        self._program = _PROGRAM.format(paths=list(map(str, paths)), name=NAME, package=FOLDER)
        given = {**os.environ, **(variables or {})}
        self._variables = {name: value for name, value in given.items() if value is not None}
        self._pending: Deque[Tuple[int, Case, str]] = collections.deque()
        self._results: Dict[Tuple[str, str], Union[Observation, str]] = {}
        self._submitted = 0
        self._begun: Optional[int] = None
        self._deaths = 0
        self._gone = ""
        self._problem: Optional[InputError] = None
        self._facts: Optional[Facts] = None
        self._process: Optional[_Process] = self._started()

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

    def submit(self, case: Case, device: str) -> None:
        """Have `case` run on `device` after what was submitted before."""
        job = (self._submitted, case, device)
        self._submitted += 1
        self._pending.append(job)
        if self._process:
            self._send(job)

    def result(self, case: Case, device: str) -> Union[Observation, str]:
        """Return what `case`, which was submitted, showed on `device`; or why nothing can be said of it.

        Raises:
            InputError: see `facts`.
        """
        self.facts()
        while (case.id, device) not in self._results:
            self._advance()
        return self._results.pop((case.id, device))

    def close(self) -> None:
        """End the process, and all that it started."""
        if self._process:
            self._process.kill()
            self._process = None

    def _started(self) -> "_Process":
        return _Process([self._python, "-c", self._program], self._variables)

    def _send(self, job: Tuple[int, Case, str]) -> None:
        number, case, device = job
        if self._process:
            self._process.send_job(json.dumps([number, self._index[case.id], device]))

    def _send_setup(self) -> None:
        if self._process:
            setup = {"devices": self._devices, "cases": self._cases, "broken": self._broken}
            self._process.send(json.dumps(setup))

    def _await_ready(self) -> Facts:
        loading = ""
        while True:
            if self._process is None:
                raise self._problem or InputError("torch", "the process with it was ended", "run it again")
            said = self._process.receive(self._limits.seconds if loading else IMPORT_SECONDS)
            if "loading" in said:
                loading = str(said["loading"])
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
        problem = self._why_not_ready(said)
        if problem:
            self.close()
            self._problem = problem
            raise problem
        self._process.keep_within(self._limits)
        return Facts(**said["ready"])

    def _why_not_ready(self, said: Dict[str, Any]) -> Optional[InputError]:
        remedy = f"see what {self._python} -c 'import torch' says"
        if said.get("absent"):
            remedy = "install the release to judge: pip install torch"
            return InputError("torch", f"not installed for {self._python}", remedy)
        if "failed" in said:
            return InputError("torch", f"cannot be imported ({said['failed']})", remedy)
        if "ready" not in said:
            return InputError("torch", f"importing it {said.get('ended', 'says what is not to be understood')}", remedy)
        for id in said["unforeseen"]:
            problem = f"case {id!r} is declared when its file is imported, and not found by reading it"
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
        _, case, device = self._pending.popleft()
        self._results[case.id, device] = result

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


class _Process:
    """One process, its pipes, and what it takes."""

    def __init__(self, command: List[str], variables: Dict[str, str]):
        linux.adopt_orphans()
        self._mark = uuid.uuid4().hex
        self._process = subprocess.Popen(
            command,
            env={**variables, _MARK: self._mark},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # So that all it starts can be ended, and a Ctrl-C does not reach it.
        )
        self._base_memory = 0.0
        self._secret = uuid.uuid4().hex
        self._why_ended, self._is_overdue = "", False
        self._sent = self._done = 0
        self._heard = time.monotonic()
        self._over = threading.Event()
        self._reports: queue.Queue[Optional[bytes]] = queue.Queue()
        self._to_send: queue.Queue[Optional[str]] = queue.Queue()
        self._last_words: Deque[str] = collections.deque(maxlen=50)
        works = (self._read_reports, self._read_errors, self._write_jobs)
        self._threads = [threading.Thread(target=work, daemon=True) for work in works]
        for thread in self._threads:
            thread.start()
        self.send(self._secret)

    def send(self, line: str) -> None:
        # By a thread, since a pipe holds less than all jobs, and a process that hangs reads none.
        self._to_send.put(line)

    def send_job(self, line: str) -> None:
        """Send a line that is answered by a report of an end."""
        if self._sent == self._done:
            self._heard = time.monotonic()
        self._sent += 1
        self.send(line)

    def keep_within(self, limits: Limits) -> None:
        """From now on, end it when a case takes more, whether or not anybody waits for a report."""
        self._base_memory = self._memory()
        watching = threading.Thread(target=self._watch, args=(limits,), daemon=True)
        self._threads.append(watching)
        watching.start()

    def receive(self, seconds: float = math.inf) -> Dict[str, Any]:
        """Return the next report; or `{"ended": why}` where there will be none, or none within `seconds`.

        Where a case took too long, it also says `"overdue": True`.
        """
        called = time.monotonic()
        while True:
            try:
                line = self._reports.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                if time.monotonic() - called > seconds:
                    return {"ended": f"took longer than {seconds:g} s"}
                if self._process.poll() is None:
                    continue
                line = None  # It ended, and something that it started still holds the pipe.
            if line is None:
                return {"ended": self._why_ended or self._how_it_ended(), "overdue": self._is_overdue}
            try:
                said = json.loads(line)
            except ValueError:
                said = None
            return said if isinstance(said, dict) else {}

    def _watch(self, limits: Limits) -> None:
        while not self._over.wait(_LOOK_SECONDS) and self._process.poll() is None:
            if self._sent > self._done:
                if time.monotonic() - self._heard > limits.seconds:
                    self._is_overdue = True
                    self._why_ended = f"took longer than {limits.seconds:g} s"
                # What processes share is counted for each by the first measure, which takes no time.
                elif (
                    self._memory() > limits.mebibytes + self._base_memory and self._memory(own=True) > limits.mebibytes
                ):
                    self._why_ended = f"took more than {limits.mebibytes:g} MiB of memory"
                if self._why_ended:
                    self._process.kill()
                    return

    def _memory(self, own: bool = False) -> float:
        """Return the resident memory of the process and its children, in MiB; only what each has alone, if `own`."""
        import psutil

        total = 0
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(self._process.pid)
            for one in (process, *process.children(recursive=True)):
                with contextlib.suppress(psutil.Error):
                    total += one.memory_full_info().uss if own else one.memory_info().rss
        return total / 2**20

    def kill(self) -> None:
        """End it and all that it started, also what has left its session."""
        import psutil

        self._over.set()
        started: List[psutil.Process] = []
        with contextlib.suppress(psutil.Error):
            started = psutil.Process(self._process.pid).children(recursive=True)
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        for one in started:
            with contextlib.suppress(psutil.Error):
                one.kill()
        self._process.wait()
        for one in self._orphans():
            with contextlib.suppress(psutil.Error):
                one.kill()
        self._to_send.put(None)
        streams = (self._process.stdout, self._process.stderr, self._process.stdin, None)
        for thread, stream in zip(self._threads, streams):
            thread.join(timeout=1)
            if stream and not thread.is_alive():  # It is, where something that could not be ended holds the pipe.
                with contextlib.suppress(OSError):
                    stream.close()

    def _orphans(self) -> "List[psutil.Process]":
        """Return what was started by a process that had ended before it could be asked."""
        import psutil

        found = []
        for one in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if one.environ().get(_MARK) == self._mark:
                    found.append(one)
        return found

    def _how_it_ended(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)
        status = self._process.returncode
        if status is None:
            return "closed the pipe of its process"
        if status < 0:
            try:
                how = f"by {signal.Signals(-status).name}"
            except ValueError:
                how = f"by signal {-status}"
        else:
            how = f"with exit status {status}"
        time.sleep(0.05)  # For the thread that reads the last words.
        said = next((line for line in reversed(self._last_words) if line), "")
        return f"ended its process {how}{f' ({said})' if said else ''}"

    def _read_reports(self) -> None:
        assert self._process.stdout is not None
        secret = self._secret.encode()
        with contextlib.suppress(OSError, ValueError):
            # A line that has no end is none of ours, and is told by not being JSON.
            for line in iter(functools.partial(self._process.stdout.readline, LARGEST + 1000), b""):
                report = line[len(secret) :] if line.startswith(secret) else b""
                if report:
                    self._heard = time.monotonic()
                self._done += report.startswith(b'{"end"')
                self._reports.put(report)
        self._reports.put(None)

    def _read_errors(self) -> None:
        stream = self._process.stderr
        assert stream is not None
        with contextlib.suppress(OSError, ValueError):
            # By pieces, since a line may have no end.
            for piece in iter(lambda: stream.readline(4096), b""):
                self._last_words.append(piece.decode("utf-8", "replace").strip()[:300])

    def _write_jobs(self) -> None:
        stream = self._process.stdin
        assert stream is not None
        with contextlib.suppress(OSError, ValueError):  # It has ended, as the reports will tell.
            _write_lines(stream, self._to_send)


def _write_lines(stream: IO[bytes], lines: "queue.Queue[Optional[str]]") -> None:
    for line in iter(lines.get, None):
        stream.write(line.encode("utf-8") + b"\n")
        if lines.empty():
            stream.flush()
