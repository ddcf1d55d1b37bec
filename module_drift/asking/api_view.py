"""Shows an API with the cases that use it and what changed in it, for people and as data for programs."""

from typing import Any, Dict, List, NamedTuple, Sequence

from ..common import terminal
from ..common.words import counted
from ..record.causes import advice
from .case_view import Causes, described
from .listing import Listed


class Api(NamedTuple):
    """What is known of an API.

    Attributes:
        name: its qualified name.
        cases: those that use it.
        causes: the keys of the changes that its users can meet, in the order of `EFFECTS` and the newest first.
    """

    name: str
    cases: List[Listed]
    causes: List[str]


def show(apis: Sequence[Api], causes: Causes) -> None:
    """Print for each API its changes, what to do about them, and its cases."""
    for number, api in enumerate(apis):
        if number:
            terminal.echo()
        terminal.print_text(api.name, bold=True)
        terminal.print_text(f"{counted(len(api.causes), 'change')}, {counted(len(api.cases), 'case')}")
        if api.causes:
            terminal.print_heading("what changed")
            rows = [_cause_cells(causes[key]) for key in api.causes]
            terminal.print_table(("since", "effect", "what changed", "evidence"), rows)
        if api.cases:
            terminal.print_heading("cases that use it")
            cells = [[one.case.id, _latest(one, causes), one.case.sentence] for one in api.cases]
            terminal.print_table(("case", "latest change", "what it shows"), cells)


def _cause_cells(cause: Dict[str, Any]) -> List[str]:
    what = f"{cause['what']} What to do: {advice(cause)}" if advice(cause) else cause["what"]
    effect = cause.get("effect", cause["kind"])
    return [cause["since"], effect, what, " ".join(cause["evidence"]) or "none found"]


def _latest(listed: Listed, causes: Causes) -> str:
    if not listed.drifts:
        return ""
    drift = listed.drifts[-1]
    cause = causes.get(drift.read_cause() or "", {})
    return f"{drift.since} {cause.get('effect', cause.get('kind', ''))}".strip()


def as_data(apis: Sequence[Api], causes: Causes) -> List[Dict[str, Any]]:
    """Return the APIs for programs."""
    return [
        {
            "name": api.name,
            "causes": [{"key": key, **causes[key]} for key in api.causes],
            "cases": [
                {
                    **described(one.case),
                    "latest": {"since": str(one.drifts[-1].since), "cause": one.drifts[-1].read_cause()}
                    if one.drifts
                    else None,
                }
                for one in api.cases
            ],
        }
        for api in apis
    ]
