"""Tells in which modes of execution cases show what they show in eager, for people and as data for programs."""

from typing import TYPE_CHECKING, Any, Collection, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..common import terminal
from ..common.errors import InputError
from ..common.words import counted, some
from ..comparing.compare import compare
from ..record import applicable, history, lookup
from ..record.causes import advice, in_order
from ..record.devices import CPU
from ..record.golden import UNEXPLAINED, GoldenFile
from ..record.record import Record
from ..record.release import Release, Run
from .case_view import Causes, described

if TYPE_CHECKING:
    from ..finding.discovery import Case

_MOST_ROWS = 40
"""Cases that are listed where nobody asked for some; more fill screens with what the causes say shorter."""

_MOST_IDS = 8
"""Cases that are named of one cause there."""

SAME, DIFFERS, PASSED_BY = "same", "differs", "-"
"""What a case shows in a mode, beside what it shows in eager; the last where nothing of it goes through the mode."""


class InModes(NamedTuple):
    """A case on a release, in modes.

    Attributes:
        case: the case.
        deviations: of each mode that something of the case goes through, the golden in effect there, or None where
            it shows what it shows in eager.
        eager: the golden in effect in eager; None where none is.
    """

    case: "Case"
    deviations: Dict[str, Optional[GoldenFile]]
    eager: Optional[GoldenFile]

    def word(self, mode: str) -> str:
        """Return what it shows in `mode`: one of SAME, DIFFERS and PASSED_BY."""
        if mode not in self.deviations:
            return PASSED_BY
        return DIFFERS if self.deviations[mode] else SAME


def modes_of(record: Record, release: Optional[Release] = None, device: str = CPU) -> List[str]:
    """Return the modes but eager in which `release`, or any, was run on `device`."""
    return [mode for mode, run in record.releases_in_modes(device).items() if release is None or release in run]


def release(record: Record, wanted: Optional[str], device: str = CPU) -> Release:
    """Return the release that is `wanted`, of those that were run in any mode but eager on `device`; else the newest.

    Raises:
        InputError: there is none, or not this one.
    """
    known = sorted(set().union(*record.releases_in_modes(device).values()))
    if not known:
        problem = "no release was run in any mode but eager"
        if device == CPU:
            raise InputError(record.folder, problem, "run module-drift sweep --regen")
        run = f"run module-drift check --regen --device {device} --mode MODE"
        raise InputError(f"--device {device}", f"{problem} there", run)
    return lookup.release(known, wanted, or_newer=False) if wanted else known[-1]


def in_modes(
    record: Record, cases: "Sequence[Case]", release: Release, modes: Collection[str], device: str = CPU
) -> List[InModes]:
    """Return those of `cases` of which something goes through one of `modes` on `release`, on `device`.

    Raises:
        InputError: something in the record is not as it must be.
    """
    known, found = record.applicable(), []
    for case, files in zip(cases, record.many_golden_files(case.id for case in cases)):
        deviations: Dict[str, Optional[GoldenFile]] = {}
        eager = history.resolve(files, Run(release, device))
        for mode in modes:
            run = Run(release, device, mode)
            if applicable.goes_through(known, case.id, run):
                deviations[mode] = history.deviation(history.resolve(files, run), eager, _say_the_same)
        if deviations:
            found.append(InModes(case, deviations, eager))
    return found


def _say_the_same(one: GoldenFile, other: GoldenFile) -> bool:
    return not compare(one.load().observation, other.load().observation)


def show(
    found: Sequence[InModes],
    modes: Sequence[str],
    causes: Causes,
    release: Release,
    everything: bool = False,
    with_differences: bool = False,
) -> None:
    """Print the cases down and the modes across, then why what differs does.

    Args:
        found: the cases.
        modes: the modes.
        causes: the causes by their keys.
        release: the release.
        everything: whether to list all of them: those that show the same in all modes, too, however many they are.
        with_differences: whether to print what a case shows in eager and in a mode where these differ.
    """
    listed = [one for one in found if everything or any(one.deviations.values())]
    rows = [[one.case.id, *(one.word(mode) for mode in modes)] for one in listed]
    is_overview = not everything and len(rows) > _MOST_ROWS
    if rows and not is_overview:
        terminal.print_table((f"torch {release}", *modes), rows, folded=True, stacked=_by_word)
    by_cause: Dict[str, List[Tuple[InModes, str, GoldenFile]]] = {}
    for one in listed:
        for mode, golden in one.deviations.items():
            if golden:
                by_cause.setdefault(golden.read_cause() or UNEXPLAINED, []).append((one, mode, golden))
    for key in in_order(by_cause, causes):
        those = by_cause[key]
        terminal.echo()
        _show_cause(key, causes.get(key, {}))
        if with_differences:
            for one, mode, golden in those:
                _show_difference(one, mode, golden)
        else:
            named = [f"{one.case.id} ({mode})" for one, mode, _ in those]
            terminal.print_text(some(named, _MOST_IDS) if is_overview else ", ".join(named), "  ")
    terminal.echo()
    for mode in modes:
        words = [one.word(mode) for one in found]
        same, differing_here = (counted(words.count(word), "case") for word in (SAME, DIFFERS))
        terminal.print_text(f"{mode} on torch {release}: {same} as in eager, {differing_here} with something else")


def _by_word(modes: Sequence[str], words: Sequence[str]) -> List[str]:
    """Return of a case in which modes it shows what, a line each; what says nothing of it is left out."""
    those = {word: [mode for mode, said in zip(modes, words) if said == word] for word in (DIFFERS, SAME)}
    return [f"{word}: {', '.join(found)}" for word, found in those.items() if found]


def _show_cause(key: str, cause: Dict[str, Any]) -> None:
    if not cause:
        terminal.print_text(key)
        return
    effect = f"{cause['effect']}, " if "effect" in cause else ""
    terminal.print_text(f"{effect}since {cause['since']}: {cause['what']}")
    if advice(cause):
        terminal.print_text(f"what to do: {advice(cause)}", "  ")
    for address in cause["evidence"]:
        terminal.print_text(address, "  ", dim=True)


def _show_difference(one: InModes, mode: str, golden: GoldenFile) -> None:
    from ..comparing.differences import differences

    terminal.echo(f"  {one.case.id} ({mode})")
    if one.eager:
        before, after = (file.load().observation for file in (one.eager, golden))
        terminal.print_differences(differences(compare(before, after)), "    ")


def as_data(found: Sequence[InModes], modes: Sequence[str], release: Release) -> Dict[str, Any]:
    """Return the same for programs."""
    return {
        "release": str(release),
        "modes": list(modes),
        "cases": [
            {
                **described(one.case),
                "modes": {
                    mode: {
                        "shows": {SAME: "same", DIFFERS: "differs", PASSED_BY: "does not apply"}[one.word(mode)],
                        "cause": _cause(one.deviations.get(mode)),
                    }
                    for mode in modes
                },
            }
            for one in found
        ],
    }


def _cause(golden: Optional[GoldenFile]) -> Optional[str]:
    return golden.read_cause() if golden else None
