"""What a mutant changes: operators on nodes of libcst, most of them mutmut's.

Of mutmut's operators these are left out: arguments of calls removed or replaced by None (half of all mutants, most
of them a TypeError that any case kills, so they would flatter the figures), swapped methods of strings, and
strings in upper or lower case (a case that sees a string marked sees these). mutmut does not force the branches
of statements, drop statements, or change what is returned, raised and caught: these are ours.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import libcst as cst
from mutmut.mutation import mutators

ANOTHER_EXCEPTION = "ArithmeticError"
"""A class of exceptions that none of the mutated sources names, and that none of the named ones is a base of."""

Change = tuple[cst.CSTNode, cst.CSTNode]


def changes(node: cst.CSTNode) -> Iterator[Change]:
    """Yield pairs of nodes, one at `node` or right below and one to put in its place, for all operators."""
    for kind, operator in _OPERATORS:
        if isinstance(node, kind):
            yield from operator(node)


def _of_mutmut(operator: Callable[[Any], Any]) -> Callable[[cst.CSTNode], Iterator[Change]]:
    return lambda node: ((node, new) for new in operator(node))


def _mark_string(node: cst.BaseString) -> Iterator[Change]:
    yield from ((node, new) for new in list(mutators.operator_string(node))[:1])


def _force_branch(node: cst.If | cst.While | cst.CompIf) -> Iterator[Change]:
    # mutmut has it for conditional expressions only, but asks no more of a node than that it has a test.
    yield from ((node.test, new.test) for new in mutators.operator_if_exp(node))


def _drop(node: cst.BaseSmallStatement) -> Iterator[Change]:
    yield node, cst.Pass()


def _drop_assignment(node: cst.Assign) -> Iterator[Change]:
    # Without the assignment of a local name, there is mostly only a NameError, which any case kills.
    if any(isinstance(target.target, (cst.Attribute, cst.Subscript)) for target in node.targets):
        yield from _drop(node)


def _return_none(node: cst.Return) -> Iterator[Change]:
    if node.value is not None and not node.value.deep_equals(cst.Name("None")):
        yield node.value, cst.Name("None")


def _raise_another(node: cst.Raise) -> Iterator[Change]:
    raised = node.exc.func if isinstance(node.exc, cst.Call) else node.exc
    if isinstance(raised, cst.Name):
        yield raised, cst.Name(ANOTHER_EXCEPTION)


def _catch_another(node: cst.ExceptHandler) -> Iterator[Change]:
    if node.type is not None:
        yield node.type, cst.Name(ANOTHER_EXCEPTION)


_OPERATORS: Sequence[tuple[Any, Callable[[Any], Iterator[Change]]]] = [
    (cst.CSTNode, _of_mutmut(mutators.operator_swap_op)),
    (cst.CSTNode, _of_mutmut(mutators.operator_keywords)),
    (cst.UnaryOperation, _of_mutmut(mutators.operator_remove_unary_ops)),
    (cst.BaseNumber, _of_mutmut(mutators.operator_number)),
    (cst.Name, _of_mutmut(mutators.operator_name)),
    (cst.BaseString, _mark_string),
    ((cst.Assign, cst.AnnAssign), _of_mutmut(mutators.operator_assignment)),
    (cst.AugAssign, _of_mutmut(mutators.operator_augmented_assignment)),
    (cst.Lambda, _of_mutmut(mutators.operator_lambda)),
    (cst.IfExp, _of_mutmut(mutators.operator_if_exp)),
    ((cst.If, cst.While, cst.CompIf), _force_branch),
    ((cst.Expr, cst.Del, cst.Raise, cst.Assert), _drop),
    (cst.Assign, _drop_assignment),
    (cst.Return, _return_none),
    (cst.Raise, _raise_another),
    (cst.ExceptHandler, _catch_another),
]
