"""Finds each use of the decorators `@case` and `@cases` in a file, and refuses those that would declare no case."""

import ast
import collections
import re
from pathlib import Path
from typing import Collection, Dict, FrozenSet, Iterable, Iterator, List, NamedTuple, Sequence, Set, Tuple, Union

from .. import NAME
from ..common.errors import InputError, relative
from ..family import not_taken

_CASE, _FAMILY = "case", "cases"
_DECORATORS = (_CASE, _FAMILY)
_MODULE_NAME = "case"
_MODULE = f"{NAME}.{_MODULE_NAME}"
# Beginning with what is written as it is, which is found far sooner than a place between words is.
_WORDS = {name: re.compile(rf"{name}(?<!\w{name})(?!\w)") for name in _DECORATORS}

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_CLOSED = (*_SCOPES, ast.Import, ast.ImportFrom, ast.Name, ast.Constant)
"""Of which nothing inside gives a name a meaning where they are."""

_CALL_IT = {
    _CASE: 'write it like @case("hook/code-3")',
    _FAMILY: 'write it like @cases("layer/{layer}", layer=["gelu", "lstm"])',
}
_TO_THE_TOP = "put it over a plain function at the top of the file"


class Declaration(NamedTuple):
    """A function at the top of a file, the call of the decorator over it, and whether that declares a family."""

    function: ast.FunctionDef
    call: ast.Call
    is_family: bool


class Declared(NamedTuple):
    """What one file says of cases.

    Attributes:
        declarations: in order.
        names: what the decorators are called in the file, such as "case" or "module.case".
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
    is_alone = text.count(NAME) == 1 and text.isascii()
    usual = next(filter(_is_usual, imports), None) if is_alone else None
    over = [each for node in tree.body for each in getattr(node, "decorator_list", [])]
    decorators = set(map(_decorator_name, over))
    kinds, modules = _names_of_the_decorators(tree, text) if usual is None else (_names_in(usual), set())
    names = set(kinds)
    for name in decorators.intersection(_DECORATORS) - names - modules:
        if _is_never_bound(tree, name):
            decorator = next(each for each in over if _decorator_name(each) == name)
            raise InputError(place(path, decorator), f"@{name} is not imported", f"write from {_MODULE} import {name}")
    if not names:
        return Declared([], names, imports, decorators)
    declarations = list(_at_the_top(path, tree, kinds))
    # In nearly every file the words are in the import and over the cases alone: no need to search the tree for them.
    if usual is None or not _are_only_there(text, names, len(declarations)):
        known = {id(each.call) for each in declarations}
        _Search(path, kinds, modules, known).visit(tree)
    roots = {name.partition(".")[0] for name in names}
    functions = {each.function.name: each.function for each in reversed(declarations)}
    _refuse_two_meanings(path, tree, roots, functions, _may_have_global(text))
    may_yield = "yield" in text
    for each in declarations:
        if not each.is_family:
            _refuse_what_does_not_take_two(path, each.function)
        if may_yield:
            _refuse_generator(path, each.function)
    return Declared(declarations, names, imports, decorators)


def place(path: Path, node: ast.AST) -> str:
    """Return the file and line of `node`, as a person would open it."""
    return f"{relative(path)}:{getattr(node, 'lineno', 1)}"


def _is_usual(node: ast.ImportFrom) -> bool:
    return (
        not node.level
        and node.module == _MODULE
        and all(alias.name in _DECORATORS and not alias.asname for alias in node.names)
    )


def _names_in(usual: ast.ImportFrom) -> Dict[str, str]:
    return {alias.name: alias.name for alias in usual.names}


def _are_only_there(text: str, names: Set[str], declarations: int) -> bool:
    """Return whether `names` are words of a usual import and of the decorators over `declarations` alone."""
    # The name of the module is a word there, too, and the one decorator's name is a part of the other's.
    if text.count(_CASE) == 1 + len(names) + declarations:
        return True
    found = sum(len(_WORDS[name].findall(text)) for name in names)
    return found == (_MODULE_NAME in names) + len(names) + declarations


def _names_of_the_decorators(tree: ast.Module, text: str) -> Tuple[Dict[str, str], Set[str]]:
    """Return what each decorator, and the module that has them, are called after the imports in a file."""
    names: Dict[str, str] = {}
    modules: Set[str] = set()
    for node in ast.walk(tree) if NAME in text else ():
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == _MODULE and alias.asname:
                    modules.add(alias.asname)
                elif alias.name == NAME or (alias.name.startswith(f"{NAME}.") and not alias.asname):
                    modules.add(f"{alias.asname or NAME}.{_MODULE_NAME}")
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                if node.module == _MODULE and alias.name in (*_DECORATORS, "*"):
                    brought = _DECORATORS if alias.name == "*" else (alias.name,)
                    names.update((alias.asname or name, name) for name in brought)
                elif node.module == NAME and alias.name == _MODULE_NAME:
                    modules.add(alias.asname or _MODULE_NAME)
    names.update((f"{module}.{name}", name) for module in modules for name in _DECORATORS)
    return names, modules


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


def _at_the_top(path: Path, tree: ast.Module, kinds: Dict[str, str]) -> Iterator[Declaration]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            calls = [
                each for each in node.decorator_list if isinstance(each, ast.Call) and _decorator_name(each) in kinds
            ]
            if len(calls) > 1:
                raise InputError(place(path, calls[1]), f"{node.name} is two cases", "write a function for each")
            if calls:
                yield Declaration(node, calls[0], kinds[_decorator_name(calls[0])] == _FAMILY)


class _Search(ast.NodeVisitor):
    """Raises an InputError where a decorator is used, but for the calls that are known.

    Where a function has a parameter or variable of its name, that is another thing.

    Args:
        path: the file that is searched.
        names: for what each decorator is called there, which it is.
        modules: what the module that has them is called there.
        known: `id` of the calls that declare cases.
    """

    def __init__(self, path: Path, names: Dict[str, str], modules: Set[str], known: Set[int]):
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

    def _means_ours(self, dotted: str, names: Collection[str]) -> bool:
        return dotted in names and dotted.partition(".")[0] not in self.hidden

    def _look_at_decorator(self, node: ast.AST, decorator: ast.AST) -> None:
        dotted = _decorator_name(decorator)
        where = place(self.path, decorator)
        if self._means_ours(dotted, self.modules):
            raise InputError(where, f"{dotted} is a module", f"write @{dotted}.{_CASE}(...)")
        if id(decorator) in self.known or not self._means_ours(dotted, self.names):
            return
        if not isinstance(decorator, ast.Call):
            raise InputError(where, f"@{dotted} is not called", _CALL_IT[self.names[dotted]])
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


def _refuse_what_does_not_take_two(path: Path, function: ast.FunctionDef) -> None:
    """Raise an InputError if calling `function(show, device)` fails, or mixes the two up."""
    positional, takes_two = _taken(function)
    if not takes_two or len(positional) - len(function.args.defaults) > 2 or None in function.args.kw_defaults:
        raise InputError(
            place(path, function), f"{function.name} does not take show and device", "write (show, device)"
        )
    _refuse_another_order(path, function, positional, "write (show, device)")


def refuse_what_does_not_take(path: Path, function: ast.FunctionDef, tables: Sequence[str]) -> None:
    """Refuse the function of a family that cannot be called with show, device and the value of each of `tables`.

    Raises:
        InputError: it cannot be, or mixes the first two up.
    """
    arguments = function.args
    positional, takes_two = _taken(function)
    by_name = [each.arg for each in arguments.args if each.arg not in positional[:2]]
    needed = {*positional[2 : len(positional) - len(arguments.defaults)]}
    needed.update(each.arg for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults) if default is None)
    taken = {*by_name, *(each.arg for each in arguments.kwonlyargs)}
    refused = not_taken(function.name, tables)
    if not takes_two or needed - set(tables) or (set(tables) - taken and not arguments.kwarg):
        raise InputError(place(path, function), refused.problem, refused.remedy)
    _refuse_another_order(path, function, positional, refused.remedy)


def _taken(function: ast.FunctionDef) -> Tuple[List[str], bool]:
    """Return what `function` takes by place, and whether it takes two things so."""
    arguments = function.args
    positional = [argument.arg for argument in (*getattr(arguments, "posonlyargs", []), *arguments.args)]
    return positional, len(positional) >= 2 or arguments.vararg is not None


def _refuse_another_order(path: Path, function: ast.FunctionDef, positional: List[str], remedy: str) -> None:
    names = positional[:2]
    if names != ["show", "device"][: len(names)]:
        problem = f"{function.name} takes ({', '.join(names)}), and not show and device in this order"
        raise InputError(place(path, function), problem, remedy)


def _refuse_generator(path: Path, function: ast.FunctionDef) -> None:
    """Raise an InputError if calling `function` only makes a generator."""
    for node in _scope(function.body):
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            raise InputError(place(path, node), f"with a yield, {function.name} is never run", "write it without")


def assigned_once(tree: ast.Module) -> Dict[str, ast.expr]:
    """Return what stands at the top of a file under names that nothing else there gives a meaning."""
    bound = collections.Counter(name for node in _scope(tree.body) for name in _bound_by(node))
    found: Dict[str, ast.expr] = {}
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
        if value is not None and len(targets) == 1 and isinstance(targets[0], ast.Name) and bound[targets[0].id] == 1:
            found[targets[0].id] = value
    return found
