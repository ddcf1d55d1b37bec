"""Stands before numpy on the path, as if that were not installed."""

raise ModuleNotFoundError("No module named 'numpy'", name="numpy")
