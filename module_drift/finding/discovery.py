"""Finds the cases in a folder by reading their source, so that nothing imports torch until one runs."""

import ast
import functools
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
from ..common.scope import SCOPES
from ..family import OPTIONS, called_with
from . import families, sources
from .declarations import Declaration, Declared, declared, place

_EXAMPLE = re.compile(r"[a-z]+/code-[0-9]+")
_NEEDS = re.compile(r"[A-Za-z_]\w*(\.\w+)*(\(\w+\))?")
_NO_FOLDER = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])")
"""What Windows takes for a device, whatever follows."""

_FAMILIES = "cases("
"""What is in each file that declares families, whose ids it does not hold as they are."""

_LONGEST = 100
"""Characters of an id: then the paths of its goldens are short enough for every system."""


class Case(NamedTuple):
    """One behaviour, as its source declares it.

    Attributes:
        id: path such as "hook/code-3".
        sentence: what the case shows, from its docstring.
        example: id of the article's example that it reproduces, or whose text claims what it shows, or None.
        needs: API that it needs, or None.
        only: where it is run, one of `SCOPES`, or None for everywhere.
        platform_bound: whether its goldens hold only on the platform they were recorded on.
        path: file that holds the function.
        line: line of the function's first decorator.
        source: the function's source text; of a member of a family, with its own row of each table alone.
        function: the function's name.
        folder: the folder of cases, in which the file is, or in one below it.
        values: of a member of a family, what its function is given by name, as the literal of a dict; else "".
    """

    id: str
    sentence: str
    example: Optional[str]
    needs: Optional[str]
    only: Optional[str]
    platform_bound: bool
    path: Path
    line: int
    source: str
    function: str
    folder: Path
    values: str = ""

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

    @property
    def called_with(self) -> Optional[str]:
        """What the function of a member of a family is given by name, such as "layer='GELU'", or None."""
        return called_with(ast.literal_eval(self.values)) if self.values else None

    def load(self) -> Callable[..., None]:
        """Import the case's module, and torch with it, and return the function, which is called with show and device.

        Raises:
            InputError: another package or module of its name was imported before; or the module, once it is
                imported, has something else in the place of the function, or another value in the tables of a family.
            ImportError: the module cannot be imported.
        """
        module = import_file(self.folder, self.path)
        file = getattr(module, "__file__", None)
        if file != str(self.path) and not (file and os.path.samefile(file, self.path)):
            raise InputError(self.path, f"{file} was imported as {module.__name__}", "give the file a name of its own")
        function: Any = getattr(module, self.function, None)
        if getattr(function, "module_drift_cases", {}).get(self.id) != self.values:
            problem = f"when it is imported, {self.function} is not this case"
            raise InputError(self.place, problem, "give its name to nothing else, and put @case above other decorators")
        return self._member_of(function) if self.values else function

    def _member_of(self, function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def member(show: object, device: object) -> None:
            # Made anew each time, so that no run meets what another one made of them.
            function(show, device, **ast.literal_eval(self.values))

        return member


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


def discover(folder: Path, id: str = "") -> List[Case]:
    """Return the cases declared in the Python files of `folder` and the folders below it, in order of file and line.

    Args:
        folder: where the files are.
        id: the id of a case; files that do not declare it are left out as far as that can be told at a glance.

    Raises:
        InputError: a file cannot be read as Python; something declares a case that is none, or that would be
            missed; or two cases have one id.
    """
    cases: Dict[str, Case] = {}
    files: Dict[Path, Declared] = {}
    with garbage.none_yet():  # Syntax trees are many objects.
        for path in sources.python_files(folder):
            text = sources.read(path)
            if (f'"{id}"' in text or _FAMILIES in text or not id) and not _is_only_of_tests(path, text):
                for found in _cases_in(folder, path, text, files):
                    twin = cases.setdefault(found.id, found)
                    if twin is not found:
                        raise InputError(
                            found.place,
                            f"case id {found.id!r} is that of {twin.place} ({twin.function})",
                            "give one of them an id that is not used yet",
                        )
    if not id:
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
        files[path] = found._replace(declarations=[])  # Syntax trees are large.
        if found.declarations and path.name == "__init__.py":
            where = place(path, found.declarations[0].call)
            raise InputError(where, "a case in __init__.py", "put it in a file of its own topic")
        file = families.File(path, text, tree)
        for each in found.declarations:
            yield from _cases(folder, file, each)
    except RecursionError:
        raise InputError(path, "nests too deeply to be searched for cases", "write it in shorter expressions") from None


def _cases(folder: Path, file: families.File, declaration: Declaration) -> Iterator[Case]:
    """Yield the case that is declared, or those of a family."""
    function = declaration.function
    id, options, tables = _literals(declaration, file.path)
    sentence = " ".join((ast.get_docstring(function, clean=False) or "").split())
    first = function.decorator_list[0].lineno  # They are in order.
    alone = Case(
        id=id,
        sentence=sentence,
        example=options["example"],
        needs=options["needs"],
        only=options["only"],
        platform_bound=options["platform_bound"],
        path=file.path,
        line=first,
        source="",
        function=function.name,
        folder=folder,
    )
    if not declaration.is_family:
        source = "\n".join(file.lines[first - 1 : function.end_lineno]) + "\n"
        yield _checked(alone._replace(source=source))
        return
    for member, source in families.members(file, declaration, id, tables, options["needs"], sentence):
        more = {"id": member.id, "sentence": member.sentence, "needs": member.needs, "values": str(member.values)}
        yield _checked(alone._replace(source=source, **more))


def _literals(declaration: Declaration, path: Path) -> Tuple[Any, Dict[str, Any], Dict[str, ast.expr]]:
    """Return what the decorator is given: the id, its options, and the tables of a family."""
    _, call, is_family = declaration
    options: Dict[str, Any] = dict.fromkeys(OPTIONS)
    options["platform_bound"] = False
    tables: Dict[str, ast.expr] = {}
    id = call.args[0] if len(call.args) == 1 else None
    all_are = len({keyword.arg for keyword in call.keywords}) == len(call.keywords)
    for keyword in call.keywords:
        name, value = keyword.arg, keyword.value
        if name in options and isinstance(value, ast.Constant):
            options[name] = value.value
        elif is_family and name and name not in options:
            tables[name] = value
        else:
            all_are = False
    if not is_family:
        unknown = [each.arg for each in call.keywords if each.arg and each.arg not in options and each.arg != "id"]
        if unknown:
            problem = f"@case has no {', '.join(unknown)}"
            raise InputError(place(path, call), problem, f"it has an id, and may have {', '.join(options)}")
    if not isinstance(id, ast.Constant) or not all_are:
        what = ("@case", "one id and literals", '"hook/code-3", needs="torch.nn.Module.apply"')
        if is_family:
            what = ("@cases", "one id, literals and tables", '"layer/{layer}-trains", layer=["gelu", "lstm"]')
        problem = f"the arguments of {what[0]} are not {what[1]}"
        raise InputError(place(path, call), problem, f"write them like {what[0]}({what[2]})")
    return id.value, options, tables


def _checked(case: Case) -> Case:
    """Return `case`, which is the example of the article that it is called as.

    Raises:
        InputError: it is not as it must be.
    """
    if _EXAMPLE.fullmatch(str(case.id)):
        case = case._replace(example=case.id)
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
    if case.only not in (None, *SCOPES):
        remedy = f"write {' or '.join(map(repr, SCOPES))}, or leave it out"
        raise InputError(case.place, f"only = {case.only!r}", remedy)
    if not isinstance(case.platform_bound, bool):
        raise InputError(case.place, f"platform_bound = {case.platform_bound!r}", "write True or False")
    if not case.sentence:
        raise InputError(case.place, f"case {case.id} has no docstring", "say in one sentence what it shows")
    return case


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
