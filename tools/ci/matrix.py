"""Prints the jobs for a label of tox.ini, one a release, as the matrix of a workflow.

Run as `python -m tools.ci.matrix cpu`, in a checkout.
"""

import argparse
import json
import sys
from pathlib import Path

from module_drift.common.errors import InputError
from module_drift.sweeping import environments
from module_drift.sweeping.environments import Environment


def jobs(root: Path, label: str) -> list[Environment]:
    """Return the environments that `label` of tox.ini names, oldest release first.

    Raises:
        InputError: the label names none, or another one of a release than `module-drift sweep` runs.
    """
    found = environments.labelled(root, label)
    for one in found:
        if one.name != f"torch{one.release}-{one.device}":
            raise InputError(label, f"names {one.name}, which module-drift sweep does not run", "choose another label")
    return found


def main() -> int:
    """Print the matrix and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("label", help="label in tox.ini, such as cpu, cuda or quick")
    try:
        found = jobs(Path.cwd(), parser.parse_args().label)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    include = [
        {"release": str(one.release), "device": one.device, "python": one.python, "environment": one.name}
        for one in found
    ]
    print(json.dumps({"include": include}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
