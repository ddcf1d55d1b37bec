"""Installs the newest pre-release of torch into an environment of its own, and writes how it is judged.

Run as `python -m tools.ci.nightly FILE`, in a checkout, with the index of nightlies in TORCH_NIGHTLY_INDEX. FILE gets
the runs in the form of `check --json --mode all`, of a night that could not be run too: the watch says so. The exit
status is 0 for all of these, 2 for bad input.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from module_drift.common import files
from module_drift.common.errors import InputError
from module_drift.judging.judgement import could_not_run


def run(root: Path, index: str) -> list[dict[str, Any]]:
    """Return how the newest pre-release of torch is judged in each mode, in the form of `check --json`.

    Args:
        root: the checkout.
        index: address of the index of nightlies.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            return check(root, install(root, index, Path(folder)))
        except InputError as error:
            return [could_not_run(error).as_run("cpu")]


def install(root: Path, index: str, folder: Path) -> Path:
    """Make an environment in `folder` with the newest pre-release and the project, and return its commands' folder.

    Raises:
        InputError: something cannot be installed.
    """
    commands = folder / "bin"
    pip = [str(commands / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _installed("an environment", [sys.executable, "-m", "venv", str(folder)])
    # From this index alone: on another, a name that torch needs could be anybody's.
    _installed("the newest pre-release of torch", [*pip, "--pre", "--index-url", index, "torch"])
    # With what was locked, so that a night is red for torch's sake alone.
    _installed("the project", [*pip, "-c", str(root / "requirements/py3.11.txt"), "-e", str(root)])
    return commands


def _installed(what: str, command: list[str]) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    print(done.stdout, end="", flush=True)
    if done.returncode:
        said = (done.stdout.strip().splitlines() or ["no output"])[-1]
        raise InputError(what, f"cannot be installed ({said})", "see the log of the job")


def check(root: Path, commands: Path) -> list[dict[str, Any]]:
    """Return what `module-drift check --json --mode all` says of the torch that is installed beside `commands`.

    Raises:
        InputError: it ends without a verdict.
    """
    command = [str(commands / "module-drift"), "check", "--json", "--mode", "all"]
    done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, text=True, check=False)
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)
    except ValueError:
        raise InputError(
            "the suite", f"ended with {done.returncode} and no verdict", "see the log of the job"
        ) from None
    return found


def main() -> int:
    """Run it and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="where to write the run")
    file = parser.parse_args().file
    index = os.environ.get("TORCH_NIGHTLY_INDEX")
    if not index:
        print("TORCH_NIGHTLY_INDEX: is not set; set it to the address of an index of nightlies", file=sys.stderr)
        return 2
    made = run(Path.cwd(), index)
    files.replace(file, json.dumps(made, indent=2))
    for one in made:
        print(f"torch {one['torch']} in {one['mode']}: {one['verdict']}", one["reason"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
