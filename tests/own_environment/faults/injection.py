"""Putting a fault into a function of torch: other code in the same function object, taken back by a MonkeyPatch."""

import __future__

import ast
import functools
import inspect
import re
import textwrap
import warnings
from collections.abc import Callable
from types import CodeType
from typing import Any

import pytest
import torch


def edit(patch: pytest.MonkeyPatch, function: Callable[..., Any], replacements: dict[str, str]) -> None:
    """Run `function` with its source changed, whoever holds a reference to it.

    Args:
        patch: takes the change back.
        function: a function or method written in Python.
        replacements: the new text by the old, each of which the source must have exactly once.

    Raises:
        ValueError: the source has an old text not exactly once.
    """
    plain, source = _plain(function), _source(function)
    for old, new in replacements.items():
        if source.count(old) != 1:
            raise ValueError(
                f"{plain.__qualname__} of torch {torch.__version__} has {source.count(old)} times, not once: {old!r}; "
                "write the fault for the source that this torch has"
            )
        source = source.replace(old, new)
    patch.setattr(plain, "__code__", _compiled(source, plain.__code__))


def insert(patch: pytest.MonkeyPatch, function: Callable[..., Any], before: str, *lines: str) -> None:
    """Run `function` with `lines` before the line of its source that begins with `before`, indented as that is.

    Raises:
        ValueError: the source has the text `before` not exactly once.
    """
    indentation = re.search(rf"^( *){re.escape(before)}", _source(function), re.MULTILINE)
    between = f"\n{indentation.group(1) if indentation else ''}"
    edit(patch, function, {before: between.join([*lines, before])})


def results(patch: pytest.MonkeyPatch, owner: Any, name: str, change: Callable[[Any], Any]) -> None:
    """Let the function `owner.name` return what `change` makes of its result."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def changed(*args: Any, **keywords: Any) -> Any:
        return change(original(*args, **keywords))

    patch.setattr(owner, name, changed)


def warns(patch: pytest.MonkeyPatch, owner: Any, name: str, says: str) -> None:
    """Let the function `owner.name` warn whoever calls it, besides what it does."""

    def warn(result: Any) -> Any:
        warnings.warn(says, stacklevel=3)
        return result

    results(patch, owner, name, warn)


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function below decorators and binding."""
    plain = inspect.unwrap(function)
    return getattr(plain, "__func__", plain)


def _source(function: Callable[..., Any]) -> str:
    return textwrap.dedent(inspect.getsource(_plain(function)))


def _compiled(source: str, old: CodeType) -> CodeType:
    """Return the code of the one function in `source`, with the free variables that `old` has."""
    (definition,) = ast.parse(source).body
    assert isinstance(definition, ast.FunctionDef)
    definition.decorator_list = []
    definition.name = "_"  # Not a name that it may itself refer to, which would be one more free variable.
    # As inside another function that has the free variables (super() needs one, __class__): only there are they free.
    around = ast.parse(f"def around({', '.join(old.co_freevars)}): pass")
    around.body[0].body = [definition]  # type: ignore[attr-defined]
    flags = old.co_flags & __future__.annotations.compiler_flag
    code = compile(ast.fix_missing_locations(around), old.co_filename, "exec", flags=flags, dont_inherit=True)
    for _ in range(2):
        code = next(constant for constant in code.co_consts if isinstance(constant, CodeType))
    return code.replace(co_name=old.co_name, co_qualname=old.co_qualname)
