"""Where a case is run: everywhere, in eager alone, or there on the CPU alone."""

from typing import Optional

ANYWHERE_EAGER, EAGER_ON_CPU = "eager", "cpu"
SCOPES = (ANYWHERE_EAGER, EAGER_ON_CPU)
"""What a case may say of where it is run, if that is not everywhere."""


def is_run(only: Optional[str], place: Optional[str]) -> bool:
    """Return whether a case is run in a place.

    Args:
        only: one of `SCOPES`, or None for everywhere.
        place: device and mode as `Run.own_place` names them: None for eager on the CPU, "@meta", "@meta~compile".
    """
    if only is None or place is None:
        return True
    return only == ANYWHERE_EAGER and place.startswith("@") and "~" not in place
