"""Has cases that did not match run once more, where no other case can have left them anything."""

from typing import Callable, Optional

from ..common.errors import InputError
from ..finding.discovery import Case
from ..observing.observer import Ended, Observer
from .outcome import Seen


class SecondLook:
    """A process for the cases that did not match, started for the first of them.

    Args:
        start: starts the process, with all cases loaded.
    """

    def __init__(self, start: Callable[[], Observer]):
        self._start = start
        self._observer: Optional[Observer] = None

    def result(self, case: Case, device: str) -> Seen:
        """Return what `case` shows on `device` there, or why that cannot be said."""
        try:
            self._observer = self._observer or self._start()
            self._observer.submit(case, device)
            seen = self._observer.result(case, device)
        except InputError as error:
            return str(error)
        if isinstance(seen, Ended):  # There is nothing left that could run another one.
            self.close()
        return seen

    def close(self) -> None:
        """End the process, if it was started."""
        if self._observer:
            self._observer.close()
            self._observer = None
