"""Finds each use of the decorator `@case` in a file, and refuses those that would declare no case."""

import ast
import re
from pathlib import Path
from typing import Dict, FrozenSet, Iterable, Iterator, List, NamedTuple, Set, Tuple, Union

from .. import NAME
from ..common.errors import InputError, relative

_NAME = "case"
_MODULE = f"{NAME}.{_NAME}"
# Beginning with what is written as it is, which is found far sooner than a place between words is.
_WORD = re.compile(rf"{_NAME}(?<!\w{_NAME})(?!\w)")

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_CLOSED = (*_SCOPES, ast.Import, ast.ImportFrom, ast.Name, ast.Constant)
"""Of which nothing inside gives a name a meaning where they are."""

_CALL_IT = 'write it like @case("hook/code-3")'
_TO_THE_TOP = "put it over a plain function at the top of the file"


class Declaration(NamedTuple):
    """A function at the top of a file, and the call of the decorator over it."""

    function: ast.FunctionDef
    call: ast.Call


class Declared(NamedTuple):
    """What one file says of cases.

    Attributes:
        declarations: in order.
        names: what the decorator is called in the file, such as "case" or "module.case".
        imports: what the file imports from others by name.
        decorators: names of all decorators over functions at its top.
    """

    declarations: List[Declaration]
    names: Set[str]
    imports: List[ast.ImportFrom]
    decorators: Set[str]


def declared(path: Path, text: str, tree: ast.Module) -> Declared:
    """Return what the file `path`, which holds `text` and that `tree`, declares.

    Raises:
        InputError: the decorator is used where it declares no case, is not called, or is called twice over one
            function; such a function cannot be run as a case; or its name, or the decorator's, means something
            else in the file, too.
    """
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    over = [each for node in tree.body for each in getattr(node, "decorator_list", [])]
    decorators = set(map(_decorator_name, over))
    is_usual = text.count(NAME) == 1 and text.isascii() and any(map(_is_usual, imports))
    names, modules = ({_NAME}, set()) if is_usual else _names_of_the_decorator(tree, text)
    if _NAME in decorators and _NAME not in names | modules and _is_never_bound(tree, _NAME):
        decorator = next(each for each in over if _decorator_name(each) == _NAME)
        raise InputError(place(path, decorator), f"@{_NAME} is not imported", f"write from {_MODULE} import {_NAME}")
    if not names:
        return Declared([], names, imports, decorators)
    declarations = list(_at_the_top(path, tree, names))
    # In nearly every file the word is twice in the import and once over each case: no need to search the tree for it.
    usual = 2 + len(declarations)
    if not is_usual or (text.count(_NAME) != usual and len(_WORD.findall(text)) != usual):
        known = {id(each.call) for each in declarations}
        _Search(path, names, modules, known).visit(tree)
    roots = {name.partition(".")[0] for name in names}
    functions = {each.function.name: each.function for each in reversed(declarations)}
    _refuse_two_meanings(path, tree, roots, functions, _may_have_global(text))
    may_yield = "yield" in text
    for each in declarations:
        _refuse_what_would_not_run(path, each.function, may_yield)
    return Declared(declarations, names, imports, decorators)


def place(path: Path, node: ast.AST) -> str:
    """Return the file and line of `node`, as a person would open it."""
    return f"{relative(path)}:{getattr(node, 'lineno', 1)}"


def _is_usual(node: ast.ImportFrom) -> bool:
    return (
        not node.level
        and node.module == _MODULE
        and [(alias.name, alias.asname) for alias in node.names] == [(_NAME, None)]
    )


def _names_of_the_decorator(tree: ast.Module, text: str) -> Tuple[Set[str], Set[str]]:
    """Return what the decorator, and the module that has it, are called after the imports in a file."""
    names: Set[str] = set()
    modules: Set[str] = set()
    for node in ast.walk(tree) if NAME in text else ():
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == _MODULE and alias.asname:
                    modules.add(alias.asname)
                elif alias.name == NAME or (alias.name.startswith(f"{NAME}.") and not alias.asname):
                    modules.add(f"{alias.asname or NAME}.{_NAME}")
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                if node.module == _MODULE and alias.name in (_NAME, "*"):
                    names.add(alias.asname or _NAME)
                elif node.module == NAME and alias.name == _NAME:
                    modules.add(alias.asname or _NAME)
    return names | {f"{module}.{_NAME}" for module in modules}, modules


def _dotted(node: ast.AST) -> str:
    """Return the name that `node` is, such as "module.case"; an empty text if it is something else."""
    if isinstance(node, ast.Name):
        return node.id
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def _decorator_name(decorator: ast.AST) -> str:
    return _dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)


def _at_the_top(path: Path, tree: ast.Module, names: Set[str]) -> Iterator[Declaration]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            calls = [
                each for each in node.decorator_list if isinstance(each, ast.Call) and _decorator_name(each) in names
            ]
            if len(calls) > 1:
                raise InputError(place(path, calls[1]), f"{node.name} is two cases", "write a function for each")
            if calls:
                yield Declaration(node, calls[0])


class _Search(ast.NodeVisitor):
    """Raises an InputError where the decorator is used, but for the calls that are known.

    Where a function has a parameter or variable of its name, that is another thing.

    Args:
        path: the file that is searched.
        names: what the decorator is called there.
        modules: what the module that has it is called there.
        known: `id` of the calls that declare cases.
    """

    def __init__(self, path: Path, names: Set[str], modules: Set[str], known: Set[int]):
        self.path, self.names, self.modules, self.known = path, names, modules, known
        self.hidden: FrozenSet[str] = frozenset()

    def visit(self, node: ast.AST) -> None:
        """Visit `node`, and its decorators first."""
        for decorator in getattr(node, "decorator_list", []):
            self._look_at_decorator(node, decorator)
        super().visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """Visit a call, but for those that are known."""
        if id(node) not in self.known:
            self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        """Visit a name."""
        if isinstance(node.ctx, ast.Load):
            self._look_at(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Visit a name with a dot."""
        self._look_at(node)
        self.generic_visit(node)

    def visit_FunctionDef(self, node: Union[ast.FunctionDef, ast.AsyncFunctionDef]) -> None:
        """Visit a function: first what belongs to the place where it is."""
        for outside in (*node.decorator_list, node.args):
            self.visit(outside)
        self._visit_inside(node.args, node.body)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - ast's own name

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Visit a function that is an expression."""
        self.visit(node.args)
        self._visit_inside(node.args, [node.body])

    def _visit_inside(self, arguments: ast.arguments, body: Iterable[ast.AST]) -> None:
        before, self.hidden = self.hidden, self.hidden | _local_names(arguments, list(body))
        for node in body:
            self.visit(node)
        self.hidden = before

    def _means_ours(self, dotted: str, names: Set[str]) -> bool:
        return dotted in names and dotted.partition(".")[0] not in self.hidden

    def _look_at_decorator(self, node: ast.AST, decorator: ast.AST) -> None:
        dotted = _decorator_name(decorator)
        where = place(self.path, decorator)
        if self._means_ours(dotted, self.modules):
            raise InputError(where, f"{dotted} is a module", f"write @{dotted}.{_NAME}(...)")
        if id(decorator) in self.known or not self._means_ours(dotted, self.names):
            return
        if not isinstance(decorator, ast.Call):
            raise InputError(where, f"@{dotted} is not called", _CALL_IT)
        over = {ast.AsyncFunctionDef: "an async function", ast.ClassDef: "a class"}
        what = over.get(type(node), "a function inside of something else")
        raise InputError(where, f"@{dotted} is over {what}, where it declares no case", _TO_THE_TOP)

    def _look_at(self, node: Union[ast.Name, ast.Attribute]) -> None:
        dotted = _dotted(node)
        if self._means_ours(dotted, self.names):
            raise InputError(place(self.path, node), f"{dotted} is used in a way that declares no case", _TO_THE_TOP)


def _scope(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield `nodes` and all that is below them, but not what is inside of functions and classes."""
    stack = list(nodes)
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, _CLOSED):
            stack.extend(ast.iter_child_nodes(node))


def _bound_by(node: ast.AST) -> List[str]:
    """Return the names that `node` itself, and nothing below it, gives a meaning."""
    if isinstance(node, ast.Name):
        return [] if isinstance(node.ctx, ast.Load) else [node.id]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [alias.asname or alias.name.partition(".")[0] for alias in node.names]
    # Functions, classes, `except ... as name`, and patterns of `match`.
    named = () if isinstance(node, ast.alias) else (getattr(node, "name", None), getattr(node, "rest", None))
    return [name for name in named if isinstance(name, str)]


def _is_never_bound(tree: ast.Module, name: str) -> bool:
    """Return whether nothing at the top of a file gives `name` a meaning."""
    return not any({name, "*"}.intersection(_bound_by(node)) for node in _scope(tree.body))


def _is_import_of_ours(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return not node.level and str(node.module).partition(".")[0] == NAME
    return isinstance(node, ast.Import) and any(alias.name.partition(".")[0] == NAME for alias in node.names)


def _local_names(arguments: ast.arguments, body: List[ast.AST]) -> FrozenSet[str]:
    nodes = list(_scope(body))
    elsewhere = {name for node in nodes if isinstance(node, (ast.Global, ast.Nonlocal)) for name in node.names}
    bound = {name for node in nodes if not _is_import_of_ours(node) for name in _bound_by(node)}
    return frozenset({arg.arg for arg in ast.walk(arguments) if isinstance(arg, ast.arg)} | (bound - elsewhere))


def _may_have_global(text: str) -> bool:
    """Return whether `global` is anywhere in a file where a statement can begin."""
    return any(before.rstrip(" \t\f")[-1:] in ("", "\n", ";", ":") for before in text.split("global")[:-1])


def _refuse_two_meanings(
    path: Path, tree: ast.Module, roots: Set[str], functions: Dict[str, ast.FunctionDef], has_global: bool
) -> None:
    """Raise an InputError where a name of the decorator, or of a case's function, gets another meaning.

    Args:
        path: the file.
        tree: its syntax tree.
        roots: first parts of the decorator's names.
        functions: those of cases, by name.
        has_global: whether there can be `global` in the file.
    """
    bound = [(name, node) for node in _scope(tree.body) for name in _bound_by(node)]
    if has_global:
        bound += [(name, node) for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names]
    for name, node in sorted(bound, key=lambda pair: getattr(pair[1], "lineno", 0)):
        if name in roots and not _is_import_of_ours(node):
            raise InputError(place(path, node), f"{name}, the decorator's name, gets another meaning", "rename it")
        function = functions.get(name)
        if function not in (None, node):
            raise InputError(
                place(path, node), f"{name} is a case's function, too, in {place(path, function)}", "rename one"
            )


def _refuse_what_would_not_run(path: Path, function: ast.FunctionDef, may_yield: bool) -> None:
    """Raise an InputError if calling `function(show, device)` fails, mixes the two up, or only makes a generator."""
    arguments = function.args
    positional = [argument.arg for argument in (*getattr(arguments, "posonlyargs", []), *arguments.args)]
    takes_two = len(positional) - len(arguments.defaults) <= 2 and (len(positional) >= 2 or arguments.vararg)
    if not takes_two or None in arguments.kw_defaults:
        raise InputError(
            place(path, function), f"{function.name} does not take show and device", "write (show, device)"
        )
    names = positional[:2]
    if names != ["show", "device"][: len(names)]:
        problem = f"{function.name} takes ({', '.join(names)}), and not show and device in this order"
        raise InputError(place(path, function), problem, "write (show, device)")
    if may_yield:
        for node in _scope(function.body):
            if isinstance(node, (ast.Yield, ast.YieldFrom)):
                raise InputError(place(path, node), f"with a yield, {function.name} is never run", "write it without")
