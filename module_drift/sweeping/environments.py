"""The releases and environments that tox.ini lists, asked of tox itself."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, List, NamedTuple, Sequence, Tuple

from ..common.errors import InputError
from ..record import lookup
from ..record.devices import CPU
from ..record.release import Release


class Environment(NamedTuple):
    """An environment of tox that checks a release.

    Attributes:
        name: such as "torch1.4.0-cpu" or "py39-torch2.4.1-cpu".
        release: the release of torch.
        device: its type, such as "cuda".
        python: version that tox gives it, such as "3.8".
    """

    name: str
    release: Release
    device: str
    python: str


def releases(root: Path, device: str) -> List[Release]:
    """Return the releases that tox.ini has an environment for on `device`, oldest first.

    Raises:
        InputError: tox is not installed, or cannot read tox.ini.
    """
    output = _tox(root, "list", "--no-desc")
    if device != CPU and f"-{device}\n" not in f"{output}\n":
        problem, remedy = f"lists no environment such as torch2.13.0-{device}", "add some to its labels, as for cuda"
        raise InputError(root / "tox.ini", problem, remedy)
    return sorted(map(Release.parse, _found(root, rf"^torch(\d+\.\d+\.\d+)-{device}$", output)))


def labelled(root: Path, label: str) -> List[Environment]:
    """Return the environments that check a release among those that `label` of tox.ini names, oldest release first.

    Raises:
        InputError: tox is not installed, cannot read tox.ini, or the label names no such environment.
    """
    listed = _tox(root, "list", "--no-desc", "-m", label)
    names = _found(root, r"^(?:py\d+-)?torch\d+\.\d+\.\d+-\w+$", listed)
    config = _tox(root, "config", "-k", "base_python", "-e", ",".join(names))
    found = []
    for name in names:
        ((major, minor),) = _found(root, rf"^\[testenv:{re.escape(name)}\]\nbase_python = py\D*(\d)\.?(\d+)$", config)
        version, device = name.rpartition("torch")[2].split("-")
        found.append(Environment(name, Release.parse(version), device, f"{major}.{minor}"))
    return sorted(found, key=lambda environment: environment.release)


def _tox(root: Path, *arguments: str) -> str:
    if importlib.util.find_spec("tox") is None:
        raise InputError("tox", f"not installed for {sys.executable}", "pip install -e '.[sweep]'")
    command = [sys.executable, "-m", "tox", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise _no_releases(root, done.stderr or done.stdout)
    return done.stdout


def _found(root: Path, pattern: str, output: str) -> List[Any]:
    found = re.findall(pattern, output, re.MULTILINE)
    if not found:
        raise _no_releases(root, output)
    return found


def _no_releases(root: Path, output: str) -> InputError:
    said = output.strip().splitlines() or ["no output"]
    return InputError(root / "tox.ini", f"tox finds no releases there ({said[-1]})", "see tox list")


def select(known: Sequence[Release], wanted: Sequence[str]) -> List[Release]:
    """Return those of `known` that `wanted` names, in order; all if it names none.

    Args:
        known: the releases there are, oldest first.
        wanted: releases such as "2.6.0" or "2.6", and ranges such as "1.13.1..2.6.0", "2.0.0.." or "..1.9.0".

    Raises:
        InputError: one of `wanted` is no version, no range, or names no known release.
    """
    chosen = set()
    for text in wanted:
        low, high = _ends(known, text)
        matching = [release for release in known if low <= release <= high]
        if not matching:
            nearest = lookup.nearest(known, low)
            raise InputError(text, f"tox.ini lists {known[0]} to {known[-1]}, but not this", f"nearest is {nearest}")
        chosen.update(matching)
    return [release for release in known if release in chosen] if wanted else list(known)


def _ends(known: Sequence[Release], text: str) -> Tuple[Release, Release]:
    """Return the first and the last release that `text` means, which may be one."""
    first, dots, last = text.partition("..")
    if not dots:
        return Release.parse(text), Release.parse(text)
    if not first and not last:
        raise InputError(text, "a range without a release", f"write {known[0]}..{known[-1]}, or nothing for all")
    low = Release.parse(first) if first else known[0]
    high = Release.parse(last) if last else known[-1]
    if first and last and low > high:
        raise InputError(text, "the range ends before it begins", f"write {last}..{first}")
    return low, high
