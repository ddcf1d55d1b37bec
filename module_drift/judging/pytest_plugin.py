"""The pytest plugin: options, header, one test a case and device, and the verdict.

The cases run in a process of their own, one ahead of pytest.
"""

import contextlib
import functools
import os
import re
import warnings
from pathlib import Path
from typing import Any, Dict, Generator, Iterator, List, Optional, Tuple, Union

import pytest

from ..common.errors import InputError
from ..common.scope import is_run
from ..finding.discovery import Case
from ..observing.observer import Limits
from ..record.release import EAGER
from . import conformance
from .pytest_suite import DEVICE_VARIABLE, SUITE, Suite, covers, is_worker
from .pytest_verdict import Verdict
from .standing import verified_line

# Options of pytest and its plugins by which a person asks for some of the tests.
_SELECTING = (
    *("-k", "-m", "--deselect", "--ignore", "--lf", "--last-failed", "--sw", "--stepwise"),
    *("--co", "--collect", "--setup", "--fixtures"),
)

_READ = "cases and goldens"
"""Under which heading pytest reports what is wrong with them."""


def _asks_for_all(config: pytest.Config, folder: Path) -> bool:
    """Return whether the command line asks for all cases, whatever variables and files add to it."""
    arguments = [str(argument) for argument in config.invocation_params.args]
    # Short options may stand together, as in -qk hook.
    arguments += [f"-{letter}" for one in arguments if re.match("-[a-zA-Z]", one) for letter in one[1:]]
    paths = [Path(config.invocation_params.dir, argument.partition("::")[0]).resolve() for argument in arguments]
    narrows = any(argument.startswith(_SELECTING) or "::" in argument for argument in arguments)
    return covers(config, folder) and not narrows and not any(folder in path.parents for path in paths)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--device`, `--mode` and the limits of a case."""
    group = parser.getgroup("module-drift")
    group.addoption("--case-seconds", type=float, default=Limits().seconds, help="time a case may take")
    group.addoption("--case-mebibytes", type=float, default=Limits().mebibytes, help="memory a case may take, in MiB")
    group.addoption(
        "--device",
        help=f"device to run the cases on (default: ${DEVICE_VARIABLE}, else cpu); all skips what is absent",
    )
    group.addoption(
        "--device-module",
        metavar="MODULE",
        help=f"module to import first, which makes torch know the device (default: ${DEVICE_VARIABLE}_MODULE)",
    )
    group.addoption("--mode", default=EAGER, help="mode of execution to run the cases in, such as compile")


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
        suite = config.stash[SUITE] = Suite(config)
    except InputError as error:
        raise pytest.UsageError(str(error)) from None
    if not is_worker(config):  # They leave the verdict to the main process.
        whole = _asks_for_all(config, suite.record.cases_folder)
        config.pluginmanager.register(Verdict(suite, whole))


def pytest_report_header(config: pytest.Config) -> List[str]:
    """Name torch, Python, the devices and the newest verified release."""
    suite = config.stash[SUITE]
    facts = suite.facts
    mode = "" if suite.mode == EAGER else f"mode {suite.mode}, "
    lines = [f"torch {facts.torch}, Python {facts.python}, device {', '.join(suite.devices)}, {mode}{facts.platform}"]
    return lines + [verified_line(suite.record, suite.run(device)) for device in suite.devices]


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Read the cases and goldens first where single tests are named: pytest would only say that it finds none."""
    if not is_worker(session.config) and any("::" in argument for argument in session.config.args):
        problem = session.config.stash[SUITE].prepare()
        if problem:
            raise pytest.UsageError(problem)


class CaseFile(pytest.Module):
    """A file of cases, as pytest sees it: with the one test, which `pytest_generate_tests` makes one a case."""

    def _getobj(self) -> Any:
        return conformance

    def collect(self) -> Iterator[Union[pytest.Item, pytest.Collector]]:
        """Yield the tests of the cases in this file."""
        suite = self.config.stash[SUITE]
        problem = suite.prepare()
        if problem:
            yield WhatIsRead.from_parent(self.session, name=_READ, nodeid=_READ, problem=problem)
        if suite.cases_in(self.path):
            for item in super().collect():
                if isinstance(item, pytest.Function):
                    case, _ = _case_and_device(item)
                    # Where it is, for pytest's reports and for editors: the case, not the one test.
                    place = case.path, case.line - 1, item.name
                    item.reportinfo = functools.partial(lambda place: place, place)  # type: ignore[method-assign]
                yield item


class WhatIsRead(pytest.Collector):
    """The cases and goldens, all that are read before one runs: in the place of a file that may have no part in it.

    Args:
        problem: what in them is not as it must be.
        more: as pytest's.
    """

    def __init__(self, problem: str, **more: Any):
        super().__init__(**more)
        self._problem = problem

    def collect(self) -> Iterator[Union[pytest.Item, pytest.Collector]]:
        """Report the problem."""
        raise self.CollectError(self._problem)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> Generator[None, List[pytest.Collector], List[pytest.Collector]]:
    """Collect the files of cases, in the place of what pytest makes of one that is named on its command line."""
    collectors = yield
    suite = parent.config.stash[SUITE]
    if suite.record.cases_folder not in file_path.parents or file_path.suffix != ".py":
        return collectors
    with contextlib.suppress(InputError):  # Which collecting will report.
        if suite.is_readable and not suite.cases_in(file_path):
            return collectors  # One of ordinary tests, or of what the cases share.
    return [CaseFile.from_parent(parent, path=file_path)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test a case of the file and device."""
    if metafunc.module is not conformance:
        return
    suite = metafunc.config.stash[SUITE]
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
            if is_run(case.only, suite.run(device).own_place)
        ],
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Say which cases will run; a worker of pytest-xdist is given some of them."""
    if not session.config.option.collectonly:
        suite = session.config.stash[SUITE]
        with contextlib.suppress(InputError):  # Asking for a result will raise it.
            suite.will_run([_case_and_device(item) for item in session.items if _runs(suite, item)])


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: Optional[pytest.Item]) -> None:
    """Have the case run, and the next one while pytest is still busy with this one."""
    suite = item.config.stash[SUITE]
    for one in (item, nextitem):
        if one and _runs(suite, one):
            with contextlib.suppress(InputError):  # Asking for the result will raise it.
                suite.submit(*_case_and_device(one))


def _runs(suite: Suite, item: pytest.Item) -> bool:
    """Return whether `item` is the test of a case that can be judged here."""
    if not (isinstance(item, pytest.Function) and item.function is conformance.test_matches_the_record):
        return False
    case, device = _case_and_device(item)
    return suite.devices[device] is None and not suite.is_elsewhere(suite.held[case.id, device])


def _case_and_device(test: Any) -> Tuple[Case, str]:
    """Return what the test of a case is of."""
    parameters: Dict[str, Any] = test.callspec.params
    return parameters["case"], parameters["device"]
