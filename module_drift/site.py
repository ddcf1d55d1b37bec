"""The record as a folder of static pages that open from disk."""

import json
import shutil
from pathlib import Path
from typing import Any, Dict, Iterable, List

import jinja2
import pygments
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from . import export, series, side_by_side
from .causes import KINDS
from .errors import InputError
from .files import replace
from .links import label
from .lookup import RECORD_ONE
from .observation import Observation
from .record import Record
from .report import shown

_COLOURS = 8
"""How many colours the style sheet has for editions."""

_ASSETS = ("site.css", "site.js")
_MARK = ".module-drift-site"


def write(record: Record, out: Path) -> None:
    """Write all pages and files into the folder `out`, replacing the site that an earlier call wrote there.

    Raises:
        InputError: `out` is a file, or a folder of something else, or nothing is recorded.
    """
    if out.exists() and not (out.is_dir() and ((out / _MARK).exists() or not any(out.iterdir()))):
        raise InputError(out, "is there and holds no site", "name a folder that is empty, or new")
    data = export.export(record)
    if not data["releases"]:
        raise InputError(record.folder, "no release is recorded yet", RECORD_ONE)
    if out.exists():
        shutil.rmtree(out)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(label=label, page=_page, highlight=_Highlighter().highlight)
    # Runs are in order of release: on the last, all that is recorded was really seen.
    newest = data["runs"][-1]["release"] if data["runs"] else data["releases"][-1]
    common = {"data": data, "kinds": KINDS, "newest": newest}

    def render(template: str, path: str, **values: Any) -> None:
        up = "../" * path.count("/")
        replace(out / path, environment.get_template(template).render(common, up=up, **values))

    replace(out / _MARK, "")
    for name in _ASSETS:
        replace(out / name, _resource(f"static/{name}"))
    replace(out / "record.json", json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False))
    replace(out / "record.schema.json", _resource("record.schema.json"))
    replace(out / "feed.json", json.dumps(_feed(data), indent=1, ensure_ascii=False))
    render("badge.svg", "badge.svg")
    render("index.html", "index.html", sections=_sections(data), inline=_inline(data))
    for case in data["cases"]:
        render("case.html", _page(case["id"]), case=case, steps=_steps(case), plots=_plots(case))
    for release in data["releases"]:
        render("release.html", f"releases/{release}.html", release=release, changes=_changes(data, release))


def _resource(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _page(case_id: str) -> str:
    """Return the path of a case's page."""
    return f"cases/{case_id}.html"


class _Highlighter:
    """Highlights Python source as HTML; the style sheet has the colours."""

    def __init__(self) -> None:
        self.lexer, self.formatter = PythonLexer(), HtmlFormatter(nowrap=True)

    def highlight(self, source: str) -> str:
        return str(pygments.highlight(source, self.lexer, self.formatter))


def _sections(data: Dict[str, Any]) -> Dict[str, List[Dict[str, Any]]]:
    """Return for each section its cases as rows of the matrix: id, sentence, and a class and letter for each cell."""
    run = {row["release"] for row in data["runs"] if row["device"] == data["devices"][0]}
    sections: Dict[str, List[Dict[str, Any]]] = {}
    for case in data["cases"]:
        cells = []
        before = None
        for release, index in zip(data["releases"], case["in_effect"][data["devices"][0]]):
            golden = None if index is None else case["goldens"][index]
            cells.append(_cell(golden, before, release in run))
            before = golden
        sections.setdefault(case["section"], []).append({"id": case["id"], "cells": cells})
    return sections


def _cell(golden: Any, before: Any, was_run: bool) -> Dict[str, str]:
    """Return class and text of a cell; site.js does the same for another device."""
    if golden is None:
        return {"class": "n", "text": ""}
    classes = ["x" if golden["absent"] else f"e{_number(golden['edition']) % _COLOURS}"]
    if before is not None and before["edition"] != golden["edition"]:
        classes.append("c")
    if not was_run:
        classes.append("i")
    return {"class": " ".join(classes), "text": golden["edition"]}


def _number(letters: str) -> int:
    """Return the number of an edition from its letters: A is 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _inline(data: Dict[str, Any]) -> str:
    """Return what site.js needs, as JSON that may stand in a script element."""
    releases = data["releases"]
    small = {
        "releases": releases,
        "runs": {
            device: sorted({releases.index(row["release"]) for row in data["runs"] if row["device"] == device})
            for device in data["devices"]
        },
        "kinds": KINDS,
        "causes": {
            key: {**cause, "evidence": [[label(url), url] for url in cause["evidence"]]}
            for key, cause in data["causes"].items()
        },
        "cases": {
            case["id"]: [
                case["sentence"],
                [
                    [
                        releases.index(golden["since"]),
                        _number(golden["edition"]),
                        golden["cause"],
                        golden["device"],
                        int(golden["absent"] is not None),
                    ]
                    for golden in case["goldens"]
                ],
            ]
            for case in data["cases"]
        },
    }
    # Nothing in the data can end the script element.
    return json.dumps(small, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _steps(case: Dict[str, Any]) -> List[Dict[str, Any]]:
    """Return each golden of a case with its text, and from the second on with the rows of the step to it."""
    steps = []
    before: List[str] = []
    for i, golden in enumerate(case["goldens"]):
        text = shown(Observation(**{field: golden[field] for field in Observation._fields}))
        numbers_alone = i > 0 and text == before
        rows = list(side_by_side.rows(before, text)) if i else []
        steps.append({"golden": golden, "text": text, "rows": rows, "numbers_alone": numbers_alone})
        before = text
    return steps


def _plots(case: Dict[str, Any]) -> List[series.Plot]:
    by_edition: Dict[str, List[series.Series]] = {}
    for golden in case["goldens"]:
        by_edition.setdefault(golden["edition"], series.series(golden["numbers"]))
    return series.plots(by_edition)


def _changes(data: Dict[str, Any], release: str) -> Dict[str, List[Dict[str, Any]]]:
    """Return the causes of one release by kind, each with the ids of the cases that it moved."""
    changes: Dict[str, List[Dict[str, Any]]] = {}
    for kind in KINDS:
        for key, cause in data["causes"].items():
            if (cause["since"], cause["kind"]) == (release, kind):
                changes.setdefault(kind, []).append({"cause": cause, "moved": _moved(data["cases"], key)})
    return changes


def _moved(cases: Iterable[Dict[str, Any]], key: str) -> List[str]:
    return [case["id"] for case in cases if any(golden["cause"] == key for golden in case["goldens"])]


def _feed(data: Dict[str, Any]) -> Dict[str, Any]:
    """Return the causes as a JSON Feed (https://jsonfeed.org/version/1.1), the newest first."""
    position = {release: i for i, release in enumerate(data["releases"])}
    causes = sorted(data["causes"].items(), key=lambda item: (-position[item[1]["since"]], item[0]))
    items = []
    for key, cause in causes:
        item = {
            "id": key,
            "title": f"torch {cause['since']}: {cause['kind']}",
            "content_text": cause["what"],
            "tags": [cause["kind"], cause["since"]],
        }
        if cause["evidence"]:
            item["external_url"] = cause["evidence"][0]
        items.append(item)
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Module Drift: what changed, and why",
        "items": items,
    }
