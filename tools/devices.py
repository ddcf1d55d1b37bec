"""Writes docs/recorded-devices.md, what the record holds of devices but the CPU: run `python -m tools.devices`."""

from pathlib import Path
from typing import Dict, Iterator, List

from module_drift.common import files
from module_drift.common.scope import EAGER_ON_CPU
from module_drift.common.words import counted
from module_drift.record import applicable, history
from module_drift.record.devices import CPU
from module_drift.record.golden import Golden
from module_drift.record.record import Record
from module_drift.record.release import EAGER, Release, Run

from . import tables

PAGE = "docs/recorded-devices.md"
INTRODUCTION = """\
# What was recorded of other devices

Of each release that was run on a device other than the CPU, how many cases show something else there, of how many that
the device can do; and since when which of them do, and why. [devices.md](devices.md) says how a device is asked, and
how one of your own is recorded. {out_of_scope} of the {all} cases have no part in it: they are run in eager on the CPU
alone, most of them [since they were not recorded elsewhere yet](devices.md#what-is-not-run-there). This page is written
by `python -m tools.devices`.
"""
PLATFORMS = """\
## Platforms

The CPU itself was run on these, in eager; a run of older cases vouches for these alone.
"""
_MOST_RELEASES = 12
"""So many are named one by one."""


def page(record: Record) -> str:
    """Return docs/recorded-devices.md."""
    cases = record.cases()
    goldens = {case.id: record.goldens(case.id) for case in cases}
    out_of_scope = sum(case.only == EAGER_ON_CPU for case in cases)
    introduction = INTRODUCTION.format(out_of_scope=out_of_scope, all=len(cases))
    run = {device: record.known_releases(device) for device in record.devices() if device != CPU}
    devices = sorted(device for device, releases in run.items() if releases)
    rows = [["torch", *devices], ["---", *("--:" for _ in devices)]]
    known = record.applicable()
    for release in sorted({release for releases in run.values() for release in releases}):
        rows.append(
            [
                str(release),
                *(_figures(goldens, known, Run(release, one)) if release in run[one] else "" for one in devices),
            ]
        )
    parts = [introduction, tables.table(rows), *_of_devices(record, goldens, devices), PLATFORMS, _platforms(record)]
    return "\n".join(parts)


def _figures(goldens: Dict[str, List[Golden]], known: applicable.Applicable, run: Run) -> str:
    able = [id for id in goldens if applicable.goes_through(known, id, run)]
    return f"{sum(history.deviates_on_device(goldens[id], run) for id in able)} of {len(able)}"


def _of_devices(record: Record, goldens: Dict[str, List[Golden]], devices: List[str]) -> Iterator[str]:
    causes = record.read_causes()
    for device in devices:
        moved: Dict[str, List[str]] = {}
        for id, those in goldens.items():
            for golden in those:
                if golden.device == device:
                    moved.setdefault(str(golden.cause), []).append(f"{id} ({golden.since})")
        if moved:
            table = tables.of_causes({key: causes.get(key, {}) for key in moved}, moved)
            yield f"## {device}\n\n{counted(len(moved), 'cause')}.\n\n{table}"


def _platforms(record: Record) -> str:
    of: Dict[str, Dict[str, str]] = {}
    for row in record.verified_rows():
        if row.device == CPU and row.mode == EAGER:
            of.setdefault(row.platform, {})[row.release] = row.date
    rows = [["platform", "releases", "last run"], ["---", "---", "---"]]
    for platform, dates in sorted(of.items()):
        named = (
            ", ".join(dates) if len(dates) <= _MOST_RELEASES else f"{len(dates)} from {min(dates, key=Release.parse)}"
        )
        rows.append([platform, named, max(dates.values())])
    return tables.table(rows)


def main() -> None:
    """Write the page below the current folder."""
    files.replace(Path(PAGE), page(Record(Path.cwd())))


if __name__ == "__main__":
    main()
