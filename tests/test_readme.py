"""What the README says is what the commands in it print."""

from pathlib import Path

import pytest

from module_drift.cli import main
from module_drift.findings import PAGE, findings, page, readme
from module_drift.record import Record

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_tables_of_findings_are_those_of_the_record():
    found = findings(Record(ROOT))
    assert readme(README, found) == README
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page(found)


def test_every_cause_is_in_the_page_and_counted_in_the_readme():
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    causes = Record(ROOT).read_causes()
    assert all(cause["what"].replace("|", r"\|") in text for cause in causes.values())
    counts = [cell for row in README.splitlines() if row.startswith("| [") for cell in row.split(" | ")[1:]]
    assert sum(int(cell.strip(" |") or 0) for cell in counts) == len(causes)


def test_ci_runs_the_readmes_commands():
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8").replace(" --quiet", "")
    first, second = (line for line in README.splitlines() if line.startswith("python3.11 -m venv"))
    assert f"\n{first}\n" in ci
    assert second.endswith(".venv/bin/tox run -e tests")
    assert "\n.venv/bin/tox run -e tests\n" in ci


def test_the_example_of_between_is_what_it_prints(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit):
        main(["between", "1.13.1", "2.6.0", "--section", "hook"])
    assert f"\n{capsys.readouterr().out.splitlines()[0]}\n" in README


def test_the_number_of_cases_is_that_of_the_record():
    number = len(Record(ROOT).cases())
    assert f"as cases: {number} behaviours" in README
    assert f"matches the record: {number} cases" in README
