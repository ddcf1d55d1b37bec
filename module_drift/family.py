"""What the tables of a family of cases declare: its members, which reading the source and importing it make alike."""

import math
import re
import string
from itertools import product
from typing import Any, Collection, Dict, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

MOST = 10_000
"""Members that a family may have."""

OPTIONS = ("example", "needs", "only", "platform_bound")
"""What the decorators take beside an id, so that no table can have such a name."""

_GIVEN = ("show", "device")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_FIELD = re.compile(r"([^\W\d]\w*)((?:\[\w+\])*)")
_MOST_BITS = 10_000
"""Of a whole number: Pythons refuse to write one that is much larger."""

Rows = Sequence[Tuple[Any, Any]]
"""The rows of a table: what each puts into the id, and the value that the function is given."""


class FamilyError(ValueError):
    """A family declares no cases as it is.

    Args:
        problem: what is wrong with it.
        remedy: what to do about it.
        table: the table that is at fault, if it is one.
        row: the place of the row in it that is, if it is one.
    """

    def __init__(self, problem: str, remedy: str, table: str = "", row: Optional[int] = None):
        super().__init__(f"{problem}; {remedy}")
        self.problem, self.remedy, self.table, self.row = problem, remedy, table, row


class Member(NamedTuple):
    """One case of a family.

    Attributes:
        id: its id.
        rows: for each table the place of its row.
        values: what its function is given, by the names of the tables.
        needs: the API that it needs, or None.
        sentence: what it shows.
    """

    id: str
    rows: Tuple[int, ...]
    values: Dict[str, Any]
    needs: Any
    sentence: str


def refuse_id(template: Any, tables: Collection[str]) -> None:
    """Refuse `template` unless it is an id with the name of each of `tables` in braces: "layer/{layer}-trains".

    Raises:
        FamilyError: it is none.
    """
    _ids(template, tables)


def _ids(template: Any, tables: Collection[str]) -> "_Template":
    if not isinstance(template, str):
        raise FamilyError(f"family id {template!r} is no text", 'write it like "layer/{layer}-trains"')
    ids = _Template(template, "the id", tables, with_parts=False)
    for name in tables:
        if name not in ids.names:
            problem = f"the id does not name {name}, as it must each table"
            raise FamilyError(problem, f"write {{{name}}} into it; what is no table is {', '.join(OPTIONS)}")
    if not tables:
        raise FamilyError("a family without a table", 'write @case, or @cases("layer/{layer}", layer=["gelu", "lstm"])')
    return ids


def members(template: Any, tables: Mapping[str, Rows], needs: Any, sentence: str) -> List[Member]:
    """Return the members of a family, in the order of its tables, the last of which changes the fastest.

    Args:
        template: the id with the name of each table in braces; see `refuse_id`.
        tables: the tables by their names.
        needs: the API that the members need, with names of tables in braces, or None.
        sentence: what the members show, with the same.

    Raises:
        FamilyError: they declare no cases.
    """
    ids = _ids(template, tables)
    for name, rows in tables.items():
        _check(name, rows)
    count = 1
    for rows in tables.values():
        count *= len(rows)
    if count > MOST:
        raise FamilyError(f"{count:,} members in one family", f"have at most {MOST:,}")
    needed = _Template(needs, "needs", tables) if isinstance(needs, str) else None
    said = _Template(sentence, "the docstring", tables)
    found: Dict[str, Member] = {}
    for chosen in product(*map(enumerate, tables.values())):
        values = {name: value for name, (_, (_, value)) in zip(tables, chosen)}
        id = str(ids.of({name: slug for name, (_, (slug, _)) in zip(tables, chosen)}))
        # What is a name in braces alone is the value itself, so that one member can need nothing.
        api = needs if needed is None else needed.of(values)
        member = Member(id, tuple(row for row, _ in chosen), values, api, str(said.of(values)))
        twin = found.setdefault(id, member)
        if twin is not member:
            both = f"{called_with(twin.values)} and of {called_with(values)}"
            raise FamilyError(f"case id {id!r} is that of {both}", "have the rows or the id tell them apart")
    return list(found.values())


def rows_of(name: str, table: Any) -> Rows:
    """Return the rows of the table `name`: a dict of values, or a list or tuple of what is both slug and value.

    Raises:
        FamilyError: it is something else.
    """
    if isinstance(table, dict):
        return list(table.items())
    if not isinstance(table, (list, tuple)):
        raise no_table(name)
    return [(value, value) for value in table]


def no_table(name: str) -> FamilyError:
    """Return what to raise where the table `name` is none."""
    return FamilyError(
        f"table {name} is no list, tuple or dict of literals",
        f'write it like {name}={{"gelu": "GELU", "lstm": "LSTM"}}, there or once under a name at the top of the file',
        name,
    )


def no_literal(name: str, row: int) -> FamilyError:
    """Return what to raise where the row in the place `row` of the table `name` is more than a literal."""
    remedy = "write texts, numbers, True, False, None, and tuples, lists and dicts of them"
    return FamilyError(f"table {name} has something else than a literal in row {row + 1}", remedy, name, row)


def called_with(values: Mapping[str, Any]) -> str:
    """Return `values` as they would stand in a call, such as "layer='GELU'"."""
    return ", ".join(f"{name}={value!r}" for name, value in values.items())


def not_taken(function: str, tables: Sequence[str]) -> FamilyError:
    """Return what to raise where `function` cannot be called with what the tables have for it."""
    taken = [*_GIVEN, *tables]
    problem = f"{function} does not take {', '.join(taken[:-1])} and {taken[-1]}, and nothing else"
    return FamilyError(problem, f"write ({', '.join(taken)})")


def _check(name: str, rows: Rows) -> None:
    """Raise a FamilyError if the table `name` is not as it must be."""
    if name in _GIVEN:
        raise FamilyError(f"table {name} is called as what the run gives", "rename it", name)
    if not rows:
        raise FamilyError(f"table {name} is empty", "write a row, or leave the family out", name)
    seen = set()
    for row, (slug, value) in enumerate(rows):
        if not isinstance(slug, str) or not _SLUG.fullmatch(slug):
            remedy = f'write it in small letters, digits and hyphens, such as {name}={{"batch-norm": "BatchNorm1d"}}'
            raise FamilyError(f"table {name} has {slug!r}, which is no part of an id", remedy, name, row)
        if slug in seen:
            raise FamilyError(f"table {name} has {slug!r} twice", "leave one out, or rename it", name, row)
        seen.add(slug)
        if not _is_literal(value):
            raise no_literal(name, row)


def _is_literal(value: Any) -> bool:
    """Return whether `value` can be written as it is read back, the same on every Python."""
    if type(value) in (tuple, list):
        return all(map(_is_literal, value))
    if type(value) is dict:
        return all(_is_literal(each) for pair in value.items() for each in pair)
    return value is None or type(value) in (str, bool) or _is_number(value)


def _is_number(value: Any) -> bool:
    if type(value) is int:
        return int(value).bit_length() <= _MOST_BITS
    return type(value) is float and math.isfinite(value)


class _Template:
    """A text in which names of tables stand in braces, as `str.format` has them.

    Args:
        text: the text.
        what: what it is of a case.
        tables: what may be named.
        with_parts: whether a part of a value may be named, as in "{layer[0]}".

    Attributes:
        names: the tables that it names.

    Raises:
        FamilyError: it names something else, or is no such text.
    """

    def __init__(self, text: str, what: str, tables: Collection[str], with_parts: bool = True):
        self._what = what
        self._parts: List[Tuple[str, Optional[str]]] = []
        self.names: Set[str] = set()
        remedy = f"write it like {{layer}}{' or {layer[0]}' * with_parts}; braces that are meant are doubled"
        try:
            for plain, field, spec, conversion in string.Formatter().parse(text):
                self._parts.append((plain, field))
                if field is None:
                    continue
                written = f"{field}{f'!{conversion}' if conversion else ''}{f':{spec}' if spec else ''}"
                match = _FIELD.fullmatch(written)
                if not match or (match.group(2) and not with_parts):
                    raise FamilyError(f"{what} has {{{written}}}, which is no name of a table", remedy)
                self.names.add(match.group(1))
        except FamilyError:
            raise
        except ValueError as error:
            raise FamilyError(f"{what} has odd braces ({error})", remedy) from None
        for name in sorted(self.names - set(tables)):
            problem = f"{what} names {{{name}}}, for which there is no table"
            if name in OPTIONS:
                raise FamilyError(problem, f"call it otherwise, since {name} is something else")
            raise FamilyError(problem, f'write {name}=["gelu", "lstm"]; braces that are meant are doubled')

    def of(self, values: Mapping[str, Any]) -> Any:
        """Return the text for `values`; where one field is all of it, what that stands for, as it is."""
        if len(self._parts) == 1 and not self._parts[0][0] and self._parts[0][1]:
            return self._part(self._parts[0][1], values)
        return "".join(
            plain + ("" if field is None else str(self._part(field, values))) for plain, field in self._parts
        )

    def _part(self, field: str, values: Mapping[str, Any]) -> Any:
        try:
            return string.Formatter().get_field(field, (), values)[0]
        except (LookupError, TypeError):
            problem = f"{self._what} names {{{field}}}, which {called_with(values)} does not have"
            raise FamilyError(problem, "name what every row has") from None
