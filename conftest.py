"""Loads the plugin; see `pytest --help` for its options."""

pytest_plugins = ["module_drift.judging.pytest_plugin"]
