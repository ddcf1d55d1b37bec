"""Finds the cases in a folder by reading their source, so that nothing imports torch until one runs."""

import ast
import importlib.machinery
import importlib.util
import os
import re
import sys
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional

from .case import ID
from .errors import InputError, relative

_EXAMPLE = re.compile(r"[a-z]+/code-[0-9]+")


class Case(NamedTuple):
    """One behaviour, as its source declares it.

    Attributes:
        id: path such as "hook/code-3".
        sentence: what the case shows, from its docstring.
        example: id of the article's example that it reproduces, or whose text claims what it shows, or None.
        needs: API that it needs, or None.
        platform_bound: whether its goldens hold only on the platform they were recorded on.
        path: file that holds the function.
        line: line of the function's first decorator.
        source: the function's source text.
        function: the function's name.
    """

    id: str
    sentence: str
    example: Optional[str]
    needs: Optional[str]
    platform_bound: bool
    path: Path
    line: int
    source: str
    function: str

    @property
    def section(self) -> str:
        """The first part of its id."""
        return self.id.partition("/")[0]

    @property
    def is_example(self) -> bool:
        """Whether it is one of the article's own examples."""
        return self.id == self.example

    @property
    def article(self) -> Optional[str]:
        """The article's heading over its example, such as "Hook Code 3", or None."""
        return self.example and re.sub("[/-]", " ", self.example).title()

    @property
    def place(self) -> str:
        """File and line, as a person would open it."""
        return f"{relative(self.path)}:{self.line}"

    def load(self) -> Callable[..., None]:
        """Import the case's module, and torch with it, and return the function.

        Raises:
            InputError: another package by the name of the folder was imported before.
            ImportError: the module cannot be imported.
        """
        _import_package(self.path.parent)
        module = importlib.import_module(f"{self.path.parent.name}.{self.path.stem}")
        loaded: Callable[..., None] = getattr(module, self.function)
        return loaded


def _import_package(folder: Path) -> None:
    """Import `folder` as the package of its name, whatever else on `sys.path` has that name."""
    imported = sys.modules.get(folder.name)
    if imported is None:
        spec = importlib.machinery.ModuleSpec(folder.name, None, is_package=True)
        if (folder / "__init__.py").is_file():
            spec = importlib.util.spec_from_file_location(folder.name, folder / "__init__.py") or spec
        spec.submodule_search_locations = [str(folder)]
        package = sys.modules[folder.name] = importlib.util.module_from_spec(spec)
        if spec.loader:
            spec.loader.exec_module(package)
    elif not any(os.path.isdir(path) and os.path.samefile(path, folder) for path in getattr(imported, "__path__", [])):
        problem = f"{getattr(imported, '__file__', None)} was imported by that name"
        raise InputError(folder, problem, "give the folder a name of its own")


def discover(folder: Path, containing: str = "") -> List[Case]:
    """Return the cases declared in the Python files of `folder`, in order of file and line.

    Args:
        folder: where the files are.
        containing: a text; files without it are left out.

    Raises:
        InputError: a declaration is malformed, or two cases have one id or ids that differ only by case.
    """
    cases: Dict[str, Case] = {}
    for path in sorted(folder.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        for found in _cases_in(path, text) if containing in text else ():
            twin = cases.setdefault(found.id.lower(), found)
            if twin is not found:
                raise InputError(
                    found.place,
                    f"case id {found.id!r} is that of {twin.place} ({twin.id!r})",
                    "give one of them an id that is not used yet",
                )
            _check(found)
    if not cases and not containing:
        raise InputError(
            folder, "no function there is decorated with @case(...)", "decorate one, as CONTRIBUTING.md says"
        )
    return list(cases.values())


def _cases_in(path: Path, text: str) -> Iterator[Case]:
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise InputError(f"{relative(path)}:{error.lineno}", f"not Python ({error.msg})", "mend the syntax") from None
    lines = text.splitlines(keepends=True)
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef):
            continue
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", None) == "case":
                arguments = _literals(decorator, path)
                yield Case(
                    sentence=" ".join((ast.get_docstring(node) or "").split()),
                    path=path,
                    line=decorator.lineno,
                    source="".join(lines[decorator.lineno - 1 : node.end_lineno]),
                    function=node.name,
                    **arguments,
                )


def _literals(call: ast.Call, path: Path) -> Dict[str, Any]:
    arguments: Dict[str, Any] = {"example": None, "needs": None, "platform_bound": False}
    try:
        (arguments["id"],) = map(ast.literal_eval, call.args)
        arguments.update({str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords})
    except ValueError:
        raise InputError(
            f"{relative(path)}:{call.lineno}",
            "the arguments of @case are not one id and literals",
            'write them like @case("hook/code-3", needs="torch.nn.Module.apply")',
        ) from None
    if _EXAMPLE.fullmatch(str(arguments["id"])):
        arguments["example"] = arguments["id"]
    return arguments


def _check(case: Case) -> None:
    if not isinstance(case.id, str) or not ID.fullmatch(case.id):
        raise InputError(case.place, f"case id {case.id!r} is no path", "write it like section/what-it-shows")
    if case.example and not _EXAMPLE.fullmatch(case.example):
        raise InputError(case.place, f"{case.example!r} is no example of the article", "write it like hook/code-3")
    if not case.sentence:
        raise InputError(case.place, f"case {case.id} has no docstring", "say in one sentence what it shows")
