"""Digests of what each case executes of a project's source: when one changes, that case must be run again.

What a case may execute is found by names: its own function, what that names at the top of its file, what this names in
turn, and so on, through imports of other files. What runs when files are imported, beyond giving names to functions,
classes and plain values, may reach everything: it counts for every case. Where names do not tell, all files count.
Comments, layout, the case's sentence and where it is run do not. Of the tables of a family only its own values count
for a member.
"""

import ast
import builtins
import hashlib
import os
from pathlib import Path
from typing import Collection, Dict, Iterable, Iterator, List, NamedTuple, Optional, Set, Tuple, Union

from .. import NAME
from . import families, sources
from .discovery import Case

_WHOLE = "*"
"""In the place of a name: all that is in the file."""

_DYNAMIC_NAMES = {"__import__", "eval", "exec", "globals", "locals", "vars"}
_DYNAMIC_MODULES = {"builtins", "importlib", "pkgutil", "runpy", "sys"}
"""By which anything may be reached."""

_NOBODYS: List[Optional[Path]] = [None]
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)
_NOT_CODE = {"ctx", "kind", "type_comment"}
"""Fields of syntax trees that differ between Pythons, or say again what others say."""

_Unit = Tuple[str, int, str, str]
"""Module and place of a statement, the name that it imports, and what it says."""


def _asked_of_one(statement: ast.AST) -> Set[ast.AST]:
    """Return where `vars` is asked of an object, of which it returns the attributes, and not of the place it is in."""
    calls = (node for node in ast.walk(statement) if isinstance(node, ast.Call) and node.args)
    return {call.func for call in calls if isinstance(call.func, ast.Name) and call.func.id == "vars"}


def _that_name_a_module(statement: ast.AST, own: Collection[str]) -> Set[ast.AST]:
    """Return where `sys` is only asked for a module of a name that is written there, and is none of `own` and below."""
    found: Set[ast.AST] = set()
    for node in ast.walk(statement):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get"):
            continue
        modules, name = node.func.value, node.args[0] if node.args else None
        if not (isinstance(modules, ast.Attribute) and modules.attr == "modules"):
            continue
        if isinstance(name, ast.Constant) and isinstance(name.value, str) and name.value.partition(".")[0] not in own:
            found.add(modules.value)
    return found


class _Import(NamedTuple):
    """Where an imported name comes from.

    Attributes:
        file: a file of the project, or None if it is somebody else's.
        name: the name there; `_WHOLE` if what is bound is the module itself.
        text: the same in words.
        is_path: whether what is bound is only the first of the modules on the way to `file`.
    """

    file: Optional[Path]
    name: str
    text: str
    is_path: bool = False


class _File(NamedTuple):
    """A Python file, by the names at its top.

    Attributes:
        module: its dotted name.
        statements: what is at its top.
        bound: for each name the places of the statements that give it a meaning.
        imported: for each imported name where it comes from, and the place of the import.
    """

    module: str
    statements: List[ast.stmt]
    bound: Dict[str, List[int]]
    imported: Dict[str, List[Tuple[int, _Import]]]


class Digests:
    """Digests of the code of cases in one folder.

    Args:
        folder: the folder of cases.
        root: the project around it, whose modules cases may import: those at its top, and in `src`.
        cases: all cases there are.

    Attributes:
        states: of each file that was read, by what `_state` returned before.

    Raises:
        InputError: a file cannot be read.
    """

    def __init__(self, folder: Path, root: Path, cases: Iterable[Case]):
        self._folder, self._root = folder, root
        self.states: Dict[Path, object] = {}
        self._files: Dict[Path, _File] = {}
        self._executed: Set[Path] = set()
        self._known: Dict[Tuple[Path, int], Tuple[str, List[Tuple[Path, str]]]] = {}
        self._families: Dict[Tuple[Path, int], Tuple[str, List[Tuple[Path, str]]]] = {}
        paths = dict.fromkeys(case.path for case in cases)
        for path in paths:
            self._execute(path)
        self._every_class_matters = any(map(self._shapes_subclasses, self._executed))
        self._common = self._gathered(self._effects(self._executed), set())

    def of(self, case: Case, version: int) -> str:
        """Return the digest of what `case` executes, as 12 hexadecimal digits.

        Args:
            case: a case of the folder.
            version: of what makes an observation of it.

        Raises:
            InputError: a file cannot be read.
        """
        units = self._gathered([(case.path, case.function)], self._common, case)
        hashed = hashlib.sha256(f"{version}\n".encode())
        for unit in sorted(units):
            module, _, name, text = unit  # Where among others a statement stands does not matter, but their order.
            hashed.update(f"{module}\0{name}\0{text}\n".encode("utf-8", "surrogatepass"))
        return hashed.hexdigest()[:12]

    def lines(self, case: Case) -> Dict[Path, Set[int]]:
        """Return the lines of each file that `case` executes by name, beside those that every case does.

        Raises:
            InputError: a file cannot be read.
        """
        places: Set[Tuple[Path, int]] = set()
        self._gathered([(case.path, case.function)], self._common, case, places)
        found: Dict[Path, Set[int]] = {}
        for path, place in places:
            statement = self._file(path).statements[place]
            first = min(one.lineno for one in (statement, *getattr(statement, "decorator_list", ())))
            found.setdefault(path, set()).update(range(first, (statement.end_lineno or first) + 1))
        return found

    def _execute(self, path: Path) -> Set[Path]:
        """Return the files that are executed beside those that were, if `path` is imported; note them."""
        before, todo = set(self._executed), [path]
        while todo:
            path = todo.pop()
            if path in self._executed:
                continue
            self._executed.add(path)
            packages = (each / "__init__.py" for each in path.parents if self._top(path) in each.parents)
            todo += [each for each in packages if each.is_file()]
            todo += [source.file for found in self._file(path).imported.values() for _, source in found if source.file]
        return self._executed - before

    def _effects(self, paths: Iterable[Path]) -> List[Tuple[Path, Union[str, int]]]:
        return [
            (path, place)
            for path in paths
            for place, statement in enumerate(self._file(path).statements)
            if not self._is_inert(path, statement)
        ]

    def _gathered(
        self,
        todo: Iterable[Tuple[Path, Union[str, int]]],
        known: Set[_Unit],
        case: Optional[Case] = None,
        places: Optional[Set[Tuple[Path, int]]] = None,
    ) -> Set[_Unit]:
        """Return `known` and the units of all that names or places of statements, `todo`, rest on.

        Add the files and places of these statements to `places`, which are of what is reached by its name alone.
        """
        units, seen, left = set(known), set(), list(todo)
        while left:
            path, what = left.pop()
            if (path, what) in seen or (places is not None and what == _WHOLE):
                continue
            seen.add((path, what))
            if path not in self._executed:  # Of what is imported within a function.
                left += self._effects(self._execute(path))
            file = self._file(path)
            if isinstance(what, int):
                statement = file.statements[what]
                is_case = case is not None and path == case.path and getattr(statement, "name", None) == case.function
                if case is not None and is_case and case.values:
                    said, used = self._read_family(path, what, case)
                    said = f"{said}\n{case.values}"
                else:
                    said, used = self._read(path, what)
                    said = _said(families.alone(statement), without_docstring=True) if is_case else said
                units.add((file.module, what, "", said))
                if places is not None:
                    places.add((path, what))
                left += used
                continue
            names = [*file.bound, *file.imported] if what == _WHOLE else [what]
            if what not in file.bound and what not in file.imported and what != _WHOLE:
                names = ["__getattr__"]
            for name in names:
                left += [(path, place) for place in file.bound.get(name, ())]
                for place, source in file.imported.get(name, ()):
                    units.add((file.module, place, name, source.text))
                    if places is not None:
                        places.add((path, place))
                    left += self._followed(source)
        return units

    def _read(self, path: Path, place: int) -> Tuple[str, List[Tuple[Path, str]]]:
        """Return what a statement says and names; hundreds of cases reach the same ones."""
        if (path, place) not in self._known:
            file = self._file(path)
            statement = file.statements[place]
            self._known[path, place] = _said(statement), list(self._used(path, file, statement))
        return self._known[path, place]

    def _read_family(self, path: Path, place: int, member: Case) -> Tuple[str, List[Tuple[Path, str]]]:
        """Return the same of the function of a family, without the tables, which are larger the more members it has."""
        if (path, place) not in self._families:
            file = self._file(path)
            statement = families.alone(file.statements[place], ast.literal_eval(member.values))
            said = _said(statement, without_docstring=True)
            self._families[path, place] = said, list(self._used(path, file, statement))
        return self._families[path, place]

    def _followed(self, source: _Import) -> Iterator[Tuple[Path, str]]:
        if source.file:
            yield source.file, source.name
        if source.text.partition(".")[0] in _DYNAMIC_MODULES:
            yield from self._everything()

    def _everything(self) -> Iterator[Tuple[Path, str]]:
        return ((path, _WHOLE) for path in sources.python_files(self._folder))

    def _used(self, path: Path, file: _File, statement: ast.stmt) -> Iterator[Tuple[Path, str]]:
        """Yield the file and name of what `statement` names; of a module that it takes attributes of, these alone."""
        narrowed = _that_name_a_module(statement, {self._folder.name, NAME})
        for node in ast.walk(statement):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                found = [source for _, source in file.imported.get(node.value.id, ())]
                if found and all(self._is_module_with(source, node.attr) for source in found):
                    narrowed.add(node.value)
                    yield from ((source.file, node.attr) for source in found if source.file)
        of_one = _asked_of_one(statement)
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node not in narrowed:
                yield path, node.id
                if node.id in _DYNAMIC_NAMES and node not in of_one:
                    yield from self._everything()
            elif isinstance(node, _IMPORTS):  # Within a function.
                for _, source in self._sources(path, node):
                    yield from self._followed(source)

    def _is_module_with(self, source: _Import, name: str) -> bool:
        if source.file is None or source.name != _WHOLE or source.is_path:
            return False
        file = self._file(source.file)
        return name in file.bound or name in file.imported

    def _file(self, path: Path) -> _File:
        if path not in self._files:
            self.states[path] = _state(path)  # Before it is read: one that changes meanwhile is another one then.
            tree = sources.parse(path, sources.read(path))
            statements = [one for one in tree.body if not _is_text(one)]
            file = self._files[path] = _File(".".join(self._module(path)), statements, {}, {})
            for place, statement in enumerate(statements):
                for node in _at_the_top(statement):
                    if isinstance(node, _IMPORTS):
                        for name, source in self._sources(path, node):
                            file.imported.setdefault(name, []).append((place, source))
                            if node is not statement:
                                file.bound.setdefault(name, []).append(place)
                    else:
                        for name in _names(node):
                            file.bound.setdefault(name, []).append(place)
        return self._files[path]

    def _sources(self, path: Path, node: ast.stmt) -> Iterator[Tuple[str, _Import]]:
        """Yield each name that an import binds, and where it comes from."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                is_path = not alias.asname and first != alias.name
                for file in self._found(alias.name.split(".")) or _NOBODYS:
                    yield alias.asname or first, _Import(file, _WHOLE, alias.name, is_path)
            return
        assert isinstance(node, ast.ImportFrom)
        parts = node.module.split(".") if node.module else []
        if node.level:
            package = self._module(path) if path.name == "__init__.py" else self._module(path)[:-1]
            parts = [*package[: len(package) - node.level + 1], *parts]
        for alias in node.names:
            name, text = alias.asname or alias.name, f"{'.'.join(parts)}.{alias.name}"
            modules = [] if alias.name == "*" else self._found([*parts, alias.name])
            for module in modules:
                yield name, _Import(module, _WHOLE, text, is_path=len(modules) > 1)
            for file in [] if modules else self._found(parts) or _NOBODYS:
                yield name, _Import(file, _WHOLE if alias.name == "*" else alias.name, text)
                if alias.name == "*" and file:
                    for each in (*self._file(file).bound, *self._file(file).imported, "__all__"):
                        yield each, _Import(file, each, text)

    def _top(self, path: Path) -> Path:
        """Return the folder from which `path` is imported."""
        tops = (self._folder.parent if self._folder in path.parents else None, self._root / "src", self._root)
        return next(top for top in tops if top and top in path.parents)

    def _module(self, path: Path) -> List[str]:
        """Return the dotted name of the module in `path`, by its parts."""
        parts = list(path.relative_to(self._top(path)).with_suffix("").parts)
        return parts[:-1] if parts[-1] == "__init__" else parts

    def _found(self, parts: List[str]) -> List[Path]:
        """Return the file that the module `parts` is in; of a folder without __init__.py, all files; or none."""
        if not parts or parts[0] == NAME:
            return []
        for top in [self._folder.parent] if parts[0] == self._folder.name else [self._root, self._root / "src"]:
            path = top.joinpath(*parts)
            for file in (path.with_name(f"{path.name}.py"), path / "__init__.py"):
                if file.is_file():
                    return [file]
            if path.is_dir() and self._folder in (path, *path.parents):
                return sources.python_files(path)
        return []

    def _shapes_subclasses(self, path: Path) -> bool:
        """Return whether a class in `path` may do something wherever another derives from it."""
        for node in ast.walk(ast.Module(self._file(path).statements, [])):
            if isinstance(node, ast.ClassDef):
                named = {getattr(one, "name", "") for one in node.body}
                if node.keywords or named & {"__init_subclass__", "__set_name__"}:
                    return True
        return False

    def _is_inert(self, path: Path, statement: ast.AST) -> bool:
        """Return whether `statement` does nothing but give names to functions, classes and plain values."""
        if isinstance(statement, ast.ImportFrom):
            return statement.module != "__future__"
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return all(map(_is_plain, _defaults(statement.args))) and self._are_of_others(
                path, statement.decorator_list
            )
        if isinstance(statement, ast.ClassDef):
            if self._every_class_matters or statement.keywords or not all(map(_is_plain, statement.bases)):
                return False
            return self._are_of_others(path, statement.decorator_list) and all(
                self._is_inert(path, one) for one in statement.body
            )
        if isinstance(statement, ast.Assign):
            return _is_plain(statement.value) and all(isinstance(one, ast.Name) for one in statement.targets)
        if isinstance(statement, ast.AnnAssign):
            return isinstance(statement.target, ast.Name) and (not statement.value or _is_plain(statement.value))
        return isinstance(statement, (ast.Import, ast.Pass)) or _is_text(statement)

    def _are_of_others(self, path: Path, decorators: Iterable[ast.expr]) -> bool:
        """Return whether all `decorators` are somebody else's, which know nothing of the project."""
        for decorator in decorators:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            attribute = getattr(called, "attr", None)
            while isinstance(called, ast.Attribute):
                called = called.value
            found = self._file(path).imported.get(called.id, ()) if isinstance(called, ast.Name) else ()
            is_builtin = isinstance(called, ast.Name) and not found and hasattr(builtins, called.id)
            is_property = attribute in ("setter", "getter", "deleter")
            if not (is_builtin or is_property or (found and all(source.file is None for _, source in found))):
                return False
        return True


def _names(node: ast.AST) -> Iterator[str]:
    """Yield the names that `node` gives a meaning."""
    if isinstance(node, _SCOPES):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
        yield node.id
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name


def _at_the_top(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield `statement` and the nodes below it that are in its own scope."""
    todo: List[ast.AST] = [statement]
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, _SCOPES):
            todo += [*node.decorator_list, *(node.args.defaults if not isinstance(node, ast.ClassDef) else node.bases)]
        elif not isinstance(node, ast.Lambda):
            todo += ast.iter_child_nodes(node)


def _defaults(arguments: ast.arguments) -> List[ast.expr]:
    return [*arguments.defaults, *(one for one in arguments.kw_defaults if one)]


def _is_plain(value: ast.expr) -> bool:
    """Return whether `value` is a literal, a name, a part of one or a lambda, so that to evaluate it does nothing."""
    if isinstance(value, (ast.Name, ast.Constant)):
        return True
    if isinstance(value, ast.Lambda):
        return all(map(_is_plain, _defaults(value.args)))
    if isinstance(value, ast.Attribute):
        return _is_plain(value.value)
    if isinstance(value, ast.Subscript):
        part = getattr(value.slice, "value", None) if type(value.slice).__name__ == "Index" else value.slice
        return _is_plain(value.value) and isinstance(part, ast.Constant)
    if isinstance(value, (ast.List, ast.Tuple, ast.Set)):
        return all(map(_is_plain, value.elts))
    if isinstance(value, ast.Dict):
        return all(_is_plain(one) for one in [*value.keys, *value.values] if one)
    return isinstance(value, ast.UnaryOp) and isinstance(value.operand, ast.Constant)


def _is_text(statement: ast.AST) -> bool:
    """Return whether `statement` is a text alone, such as the documentation of what is above it."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _said(node: object, without_docstring: bool = False) -> str:
    """Return what a syntax tree says, the same on every Python."""
    if isinstance(node, list):
        return f"[{','.join(map(_said, node))}]"
    if not isinstance(node, ast.AST):
        return f"{type(node).__name__}:{node!r}"
    if type(node).__name__ == "Index":  # Up to Python 3.8.
        return _said(node.value)  # type: ignore[attr-defined]
    name, fields = type(node).__name__, dict(ast.iter_fields(node))
    if name == "ExtSlice":
        name, fields = "Tuple", {"elts": fields["dims"]}
    if without_docstring and _is_text(fields["body"][0]):
        fields["body"] = fields["body"][1:]
    kept = (f"{field}={_said(value)}" for field, value in fields.items() if field not in _NOT_CODE and value != [])
    return f"{name}({','.join(kept)})"


class _Kept(NamedTuple):
    """What `digests` returned last, and on what that depends.

    Attributes:
        asked: for what it was asked.
        around: the files and folders there were, by what `_around` returned.
        states: of each file that was read, by what `_state` returned.
        digests: the digests.
    """

    asked: Tuple[object, ...]
    around: Tuple[object, ...]
    states: Dict[Path, object]
    digests: Dict[str, str]


_kept: List[_Kept] = []


def digests(folder: Path, root: Path, cases: Iterable[Case], version: int) -> Dict[str, str]:
    """Return the digest of each of `cases`, all of `folder`, by its id; see `Digests.of`.

    They are kept for as long as no file has changed: a sweep asks for them before and after each of hundreds of runs.
    """
    cases = list(cases)
    asked = folder, root, [(case.id, case.path, case.function, case.source) for case in cases], version
    around = _around(folder, root)
    for kept in _kept:
        if (kept.asked, kept.around) == (asked, around) and kept.states == {path: _state(path) for path in kept.states}:
            return dict(kept.digests)
    found = Digests(folder, root, cases)
    digests = {case.id: found.of(case, version) for case in cases}
    _kept[:] = [_Kept(asked, around, found.states, digests)]
    return dict(digests)


def _around(folder: Path, root: Path) -> Tuple[object, ...]:
    """Return which files there are that cases may come to mean by a name."""
    names = [sorted(os.listdir(each)) if each.is_dir() else [] for each in (root, root / "src")]
    return names, sources.python_files(folder)


def _state(path: Path) -> object:
    """Return what changes where a file does."""
    found = os.stat(path) if path.exists() else None
    return found and (found.st_mtime_ns, found.st_size, found.st_ino)
