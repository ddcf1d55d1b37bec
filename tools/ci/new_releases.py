"""Which releases of torch are on the index that tox.ini lacks, and the lines that tox.ini needs for them."""

import difflib
import re
from collections.abc import Sequence

from module_drift.common.errors import InputError
from module_drift.record.release import Release

_RELEASE = re.compile(r"\d{1,4}\.\d{1,4}\.\d{1,4}")
_LIST = re.compile(r"torch\{([0-9.,]+)\}")


def on_index(output: str) -> list[Release]:
    """Return the releases that `pip index versions torch` printed, oldest first; no pre-releases.

    Raises:
        InputError: it printed none.
    """
    listed = re.search(r"^Available versions: (.*)$", output, re.MULTILINE)
    found = [word for word in listed.group(1).split(", ") if _RELEASE.fullmatch(word)] if listed else []
    if not found:
        raise InputError("pip index versions torch", "named no releases", "see the log of the job")
    return sorted({Release.parse(word) for word in found})


def lacking(known: Sequence[Release], found: Sequence[Release]) -> list[Release]:
    """Return those of `found` that are not among `known`, but for what is older than all of these."""
    return sorted(release for release in set(found) - set(known) if release > min(known))


def added(tox_ini: str, known: Sequence[Release], new: Sequence[Release]) -> str:
    """Return the text of tox.ini with `new`: each in every list that has the release before it, and with its pin.

    Args:
        tox_ini: the text.
        known: the releases that it lists.
        new: releases that are newer than the oldest of these.
    """
    releases = sorted(known)
    for release in sorted(new):
        before = max(one for one in releases if one < release)

        def with_it(found: re.Match[str], before: str = str(before), release: str = str(release)) -> str:
            listed = found.group(1).split(",")
            if before in listed:
                listed.insert(listed.index(before) + 1, release)
            return f"torch{{{','.join(listed)}}}"

        tox_ini = _LIST.sub(with_it, tox_ini)
        pin = f"    torch{before}: torch=={before}\n"
        tox_ini = tox_ini.replace(pin, pin + pin.replace(str(before), str(release)))
        releases = sorted([*releases, release])
    return tox_ini


def diff(old: str, new: str) -> str:
    """Return the unified diff of two texts of tox.ini, as `git apply` takes it."""
    lines = difflib.unified_diff(old.splitlines(True), new.splitlines(True), "a/tox.ini", "b/tox.ini")
    return "".join(lines).rstrip("\n")
