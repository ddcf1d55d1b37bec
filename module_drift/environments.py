"""The releases that tox.ini lists, asked of tox itself."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import List, Sequence

from . import lookup
from .errors import InputError
from .release import Release


def releases(root: Path, device: str) -> List[Release]:
    """Return the releases that tox.ini has an environment for on `device`, oldest first.

    Raises:
        InputError: tox is not installed, or cannot read tox.ini.
    """
    if importlib.util.find_spec("tox") is None:
        raise InputError("tox", f"not installed for {sys.executable}", "pip install -e '.[sweep]'")
    listed = subprocess.run(
        [sys.executable, "-m", "tox", "list", "--no-desc"], cwd=root, capture_output=True, text=True, check=False
    )
    found = re.findall(rf"^torch(\d+\.\d+\.\d+)-{device}$", listed.stdout, re.MULTILINE)
    if listed.returncode or not found:
        said = (listed.stderr or listed.stdout).strip().splitlines()
        raise InputError(
            root / "tox.ini", f"tox finds no releases there ({said[-1] if said else 'no output'})", "see tox list"
        )
    return sorted(map(Release.parse, found))


def select(known: Sequence[Release], wanted: Sequence[str]) -> List[Release]:
    """Return those of `known` that `wanted` names, in order; all if it names none.

    Args:
        known: the releases there are, oldest first.
        wanted: releases such as "2.6.0" or "2.6", and ranges such as "1.13.1..2.6.0", "2.0.0.." or "..1.9.0".

    Raises:
        InputError: one of `wanted` is no version, or names no known release.
    """
    chosen = set()
    for text in wanted:
        first, dots, last = text.partition("..")
        if dots:
            low = Release.parse(first) if first else known[0]
            high = Release.parse(last) if last else known[-1]
            matching = [release for release in known if low <= release <= high]
        else:
            matching = [release for release in known if release == Release.parse(text)]
        if not matching:
            nearest = lookup.nearest(known, Release.parse(first or last))
            raise InputError(text, f"tox.ini lists {known[0]} to {known[-1]}, but not this", f"nearest is {nearest}")
        chosen.update(matching)
    return [release for release in known if release in chosen] if wanted else list(known)
