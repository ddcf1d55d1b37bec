"""Writes requirements/: which release of each dependency the environments of tox.ini and the workflows install.

Run as `tox run -e lock`, which takes the newest release of everything; with names of packages, of these alone.

torch itself is in none of these files: which wheel of it, for the CPU or for which CUDA, is the user's choice.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path("requirements")
COMMAND = "tox run -e lock"

PYTHONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13")
"""Those of tox.ini's environments that run the suite."""
PYTHON = "3.11"
"""That of all its other environments."""
TORCH = "2.13.0"
"""Their torch."""
LOWEST = {"3.8": ("site",), "3.13": ("site", "sweep")}
"""The oldest and the newest Python that are supported, and the extras that the tests need; no tox runs on 3.8."""

_OTHERS_PICK = re.compile(r"(torch|triton|nvidia-|cuda-)")
"""What torch's wheels for CUDA pin on their own, each to other releases."""


def compiled(before: Path, python: str, requirements: list[str], *options: str) -> str:
    """Return the pinned requirements.

    Args:
        before: file of pins, if there is one; they are kept where `options` do not upgrade them.
        python: version of the interpreter that they are for.
        requirements: lines as in a requirements file.
        options: more of uv's, and files that say what is required.
    """
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "pinned.txt"
        if before.is_file():
            output.write_text(before.read_text(encoding="utf-8"), encoding="utf-8")
        command = ["uv", "pip", "compile", "--quiet", "--no-config", "--no-annotate", "--python-version", python]
        command += ["--custom-compile-command", COMMAND, *options, "--output-file", str(output), "-"]
        subprocess.run(command, input="\n".join(requirements), text=True, check=True)
        return output.read_text(encoding="utf-8")


def project(*extras: str) -> list[str]:
    """Return what makes uv add what the project needs."""
    return ["pyproject.toml", *(f"--extra={extra}" for extra in extras)]


def tools() -> list[str]:
    """Return what tox.ini's other environments install besides the project and torch."""
    tox = [sys.executable, "-m", "tox"]
    listed = subprocess.run([*tox, "list", "--no-desc"], capture_output=True, text=True, check=True).stdout.split()
    others = [name for name in listed if "torch" not in name]
    config = [*tox, "config", "--format", "json", "-k", "deps", "-e", ",".join(others)]
    said = subprocess.run(config, capture_output=True, text=True, check=True).stdout
    found = {line for environment in json.loads(said)["env"].values() for line in environment["deps"]}
    return sorted(line for line in found if not re.match("-e |torch==", line))


def names(pins: str) -> set[str]:
    """Return the names of the packages that are pinned."""
    return set(re.findall(r"^([\w.-]+)==", pins, re.MULTILINE))


def main(upgrade: list[str]) -> None:
    """Write all files, with the newest release of everything, or of the packages in `upgrade`."""
    newest = [f"--upgrade-package={name}" for name in upgrade] or ["--upgrade"]
    files: dict[str, str] = {}

    def lock(name: str, python: str, requirements: list[str], *options: str) -> str:
        files[name] = compiled(FOLDER / name, python, requirements, *newest, *options)
        return files[name]

    for python in PYTHONS:
        if python == PYTHON:
            lock(f"py{python}.txt", python, tools(), *project("site", "sweep"))
        else:
            lock(f"py{python}.txt", python, [], *project())
    for python, extras in LOWEST.items():
        lock(f"lowest-py{python}.txt", python, [], *project(*extras), "--resolution=lowest-direct")
    build = ["hatchling", "editables"]  # The second is what hatchling asks for when a checkout is installed.
    lock("build.txt", PYTHONS[0], build, "--universal")
    # By their hashes: what runs all of this, and what runs beside a token that can write.
    lock("tox.txt", PYTHON, ["tox"], "--generate-hashes")
    lock("workflows.txt", PYTHON, build, *project("site", "sweep"), "--generate-hashes")

    ours = names(files[f"py{PYTHON}.txt"])
    lines = lock(f"torch{TORCH}.txt", PYTHON, [f"torch=={TORCH}"]).splitlines(keepends=True)
    left = [line for line in lines if not names(line) & ours and not _OTHERS_PICK.match(line)]
    files[f"torch{TORCH}.txt"] = "".join(left)
    for name, text in files.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
