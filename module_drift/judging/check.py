"""Judges the torch of this interpreter, or of another, by a project's record, for a command to print."""

import contextlib
import signal
from types import FrameType
from typing import Any, Dict, Iterator, List, Optional, Sequence

from ..observing import running_torch
from ..record.record import Record
from ..record.release import EAGER, Release
from .judge import Judge
from .judgement import Judgement


def check(judge: Judge) -> Judgement:
    """Return what a run comes to; told to stop by a signal, it ends what it started and says how far it came."""
    with stoppable():
        return judge.judge()


def modes_to_check(record: Record) -> List[str]:
    """Return eager and the modes of which the record has a run on the torch of this interpreter, or an older one.

    Raises:
        InputError: there is no torch, or the list of runs is not as it must be.
    """
    here = Release.parse(running_torch.version())
    return [EAGER, *sorted({row.mode for row in record.verified_rows() if row.run.release <= here} - {EAGER})]


@contextlib.contextmanager
def stoppable(names: Sequence[str] = ("SIGINT", "SIGTERM", "SIGHUP")) -> Iterator[None]:
    """Have each signal that asks a program to stop raise a KeyboardInterrupt, as Ctrl-C does.

    Args:
        names: of the signals. SIGINT, too: a shell lets it be ignored by what it starts in the background.
    """
    before: Dict[signal.Signals, Any] = {}

    def stop(_: int, __: Optional[FrameType]) -> None:
        for number in before:  # Once is enough: what follows is the ending.
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in (getattr(signal, name) for name in names if hasattr(signal, name)):
        before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
