"""Reads conditions on the release of torch: what they compare, and in which releases they hold."""

import ast
import re
from typing import Optional

from ..record.release import Release
from .values import ALWAYS, MINOR, Guard, Range

_RELEASE = re.compile(r"v?(\d{1,2})(?:\.(\d{1,2}))?(?:\.(\d{1,2}))?")
_READERS = frozenset(
    [
        "parse",
        "Version",
        "LooseVersion",
        "StrictVersion",
        "TorchVersion",
        "tuple",
        "map",
        "list",
        "int",
        "float",
        "str",
        "digit_version",
        "version",
        "parse_version",
        "get_distribution",
    ]
)
"""Functions that make a version of a text, by the last part of their names."""


_FIRST = Release(1, 0, 0)
"""Before it, there is no release of interest."""

_BEYOND = Release(3, 0, 0)
"""From it on, there is none yet."""


def reads_a_version(name: str) -> bool:
    """Return whether a function called so makes something to compare of a version."""
    return name in _READERS


def release_of(node: ast.expr) -> Optional[Release]:
    """Return the release that a literal means, such as "1.8", 1.8, (1, 8) or Version("1.8"); None if it means none."""
    if isinstance(node, ast.Call) and len(node.args) == 1:
        return release_of(node.args[0])
    if isinstance(node, (ast.Tuple, ast.List)):
        numbers = [one.value for one in node.elts if isinstance(one, ast.Constant) and type(one.value) is int]
        if not numbers or len(numbers) < len(node.elts):
            return None
        text = ".".join(map(str, numbers[:3]))
    elif isinstance(node, ast.Constant) and type(node.value) in (str, int, float):
        text = str(node.value)
    else:
        return None
    found = _RELEASE.match(text)
    return Release(*(int(part or 0) for part in found.groups())) if found else None


def part_of(index: ast.expr) -> str:
    """Return what part of a version an index or a slice is: the number of one, `MINOR` for the first two, else empty.

    Three letters are the first two numbers, too: those of "1.8".
    """
    if isinstance(index, ast.Constant):
        return str(index.value)
    if isinstance(index, ast.Slice) and isinstance(index.upper, ast.Constant) and index.upper.value in (2, 3):
        return MINOR if index.lower is None else "?"
    return ""


def begins(node: ast.expr) -> Optional[Guard]:
    """Return what it says that the version of torch begins with a literal text, such as "1." or "1.8"."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or not _RELEASE.match(node.value):
        return None
    parts = len([part for part in node.value.split(".") if part])
    return compared(ast.Eq(), node, ("", "0", MINOR, "")[min(parts, 3)])


def compared(operator: ast.cmpop, node: ast.expr, part: str = "", is_left: bool = True) -> Optional[Guard]:
    """Return what it says to compare the version of torch with a literal; None if that says nothing.

    Args:
        operator: how they are compared.
        node: the literal.
        part: what part of the version is compared, as `part_of` tells.
        is_left: whether the version stands to the left.
    """
    release = release_of(node)
    if release is None or part not in ("", "0", MINOR):
        return None
    kind = type(operator)
    if not is_left:
        kind = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE}.get(kind, kind)
    after = release._replace(patch=release.patch + 1)
    value = getattr(node, "value", None)
    if type(value) is int or (part == "0" and "." not in str(value).rstrip(".")):
        after = Release(release.major + 1, 0, 0)
    elif part == MINOR:
        after = Release(release.major, release.minor + 1, 0)
    if kind is ast.GtE:
        return Guard(Range(low=release), Range(high=release))
    if kind is ast.Lt:
        return Guard(Range(high=release), Range(low=release))
    if kind is ast.Gt:
        return Guard(Range(low=after), Range(high=after))
    if kind is ast.LtE:
        return Guard(Range(high=after), Range(low=after))
    if kind in (ast.Eq, ast.NotEq):
        inside = Range(release, after)
        outside = Range(low=after) if release <= _FIRST else Range(high=release) if after >= _BEYOND else ALWAYS
        return Guard(inside, outside) if kind is ast.Eq else Guard(outside, inside)
    return None
