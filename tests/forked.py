"""Starts the process that runs cases as a copy of this one, which has torch already: a second less for each start.

It is a process of its own in all that cases can do to it; only how an interpreter starts, and what its variables do
then, is left to the tests that do without.
"""

import contextlib
import faulthandler
import os
import signal
import subprocess
import sys
import time
import traceback
import warnings
from types import SimpleNamespace

from module_drift import case
from module_drift.observing import child


def fork_observers(monkeypatch):
    """Have the processes that run cases be copies of this one until the test ends."""
    stand_in = SimpleNamespace(**{name: getattr(subprocess, name) for name in ("PIPE", "TimeoutExpired")}, Popen=Forked)
    monkeypatch.setattr(child, "subprocess", stand_in)


class Forked:
    """Takes the place of `subprocess.Popen` for a program of Python."""

    def __init__(self, command, env, **_):
        given, taken = zip(os.pipe(), os.pipe()[::-1], os.pipe()[::-1])  # The copy's ends, and this process's.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # This process has threads, which the copy lacks.
            self.pid = os.fork()
        if not self.pid:
            _become(command[-1], env, given)
        for number in given:
            os.close(number)
        self.stdin, self.stdout, self.stderr = (
            os.fdopen(number, mode) for number, mode in zip(taken, ("wb", "rb", "rb"))
        )
        self.returncode = None

    def poll(self):
        """Return how it ended, or None while it runs."""
        if self.returncode is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                self.returncode = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        return self.returncode

    def wait(self, timeout=60):
        """Wait for its end."""
        end = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired("the copy", timeout)
            time.sleep(0.005)

    def kill(self):
        """End it."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


def _become(program, variables, streams):
    """Run `program` in this process, as nearly as if it had just started, and end it."""
    status = 1
    try:
        os.setsid()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os.closerange(3, 4096)
        faulthandler.disable()
        sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, mode) for number, mode in enumerate(("r", "w", "w")))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        warnings.resetwarnings()
        os.environ.clear()
        os.environ.update(variables)
        for name in [name for name in sys.modules if name.split(".")[0] == "cases"]:
            del sys.modules[name]  # Of another test's project, as are these.
        case.declared_ids.clear()
        exec(program, {"__name__": "__main__"})
        status = 0
    except BaseException:
        with contextlib.suppress(OSError, ValueError):
            traceback.print_exc()
    finally:
        os._exit(status)
