"""Writes a run as a JUnit report, for services that show tests."""

from pathlib import Path
from typing import Any, Optional

from ..common import files
from ..common.visible import LINES, visible
from .judgement import Judgement
from .ledger import CANNOT, DRIFTED_CASE, PASSED_BY, UNJUDGED, Ledger


def write(path: Path, judgement: Judgement, ledger: Optional[Ledger]) -> None:
    """Write `judgement` to `path`: a test for each case and device, and one more that is the verdict.

    Args:
        path: the file.
        judgement: what the run comes to.
        ledger: its books, or None where it came to none.

    Raises:
        InputError: the file cannot be written.
    """
    # Imported here: only who asks for a report waits for it.
    from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

    suite = TestSuite("module-drift")
    unjudged = {(one["device"], one["id"]): one["reason"] for one in judgement.unjudged}
    for device, id in ledger.expected if ledger else ():
        test = TestCase(id, classname=device)
        entry = ledger.entries.get((device, id)) if ledger else None
        if (device, id) in unjudged or entry is None or entry.outcome == UNJUDGED:
            test.result = [Error(visible(unjudged.get((device, id), "")), "unjudged")]
        elif entry.outcome == DRIFTED_CASE:
            failure = Failure("drifted from the record", "drift")
            failure.text = visible(entry.more["differences"], LINES)
            test.result = [failure]
        elif entry.outcome == PASSED_BY:
            test.result = [Skipped("nothing of it goes through the mode")]
        elif entry.outcome == CANNOT:
            test.result = [Skipped(f"{device} lacks {entry.more['lacks']}")]
        suite.add_testcase(test)
    for device, id in ledger.elsewhere if ledger else ():
        test = TestCase(id, classname=device)
        test.result = [Skipped("its golden holds on another platform only")]
        suite.add_testcase(test)
    for device, why in judgement.left_out.items():
        test = TestCase("all cases", classname=device)
        test.result = [Skipped(visible(f"{device} is left out: {why}"))]
        suite.add_testcase(test)
    verdict = TestCase("verdict", classname="module-drift")
    verdict.system_out = visible(f"{judgement.verdict}: {judgement.detail}")
    if judgement.reason:
        verdict.result = [Error(visible(judgement.reason), judgement.verdict)]
    suite.add_testcase(verdict)
    report = JUnitXml()
    report.add_testsuite(suite)
    text: Any = report.tostring()
    files.replace(path, text.decode("utf-8") if isinstance(text, bytes) else text)
