"""The verdict of a pytest run, in words and, where goldens are recorded, as a row of verified.csv."""

import json
from typing import Any, Callable, List

import pytest

from ..common.errors import InputError
from ..common.visible import visible
from ..common.words import counted
from ..observing.observer import Facts
from ..record.project import Project
from ..record.record import Record
from ..record.release import Run
from . import judge
from .judge import Plan
from .judgement import MATCHES
from .ledger import Ledger
from .report import advice

PROPERTY = "module-drift"
"""Name of the property by which a test says `device id outcome`: matched, accepted, drifted, unsupported, unjudged, or
does not apply."""

DETAILS = "module-drift-details"
"""Name of the property by which the same test says more, as JSON: why it was not judged; for a drift old, new and
differences."""

WRITTEN = "module-drift-written"
"""Name of the property by which a test that fails names the files by which it was accepted all the same."""


class Verdict:
    """Gathers how the tests ended, in this process or in pytest-xdist's workers, and says what it means.

    Args:
        project: whose record the run was held against.
        record: that record, which knows since when it is being written.
        plan: says what a whole run has to judge.
        facts: of the run.
        writes: whether a whole run in which all is well is written down.
        whole: whether all cases were asked for, so that it is a failure if one is not judged.
    """

    def __init__(
        self, project: Project, record: Record, plan: Callable[[], Plan], facts: Facts, writes: bool, whole: bool
    ):
        self.project, self.record = project, record
        self.plan, self.facts, self.writes, self.whole = plan, facts, writes, whole
        self.noted: List[Any] = []
        self.written: List[str] = []
        self.lines: List[Any] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take down how a test ended."""
        if report.when == "teardown":
            properties = dict(report.user_properties)
            if PROPERTY in properties:
                device, case_id, outcome = str(properties[PROPERTY]).split(None, 2)
                self.written += str(properties.get(WRITTEN, "")).splitlines()
                self.noted.append((device, case_id, outcome, json.loads(str(properties.get(DETAILS, "{}")))))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Judge the run, and write down one in which every case matched or was accepted; fail if that cannot be."""
        if not (self.noted or self.whole):
            return
        try:
            planned = self.plan()
        except InputError:  # Collecting said so.
            planned = Plan([], [])
        unsupported = {device for device, _, outcome, _ in self.noted if outcome == "unsupported"}
        runs = list(dict.fromkeys(one.run for some in planned for one in some))
        if not runs:
            self._fail(session, "nothing could be judged: see the errors above")
        for run in runs:
            some = Plan(*([one for one in part if one.run == run] for part in planned))
            ledger = some.ledger()
            for device, id, outcome, more in self.noted:
                if device == run.device and outcome != "unsupported":
                    ledger.note(device, id, outcome, **more)
            self._conclude(session, run, ledger, run.device in unsupported)

    def _conclude(self, session: pytest.Session, run: Run, ledger: Ledger, is_unsupported: bool) -> None:
        judgement = ledger.judgement({}, "not run")
        failed = session.exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        known = {(device, id) for device, id, _, _ in self.noted}
        unjudged = [one for one in judgement.unjudged if (one["device"], one["id"]) in known]
        is_part = not self.whole and judgement.cases < judgement.expected
        part = f", and {judgement.expected} are in the record" if is_part else ""
        why = judgement.reason
        if is_part and unjudged:
            asked = judgement.cases + len(unjudged)
            why = f"{judgement.cases} of {asked} asked for, first missing {unjudged[0]['id']} ({unjudged[0]['reason']})"
        elif is_part:
            why = "see the errors above"
        if is_unsupported:
            self._say(f"{run} is not supported by this wheel: see why the cases were skipped", "")
        elif judgement.drifted:
            verified = {row.run for row in self.record.verified_rows()}
            own, writable = self.project.is_own, not self.project.is_packaged
            for line in advice(run, verified, self.written, writable=writable, own=own).splitlines():
                self._say(line, "")
            drifted = ", ".join(sorted(judgement.drifted))
            count = f"{len(judgement.drifted)} of {counted(judgement.cases, 'case')}{part}"
            short = f" ({why})" if unjudged else ""
            self._say(f"{run} drifted from the record in {count}: {drifted}{short}", "red")
            if session.exitstatus == pytest.ExitCode.OK:  # As where a conftest.py marks the test as one that may fail.
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
        elif judgement.verdict == MATCHES and session.exitstatus == pytest.ExitCode.OK:
            self._say(f"{run} matches the record: {judgement._replace(accepted=[]).detail}", "green")
        elif unjudged or failed or self.whole or session.exitstatus != pytest.ExitCode.OK:
            self._fail(session, f"{run} could not be judged: {why or 'see the errors above'}")
        else:
            self._say(f"{run} was judged in part, and matches there: {counted(judgement.cases, 'case')}{part}", "green")
        for line in judge.accepted_lines(ledger, self.record):
            self._say(line, "")
        if self.writes and judgement.verdict == MATCHES and session.exitstatus == pytest.ExitCode.OK:
            try:
                judge.write_verified(self.record, self.record.cases(), run, self.facts, ledger)
            except InputError as error:
                self._say(f"not written down: {error}", "red")
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _fail(self, session: pytest.Session, line: str) -> None:
        self._say(line, "red")
        if session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.INTERRUPTED

    def _say(self, line: str, colour: str) -> None:
        self.lines.append((visible(line), colour))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say in a line for each device whether this torch matches the record."""
        if self.lines:
            terminalreporter.write_sep("=", "verdict")
        for line, colour in self.lines:
            terminalreporter.write_line(line, **({colour: True} if colour else {}))
