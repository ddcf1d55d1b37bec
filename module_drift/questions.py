"""What a question takes from code, that of the cases or the asker's own: its words, and the changes that touch it."""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Dict, Iterable, List, Optional, Sequence, Tuple

from .common import terminal
from .common.words import counted
from .record import touches
from .record.record import Record

if TYPE_CHECKING:
    from .asking.between import Between, Change
    from .asking.searching import Search
    from .finding.discovery import Case
    from .scanning.scan import Result
    from .scanning.uses import Uses


def uses(record: Record, cases: "Iterable[Case]") -> "Uses":
    """Return what the code of `cases` uses, by the names that the record's causes have for it."""
    from .scanning.uses import Uses

    return Uses(record.cases_folder, cases, touches.names(record.read_causes().values()))


def search(record: Record, text: Sequence[str], cases: "Optional[Sequence[Case]]" = None) -> "Search":
    """Return where the words of `text` are found; `cases` are all that there are, if they are read already."""
    from .asking.searching import Search

    cases = record.cases() if cases is None else cases
    return Search(" ".join(text), cases, record.read_causes(), uses(record, cases))


def scanned(
    record: Record, changes: "Iterable[Change]", upward: bool, paths: Sequence[Path], possible: bool
) -> "Result":
    """Return where the code below `paths` meets `changes`, and show the progress.

    Args:
        record: where their causes are.
        changes: what changes on the way from a release to another.
        upward: whether the other is the newer one.
        paths: folders and files.
        possible: whether places are wanted that only possibly are such.

    Raises:
        InputError: one of `paths` is not there.
    """
    from .scanning.matching import causes_of
    from .scanning.scan import scan

    table = record.read_causes()
    keys = list(dict.fromkeys(change.key for change in changes if change.key in table))
    nameless = sum("hidden" in table[key] for key in keys)
    with contextlib.ExitStack() as stack:
        return scan(
            paths,
            causes_of(table, keys, upward),
            nameless,
            possible,
            lambda total: stack.enter_context(terminal.progress(total, "scanning")),
        )


def touching(record: Record, found: "Between", paths: Sequence[Path]) -> "Tuple[Between, List[str]]":
    """Return what of `found` touches the code below `paths`, and what is to be said of that."""
    result = scanned(record, [*found.lasting, *found.undone], not found.is_downgrade, paths, False)
    places: Dict[str, int] = {one.cause.key: len(one.findings) for one in result.touched}
    where = ", ".join(map(str, paths))
    notes = [
        f"only what touches {where}: {counted(result.read, 'file')} read, {counted(sum(places.values()), 'place')} "
        f"found, which module-drift scan shows"
    ]
    if result.nameless:
        notes.append(f"left out, since no name finds them in code: {counted(result.nameless, 'change')}")
    notes += [f"not read: {problem}" for problem in result.unread]
    return found.of_causes(places), notes
