"""Whether a call or a method is of the shape that a pattern asks for."""

import ast
import functools
from typing import Iterator, List, NamedTuple, Optional, Tuple, Union

from ..record.touches import Argument, Assigned, Call, Literal, Subclassed
from .syntax import hint_of, index_of, statements

NO, MAYBE, YES = 0, 1, 2

_DISPLAYS = {
    "list": (ast.List, ast.ListComp),
    "tuple": (ast.Tuple,),
    "dict": (ast.Dict, ast.DictComp),
    "set": (ast.Set, ast.SetComp),
    "str": (ast.JoinedStr,),
    "lambda": (ast.Lambda,),
}


def call_fits(wanted: Call, node: Optional[ast.Call], shift: int) -> int:
    """Return whether a call gives what is wanted: `NO`, `YES`, or `MAYBE` where a * or ** hides it.

    Args:
        wanted: what a pattern asks for.
        node: the call; None where an operator stands for it.
        shift: how many positional arguments come before those that count, such as the receiver.
    """
    if node is None:
        return NO if wanted.least or any(not one.absent for one in wanted.arguments) else YES
    answer = YES
    given = len(node.args) - shift
    if wanted.least:
        has_star = any(isinstance(one, ast.Starred) for one in node.args)
        if given < wanted.least and not has_star:
            return NO
        if has_star:
            answer = MAYBE
    for argument in wanted.arguments:
        answer = min(answer, _argument_fits(argument, node, shift))
    return answer


def _argument_fits(wanted: Argument, node: ast.Call, shift: int) -> int:
    found, hidden = _given(wanted, node, shift)
    if found is None:
        if hidden:
            return MAYBE
        return YES if wanted.absent else NO
    if wanted.absent:
        return NO
    return YES if wanted.literal is None or is_literal(wanted.literal, found) else NO


def _given(wanted: Argument, node: ast.Call, shift: int) -> Tuple[Optional[ast.expr], bool]:
    """Return what a call gives for an argument, and whether a * or ** may give it instead."""
    hidden = False
    for keyword in node.keywords:
        if keyword.arg is None:
            hidden = hidden or (bool(wanted.name) and not _lacks(keyword.value, wanted.name))
        elif keyword.arg == wanted.name:
            return keyword.value, False
    if wanted.position is not None:
        place = wanted.position + shift
        for one in node.args[: place + 1]:
            if isinstance(one, ast.Starred):
                return None, True
        if place < len(node.args):
            return node.args[place], False
    return None, hidden


def opened(call: ast.Call, function: Optional[ast.AST], module: ast.AST) -> ast.Call:
    """Return a call that gives by keyword what a ** of it is seen to give.

    Such is a display, or a local variable or one of the module that is filled before its eyes. What is given only
    perhaps stays in a display behind a **.
    """
    if not any(one.arg is None for one in call.keywords):
        return call
    keywords: List[ast.keyword] = []
    for one in call.keywords:
        given = _given_by(one.value, function, module) if one.arg is None else None
        if given is None:
            keywords.append(one)
            continue
        keywords += [ast.keyword(arg=key, value=value) for key, value in given.certain]
        if given.perhaps:
            display = ast.Dict([ast.Constant(key) for key in given.perhaps], [one.value] * len(given.perhaps))
            keywords.append(ast.keyword(arg=None, value=display))
    return ast.copy_location(ast.Call(func=call.func, args=call.args, keywords=keywords), call)


class _Keys(NamedTuple):
    """What is in a dict: keys with their values, and keys that may be in it."""

    certain: Tuple[Tuple[str, ast.expr], ...]
    perhaps: Tuple[str, ...] = ()


def _given_by(node: ast.expr, function: Optional[ast.AST], module: ast.AST) -> Optional[_Keys]:
    """Return what is in the dict that an expression gives; None where others may be in it."""
    if not isinstance(node, ast.Name):
        entries = _entries(node)
        return None if entries is None else _Keys(tuple(entries))
    found = _filled(node.id, function) if function is not None else _NOWHERE
    if found is _NOWHERE:
        found = _filled(node.id, module)
    return None if found is _NOWHERE else found


def _entries(node: Optional[ast.expr]) -> Optional[List[Tuple[str, ast.expr]]]:
    """Return the keys and values of a display, or of a call of `dict` with keywords alone; None of anything else."""
    found: List[Tuple[str, ast.expr]] = []
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict" and not node.args:
        found = [(one.arg, one.value) for one in node.keywords if one.arg]
        return found if len(found) == len(node.keywords) else None
    if not isinstance(node, ast.Dict):
        return None
    for key, value in zip(node.keys, node.values):
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
            return None
        found.append((key.value, value))
    return found


_NOWHERE = _Keys(())


def _nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield what stands in a function, or in the body of a module without what its functions and classes hold."""
    if not isinstance(scope, ast.Module):
        yield from ast.walk(scope)
        return
    for one in statements(scope.body):
        part = getattr(one, "target", None) if hasattr(one, "body") else one
        yield from ast.walk(part) if part is not None else ()


@functools.lru_cache(maxsize=256)
def _filled(name: str, scope: ast.AST) -> Optional[_Keys]:
    """Return all that a function or module puts into a dict of this name; None where others may be in it.

    What binds no such name is `_NOWHERE`.
    """
    certain: List[Tuple[str, ast.expr]] = []
    perhaps: List[ast.expr] = []
    bound, given, is_changed, may_lose = 0, 0, False, False
    for node in _nodes(scope):
        if isinstance(node, ast.arg) and node.arg == name:
            return None
        if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load):
            bound += 1
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            for target in node.targets if isinstance(node, ast.Assign) else (node.target,):
                if isinstance(target, ast.Name) and target.id == name:
                    entries = _entries(node.value)
                    given += entries is not None
                    certain += entries or ()
                elif isinstance(target, ast.Subscript) and hint_of(target) == name:
                    perhaps.append(index_of(target))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name:
            may_lose = may_lose or node.attr == "pop"
            is_changed = is_changed or node.attr not in ("get", "pop", "keys", "values", "items", "copy")
        elif isinstance(node, ast.Delete):
            may_lose = may_lose or any(hint_of(target) == name for target in node.targets)
    if not bound and not perhaps:
        return _NOWHERE
    texts = [getattr(key, "value", None) if isinstance(key, ast.Constant) else None for key in perhaps]
    if bound != given or is_changed or not all(isinstance(text, str) for text in texts):
        return None
    if given > 1 or may_lose:
        return _Keys((), tuple(dict.fromkeys([*(key for key, _ in certain), *map(str, texts)])))
    return _Keys(tuple(certain), tuple(map(str, texts)))


def _lacks(mapping: ast.expr, name: str) -> bool:
    """Return whether a ** is a display whose keys can be read, and has no such key."""
    if not isinstance(mapping, ast.Dict):
        return False
    keys = [key.value if isinstance(key, ast.Constant) else None for key in mapping.keys]
    return None not in keys and name not in keys


def is_literal(wanted: Literal, node: ast.expr) -> bool:
    """Return whether an expression is this literal, or one of this kind."""
    if wanted.kind:
        if isinstance(node, ast.Constant):
            return wanted.kind == "str" and isinstance(node.value, str)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return node.func.id == wanted.kind
        return isinstance(node, _DISPLAYS[wanted.kind])
    value: object
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        number = node.operand.value
        value = -number if isinstance(number, (int, float)) else None
    elif isinstance(node, ast.Constant):
        value = node.value
    else:
        return False
    if isinstance(value, bool) or isinstance(wanted.constant, bool) or value is None or wanted.constant is None:
        return value is wanted.constant
    return type(value) in (int, float, str) and value == wanted.constant


def assigned_fits(wanted: Assigned, node: Optional[ast.expr]) -> bool:
    """Return whether what is assigned is the literal that is wanted, if one is."""
    return wanted.literal is None or (node is not None and is_literal(wanted.literal, node))


def method_fits(wanted: Subclassed, node: Union[ast.FunctionDef, ast.AsyncFunctionDef]) -> bool:
    """Return whether a method takes, and lacks, what is wanted; what only tells types, by `overload`, is none."""
    if any(getattr(one, "attr", getattr(one, "id", "")) == "overload" for one in node.decorator_list):
        return False
    arguments = node.args
    positional = getattr(arguments, "posonlyargs", [])
    taken = {one.arg for one in (*positional, *arguments.args, *arguments.kwonlyargs)}
    rest = arguments.kwarg is not None
    for name in wanted.takes:
        if not (rest if name == "**" else name in taken):
            return False
    return not any(rest or (name != "**" and name in taken) for name in wanted.lacks)
