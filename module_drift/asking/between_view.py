"""Shows what changes between two releases, for people and as data for programs."""

from typing import Any, Dict, List, Sequence

from ..common import terminal
from ..common.words import counted
from .between import Between, Change

_COLUMNS = ("since", "what changed", "cases", "evidence")


def as_data(found: Between, notes: Sequence[str]) -> Dict[str, Any]:
    """Return `found` for programs: the two releases, the notes, and the causes with the cases that they move."""
    return {
        "old": str(found.old.release),
        "new": str(found.new.release),
        "device": found.old.device,
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
        "evidence": change.cause.get("evidence", []),
        "cases": [{"id": move.case, "before": move.before.name, "after": move.after.name} for move in change.moves],
    }


def show(found: Between, notes: Sequence[str], with_differences: bool) -> None:
    """Print `found` by kind; `notes` are said first."""
    terminal.print_text(_headline(found))
    for note in notes:
        terminal.print_text(note, fg="yellow")
    for kind in dict.fromkeys(_kind(change) for change in found.lasting):
        those = [change for change in found.lasting if _kind(change) == kind]
        terminal.print_heading(f"{kind} ({len(those)})")
        _show_changes(those, with_differences)
    if found.undone:
        terminal.print_heading(f"changed and changed back on the way ({len(found.undone)})")
        _show_changes(found.undone, with_differences)


def _headline(found: Between) -> str:
    moved = {move.case for change in found.lasting for move in change.moves}
    way = f"{found.old} to {found.new.release}"
    if found.is_downgrade:
        way += ", a downgrade: what is listed here is lost again"
    return f"{way}: {counted(len(found.lasting), 'change')} in {counted(len(moved), 'case')}"


def _kind(change: Change) -> str:
    return str(change.cause.get("kind", change.key))


def _show_changes(changes: List[Change], with_differences: bool) -> None:
    if not with_differences:
        terminal.print_table(_COLUMNS, [_cells(change) for change in changes])
        return
    from ..comparing.compare import compare
    from ..comparing.differences import differences

    for change in changes:
        since, what, _, evidence = _cells(change)
        terminal.print_text(f"{since}  {what}  {evidence}")
        for move in change.moves:
            terminal.echo(f"  {move.case}")
            before, after = (file.load().observation for file in (move.before, move.after))
            terminal.print_differences(differences(compare(before, after)), "    ")


def _cells(change: Change) -> List[str]:
    ids = ", ".join(move.case for move in change.moves)
    what = change.cause.get("what", "Nobody has explained this yet.")
    return [
        str(change.since),
        what,
        ids,
        " ".join(change.cause.get("evidence", [])) or ("none found" if change.cause else ""),
    ]
