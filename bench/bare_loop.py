"""Calls each case that a list names and formats what it shows: no clean state, no goldens, no comparing.

Run as `python bare_loop.py LIST`; see `made.repeat`.
"""

import ast
import contextlib
import importlib
import json
import sys
import warnings
from pathlib import Path

import torch

from module_drift.observing import needed_api, render

DEVICE = torch.device("cpu")


def show(label, *values):
    """Format what `module_drift.observing.observe.Show` formats, and drop it."""
    " ".join([label, *(render.text(value, DEVICE) for value in values)])
    render.numbers(label, values)


def main(path):
    """Call the cases."""
    sys.path.insert(0, str(Path(path).resolve().parent))
    warnings.simplefilter("ignore")
    for module, function, needs, values in json.loads(Path(path).read_text(encoding="utf-8")):
        called = getattr(importlib.import_module(module), function)
        if not needs or needed_api.exists(needs):
            with contextlib.suppress(Exception):
                called(show, DEVICE, **ast.literal_eval(values or "{}"))


if __name__ == "__main__":
    main(sys.argv[1])
