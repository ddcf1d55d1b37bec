"""Judges the torch of this interpreter by a project's record, for a command to print."""

import contextlib
import signal
from types import FrameType
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence

from ..common.errors import InputError, OutputError
from ..observing import modes, running_torch
from ..observing.observer import Limits
from ..record.project import Project
from ..record.release import EAGER, Release
from .judge import Judge, View
from .judgement import EXIT_STATUS, Judgement, could_not_run
from .ledger import Ledger


class Checked(NamedTuple):
    """How a run in one mode ended.

    Attributes:
        mode: the mode.
        judgement: what it comes to.
        ledger: what became of each case; None where no case could be run.
    """

    mode: str
    judgement: Judgement
    ledger: Optional[Ledger]


def check(
    find: Callable[[], Project],
    device: str,
    limits: Limits,
    view: View,
    mode: str = EAGER,
    device_module: Optional[str] = None,
    recording: bool = False,
    jobs: int = 1,
) -> Iterator[Checked]:
    """Judge torch in a mode, or in all that the record has; yield how each run ended, as it ends.

    Told to stop by a signal, it ends what it started, says how far it came, and goes on to no other mode.

    Args:
        find: returns the project by whose record it is judged, and is called once.
        device: where to run; see `Judge`.
        limits: what a case may take.
        view: where it tells how it goes.
        mode: the mode, or `modes.ALL`: then eager, and those of which the record has a run of this torch or an older
            one.
        device_module: what makes torch know the device; see `Observer`.
        recording: whether to accept what differs, instead of reporting it.
        jobs: processes among which the cases are divided; see `Judge`.

    Raises:
        OutputError: what is told of it cannot be written.
    """
    # Why something cannot be run, whoever reads a report or JSON reads there, too.
    try:
        project = find()
        names = [mode]
        if mode == modes.ALL:
            names = project.record.modes_until(Release.parse(running_torch.version()))
    except InputError as error:
        yield Checked(mode, could_not_run(error), None)
        return
    for name in names:
        try:
            judge = Judge(
                project, device, limits, view, mode=name, device_module=device_module, recording=recording, jobs=jobs
            )
            with stoppable():
                judgement = judge.judge()
        except OutputError:
            raise
        except InputError as error:
            yield Checked(name, could_not_run(error), None)
        else:
            yield Checked(name, judgement, judge.ledger)
            if judge.was_stopped:
                return


def summary(done: Sequence[Checked]) -> str:
    """Return the last line of runs in several modes: the worst verdict first, with the modes of each."""
    by_verdict: Dict[str, List[str]] = {}
    for one in sorted(done, key=lambda one: -EXIT_STATUS[one.judgement.verdict]):
        by_verdict.setdefault(one.judgement.verdict, []).append(one.mode)
    return f"in {len(done)} modes: " + "; ".join(
        f"{verdict} in {', '.join(in_)}" for verdict, in_ in by_verdict.items()
    )


@contextlib.contextmanager
def stoppable(names: Sequence[str] = ("SIGINT", "SIGTERM", "SIGHUP")) -> Iterator[None]:
    """Have each signal that asks a program to stop raise a KeyboardInterrupt with its name, as Ctrl-C raises one.

    Args:
        names: of the signals. SIGINT, too: a shell lets it be ignored by what it starts in the background.
    """
    before: Dict[signal.Signals, Any] = {}

    def stop(sent: int, _: Optional[FrameType]) -> None:
        for number in before:  # Once is enough: what follows is the ending.
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt(signal.Signals(sent).name)

    for number in (getattr(signal, name) for name in names if hasattr(signal, name)):
        before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
