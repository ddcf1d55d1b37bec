"""The one test, which the plugin collects for each file of cases."""

import pytest

from ..finding.discovery import Case


def test_matches_the_record(case: Case, device: str, request: pytest.FixtureRequest) -> None:
    """Have `case` run on `device`, and hold what it shows against its golden."""
    from .pytest_case import CaseCheck

    CaseCheck(request, case, device).check()
