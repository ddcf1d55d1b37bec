"""What a person asks of a scan: the causes on a way, paths, and perhaps a baseline; and the result."""

import contextlib
from pathlib import Path
from typing import Iterable, Optional, Sequence

from ..common import files, terminal
from ..common.errors import InputError
from ..common.words import counted
from ..record.record import Record
from . import baseline as baselines
from .baseline import Baseline
from .matching import causes_of
from .scan import Result, rebased, scan


def asked(
    record: Record,
    keys: Iterable[str],
    upward: bool,
    paths: Sequence[Path],
    with_possible: bool,
    baseline: Optional[Path] = None,
    write: bool = False,
) -> Result:
    """Return what causes touch in code, and show how far that has come.

    Args:
        record: where the causes are.
        keys: of the causes on the way.
        upward: whether that leads to a newer release.
        paths: the code.
        with_possible: whether places are wanted that only possibly are such.
        baseline: a file of known findings.
        write: whether what is found is written to it, and so becomes known.

    Raises:
        InputError: one of `paths` is not there or holds nothing to read; or the baseline is none, cannot be written,
            or is not named.
    """
    known: Optional[Baseline] = None
    if write and baseline is None:
        raise InputError("--write-baseline", "no file to write to", "name it with --baseline")
    if baseline is not None:
        if write:
            files.refuse_special(baseline)
        known = Baseline(baseline, {}) if write and not baseline.exists() else baselines.read(baseline)
    table = record.read_causes()
    on_the_way = [key for key in dict.fromkeys(keys) if key in table]
    causes = causes_of(table, on_the_way, upward)
    nameless = sum("hidden" in table[key] for key in on_the_way)
    with contextlib.ExitStack() as stack:
        result = scan(
            paths,
            causes,
            nameless,
            with_possible,
            lambda total: stack.enter_context(terminal.progress(total, "scanning")),
            table,
            known,
        )
    if write and known:
        result, known = rebased(result, known)
        known.write()
        terminal.note(f"wrote {known.path}: {counted(sum(known.counts.values()), 'finding')}", dim=True)
    return result
