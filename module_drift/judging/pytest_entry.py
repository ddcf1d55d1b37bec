"""What pytest loads wherever this package is installed: the plugin, if the project names cases and goldens."""

from pathlib import Path
from typing import Any

import pytest

from .. import FOLDER, NAME
from ..common.errors import InputError
from ..record import project


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Load the plugin in a project that is one of ours; elsewhere it would only be in the way."""
    try:
        if project.around(early_config.rootpath, early_config.invocation_params.dir):
            early_config.pluginmanager.import_plugin("module_drift.judging.pytest_plugin")
    except InputError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    """Say what to run where this package itself was asked for its tests, as by `pytest --pyargs module_drift`."""
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and any(
        _is_of_this_package(one, config) for one in config.args
    ):
        remedy = (
            "to judge this torch, run module-drift check; to judge it by cases of your own, pytest in their project"
        )
        terminalreporter.write_line(f"{NAME} holds no tests: {remedy}", yellow=True)


def _is_of_this_package(argument: str, config: pytest.Config) -> bool:
    """Return whether an argument of pytest names this package, or what lies in it."""
    name = argument.partition("::")[0]
    path = Path(config.invocation_params.dir, name).resolve()
    is_named = bool(config.getoption("pyargs")) and name.partition(".")[0] == NAME
    return is_named or Path(FOLDER).resolve() in (path, *path.parents)
