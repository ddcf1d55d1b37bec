"""Runs functions in forked children of this process, which has imported torch and run none of it."""

import contextlib
import os
import pickle
import resource
import select
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

Task = TypeVar("Task")

_MEMORY = 2 << 30
"""How many bytes a child may take beyond its parent's: an endless list ends as a MemoryError."""
_PATIENCE = 10
"""How many times its CPU time a child may take by the clock, for one that waits for ever."""


class Ended(NamedTuple):
    """How a child ended.

    Attributes:
        value: what the function returned, or None if the child did not get that far.
        died: whether it did not get that far.
        timed_out: whether the time limit was the reason.
    """

    value: Any
    died: bool
    timed_out: bool


def each(
    tasks: Iterable[Task], function: Callable[[Task], Any], jobs: int, seconds: float
) -> Iterator[tuple[Task, Ended]]:
    """Run `function` on each task in a child of its own, `jobs` at a time, and yield the tasks as they end.

    Args:
        tasks: what to run it on.
        function: it returns something that can be pickled.
        jobs: children at a time.
        seconds: CPU time that a child may take.
    """
    running: dict[int, tuple[int, Task]] = {}
    waiting = iter(tasks)
    try:
        while True:
            for task in waiting:
                pid, pipe = _start(function, task, seconds)
                running[pipe] = pid, task
                if len(running) == jobs:
                    break
            if not running:
                return
            for pipe in select.select(list(running), [], [])[0]:
                pid, task = running.pop(pipe)
                yield task, _collect(pid, pipe)
    finally:
        for pid, _ in running.values():
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def one(function: Callable[[], Any]) -> Any:
    """Return what `function` returns in a child.

    Raises:
        RuntimeError: the child died.
    """
    pid, pipe = _start(lambda _: function(), None, None)
    ended = _collect(pid, pipe)
    if ended.died:
        raise RuntimeError("a child without a mutant died; its error is above")
    return ended.value


def _start(function: Callable[[Task], Any], task: Task, seconds: float | None) -> tuple[int, int]:
    readable, writable = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writable)
        return pid, readable
    # The child must never return into its parent's code.
    with contextlib.suppress(BaseException):
        if seconds is not None:
            _limit(seconds)
        try:
            value = pickle.dumps(function(task))
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        with open(writable, "wb") as pipe:
            pipe.write(value)
        os._exit(0)
    os._exit(1)


def _limit(seconds: float) -> None:
    # Both signals end the process, also in C++; CPU time is the same on a busy machine.
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, seconds * _PATIENCE)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + _MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _collect(pid: int, pipe: int) -> Ended:
    with open(pipe, "rb") as reader:
        content = reader.read()
    _, status = os.waitpid(pid, 0)
    killed_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
    if killed_by is None and os.WEXITSTATUS(status) == 0:
        return Ended(pickle.loads(content), False, False)
    return Ended(None, True, killed_by in (signal.SIGPROF, signal.SIGALRM))
