"""Prints docs/faults.md: run `python -m tests.own_environment.faults` from the project's root."""

import sys

from module_drift.common.errors import InputError

from .catalogue import FAULTS
from .page import page
from .suite import Suite

if __name__ == "__main__":
    try:
        print(page(Suite(), FAULTS), end="")
    except (InputError, ValueError) as error:
        sys.exit(str(error))
