"""Sends every outermost call of a Module through a mode's machinery, from outside and without the caller knowing."""

import contextlib
import re
import threading
from types import ModuleType
from typing import Any, Callable, Dict, Iterator, Tuple

import torch

from .modes import Machinery, NotMadeError

_Called = Callable[..., Any]
_FROM = re.compile(r"\s*\n\s*(?:from user code|While executing %)")


class Refused(BaseException):
    """The mode does not take the Module. No Exception, so that no case takes it for one of the Module's errors."""

    def __init__(self, error: BaseException):
        super().__init__(type(error).__name__)


class Outermost:
    """While entered, has every outermost call of a Module made by the mode.

    What is made of a Module at its first outermost call is kept for that instance. Within an outermost call, Modules
    are called as they stand, also where the machinery calls one again later, as in backward.

    Args:
        machinery: what takes the calls.
        mode: the file of the mode.
        after: called after each outermost call.
        raised_by_case: returns whether the case's own code raised an error.
    """

    def __init__(
        self,
        machinery: Machinery,
        mode: ModuleType,
        after: Callable[[], None],
        raised_by_case: Callable[[BaseException], bool],
    ):
        self._machinery, self._mode, self._after, self._raised_by_case = machinery, mode, after, raised_by_case
        self._as_it_stands: _Called = torch.nn.Module.__call__
        self._made: Dict[int, Tuple[Any, _Called]] = {}  # With the Module, so that its id stays its own.
        self._thread = threading.get_ident()

    def __enter__(self) -> None:
        def call(module: Any, *arguments: Any, **keywords: Any) -> Any:
            if threading.get_ident() != self._thread:
                return self._as_it_stands(module, *arguments, **keywords)
            return self._outermost(module, arguments, keywords)

        self._machinery.__enter__()
        torch.nn.Module.__call__ = call

    def __exit__(self, *error: Any) -> None:
        torch.nn.Module.__call__ = self._as_it_stands
        self._machinery.__exit__(*error)

    @contextlib.contextmanager
    def _untaken(self) -> Iterator[None]:
        # Not by a depth that is counted: what traces the call would trace the counting, too.
        before = torch.nn.Module.__call__
        torch.nn.Module.__call__ = self._as_it_stands
        try:
            yield
        finally:
            torch.nn.Module.__call__ = before

    def _outermost(self, module: Any, arguments: Tuple[Any, ...], keywords: Dict[str, Any]) -> Any:
        def as_it_stands(*arguments: Any, **keywords: Any) -> Any:
            with self._untaken():
                return self._as_it_stands(module, *arguments, **keywords)

        try:
            with self._untaken():
                if id(module) not in self._made:
                    self._made[id(module)] = module, self._machinery.made(module, as_it_stands)
                return self._made[id(module)][1](*arguments, **keywords)
        except NotMadeError as failed:
            error = failed.__cause__
            assert error is not None
            if not self._raised_by_case(error):
                raise Refused(error) from None
            raise error from None
        except Exception as error:
            if self._mode.refuses(error):
                raise Refused(error) from None
            error.args = () if self._mode.raises(error) else _without_code(error.args)
            raise
        finally:
            self._after()


def _without_code(said: Tuple[Any, ...]) -> Tuple[Any, ...]:
    """Return what an error says without what tracing has put behind it: where in which code it was raised."""
    return tuple(_FROM.split(part)[0] if isinstance(part, str) else part for part in said)
