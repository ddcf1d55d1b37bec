"""Shows what a scan found: for people, as data for programs, and as annotations of GitHub."""

from typing import Any, Dict, Iterator, List, Sequence, Tuple

from ..common import terminal
from ..common.errors import relative
from ..common.visible import visible
from ..common.words import counted
from ..record.causes import EFFECTS
from .scan import Finding, Result, Touched

_LONGEST = 160
"""Characters of a line of code that are shown."""

_LEVELS = {"silent": "error", "loud": "error", "noise": "warning", "better": "notice", "new": "notice"}


def as_data(result: Result, old: str, new: str, notes: Sequence[str]) -> Dict[str, Any]:
    """Return `result` for programs."""
    return {
        "from": old,
        "to": new,
        "notes": list(notes),
        "read": result.read,
        "unread": result.unread,
        "unused": [{"file": str(relative(path)), "line": line, "cause": key} for path, line, key in result.unused],
        "unknown": result.unknown,
        "nameless": result.nameless,
        "causes": [
            {
                "key": one.cause.key,
                "effect": one.cause.effect,
                "since": str(one.cause.since),
                **{key: one.cause.table.get(key) for key in ("kind", "what", "do", "evidence")},
                "findings": [{**finding._asdict(), "path": str(relative(finding.path))} for finding in one.findings],
            }
            for one in result.touched
        ],
    }


def show(result: Result, old: str, new: str, notes: Sequence[str], with_unknown: bool) -> None:
    """Print `result` by effect and cause; `notes` are said first."""
    for note in notes:
        terminal.print_text(note, fg="yellow")
    for effect in EFFECTS:
        those = [one for one in result.touched if one.cause.effect == effect]
        if those:
            terminal.print_heading(f"{effect} ({len(those)})")
        for one in those:
            _show_cause(one)
    for path, line, key in result.unused:
        terminal.print_text(
            f"{relative(path)}:{line}: nothing here is ignored for {key}; delete the comment", fg="yellow"
        )
    for problem in result.unread:
        terminal.print_text(f"not read: {problem}", fg="yellow")
    if with_unknown and result.unknown:
        terminal.print_heading("used, and no cause on the way speaks of it")
        terminal.print_text(", ".join(result.unknown), "  ")
    terminal.echo()
    terminal.print_text(_last_line(result, old, new))


def _show_cause(one: Touched) -> None:
    table = one.cause.table
    terminal.print_text(f"{one.cause.key}, since {one.cause.since}: {table['what']}", "  ")
    if table.get("do"):
        terminal.print_text(f"do: {table['do']}", "    ")
    if table.get("evidence"):
        terminal.print_text(" ".join(table["evidence"]), "    ", dim=True)
    for finding in one.findings:
        terminal.print_text(f"{_place(finding)}: {_shortened(finding.code)}  ({finding.certainty})", "    ")


def _place(finding: Finding) -> str:
    cell = f"cell {finding.cell}:" if finding.cell else ""
    return f"{relative(finding.path)}:{cell}{finding.line}:{finding.column}"


def _shortened(code: str) -> str:
    return code if len(code) <= _LONGEST else f"{code[:_LONGEST]}…"


def _last_line(result: Result, old: str, new: str) -> str:
    findings = sum(len(one.findings) for one in result.touched)
    said = [
        f"torch {old} to {new}: {counted(result.read, 'file')} read, {counted(len(result.touched), 'cause')} found "
        f"in {counted(findings, 'place')}"
    ]
    if result.unread:
        said.append(f"{counted(len(result.unread), 'file')} could not be parsed")
    if result.nameless:
        said.append(f"{counted(result.nameless, 'change')} on the way that no name finds")
    if result.unknown:
        said.append(f"{counted(len(result.unknown), 'torch API')} used of which no cause on the way speaks (--unknown)")
    return "; ".join(said)


def annotations(result: Result) -> Iterator[str]:
    """Yield a line for each finding, of which GitHub makes an annotation beside the code."""
    for one, finding in _each(result):
        table = one.cause.table
        message = f"{table['what']} {table.get('do', '')}".strip()
        title = f"{one.cause.key} ({one.cause.effect}, torch {one.cause.since}, {finding.certainty})"
        yield (
            f"::{_LEVELS[one.cause.effect]} file={_property(str(relative(finding.path)))},line={finding.line},"
            f"col={finding.column},title={_property(title)}::{_escaped(message)}"
        )


def _each(result: Result) -> List[Tuple[Touched, Finding]]:
    return [(one, finding) for one in result.touched for finding in one.findings]


def _escaped(text: str) -> str:
    return visible(text).replace("%", "%25")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
