"""The verdict of a pytest run, in words and, where goldens are recorded, as a row of verified.csv."""

import datetime
from typing import Any, Dict, List, Optional

import pytest

from .errors import InputError, relative
from .record import Record
from .release import Run
from .verified import Row

PROPERTY = "module-drift"
"""Name of the property by which a test says `device id outcome`: matched, accepted, drifted, elsewhere, unsupported
or unjudged."""

DETAILS = "module-drift-details"
"""Name of the property by which the same test says more, as JSON: what was run, and for a drift old, new and
differences."""

_GOOD = {"matched", "accepted", "elsewhere"}


class Verdict:
    """Gathers how the tests ended, in this process or in pytest-xdist's workers, and says what it means.

    Args:
        record: the record that the run was held against.
        runs: the run on each device.
        recorded: what goldens say of the run on each device.
        writes: whether a whole run in which all is well is written down.
    """

    def __init__(self, record: Record, runs: Dict[str, Run], recorded: Dict[str, Dict[str, str]], writes: bool):
        self.record, self.runs, self.recorded, self.writes = record, runs, recorded, writes
        self.outcomes: Dict[str, Dict[str, str]] = {}
        self.unwritten: Optional[InputError] = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take down how a test ended."""
        if report.when == "teardown":
            for name, value in report.user_properties:
                if name == PROPERTY:
                    device, case_id, outcome = str(value).split()
                    self.outcomes.setdefault(device, {})[case_id] = outcome

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write down the runs in which every case matched or was accepted; fail if that cannot be done."""
        if self.writes and exitstatus == pytest.ExitCode.OK:
            try:
                self._write()
            except InputError as error:
                self.unwritten = error
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _write(self) -> None:
        cases = self.record.cases()
        for device, outcomes in self.outcomes.items():
            if outcomes.keys() == {case.id for case in cases} and set(outcomes.values()) <= _GOOD:
                recorded, run = self.recorded[device], self.runs[device]
                self.record.compact([case.id for case in cases])  # What a run that was killed has left to do.
                self.record.add_verified(
                    Row(
                        release=str(run.release),
                        device=device,
                        python=recorded["python"],
                        platform=recorded["platform"],
                        cases=len(_matched(outcomes)),
                        digest=self.record.digest(run, cases),
                        date=datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
                    )
                )

    def pytest_terminal_summary(self, terminalreporter: Any, exitstatus: int) -> None:
        """Say in a line for each device whether this torch matches the record."""
        for device, outcomes in self.outcomes.items():
            drifted = sorted(id for id, outcome in outcomes.items() if outcome == "drifted")
            accepted = sorted(id for id, outcome in outcomes.items() if outcome == "accepted")
            run = self.runs[device]
            if drifted:
                line = f"{run} drifted from the record in {len(drifted)} of {_cases(outcomes)}: {', '.join(drifted)}"
            elif set(outcomes.values()) == {"unsupported"}:
                line = f"{run} is not supported by this wheel: see why the cases were skipped"
            elif exitstatus != pytest.ExitCode.OK:
                line = f"{run} could not be judged: see the errors above"
            else:
                line = f"{run} matches the record: {_cases(_matched(outcomes))}"
            terminalreporter.write_sep("=", "verdict")
            terminalreporter.write_line(line, red=bool(drifted), green=not drifted)
            if self.unwritten:
                terminalreporter.write_line(f"not written down: {self.unwritten}", red=True)
            if accepted:
                causes = relative(self.record.folder / "causes.toml")
                terminalreporter.write_line(
                    f"accepted: {', '.join(accepted)}; name the causes of what changed in {causes}"
                )


def _matched(outcomes: Dict[str, str]) -> List[str]:
    return [id for id, outcome in outcomes.items() if outcome in ("matched", "accepted")]


def _cases(some: Any) -> str:
    return f"{len(some)} case{'' if len(some) == 1 else 's'}"
