"""What the README and the pages of docs/ say is what the commands in them print, and what they name is there."""

import contextlib
import functools
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import yaml
from markdown_it import MarkdownIt
from rich.text import Text

from module_drift.cli import main
from module_drift.judging.judgement import MATCHES
from module_drift.observing.running_torch import this_processor
from module_drift.record.history import resolve
from module_drift.record.record import Record
from module_drift.record.release import Release, Run
from module_drift.sweeping import sweep_view
from module_drift.sweeping.environments import select
from module_drift.sweeping.sweep import Result
from module_drift.sweeping.targets import Target

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md")])
FOR_USERS = [
    README,
    *(
        DOCS / f"{name}.md"
        for name in ("asking", "believing", "changing", "checking", "modes", "reading", "scanning", "sweeping")
    ),
]
"""Pages whose every command is known here; those of own-cases.md are tried by tests/own_environment/wheel."""

OWN = "drift/golden/"
"""What begins the goldens of the project that own-cases.md makes up."""


def text(page):
    return page.read_text(encoding="utf-8")


@functools.lru_cache(maxsize=None)
def tokens(page):
    """Return what a page is made of, flat; hundreds of links lead to some."""
    found = MarkdownIt("commonmark").enable("table").parse(text(page))
    return [one for token in found for one in (token, *(token.children or []))]


def blocks(page, language):
    return [token.content for token in tokens(page) if token.type == "fence" and token.info == language]


def spans(page):
    return [token.content for token in tokens(page) if token.type == "code_inline"]


def examples(page):
    """Return each command of a page whose output stands below it, and that."""
    found = [block[2:].partition("\n")[::2] for block in blocks(page, "console")]
    return {command: output for command, output in found if OWN not in output}


def commands():
    """Return what the pages for users say to run, each without its comment."""
    programs = ("module-drift", "pytest", "pip", "python", ".venv/bin/tox", "tox", ".tox", ".")
    lines = []
    for page in FOR_USERS:
        lines += "".join(blocks(page, "sh")).splitlines()
        lines += list(examples(page))
        lines += [span for span in spans(page) if span.split()[0] in programs and len(span.split()) > 1]
    return {line.partition("  #")[0].strip() for line in lines}


READING = sorted(line for line in commands() if re.match("module-drift (between|list|show|releases|modes)", line))


@pytest.mark.parametrize("line", READING)
def test_a_command_that_asks_the_record_is_answered(line, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit) as ended:
        main(shlex.split(line)[1:])
    assert not ended.value.code
    assert capsys.readouterr().out


def test_every_other_command_is_one_that_is_known():
    """Whoever adds one tries it in a fresh clone, and says here who does so again."""
    assert len(READING) > 8
    assert commands() - set(READING) == {
        # .ci/run
        "python3.11 -m venv .venv && .venv/bin/pip install -q -r requirements/tox.txt && .venv/bin/tox",
        "python3.11 -m venv .venv && .venv/bin/pip install -q -r requirements/tox.txt && .venv/bin/tox run -e tests",
        ".venv/bin/tox run -e torch1.4.0-cpu",
        ".venv/bin/tox run -m article",
        ".venv/bin/tox run -e wheel",
        # ci.yml and suite.yml of .github/workflows
        ".venv/bin/tox run -e faults",
        ".venv/bin/tox run -e accidents",
        ".venv/bin/tox run -e quiet",
        ".venv/bin/tox run -e mutants",
        # test_environments.py: there are such
        ".venv/bin/tox run -e regen-torch2.13.0-cpu",
        ".venv/bin/tox run -e torch2.11.0-cuda",
        ".venv/bin/tox run -e py312-torch2.13.0-cpu",
        ".venv/bin/tox run -m quick",
        ".venv/bin/tox run -m pythons",
        ".venv/bin/tox list",
        "tox run -e regen-torch1.10.0-cpu",
        "tox run -e regen-torch2.11.0-cuda",
        # test_pytest_plugin.py
        "pytest --force-regen",
        "pytest --regen-all",
        # tests/own_environment/wheel
        "pip install .",
        "pip install path/to/checkout",
        "module-drift check",
        "module-drift check --json",
        "pip wheel . -w wheels",
        "pip install --no-index --find-links wheels torch-module-drift",
        # test_site.py, test_sweep.py
        ". .venv/bin/activate && pip install -e '.[sweep]'",
        "pip install -e .",
        "pip install -e '.[site]'",
        "module-drift site pages",
        # below, test_scan_view.py, test_baseline.py
        "module-drift scan",
        "module-drift scan module_drift --from 1.13.1 --to 2.6.0",
        "module-drift scan train.py --from 1.13.1 --to 2.6.0",
        "module-drift scan --baseline drift-baseline.json",
        "module-drift scan --baseline drift-baseline.json --write-baseline",
        "pip install -e '.[sweep]'",
        "module-drift sweep",
        "module-drift sweep 1.13.1..2.6.0 2.15.0",
        "module-drift sweep --all",
        "module-drift sweep --all --mode all --jobs 2",
        "module-drift sweep --all --mode eager 2.10.0..2.15.0",
        "module-drift sweep --regen",
        "module-drift sweep --regen 2.16.0",
        # test_cli.py, test_pytest_modes.py, test_sweep.py
        "module-drift check --mode compile",
        "module-drift check --mode all",
        "pytest --mode compile",
        "module-drift sweep --regen --mode eager,compile 2.14.0..",
        # below
        "sed -i 's/1.6094379425048828/1.6194379425048828/' golden/hook/code-1/since-1.04.0.yml",
        ".tox/torch2.13.0-cpu/bin/pytest -k hook/code-1",
        "git checkout golden",
    }


def test_ci_runs_the_readmes_commands():
    ci = text(ROOT / ".ci" / "run").replace(" --quiet", "")
    first, second = "".join(blocks(README, "sh")).splitlines()
    assert first.startswith("python3.11 -m venv")
    assert f"\n{first}\n" in ci
    assert second == f"{first} run -e tests"
    assert "\n.venv/bin/tox run -e tests\n" in ci


def test_the_readme_fits_on_two_screens():
    assert len(text(README).splitlines()) <= 115


def test_the_number_of_cases_is_that_of_the_record():
    number = len(Record(ROOT).cases())
    assert f"as cases: {number} behaviours" in text(README)
    assert f"matches the record: {number} cases" in text(README)
    assert f"`matches: {number} cases`" in text(DOCS / "checking.md")
    on_the_cpu = sum(case.only == "cpu" for case in Record(ROOT).cases())
    for page in ("devices", "modes", "verdict"):
        counted = f"`{on_the_cpu} more are run in eager on the CPU alone`"
        assert counted in re.sub(r"\s+", " ", text(DOCS / f"{page}.md"))


def on_a_terminal(columns, arguments, capsys, monkeypatch, folder=ROOT, status=0):
    """Return what a command that reads the record prints on a terminal of so many columns, without its colours."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert (ended.value.code or 0) == status
    lines = Text.from_ansi(capsys.readouterr().out).plain.splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)


def test_the_readme_has_an_example_of_each_command_that_answers_a_question():
    assert [shlex.split(command)[1] for command in examples(README)] == ["between", "check", "show", "sweep"]


@pytest.mark.parametrize(
    ("page", "command"),
    [(page, one) for page in (README, DOCS / "modes.md") for one in examples(page) if one in READING],
)
def test_an_answer_of_the_record_is_as_a_page_shows_it(page, command, capsys, monkeypatch):
    printed = on_a_terminal(100, shlex.split(command)[1:], capsys, monkeypatch)
    assert f"\n{printed}".endswith(f"\n{examples(page)[command]}")


def test_a_verdict_is_as_the_readme_shows_it():
    """What is bound to the processors on which it was recorded is named on others, and the rest are counted."""
    cases, run = Record(ROOT).cases(), Run(Release.parse(torch.__version__), "cpu")
    held = {case.id: resolve(Record(ROOT).goldens(case.id), run) for case in cases if case.platform_bound}
    assert f"record: {len(cases)} cases`, or {len(cases) - len(held)} where" in text(README)
    assert f"not on AMD, `{len(cases) - len(held)} cases` and why" in text(README)
    elsewhere = ", ".join(id for id, golden in held.items() if not golden.is_of(this_processor(), "cpu"))
    shown = examples(README)["module-drift check"]
    if elsewhere:
        left_out = f"{elsewhere.count('/')} not held against goldens of another platform: {elsewhere}"
        rest = f"{len(cases) - len(held)} cases, {left_out}"
        shown = shown.replace(f"{len(cases)} cases", rest)
    command = [sys.executable, "-m", "module_drift", "check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.endswith(f"\n{shown}"), done.stdout + done.stderr


def test_the_end_of_a_sweep_is_as_the_readme_shows_it(capsys):
    """No release is installed here; which there are is what the record says, and all are said to match."""
    ((command, shown),) = ((command, shown) for command, shown in examples(README).items() if " sweep " in command)
    targets = [Target(one) for one in select(Record(ROOT).known_releases("cpu"), shlex.split(command)[5:])]
    done = {target: Result(MATCHES, "624 cases", 60.0, {}, []) for target in targets}
    todo = {target: ["hook/code-3"] for target in targets}
    ended = SimpleNamespace(
        alone=contextlib.nullcontext, is_judged=done.get, todo=todo, done=done, finish=lambda: None, device="cpu"
    )
    assert sweep_view.run(ended) == 0
    assert capsys.readouterr().out.endswith(f"\n{shown}")


def test_the_record_of_ones_own_is_as_the_readme_shows_it():
    """tests/own_environment/wheel holds own-cases.md against what is printed."""
    (block,) = (block for block in blocks(README, "console") if OWN in block)
    shown = [line for line in block.splitlines() if line != "…"]
    (whole,) = (one for one in blocks(DOCS / "own-cases.md", "console") if shown[0] in one and shown[1] in one)
    assert [line for line in whole.splitlines() if line in shown] == shown


def test_the_table_of_between_begins_as_shown(capsys, monkeypatch):
    page = DOCS / "asking.md"
    (command,) = blocks(page, "sh")
    (shown,) = blocks(page, "text")
    columns = int(re.search(r"a terminal of (\d+) columns", text(page))[1])
    assert on_a_terminal(columns, shlex.split(command)[1:], capsys, monkeypatch).startswith(shown)


def test_a_scan_finds_what_is_shown_and_as_much_of_this_package_as_is_there(tmp_path, capsys, monkeypatch):
    page = DOCS / "scanning.md"
    ((command, shown),) = examples(page).items()
    name = shlex.split(command)[2]
    (tmp_path / name).write_text(blocks(page, "python")[0], encoding="utf-8")
    arguments = shlex.split(command)[1:]
    assert on_a_terminal(80, arguments, capsys, monkeypatch, tmp_path, status=1) == f"\n{shown}"
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit) as ended:
        main(shlex.split(blocks(page, "sh")[0])[1:])
    assert ended.value.code in (None, 0, 1)


def test_inputs_of_the_action_and_the_hook_are_those_that_are_there():
    shown = blocks(DOCS / "scanning.md", "yaml")
    action = yaml.safe_load(text(ROOT / "action.yml"))
    (step,) = (one["with"] for one in yaml.safe_load(shown[0])["jobs"]["scan"]["steps"] if "paths" in one["with"])
    assert step.keys() <= action["inputs"].keys()
    rows = re.search(r"\| input \| is \|\n.*?\n\n", text(DOCS / "scanning.md"), re.DOTALL)[0]
    named = "".join(re.findall(r"^\|([^|]*)\|", rows, re.MULTILINE))
    assert set(re.findall(r"`([\w-]+)`", named)) == action["inputs"].keys()
    (hook,) = yaml.safe_load(text(ROOT / ".pre-commit-hooks.yaml"))
    (repository,) = yaml.safe_load(shown[2])["repos"]
    assert [one["id"] for one in repository["hooks"]] == [hook["id"]]


def test_a_drift_reads_as_shown(tmp_path):
    page = DOCS / "reading.md"
    (block,) = blocks(page, "sh")
    (report,) = blocks(page, "text")
    spoil, run, _ = block.splitlines()
    for name in ("cases", "golden", "module_drift"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    subprocess.run(spoil, shell=True, cwd=tmp_path, check=True)
    command = [sys.executable, "-m", *shlex.split(run.replace(".tox/torch2.13.0-cpu/bin/", ""))]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout
    release = Release.parse(torch.__version__)
    shown = report.replace("2.13.0", str(release)).splitlines()
    assert [line for line in shown if "obtained" not in line and line not in done.stdout.splitlines()] == []


def test_what_is_on_no_index_yet_is_not_the_first_that_is_said():
    for page in PAGES:
        said = re.sub(r"\s+", " ", text(page))
        for found in re.finditer(r"(?<!--find-links wheels )(?<!/)torch-module-drift", said):
            assert (
                "once it is published" in said[: found.start()][-90:]
                or "package is published" in said[: found.start()][-90:]
            ), f"{page.name}: {said[found.start() - 60 : found.end()]}"


@functools.lru_cache(maxsize=None)
def anchors(page):
    """Return the names that GitHub gives the headings of a page."""
    found, times, names = tokens(page), Counter(), set()
    for before, heading in zip(found, found[1:]):
        if before.type == "heading_open":
            name = re.sub(r"[^\w\- ]", "", heading.content.lower()).replace(" ", "-")
            names.add(f"{name}-{times[name]}" if times[name] else name)
            times[name] += 1
    return names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading_that_exist(page):
    links = [token.attrGet("href") or token.attrGet("src") for token in tokens(page)]
    broken = []
    for link in filter(None, links):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if re.match("https?:", link):
            continue
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_that_is_named_exists(page):
    folders = r"(bench|cases|docs|golden|module_drift|requirements|tests|tools|\.github)"
    paths = [span for span in spans(page) if re.fullmatch(rf"{folders}/[\w./-]*", span)]
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_page_is_found_from_the_readme():
    found, new = set(), {README}
    while new:
        found |= new
        links = {
            (page.parent / (token.attrGet("href") or "").partition("#")[0]).resolve()
            for page in new
            for token in tokens(page)
        }
        new = {link for link in links if link in PAGES} - found
    assert [page.name for page in PAGES if page not in found and page.name != "CHANGELOG.md"] == []
