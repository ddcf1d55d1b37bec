"""What the README says is what the commands in it print."""

from pathlib import Path

from module_drift.findings import table
from module_drift.record import Record

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_findings_is_that_of_the_record():
    assert f"\n{table(Record(ROOT))}\n" in README


def test_ci_runs_the_readmes_commands():
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8").replace(" --quiet", "")
    first, second = (line for line in README.splitlines() if line.startswith("python3.11 -m venv"))
    assert f"\n{first}\n" in ci
    assert second.endswith(".venv/bin/tox run -e tests")
    assert "\n.venv/bin/tox run -e tests\n" in ci
