"""Where a case is run: everywhere, in eager alone, or there on the CPU alone."""

from typing import List, Mapping, Optional

ANYWHERE_EAGER, EAGER_ON_CPU = "eager", "cpu"
SCOPES = (ANYWHERE_EAGER, EAGER_ON_CPU)
"""What a case may say of where it is run, if that is not everywhere."""

IN_WORDS = {ANYWHERE_EAGER: "in eager", EAGER_ON_CPU: "in eager on the CPU"}


def is_run(only: Optional[str], place: Optional[str]) -> bool:
    """Return whether a case is run in a place.

    Args:
        only: one of `SCOPES`, or None for everywhere.
        place: device and mode as `Run.own_place` names them: None for eager on the CPU, "@meta", "@meta~compile".
    """
    if only is None or place is None:
        return True
    return only == ANYWHERE_EAGER and place.startswith("@") and "~" not in place


def not_run(counts: Mapping[str, int], *, beside: bool) -> List[str]:
    """Return what is to be said of cases that are not run in a place.

    Args:
        counts: how many they are, by what they say of where they are run.
        beside: whether others were run there.
    """
    more = " more" if beside else ""
    return [
        f"{count}{more} {'is' if count == 1 else 'are'} run {IN_WORDS[only]} alone" for only, count in counts.items()
    ]
