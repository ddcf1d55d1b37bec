"""Installed sources and their mutants: made from the text, put into the running torch, never onto the disk."""

import __future__

import ast
import functools
import gc
import importlib.util
import types
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider, WhitespaceInclusivePositionProvider

from .operators import changes

_FUTURE = functools.reduce(
    int.__or__, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
)


class Patch(NamedTuple):
    """What replaces a part of a function: its code, or the default of one parameter.

    Attributes:
        code: the new code, or None.
        parameter: name of the parameter whose default is new, or empty.
        default: the compiled expression of its default, or None.
    """

    code: types.CodeType | None
    parameter: str = ""
    default: types.CodeType | None = None


class Mutant(NamedTuple):
    """One change of one function.

    Attributes:
        file: path of the source below torch's folder.
        function: qualified name of the function, or of the nested one that holds the change.
        line: where the changed code begins.
        before: source of the changed lines, in one line.
        after: the same with the change.
        start: first line of the statement; a case that executes a line from here to `stop` meets the change.
        stop: last line of the statement.
        first_line: line at which Python has the outermost function begin.
        patch: what brings it about.
    """

    file: str
    function: str
    line: int
    before: str
    after: str
    start: int
    stop: int
    first_line: int
    patch: Patch

    @property
    def label(self) -> str:
        """Its name among the survivors, without the line's number, which moves with every release."""
        return f"{self.file} {self.function}: {self.before} -> {self.after}"


class Source:
    """One installed source file of torch, which must have been imported.

    Args:
        name: path below torch's folder, such as "nn/parameter.py".
    """

    def __init__(self, name: str):
        spec = importlib.util.find_spec("torch")
        assert spec
        assert spec.origin
        self.name = name
        self.path = Path(spec.origin).parent / name
        self.text = self.path.read_text(encoding="utf-8")
        self.lines = self.text.splitlines(keepends=True)
        self.functions = _functions_of(str(self.path))
        wrapper = MetadataWrapper(cst.parse_module(self.text), unsafe_skip_copy=True)
        self._module = wrapper.module
        self._places = wrapper.resolve(PositionProvider)
        self._spans = wrapper.resolve(WhitespaceInclusivePositionProvider)

    def body_lines(self) -> set[int]:
        """Return the lines of the bodies of functions: what runs later than the import."""
        return {
            line
            for function in ast.walk(ast.parse(self.text))
            if isinstance(function, ast.FunctionDef)
            for line in range(function.body[0].lineno, (function.end_lineno or 0) + 1)
        }

    def mutants(self) -> Iterator[Mutant]:
        """Yield all mutants, in order of the lines; those that do not change what Python compiles are none."""
        for function in self._own_functions():
            yield from function.mutants()

    def unchanged(self) -> Iterator[tuple[int, Patch]]:
        """Yield the first line of each function with its code, compiled as that of a mutant is."""
        for function in self._own_functions():
            yield function.first_line, Patch(function.code)

    def _own_functions(self) -> Iterator["_Function"]:
        for outer, function in _outermost_functions(self._module, ""):
            first_line = min(self._places[node].start.line for node in (function, *function.decorators))
            if first_line in self.functions:  # Not @overload, or what an `if` at import left out.
                yield _Function(self, outer, function, first_line)

    def apply(self, first_line: int, patch: Patch) -> None:
        """Change the function that begins at `first_line`, wherever torch holds it, for the rest of this process."""
        for function in self.functions[first_line]:
            if patch.code:
                function.__code__ = patch.code
            else:
                _set_default(function, patch)


def _set_default(function: types.FunctionType, patch: Patch) -> None:
    assert patch.default
    value = eval(patch.default, function.__globals__)
    if patch.parameter in (function.__kwdefaults__ or {}):
        function.__kwdefaults__[patch.parameter] = value
        return
    positional = function.__code__.co_varnames[: function.__code__.co_argcount]
    values = list(function.__defaults__ or ())
    values[positional.index(patch.parameter) - len(positional)] = value
    function.__defaults__ = tuple(values)


class _Function:
    """A function that is not nested in another one."""

    def __init__(self, source: Source, outer: str, node: cst.FunctionDef, first_line: int):
        self.source, self.outer, self.node, self.first_line = source, outer, node, first_line
        self.name = f"{outer}{node.name.value}"
        self.last_line = source._places[node].end.line
        self.code = self._compile(source.lines[first_line - 1 : self.last_line])

    def mutants(self) -> Iterator[Mutant]:
        body = self.source._places[self.node.body]
        for parameter in _parameters(self.node.params):
            if parameter.default:
                lines = body.start.line, body.end.line
                for old, new in self._walk(parameter.default, self.name, lines):
                    yield from self._mutant(old, new, self.name, lines, parameter)
        yield from self._in(self.node.body, self.name, (0, 0))

    def _in(self, node: cst.CSTNode, name: str, lines: tuple[int, int]) -> Iterator[Mutant]:
        """Yield the mutants of all that is below `node`, which is in the function `name`, in a statement at `lines`."""
        if isinstance(node, cst.Annotation) or _is_docstring(node):
            return
        if isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement, cst.ExceptHandler)):
            lines = self._head(node)
        for old, new in changes(node):
            yield from self._mutant(old, new, name, lines, None)
        if isinstance(node, cst.FunctionDef):
            name = f"{name}.{node.name.value}"
        for child in node.children:
            yield from self._in(child, name, lines)

    def _walk(self, node: cst.CSTNode, name: str, lines: tuple[int, int]) -> Iterator[tuple[cst.CSTNode, cst.CSTNode]]:
        yield from changes(node)
        for child in node.children:
            yield from self._walk(child, name, lines)

    def _head(self, statement: cst.CSTNode) -> tuple[int, int]:
        """Return the first and last line of a statement without its body."""
        place = self.source._places[statement]
        body = getattr(statement, "body", None)
        if not isinstance(body, cst.IndentedBlock):
            return place.start.line, place.end.line
        return place.start.line, max(place.start.line, self.source._places[body.body[0]].start.line - 1)

    def _mutant(
        self, old: cst.CSTNode, new: cst.CSTNode, name: str, lines: tuple[int, int], parameter: cst.Param | None
    ) -> Iterator[Mutant]:
        span = self.source._spans[old]
        start, end = span.start, span.end
        before = self.source.lines[start.line - 1 : end.line]
        replaced = self.source._module.code_for_node(new)
        after = before[0][: start.column] + replaced + before[-1][end.column :]
        try:
            if parameter:
                assert parameter.default
                text = self._replaced(parameter.default, old, replaced)
                patch = Patch(None, parameter.name.value, compile(text, str(self.source.path), "eval"))
            else:
                text = self.source.lines[self.first_line - 1 : start.line - 1] + [after]
                text += self.source.lines[end.line : self.last_line]
                patch = Patch(self._compile(text))
        except SyntaxError:
            return
        if patch.code != self.code:
            whole, changed = (" ".join(text.split()) for text in ("".join(before), after))
            yield Mutant(self.source.name, name, start.line, whole, changed, *lines, self.first_line, patch)

    def _replaced(self, whole: cst.CSTNode, old: cst.CSTNode, replaced: str) -> str:
        text = self.source._module.code_for_node(whole)
        return replaced if whole is old else text.replace(self.source._module.code_for_node(old), replaced, 1)

    def _compile(self, lines: list[str]) -> types.CodeType:
        """Compile the function's `lines` in place and return its code, fit to replace that of the running function.

        Classes around it give private names and `super()` their meaning.
        """
        (function, *_) = self.source.functions[self.first_line]
        flags = function.__code__.co_flags & _FUTURE
        classes = self.outer.split(".")[:-1]
        heads = [f"class {name}:" for name in classes]
        assert len(heads) <= 1
        # On one line before the first: as many lines as in the file.
        text = "\n" * (self.first_line - 1 - len(heads)) + "".join(f"{head}\n" for head in heads) + "".join(lines)
        tree = ast.parse(text, str(self.source.path))
        (statement,) = tree.body
        (definition,) = statement.body if isinstance(statement, ast.ClassDef) else (statement,)
        assert isinstance(definition, ast.FunctionDef)
        code = _code_in(compile(tree, str(self.source.path), "exec", flags, True), [*classes, definition.name])
        if code.co_freevars != function.__code__.co_freevars:
            # The mutant lost its use of `super()`, and Python refuses code that closes over other variables.
            names = [ast.Expr(ast.Name(name, ast.Load())) for name in function.__code__.co_freevars]
            definition.body.insert(0, ast.If(ast.Constant(False), names, []))
            ast.fix_missing_locations(tree)
            code = _code_in(compile(tree, str(self.source.path), "exec", flags, True), [*classes, definition.name])
        return code


def _code_in(code: types.CodeType, names: list[str]) -> types.CodeType:
    for name in names:
        (code,) = (
            constant for constant in code.co_consts if isinstance(constant, types.CodeType) and constant.co_name == name
        )
    return code


def _functions_of(path: str) -> dict[int, list[types.FunctionType]]:
    """Return the functions that were compiled from the file `path` by their first lines, wherever they are held."""
    found: dict[int, list[types.FunctionType]] = {}
    for thing in gc.get_objects():
        if type(thing) is types.FunctionType and thing.__code__.co_filename == path:
            found.setdefault(thing.__code__.co_firstlineno, []).append(thing)
    return found


def _outermost_functions(node: cst.CSTNode, outer: str) -> Iterator[tuple[str, cst.FunctionDef]]:
    for child in node.children:
        if isinstance(child, cst.FunctionDef):
            if not any(_is_overload(decorator) for decorator in child.decorators):
                yield outer, child
        else:
            inside = f"{outer}{child.name.value}." if isinstance(child, cst.ClassDef) else outer
            yield from _outermost_functions(child, inside)


def _is_overload(decorator: cst.Decorator) -> bool:
    return isinstance(decorator.decorator, cst.Name) and decorator.decorator.value == "overload"


def _parameters(parameters: cst.Parameters) -> list[cst.Param]:
    return [*parameters.posonly_params, *parameters.params, *parameters.kwonly_params]


def _is_docstring(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Expr) and isinstance(node.value, (cst.SimpleString, cst.ConcatenatedString))
