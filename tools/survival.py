"""Writes docs/survival.md, what the record holds of each mode of execution: run `python -m tools.survival`."""

from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple

from module_drift.asking import export
from module_drift.common import files
from module_drift.common.links import label
from module_drift.common.words import counted
from module_drift.pages import in_modes
from module_drift.record.causes import MEANS
from module_drift.record.record import Record

from . import tables

PAGE = "docs/survival.md"
INTRODUCTION = """\
# What survives in which mode

What each mode of execution promises, by what upstream writes, and what it does, by the record: of each release that
was run in it, how many cases show something else than in eager, and since when which of them do, and why.
[modes.md](modes.md) says what a mode is, and `module-drift modes` answers for one release. This page is written by
`python -m tools.survival`.
"""


class Promise(NamedTuple):
    """What upstream writes of a mode, in our words, and where it does."""

    what: str
    address: str


PROMISES = {
    "checkpoint": Promise(
        "Forward is run again in the backward pass instead of keeping what it computed, as far as backward needs it.",
        "https://github.com/pytorch/pytorch/pull/96866",
    ),
    "checkpoint-reentrant": Promise(
        "The same by a backward pass within the backward pass; to be replaced by the other.",
        "https://github.com/pytorch/pytorch/pull/96862",
    ),
    "compile": Promise(
        "Hooks that are there before the first call and are left alone are run; guards on later changes of hooks are"
        " left out for speed.",
        "https://github.com/pytorch/pytorch/pull/98372",
    ),
    "compile-aot": Promise(
        "As compile; a gradient of a gradient is refused, and not computed wrongly.",
        "https://github.com/pytorch/pytorch/pull/92893",
    ),
    "data-parallel": Promise(
        "Each device is given a part of the batch and a replica of the Module; what forward changes in those is lost.",
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.DataParallel.html",
    ),
    "ddp": Promise(
        "Gradients are averaged over the processes; forward and backward hooks of the Module run.",
        "https://github.com/pytorch/pytorch/issues/66229",
    ),
    "export": Promise(
        "A sound graph of what the Module computes with tensors, without Python; it checks the shapes that it assumes.",
        "https://docs.pytorch.org/docs/stable/export.html",
    ),
    "functional-call": Promise(
        "The Module's own parameters and buffers are not touched, whatever forward assigns.",
        "https://github.com/pytorch/pytorch/issues/77133",
    ),
    "fx": Promise(
        "A graph of what forward does with its inputs, without what depends on their values.",
        "https://github.com/pytorch/pytorch/blob/609f76f27a11b12fbf04ed51538fb9d60e135c00/docs/source/fx.rst",
    ),
    "script": Promise(
        "Forward compiled from its source, with forward hooks since 1.8; backward hooks are not supported.",
        "https://github.com/pytorch/pytorch/issues/29037",
    ),
    "trace": Promise(
        "What was done with the tensors of one call is done with those of every other; nothing else is recorded.",
        "https://docs.pytorch.org/docs/stable/generated/torch.jit.trace.html",
    ),
}


def page(data: Dict[str, Any]) -> str:
    """Return docs/survival.md.

    Args:
        data: the record, as `export` gives it.
    """
    return "\n".join([INTRODUCTION, tables.table(_matrix(data)), *_of_modes(data)])


def _matrix(data: Dict[str, Any]) -> List[List[str]]:
    rows = [["torch", *data["modes"]], ["---", *("--:" for _ in data["modes"])]]
    for release, found in in_modes.releases(data).items():
        counts = (
            f"{found.count(mode)} of {found.through(mode)}" if mode in found.modes else "" for mode in data["modes"]
        )
        rows.append([release, *counts])
    return rows


def _of_modes(data: Dict[str, Any]) -> Iterator[str]:
    for mode in data["modes"]:
        promise = PROMISES.get(mode)
        said = f"{promise.what} ([{label(promise.address)}]({promise.address}))\n\n" if promise else ""
        moved: Dict[str, List[str]] = {}
        for case in data["cases"]:
            for golden in case["goldens"]:
                if golden["mode"] == mode:
                    moved.setdefault(golden["cause"], []).append(f"{case['id']} ({golden['since']})")
        causes = {key: data["causes"].get(key, {}) for key in moved}
        silent = sum(len(moved[key]) for key, cause in causes.items() if cause.get("effect") == "silent")
        figures = f"{counted(len(causes), 'cause')}; {counted(silent, 'golden')} of silent ones ({MEANS['silent']})."
        yield f"## {mode}\n\n{said}{figures}\n\n{tables.of_causes(causes, moved)}"


def main() -> None:
    """Write the page below the current folder."""
    files.replace(Path(PAGE), page(export.export(Record(Path.cwd()))))


if __name__ == "__main__":
    main()
