"""Reads conditions on the release of torch: what they compare, and in which releases they hold."""

import ast
import re
from typing import Optional

from ..record.release import Release
from .values import ALWAYS, Guard, Range

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


def compared(operator: ast.cmpop, release: Release, is_left: bool = True) -> Optional[Guard]:
    """Return what it says to compare the version of torch with `release`.

    Args:
        operator: how they are compared.
        release: what it is compared with.
        is_left: whether the version stands to the left.
    """
    kind = type(operator)
    if not is_left:
        kind = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE}.get(kind, kind)
    after = release._replace(patch=release.patch + 1)
    if kind is ast.GtE:
        return Guard(Range(low=release), Range(high=release))
    if kind is ast.Lt:
        return Guard(Range(high=release), Range(low=release))
    if kind is ast.Gt:
        return Guard(Range(low=after), Range(high=after))
    if kind is ast.LtE:
        return Guard(Range(high=after), Range(low=after))
    if kind is ast.Eq:
        return Guard(Range(release, after), ALWAYS)
    if kind is ast.NotEq:
        return Guard(ALWAYS, Range(release, after))
    return None
