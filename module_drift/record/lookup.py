"""Finds the release, case or kinds that a person named, or says what is known and what is nearest."""

import re
from typing import Dict, Iterable, List, Optional, Sequence

from ..common.errors import InputError
from ..common.words import counted
from .causes import KINDS
from .release import Release

RECORD_ONE = "record the torch that is installed: pytest --regen-all"
"""The remedy where a record is empty."""

_FAR = 12
"""How many minor releases a record may be behind: about three years of them."""

_FEW = 4
"""How many near names are shown."""


def release(known: Sequence[Release], text: str, *, or_newer: bool, where: str = "") -> Release:
    """Return the release that `text` means, such as "2.6", "2.6.0+cu124" or a nightly's version.

    Args:
        known: the releases there are, oldest first.
        text: what was given.
        or_newer: whether one that is newer than all of them will do, since the record's end holds for it, unless it
            is too new to be meant.
        where: on which device alone they were run, as a sentence goes on, such as " on xla".

    Raises:
        InputError: `text` is no version, or none of these.
    """
    found = Release.parse(text)
    if not known:
        raise InputError(text, "no release is recorded yet", RECORD_ONE)
    end = known[-1]
    if or_newer and _is_far_beyond(end, found):
        raise InputError(text, f"the record ends at {end}{where}, and this is far beyond it", f"nearest is {end}")
    if found in known or (or_newer and found > end):
        return found
    span = f"{known[0]} to {end}" if known[0] != end else f"{end} alone"
    raise InputError(text, f"the record has {span}{where}, but not this", f"nearest is {nearest(known, found)}")


def modes(known: Iterable[str], text: str) -> List[str]:
    """Return the modes that `text` means, such as "compile,trace".

    Args:
        known: those in which something was run.
        text: what was given.

    Raises:
        InputError: one of them is none of these.
    """
    run = list(known)
    names = list(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in names:
        if name not in run:
            raise InputError(f"mode {name!r}", "nothing was run in it there", f"there are {', '.join(run) or 'none'}")
    return names


def _is_far_beyond(end: Release, found: Release) -> bool:
    """Return whether `found` is no release that could follow a record that ends with `end`, but rather a slip."""
    if found.major == end.major:
        return found.minor > end.minor + _FAR
    return found.major > end.major and (found.major > end.major + 1 or found.minor > _FAR)


def nearest(known: Sequence[Release], wanted: Release) -> Release:
    """Return the one of `known` that is nearest to `wanted`."""

    def distance(one: Release) -> int:
        return abs(sum((a - b) * weight for a, b, weight in zip(one, wanted, (10000, 100, 1))))

    return min(known, key=distance)


def case_id(known: Sequence[str], text: str) -> str:
    """Return `text` if it is the id of a case.

    Raises:
        InputError: it is not.
    """
    if text in known:
        return text
    raise InputError(
        text, f"none of the {counted(len(known), 'case')}", f"{_nearest_name(known, text)}; see module-drift list"
    )


def section(known: Sequence[str], text: str) -> str:
    """Return `text` if it is one of the sections `known`.

    Raises:
        InputError: it is not.
    """
    if text in known:
        return text
    raise InputError(text, f"no section; there are {', '.join(known)}", _nearest_name(known, text))


def of_section(ids: Sequence[str], wanted: Optional[str]) -> List[str]:
    """Return those of the cases `ids` in a section; all if None is wanted.

    Raises:
        InputError: there is no such section.
    """
    if wanted is not None:
        section(sorted({id.partition("/")[0] for id in ids}), wanted)
    return [id for id in ids if wanted in (None, id.partition("/")[0])]


def no_section(ids: Sequence[str], text: str) -> None:
    """Raise an InputError if `text` is a section of the cases `ids`, where one case or an API is asked for."""
    count = sum(id.startswith(f"{text}/") for id in ids)
    if count:
        listing = f"module-drift list --section {text} lists its {counted(count, 'case')}"
        raise InputError(text, "a section, and no case", listing)


def no_api(text: str, ids: Sequence[str], apis: Iterable[str]) -> InputError:
    """Return what to say of a text that is neither the id of a case nor the name of an API: what is near.

    Args:
        text: what was given.
        ids: those of all cases.
        apis: the qualified names of the APIs that the record knows.
    """
    import difflib

    known: Dict[str, List[str]] = {}
    for name in [*sorted(apis), *ids]:
        for short in (name, re.split("[./]", name)[-1]):
            known.setdefault(short.lower(), []).append(name)
    below = [name for name in sorted(apis) if f".{text}.".lower() in f".{name}."]
    near = below or [
        name for close in difflib.get_close_matches(text.lower(), known, n=_FEW) for name in dict.fromkeys(known[close])
    ]
    shown = ", ".join(near[:_FEW]) + (", …" if len(near) > _FEW else "")
    remedy = f"{'it has' if below else 'near are'} {shown}" if near else "see module-drift list"
    return InputError(text, "neither a case nor an API that the record knows", remedy)


def kinds(text: str) -> List[str]:
    """Return the kinds of change in `text`, which separates them by commas.

    Raises:
        InputError: one of them is no kind.
    """
    found = [part.strip() for part in text.split(",")]
    for kind in found:
        if kind not in KINDS:
            raise InputError(kind, f"no kind of change; there are {', '.join(KINDS)}", _nearest_name(KINDS, kind))
    return found


def nearest_word(known: Iterable[str], text: str) -> str:
    """Return a remedy for `text`, which is none of the words `known`: the nearest, or where to look."""
    import difflib

    close = difflib.get_close_matches(text, sorted(known), n=1)
    return f"nearest is {close[0]!r}" if close else "module-drift list shows all"


def _nearest_name(known: Sequence[str], text: str) -> str:
    import difflib

    close = difflib.get_close_matches(text, known, n=1, cutoff=0) or [known[0]]
    return f"nearest is {close[0]}"
