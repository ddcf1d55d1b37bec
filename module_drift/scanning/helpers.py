"""Puts what a call gives into a copy of a helper, so that what it answers for just that is known."""

import ast
import copy
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence

from .matching import Around
from .values import ALWAYS, Guard, Range, Value

_NEVER = Range(high=ALWAYS.low)


class Given(ast.expr):
    """Stands for an expression of elsewhere, of which it is known what it is."""

    def __init__(self, value: Value):
        super().__init__()
        self.value = value


class Answer(NamedTuple):
    """What a function returns somewhere: its value, whether that is a constant that is true or not, and around it."""

    value: Value
    truth: Optional[bool]
    around: Around


def told_by(answers: Sequence[Answer], comes_to_an_end: bool) -> Optional[Guard]:
    """Return what the result of a function says of the release, as a condition; None if it says nothing.

    Args:
        answers: all that it returns.
        comes_to_an_end: whether it may return None without saying so.
    """
    if not answers or any(one.truth is None and one.value.guard is None for one in answers):
        return None
    if all(one.value.guard is None and _is_anywhere(one.around) for one in answers):
        return None
    if len(answers) == 1 and answers[0].value.guard is not None and _is_anywhere(answers[0].around):
        return answers[0].value.guard
    sides: Dict[bool, List[Range]] = {True: [], False: [ALWAYS] if comes_to_an_end else []}
    vague = {True: False, False: False}
    for one in answers:
        guard = one.value.guard or Guard()
        for side, told in ((True, guard), (False, guard.negated())):
            if one.truth is not (not side):
                releases = one.around.range.both(told.true)
                vague[side] |= any(not releases.touches(other) for other in sides[side])
                sides[side].append(releases)
                asks = told.present or told.takes or one.around.present or one.around.again
                vague[side] |= told.vague or one.around.is_vague or bool(asks)
    true, false = (_around(sides[side]) for side in (True, False))
    return Guard(true, false, vague=vague[True], vague_not=vague[False])


def _is_anywhere(around: Around) -> bool:
    return around.range == ALWAYS and not (around.is_vague or around.present or around.again)


def _around(ranges: Sequence[Range]) -> Range:
    found = ranges[0] if ranges else _NEVER
    for one in ranges:
        found = found.around(one)
    return found


def given(
    arguments: ast.arguments, call: ast.Call, values: Sequence[Value], meant: Callable[[ast.expr, Value], ast.expr]
) -> Dict[str, ast.expr]:
    """Return what stands for the parameters of a function in a call: literals, torch's version, and its APIs.

    Args:
        arguments: its parameters, without one that the call does not write.
        call: the call.
        values: what its positional arguments are.
        meant: returns the literal that an expression stands for, or itself.
    """
    names = [one.arg for one in (*getattr(arguments, "posonlyargs", []), *arguments.args)]
    found: Dict[str, ast.expr] = dict(zip(reversed(names), reversed(arguments.defaults)))
    by_keyword = zip(arguments.kwonlyargs, arguments.kw_defaults)
    found.update((one.arg, default) for one, default in by_keyword if default is not None)
    for name, node, value in zip(names, call.args, values):
        is_api = value.kind == "name" and value.name.startswith("torch.")
        found[name] = Given(value) if is_api or value.kind == "version" else meant(node, value)
    for keyword in call.keywords:
        if keyword.arg:
            found[keyword.arg] = keyword.value
    return {name: node for name, node in found.items() if isinstance(node, Given) or _is_literal(node)}


def _is_literal(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):  # Such as Version("2.6").
        return len(node.args) == 1 and not node.keywords and isinstance(node.args[0], ast.Constant)
    parts = node.elts if isinstance(node, (ast.Tuple, ast.List)) else [node]
    return all(isinstance(one, ast.Constant) for one in parts)


def inspects(function: Any) -> bool:
    """Return whether a function asks what another takes or has."""
    words = ("signature", "getfullargspec", "hasattr", "co_varnames")
    names = (getattr(one, "id", getattr(one, "attr", "")) for one in ast.walk(function))
    return any(name in words for name in names)


def filled(node: Any, names: Mapping[str, ast.expr]) -> Any:
    """Return a copy of a piece of syntax with other expressions in the place of names that it reads."""
    return _Filling(names).visit(copy.deepcopy(node))


class _Filling(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, ast.expr]):
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._names[node.id] if node.id in self._names and isinstance(node.ctx, ast.Load) else node
