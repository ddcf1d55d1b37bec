"""The verdict of a pytest run, in words and, where goldens are recorded, as a row of verified.csv."""

import json
from typing import Any, List

import pytest

from ..common.errors import InputError
from ..common.visible import visible
from ..common.words import counted
from ..record.release import Run, public_version
from . import conformance, judge
from .judge import Plan
from .judgement import MATCHES, Judgement
from .ledger import ELSEWHERE, Ledger
from .pytest_suite import Suite
from .report import advice

PROPERTY = "module-drift"
"""Name of the property by which a test says `device id outcome`: matched, accepted, drifted, unsupported, unjudged,
does not apply, or holds elsewhere."""

DETAILS = "module-drift-details"
"""Name of the property by which the same test says more, as JSON: why it was not judged; for a drift old, new and
differences."""

WRITTEN = "module-drift-written"
"""Name of the property by which a test that fails names the files by which it was accepted all the same."""


class Verdict:
    """Gathers how the tests ended, in this process or in pytest-xdist's workers, and says what it means.

    Args:
        suite: what the tests share.
        whole: whether all cases were asked for, so that it is a failure if one is not judged.
    """

    def __init__(self, suite: Suite, whole: bool):
        self.suite, self.whole = suite, whole
        self.project, self.record = suite.project, suite.record
        self.noted: List[Any] = []
        self.asked = False
        self.written: List[str] = []
        self.lines: List[Any] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take down how a test ended."""
        if report.when == "call" or report.skipped:  # Not where tests are only shown, as by --setup-plan.
            self.asked |= f"::{conformance.test_matches_the_record.__name__}[" in report.nodeid
        if report.when == "teardown":
            properties = dict(report.user_properties)
            if PROPERTY in properties:
                device, case_id, outcome = str(properties[PROPERTY]).split(None, 2)
                self.written += str(properties.get(WRITTEN, "")).splitlines()
                self.noted.append((device, case_id, outcome, json.loads(str(properties.get(DETAILS, "{}")))))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Judge the run, and write down one in which every case matched or was accepted; fail if that cannot be."""
        if not (self.noted or self.asked or self.whole):
            device = session.config.getoption("device")
            if self.project.extends and device:  # Asked for, while pytest looks for tests in this project alone.
                self._fail(
                    session, f"no case was judged: those of the package, module-drift check --device {device} does"
                )
            return
        try:
            planned = self.suite.plan()
        except InputError:  # Collecting said so.
            planned = Plan([], [], [])
        unsupported = {device for device, _, outcome, _ in self.noted if outcome == "unsupported"}
        runs = list(dict.fromkeys(one.run for some in planned for one in some))
        if not runs:
            self._fail(session, "nothing could be judged: see the errors above")
        for run in runs:
            some = planned.on(run)
            ledger = some.ledger()
            for device, id, outcome, more in self.noted:
                if device == run.device and outcome != "unsupported":
                    ledger.note(device, id, outcome, **more)
            self._conclude(session, run, some, ledger, run.device in unsupported)

    def _conclude(self, session: pytest.Session, run: Run, planned: Plan, ledger: Ledger, is_unsupported: bool) -> None:
        judgement = self._judgement(run, planned, ledger)
        failed = session.exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        known = {(device, id) for device, id, _, _ in self.noted}
        unjudged = [one for one in judgement.unjudged if (one["device"], one["id"]) in known]
        is_part = not self.whole and judgement.cases < judgement.expected
        part = f", and {judgement.expected} are in the record" if is_part else ""
        limits = "".join(f"; {one}" for one in judgement.limits)
        why = judgement.reason
        if is_part and unjudged:
            asked = judgement.compared + len(unjudged)
            missing = unjudged[0]
            why = f"{judgement.compared} of {asked} asked for, first missing {missing['id']} ({missing['reason']})"
        elif is_part and not judgement.compared and not failed:
            why = f"no case that was asked for{limits or ': see why they were skipped'}"
        elif is_part:
            why = "see the errors above"
        if is_unsupported:
            line = f"{run} is not supported by this wheel: see why the cases were skipped"
            # Of all devices, it is one that is left out, as where it is not there.
            if len(self.suite.devices) > 1:
                self._say(line, "")
            else:
                self._fail(session, line)
        elif judgement.drifted:
            verified = {row.run for row in self.record.verified_rows()}
            own, writable = self.project.is_own, not self.project.is_packaged
            for line in advice(run, verified, self.written, writable=writable, own=own).splitlines():
                self._say(line, "")
            drifted = ", ".join(sorted(judgement.drifted))
            count = f"{len(judgement.drifted)} of {counted(judgement.compared, 'case')}{part}"
            short = f" ({why})" if unjudged else limits
            self._say(f"{run} drifted from the record in {count}: {drifted}{short}", "red")
            if session.exitstatus == pytest.ExitCode.OK:  # As where a conftest.py marks the test as one that may fail.
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
        elif judgement.verdict == MATCHES and session.exitstatus == pytest.ExitCode.OK:
            self._say(f"{run} matches the record: {judgement._replace(accepted=[]).detail}", "green")
        elif unjudged or self.whole or session.exitstatus != pytest.ExitCode.OK or not judgement.compared:
            self._fail(session, f"{run} could not be judged: {why or 'see the errors above'}")
        else:
            count = f"{counted(judgement.compared, 'case')}{part}"
            self._say(f"{run} was judged in part, and matches there: {count}{limits}", "green")
        for line in judge.accepted_lines(ledger, self.record):
            self._say(line, "")
        if self.suite.regen_all and judgement.verdict == MATCHES and session.exitstatus == pytest.ExitCode.OK:
            try:
                judge.write_verified(self.record, self.record.cases(), run, self.suite.facts, ledger)
            except InputError as error:
                self._say(f"not written down: {error}", "red")
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _judgement(self, run: Run, planned: Plan, ledger: Ledger) -> Judgement:
        """Return what a run comes to; in a part, only what was asked for is elsewhere."""
        suite = self.suite
        asked = [id for device, id, outcome, _ in self.noted if (device, outcome) == (run.device, ELSEWHERE)]
        found = ledger.judgement({"torch": public_version(suite.facts.torch)}, "not run")
        return found._replace(
            elsewhere=found.elsewhere if self.whole else asked,
            left_out={device: missing for device, missing in suite.devices.items() if missing},
            held_against={} if suite.regen else judge.held_against_by(suite.record, planned, [run], suite.facts.torch),
        )

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
