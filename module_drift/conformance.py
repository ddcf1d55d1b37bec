"""The one test, which the plugin collects for each file of cases."""

from typing import Any, Callable, Union

from .discovery import Case
from .observation import Observation


def test_matches_the_record(
    case: Case, device: str, golden: Any, observe: Callable[[Case, str], Union[Observation, str]]
) -> None:
    """Run `case` on `device` and hold what it shows against its golden."""
    golden.check(observe(case, device))
