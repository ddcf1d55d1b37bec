"""Finds the cases in a folder by reading their source, so that nothing imports torch until one runs."""

import ast
import importlib.machinery
import importlib.util
import os
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

from .. import NAME
from ..case import ID
from ..common import garbage
from ..common.errors import InputError, relative
from . import sources
from .declarations import Declaration, Declared, declared, place

_EXAMPLE = re.compile(r"[a-z]+/code-[0-9]+")
_NEEDS = re.compile(r"[A-Za-z_]\w*(\.\w+)*(\(\w+\))?")
_NO_FOLDER = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])")
"""What Windows takes for a device, whatever follows."""

_LONGEST = 100
"""Characters of an id: then the paths of its goldens are short enough for every system."""


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
        folder: the folder of cases, in which the file is, or in one below it.
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
    folder: Path

    @property
    def file(self) -> str:
        """The file's path in the folder of cases, such as "hook/order.py"."""
        return self.path.relative_to(self.folder).as_posix()

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
            InputError: another package or module of its name was imported before; or the module, once it is
                imported, has something else in the place of the function.
            ImportError: the module cannot be imported.
        """
        module = import_file(self.folder, self.path)
        file = getattr(module, "__file__", None)
        if file != str(self.path) and not (file and os.path.samefile(file, self.path)):
            raise InputError(self.path, f"{file} was imported as {module.__name__}", "give the file a name of its own")
        function: Any = getattr(module, self.function, None)
        if getattr(function, "module_drift_case", None) != self.id:
            problem = f"when it is imported, {self.function} is not this case"
            raise InputError(self.place, problem, "give its name to nothing else, and put @case above other decorators")
        loaded: Callable[..., None] = function
        return loaded


def import_file(folder: Path, path: Path) -> ModuleType:
    """Import the Python file `path` in `folder`, or below it, as a module of the package that `folder` is.

    Raises:
        InputError: another package or module of its name was imported before.
        ImportError: it cannot be imported.
    """
    _import_package(folder)
    return importlib.import_module(".".join([folder.name, *_module_parts(folder, path)]))


def _import_package(folder: Path) -> None:
    """Import `folder` as the package of its name, whatever else on `sys.path` has that name."""
    imported = sys.modules.get(folder.name)
    paths = getattr(imported, "__path__", [])
    if imported is None:
        spec = importlib.machinery.ModuleSpec(folder.name, None, is_package=True)
        if (folder / "__init__.py").is_file():
            spec = importlib.util.spec_from_file_location(folder.name, folder / "__init__.py") or spec
        spec.submodule_search_locations = [str(folder)]
        package = sys.modules[folder.name] = importlib.util.module_from_spec(spec)
        if spec.loader:
            spec.loader.exec_module(package)
    elif str(folder) not in paths and not any(os.path.isdir(path) and os.path.samefile(path, folder) for path in paths):
        problem = f"{getattr(imported, '__file__', None)} was imported by that name"
        raise InputError(folder, problem, "give the folder a name of its own")


def discover(folder: Path, containing: str = "") -> List[Case]:
    """Return the cases declared in the Python files of `folder` and the folders below it, in order of file and line.

    Args:
        folder: where the files are.
        containing: a text; files without it are left out.

    Raises:
        InputError: a file cannot be read as Python; something declares a case that is none, or that would be
            missed; or two cases have one id.
    """
    cases: Dict[str, Case] = {}
    files: Dict[Path, Declared] = {}
    with garbage.none_yet():  # Syntax trees are many objects.
        for path in sources.python_files(folder):
            text = sources.read(path)
            if containing in text and not _is_only_of_tests(path, text):
                for found in _cases_in(folder, path, text, files):
                    twin = cases.setdefault(found.id, found)
                    if twin is not found:
                        raise InputError(
                            found.place,
                            f"case id {found.id!r} is that of {twin.place} ({twin.function})",
                            "give one of them an id that is not used yet",
                        )
    if not containing:
        _refuse_detours(folder, files)
        if not cases:
            raise InputError(
                folder, "no function there is decorated with @case(...)", "decorate one, as CONTRIBUTING.md says"
            )
    return list(cases.values())


def _is_named_as_tests(path: Path) -> bool:
    return path.name.startswith("test_")


def _is_only_of_tests(path: Path, text: str) -> bool:
    """Return whether `path` is pytest's own: then what is in it does not matter here."""
    return _is_named_as_tests(path) and NAME not in text


def _cases_in(folder: Path, path: Path, text: str, files: Dict[Path, Declared]) -> Iterator[Case]:
    """Yield the cases in `path`, and keep in `files` what else there is to know of it."""
    tree = sources.parse(path, text)
    try:
        found = declared(path, text, tree)
    except RecursionError:
        raise InputError(path, "nests too deeply to be searched for cases", "write it in shorter expressions") from None
    files[path] = found._replace(declarations=[])  # Syntax trees are large.
    if found.declarations and path.name == "__init__.py":
        where = place(path, found.declarations[0].call)
        raise InputError(where, "a case in __init__.py", "put it in a file of its own topic")
    lines = text.split("\n")  # Python counts no other ends of lines, such as form feeds.
    for each in found.declarations:
        yield _case(folder, path, lines, each)


def _case(folder: Path, path: Path, lines: List[str], declaration: Declaration) -> Case:
    function, call = declaration
    id, example, needs, platform_bound = _literals(call, path)
    sentence = " ".join((ast.get_docstring(function, clean=False) or "").split())
    first = function.decorator_list[0].lineno  # They are in order.
    source = "\n".join(lines[first - 1 : function.end_lineno]) + "\n"
    case = Case(id, sentence, example, needs, platform_bound, path, first, source, function.name, folder)
    _check(case)
    return case


def _literals(call: ast.Call, path: Path) -> Tuple[Any, Any, Any, Any]:
    """Return what the decorator is given: id, example, needs and platform_bound."""
    arguments: Dict[str, Any] = {"example": None, "needs": None, "platform_bound": False}
    id = call.args[0] if len(call.args) == 1 else None
    all_are = isinstance(id, ast.Constant)
    if call.keywords:
        names = [keyword.arg for keyword in call.keywords]
        unknown = [name for name in names if name and name not in arguments and name != "id"]
        if unknown:
            problem = f"@case has no {', '.join(unknown)}"
            raise InputError(place(path, call), problem, f"it has an id, and may have {', '.join(arguments)}")
        values = {str(each.arg): each.value.value for each in call.keywords if isinstance(each.value, ast.Constant)}
        all_are = all_are and len(values) == len(names) and None not in names and "id" not in names
        arguments.update(values)
    if not isinstance(id, ast.Constant) or not all_are:
        raise InputError(
            place(path, call),
            "the arguments of @case are not one id and literals",
            'write them like @case("hook/code-3", needs="torch.nn.Module.apply")',
        )
    example = id.value if _EXAMPLE.fullmatch(str(id.value)) else arguments["example"]
    return id.value, example, arguments["needs"], arguments["platform_bound"]


def _check(case: Case) -> None:
    if not isinstance(case.id, str) or not ID.fullmatch(case.id):
        raise InputError(case.place, f"case id {case.id!r} is no path", "write it like section/what-it-shows")
    if len(case.id) > _LONGEST or any(map(_NO_FOLDER.fullmatch, case.id.split("/"))):
        problem = f"case id {case.id!r} is no folder on every system"
        raise InputError(case.place, problem, f"choose another, of at most {_LONGEST} characters")
    if case.example is not None and not _EXAMPLE.fullmatch(str(case.example)):
        raise InputError(case.place, f"{case.example!r} is no example of the article", "write it like hook/code-3")
    if case.needs is not None and not _NEEDS.fullmatch(str(case.needs)):
        remedy = 'write it like "torch.func.vmap" or "torch.load(weights_only)"'
        raise InputError(case.place, f"needs = {case.needs!r} is no API", remedy)
    if not isinstance(case.platform_bound, bool):
        raise InputError(case.place, f"platform_bound = {case.platform_bound!r}", "write True or False")
    if not case.sentence:
        raise InputError(case.place, f"case {case.id} has no docstring", "say in one sentence what it shows")


def _module_parts(folder: Path, path: Path) -> List[str]:
    """Return the name of the module in `path`, below the package in `folder`, by its parts."""
    parts = list(path.relative_to(folder).with_suffix("").parts)
    return parts[:-1] if parts[-1:] == ["__init__"] else parts


def _refuse_detours(folder: Path, files: Dict[Path, Declared]) -> None:
    """Raise an InputError where a file has the decorator from another that imports it: there it would be missed."""
    names = {".".join(_module_parts(folder, path)): found.names for path, found in files.items() if found.names}
    for path, found in files.items():
        package = list(path.relative_to(folder).parts[:-1])
        for node in found.imports:
            parts = node.module.split(".") if node.module else []
            if node.level:
                parts = package[: max(0, len(package) - node.level + 1)] + parts
            elif parts[0] == folder.name:
                parts = parts[1:]
            there = names.get(".".join(parts), set())
            for alias in node.names:
                taken = there if alias.name == "*" else there & {alias.name}
                below = names.get(".".join([*parts, alias.name]), set())
                if taken or found.decorators.intersection(f"{alias.asname or alias.name}.{name}" for name in below):
                    problem = f"the decorator comes from {'.'.join(parts) or folder.name}"
                    raise InputError(place(path, node), problem, "import it from module_drift.case in every file")
