"""What the README says is what the commands in it print."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from module_drift.cli import main
from module_drift.record.record import Record
from module_drift.record.release import Release
from tools.findings import PAGE, findings, page, readme

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
    assert second == f"{first} run -e tests"
    assert "\n.venv/bin/tox run -e tests\n.venv/bin/tox run -e tests-newest\n" in ci


def commands():
    """Return what the README says to run, as far as "Why believe it", each on a line, without its comment."""
    text = README.partition("## Why believe it")[0]
    blocks = "".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL)).splitlines()
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    programs = ("module-drift", "pytest", "pip", "python", ".venv/bin/tox", "tox", ".tox", ".")
    lines = [*blocks, *(span for span in spans if span.split()[0] in programs and len(span.split()) > 1)]
    return [line.partition("  #")[0].strip() for line in lines]


READING = [line for line in commands() if re.match("module-drift (between|list|show|releases)", line)]


@pytest.mark.parametrize("line", READING)
def test_a_command_that_asks_the_record_is_answered(line, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit) as ended:
        main(shlex.split(line)[1:])
    assert not ended.value.code
    assert capsys.readouterr().out


def test_every_other_command_is_one_that_is_known():
    """Whoever adds one tries it in a fresh clone, and says here who does so again."""
    assert len(READING) > 6
    assert sorted(set(commands()) - set(READING)) == sorted(
        {
            # .ci/run
            "python3.11 -m venv .venv && .venv/bin/pip install -r requirements/tox.txt && .venv/bin/tox",
            "python3.11 -m venv .venv && .venv/bin/pip install -r requirements/tox.txt && .venv/bin/tox run -e tests",
            ".venv/bin/tox run -e torch1.4.0-cpu",
            ".venv/bin/tox run -m article",
            # test_environments.py: there are such
            ".venv/bin/tox run -e torch2.11.0-cuda",
            ".venv/bin/tox run -e py312-torch2.13.0-cpu",
            ".venv/bin/tox run -m quick",
            ".venv/bin/tox run -m pythons",
            ".venv/bin/tox list",
            # tests/own_environment/wheel
            "pip install .",
            "module-drift check",
            "module-drift check --json",
            "pip wheel . -w wheels",
            "pip install --no-index --find-links wheels torch-module-drift",
            # test_site.py, test_sweep.py
            ". .venv/bin/activate && pip install -e .",
            "pip install -e '.[site]'",
            "module-drift site pages",
            "pip install -e '.[sweep]'",
            "module-drift sweep",
            "module-drift sweep 1.13.1..2.6.0 2.15.0",
            "module-drift sweep --regen",
            # below
            "sed -i 's/1.6094379425048828/1.6194379425048828/' golden/hook/code-1/since-1.04.0.yml",
            ".tox/torch2.13.0-cpu/bin/pytest -k hook/code-1",
            "git checkout golden",
        }
    )


def test_what_is_on_no_index_yet_is_not_the_first_that_is_said():
    for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        text = re.sub(r"\s+", " ", path.read_text(encoding="utf-8"))
        for found in re.finditer(r"(?<!--find-links wheels )(?<!/)torch-module-drift", text):
            assert (
                "once it is published" in text[: found.start()][-90:]
                or "package is published" in (text[: found.start()][-90:])
            ), f"{path.name}: {text[found.start() - 60 : found.end()]}"


def test_a_drift_reads_as_the_readme_shows_it(tmp_path):
    block = re.search(r"## How to read a drift\n.*?```sh\n(.*?)```.*?```text\n(.*?)```", README, re.DOTALL)
    spoil, run, _ = block[1].splitlines()
    for name in ("cases", "golden", "module_drift"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    subprocess.run(spoil, shell=True, cwd=tmp_path, check=True)
    command = [sys.executable, "-m", *shlex.split(run.replace(".tox/torch2.13.0-cpu/bin/", ""))]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout
    release = Release.parse(torch.__version__)
    shown = block[2].replace("2.13.0", str(release)).splitlines()
    assert [line for line in shown if "obtained" not in line and line not in done.stdout.splitlines()] == []


def test_the_example_of_between_is_what_it_prints(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit):
        main(["between", "1.13.1", "2.6.0", "--section", "hook"])
    assert f"\n{capsys.readouterr().out.splitlines()[0]}\n" in README


def test_the_number_of_cases_is_that_of_the_record():
    number = len(Record(ROOT).cases())
    assert f"as cases: {number} behaviours" in README
    assert f"matches the record: {number} cases" in README
