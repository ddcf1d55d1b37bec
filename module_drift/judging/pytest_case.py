"""The test of one case under pytest: passes, fails with a report, or accepts what the case shows.

Accepting goes through pytest-regressions, whose `--force-regen` and `--regen-all` it obeys.
"""

import json
from pathlib import Path
from typing import Dict, List, Optional

import pytest
from pytest_regressions.common import perform_regression_check

from ..common.errors import InputError, relative
from ..common.visible import LINES, visible
from ..comparing.compare import Drift
from ..comparing.observation import Observation
from ..finding.discovery import Case
from ..record.golden import UNEXPLAINED, Golden, dump_to_show
from .judge import accepted_as
from .ledger import ACCEPTED, CANNOT, DRIFTED_CASE, ELSEWHERE, MATCHED, PASSED_BY, UNJUDGED
from .outcome import Outcome
from .pytest_suite import SUITE
from .pytest_verdict import DETAILS, PROPERTY, WRITTEN
from .report import DriftedCase, drift_report


class CaseCheck:
    """Holds what a case shows against the golden in effect, and accepts it where pytest-regressions' options say so.

    Args:
        request: of the test.
        case: the case.
        device: where it runs.
    """

    def __init__(self, request: pytest.FixtureRequest, case: Case, device: str):
        self.suite, self.request = request.config.stash[SUITE], request
        self.held = self.suite.held[case.id, device]
        self.case, self.run, self.golden = self.held.case, self.held.run, self.held.golden
        self.device = device

    def check(self) -> None:
        """Pass if what the case shows is what the record says, or if it is accepted; fail with a report otherwise."""
        unsupported, problem = None, ""
        try:
            unsupported = self.suite.why_unsupported(self.device)
        except InputError as error:  # Such as a torch whose import fails: no case can be judged.
            problem = str(error)
        if problem:
            self._note(UNJUDGED, {"reason": problem})
            self.request.session.shouldstop = visible(problem)
            pytest.fail(problem, pytrace=False)
        if unsupported:
            self._note("unsupported", {"reason": unsupported})
            pytest.skip(f"not supported by this wheel: {unsupported}")
        if self.golden and self.suite.is_elsewhere(self.held):
            self._note(ELSEWHERE)
            pytest.skip(f"holds only on {self.golden.recorded['platform']}, where it was recorded")
        observed, outcome = self.suite.judge(self.held)
        if outcome.name == PASSED_BY:
            self._note(PASSED_BY)
            pytest.skip(f"nothing of it goes through mode {self.run.mode}")
        if outcome.name == CANNOT:
            self._note(CANNOT, outcome.more)
            pytest.skip(f"{self.device} lacks {outcome.more['lacks']}")
        if outcome.drift is None or isinstance(observed, str):
            self._note(UNJUDGED, outcome.more)
            pytest.fail(visible(f"{self.case.id} was not judged: {outcome.more['reason']}", LINES), pytrace=False)
        if outcome.name == MATCHED and not self.suite.regen:
            self._note(MATCHED, outcome.more)
            return
        self._accept_or_report(observed, outcome, outcome.drift)

    def _accept_or_report(self, observed: Observation, outcome: Outcome, drift: Drift) -> None:
        recorded = self.suite.recorded(self.device, self.case)
        mine = Golden(self.run.release, None, recorded, UNEXPLAINED, observed)
        folder = self.suite.record.folder / self.case.id
        # Only names for pytest-regressions: nothing is written where nothing drifted.
        path, obtained = folder / (self.golden or mine).file_name, folder / "obtained.yml"
        accepted: List[Path] = []

        def accept(to: Path) -> None:
            if to == path:
                accepted.extend(self.suite.record.accept(self.case.id, self.run, observed, recorded, self.case.only))

        def assert_same(_: Path, __: Path) -> None:
            if drift:  # Not an assert statement, which python -O leaves out.
                raise AssertionError

        name, failure, written = MATCHED, None, ""
        more = outcome.more if outcome.name == MATCHED else {}
        try:
            perform_regression_check(
                datadir=folder,
                original_datadir=folder,
                request=self.request,
                check_fn=assert_same,
                dump_fn=accept,
                extension=".yml",
                fullpath=path,
                obtained_filename=obtained,
            )
            if accepted:
                name, more = ACCEPTED, accepted_as(self.suite.record, self.held, observed)
        except InputError as error:
            name, more, failure = UNJUDGED, {"reason": str(error)}, str(error)
        except (AssertionError, pytest.fail.Exception):
            # pytest-regressions fails after accepting, too, where --force-regen is given.
            name, more, failure = DRIFTED_CASE, outcome.more, self._report(path, drift, dump_to_show(mine))
            written = "\n".join(str(relative(changed)) for changed in accepted)
        self._note(name, more, written)
        if failure:  # Outside of the handlers, so that pytest does not show what they handled.
            pytest.fail(failure, pytrace=False)

    def _report(self, path: Path, drift: Drift, obtained: Optional[str]) -> str:
        file = None
        if obtained is not None:
            folder = self.request.getfixturevalue("tmp_path_factory").mktemp("obtained")
            file = folder / f"{self.case.id.replace('/', '-')}.yml"
            file.write_text(obtained, encoding="utf-8")
        drifted = DriftedCase(self.case, self.run, str(relative(path)), self.golden, drift, str(file) if file else None)
        return drift_report(drifted)

    def _note(self, name: str, more: Optional[Dict[str, str]] = None, written: str = "") -> None:
        """Say how the test ended to the process that gives the verdict, and in JUnit's report.

        Args:
            name: of the outcome, as `PROPERTY` has it.
            more: about the outcome.
            written: files that were written or removed to accept what drifted all the same, a line each.
        """
        properties = self.request.node.user_properties
        properties += [(PROPERTY, f"{self.device} {self.case.id} {name}")]
        if written:
            properties += [(WRITTEN, written)]
        if more:
            properties += [(DETAILS, json.dumps(more))]
