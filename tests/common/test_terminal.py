"""What reaches a terminal, a pipe, a full disk or nobody."""

import contextlib
import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from conftest import CAREFUL, CAUSE, make_golden, make_row, make_suite
from module_drift import cli
from module_drift.common import files
from module_drift.common.terminal import progress_bar
from module_drift.record import lookup
from module_drift.record.verified import dump

COMMAND = [sys.executable, "-m", "module_drift"]
ROOT = Path(__file__).parents[2]
TITLE, CLEAR, REVERSED = "\x1b]0;owned\x07", "\x1b[2J", "\u202e"
HOSTILE = f"{TITLE}{CLEAR}{REVERSED}\x9b2J\r"
ROW = make_row(cases=2)


def environment(**more):
    return {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **more}


def run(command, cwd, **more):
    """Run without a terminal."""
    defaults = {"capture_output": True, "check": False, "env": environment()}
    return subprocess.run(command, cwd=cwd, **{**defaults, **more})


def on_a_terminal(command, cwd, columns=80):
    """Return what `command` prints to a terminal of so many columns."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=environment(COLUMNS=str(columns)),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    printed = b""
    with contextlib.suppress(OSError):  # The end of a terminal.
        while more := os.read(ours, 65536):
            printed += more
    os.close(ours)
    assert process.wait() == 0, printed
    return printed.decode().replace("\r\n", "\n")


@pytest.fixture
def project_of_long_code(record):
    text = record.cases_folder.joinpath("demo.py").read_text(encoding="utf-8")
    text += f'''

@case("demo/long")
def long(show, device):
    """Has a long line."""
    show("long", {"1 + " * 30}1)
'''
    files.replace(record.cases_folder / "demo.py", text)
    return record.folder.parent


def plain(text):
    return re.sub(r"\x1b(\[[0-9;?]*[a-zA-Z]|\]8;[^\x1b]*\x1b\\)", "", text)


@pytest.fixture
def hostile(record, write_golden):
    """A record whose every text tries to steer the terminal."""
    make_suite(record, write_golden)
    changed = make_golden("", "1.5.0", cause="a-change")
    shown = CAREFUL._replace(printed=f"new {HOSTILE}\n", warned=[f"UserWarning: {HOSTILE}"], raised=f"E: {HOSTILE}")
    write_golden("demo/warning", changed._replace(observation=shown))
    escaped = "".join(f"\\u{ord(c):04x}" for c in HOSTILE)
    files.replace(record.folder / "causes.toml", CAUSE.replace("changed.", f"changed. {escaped}"))
    files.replace(record.folder / "verified.csv", dump([ROW, ROW._replace(release="1.5.0")]))
    demo = record.cases_folder / "demo.py"
    files.replace(demo, demo.read_text().replace("A warning of", f"A {TITLE}{CLEAR}{REVERSED} warning of"))
    return record.folder.parent


ANSWERS = [
    ["show", "demo/warning"],
    ["list"],
    ["between", "1.4", "1.5"],
    ["between", "1.4", "1.5", "--diff"],
    ["releases"],
]


@pytest.mark.parametrize("arguments", ANSWERS)
def test_no_text_of_a_record_can_steer_a_terminal(hostile, arguments):
    piped = run([*COMMAND, *arguments], hostile)
    assert piped.returncode == 0, piped.stderr
    answers = [piped.stdout.decode(), on_a_terminal([*COMMAND, *arguments], hostile)]
    for answer in answers:
        assert not any(part in answer for part in (TITLE, "\x1b]0", CLEAR, REVERSED, "\x9b", "\x07", "\r"))
        assert ("\\x1b]0;owned\\x07" in plain(answer)) == (arguments != ["releases"])


@pytest.mark.parametrize("arguments", ANSWERS[:3])
def test_json_has_no_control_characters(hostile, arguments):
    printed = run([*COMMAND, *arguments, "--json"], hostile).stdout
    assert set(printed) <= {ord("\n"), *range(0x20, 0x7F)}


def test_what_a_person_typed_is_made_visible_too(hostile):
    done = run([*COMMAND, "list", HOSTILE], hostile)
    assert b"\x1b" not in done.stderr
    for arguments in (["show", HOSTILE], [f"x{HOSTILE}"], ["between", "1.4", HOSTILE], ["list", f"--{HOSTILE}"]):
        done = run([*COMMAND, *arguments], hostile)
        assert done.returncode == 2
        assert b"\x1b" not in done.stderr


def test_a_reader_who_has_gone_is_no_error(hostile):
    for arguments in (["list"], ["list", "--json"], ["--help"], ["show", "--help"], ["--version"]):
        reader, writer = os.pipe()
        os.close(reader)
        done = run([*COMMAND, *arguments], hostile, capture_output=False, stdout=writer, stderr=subprocess.PIPE)
        os.close(writer)
        assert done.returncode == 0, done.stderr
        assert b"Broken" not in done.stderr
        assert b"Exception" not in done.stderr


def test_a_console_of_rich_whose_reader_has_gone_does_not_exit():
    code = (
        "from module_drift.common import terminal; terminal.rich_console().print('x'); print('y'); raise SystemExit(7)"
    )
    reader, writer = os.pipe()
    os.close(reader)
    done = run([sys.executable, "-c", code], ROOT, capture_output=False, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (7, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="is Linux's")
def test_a_full_disk_is_one_line_and_not_the_status_of_a_drift(hostile):
    for arguments in (["list"], ["show", "demo/ratio", "--json"], ["--help"]):
        with open("/dev/full", "w") as full:
            done = run([*COMMAND, *arguments], hostile, capture_output=False, stdout=full, stderr=subprocess.PIPE)
        assert done.returncode == 2
        *_, said = done.stderr.decode().splitlines()
        assert (
            said == "module-drift: stdout: cannot be written (No space left on device); make room, or write elsewhere"
        )
        assert b"Traceback" not in done.stderr
        assert b"Exception" not in done.stderr


def test_streams_that_are_closed_are_nobody(hostile):
    listed = run([*COMMAND, "list"], hostile).stdout
    for closed, status in ((">&-", 0), ("2>&-", 0), (">&- 2>&-", 0)):
        done = run(["sh", "-c", f'exec "$@" {closed}', "sh", *COMMAND, "list"], hostile)
        assert done.returncode == status, done.stderr
        assert done.stdout == (b"" if closed.startswith(">") else listed)
        assert b"Traceback" not in done.stderr
    assert run(["sh", "-c", 'exec "$@" 2>/dev/full', "sh", *COMMAND, "list"], hostile).stdout == listed


def test_an_encoding_without_a_character_is_no_end(hostile):
    files.replace(hostile / "cases" / "demo.py", (hostile / "cases" / "demo.py").read_text().replace("A third", "⅓"))
    done = run([*COMMAND, "list"], hostile, env=environment(PYTHONIOENCODING="latin-1"))
    assert done.returncode == 0, done.stderr
    assert rb"\u2153, as torch" in done.stdout


def test_a_defect_is_told_from_a_drift(hostile, monkeypatch, capsys):
    def broken(*_):
        raise RuntimeError(HOSTILE)

    monkeypatch.setattr(lookup, "kinds", broken)
    with pytest.raises(SystemExit) as ended:
        cli.main(["list", "--kind", "fixed"])
    assert ended.value.code == 3
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert "RuntimeError: \\x1b]0;owned" in said


def test_ctrl_c_ends_a_command_without_a_traceback(hostile, monkeypatch, capsys):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(lookup, "kinds", stopped)
    with pytest.raises(SystemExit) as ended:
        cli.main(["list", "--kind", "fixed"])
    assert ended.value.code == 130
    assert "Traceback" not in capsys.readouterr().err


def test_ctrl_c_is_heeded_while_the_command_is_imported(tmp_path):
    files.replace(tmp_path / "click.py", "raise KeyboardInterrupt\n")
    stopped = environment(PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    done = run([sys.executable, "-m", "module_drift", "list"], tmp_path, env=stopped)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


TABLE = """
from module_drift.common import terminal
terminal.print_table(("since", "what changed", "cases", "evidence"), [
    ("2.5.0", "A hook raises an AssertionError without a message if a tensor requires no gradient, where it raised one",
     "hook/multi-grad-hook-on-a-tensor-without-gradient, hook/code-3", "https://github.com/pytorch/pytorch/pull/129558"),
])
"""


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 120, 200])
def test_a_table_leaves_words_whole_however_narrow_the_terminal(columns):
    lines = plain(on_a_terminal([sys.executable, "-c", TABLE], ROOT, columns)).splitlines()
    assert all(len(line) <= columns for line in lines)
    words = {word.strip(",:") for line in lines for word in line.split()}
    assert {"AssertionError", "gradient", "requires", "hook/code-3", "#129558"} <= words
    if columns >= 60:
        assert "hook/multi-grad-hook-on-a-tensor-without-gradient" in words
    else:  # It is longer than the terminal is wide, and goes on behind a hyphen.
        assert {"hook/multi-grad-hook-on-a-tensor-", "without-gradient"} <= words


def test_rows_that_are_lines_have_an_empty_one_between_them():
    rows = '[["demo/one-two-three", "A sentence of some length."], ["demo/two", "Another sentence of some length."]]'
    script = f"from module_drift.common import terminal\nterminal.print_table(('case', 'what it shows'), {rows})"
    lines = plain(on_a_terminal([sys.executable, "-c", script], ROOT, 30)).splitlines()
    assert [line.split(" ")[0] for line in map(str.rstrip, lines) if not line.startswith(" ")] == [
        "demo/one-two-three",
        "",
        "demo/two",
    ]


def test_differences_between_releases_hang_below_what_changed():
    command = [*COMMAND, "between", "1.13.1", "2.0.0", "--section", "parameter", "--kind", "changed", "--diff"]
    lines = plain(on_a_terminal(command, ROOT, 60)).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("2.0.0  zero_grad"))
    end = lines.index("  parameter/momentum-of-an-unused-parameter")
    assert end > start + 3
    assert all(line.startswith("       ") and line[7] != " " for line in lines[start + 1 : end])


def test_prose_leaves_words_whole_too():
    printed = plain(on_a_terminal([*COMMAND, "show", "hook/code-3"], ROOT, 40))
    assert "\ninputs' gradients of forward's last\noperation, not of the Module.\n" in printed
    assert "\n    + UserWarning: Using a non-full\n        backward hook when the forward\n" in printed


def test_help_leaves_words_whole_too():
    lines = plain(on_a_terminal([*COMMAND, "between", "--help"], ROOT, 40)).splitlines()
    assert all(len(line) <= 40 for line in lines)
    assert {"Releases", "upgrade", "downgrade", "regressed,"} <= {word for line in lines for word in line.split()}


PROGRESS = """
import time
from module_drift.common import terminal
with terminal.progress(2, "checking") as step:
    for name in ("first\\x1b[2J", "second"):
        step(name)
        time.sleep(0.3)  # It is drawn ten times a second.
        print("result of", name[:5])
"""


def test_progress_is_shown_on_a_terminal_and_gone_at_the_end():
    printed = on_a_terminal([sys.executable, "-c", PROGRESS], ROOT)
    assert "checking" in printed
    assert re.search(r"0/2\b.*first\\x1b\[2J", plain(printed))
    assert CLEAR not in printed
    assert "result of first" in printed
    assert "result of secon" in printed


@pytest.mark.parametrize("columns", [50, 80, 120])
def test_a_progress_bar_keeps_what_it_counts_in_a_narrow_window_and_goes(columns):
    screen = Console(file=io.StringIO(), force_terminal=True, width=columns)
    with progress_bar(screen, average_over=600) as bar:
        bar.add_task("torch 2.13.0", total=46, completed=12, current=f"250 of 475, {'x' * 150}")
        bar.refresh()
    printed = screen.file.getvalue()
    lines = [line for line in re.split(r"[\r\n]+", plain(printed)) if line]
    assert lines
    for line in lines:
        assert len(line) == columns
        assert re.match(r"torch 2\.13\.0 ━* ?.* ?12/46 -:--:-- 250 of", line)
        assert line.endswith("…")
    assert printed.rstrip("\x1b[?25h\r").endswith("\x1b[2K")


def test_code_is_not_broken_on_a_narrow_terminal(project_of_long_code):
    printed = plain(on_a_terminal([*COMMAND, "show", "demo/long"], project_of_long_code, columns=40))
    assert f'    show("long", {"1 + " * 30}1)\n' in printed


def test_progress_is_silent_elsewhere():
    done = run([sys.executable, "-c", PROGRESS], ROOT)
    assert (done.stdout, done.stderr) == (b"result of first\nresult of secon\n", b"")


FOLDED = """
from module_drift.common import terminal
terminal.print_table(("torch 2.6.0", "checkpoint-reentrant", "compile"), [
    ("between-calls/forward-hook-that-changes-the-output-registered", "same", "differs"),
], folded=True, stacked=lambda columns, cells: [f"{columns[1]}!"])
"""


@pytest.mark.parametrize(
    ("columns", "first"),
    [
        (40, "between-calls/forward-hook-that-changes-"),
        (50, "torch 2.6.0"),
        (80, "torch 2.6.0"),
        (100, "torch 2.6.0"),
    ],
)
def test_a_table_whose_words_may_be_folded_is_one_where_there_is_little_room(columns, first):
    lines = plain(on_a_terminal([sys.executable, "-c", FOLDED], ROOT, columns)).splitlines()
    assert all(len(line) <= columns for line in lines)
    assert any(line.startswith(first) for line in lines[:2])  # A heading of two lines ends where the others do.
    joined = "".join(line.split("  ")[0].strip() for line in lines)
    assert "between-calls/forward-hook-that-changes-the-output-registered" in joined
    assert ("  compile!" in map(str.rstrip, lines)) == (columns == 40)
