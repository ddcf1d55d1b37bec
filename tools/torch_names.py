"""Writes module_drift/scanning/torch_names.json from the torch at hand: run `python -m tools.torch_names`.

It is what a scan knows of torch's names without it: which spellings are one thing, what classes derive from, and what
functions and methods of tensors return, as torch's own stubs and annotations declare it.
"""

import ast
import importlib
import inspect
import json
import pkgutil
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any, Dict, Iterable, Iterator, Set

import torch

from module_drift.common import files

DATA = Path("module_drift/scanning/torch_names.json")
_WHOLE = ("torch.nn", "torch.optim", "torch.autograd", "torch.utils.data", "torch.distributions", "torch.amp")
_ALONE = (
    "torch",
    "torch.func",
    "torch.functional",
    "torch.fx",
    "torch.jit",
    "torch.serialization",
    "torch.utils",
    "torch.utils.checkpoint",
    "torch.utils.hooks",
    "torch._tensor",
)
_LEFT_OUT = (
    "torch.nn.attention.",
    "torch.nn.backends",
    "torch.nn.intrinsic",
    "torch.nn.qat",
    "torch.nn.quantiz",
    "torch.utils.data.datapipes",
)
_FUNCTIONAL = "torch.nn.functional."
_ROOTS = ("torch.nn.Module", "torch.Tensor")
"""Classes that stand last among those that another derives from, whatever else is mixed in."""

_NUMBERS = {"bool", "_bool", "int", "_int", "float", "_float", "Number", "complex", "str", "None", "_size", "Size"}
"""What nothing of torch is, in the words of its stubs."""


def modules() -> Iterator[ModuleType]:
    """Yield the modules whose names are told."""
    for name in _ALONE:
        yield importlib.import_module(name)
    for name in _WHOLE:
        package = importlib.import_module(name)
        yield package
        for one in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not one.name.startswith(_LEFT_OUT) and "._" not in one.name:
                yield importlib.import_module(one.name)


def spellings() -> Dict[str, Any]:
    """Return what each name of a class or function leads to, where it is defined and where it is offered."""
    found = {}
    for module in modules():
        offers = {*getattr(module, "__all__", ())}
        is_package = hasattr(module, "__path__") or module.__name__ == _FUNCTIONAL[:-1]
        for name, thing in vars(module).items():
            if not inspect.isclass(thing) and not inspect.isroutine(thing):
                continue
            home = getattr(thing, "__module__", None) or "torch"
            if module is torch:  # What it has of its own, such as the types of torch.jit, it offers only by `__all__`.
                is_its = home.startswith("torch.") and not home.startswith("torch._C")
            else:
                is_its = home == module.__name__ or (
                    is_package and home.startswith((f"{module.__name__}.", "torch._C"))
                )
                is_its = is_its or (module.__name__ == _FUNCTIONAL[:-1] and inspect.isbuiltin(thing))
            is_public = not name.startswith("_") or (inspect.isclass(thing) and home == module.__name__)
            if home.partition(".")[0] == "torch" and is_public and (name in offers or is_its):
                found[f"{module.__name__}.{name}"] = thing
    return found


def public_names(found: Dict[str, Any]) -> Dict[str, str]:
    """Return the best spelling of what each name leads to: without private parts, then with few parts.

    What torch.nn.functional offers keeps its name, even where it is the same function as one of torch.
    """
    best: Dict[int, str] = {}
    for name in sorted(found, key=lambda one: ("._" in one, one.count("."), one)):
        if not name.startswith(_FUNCTIONAL):
            best.setdefault(id(found[name]), name)
    return {name: name if name.startswith(_FUNCTIONAL) else best[id(found[name])] for name in found}


def classes(found: Dict[str, Any], best: Dict[str, str]) -> Dict[str, str]:
    """Return the classes with what each derives from, the nearest first; a private one only if another needs it."""
    named = {id(found[name]): name for name in best.values()}
    told = {}
    for name in sorted(named.values()):
        if inspect.isclass(found[name]):
            chain = [named[id(one)] for one in found[name].__mro__[1:] if id(one) in named]
            chain = [one for one in chain if not one.startswith("torch.autograd.function.")]  # Only how it is made.
            told[name] = [one for one in chain if one not in _ROOTS] + [one for one in chain if one in _ROOTS]
    needed = {one for name, chain in told.items() if "._" not in name for one in (name, *chain)}
    return {name: " ".join(told[name]) for name in told if name in needed}


def declared(path: Path) -> Dict[str, Set[str]]:
    """Return what the functions of a file are declared to return; those of a class are called so with a dot before."""
    found: Dict[str, Set[str]] = {}

    def read(body: Iterable[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                read(node.body, f"{node.name}.")
            elif isinstance(node, ast.FunctionDef):
                said = ast.unparse(node.returns).strip("'") if node.returns else "?"
                found.setdefault(f"{prefix}{node.name}", set()).add(said.replace("torch.Tensor", "Tensor"))

    read(ast.parse(path.read_text(encoding="utf-8")).body, "")
    return found


def kind(returned: Set[str]) -> str:
    """Return what all of these are: tensor, number for nothing of torch, or unknown."""
    if returned == {"Tensor"}:
        return "tensor"
    return "number" if returned and returned <= _NUMBERS else "unknown"


def sorted_by(kinds: Dict[str, str]) -> Dict[str, str]:
    """Return the names of each kind in one text, which is short in the file and in a diff."""
    return {kind: " ".join(sorted(name for name in kinds if kinds[name] == kind)) for kind in sorted({*kinds.values()})}


def functions(found: Dict[str, Any], names: Iterable[str]) -> Dict[str, str]:
    """Return of what kind the result of each function is."""
    folder = Path(torch.__file__).parent / "_C"
    stubs, stubs_of_nn = declared(folder / "_VariableFunctions.pyi"), declared(folder / "_nn.pyi")
    kinds = {}
    for name in names:
        thing = found[name]
        said: Set[str] = set()
        if inspect.isfunction(thing) and "return" in thing.__annotations__:
            returned = thing.__annotations__["return"]
            said = {"None" if returned is None else getattr(returned, "__name__", str(returned))}
        elif not inspect.isclass(thing):
            last = name.rpartition(".")[2]
            if thing is getattr(torch, last, None):
                said = stubs.get(last, said)
            elif thing is getattr(torch._C._nn, last, None):
                said = stubs_of_nn.get(last, said)
        if not inspect.isclass(thing):
            kinds[name] = kind({one.replace("torch.Tensor", "Tensor") for one in said})
    return kinds


def methods() -> Dict[str, str]:
    """Return of what kind the result of each method of a tensor is."""
    folder = Path(torch.__file__).parent
    stub = declared(folder / "_C" / "__init__.pyi")
    own = declared(folder / "_tensor.py")
    said = {name: own.get(f"Tensor.{name}") or stub.get(f"TensorBase.{name}") for name in dir(torch.Tensor)}
    return {name: kind(returned) for name, returned in said.items() if returned}


def giving_tensors(found: Dict[str, Any], names: Iterable[str]) -> str:
    """Return the Modules of which a call gives a tensor, as their `forward` is annotated."""
    modules = [name for name in names if inspect.isclass(found[name]) and issubclass(found[name], torch.nn.Module)]
    returned = {
        name: getattr(inspect.getattr_static(found[name], "forward"), "__annotations__", {}).get("return")
        for name in modules
    }
    return " ".join(sorted(name for name in modules if returned[name] in (torch.Tensor, "Tensor", "torch.Tensor")))


def data() -> Dict[str, Any]:
    """Return what is written."""
    found = spellings()
    best = public_names(found)
    return {
        "torch": torch.__version__.partition("+")[0],
        "classes": classes(found, best),
        "aliases": {name: best[name] for name in sorted(best) if best[name] != name},
        "functions": sorted_by(functions(found, {*best.values()})),
        "methods": sorted_by(methods()),
        "giving_tensors": giving_tensors(found, {*best.values()}),
    }


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        files.replace(DATA, json.dumps(data(), indent=1) + "\n")
