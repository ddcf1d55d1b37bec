"""Shows what changes between two releases, for people and as data for programs."""

from typing import Any, Dict, List, Sequence

from ..common import terminal
from ..common.words import counted
from ..record.causes import MEANS
from .between import Between, Change

_COLUMNS = ("since", "what changed", "cases", "evidence")

_TO_BE_DONE = ("silent", "loud")
"""Effects of which the lists say what to do; of all others `show` says it."""

_HARMLESS = ("reworded", "renamed")
"""Kinds of change by which no code breaks that does not read messages."""


def as_data(found: Between, notes: Sequence[str]) -> Dict[str, Any]:
    """Return `found` for programs: the two releases, the notes, and the causes with the cases that they move."""
    return {
        "old": str(found.old.release),
        "new": str(found.new.release),
        "device": found.old.device,
        "mode": found.old.mode,
        "downgrade": found.is_downgrade,
        "notes": list(notes),
        "lasting": [_change(change) for change in found.lasting],
        "undone": [_change(change) for change in found.undone],
    }


def _change(change: Change) -> Dict[str, Any]:
    return {
        "key": change.key,
        "since": str(change.since),
        "kind": change.cause.get("kind"),
        "what": change.cause.get("what"),
        "effect": change.cause.get("effect"),
        "do": change.cause.get("do"),
        "example": change.cause.get("example"),
        "touches": change.cause.get("touches", []),
        "evidence": change.cause.get("evidence", []),
        "cases": [{"id": move.case, "before": move.before.name, "after": move.after.name} for move in change.moves],
    }


def show(found: Between, notes: Sequence[str], with_differences: bool, everything: bool) -> None:
    """Print `found` by its effect, what can break code first.

    Args:
        found: what changes.
        notes: what is said first.
        with_differences: whether to print what each case showed before and after.
        everything: whether to print what only arrives, or is only put in other words, too.
    """
    terminal.print_text(_headline(found))
    for note in notes:
        terminal.print_text(note, fg="yellow")
    left_out = [] if everything or found.is_downgrade else [one for one in found.lasting if _is_harmless(one)]
    groups: Dict[str, List[Change]] = {}
    for change in found.lasting:  # In the order of effects.
        if change not in left_out:
            groups.setdefault(change.cause.get("effect") or _kind(change), []).append(change)
    for name, those in groups.items():
        meaning = f": {MEANS[name]}" if name in MEANS and not found.is_downgrade else ""
        terminal.print_heading(f"{name} ({len(those)}){meaning}")
        _show_changes(those, with_differences)
    if left_out:
        count = counted(len(left_out), "change")
        terminal.print_text(f"\nleft out as new or only in other words: {count} (--all lists all)")
    if found.undone:
        terminal.print_heading(f"changed and changed back on the way ({len(found.undone)})")
        _show_changes(found.undone, with_differences)


def _headline(found: Between) -> str:
    moved = {move.case for change in found.lasting for move in change.moves}
    way = f"{found.old} to {found.new.release}"
    if found.old.release == found.new.release:
        return f"{way}: the same release, so nothing changes"
    if found.is_downgrade:
        way += ", a downgrade, by which this is lost again"
    return f"{way}: {counted(len(found.lasting), 'change')} in {counted(len(moved), 'case')}"


def _is_harmless(change: Change) -> bool:
    return change.cause.get("effect") == "new" or change.cause.get("kind") in _HARMLESS


def _kind(change: Change) -> str:
    return str(change.cause.get("kind", change.key))


def _show_changes(changes: List[Change], with_differences: bool) -> None:
    if not with_differences:
        terminal.print_table(_COLUMNS, [_cells(change) for change in changes])
        return
    from ..comparing.compare import compare
    from ..comparing.differences import differences

    for number, change in enumerate(changes):
        if number:
            terminal.echo()
        since, what, _, evidence = _cells(change)
        margin = len(since) + 2
        terminal.print_text(f"{since}  {what}", hang=margin)
        terminal.print_text(evidence, " " * margin)
        for move in change.moves:
            terminal.echo(f"  {move.case}")
            before, after = (file.load().observation for file in (move.before, move.after))
            terminal.print_differences(differences(compare(before, after)), "    ")


def _cells(change: Change) -> List[str]:
    ids = ", ".join(move.case for move in change.moves)
    what = change.cause.get("what", "Nobody has explained this yet.")
    todo = change.cause.get("do") if change.cause.get("effect") in _TO_BE_DONE else None
    return [
        str(change.since),
        f"{what} What to do: {todo}" if todo else what,
        ids,
        " ".join(change.cause.get("evidence", [])) or ("none found" if change.cause else ""),
    ]
