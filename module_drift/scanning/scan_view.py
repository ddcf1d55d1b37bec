"""Shows what a scan found: for people, and as data for programs."""

from typing import Any, Dict, Union

from ..common import terminal
from ..common.errors import relative
from ..common.visible import visible
from ..common.words import counted
from ..record.causes import EFFECTS, MEANS, advice
from ..record.way import Way
from .scan import Finding, Remark, Result, Touched, excerpt


def as_data(result: Result, way: Way) -> Dict[str, Any]:
    """Return `result` for programs."""
    shown = {path: relative(path).as_posix() for path in result.files}

    def located(one: Union[Finding, Remark]) -> Dict[str, Any]:
        data = {**one._asdict(), "path": shown[one.path]}
        return {**data, "code": excerpt(one.code)} if isinstance(one, Finding) else data

    return {
        "from": str(way.old.release),
        "to": str(way.new.release),
        "notes": way.notes,
        "read": result.read,
        "unread": result.unread,
        "remarks": [located(one) for one in result.remarks],
        "unused": [{**known._asdict(), "code": excerpt(known.code), "count": count} for known, count in result.unused],
        "unknown": result.unknown,
        "nameless": result.nameless,
        "causes": [
            {
                "key": one.cause.key,
                "effect": one.cause.effect,
                "since": str(one.cause.since),
                **{key: one.cause.table.get(key) for key in ("kind", "what", "do", "example", "evidence")},
                "findings": [located(finding) for finding in one.findings],
            }
            for one in result.touched
        ],
        "silenced": [{"key": one.cause.key, "by": one.by, **located(one.finding)} for one in result.silenced],
    }


def show(result: Result, way: Way, with_unknown: bool) -> None:
    """Print `result` by effect and cause; the notes of `way` are said first, and what was read last."""
    for note in way.notes:
        terminal.print_text(note, fg="yellow")
    for effect in EFFECTS:
        those = [one for one in result.touched if one.cause.effect == effect]
        if those:
            terminal.print_heading(f"{effect} ({len(those)}): {MEANS[effect]}")
        for number, one in enumerate(those):
            if number:
                terminal.echo()
            _show_cause(one)
    show_rest(result, with_unknown)
    terminal.echo()
    terminal.print_text(last_line(result, way))


def show_rest(result: Result, with_unknown: bool) -> None:
    """Print what was not found, not read, and, if it is wanted, what nothing is known of."""
    said = [f"{_place(one)}: {one.text}" for one in result.remarks]
    said += [
        f"not found any more: {one.file}: {one.cause}: {excerpt(one.code)}{_times(count)}"
        for one, count in result.unused
    ]
    said += [f"not read: {problem}" for problem in result.unread]
    if said:
        terminal.echo()
    for text in said:
        terminal.print_text(text, fg="yellow")
    if with_unknown and result.unknown:
        terminal.print_heading("used, and no cause on the way speaks of it")
        terminal.print_text(", ".join(result.unknown), "  ")


def _times(count: int) -> str:
    return f" ({count} times)" if count > 1 else ""


def _show_cause(one: Touched) -> None:
    table = one.cause.table
    terminal.print_text(f"{one.cause.key}, since {one.cause.since}", bold=True)
    terminal.print_text(table["what"], "  ")
    if advice(table):
        terminal.print_text(f"What to do: {advice(table)}", "  ")
    for address in table.get("evidence", ()):
        terminal.echo(f"  {address}", dim=True)
    for finding in one.findings:
        _show_finding(finding)


def _show_finding(finding: Finding) -> None:
    """Print a finding on a line, or on two where a terminal is too narrow: code that is broken would be other code."""
    place, code = _place(finding), visible(excerpt(finding.code))
    line = f"  {place}: {code}  ({finding.certainty})"
    if len(line) <= terminal.columns():
        terminal.echo(line)
    else:
        terminal.echo(f"  {place}  ({finding.certainty})")
        terminal.echo(f"      {code}")


def _place(one: Union[Finding, Remark]) -> str:
    cell = f"cell {one.cell}:" if one.cell else ""
    column = f":{one.column}" if isinstance(one, Finding) else ""
    return f"{visible(str(relative(one.path)))}:{cell}{one.line}{column}"


def last_line(result: Result, way: Way) -> str:
    """Return what was read, what was found, and what could not be judged."""
    findings = sum(len(one.findings) for one in result.touched)
    said = [
        f"torch {way.old.release} to {way.new.release}: {counted(result.read, 'file')} read, "
        + (
            f"{counted(len(result.touched), 'cause')} found in {counted(findings, 'place')}"
            if findings
            else "nothing found"
        )
    ]
    for by, where in (("comment", "ignored by comments"), ("baseline", "known to the baseline")):
        count = sum(one.by == by for one in result.silenced)
        if count:
            said.append(f"{counted(count, 'place')} {where}")
    if result.unused:
        said.append(f"{counted(len(result.unused), 'line')} of the baseline not found any more")
    if result.unread:
        said.append(f"not read, wholly or in part: {len(result.unread)}")
    if result.nameless:
        said.append(f"{counted(result.nameless, 'change')} on the way that no name finds")
    if result.unknown:
        said.append(f"{counted(len(result.unknown), 'torch API')} used of which no cause on the way speaks (--unknown)")
    return "; ".join(said)
