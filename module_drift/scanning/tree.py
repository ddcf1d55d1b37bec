"""The modules of the scanned tree: what each defines, and how one is found from another."""

import ast
import builtins
import contextlib
import functools
import os
from collections import OrderedDict
from pathlib import Path
from typing import Callable, Dict, FrozenSet, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

from ..common.errors import InputError
from . import parsing, reading
from .own_class import NO_CLASS, Class
from .parsing import Syntax
from .reading import Code
from .syntax import FUNCTIONS, flags

BUILTINS: FrozenSet[str] = frozenset(dir(builtins))

_LINES_KEPT = 150_000
_SYMBOLS_KEPT = 300
"""How many lines of files, and functions and classes of others, stay parsed, for when it is their turn."""


class Import(NamedTuple):
    """A name that an import gives: of the module `name`, or of `member` in it; `level` counts its dots."""

    name: str
    member: str
    level: int


Symbol = Union[Import, Class, ast.FunctionDef, ast.AsyncFunctionDef, ast.expr]


class Module:
    """A file of the scanned tree.

    Attributes:
        number: by which qualified names of the tree begin: @number.
        code: what is in the file.
        symbols: what its names are, when all of it has run.
        stars: modules of which it imports all names.
    """

    def __init__(self, number: int, code: Code):
        self.number = number
        self.code = code
        self.symbols: Dict[str, Symbol] = {}
        self.stars: List[Import] = []
        self.foreign_methods: Dict[str, bool] = {}
        self._define(code.syntax.tree.body, conditional=False)

    def _define(self, body: Sequence[ast.stmt], conditional: bool) -> None:
        for node in body:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name if alias.asname else alias.name.partition(".")[0]
                    self._set(alias.asname or top, Import(top, "", 0), conditional)
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    one = Import(node.module or "", alias.name, node.level)
                    if alias.name == "*":
                        self.stars.append(one)
                    else:
                        self._set(alias.asname or alias.name, one, conditional)
            elif isinstance(node, ast.ClassDef):
                self._set(node.name, Class(node), conditional)
            elif isinstance(node, FUNCTIONS):
                self._set(node.name, node, conditional)
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        self._set(target.id, node.value, conditional)
            elif isinstance(node, ast.AnnAssign):
                if isinstance(node.target, ast.Name) and node.value:
                    self._set(node.target.id, node.value, conditional)
            elif isinstance(node, ast.If):
                self._define(node.body, conditional)
                self._define(node.orelse, conditional=True)
                holding, failing = _assigned(node.body), _assigned(node.orelse)
                for name in holding.keys() & failing.keys():
                    if isinstance(holding[name], ast.Call) is not isinstance(failing[name], ast.Call):
                        chosen = ast.IfExp(node.test, holding[name], failing[name])  # Such as a function or a partial.
                        self._set(name, ast.copy_location(chosen, node.test), conditional)
                holds, fails = flags(node.body), flags(node.orelse)
                for name, truth in holds.items():
                    if fails.get(name, truth) is not truth:  # Then it tells what the condition does.
                        test = node.test if truth else ast.UnaryOp(ast.Not(), node.test)
                        self._set(name, ast.copy_location(test, node.test), conditional=False)
            elif isinstance(node, ast.Try):
                self._define(node.body, conditional)
                for handler in node.handlers:
                    self._define(handler.body, conditional=True)
                self._define([*node.orelse, *node.finalbody], conditional)
            elif isinstance(node, (ast.With, ast.For, ast.While)):
                self._define(node.body, conditional)

    def name_of(self, one: Class) -> str:
        """Return the name under which a class is kept, which has its line if it stands within another thing."""
        here = self.symbols.get(one.name)
        if isinstance(here, Class) and here.line == one.line:  # Perhaps of another reading of the file.
            return one.name
        name = f"{one.name}:{one.line}"
        self.symbols.setdefault(name, one)
        return name

    def inner_class(self, node: ast.ClassDef) -> str:
        """Return the name under which a class within another thing is kept."""
        name = f"{node.name}:{node.lineno}"
        if name not in self.symbols:
            self.symbols[name] = Class(node)
        return name

    def _set(self, name: str, symbol: Symbol, conditional: bool) -> None:
        if not (conditional and name in self.symbols):
            self.symbols[name] = symbol


def _assigned(body: Sequence[ast.stmt]) -> Dict[str, ast.expr]:
    """Return the names that statements of a body bind to another name, an attribute, or what a call gives."""
    return {
        target.id: one.value
        for one in body
        if isinstance(one, ast.Assign) and isinstance(one.value, (ast.Name, ast.Attribute, ast.Call))
        for target in one.targets
        if isinstance(target, ast.Name)
    }


class Tree:
    """The scanned files, read when they are asked for.

    Args:
        paths: where they are.
        outlines: whether what functions hold is parsed only when it is asked for, but for a module whose `turn` it is.
    """

    def __init__(self, paths: Sequence[Path], outlines: bool = False):
        self._parse = parsing.parse_outline if outlines else parsing.parse
        self.paths = [Path(os.path.abspath(path)) for path in paths]
        self._folders = [path.parent for path in self.paths]
        self._found: Dict[Tuple[str, int, Path], Optional[int]] = {}
        self._shown = list(paths)
        self._by_suffix: Dict[str, List[int]] = {}
        for number, path in enumerate(self.paths):
            for name in _names(path):
                self._by_suffix.setdefault(name, []).append(number)
        self._loaded: OrderedDict[int, Module] = OrderedDict()
        self._symbols: OrderedDict[str, Symbol] = OrderedDict()
        self._failed: Dict[int, InputError] = {}
        self._lines = 0
        self._turn = -1

    def module(self, number: int) -> Module:
        """Return a module.

        Raises:
            InputError: its file cannot be read or parsed.
        """
        return self._module(number, self._parse)

    @contextlib.contextmanager
    def turn(self, number: int) -> Iterator[Module]:
        """Give a module of which everything is looked at, in order.

        Raises:
            InputError: its file cannot be read or parsed.
        """
        self._turn = number
        module = self._module(number, parsing.parse)
        module.code.syntax.begin()
        try:
            yield module
        finally:
            module.code.syntax.let_go()

    def _module(self, number: int, parse: Callable[[Sequence[str]], Syntax]) -> Module:
        if number in self._loaded:
            self._loaded.move_to_end(number)
            return self._loaded[number]
        if number in self._failed:
            raise self._failed[number]
        try:
            loaded = Module(number, reading.read(self._shown[number], parse))
        except InputError as error:
            self._failed[number] = error
            raise
        except RecursionError:
            self._failed[number] = InputError(self._shown[number], "nests too deeply", "leave it out")
            raise self._failed[number] from None
        self._loaded[number] = loaded
        self._lines += len(loaded.code.lines)
        while self._lines > _LINES_KEPT and len(self._loaded) > 2:
            self._drop(next(one for one in self._loaded if one != self._turn))
        return loaded

    def _drop(self, number: int) -> None:
        dropped = self._loaded.pop(number)
        self._lines -= len(dropped.code.lines)
        for name, symbol in dropped.symbols.items():
            if isinstance(symbol, Class) and symbol.name == name:  # Else it stands within another thing.
                symbol.let_go(functools.partial(self._class, number, name))
        dropped.code.syntax.pack()

    def _class(self, number: int, name: str) -> Class:
        """Return a class as it is parsed now; one that has nothing if the file is not as it was."""
        module = self.safe_module(number)
        found = module.symbols.get(name) if module else None
        return found if isinstance(found, Class) else Class(NO_CLASS)

    def find(self, dotted: str, level: int, asker: int) -> Optional[int]:
        """Return the number of the module `dotted`, as the module `asker` would import it; None if it is not here."""
        if not level and dotted not in self._by_suffix:
            return None
        folder = self._folders[asker]
        if (dotted, level, folder) not in self._found:
            self._found[dotted, level, folder] = self._look_for(dotted, level, folder)
        found = self._found[dotted, level, folder]
        is_itself = found == asker and not level and self.paths[asker].stem != "__init__"
        return None if is_itself else found  # What is called as another package is not what it imports.

    def _look_for(self, dotted: str, level: int, folder: Path) -> Optional[int]:
        if level:
            for _ in range(level - 1):
                folder = folder.parent
            base = folder.joinpath(*dotted.split(".")) if dotted else folder
            wanted = {base.with_suffix(".py"), base / "__init__.py"} if dotted else {base / "__init__.py"}
            name = dotted or folder.name
            return next((n for n in self._by_suffix.get(name, ()) if self.paths[n] in wanted), None)
        if dotted.partition(".")[0] == "torch":
            return None
        found = [n for n in self._by_suffix.get(dotted, ()) if self._is_reached(n, dotted, folder)]
        if len(found) > 1:
            found.sort(key=lambda n: -len(os.path.commonpath([self.paths[n], folder])))
        return found[0] if found else None

    def _is_reached(self, number: int, dotted: str, folder: Path) -> bool:
        """Return whether `import dotted` could mean that file: its path ends so, and no package is around that."""
        path = self.paths[number]
        depth = len(dotted.split(".")) + (path.stem == "__init__")
        around = path.parents[depth - 1]
        return around == folder or not (around / "__init__.py").exists()

    def symbol(self, name: str) -> Optional[Symbol]:
        """Return what a qualified name of the tree is, where a module's body has it; None otherwise."""
        if name not in self._symbols:
            number, _, symbol = name[1:].partition(".")
            module = self.safe_module(int(number))
            found = module.symbols.get(symbol) if module else None
            if found is None:
                return None
            self._symbols[name] = found
            if len(self._symbols) > _SYMBOLS_KEPT:
                self._symbols.popitem(last=False)
        self._symbols.move_to_end(name)
        return self._symbols[name]

    def safe_module(self, number: int) -> Optional[Module]:
        """Return a module, or None if it cannot be read."""
        try:
            return self.module(number)
        except InputError:
            return None


def _names(path: Path) -> Iterator[str]:
    """Yield the names by which a file could be imported: of one part, of two and so on."""
    if path.suffix != ".py":
        return
    parts = path.with_suffix("").parts[1:]
    if parts and parts[-1] == "__init__":
        parts = parts[:-1]
    for length in range(1, min(len(parts), 7) + 1):
        name = ".".join(parts[-length:])
        yield name
