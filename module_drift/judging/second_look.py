"""Has cases that did not match run once more, where no other case can have left them anything."""

from typing import Callable, Optional

from ..common.errors import InputError
from ..comparing.observation import lacking
from ..finding.discovery import Case
from ..observing.observer import Ended, Observer
from ..record.devices import CPU
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
        return self._result(case, device, None)

    def lacking(self, case: Case, device: str) -> Optional[str]:
        """Return what `device` lacks by an error that `case` itself catches there, and not on the CPU, too; or None."""
        there = self._lacking(case, device, device)
        return there if there and self._lacking(case, CPU, device) != there else None

    def _lacking(self, case: Case, device: str, watching: str) -> Optional[str]:
        seen = self._result(case, device, watching)
        return None if isinstance(seen, str) else lacking(seen, watching)

    def _result(self, case: Case, device: str, watching: Optional[str]) -> Seen:
        try:
            self._observer = self._observer or self._start()
            self._observer.submit(case, device, watching)
            seen = self._observer.result(case, device, watching)
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
