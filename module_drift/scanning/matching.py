"""Finds the patterns that a use of an API matches, and how sure that is."""

import ast
import re
from typing import Any, Dict, FrozenSet, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ..record.release import Release
from ..record.touches import Assigned, Call, Imported, Pattern, PatternError, Read, Subclassed, parse
from . import shapes
from .torch_api import OWNERS, OWNERS_BY_KEYWORD, RAISES_ATTRIBUTE_ERROR, hinted
from .torch_names import MODULE, ancestors, is_class, kinds_of, public
from .values import ALWAYS, Range

CERTAINTIES = ("possible", "likely", "sure")
POSSIBLE, LIKELY, SURE = range(3)


class Cause(NamedTuple):
    """A cause whose touches are looked for.

    Attributes:
        key: its name in causes.toml.
        since: the release that brought it.
        table: all that is written of it.
        patterns: what it touches.
    """

    key: str
    since: Release
    table: Dict[str, Any]
    patterns: Tuple[Pattern, ...]

    @property
    def effect(self) -> str:
        """What it is for a user; "silent" if nobody has said so yet."""
        return str(self.table.get("effect", "silent"))

    @property
    def comes_or_goes(self) -> bool:
        """Whether an API arrives or is removed, so that a guard that asks for it takes care."""
        return self.table.get("kind") in ("arrived", "removed")


def causes_of(table: Dict[str, Dict[str, Any]], keys: Iterable[str], upward: bool) -> List[Cause]:
    """Return the causes named `keys` that names can find, with the patterns that hold for who goes that way."""
    found = []
    for key in keys:
        cause = table[key]
        patterns = []
        for text in cause.get("touches", ()):
            try:
                pattern = parse(text)
            except PatternError:  # `checks` tells whoever mends it.
                continue
            if pattern.way in ("", "up" if upward else "down"):
                patterns.append(pattern)
        if patterns:
            found.append(Cause(key, Release.parse(cause["since"]), cause, tuple(patterns)))
    return found


class Around(NamedTuple):
    """What a use stands in.

    Attributes:
        range: the releases in which it runs.
        present: qualified names that it runs with only if they are there.
        caught: the names of exceptions that a `try` around it catches; None if there is no `try`.
        within: qualified names of context managers and decorators around it.
        again: the last parts of names of what was called with a keyword that it did not take, each with the keyword.
        is_vague: whether it runs on some releases only, and it is not known on which.
    """

    range: Range = ALWAYS
    present: Tuple[str, ...] = ()
    caught: Optional[Tuple[str, ...]] = None
    within: Tuple[str, ...] = ()
    again: Tuple[Tuple[str, str], ...] = ()
    is_vague: bool = False


class Match(NamedTuple):
    """A use that a cause touches, if `pattern.result` is done with its result, where that matters."""

    cause: Cause
    pattern: Pattern
    certainty: int


class _Entry(NamedTuple):
    cause: Cause
    pattern: Pattern
    owner: str
    is_member: bool
    regex: Optional["re.Pattern[str]"]
    last: str
    excuses: FrozenSet[str]
    comes_or_goes: bool
    brings_arguments: bool


_Rated = Tuple[_Entry, int]
"""A pattern with the certainty of what it matches, as far as the name tells."""


_ANY = ("", "Exception", "BaseException")
_FAMILIES = {
    "torch.nn.BatchNorm*d": ("torch.nn.modules.batchnorm._BatchNorm",),
    "torch.nn.InstanceNorm*d": ("torch.nn.modules.instancenorm._InstanceNorm",),
    "torch.nn.Conv*d": ("torch.nn.modules.conv._ConvNd",),
}
"""What an object is asked to be that may be of any class of a family."""

NO_IMPORT = (*_ANY, "ImportError", "ModuleNotFoundError")
"""What a `try` catches that takes care of what cannot be imported."""

_CATCHES_NO_IMPORT = frozenset(NO_IMPORT)


class Matcher:
    """Knows the patterns of some causes by the last part of their names."""

    def __init__(self, causes: Sequence[Cause]):
        self.causes = causes
        self._by_use: Dict[type, Dict[str, List[_Entry]]] = {
            use: {} for use in (Call, Read, Assigned, Imported, Subclassed)
        }
        self._starred: Dict[type, List[_Entry]] = {use: [] for use in self._by_use}
        self._imported: Dict[str, List[_Rated]] = {}
        self._named: Dict[Tuple[type, str], List[_Rated]] = {}
        self._members: Dict[Tuple[type, str, Tuple[str, ...]], List[_Rated]] = {}
        self._unknown: Dict[Tuple[type, str, str, str, bool], List[_Rated]] = {}
        for cause in causes:
            for pattern in cause.patterns:
                self._add(cause, pattern)

    def _add(self, cause: Cause, pattern: Pattern) -> None:
        name = pattern.name if isinstance(pattern.use, Imported) else public(pattern.name)
        owner, _, last = name.rpartition(".")
        is_member = is_class(owner.replace("*", ""))
        regex = None
        if "*" in name:
            part = owner if is_member and "*" in owner else name
            regex = re.compile(re.escape(part).replace(r"\*", r"\w*"))
        entry = _Entry(
            cause,
            pattern._replace(name=name),
            owner.replace("*", "1"),
            is_member,
            regex,
            last,
            frozenset(map(public, pattern.unless)),
            cause.comes_or_goes,
            _brings_arguments(cause, pattern),
        )
        if isinstance(pattern.use, Subclassed):
            last, entry = name, entry._replace(owner=name)
        if "*" in last:
            self._starred[type(pattern.use)].append(entry)
        else:
            self._by_use[type(pattern.use)].setdefault(last, []).append(entry)

    def lifetime(self, name: str) -> Tuple[Range, Range]:
        """Return the releases in which an API is there, and in which not, as far as the causes tell."""
        for use in (Call, Read, Imported):
            for entry in self._by_use[use].get(name.rpartition(".")[2], ()):
                if entry.pattern.name == public(name) and entry.pattern.use in (Call(), Read(), Imported()):
                    before, after = Range(high=entry.cause.since), Range(low=entry.cause.since)
                    kind = entry.cause.table.get("kind")
                    if kind == "arrived":
                        return after, before
                    if kind == "removed":
                        return before, after
        return ALWAYS, ALWAYS

    def _is_refused(self, last: str, call: Call, around: Around, certainty: int) -> bool:
        """Return whether a call leaves out an argument only where torch does not take it.

        An object that may not be torch's, such as one around an optimizer, can refuse it on any release.
        """
        if not any(one.absent and (last, one.name) in around.again for one in call.arguments):
            return False
        return certainty == SURE or any(entry.brings_arguments for entry in self._by_use[Call].get(last, ()))

    def speaks_of(self, name: str) -> bool:
        """Return whether any pattern has this name."""
        last = name.rpartition(".")[2]
        return any(entry.pattern.name == name for by in self._by_use.values() for entry in by.get(last, ())) or any(
            entry.regex is not None and entry.regex.fullmatch(name) for some in self._starred.values() for entry in some
        )

    def knows_member(self, use: type, last: str) -> bool:
        """Return whether a pattern is of a member called so."""
        return last in self._by_use[use]

    def name(
        self,
        use: type,
        name: str,
        around: Around,
        node: Optional[ast.Call] = None,
        value: Optional[ast.expr] = None,
        shift: int = 0,
    ) -> List[Match]:
        """Return the matches of an API that is known by its qualified name; a class also by those it derives from."""
        entries = self._named.get((use, name))
        if entries is None:
            entries = self._named[use, name] = self._entries_of(use, name)
        return self._fitting(entries, around, node, value, shift) if entries else []

    def _entries_of(self, use: type, name: str) -> List[_Rated]:
        found: List[_Rated] = []
        for one in ancestors(name) if is_class(name) else (name,):
            last = one.rpartition(".")[2]
            for entry in (*self._by_use[use].get(last, ()), *self._starred[use]):
                if one != name and isinstance(entry.pattern.use, Call) and entry.pattern.use != Call():
                    continue  # What derives from a class is made with arguments of its own.
                if entry.regex is None:
                    fits = entry.pattern.name == one
                elif entry.is_member:
                    owner, _, member = one.rpartition(".")
                    fits = bool(entry.regex.fullmatch(owner)) and entry.pattern.name.rpartition(".")[2] == member
                else:
                    fits = bool(entry.regex.fullmatch(one))
                if fits:
                    found.append((entry, SURE))
        if not is_class(name):
            owner, _, last = name.rpartition(".")
            if is_class(owner):  # A method by its class, such as torch.nn.Module.zero_grad(model).
                for base in ancestors(owner)[1:2]:
                    found += self._entries_of(use, f"{base}.{last}")
        return found

    def member(
        self,
        use: type,
        last: str,
        chain: Sequence[str],
        around: Around,
        node: Optional[ast.Call] = None,
        value: Optional[ast.expr] = None,
        shift: int = 0,
    ) -> List[Match]:
        """Return the matches of a member of an object whose class, and those that it derives from, are known."""
        key = use, last, tuple(chain)
        entries = self._members.get(key)
        if entries is None:
            entries = self._members[key] = self._entries_of_member(*key)
        return self._fitting(entries, around, node, value, shift) if entries else []

    def _entries_of_member(self, use: type, last: str, chain: Tuple[str, ...]) -> List[_Rated]:
        found: List[_Rated] = []
        kinds = kinds_of(chain[0]) if chain else ()
        for entry in self._by_use[use].get(last, ()):
            if entry.is_member and (
                any(entry.regex.fullmatch(one) if entry.regex else entry.owner == one for one in chain)
                or chain[:1] == _FAMILIES.get(entry.pattern.name.rpartition(".")[0])
            ):
                found.append((entry, SURE))
            elif entry.is_member and entry.regex and any(entry.regex.fullmatch(one) for one in kinds):
                found.append((entry, LIKELY))
            elif chain == (MODULE,) and _may_be(entry.owner, last):
                found.append((entry, POSSIBLE))
        return found

    def unknown_member(
        self,
        use: type,
        last: str,
        hint: str,
        around: Around,
        node: Optional[ast.Call] = None,
        value: Optional[ast.expr] = None,
        suspected: str = "",
    ) -> List[Match]:
        """Return the matches of a member of an object of which only the name is known.

        Args:
            use: the class of the use.
            last: the member's name.
            hint: the name of the variable or attribute that holds the object.
            around: what it stands in.
            node: the call.
            value: what is assigned.
            suspected: the class that it is of, most likely, by what was done with it; empty if nothing tells.
        """
        by_keyword = OWNERS_BY_KEYWORD.get(last, frozenset())
        is_module = bool(by_keyword) and node is not None and not by_keyword.isdisjoint(_arguments_called(node))
        key = use, last, hint, suspected, is_module
        entries = self._unknown.get(key)
        if entries is None:
            entries = self._unknown[key] = self._entries_of_unknown(*key)
        return self._fitting(entries, around, node, value, 0) if entries else []

    def _entries_of_unknown(self, use: type, last: str, hint: str, suspected: str, is_module: bool) -> List[_Rated]:
        entries = [entry for entry in self._by_use[use].get(last, ()) if entry.is_member]
        if not entries:
            return []
        owners = frozenset({MODULE}) if is_module else OWNERS.get(last, frozenset())
        speaks_of = hinted(hint) if hint else ""
        found: List[_Rated] = []
        for entry in entries:
            root = ancestors(entry.owner)[-1]
            certainty = POSSIBLE
            if suspected:
                if root != suspected:
                    continue
                certainty = LIKELY
            elif last.startswith("__"):
                if not (speaks_of and speaks_of == root) or (entry.owner != root and last == "__call__"):
                    continue
            elif owners == {root}:
                certainty = LIKELY
            elif root in owners:
                said = {ancestors(e.owner)[-1] for e in entries if e.cause.key == entry.cause.key}
                if speaks_of in owners:
                    if speaks_of != root:
                        continue
                    certainty = LIKELY
                elif owners <= said:
                    certainty = LIKELY
            elif speaks_of == MODULE != root or (entry.owner != root and not owners and speaks_of != root):
                continue  # Such as append, which lists have, too.
            if entry.owner != root:  # Which class it is decides.
                certainty = POSSIBLE
            found.append((entry, certainty))
        return found

    def imported(self, name: str, around: Around) -> List[Match]:
        """Return the matches of a module, or a name in one, that is imported or reached."""
        entries = self._imported.get(name)
        if entries is None:
            entries = self._imported[name] = self._entries_of_import(name)
        return self._fitting(entries, around) if entries else []

    def _entries_of_import(self, name: str) -> List[_Rated]:
        found: List[_Rated] = []
        parts = name.split(".")
        for length in range(1, len(parts) + 1):
            for entry in self._by_use[Imported].get(parts[length - 1], ()):
                is_it = entry.pattern.name == ".".join(parts[:length])
                if is_it or (length == len(parts) and public(entry.pattern.name) == name):
                    found.append((entry, SURE))
        for entry in self._starred[Imported]:
            if entry.regex and entry.regex.fullmatch(name):
                found.append((entry, SURE))
        return found

    def subclassed(self, chain: Sequence[str], around: Around) -> List[Match]:
        """Return the patterns of classes that derive from one of `chain`; their methods are not looked at yet."""
        found: List[_Rated] = []
        for one in chain:
            for entry in (*self._by_use[Subclassed].get(one, ()), *self._starred[Subclassed]):
                if entry.regex.fullmatch(one) if entry.regex else True:
                    found.append((entry, SURE))
        return self._fitting(found, around)

    def _fitting(
        self,
        entries: Iterable[_Rated],
        around: Around,
        node: Optional[ast.Call] = None,
        value: Optional[ast.expr] = None,
        shift: int = 0,
    ) -> List[Match]:
        """Return the matches of entries whose names fit, of which also the rest does."""
        found = []
        caught = around.caught or ()
        for entry, certainty in entries:
            pattern, cause = entry.pattern, entry.cause
            use = pattern.use
            if not around.range.sees(cause.since):
                continue
            if pattern.caught is not None and (
                around.caught is None or (pattern.caught and pattern.caught.rpartition(".")[2] not in caught)
            ):
                continue
            if around.within and not entry.excuses.isdisjoint(around.within):
                continue
            if entry.comes_or_goes and (
                pattern.name in around.present
                or ("AttributeError" in caught and entry.last not in RAISES_ATTRIBUTE_ERROR)
            ):
                continue
            if entry.brings_arguments and "TypeError" in caught:  # Who passes them is ready to be refused.
                continue
            if isinstance(use, Call):
                if around.again and self._is_refused(entry.last, use, around, certainty):
                    continue
                fits = shapes.call_fits(use, node, shift)
                if fits == shapes.NO:
                    continue
                if fits == shapes.MAYBE:
                    certainty = POSSIBLE
            if isinstance(use, Imported) and not _CATCHES_NO_IMPORT.isdisjoint(caught):
                continue
            if isinstance(use, Assigned) and not shapes.assigned_fits(use, value):
                continue
            found.append(Match(cause, pattern, POSSIBLE if pattern.is_possible or around.is_vague else certainty))
        return found


def _brings_arguments(cause: Cause, pattern: Pattern) -> bool:
    """Return whether arguments arrive by which a call is found."""
    has_arguments = isinstance(pattern.use, Call) and any(not one.absent for one in pattern.use.arguments)
    return cause.table.get("kind") == "arrived" and has_arguments


def _may_be(owner: str, member: str) -> bool:
    """Return whether a use of a member by a Module of which no more is known may be one by an object of `owner`.

    Every Module is called: that says nothing.
    """
    return member != "__call__" and MODULE in ancestors(owner)


def _arguments_called(call: ast.Call) -> Iterator[str]:
    """Yield the keywords of a call, and how the variables are called that it gives by position."""
    for keyword in call.keywords:
        if keyword.arg:
            yield keyword.arg
    for argument in call.args:
        if isinstance(argument, ast.Name):
            yield argument.id
