"""What people say of the mutants that survive: `survivors.toml`, read and checked."""

from pathlib import Path
from typing import NamedTuple

import tomllib

from module_drift.common.errors import InputError

VERDICTS = {
    "missing": "A case is missing",
    "out of scope": "Out of scope",
    "equivalent": "Equivalent",
}
"""What can be said of a survivor, and the heading of those of whom it is said."""


class Group(NamedTuple):
    """Survivors of whom one thing is said.

    Attributes:
        verdict: a key of VERDICTS.
        why: the reason; of the missing, the case that would kill them.
        survivors: labels of mutants.
    """

    verdict: str
    why: str
    survivors: list[str]


def read(path: Path) -> list[Group]:
    """Return the groups in the file `path`.

    Raises:
        InputError: it is not as it must be, or a survivor is there twice.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise InputError(path, f"not TOML ({error})", "mend the syntax") from None
    seen: set[str] = set()
    groups = []
    for table in content.get("group", []):
        if set(table) != {"verdict", "why", "survivors"} or table["verdict"] not in VERDICTS:
            raise InputError(
                path,
                f"a group has {', '.join(map(repr, table))}, verdict {table.get('verdict')!r}",
                f"give it a why, survivors, and a verdict of {', '.join(VERDICTS)}",
            )
        for label in table["survivors"]:
            if label in seen:
                raise InputError(path, f"sorted twice: {label}", "leave it in one group")
            seen.add(label)
        groups.append(Group(**table))
    return groups


class Sorted(NamedTuple):
    """The sorting beside a run.

    Attributes:
        unsorted: labels of survivors that are in no group.
        gone: labels in groups that no survivor has.
    """

    unsorted: list[str]
    gone: list[str]


def check(groups: list[Group], survivors: list[str]) -> Sorted:
    """Return what of `survivors`, labels in order, is not in `groups`, and what there is no survivor's."""
    known = [label for group in groups for label in group.survivors]
    return Sorted(
        [label for label in dict.fromkeys(survivors) if label not in known],
        [label for label in known if label not in survivors],
    )
