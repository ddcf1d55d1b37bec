"""Asserts that the torch of this interpreter is the one that a tox environment's name promises.

Run as `python -m module_drift.observing.assert_torch torch1.4.0-cpu`.
"""

import re
import sys
import warnings
from typing import Optional

from ..record.release import Release


def mismatch(environment: str, version: str) -> Optional[str]:
    """Return what is wrong if torch `version` is not the release in the name `environment`, or None."""
    named = re.search(r"(?:^|-)torch(\d+\.\d+\.\d+)(?:-|$)", environment)
    if not named:
        return f"{environment}: no torch release in this environment's name; name it like torch2.13.0-cpu"
    if Release.parse(version) != Release.parse(named.group(1)):
        return f"{environment}: torch {version} was installed; pin torch=={named.group(1)} in tox.ini"
    return None


def main(environment: str) -> Optional[str]:
    """Return what is wrong with the torch that imports, or None; see `mismatch`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Such as that there is no numpy, of which no case makes use.
            import torch
    except ImportError as error:
        return f"{environment}: torch cannot be imported ({error}); pin it and what it needs in tox.ini"
    return mismatch(environment, torch.__version__)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
