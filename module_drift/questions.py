"""What a question takes from code, that of the cases or the asker's own: its words, and the changes that touch it."""

from pathlib import Path
from typing import TYPE_CHECKING, Dict, Iterable, List, Optional, Sequence, Tuple

from .common.words import counted
from .record import lookup
from .record.causes import in_order
from .record.record import Record

if TYPE_CHECKING:
    from .asking.api_view import Api
    from .asking.between import Between
    from .asking.searching import Search
    from .finding.discovery import Case
    from .scanning.uses import Uses


def uses(record: Record, cases: "Iterable[Case]") -> "Uses":
    """Return what the code of `cases` uses, by the names that the record's causes have for it."""
    from .record import touches
    from .scanning.uses import Uses

    return Uses(record.cases_folder, cases, touches.names(record.read_causes().values()))


def search(record: Record, text: Sequence[str], cases: "Optional[Sequence[Case]]" = None) -> "Search":
    """Return where the words of `text` are found; `cases` are all that there are, if they are read already."""
    from .asking.searching import Search

    cases = record.cases() if cases is None else cases
    return Search(" ".join(text), cases, record.read_causes(), uses(record, cases))


def apis(record: Record, text: str) -> "List[Api]":
    """Return the APIs that somebody calls `text`, such as torch.nn.Module.zero_grad, nn.Linear or zero_grad.

    That of which the record knows most is the first.

    Raises:
        InputError: the record knows no such API.
    """
    from .asking import api_view, listing
    from .scanning import api_names

    cases, causes = record.cases(), record.read_causes()
    code = uses(record, cases)
    used = code.of_api(text.rpartition(".")[2])
    touched = {key: api_names.touched(cause) for key, cause in causes.items()}
    chosen = api_names.chosen(text, [*used.values(), *touched.values()])
    if not chosen:
        known = {name for names in (*code.of_api("").values(), *touched.values()) for name in names}
        raise lookup.no_api(text, [case.id for case in cases], known)
    found = []
    for name in chosen:
        keys = [key for key, names in touched.items() if api_names.is_of(name, names)]
        using = [case for case in cases if api_names.is_of(name, used.get(case.id, ()))]
        found.append(api_view.Api(name, listing.listed(record, using), in_order(keys, causes)))
    return sorted(found, key=lambda api: (-len(api.causes), -len(api.cases)))


def touching(record: Record, found: "Between", paths: Sequence[Path]) -> "Tuple[Between, List[str]]":
    """Return what of `found` touches the code below `paths`, and what is to be said of that."""
    from .scanning.asked import asked

    keys = (change.key for change in (*found.lasting, *found.undone))
    result = asked(record, keys, not found.is_downgrade, paths, with_possible=False)
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
