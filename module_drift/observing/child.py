"""A process that runs cases, as the one that started it sees it: its pipes, what it takes, and its end."""

import collections
import contextlib
import functools
import json
import math
import os
import queue
import re
import signal
import subprocess
import threading
import time
import uuid
from typing import IO, TYPE_CHECKING, Any, Deque, Dict, List, Optional

from . import linux
from .process import LARGEST

if TYPE_CHECKING:
    import psutil

_MARK = "MODULE_DRIFT_OBSERVED"
"""Variable by which what a process of cases started is known again."""

_OF_STACK = re.compile(r"frame #\d+: |Exception raised from ")
"""How lines begin that torch puts below the words of an error of C++."""

_LOOK_SECONDS = 0.1
"""How often to look whether a case takes too long or too much memory."""


class Child:
    """One process, its pipes, and what it takes.

    Args:
        command: what starts it; its standard input and output are pipes of lines.
        variables: its environment.
    """

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
        """Send a line, some time."""
        # By a thread, since a pipe holds less than all jobs, and a process that hangs reads none.
        self._to_send.put(line)

    def send_job(self, line: str) -> None:
        """Send a line that is answered by a report of an end."""
        if self._sent == self._done:
            self._heard = time.monotonic()
        self._sent += 1
        self.send(line)

    def keep_within(self, seconds: float, mebibytes: float) -> None:
        """From now on, end it when a case takes longer, or more memory, whether or not anybody waits for a report."""
        self._base_memory = self._memory()
        watching = threading.Thread(target=self._watch, args=(seconds, mebibytes), daemon=True)
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

    def _watch(self, seconds: float, mebibytes: float) -> None:
        while not self._over.wait(_LOOK_SECONDS) and self._process.poll() is None:
            if self._sent > self._done:
                if time.monotonic() - self._heard > seconds:
                    self._is_overdue = True
                    self._why_ended = f"took longer than {seconds:g} s"
                # What processes share is counted for each by the first measure, which takes no time.
                elif self._memory() > mebibytes + self._base_memory and self._memory(own=True) > mebibytes:
                    self._why_ended = f"took more than {mebibytes:g} MiB of memory"
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
        said = next((line for line in reversed(self._last_words) if line and not _OF_STACK.match(line)), "")
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
