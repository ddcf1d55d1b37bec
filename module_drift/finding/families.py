"""Reads the tables of a family of cases, and makes its members, each with a source of its own."""

import ast
from pathlib import Path
from typing import Any, Collection, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from .. import family
from ..common.errors import InputError
from ..common.scope import SCOPES
from .declarations import Declaration, assigned_once, place, refuse_what_does_not_take


class File:
    """A file of cases, of which families need more than a declaration.

    Args:
        path: the file.
        text: what is in it.
        tree: its syntax tree.
    """

    def __init__(self, path: Path, text: str, tree: ast.Module):
        self.path = path
        self.lines = text.split("\n")  # Python counts no other ends of lines, such as form feeds.
        self._tree = tree
        self._assigned: Optional[Dict[str, ast.expr]] = None

    def assigned(self, name: str) -> Optional[ast.expr]:
        """Return what the file assigns to `name` at its top, if it does so once and does nothing else with it."""
        if self._assigned is None:
            self._assigned = assigned_once(self._tree)
        return self._assigned.get(name)

    def source(self, node: ast.AST) -> str:
        """Return the text of `node`."""
        return self.between(_start(node), _end(node))

    def between(self, start: Tuple[int, int], end: Tuple[int, Optional[int]]) -> str:
        """Return the text from one line, counted from 1, and byte in it to another; None for the end of a line."""
        (first, begin), (last, stop) = start, end
        if first == last:
            return _cut(self.lines[first - 1], begin, stop)
        whole = self.lines[first : last - 1]
        return "\n".join([_cut(self.lines[first - 1], begin), *whole, _cut(self.lines[last - 1], 0, stop)])


def _cut(line: str, start: int, end: Optional[int] = None) -> str:
    return line[start:end] if line.isascii() else line.encode("utf-8")[start:end].decode("utf-8")


def _start(node: Any) -> Tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: Any) -> Tuple[int, int]:
    return node.end_lineno, node.end_col_offset


class _Table(NamedTuple):
    """A table as it is written.

    Attributes:
        given: what the decorator is given: the table, or its name.
        around: what stands around a row of it.
        slugs: what each row puts into the id.
        values: what each row gives the function; in a list, the same.
    """

    given: ast.expr
    around: str
    slugs: Sequence[ast.expr]
    values: Sequence[ast.expr]

    def alone(self, file: File) -> List[str]:
        """Return for each row the text of a table that has only this one."""
        written = (
            [file.source(each) for each in ((slug,) if slug is value else (slug, value))]
            for slug, value in zip(self.slugs, self.values)
        )
        return [self.around.format(": ".join(texts)) for texts in written]


def members(
    file: File, declaration: Declaration, template: object, tables: Dict[str, ast.expr], needs: object, sentence: str
) -> Iterator[Tuple[family.Member, str]]:
    """Yield the members of a family with the source of each, in which each table has this member's row alone.

    Args:
        file: where it is.
        declaration: the function, and the call of the decorator.
        template: the ids.
        tables: what the decorator is given as tables, in the order of the source.
        needs: the API that the members need, or None.
        sentence: what they show.

    Raises:
        InputError: they declare no cases, or the function does not take what the tables have for it.
    """
    function, call, _ = declaration
    read: Dict[str, _Table] = {}
    try:
        family.refuse_id(template, tables)
        for name, given in tables.items():
            read[name] = _table(file, name, given)
        rows = {name: list(_rows(name, table)) for name, table in read.items()}
        found = family.members(template, rows, needs, sentence)
    except family.FamilyError as error:
        at: ast.AST = call
        if error.table:
            at = tables[error.table] if error.row is None else read[error.table].values[error.row]
        raise InputError(place(file.path, at), error.problem, error.remedy) from None
    refuse_what_does_not_take(file.path, function, list(tables))
    pieces, begin = [], (function.decorator_list[0].lineno, 0)
    for given in tables.values():
        pieces.append(file.between(begin, _start(given)))
        begin = _end(given)
    rest = file.between(begin, (function.end_lineno or begin[0], None))
    alone = [table.alone(file) for table in read.values()]
    for member in found:
        own = (texts[row] for texts, row in zip(alone, member.rows))
        yield member, "".join(text for pair in zip(pieces, own) for text in pair) + rest + "\n"


def _table(file: File, name: str, given: ast.expr) -> _Table:
    """Return the table `name`.

    Raises:
        FamilyError: it is none.
    """
    node = file.assigned(given.id) if isinstance(given, ast.Name) else given
    if isinstance(node, ast.Dict) and None not in node.keys:  # As it is where ** brings another one.
        return _Table(given, "{{{}}}", [key for key in node.keys if key], node.values)
    if isinstance(node, (ast.List, ast.Tuple)):
        return _Table(given, "[{}]" if isinstance(node, ast.List) else "({},)", node.elts, node.elts)
    raise family.no_table(name)


def _rows(name: str, table: _Table) -> Iterator[Tuple[Any, Any]]:
    """Yield the rows of the table `name`.

    Raises:
        FamilyError: one is no literal.
    """
    for row, (slug, value) in enumerate(zip(table.slugs, table.values)):
        try:
            yield ast.literal_eval(slug), ast.literal_eval(value)
        except (ValueError, TypeError):
            raise family.no_literal(name, row) from None


def alone(function: ast.AST, tables: Collection[str] = ()) -> ast.FunctionDef:
    """Return the function of a case without where it is run, and that of a family without its `tables`."""
    assert isinstance(function, ast.FunctionDef)
    decorators: List[ast.expr] = []
    for each in function.decorator_list:
        if isinstance(each, ast.Call) and set(tables) <= {keyword.arg for keyword in each.keywords}:
            others = [keyword for keyword in each.keywords if keyword.arg not in tables and not _is_scope(keyword)]
            each = ast.Call(func=each.func, args=each.args, keywords=others)
        decorators.append(each)
    return ast.FunctionDef(**{**dict(ast.iter_fields(function)), "decorator_list": decorators})


def _is_scope(keyword: ast.keyword) -> bool:
    return keyword.arg == "only" and isinstance(keyword.value, ast.Constant) and keyword.value.value in SCOPES
