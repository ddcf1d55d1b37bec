"""golden/causes.toml: why a case has a new golden, written by people."""

import functools
import os
import re
import sys
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple

from ..common import files
from ..common.errors import InputError
from .golden import UNEXPLAINED
from .release import Release

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

KINDS = (
    "changed",
    "regressed",
    "fixed",
    "arrived",
    "removed",
    "warns",
    "renamed",
    "reworded",
    "stream",
    "device",
    "mode",
)
"""Kinds of change, in the order in which people are shown them: what can break code first."""

MEANS = {
    "silent": "other values, order or effects, and nothing is said",
    "loud": "raises where it did not, or no longer imports",
    "noise": "warnings, and the words of messages",
    "better": "an error or a wrong result is gone",
    "new": "only arrives",
}
"""What a change is for a user of what it touches, in the order in which people are shown it, and what that means."""

EFFECTS = tuple(MEANS)

_LARGEST = 1024 * 1024
"""Bytes that the file may have."""

_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ADDRESS = re.compile(r"https://[!-~]+")
_HOW = "see Causes in CONTRIBUTING.md"
_NEEDED = ("since", "kind", "what", "evidence")
_OTHERS = ("searched", "touches", "effect", "do", "hidden", "example")


def read(path: Path) -> Dict[str, Dict[str, Any]]:
    """Return the causes by their keys; none if there is no file yet.

    Raises:
        InputError: the file is not TOML, or a cause in it is not as it must be.
    """
    if not os.path.lexists(path):  # Where a link leads nowhere, something is wrong.
        return {}
    return _parsed(path, files.read(path, "take it back from git", _LARGEST))


@functools.lru_cache(maxsize=1)  # One command asks for them more than once, and to parse them takes the most of some.
def _parsed(path: Path, text: str) -> Dict[str, Dict[str, Any]]:
    try:
        causes: Dict[str, Dict[str, Any]] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(path, f"not TOML: {error}", "mend it") from None
    except (RecursionError, ValueError):  # Such as a number of more digits than Python converts.
        raise InputError(path, "it nests too deeply, or a number in it is too long", "mend it") from None
    for key, cause in causes.items():
        problem = _what_is_wrong(key, cause)
        if problem:
            raise InputError(path, f"[{key}] {problem}", _HOW)
    return causes


# Not by a schema: its library would take longer than all that `list` does.
def _what_is_wrong(key: str, cause: Any) -> Optional[str]:
    """Return what is not as it must be in one cause, or None."""
    if not isinstance(cause, dict):
        return "must be a table"
    if key == UNEXPLAINED or not _KEY.fullmatch(key):
        return "is no name of a cause, such as [autograd-node-suffix]"
    missing = [field for field in _NEEDED if field not in cause]
    unknown = [field for field in cause if field not in (*_NEEDED, *_OTHERS)]
    if missing:
        return f"lacks {', '.join(missing)}"
    if unknown:
        return f"has {', '.join(unknown)}, and may have {', '.join([*_NEEDED, *_OTHERS])}"
    for field in ("since", "kind", "what", "searched", "do", "hidden", "example"):
        text = cause.get(field, "-")
        if not isinstance(text, str) or not text.strip():
            return f"{field} = {text!r} is no text"
    if not _is_release(cause["since"]):
        return f"since = {cause['since']!r} is no release; write it like 1.10.0"
    if cause["kind"] not in KINDS:
        return f"kind = {cause['kind']!r} must be one of {', '.join(KINDS)}"
    if cause.get("effect", EFFECTS[0]) not in EFFECTS:
        return f"effect = {cause['effect']!r} must be one of {', '.join(EFFECTS)}"
    touches = cause.get("touches", ["-"])
    if not isinstance(touches, list) or not all(isinstance(one, str) for one in touches):
        return "touches must be a list of texts"
    if bool(touches) == ("hidden" in cause):
        return 'needs touches, or touches = [] and hidden = "why no name finds it"'
    evidence = cause["evidence"]
    if not isinstance(evidence, list) or not all(isinstance(url, str) and _ADDRESS.fullmatch(url) for url in evidence):
        return "evidence must be a list of addresses that begin with https://"
    if bool(evidence) == ("searched" in cause):
        return 'needs evidence, or evidence = [] and searched = "where"'
    return None


def place(key: str, effect: Optional[str], since: Release) -> Tuple[int, List[int], str]:
    """Sort causes in the order of `EFFECTS`, the newest first; those without an effect come last."""
    return EFFECTS.index(effect) if effect else len(EFFECTS), [-part for part in since], key


def in_order(keys: Iterable[str], causes: Mapping[str, Mapping[str, Any]]) -> List[str]:
    """Return keys of `causes` in that order; those that nobody has written yet come last."""

    def place_of(key: str) -> Tuple[int, List[int], str]:
        cause = causes.get(key, {})
        return place(key, cause.get("effect"), Release.parse(cause["since"]) if cause else Release(0, 0, 0))

    return sorted(keys, key=place_of)


def advice(cause: Dict[str, Any]) -> str:
    """Return what to do about a cause, with the case that tries it; empty if nothing is said."""
    if "do" not in cause:
        return ""
    return f"{cause['do']} Example: {cause['example']}." if "example" in cause else str(cause["do"])


def _is_release(text: str) -> bool:
    try:
        return str(Release.parse(text)) == text
    except InputError:
        return False
