"""Which APIs of torch the cases of a record use, themselves or by what they share, as their source tells."""

import ast
import collections
import re
from pathlib import Path
from typing import Any, Dict, FrozenSet, Iterable, Iterator, List, Optional, Sequence, Set, Tuple

from ..finding import sources
from ..finding.discovery import Case
from ..finding.families import alone
from .own_class import Class
from .syntax import FUNCTIONS
from .torch_api import MODULE_METHODS, OWNERS, hinted
from .torch_names import MODULE, NODE, OPTIMIZER, SCHEDULER, TENSOR, ancestors, is_class
from .torch_names import public as public_name
from .tree import Import, Module, Tree
from .values import Value
from .walker import Shared, Walker

_Place = Tuple[int, str]
"""What stands at the top of a file: the file's number in the tree, and its name there."""

_WHOLLY_OF_THE_ROOT = (TENSOR, OPTIMIZER, SCHEDULER, NODE)
"""Classes whose members are theirs, whichever class derives from them."""


_TOP = re.compile(r"^(?!from |import |@|[#)\]}]|\"\"\")\S", re.MULTILINE)
"""The beginning of a statement at the top of a file, but for imports, and what may be the end of one."""


class Uses:
    """What the code of some cases uses; it reads no more files than each question takes.

    Args:
        folder: the folder of the cases.
        cases: those that are asked about, all in it.
        known: qualified names of APIs that are known to be there, such as those that causes name.
    """

    def __init__(self, folder: Path, cases: Iterable[Case], known: Iterable[str] = ()):
        paths = sources.python_files(folder)
        self._tree = Tree(paths)
        self._texts = [sources.read(path).lower() for path in paths]
        numbers = {path: number for number, path in enumerate(paths)}
        self._cases: Dict[_Place, List[Case]] = {}
        for case in cases:
            self._cases.setdefault((numbers[case.path], case.function), []).append(case)
        self._known = frozenset(known)

    def of_api(self, wanted: str) -> Dict[str, Set[str]]:
        """Return for each case the APIs it uses, by the case's id; cases that use none of them are left out.

        Args:
            wanted: part of a qualified name, such as "nn.Linear" or "zero_grad", in any case: only APIs of such a name
                are returned. Empty for all.
        """
        wanted = wanted.lower()
        last = wanted.rpartition(".")[2]
        is_operator = last.startswith("__")  # Which is used without being named.
        shared = Shared(self._tree)
        found: Dict[_Place, Set[str]] = {}
        for number, text in enumerate(self._texts):
            module = self._tree.safe_module(number) if is_operator or last in text else None
            if module is None:
                continue
            reader = _Reader(self._tree, module, shared, self._known, wanted)
            reader.read_all()
            for name, node in _tops(module):
                here = {api for line in _lines(node) for api in reader.apis.get(line, ())}
                if here:
                    found[number, name] = here
        used = self._of_cases(self._spread(found))
        for case in (case for cases in self._cases.values() for case in cases if case.values and case.needs):
            # What its values name, of which the code of a family has no more than a variable.
            name = public_name(str(case.needs).partition("(")[0])
            if f".{wanted}." in f".{name}.".lower() or not wanted:
                used[case.id] = {*used.get(case.id, ()), name}
        return used

    def of_text(self, text: str) -> Set[str]:
        """Return the ids of the cases that have a text, in any case, in their code or that of what they share."""
        text = text.lower()
        found: Dict[_Place, Set[str]] = {}
        ids: Set[str] = set()
        left = {number: in_file.count(text) for number, in_file in enumerate(self._texts)}
        for place, cases in self._cases.items():
            for case in cases:
                count = case.source.lower().count(text)
                if count:
                    ids.add(case.id)
                    # Of the members of a family each has rows of its own, so that the sum tells nothing.
                    left[place[0]] -= 0 if case.values else count
        for number, more in left.items():
            module = self._tree.safe_module(number) if more > 0 else None
            if module:
                for name, node in _tops(module):
                    # What cases have of their own is known.
                    lines = () if (number, name) in self._cases else _lines(node)
                    if any(text in module.code.lines[line - 1].lower() for line in lines):
                        found[number, name] = {text}
        return ids.union(self._of_cases(self._spread(found)))

    def shared(self) -> Dict[str, Set[str]]:
        """Return for each case, by its id, what it uses of the files' other code; without those that use none."""
        found: Dict[_Place, Set[str]] = {}
        cases = collections.Counter(number for number, _ in self._cases)
        for number, text in enumerate(self._texts):
            # Of most files, to look at how their lines begin tells that there is nothing but cases.
            module = self._tree.safe_module(number) if len(_TOP.findall(text)) > cases[number] else None
            if module:
                lines = module.code.lines
                for name, node in _tops(module):
                    if (number, name) not in self._cases:
                        found[number, name] = {"\n".join(lines[line - 1] for line in _lines(node))}
        return self._of_cases(self._spread(found))

    def _of_cases(self, found: Dict[_Place, Set[str]]) -> Dict[str, Set[str]]:
        return {case.id: names for place, names in found.items() for case in self._cases.get(place, ())}

    def _spread(self, found: Dict[_Place, Set[str]]) -> Dict[_Place, Set[str]]:
        """Give what stands at the top of files also what that has which it names, and return `found`."""
        named: Dict[_Place, Set[_Place]] = {}
        read: Set[int] = set()
        looked_for: Set[str] = set()
        while True:
            names = {name.lower() for place in found if place not in self._cases for name in [place[1]]} - looked_for
            if not names:
                return found
            looked_for |= names
            for number, text in enumerate(self._texts):
                if number not in read and any(name in text for name in names):
                    read.add(number)
                    module = self._tree.safe_module(number)
                    if module:
                        for name, node in _tops(module):
                            own = self._alone((number, name), node)
                            named[number, name] = set(self._named_by(module, own))
            changed = True
            while changed:
                changed = False
                for place, others in named.items():
                    gained = set().union(*(found.get(other, ()) for other in others)) - found.get(place, set())
                    if gained:
                        found[place] = found.get(place, set()) | gained
                        changed = True

    def _alone(self, place: _Place, node: ast.AST) -> ast.AST:
        """Return what stands in `place`; a family without its tables, of which each member has rows of its own."""
        values = self._cases[place][0].values if place in self._cases else ""
        return alone(node, ast.literal_eval(values)) if values else node

    def _named_by(self, module: Module, node: ast.AST) -> Iterator[_Place]:
        for one in ast.walk(node):
            if isinstance(one, ast.Name):
                symbol = module.symbols.get(one.id)
                if not isinstance(symbol, Import):
                    if symbol is not None:
                        yield module.number, one.id
                    continue
                number = self._tree.find(symbol.name, symbol.level, module.number) if symbol.member else None
                if number is not None:
                    yield number, symbol.member
            elif isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name):
                symbol = module.symbols.get(one.value.id)
                if isinstance(symbol, Import):
                    dotted = ".".join(filter(None, (symbol.name, symbol.member)))
                    number = self._tree.find(dotted, symbol.level, module.number)
                    if number is not None:
                        yield number, one.attr


class _Reader(Walker):
    """Reads a module and keeps the APIs that are used on each line, by their qualified names."""

    def __init__(self, tree: Tree, module: Module, shared: Shared, known: FrozenSet[str], wanted: str):
        super().__init__(tree, module, shared)
        self.apis: Dict[int, Set[str]] = {}
        self._known, self._wanted = known, f".{wanted}." if wanted else ""

    def _met(self, node: ast.AST, name: str) -> None:
        if name.startswith("torch.") and self._wanted in f".{name}.".lower():
            self.apis.setdefault(getattr(node, "lineno", 1), set()).add(name)

    def met_name(
        self, kind: str, node: ast.AST, name: str, use: str, shift: int = 0, value: Optional[ast.expr] = None
    ) -> Tuple[Any, ...]:
        is_on_the_way = kind == "reached" or (kind == "read" and use.startswith(".") and not is_class(name))
        if not is_on_the_way:
            owner, _, last = name.rpartition(".")
            if is_class(owner):
                self._met_member(node, ancestors(owner), last)
            else:
                self._met(node, public_name(name))
        return ()

    def _met_member(self, node: ast.AST, chain: Sequence[str], member: str) -> None:
        """Keep a member under the name of the class that has it, and of each for which the causes have it."""
        for name in {self._owned(chain, member), *self._known.intersection(f"{one}.{member}" for one in chain)}:
            self._met(node, name)

    def met_member(
        self,
        kind: str,
        node: ast.AST,
        receiver: Value,
        name: str,
        use: str,
        call: Optional[ast.Call] = None,
        value: Optional[ast.expr] = None,
        hint: str = "",
        shift: int = 0,
    ) -> Tuple[Any, ...]:
        if receiver.kind == "unknown":
            owners = OWNERS.get(name, frozenset())
            said = hinted(hint) if hint else ""
            if owners:  # Where nothing tells which of them it is, Modules are what the cases are about.
                owner = said if said in owners else MODULE if MODULE in owners else next(iter(owners))
                self._met(node, f"{owner}.{name}")
        elif receiver.kind in ("object", "super"):
            lineage = self.shared.classes.lineage(receiver.name if receiver.kind == "object" else self.own_class)
            is_own = receiver.kind == "object" and any(one.has(name) for one, _ in lineage.own)
            full = self._owned(lineage.others, name) if lineage.others and not is_own else ""
            if full and (full != f"{MODULE}.{name}" or self._is_of_modules(name)):  # Else it is something registered.
                self._met_member(node, lineage.others, name)
        return ()

    def _do_ClassDef(self, node: ast.ClassDef) -> None:
        super()._do_ClassDef(node)
        chain = self.shared.classes.lineage(self._known_as(node)).others
        for one in node.body:
            if isinstance(one, FUNCTIONS) and chain:
                name = self._owned(chain, one.name)
                if name in self._known or self._is_of_modules(one.name):  # It overrides that.
                    self._met_member(one, chain, one.name)

    def _is_of_modules(self, member: str) -> bool:
        return member in MODULE_METHODS or member in OWNERS or f"{MODULE}.{member}" in self._known

    def _owned(self, chain: Sequence[str], member: str) -> str:
        return owned(chain, member, self._known)


def _tops(module: Module) -> Iterator[Tuple[str, ast.AST]]:
    """Yield what has a name at the top of a module: functions, classes, and what is assigned."""
    for name, symbol in module.symbols.items():
        if not isinstance(symbol, Import):
            yield name, symbol.node if isinstance(symbol, Class) else symbol


def _lines(node: Any) -> Iterable[int]:
    """Return the numbers of the lines that a node stands on, with its decorators."""
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
    return range(first, node.end_lineno + 1)


def owned(chain: Sequence[str], member: str, known: FrozenSet[str] = frozenset()) -> str:
    """Return the qualified name of a member of an object whose class derives from those of `chain`.

    Args:
        chain: the class and those that it derives from, the nearest first.
        member: the name of a method or an attribute.
        known: qualified names of APIs that are known to be there.
    """
    roots = OWNERS.get(member, frozenset())
    if member in MODULE_METHODS:
        roots |= {MODULE}
    for one in chain:
        if one in roots or one in _WHOLLY_OF_THE_ROOT:
            return f"{one}.{member}"
    return next((f"{one}.{member}" for one in chain if f"{one}.{member}" in known), f"{chain[0]}.{member}")
