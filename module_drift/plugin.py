"""The pytest plugin: options, header, one test a case and device, verdict, and regenerating.

Comparing and regenerating go through pytest-regressions, whose `--force-regen` and `--regen-all` they obey.
"""

import contextlib
import functools
import gc
import json
import os
import platform
import sys
import warnings
from pathlib import Path
from typing import Any, Callable, Dict, Generator, Iterator, List, Optional, Tuple, Union

import pytest
from packaging.version import Version
from pytest_regressions.common import perform_regression_check

from . import checks, conformance, project, running_torch
from .compare import Drift, compare
from .devices import DEVICES, why_missing, why_unsupported
from .discovery import Case
from .errors import InputError, relative
from .golden import UNEXPLAINED, Golden, dump
from .history import resolve
from .observation import Observation
from .project import Project
from .release import Release, Run, public_version
from .report import DriftedCase, advice, differences, drift_report, shown
from .verdict import DETAILS, PROPERTY, Verdict

_DEVICE_VARIABLE = "MODULE_DRIFT_DEVICE"
_STACKS_VARIABLE = "TORCH_SHOW_CPP_STACKTRACES"
_SUITE = pytest.StashKey["Suite"]()


class Suite:
    """What the tests of one pytest run share.

    Args:
        config: of the pytest run.

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
        self.verified = self.record.verified_rows()
        self.version = running_torch.version()
        self.release = Release.parse(self.version)
        self.platform = running_torch.this_platform()
        self.goldens: Dict[Tuple[str, str], Optional[Golden]] = {}
        self._cases: Optional[List[Case]] = None
        self.devices = _chosen_devices(config)
        self.unsupported = {device: why_unsupported(device) for device, missing in self.devices.items() if not missing}

    def run(self, device: str) -> Run:
        """Return the run on `device`."""
        return Run(self.release, device)

    def newest_verified(self, device: str) -> Optional[Run]:
        """Return the newest verified run on `device`, or None."""
        return max((row.run for row in self.verified if row.device == device), default=None)

    def recorded(self, device: str, case: Optional[Case] = None) -> Dict[str, str]:
        """Return what a golden says of the run that gave it; a case's that is bound to its platform says more."""
        bound = case is not None and case.platform_bound
        return {
            "torch": public_version(self.version),
            "python": platform.python_version(),
            "device": device,
            "platform": running_torch.this_processor() if bound else self.platform,
        }

    def prepare(self) -> List[Case]:
        """Return the cases, after reading the goldens; both are read once.

        Raises:
            pytest.Collector.CollectError: something in the cases or goldens is not as it must be. That is said
                once; when asked again, there are no cases.
        """
        if self._cases is None:
            self._cases = []
            try:
                cases = self.record.cases()
            except InputError as error:
                raise pytest.Collector.CollectError(str(error)) from None
            histories, problems = checks.read_all(self.record, cases)
            if not self.regen:  # While goldens are made, their causes have yet to be named.
                problems += checks.ill_caused(self.record, histories)
            if problems:
                raise pytest.Collector.CollectError("\n".join(map(str, problems)))
            self.goldens = {
                (id, device): resolve(goldens, self.run(device))
                for id, goldens in histories.items()
                for device in self.devices
            }
            self._cases = cases
        return self._cases


def _project(config: pytest.Config) -> Project:
    """Return the project that is tested; where no table names its folders, they have the usual names."""
    return project.around(config.rootpath, config.invocation_params.dir) or Project(config.rootpath)


def _is_worker(config: pytest.Config) -> bool:
    """Return whether this is one of pytest-xdist's workers."""
    return hasattr(config, "workerinput")


def _chosen_devices(config: pytest.Config) -> Dict[str, Optional[str]]:
    """Return the devices to run on, each with the reason why it is skipped, or None."""
    chosen = config.getoption("device") or os.environ.get(_DEVICE_VARIABLE) or DEVICES[0]
    if chosen == "all":
        return {device: why_missing(device) for device in DEVICES}
    if chosen not in DEVICES:
        raise InputError(_DEVICE_VARIABLE, f"{chosen!r} is no device", f"choose one of {', '.join(DEVICES)}, all")
    missing = why_missing(chosen)
    if missing:
        raise InputError(f"--device {chosen}", missing, "run with --device cpu, or where there is one")
    return {chosen: None}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--device`."""
    parser.getgroup("module-drift").addoption(
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
    # Torch reads it at its import, and does not know all its errors again when they end in a stack.
    stacks = os.environ.pop(_STACKS_VARIABLE, None)
    if stacks is not None:
        config.add_cleanup(lambda: os.environ.update({_STACKS_VARIABLE: stacks}))
    try:
        suite = config.stash[_SUITE] = Suite(config)
    except InputError as error:
        raise pytest.UsageError(str(error)) from None
    if not _is_worker(config):  # They leave the verdict to the main process.
        runs = {device: suite.run(device) for device in suite.devices}
        recorded = {device: suite.recorded(device) for device in suite.devices}
        # A nightly counts as the release to come, but is no run of it.
        writes = suite.regen_all and not Version(suite.version).is_prerelease
        config.pluginmanager.register(Verdict(suite.record, runs, recorded, writes))


def pytest_report_header(config: pytest.Config) -> List[str]:
    """Name torch, Python, the devices and the newest verified release."""
    suite = config.stash[_SUITE]
    lines = [
        f"torch {suite.version}, Python {platform.python_version()}, "
        f"device {', '.join(suite.devices)}, {suite.platform}"
    ]
    return lines + [_verified_line(suite, device) for device in suite.devices]


def _verified_line(suite: Suite, device: str) -> str:
    newest = suite.newest_verified(device)
    if newest is None:
        return f"record: no release is verified on {device} yet"
    line = f"record: verified on {device} through torch {newest.release}"
    run = suite.run(device)
    oldest = min(row.run for row in suite.verified)
    if run < oldest:
        return f"{line}; it begins at {oldest.release}, and torch {suite.release} is older"
    if run > newest:
        return f"{line}; torch {suite.release} is newer and is held against that"
    if run not in {row.run for row in suite.verified}:
        return f"{line}, but not torch {suite.release}: it is held against the release before it"
    return line


class CaseFile(pytest.Module):
    """A file of cases, as pytest sees it: with the one test, which `pytest_generate_tests` makes one a case."""

    def _getobj(self) -> Any:
        return conformance

    def collect(self) -> Iterator[Union[pytest.Item, pytest.Collector]]:
        """Yield the tests of the cases in this file."""
        if any(case.path == self.path for case in self.config.stash[_SUITE].prepare()):
            for item in super().collect():
                if isinstance(item, pytest.Function):
                    case: Any = item.callspec.params["case"]
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
    folder = parent.config.stash[_SUITE].record.cases_folder
    if file_path.parent == folder and file_path.suffix == ".py" and not file_path.name.startswith("test_"):
        return [CaseFile.from_parent(parent, path=file_path)]
    return collectors


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
            for case in suite.prepare()
            if case.path == metafunc.definition.path
            for device, missing in suite.devices.items()
        ],
    )


@pytest.fixture(scope="session")
def observe() -> Callable[[Case, str], Observation]:
    """Run a case on a device and return what it showed; torch is imported here and not before."""
    # Torch makes more than a hundred thousand objects that stay. Looking for garbage among them, while they
    # are made and whenever pytest collects it, would take as long as all the cases together.
    gc.disable()
    try:
        # What torch says at its import, such as that numpy is missing, must not be an error under -W error.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from .observe import observe
    finally:
        gc.freeze()
        gc.enable()

    def observed(case: Case, device: str) -> Observation:
        try:
            return observe(case, device)
        except InputError as error:
            pytest.fail(str(error), pytrace=False)

    return observed


@pytest.fixture
def golden(request: pytest.FixtureRequest, case: Case, device: str, tmp_path_factory: Any) -> "GoldenCheck":
    """Hold what is observed against the golden in effect; accept it where pytest-regressions' options say so."""
    suite = request.config.stash[_SUITE]
    held = suite.goldens[case.id, device]
    recorded = suite.recorded(device, case)
    check = GoldenCheck(suite, request, case, device, held, recorded, tmp_path_factory)
    unsupported = suite.unsupported[device]
    if unsupported:
        check.note("unsupported", reason=unsupported)
        pytest.skip(f"not supported by this wheel: {unsupported}")
    if held is None and not suite.regen:
        remedy = f"record one with this torch: pytest --regen-all --device {device}"
        missing = InputError(suite.record.folder / case.id, f"no golden holds for {suite.run(device)}", remedy)
        pytest.fail(str(missing), pytrace=False)
    if case.platform_bound and held and held.recorded["platform"] != recorded["platform"]:
        check.note("elsewhere")
        pytest.skip(f"holds only on {held.recorded['platform']}, where it was recorded")
    return check


class GoldenCheck:
    """Checks observations of one case on one device; see the fixture `golden`."""

    def __init__(
        self,
        suite: Suite,
        request: pytest.FixtureRequest,
        case: Case,
        device: str,
        held: Optional[Golden],
        recorded: Dict[str, str],
        tmp_path_factory: pytest.TempPathFactory,
    ):
        self.suite, self.request, self.case, self.device, self.held = suite, request, case, device, held
        self.recorded, self.tmp_path_factory = recorded, tmp_path_factory
        self.run = suite.run(device)

    def check(self, observed: Observation) -> None:
        """Pass if `observed` is what the record says, or if it is accepted; fail with a report otherwise."""
        mine = Golden(self.run.release, None, self.recorded, UNEXPLAINED, observed)
        held = self.held or mine
        folder = self.suite.record.folder / self.case.id
        # Only names for pytest-regressions: nothing is written where nothing drifted.
        path, obtained = folder / held.file_name, folder / "obtained.yml"
        accepted: List[Path] = []

        def accept(to: Path) -> None:
            if to == path:
                accepted.extend(self.suite.record.accept(self.case.id, self.run, observed, self.recorded))

        def assert_same(_: Path, __: Path) -> None:
            if compare(held.observation, observed):  # Not an assert statement, which python -O leaves out.
                raise AssertionError

        more: Dict[str, str] = {}
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
        except InputError as error:
            outcome, failure = "unjudged", str(error)
        except (AssertionError, pytest.fail.Exception):
            # pytest-regressions fails after accepting, too, where --force-regen is given.
            drift = compare(held.observation, observed)
            outcome, failure = "drifted", self._report(path, drift, dump(mine), accepted)
            old, new = ("\n".join(shown(observation)) for observation in (held.observation, observed))
            more = {"old": old, "new": new, "differences": "\n".join(differences(drift))}
        self.note(outcome, **more)
        if failure:  # Outside of the handlers, so that pytest does not show what they handled.
            pytest.fail(failure, pytrace=False)

    def _report(self, path: Path, drift: Drift, obtained: str, accepted: List[Path]) -> str:
        file = self.tmp_path_factory.mktemp("obtained") / f"{self.case.id.replace('/', '-')}.yml"
        file.write_text(obtained, encoding="utf-8")
        drifted = DriftedCase(self.case, self.run, str(relative(path)), self.held, drift, str(file))
        todo = advice(
            self.run,
            {row.run for row in self.suite.verified},
            [str(relative(changed)) for changed in accepted],
            writable=not self.suite.project.is_packaged,
            own=self.suite.project.is_own,
        )
        return f"{drift_report(drifted)}\n{todo}"

    def note(self, outcome: str, **more: str) -> None:
        """Say how the test ended, and `more` about it, to the process that gives the verdict and in JUnit's report."""
        details = json.dumps({**self.suite.recorded(self.device), **more})
        properties = self.request.node.user_properties
        properties += [(PROPERTY, f"{self.device} {self.case.id} {outcome}"), (DETAILS, details)]
