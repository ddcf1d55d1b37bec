"""torch.export.export with the inputs of the first call: what that program does is called from then on.

By the default of each release, dynamo makes it by reading the code of forward, or forward runs with tensors that have
no values.
"""

import contextlib
import traceback
import warnings
from typing import Any, Callable, Dict, Iterator, Tuple
from unittest import mock

from . import MadeAtFirstCall, is_of_attributes, none_of_its_own, stays_intact
from .compile import VARIABLES, Compile

SINCE = "2.1.0"
__all__ = ["SINCE", "VARIABLES", "is_intact", "machinery", "raises", "refuses", "says"]

_UNKNOWN = object()
"""A value that dynamo, which reads code, knows no more of than that there will be one."""


class _Export(MadeAtFirstCall):
    """Exports each Module, with empty caches of dynamo before and after."""

    def __init__(self) -> None:
        self._dynamo = Compile()

    def __enter__(self) -> "_Export":
        self._dynamo.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._dynamo.__exit__(*error)

    def make(self, module: Any, arguments: Tuple[Any, ...], keywords: Dict[str, Any]) -> Callable[..., Any]:
        """As in `MadeAtFirstCall`."""
        import torch.export

        with _parameters_refused():
            exported: Callable[..., Any] = torch.export.export(module, arguments, keywords).module()
        return exported

    @staticmethod
    def is_tracing() -> bool:
        """As in `Machinery`; not where forward runs, since what it shows is shown then."""
        import torch

        # In 2.1 there is this one alone; later it is true where forward runs, too.
        return bool(getattr(torch.compiler, "is_dynamo_compiling", torch._dynamo.is_compiling)())

    @staticmethod
    def show_traced(show: Any, label: str, values: Tuple[Any, ...]) -> None:
        """As in `Machinery`; at once, since what is done in forward would be a part of the program, or an error."""
        from torch._dynamo.comptime import comptime

        comptime(_show_read)

    @staticmethod
    def untraced(function: Callable[..., Any]) -> Callable[..., Any]:
        """As in `Machinery`."""

        def without_modes(*arguments: Any, **keywords: Any) -> Any:
            with _no_modes():
                return function(*arguments, **keywords)

        return Compile.untraced(without_modes)

    @staticmethod
    def is_only_traced(value: Any) -> bool:
        """As in `Machinery`."""
        import torch

        if isinstance(value, torch.Tensor):
            return Compile.is_only_traced(value) or torch._is_functional_tensor(getattr(value, "elem", value))
        return value is _UNKNOWN or isinstance(value, (torch.SymInt, torch.SymFloat, torch.SymBool))


@contextlib.contextmanager
def _no_modes() -> Iterator[None]:
    """While entered, torch computes with the values that there are, as for who prints them."""
    import torch
    from torch.utils import _python_dispatch

    with torch._C.DisableTorchFunction(), _python_dispatch._disable_current_modes():
        yield


@contextlib.contextmanager
def _parameters_refused() -> Iterator[None]:
    """While entered, dynamo refuses a Parameter that forward makes, as it does by itself later.

    2.4 puts it among the inputs of the program, and ends the process by a segmentation fault.
    """
    from torch._dynamo import exc
    from torch._dynamo.output_graph import OutputGraph

    def refuse(*_: Any) -> Any:
        raise exc.Unsupported("nn.Parameter with export")

    if not hasattr(OutputGraph, "synthetic_graph_input"):
        yield
        return
    with mock.patch.object(OutputGraph, "synthetic_graph_input", refuse):
        yield


def _show_read(context: Any) -> None:
    """Show what `_Export.show_traced` was given: called by dynamo where it reads that."""
    show, label, values = (_value_of(_variable(context.get_local(name))) for name in ("show", "label", "values"))
    show.show_now(label, *values)


def _variable(local: Any) -> Any:
    return local._i_will_not_complain_if_bc_breaks_VariableTracker()


def _value_of(variable: Any) -> Any:
    """Return what dynamo knows of a variable."""
    variable = variable.realize() if hasattr(variable, "realize") else variable
    kind = type(variable).__name__
    if kind in ("ListVariable", "TupleVariable"):
        return (list if kind == "ListVariable" else tuple)(map(_value_of, variable.items))
    if kind == "ConstDictVariable":
        return {_key_of(key): _value_of(value) for key, value in variable.items.items()}
    if variable.is_python_constant():
        return variable.as_python_constant()
    is_known = kind.startswith(("UserDefined", "Unspecialized"))
    return variable.value if is_known else _UNKNOWN


def _key_of(key: Any) -> Any:
    # A variable, within something that has a hash; in 2.1 the key itself.
    variable = getattr(key, "vt", key)
    return _value_of(variable) if hasattr(variable, "is_python_constant") else key


machinery = _Export
refuses = none_of_its_own
is_intact = stays_intact

_SOURCES = ("_dynamo", "_export", "_functorch", "_subclasses", "export", "fx")


def _is_of_it(filename: str) -> bool:
    path = filename.replace("\\", "/")
    return path.startswith("<eval_with_key>") or any(f"/torch/{folder}/" in path for folder in _SOURCES)


def raises(error: BaseException) -> bool:
    """Return whether the program raised the error while it ran: of inputs that it does not take, or an operation.

    A global hook, which runs for the program, too, raises what is the case's.
    """
    files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    return any(map(_is_of_it, files)) and ("/torch/" in files[-1].replace("\\", "/") or _is_of_it(files[-1]))


def says(warning: warnings.WarningMessage) -> bool:
    """Return whether the warning comes from the sources of export, or tells of tensors that forward assigns."""
    is_of_export = _is_of_it(warning.filename) or str(warning.message).startswith("The tensor attribute")
    return is_of_export or is_of_attributes(warning)
