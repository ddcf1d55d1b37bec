"""Reads conditions on the release of torch: what they compare, and in which releases they hold."""

import ast
import operator
import re
from typing import Callable, Dict, Optional, Sequence

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
    if isinstance(node, (ast.Tuple, ast.List)):
        return one_of(node.elts, begins)
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
        guard = Guard(inside, outside, vague_not=outside == ALWAYS)  # What has a gap is no range.
        return guard if kind is ast.Eq else guard.negated()
    return None


def one_of(nodes: Sequence[ast.expr], told: Callable[[ast.expr], Optional[Guard]]) -> Optional[Guard]:
    """Return what it says that one of some conditions holds, of each of which `told` tells; None if it cannot."""
    found: Optional[Guard] = None
    for node in nodes:
        guard = told(node)
        if guard is None:
            return None
        found = guard if found is None else found.either(guard)
    return found


_COMPARING = {
    ast.GtE: operator.ge,
    ast.Gt: operator.gt,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_KNOWN = [Release(major, minor, 0) for major in (1, 2) for minor in range(40)]
"""Releases, and more, that parts of versions tell apart."""


def of_parts(node: ast.expr, part: Callable[[ast.expr], str]) -> Optional[Guard]:
    """Return what conditions say together that compare the first two numbers of the version one by one.

    Such is `major > 1 or (major == 1 and minor >= 8)`. None if they say nothing; any other among them may hold or not.

    Args:
        node: the conditions.
        part: returns "0" or "1" for an expression that is that number of the version, and else an empty text.
    """
    parts: Dict[ast.expr, str] = {}
    for one in ast.walk(node):
        if isinstance(one, ast.Compare):
            parts.update((side, part(side)) for side in (one.left, *one.comparators))

    def number(side: ast.expr, release: Release) -> Optional[int]:
        if parts[side]:
            return release.minor if parts[side] == "1" else release.major
        value = getattr(side, "value", None)
        return value if isinstance(side, ast.Constant) and type(value) is int else None

    def holds(one: ast.expr, release: Release) -> Optional[bool]:
        if isinstance(one, ast.BoolOp):
            found, decisive = [holds(value, release) for value in one.values], isinstance(one.op, ast.Or)
            return decisive if decisive in found else None if None in found else not decisive
        if isinstance(one, ast.UnaryOp) and isinstance(one.op, ast.Not):
            inner = holds(one.operand, release)
            return None if inner is None else not inner
        if not isinstance(one, ast.Compare) or len(one.ops) != 1 or type(one.ops[0]) not in _COMPARING:
            return None
        left, right = number(one.left, release), number(one.comparators[0], release)
        return None if left is None or right is None else _COMPARING[type(one.ops[0])](left, right)

    answers = [holds(node, release) for release in _KNOWN]
    guard = Guard(_around(answers, True), _around(answers, False))
    return None if guard == Guard() else guard


def _around(answers: Sequence[Optional[bool]], wanted: bool) -> Range:
    """Return the smallest range that holds all of `_KNOWN` whose answer is, or may be, that."""
    those = [at for at, answer in enumerate(answers) if answer in (wanted, None)]
    if not those:
        return ALWAYS
    low = _KNOWN[those[0]] if those[0] else ALWAYS.low
    high = _KNOWN[those[-1] + 1] if those[-1] + 1 < len(_KNOWN) else ALWAYS.high
    return Range(low, high)


_OPERATORS = {">=": ast.GtE, "ge": ast.GtE, ">": ast.Gt, "gt": ast.Gt, "<": ast.Lt, "lt": ast.Lt, "<=": ast.LtE,
              "le": ast.LtE, "==": ast.Eq, "eq": ast.Eq, "!=": ast.NotEq, "ne": ast.NotEq}  # fmt: skip
_NEWER = r"(?:ge|gte|geq|(?:equal_or_)?newer|greater_(?:or_)?equal(?:_than)?|at_least|after)"
_OLDER = r"(?:lt|less(?:_than)?|older(?:_than)?|before)"
_TORCH = r"_*(?:is_|has_|with_|required?_|requires_|check_|use_)?(?:py)?torch_*(?:version_*)?"
_COMPARES = re.compile(rf"{_TORCH}(?:is_)?(?:{_NEWER}|(?P<older>{_OLDER}))|required_torch_version", re.IGNORECASE)
_COMPARED = re.compile(rf"{_TORCH}(?:{_NEWER}|(?P<older>{_OLDER}))_*v?(?P<release>\d(?:_\d+)*)", re.IGNORECASE)
_SPEAKS = re.compile(
    r"torch_*(?:ver(?:sion)?(?![a-z])|v?\d|(?:is_)?(?:ge|gte|gt|lt|lte|le|newer|older|old|new|legacy)(?![a-z])"
    r"|(?:is_)?(?:greater|less|at_least|above|below|before|after|since|min|max)_)"
    r"|(?:ver(?:sion)?|newer|older|than|min|legacy|old|new)_(?:py)?torch(?![a-z])",
    re.IGNORECASE,
)
_GIVES = re.compile(r"_*(?:get_)?(?:py)?torch_version(?:_tuple)?", re.IGNORECASE)
_ASKED = re.compile(r"(?:is|check|compare)_(?:py)?torch_version")
_REQUIRED = re.compile(r"torch((?:[<>=!]=?[\d.]+,?)+)")


def names_version(name: str) -> bool:
    """Return whether a function or constant is called as what projects call the version of torch."""
    return _GIVES.fullmatch(name) is not None


def speaks_of_versions(name: str) -> bool:
    """Return whether something is called as what tells versions of torch apart, in a way that its name does not say."""
    return _SPEAKS.search(name) is not None


def told_by_name(name: str) -> Optional[Guard]:
    """Return what a constant says that is called as _TORCH_GREATER_EQUAL_2_1; None if it is not."""
    found = _COMPARED.fullmatch(name)
    release = ast.Constant(found["release"].replace("_", ".")) if found else None
    return compared(ast.Lt() if found and found["older"] else ast.GtE(), release) if release else None


def told_by_helper(name: str, call: ast.Call) -> Optional[Guard]:
    """Return what a call says of a function that projects have to compare the version of torch; None if it is none.

    Such are is_torch_version(">=", "2.1"), compare_version("torch", operator.ge, "2.1"), pytorch_after(2, 1) and
    RequirementCache("torch>=2.1").
    """
    given = [*call.args, *(one.value for one in call.keywords if one.arg in ("min_version", "version"))]
    texts = [str(one.value) if isinstance(one, ast.Constant) else getattr(one, "attr", "") for one in given]
    if name == "compare_version" and texts[:1] == ["torch"]:
        given, texts = given[1:], texts[1:]
    elif name == "RequirementCache" and texts:
        return _required(texts[0])
    elif _COMPARES.fullmatch(name) and given:
        found = _COMPARES.fullmatch(name)
        numbers = ast.Tuple(elts=given) if len(given) > 1 else given[0]
        return compared(ast.Lt() if found and found["older"] else ast.GtE(), numbers)
    elif not _ASKED.fullmatch(name):
        return None
    if len(given) < 2 or texts[0] not in _OPERATORS:
        return None
    return compared(_OPERATORS[texts[0]](), given[1])


def _required(text: str) -> Optional[Guard]:
    found = _REQUIRED.fullmatch(text.replace(" ", ""))
    told = []
    for part in found[1].split(",") if found else ():
        operator = part.rstrip("0123456789.")
        if operator not in _OPERATORS:
            return None
        one = compared(_OPERATORS[operator](), ast.Constant(part[len(operator) :]))
        if one is None:
            return None
        told.append(one)
    if len(told) == 2:
        return Guard(told[0].true.both(told[1].true))
    return told[0] if len(told) == 1 else None
