"""Shows one case with its history, for people and as data for programs."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Collection, Dict, List, Optional

from ..common import terminal
from ..common.errors import relative
from ..common.scope import IN_WORDS, is_run
from ..record.causes import advice
from ..record.golden import Golden
from ..record.record import Record
from ..record.release import EAGER

if TYPE_CHECKING:
    from ..finding.discovery import Case

Causes = Dict[str, Dict[str, Any]]


def show(
    case: "Case",
    goldens: List[Golden],
    causes: Causes,
    path_of: Callable[[Golden], Path],
    modes: Optional[Collection[str]] = None,
) -> None:
    """Print the case's sentence and source, then each golden: the first whole, later ones as differences.

    Args:
        case: the case.
        goldens: its goldens, oldest first.
        causes: the causes by their keys.
        path_of: returns the file of one of them.
        modes: the modes of which goldens are printed; None for eager, with a line on each other mode.
    """
    # Imported here, as a list needs neither.
    from ..comparing.compare import compare
    from ..comparing.differences import differences, shown
    from ..record.history import deviates_from

    terminal.print_text(case.id, bold=True)
    terminal.print_text(case.sentence)
    if case.article:
        terminal.print_text(f"the article: {case.article}")
    if case.called_with:
        terminal.print_text(f"called with {case.called_with}")
    if case.needs:
        terminal.print_text(f"needs {case.needs}")
    if case.only:
        terminal.print_text(f"run {IN_WORDS[case.only]} only")
    if case.platform_bound:
        terminal.print_text("holds only on the platform that it was recorded on")
    terminal.print_heading(case.place)
    terminal.print_code(case.source.rstrip())
    for golden in goldens:
        if (golden.mode or EAGER) not in (modes or [EAGER]):
            continue
        terminal.print_heading(f"{relative(path_of(golden))}")
        _show_cause(golden, causes)
        recorded = "recorded on torch {torch}, Python {python}, {device}, {platform}".format(**golden.recorded)
        terminal.print_text(recorded, "  ")
        before = deviates_from(goldens, golden)
        if before is None:
            terminal.print_shown(shown(golden.observation), "  ")
        else:
            terminal.print_differences(differences(compare(before.observation, golden.observation)), "  ")
    if modes is None:
        _list_modes(case, goldens, causes)


def on_device(record: Record, case: "Case", device: str) -> str:
    """Return what the record says of `case` on `device`: where it was run there, and whether the device can.

    Raises:
        InputError: something in the record is not as it must be.
    """
    if not is_run(case.only, f"@{device}"):
        return f"never run on {device}, as it is run {IN_WORDS[case.only or '']} only: this is what the CPU does"
    run = ", ".join(map(str, record.known_releases(device)))
    if not run:
        return f"no release was run on {device} yet: this is what the record holds for every device"
    cannot = ", ".join(map(str, record.cannot(device).get(case.id, ())))
    return f"run on {device}: {run}" + (f"; it cannot do what the case needs in {cannot}" if cannot else "")


def _list_modes(case: "Case", goldens: List[Golden], causes: Causes) -> None:
    """Print since when which mode shows something else than eager, or does so no more, by the effects of the causes."""
    changes: Dict[str, List[str]] = {}
    for golden in goldens:
        if golden.mode:
            effect = causes.get(golden.cause or "", {}).get("effect", golden.cause)
            changes.setdefault(golden.mode, []).append(f"{effect} since {golden.since}")
    if not changes:
        return
    terminal.print_heading("in other modes of execution")
    for mode in sorted(changes):
        terminal.print_text(f"{mode}: {', '.join(changes[mode])}", "  ")
    terminal.print_text(f"more: module-drift show {case.id} --mode {min(changes)}", "  ", dim=True)


def _show_cause(golden: Golden, causes: Causes) -> None:
    if golden.cause is None:
        return
    cause = causes.get(golden.cause)
    if cause is None:
        terminal.print_text(golden.cause, "  ")
        return
    terminal.print_text(f"{cause['kind']}: {cause['what']}", "  ")
    if advice(cause):
        terminal.print_text(f"what to do ({cause['effect']}): {advice(cause)}", "  ")
    for url in cause["evidence"]:
        terminal.print_text(url, "  ")
    if "searched" in cause:
        terminal.print_text(f"no evidence was found: {cause['searched']}", "  ")


def as_data(case: "Case", goldens: List[Golden], causes: Causes) -> Dict[str, Any]:
    """Return the case and its goldens for programs."""
    return {
        **described(case),
        "source": case.source,
        "goldens": [
            {
                "file": golden.file_name,
                "since": str(golden.since),
                "device": golden.device,
                "mode": golden.mode,
                "recorded": golden.recorded,
                "cause": golden.cause and {"key": golden.cause, **causes.get(golden.cause, {})},
                "observation": golden.observation._asdict(),
            }
            for golden in goldens
        ],
    }


def described(case: "Case") -> Dict[str, Any]:
    """Return what a case says of itself, for programs."""
    return {
        "id": case.id,
        "sentence": case.sentence,
        "article": case.article,
        "called_with": case.called_with,
        "needs": case.needs,
        "only": case.only,
        "platform_bound": case.platform_bound,
    }
