"""The pytest plugin: options, header, one test a case and device, verdict, and regenerating.

The cases run in a process of their own, one ahead of pytest. Comparing and regenerating go through pytest-regressions,
whose `--force-regen` and `--regen-all` they obey.
"""

import contextlib
import functools
import json
import os
import platform
import re
import sys
import threading
import warnings
from pathlib import Path
from typing import Any, Dict, Generator, Iterator, List, Optional, Set, Tuple, Union

import pytest
from pytest_regressions.common import perform_regression_check

from ..common.errors import InputError, relative
from ..common.visible import LINES, visible
from ..comparing.compare import Drift, compare
from ..comparing.differences import differences, shown
from ..comparing.observation import Observation
from ..finding.discovery import Case
from ..observing import running_torch
from ..observing.observer import Facts, Limits, Observer
from ..record import project
from ..record.devices import DEVICES
from ..record.golden import UNEXPLAINED, Golden, dump_to_show
from ..record.project import Project
from ..record.release import Release, Run
from . import conformance, judge
from .check import stoppable
from .judge import ALL, Held, Plan
from .pytest_verdict import DETAILS, PROPERTY, WRITTEN, Verdict
from .report import DriftedCase, drift_report

_DEVICE_VARIABLE = "MODULE_DRIFT_DEVICE"
_SUITE = pytest.StashKey["Suite"]()

# Options of pytest and its plugins by which a person asks for some of the tests.
_SELECTING = (
    *("-k", "-m", "--deselect", "--ignore", "--lf", "--last-failed", "--sw", "--stepwise"),
    *("--co", "--collect", "--setup", "--fixtures"),
)


class Suite:
    """What the tests of one pytest run share.

    Args:
        config: of the pytest run.

    Attributes:
        devices: the devices to run on, each with the reason why it is skipped, or None.

    Raises:
        InputError: an option, the version of torch or verified.csv is not as it must be.
    """

    def __init__(self, config: pytest.Config):
        self.project = _project(config)
        self.record = self.project.record
        self.regen_all = bool(config.getoption("regen_all"))
        self.regen = self.regen_all or bool(config.getoption("force_regen"))
        if self.regen and self.project.is_packaged:
            raise InputError(self.record.folder, "is not yours to record", "record in a checkout, or cases of your own")
        if self.regen and not _is_worker(config):
            # From before the record is read until the verdict is written, in which workers take part.
            alone = contextlib.ExitStack()
            config.add_cleanup(alone.close)
            alone.enter_context(self.record.regenerating(functools.partial(print, file=sys.stderr, flush=True)))
        self.limits = Limits.of(config.getoption("case_seconds"), config.getoption("case_mebibytes"))
        self.held: Dict[Tuple[str, str], Held] = {}
        self._plan: Optional[Plan] = None
        self._by_file: Optional[Dict[Path, List[Case]]] = None
        self._observers: List[Observer] = []
        self._submitted: Set[Tuple[str, str]] = set()
        config.add_cleanup(self._end_observers)
        if threading.current_thread() is threading.main_thread():
            # Otherwise pytest would end at once, and leave behind what the cases have started.
            signals = contextlib.ExitStack()
            signals.enter_context(stoppable(("SIGTERM", "SIGHUP")))
            config.add_cleanup(signals.close)
        self._chosen = _chosen_devices(config)
        if _covers(config, self.record.cases_folder) and not _has_workers(config):
            with contextlib.suppress(InputError):  # Which collecting will report.
                self.start_observers()
        self.verified = self.record.verified_rows()
        self.facts = _facts()
        self.release = Release.parse(self.facts.torch)
        self.devices = self._missing()

    def run(self, device: str) -> Run:
        """Return the run on `device`."""
        return Run(self.release, device)

    def recorded(self, device: str, case: Case) -> Dict[str, str]:
        """Return what a golden of `case` says of the run that gave it."""
        return judge.recorded(self.facts, device, case)

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

    def prepare(self) -> None:
        """Read the cases and the goldens.

        Raises:
            pytest.Collector.CollectError: something in the cases or goldens is not as it must be. That is said
                once; when asked again, there are no cases.
        """
        try:
            self.plan()
        except InputError as error:
            self._plan, self._by_file = Plan([], []), {}
            raise pytest.Collector.CollectError(str(error)) from None

    def start_observers(self) -> List[Observer]:
        """Return the processes that run cases: one, or two where what differs is accepted, so that it is seen twice."""
        if not self._observers:
            paths = [] if self.project.is_packaged else [self.project.root]
            for variables in [{}, judge.other_process({})][: 2 if self.regen else 1]:
                self._observers.append(Observer(self._chosen, self.limits, paths=paths, variables=variables))
            for observer in self._observers:
                observer.load(self.cases())
        return self._observers

    def submit(self, case: Case, device: str) -> None:
        """Have `case` run on `device`, unless it was submitted and not yet asked for."""
        if (case.id, device) not in self._submitted:
            self._submitted.add((case.id, device))
            for observer in self.start_observers():
                observer.submit(case, device)

    def observe(self, case: Case, device: str) -> Union[Observation, str]:
        """Return what `case` showed on `device`, or why that cannot be said."""
        self.submit(case, device)
        self._submitted.discard((case.id, device))
        return self._observers[0].result(case, device)

    def why_not_repeatable(self, case: Case, device: str, shown: Observation) -> Optional[str]:
        """Return why `shown` cannot be kept, since another process saw something else; or None."""
        return judge.why_not_repeatable(shown, self._observers[1].result(case, device))

    def why_unsupported(self, device: str) -> Optional[str]:
        """Return why this torch has no code for `device`, or None."""
        return self.start_observers()[0].facts().unsupported.get(device)

    def _missing(self) -> Dict[str, Optional[str]]:
        if self._chosen == [DEVICES[0]]:
            return {DEVICES[0]: None}  # Without waiting for torch.
        missing = self.start_observers()[0].facts().missing
        if len(self._chosen) == 1 and missing[self._chosen[0]]:
            problem = str(missing[self._chosen[0]])
            raise InputError(f"--device {self._chosen[0]}", problem, "run with --device cpu, or where there is one")
        return missing

    def _end_observers(self) -> None:
        for observer in self._observers:
            observer.close()


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
    )


def _is_worker(config: pytest.Config) -> bool:
    """Return whether this is one of pytest-xdist's workers."""
    return hasattr(config, "workerinput")


def _has_workers(config: pytest.Config) -> bool:
    return bool(config.getoption("dist", "no") != "no" or config.getoption("collectonly", False))


def _covers(config: pytest.Config, folder: Path) -> bool:
    """Return whether pytest was asked for something in `folder`, or for something that `folder` is in."""
    paths = [Path(config.invocation_params.dir, arg.partition("::")[0]).resolve() for arg in config.args]
    return any(path == folder or path in folder.parents or folder in path.parents for path in paths)


def _asks_for_all(config: pytest.Config, folder: Path) -> bool:
    """Return whether the command line asks for all cases, whatever variables and files add to it."""
    arguments = [str(argument) for argument in config.invocation_params.args]
    # Short options may stand together, as in -qk hook.
    arguments += [f"-{letter}" for one in arguments if re.match("-[a-zA-Z]", one) for letter in one[1:]]
    paths = [Path(config.invocation_params.dir, argument.partition("::")[0]).resolve() for argument in arguments]
    narrows = any(argument.startswith(_SELECTING) or "::" in argument for argument in arguments)
    return _covers(config, folder) and not narrows and not any(folder in path.parents for path in paths)


def _chosen_devices(config: pytest.Config) -> List[str]:
    """Return the devices that were asked for."""
    chosen = config.getoption("device") or os.environ.get(_DEVICE_VARIABLE) or DEVICES[0]
    if chosen == ALL:
        return list(DEVICES)
    if chosen not in DEVICES:
        raise InputError(_DEVICE_VARIABLE, f"{chosen!r} is no device", f"choose one of {', '.join(DEVICES)}, all")
    return [chosen]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--device` and the limits of a case."""
    group = parser.getgroup("module-drift")
    group.addoption("--case-seconds", type=float, default=Limits().seconds, help="time a case may take")
    group.addoption("--case-mebibytes", type=float, default=Limits().mebibytes, help="memory a case may take, in MiB")
    group.addoption(
        "--device",
        choices=[*DEVICES, "all"],
        help=f"device to run the cases on (default: ${_DEVICE_VARIABLE}, else cpu); all skips what is absent",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Read the options and the record's list of runs."""
    if not os.access(config.rootpath, os.W_OK):
        # That pytest cannot keep its notes for --last-failed there must not end a run under -W error: neither while
        # plugins are configured, nor later, when pytest sets the filters of its command line again.
        warnings.filterwarnings("ignore", category=pytest.PytestCacheWarning)
        given = config.known_args_namespace.pythonwarnings or []
        config.known_args_namespace.pythonwarnings = [*given, "ignore::pytest.PytestCacheWarning"]
    try:
        suite = config.stash[_SUITE] = Suite(config)
    except InputError as error:
        raise pytest.UsageError(str(error)) from None
    if not _is_worker(config):  # They leave the verdict to the main process.
        whole = _asks_for_all(config, suite.record.cases_folder)
        config.pluginmanager.register(Verdict(suite.project, suite.plan, suite.facts, suite.regen_all, whole))


def pytest_report_header(config: pytest.Config) -> List[str]:
    """Name torch, Python, the devices and the newest verified release."""
    suite = config.stash[_SUITE]
    facts = suite.facts
    lines = [f"torch {facts.torch}, Python {facts.python}, device {', '.join(suite.devices)}, {facts.platform}"]
    return lines + [judge.verified_line(suite.record, suite.run(device)) for device in suite.devices]


class CaseFile(pytest.Module):
    """A file of cases, as pytest sees it: with the one test, which `pytest_generate_tests` makes one a case."""

    def _getobj(self) -> Any:
        return conformance

    def collect(self) -> Iterator[Union[pytest.Item, pytest.Collector]]:
        """Yield the tests of the cases in this file."""
        suite = self.config.stash[_SUITE]
        suite.prepare()
        if suite.cases_in(self.path):
            for item in super().collect():
                if isinstance(item, pytest.Function):
                    case, _ = _case_and_device(item)
                    # Where it is, for pytest's reports and for editors: the case, not the one test.
                    place = case.path, case.line - 1, item.name
                    item.reportinfo = functools.partial(lambda place: place, place)  # type: ignore[method-assign]
                yield item


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> Generator[None, List[pytest.Collector], List[pytest.Collector]]:
    """Collect the files of cases, in the place of what pytest makes of one that is named on its command line."""
    collectors = yield
    suite = parent.config.stash[_SUITE]
    if suite.record.cases_folder not in file_path.parents or file_path.suffix != ".py":
        return collectors
    with contextlib.suppress(InputError):  # Which collecting will report.
        if not suite.cases_in(file_path):
            return collectors  # One of ordinary tests, or of what the cases share.
    return [CaseFile.from_parent(parent, path=file_path)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test a case of the file and device."""
    if metafunc.module is not conformance:
        return
    suite = metafunc.config.stash[_SUITE]
    metafunc.parametrize(
        ("case", "device"),
        [
            pytest.param(
                case,
                device,
                id=f"{case.id}-{device}",
                marks=[pytest.mark.skip(reason=missing)] if missing else [],
            )
            for case in suite.cases_in(metafunc.definition.path)
            for device, missing in suite.devices.items()
        ],
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: Optional[pytest.Item]) -> None:
    """Have the case run, and the next one while pytest is still busy with this one."""
    suite = item.config.stash[_SUITE]
    for one in (item, nextitem):
        if isinstance(one, pytest.Function) and one.function is conformance.test_matches_the_record:
            case, device = _case_and_device(one)
            if suite.devices[device] is None and not _is_elsewhere(suite, case, device):
                with contextlib.suppress(InputError):  # Asking for the result will raise it.
                    suite.submit(case, device)


def _case_and_device(test: pytest.Function) -> Tuple[Case, str]:
    parameters: Dict[str, Any] = test.callspec.params
    return parameters["case"], parameters["device"]


def _is_elsewhere(suite: Suite, case: Case, device: str) -> bool:
    return suite.held[case.id, device] in suite.plan().elsewhere


class CaseCheck:
    """Holds what a case shows against the golden in effect, and accepts it where pytest-regressions' options say so.

    Args:
        request: of the test.
        case: the case.
        device: where it runs.
    """

    def __init__(self, request: pytest.FixtureRequest, case: Case, device: str):
        self.suite, self.request = request.config.stash[_SUITE], request
        self.case, self.run, self.golden = self.suite.held[case.id, device]
        self.device = device

    def check(self) -> None:
        """Pass if what the case shows is what the record says, or if it is accepted; fail with a report otherwise."""
        try:
            unsupported = self.suite.why_unsupported(self.device)
        except InputError as error:
            pytest.fail(str(error), pytrace=False)
        if unsupported:
            self.note("unsupported", reason=unsupported)
            pytest.skip(f"not supported by this wheel: {unsupported}")
        if self.golden and _is_elsewhere(self.suite, self.case, self.device):
            pytest.skip(f"holds only on {self.golden.recorded['platform']}, where it was recorded")
        if self.golden is None and not self.suite.regen:
            reason = judge.why_missing(Held(self.case, self.run, None))
            self.note("unjudged", reason=reason)
            pytest.fail(f"{relative(self.suite.record.folder / self.case.id)}: {reason}", pytrace=False)
        observed = self.suite.observe(self.case, self.device)
        if isinstance(observed, str):
            self.note("unjudged", reason=observed)
            pytest.fail(visible(f"{self.case.id} was not judged: {observed}", LINES), pytrace=False)
        self._judge(observed)

    def _judge(self, observed: Observation) -> None:
        drift = compare(self.golden.observation, observed) if self.golden else None
        if self.golden and not drift and not self.suite.regen:
            self.note("matched")
            return
        if self.suite.regen and (drift or not self.golden):
            problem = self.suite.why_not_repeatable(self.case, self.device, observed)
            if problem:
                self.note("unjudged", reason=problem)
                pytest.fail(visible(f"{self.case.id}: {problem}", LINES), pytrace=False)
        recorded = self.suite.recorded(self.device, self.case)
        mine = Golden(self.run.release, None, recorded, UNEXPLAINED, observed)
        folder = self.suite.record.folder / self.case.id
        # Only names for pytest-regressions: nothing is written where nothing drifted.
        path, obtained = folder / (self.golden or mine).file_name, folder / "obtained.yml"
        accepted: List[Path] = []

        def accept(to: Path) -> None:
            if to == path:
                accepted.extend(self.suite.record.accept(self.case.id, self.run, observed, recorded))

        def assert_same(_: Path, __: Path) -> None:
            if drift:  # Not an assert statement, which python -O leaves out.
                raise AssertionError

        more: Dict[str, str] = {}
        written = ""
        try:
            perform_regression_check(
                datadir=folder,
                original_datadir=folder,
                request=self.request,
                check_fn=assert_same,
                dump_fn=accept,
                extension=".yml",
                fullpath=path,
                obtained_filename=obtained,
            )
            outcome, failure = "accepted" if accepted else "matched", None
            more = judge.remarks(observed) if accepted else {}
        except InputError as error:
            outcome, failure = "unjudged", str(error)
            more = {"reason": str(error)}
        except (AssertionError, pytest.fail.Exception):
            # pytest-regressions fails after accepting, too, where --force-regen is given.
            held = self.golden.observation if self.golden else observed
            drift = compare(held, observed)
            outcome, failure = "drifted", self._report(path, drift, dump_to_show(mine))
            old, new = ("\n".join(shown(observation)) for observation in (held, observed))
            more = {"old": old, "new": new, "differences": "\n".join(differences(drift))}
            written = "\n".join(str(relative(changed)) for changed in accepted)
        self.note(outcome, written, **more)
        if failure:  # Outside of the handlers, so that pytest does not show what they handled.
            pytest.fail(failure, pytrace=False)

    def _report(self, path: Path, drift: Drift, obtained: Optional[str]) -> str:
        file = None
        if obtained is not None:
            folder = self.request.getfixturevalue("tmp_path_factory").mktemp("obtained")
            file = folder / f"{self.case.id.replace('/', '-')}.yml"
            file.write_text(obtained, encoding="utf-8")
        drifted = DriftedCase(self.case, self.run, str(relative(path)), self.golden, drift, str(file) if file else None)
        return drift_report(drifted)

    def note(self, outcome: str, written: str = "", **more: str) -> None:
        """Say how the test ended to the process that gives the verdict, and in JUnit's report.

        Args:
            outcome: as `PROPERTY` has it.
            written: files that were written or removed to accept what drifted all the same, a line each.
            more: about the outcome.
        """
        properties = self.request.node.user_properties
        properties += [(PROPERTY, f"{self.device} {self.case.id} {outcome}")]
        if written:
            properties += [(WRITTEN, written)]
        if more:
            properties += [(DETAILS, json.dumps(more))]
