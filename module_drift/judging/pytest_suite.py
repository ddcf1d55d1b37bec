"""What the tests of one pytest run share: the options, the record, the plan, and the processes that run the cases."""

import contextlib
import functools
import os
import platform
import sys
import threading
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Set, Tuple

import pytest

from ..common.errors import InputError
from ..finding.discovery import Case
from ..observing import modes, running_torch
from ..observing.observer import Facts, Limits, Observer
from ..record import applicable, project
from ..record.devices import ALL, CPU, named
from ..record.project import Project
from ..record.record import Record
from ..record.release import EAGER, Release, Run
from . import judge
from .check import stoppable
from .judge import Held, Plan
from .outcome import Outcome, Seen
from .second_look import SecondLook

DEVICE_VARIABLE = "MODULE_DRIFT_DEVICE"
SUITE = pytest.StashKey["Suite"]()


class Suite:
    """What the tests of one pytest run share.

    Args:
        config: of the pytest run.

    Attributes:
        devices: the devices to run on, each with the reason why it is skipped, or None.
        mode: the mode of execution.
        is_readable: whether nothing was found yet that is not as it must be in the cases and goldens.

    Raises:
        InputError: an option, the version of torch or verified.csv is not as it must be.
    """

    def __init__(self, config: pytest.Config):
        self.project = _project(config)
        self.record = self.project.record
        self.regen_all = bool(config.getoption("regen_all"))
        self.regen = self.regen_all or bool(config.getoption("force_regen"))
        self.mode = str(config.getoption("mode"))
        self._variables: Dict[str, Optional[str]] = dict(modes.variables(self.mode))
        if self.regen and self.mode != EAGER:
            remedy = f"module-drift sweep --regen --mode {self.mode}"
            raise InputError(f"--mode {self.mode}", "what a mode shows is not recorded by pytest", remedy)
        self._chosen = _chosen_devices(config, self.record)
        if self.regen:
            self.project.refuse_recording(self._chosen)
        if self.regen and not is_worker(config):
            # From before the record is read until the verdict is written, in which workers take part.
            alone = contextlib.ExitStack()
            config.add_cleanup(alone.close)
            alone.enter_context(self.record.regenerating(functools.partial(print, file=sys.stderr, flush=True)))
        self.limits = Limits.of(config.getoption("case_seconds"), config.getoption("case_mebibytes"))
        self.is_readable = True
        self.held: Dict[Tuple[str, str], Held] = {}
        self._plan: Optional[Plan] = None
        self._by_file: Optional[Dict[Path, List[Case]]] = None
        self._observers: List[Observer] = []
        self._second = SecondLook(self._fresh_observer)
        self._submitted: Set[Tuple[str, str]] = set()
        self._seen_again: Set[Tuple[str, str]] = set()
        config.add_cleanup(self._end_observers)
        if threading.current_thread() is threading.main_thread():
            # Otherwise pytest would end at once, and leave behind what the cases have started.
            signals = contextlib.ExitStack()
            signals.enter_context(stoppable(("SIGTERM", "SIGHUP")))
            config.add_cleanup(signals.close)
        self._device_module = config.getoption("device_module") or os.environ.get(f"{DEVICE_VARIABLE}_MODULE") or None
        if covers(config, self.record.cases_folder) and not _has_workers(config):
            with contextlib.suppress(InputError):  # Which collecting will report.
                self.start_observers()
        self.verified = self.record.verified_rows()
        self.facts = _facts()
        self.release = Release.parse(self.facts.torch)
        self.devices = self._missing()

    def run(self, device: str) -> Run:
        """Return the run on `device`."""
        return Run(self.release, device, self.mode)

    def recorded(self, device: str, case: Case) -> Dict[str, str]:
        """Return what a golden of `case` says of the run that gave it."""
        return judge.recorded(self.facts, self.run(device), case)

    def cases(self) -> List[Case]:
        """Return the cases, which are read once.

        Raises:
            InputError: something in them is not as it must be.
        """
        return [case for cases in self._files().values() for case in cases]

    def cases_in(self, file: Path) -> List[Case]:
        """Return the cases in `file`; see `cases`."""
        return self._files().get(file, [])

    def _files(self) -> Dict[Path, List[Case]]:
        if self._by_file is None:
            by_file: Dict[Path, List[Case]] = {}
            for case in self.record.cases():
                by_file.setdefault(case.path, []).append(case)
            self._by_file = by_file
        return self._by_file

    def plan(self) -> Plan:
        """Return what is to be judged, after reading the goldens; they are read once.

        Raises:
            InputError: something in the cases or goldens is not as it must be.
        """
        if self._plan is None:
            runs = [self.run(device) for device, missing in self.devices.items() if missing is None]
            self._plan = judge.plan(self.record, self.cases(), runs, self.facts.processor, self.regen)
            self.held = {(one.case.id, one.run.device): one for some in self._plan for one in some}
        return self._plan

    def prepare(self) -> Optional[str]:
        """Read the cases and the goldens, and return what in them is not as it must be, or None.

        It is said once; when asked again, there are no cases.
        """
        try:
            self.plan()
        except InputError as error:
            self._plan, self._by_file, self.is_readable = Plan([], [], []), {}, False
            return str(error)
        return None

    def start_observers(self) -> List[Observer]:
        """Return the processes that run cases: one, or two where what differs is accepted, so that it is seen twice."""
        if not self._observers:
            variables = [self._variables, judge.other_process(self._variables)][: 2 if self.regen else 1]
            self._observers = [self._observer(some) for some in variables]
            try:
                for observer in self._observers:
                    observer.load(self.cases())
            except InputError:  # One that was told of no cases would wait for them for ever.
                self._end_observers()
                raise
        return self._observers

    def _observer(self, variables: Dict[str, Optional[str]]) -> Observer:
        paths = self.project.import_paths
        return Observer(
            self._chosen,
            self.limits,
            paths=paths,
            variables=variables,
            mode=self.mode,
            device_module=self._device_module,
        )

    def _fresh_observer(self) -> Observer:
        observer = self._observer(self._variables)
        observer.load(self.cases())
        return observer

    def submit(self, case: Case, device: str) -> None:
        """Have `case` run on `device`, unless it was submitted and not yet asked for."""
        if (case.id, device) not in self._submitted:
            self._submitted.add((case.id, device))
            self.start_observers()[0].submit(case, device)

    def judge(self, held: Held) -> Tuple[Seen, Outcome]:
        """Return what a case shows, or why that cannot be said, and what comes of it."""
        device = held.run.device
        self.submit(held.case, device)
        self._submitted.discard((held.case.id, device))
        first = self._observers[0].result(held.case, device)
        look = self._look_again if self.regen else self._second.result
        again = functools.partial(look, held.case, device)
        return first, judge.outcome(held, first, again, self._second, self._applicable(held.run), self.regen)

    def _applicable(self, run: Run) -> applicable.Applicable:
        return self.record.applicable() if run.own_place else {}

    def will_run(self, tests: Sequence[Tuple[Case, str]]) -> None:
        """Where what differs is accepted, have `tests`, which are to run in this order, run in reverse order, too."""
        if self.regen and tests:
            _, second = self.start_observers()
            second.facts()
            for case, device in reversed(tests):
                second.submit(case, device)
            self._seen_again.update((case.id, device) for case, device in tests)

    def _look_again(self, case: Case, device: str) -> Seen:
        _, second = self._observers
        if (case.id, device) in self._seen_again:
            self._seen_again.discard((case.id, device))
        else:  # The same test runs twice.
            second.submit(case, device)
        return second.result(case, device)

    def is_elsewhere(self, held: Held) -> bool:
        """Return whether the goldens of a case hold on another platform only."""
        return held in self.plan().elsewhere

    def why_unsupported(self, device: str) -> Optional[str]:
        """Return why this torch has no code for `device`, or None.

        Raises:
            InputError: nothing can be asked of this torch, or it lacks the mode.
        """
        facts = self.start_observers()[0].facts()
        if facts.no_mode:
            raise InputError(f"--mode {self.mode}", facts.no_mode, "run with another mode, or without --mode")
        return facts.unsupported.get(device)

    def _missing(self) -> Dict[str, Optional[str]]:
        if self._chosen == [CPU]:
            return {CPU: None}  # Without waiting for torch.
        missing = self.start_observers()[0].facts().missing
        if len(self._chosen) == 1 and missing[self._chosen[0]]:
            problem = str(missing[self._chosen[0]])
            raise InputError(f"--device {self._chosen[0]}", problem, "run with --device cpu, or where there is one")
        return missing

    def _end_observers(self) -> None:
        self._second.close()
        for observer in self._observers:
            observer.close()
        self._observers = []


def _project(config: pytest.Config) -> Project:
    """Return the project that is tested; where no table names its folders, they have the usual names."""
    return project.around(config.rootpath, config.invocation_params.dir) or Project(config.rootpath)


def _facts() -> Facts:
    """Return what can be said of torch without importing it."""
    return Facts(
        torch=running_torch.version(),
        python=platform.python_version(),
        platform=running_torch.this_platform(),
        processor=running_torch.this_processor(),
        missing={},
        unsupported={},
        no_mode=None,
    )


def is_worker(config: pytest.Config) -> bool:
    """Return whether this is one of pytest-xdist's workers."""
    return hasattr(config, "workerinput")


def _has_workers(config: pytest.Config) -> bool:
    return bool(config.getoption("dist", "no") != "no" or config.getoption("collectonly", False))


def covers(config: pytest.Config, folder: Path) -> bool:
    """Return whether pytest was asked for something in `folder`, or for something that `folder` is in."""
    paths = [Path(config.invocation_params.dir, arg.partition("::")[0]).resolve() for arg in config.args]
    return any(path == folder or path in folder.parents or folder in path.parents for path in paths)


def _chosen_devices(config: pytest.Config, record: Record) -> List[str]:
    """Return the devices that were asked for."""
    given = config.getoption("device")
    chosen = named(given or os.environ.get(DEVICE_VARIABLE) or CPU, "--device" if given else DEVICE_VARIABLE)
    return record.devices() if chosen == ALL else [chosen]
