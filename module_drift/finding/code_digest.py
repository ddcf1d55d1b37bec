"""Digests of what each case executes of its folder's source: when one changes, that case alone must be run again.

What a case may execute is found by names: its own function, what that names at the top of its file, what this names in
turn, and so on, through imports of other files of the folder or of its project. Where names do not tell, all files of
the folder count. Comments, blank lines and the case's sentence do not.
"""

import ast
import hashlib
import io
import tokenize
from pathlib import Path
from typing import Collection, Dict, Iterable, Iterator, List, NamedTuple, Optional, Set, Tuple, Union

from .. import NAME
from . import sources
from .discovery import Case

_WHOLE = "*"
"""In the place of a name: all that is in the file."""

_DYNAMIC = {"__import__", "eval", "exec", "globals", "importlib"}
"""Names by which anything may be reached."""


class _Import(NamedTuple):
    """Where an imported name comes from.

    Attributes:
        file: the file of the folder or the project, or None if it is somebody else's.
        name: the name there; `_WHOLE` if what is bound is the module itself.
        text: the same in words.
    """

    file: Optional[Path]
    name: str
    text: str


class _File(NamedTuple):
    """A Python file, by the names at its top.

    Attributes:
        module: its dotted name, below the folder of cases or the project.
        lines: its text without comments.
        bound: for each name the statements that give it a meaning.
        imported: for each imported name where it comes from, which may depend on conditions.
        effects: the statements that bind no name, and may change what others see.
    """

    module: str
    lines: List[str]
    bound: Dict[str, List[ast.stmt]]
    imported: Dict[str, List[_Import]]
    effects: List[ast.stmt]


class Digests:
    """Digests of the code of cases in one folder.

    Args:
        folder: the folder of cases.
        root: the project around it, whose modules cases may import.
    """

    def __init__(self, folder: Path, root: Path):
        self._folder, self._root = folder, root
        self._files: Dict[Path, _File] = {}

    def of(self, case: Case, version: int) -> str:
        """Return the digest of what `case` executes, as 12 hexadecimal digits.

        Args:
            case: a case of the folder.
            version: of what makes an observation of it.

        Raises:
            InputError: a file cannot be read.
        """
        units: Set[Tuple[str, str, str]] = set()
        self._gather(case.path, case.function, units, case)
        hashed = hashlib.sha256(f"{version}\n".encode())
        for unit in sorted(units):
            hashed.update("\0".join(unit).encode() + b"\n")
        return hashed.hexdigest()[:12]

    def _gather(self, path: Path, name: str, units: Set[Tuple[str, str, str]], case: Case) -> None:
        """Add to `units` module, name and text of all that `name` in the file `path` rests on."""
        seen: Set[Tuple[Path, str]] = set()
        todo = [(path, name)]
        while todo:
            path, name = todo.pop()
            if (path, name) in seen:
                continue
            seen.add((path, name))
            file = self._file(path)
            if (path, "") not in seen:
                seen.add((path, ""))
                for effect in file.effects:
                    units.add((file.module, "", _text(file, effect)))
                    todo += self._used(path, file, effect)
            names = [*file.bound, *file.imported] if name == _WHOLE else [name]
            for each in names:
                for statement in file.bound.get(each, ()):
                    is_case = path == case.path and each == case.function
                    units.add((file.module, each, _text(file, statement, without_docstring=is_case)))
                    todo += self._used(path, file, statement)
                for source in file.imported.get(each, ()):
                    units.add((file.module, each, source.text))
                    if source.file:
                        todo.append((source.file, source.name))

    def _used(self, path: Path, file: _File, statement: ast.stmt) -> Iterator[Tuple[Path, str]]:
        """Yield the file and name of what `statement` names; of a module that it takes attributes of, these alone."""
        attributes: Set[ast.AST] = set()
        for node in ast.walk(statement):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                modules = [one for one in file.imported.get(node.value.id, ()) if one.file and one.name == _WHOLE]
                if modules and all(self._has(one.file, node.attr) for one in modules):
                    attributes.add(node.value)
                    yield from ((one.file, node.attr) for one in modules if one.file)
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node not in attributes:
                yield path, node.id
                if node.id in _DYNAMIC:
                    yield from ((each, _WHOLE) for each in sources.python_files(self._folder))
            elif isinstance(node, (ast.Import, ast.ImportFrom)):  # Within a function.
                for _, source in self._sources(path, node):
                    if source.file:
                        yield source.file, source.name

    def _has(self, path: Optional[Path], name: str) -> bool:
        if path is None:
            return False
        file = self._file(path)
        return name in file.bound or name in file.imported

    def _file(self, path: Path) -> _File:
        if path not in self._files:
            text = sources.read(path)
            tree = sources.parse(path, text)
            file = self._files[path] = _File(".".join(self._package(path)), _without_comments(text), {}, {}, [])
            for index, statement in enumerate(tree.body):
                if not (index == 0 and _is_string(statement)):
                    self._enter(path, file, statement)
        return self._files[path]

    def _enter(self, path: Path, file: _File, statement: ast.stmt) -> None:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            for name, source in self._sources(path, statement):
                file.imported.setdefault(name, []).append(source)
            return
        names = set(_names_bound(statement))
        for name in names:
            file.bound.setdefault(name, []).append(statement)
        for node in _at_the_top(statement):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                for name, source in self._sources(path, node):
                    file.imported.setdefault(name, []).append(source)
                    file.bound.setdefault(name, []).append(statement)
                    names.add(name)
        if not _is_string(statement) and (not names or _changes_others(statement)):
            file.effects.append(statement)

    def _sources(self, path: Path, node: Union[ast.Import, ast.ImportFrom]) -> Iterator[Tuple[str, _Import]]:
        """Yield each name that `node` binds, and where it comes from."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                # Without another name, what is bound is the first part, through which the last is reached.
                name = alias.asname or alias.name.partition(".")[0]
                yield name, _Import(self._found(alias.name.split(".")), _WHOLE, alias.name)
            return
        parts = node.module.split(".") if node.module else []
        if node.level:
            package = self._package(path)[: -node.level] if path.name != "__init__.py" else self._package(path)
            if path.name == "__init__.py" and node.level > 1:
                package = package[: 1 - node.level]
            parts = [*package, *parts]
        for alias in node.names:
            text = f"{'.'.join(parts)}.{alias.name}"
            module = self._found([*parts, alias.name]) if alias.name != "*" else None
            file = self._found(parts)
            if module:
                yield alias.asname or alias.name, _Import(module, _WHOLE, text)
            elif alias.name == "*":
                yield _WHOLE, _Import(file, _WHOLE, text)
                if file:
                    for name in (*self._file(file).bound, *self._file(file).imported):
                        yield name, _Import(file, name, text)
            else:
                yield alias.asname or alias.name, _Import(file, alias.name, text)

    def _package(self, path: Path) -> List[str]:
        """Return the dotted name of the module in `path`, by its parts."""
        top = self._folder.parent if self._folder in path.parents else self._root
        parts = list(path.relative_to(top).with_suffix("").parts)
        return parts[:-1] if parts[-1] == "__init__" else parts

    def _found(self, parts: List[str]) -> Optional[Path]:
        """Return the file of the folder or the project that the module `parts` is in, or None."""
        if not parts or parts[0] == NAME:
            return None
        top = self._folder.parent if parts[0] == self._folder.name else self._root
        path = top.joinpath(*parts)
        for file in (path.with_name(f"{path.name}.py"), path / "__init__.py"):
            if file.is_file():
                return file
        return None


def _names_bound(statement: ast.stmt) -> Iterator[str]:
    for node in _at_the_top(statement):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _at_the_top(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield `statement` and the nodes below it that run in its own scope."""
    yield statement
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return
    todo = list(ast.iter_child_nodes(statement))
    while todo:
        node = todo.pop()
        yield node
        scopes = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
        if not isinstance(node, scopes):
            todo += ast.iter_child_nodes(node)


def _changes_others(statement: ast.stmt) -> bool:
    """Return whether `statement` does more than give names a meaning, such as setting an attribute."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return False
    kinds = (ast.Attribute, ast.Subscript)
    return any(isinstance(node, kinds) and isinstance(node.ctx, ast.Store) for node in _at_the_top(statement)) or any(
        isinstance(node, ast.Expr) and not _is_string(node) for node in _at_the_top(statement)
    )


def _is_string(statement: ast.AST) -> bool:
    """Return whether `statement` is a text alone, such as the documentation of what is above it."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _text(file: _File, statement: ast.stmt, without_docstring: bool = False) -> str:
    """Return the source of `statement` without comments and blank lines."""
    decorators = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(each.lineno for each in decorators)])
    left: Collection[int] = ()
    body = getattr(statement, "body", [])
    if without_docstring and body and _is_string(body[0]) and body[0].lineno > statement.lineno:
        left = range(body[0].lineno, body[0].end_lineno + 1)
    last = statement.end_lineno or first
    lines = (file.lines[number - 1].rstrip() for number in range(first, last + 1) if number not in left)
    return "\n".join(line for line in lines if line)


def _without_comments(text: str) -> List[str]:
    lines = text.split("\n")
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):  # It is Python all the same: then comments count.
        return lines
    for token in tokens:
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    return lines


def digests(folder: Path, root: Path, cases: Iterable[Case], version: int) -> Dict[str, str]:
    """Return the digest of each of `cases`, all of `folder`, by its id; see `Digests.of`."""
    found = Digests(folder, root)
    return {case.id: found.of(case, version) for case in cases}
