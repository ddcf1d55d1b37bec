"""Tools for the suite's developers; nothing here is installed."""
