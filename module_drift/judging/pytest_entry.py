"""What pytest loads wherever this package is installed: the plugin, if the project names cases and goldens."""

import pytest

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
