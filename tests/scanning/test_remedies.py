"""Code that does what a cause says to do is not found by a scan any more, as far as names can tell."""

from pathlib import Path

from module_drift.finding.code_digest import Digests
from module_drift.record.record import Record
from module_drift.scanning.matching import causes_of
from module_drift.scanning.scan import scan

ROOT = Path(__file__).parents[2]
STILL_FOUND = {
    "batchnorm-stops-tracking-when-told": "the attribute is set, and what makes up for it is set beside it",
    "clip-grad-norm-returns-a-tensor": "the norm is kept, and only then made a number",
    "multi-grad-hooks-refuse-without-a-message": "both errors are caught",
    "set-submodule-names-what-it-would-replace": "both errors are caught",
    "setting-a-buffer-calls-register-buffer": "the method is overridden, and the buffer changed in place",
    "module-list-call-raises-type-error": "it is called, and both errors are caught",
}


def test_a_remedy_is_not_found_by_the_cause_that_it_is_for():
    record = Record(ROOT)
    cases = {case.id: case for case in record.cases() if case.section == "remedy"}
    digests = Digests(record.cases_folder, record.root, list(record.cases()))
    table = record.read_causes()
    causes = causes_of(table, table, upward=True)
    found = scan([ROOT / "cases" / "remedy"], causes, 0, with_possible=False)
    hits = {(one.cause.key, finding.path, finding.line) for one in found.touched for finding in one.findings}
    still = set()
    for key, cause in table.items():
        if cause.get("example") in cases:
            lines = digests.lines(cases[cause["example"]])
            still |= {key for path, some in lines.items() for line in some if (key, path, line) in hits}
    assert still == set(STILL_FOUND)
