"""What the tests share: small observations, goldens and projects."""

import functools
import textwrap
from pathlib import Path
from typing import Any, Callable, Iterator, List, Optional

import pytest

from module_drift.cli import main
from module_drift.common import files
from module_drift.comparing.observation import Observation
from module_drift.finding import discovery
from module_drift.finding.discovery import Case
from module_drift.record.golden import Golden, dump
from module_drift.record.record import Record
from module_drift.record.release import Release
from module_drift.record.verified import Row
from module_drift.sweeping import environments

pytest_plugins = ["pytester"]

RECORDED = {"torch": "1.4.0", "python": "3.8.18", "device": "cpu", "platform": "linux-x86_64"}

CAUSE = """\
[a-change]
since = "1.5.0"
kind = "changed"
what = "Something changed."
evidence = ["https://example.org/1"]
"""

MODE_CAUSE = """\
[compile-errs]
since = "2.0.0"
kind = "mode"
what = "It errs."
evidence = ["https://example.org/1"]
"""

CASES = '''
    import torch

    from module_drift.case import case


    @case("demo/ratio")
    def ratio(show, device):
        """A third, as torch prints it."""
        show("third", torch.tensor(1.0, device=device) / 3)


    @case("demo/warning")
    def warning(show, device):
        """A warning of our own."""
        import warnings

        warnings.warn("careful", FutureWarning)
'''

FAMILY = '''

from module_drift.case import cases


@cases(
    "demo/{layer}-of-one",
    layer={"gelu": ("GELU", 0.5), "elu": ("ELU", 2), "no": ("NoSuchLayer", 0)},
    needs="torch.nn.{layer[0]}",
)
def of_one(show, device, layer):
    """{layer[0]} of {layer[1]} is so."""
    show(layer[0], getattr(torch.nn, layer[0])()(torch.tensor(float(layer[1]), device=device)) > 0)
'''

THIRD = Observation(printed="third tensor(0.3333)\n", numbers=[["third", 0.3333333432674408]])
CAREFUL = Observation(warned=["FutureWarning: careful"])


@pytest.fixture(scope="session", autouse=True)
def _not_in_ci() -> Iterator[None]:
    """Goldens are never written where CI is set; the tests write theirs in folders of their own."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.delenv("CI", raising=False)
        monkeypatch.delenv("MODULE_DRIFT_DEVICE", raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def _tox_is_asked_once() -> Iterator[None]:
    """What tox says of this checkout does not change while the tests run, and takes it a second each time."""
    ask = environments._tox
    known = functools.lru_cache(maxsize=None)(ask)
    with pytest.MonkeyPatch.context() as monkeypatch:
        root = Path(__file__).parent.parent
        monkeypatch.setattr(environments, "_tox", lambda where, *said: (known if where == root else ask)(where, *said))
        yield


@pytest.fixture(scope="session", autouse=True)
def _this_checkouts_cases_are_found_once() -> Iterator[None]:
    """The cases of this checkout do not change while the tests run, either, and are read by hundreds of them."""
    find, folder = discovery.discover, Path(__file__).parent.parent / "cases"
    known = functools.lru_cache(maxsize=None)(find)

    def found(where: Path, id: str = "") -> List[Case]:
        return list(known(where, id)) if where == folder and not id else find(where, id)

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(discovery, "discover", found)
        yield


def edit(path: Path, old: str, new: str) -> Path:
    """Put `new` in the place of `old` in a file, and return its path."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def observation(text: str) -> Observation:
    """Return an observation that printed one line."""
    return Observation(printed=f"{text}\n")


def make_golden(text: str, since: str = "1.4.0", device: Optional[str] = None, **fields: Any) -> Golden:
    """Return a golden that printed one line."""
    values = {"recorded": RECORDED, "cause": None, **fields}
    return Golden(since=Release.parse(since), device=device, observation=observation(text), **values)


def make_row(release: str = "1.4.0", **fields: Any) -> Row:
    """Return a run as verified.csv has it, which vouches for nothing."""
    values = {
        "device": "cpu",
        "mode": "eager",
        "python": "3.8.18",
        "platform": "linux-x86_64-amd",
        "cases": 0,
        "round": 1,
    }
    return Row(release, **{**values, "digest": "0" * 16, "date": "2026-11-23", **fields})


def make_case(id: str, sentence: str = "What it shows.") -> Case:
    """Return a case as its source would declare it."""
    return Case(id, sentence, None, None, None, False, Path("cases/demo.py"), 7, "", "demo", Path("cases"))


REFUSAL = """


def refusal(attempt):
    try:
        attempt()
    except Exception as error:
        return type(error).__name__
    return "accepted"
"""
"""What a case may have beside it, which catches the error that it shows."""


@pytest.fixture
def module_drift(capsys: Any) -> Callable[..., Any]:
    """Call the command; return its status, and its output but for the line on stderr that names the record."""

    def call(*arguments: str) -> Any:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        captured = capsys.readouterr()
        said = [line for line in captured.err.splitlines(keepends=True) if not line.startswith("record: ")]
        return ended.value.code or 0, captured.out + "".join(said)

    return call


@pytest.fixture
def write_golden(tmp_path: Any) -> Callable[..., Any]:
    """Write a golden below the test's folder and return its path."""

    def write(case_id: str, golden: Golden) -> Any:
        path = tmp_path / "golden" / case_id / golden.file_name
        files.replace(path, dump(golden))
        return path

    return write


@pytest.fixture
def record(tmp_path: Any) -> Record:
    """A record with two cases, no goldens and no causes."""
    files.replace(tmp_path / "cases" / "__init__.py", "")
    files.replace(tmp_path / "cases" / "demo.py", textwrap.dedent(CASES))
    files.replace(tmp_path / "golden" / "causes.toml", "")
    files.replace(tmp_path / "pyproject.toml", '[tool.module-drift]\ncases = "cases"\ngolden = "golden"\n')
    return Record(tmp_path)


def make_suite(record: Record, write_golden: Callable[..., Any]) -> None:
    """Make of `record` a project whose suite runs, with goldens that hold since 1.4.0."""
    root = record.folder.parent
    files.replace(root / "conftest.py", 'pytest_plugins = ["module_drift.judging.pytest_plugin"]\n')
    files.replace(root / "tox.ini", "[pytest]\npythonpath = .\ntestpaths = cases\naddopts = -ra\n")
    write_golden("demo/ratio", make_golden("")._replace(observation=THIRD))
    write_golden("demo/warning", make_golden("")._replace(observation=CAREFUL))


@pytest.fixture
def repository(tmp_path, monkeypatch, capsys):
    """Return a repository of somebody else without any file, in a folder of which `module-drift scan` is run."""
    from somebodys import Repository  # It stands beside its tests, whose folder is no package.

    made = Repository(tmp_path, capsys)
    monkeypatch.chdir(made.sub)
    return made


@pytest.fixture
def with_modes(record, write_golden):
    """A record in which one case deviates in compile, and the other goes through checkpoint alone."""
    write_golden("demo/ratio", make_golden("a"))
    write_golden("demo/ratio", make_golden("b", since="2.0.0", mode="compile", cause="compile-errs"))
    write_golden("demo/warning", make_golden("w"))
    files.replace(record.folder / "causes.toml", MODE_CAUSE)
    files.replace(
        record.folder / "modes.csv", "case,mode,goes\ndemo/ratio,compile,2.0.0+\ndemo/warning,checkpoint,1.11.0+\n"
    )
    rows = [
        make_row("1.13.1"),
        make_row("2.0.0"),
        make_row("2.0.0", mode="compile"),
        make_row("2.0.0", mode="checkpoint"),
    ]
    text = "\n".join([",".join(rows[0]._fields), *(",".join(map(str, row)) for row in rows)])
    files.replace(record.folder / "verified.csv", f"{text}\n")
    return record
