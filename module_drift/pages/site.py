"""The record as a folder of static pages that open from disk."""

import contextlib
import functools
import json
import os
import signal
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

import jinja2
import pygments
from markupsafe import Markup, escape
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from .. import questions
from ..asking import export
from ..common import garbage
from ..common.errors import InputError
from ..common.links import label
from ..common.terminal import progress
from ..common.visible import LINES, visible
from ..comparing.differences import shown
from ..comparing.observation import Observation
from ..finding.discovery import Case
from ..record.causes import EFFECTS, KINDS
from ..record.devices import CPU, SHARED, VALUELESS, holds_on
from ..record.lookup import RECORD_ONE
from ..record.record import Record
from ..record.release import Release
from . import in_modes, on_devices, series, side_by_side
from .site_folder import SiteFolder

_COLOURS = 8
"""How many colours the style sheet has for editions."""

_WRITERS = 4
"""How many files are written at once."""

_WORTH_A_PROCESS = 1000
"""Sources from which on others highlight them meanwhile: half a second's work, of which a start takes a part."""

_SOURCES_AT_ONCE = 100
"""How many sources such a process is given at once."""

_ASSETS = ("site.css", "site.js")


def write(record: Record, out: Path) -> None:
    """Write all pages and files into the folder `out`, in the place of the site that an earlier call wrote there.

    Args:
        record: what is to be shown.
        out: a new or empty folder, or one that holds a site.

    Raises:
        InputError: `out` is a link, no folder, or a folder of something else, or nothing is recorded.
    """
    folder = SiteFolder(out)
    with garbage.none_yet():
        cases = record.cases()
        data = export.export(record, cases)
        code = _code(record, cases)
    if not data["releases"]:
        raise InputError(record.folder, "no release is recorded yet", RECORD_ONE)
    with _highlighting([case["source"] for case in data["cases"]]) as sources, garbage.only_new():
        _write(folder, data, code, _Pages(data, sources))


def _write(folder: SiteFolder, data: Dict[str, Any], code: "_Code", pages: "_Pages") -> None:
    made: Dict[str, Callable[[], str]] = {
        **{name: functools.partial(_asset, name) for name in _ASSETS},
        "search.js": lambda: _search(data, code),
        "record.schema.json": export.schema_text,
        "record.json": lambda: _record_json(data),
        "feed.json": lambda: json.dumps(_all_visible(_feed(data)), indent=1, ensure_ascii=False),
        "badge.svg": lambda: pages.render("badge.svg"),
        "index.html": lambda: pages.render("index.html", sections=_sections(data), inline=_inline(data)),
        **{_page(case["id"]): functools.partial(pages.case, case) for case in data["cases"]},
        **{f"releases/{release}.html": functools.partial(pages.release, release) for release in data["releases"]},
        **({"modes.html": lambda: pages.render("modes.html", releases=pages.in_modes)} if pages.in_modes else {}),
        **{f"modes/{release}.html": functools.partial(pages.modes, release) for release in pages.in_modes},
    }
    folder.begin(made)
    # To make a file waits for the disk, meanwhile the next page is rendered.
    with progress(len(made), "writing") as begin, ThreadPoolExecutor(_WRITERS) as pool:
        written = []
        for name, text in made.items():
            begin(name)
            written.append(pool.submit(folder.write, name, text()))
    for one in written:
        one.result()
    folder.end()


class _Pages:
    """Renders the pages.

    Args:
        data: the record, as `export` gives it.
        sources: the source of each case as HTML, in the order in which `case` will be asked for them.
    """

    def __init__(self, data: Dict[str, Any], sources: Iterator[str]):
        self.data, self.sources = data, sources
        self.environment = jinja2.Environment(
            loader=jinja2.PackageLoader(__package__),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
            finalize=_visible,
            auto_reload=False,  # Nobody changes a template meanwhile; to look whether takes a part of each page's time.
        )
        self.environment.filters.update(label=label, page=_page, pieces=_pieces, place=_place)
        # Runs are in order of release: on the last, all that is recorded was really seen.
        self.newest = data["runs"][-1]["release"] if data["runs"] else data["releases"][-1]
        self.changes = _changes(data)
        self.in_modes = in_modes.releases(data)
        # The same on every page of a folder.
        self.footers = {up: self._render("footer.html", up=up) for up in ("", "../", "../../")}

    def _render(self, template: str, **values: Any) -> Markup:
        rendered = self.environment.get_template(template).render(
            data=self.data, kinds=KINDS, newest=self.newest, **values
        )
        return Markup(rendered)

    def render(self, template: str, up: str = "", **values: Any) -> str:
        return self._render(template, up=up, footer=self.footers[up], **values)

    def case(self, case: Dict[str, Any]) -> str:
        return self.render(
            "case.html",
            "../../",
            case=case,
            source=next(self.sources),
            steps=_steps(case),
            plots=_plots(case),
            spans=in_modes.spans(self.data, case),
            on_devices=on_devices.spans(self.data, case),
        )

    def release(self, release: str) -> str:
        return self.render(
            "release.html",
            "../",
            release=release,
            changes=self.changes.get(release, {}),
            cannot=on_devices.cannot(self.data, release),
        )

    def modes(self, release: str) -> str:
        return self.render("modes_of_release.html", "../", release=release, found=self.in_modes[release])


def _visible(value: Any) -> Any:
    """Make a text that goes into a page visible; what is markup already is made of such texts."""
    return visible(value, LINES) if type(value) is str else value


def _all_visible(value: Any) -> Any:
    """Return data with all its texts made visible."""
    if isinstance(value, dict):
        return {_all_visible(key): _all_visible(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return list(map(_all_visible, value))
    return _visible(value)


def _pieces(line: side_by_side.Marked) -> Markup:
    """Return a line in pieces as markup, with what differs marked."""
    texts = ((escape(_visible(text)), differs) for text, differs in line)
    return Markup("".join(f"<mark>{text}</mark>" if differs else text for text, differs in texts))


def _record_json(data: Dict[str, Any]) -> str:
    """Return the record as JSON with a line for each part and for each case, in ASCII, so that nothing hides in it."""

    def line(value: Any) -> str:
        return json.dumps(value, allow_nan=False).replace("\x7f", "\\u007f")

    parts = [f"{line(key)}: {line(value)}" for key, value in data.items() if key != "cases"]
    cases = ",\n".join(map(line, data["cases"]))
    return "{" + ",\n".join([*parts, f'"cases": [\n{cases}\n]']) + "}\n"


def _asset(name: str) -> str:
    return (Path(__file__).parent / "static" / name).read_text(encoding="utf-8")


def _page(case_id: str) -> str:
    """Return the path of a case's page."""
    return f"cases/{case_id}.html"


def _place(golden: Dict[str, Any]) -> str:
    """Return the name of a golden's place on the page of its case."""
    return "-".join(["since", golden["since"], *filter(None, (golden["device"], golden["mode"]))])


@contextlib.contextmanager
def _highlighting(sources: Sequence[str]) -> Iterator[Iterator[str]]:
    """Highlight Python sources as HTML, in order; of many, while what is within does something else.

    It takes half of all the time that a site takes.
    """
    if len(sources) < _WORTH_A_PROCESS or (os.cpu_count() or 1) < 2:
        yield map(_highlight, sources)
        return
    with contextlib.ExitStack() as stack:
        try:
            pool = stack.enter_context(ProcessPoolExecutor(min(os.cpu_count() or 1, 4), initializer=_leave_stopping))
            # They begin here, before there is a thread that they could be forked from the middle of.
            shared: Any = pool.map(_highlight, sources, chunksize=_SOURCES_AT_ONCE)
            found: Iterator[str] = stack.enter_context(contextlib.closing(shared))
        except (OSError, ImportError):  # Not every system has what it takes to share work.
            found = map(_highlight, sources)
        yield _whole(found, sources)


def _leave_stopping() -> None:
    """Leave it to the first process to say that Ctrl-C was pressed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _whole(found: Iterator[str], sources: Sequence[str]) -> Iterator[str]:
    """Yield what is `found` of `sources`, and do the rest here if a process was killed."""
    done = 0
    with contextlib.suppress(BrokenExecutor):
        for html in found:
            yield html
            done += 1
    yield from map(_highlight, sources[done:])


def _highlight(source: str) -> str:
    """Return Python source as HTML; the style sheet has the colours."""
    return str(pygments.highlight(visible(source, LINES), *_tools()))


@functools.lru_cache(maxsize=None)
def _tools() -> Tuple[PythonLexer, "HtmlFormatter[str]"]:
    return PythonLexer(), HtmlFormatter(nowrap=True)


def _sections(data: Dict[str, Any]) -> Dict[str, List[Tuple[str, Markup]]]:
    """Return for each section its cases as rows of the matrix: the id, and the cells as markup."""
    run = {row["release"] for row in data["runs"] if row["device"] == data["devices"][0]}
    was_run = [release in run for release in data["releases"]]
    sections: Dict[str, List[Tuple[str, Markup]]] = {}
    for case in data["cases"]:
        cells = []
        before = None
        for index, was in zip(case["in_effect"][data["devices"][0]], was_run):
            if index is None:
                cells.append(_cell(None, False, False, was))
                continue
            golden = case["goldens"][index]
            changed = before is not None and before != golden["edition"]
            before = golden["edition"]
            cells.append(_cell(before, golden["absent"] is not None, changed, was))
        sections.setdefault(case["section"], []).append((case["id"], Markup("".join(cells))))
    return sections


@functools.lru_cache(maxsize=None)
def _cell(edition: Optional[str], is_absent: bool, changed: bool, was_run: bool) -> str:
    """Return a cell as markup; site.js does the same for another device."""
    if edition is None:
        return '<td class="n">'
    classes = "x" if is_absent else f"e{_number(edition) % _COLOURS}"
    return f'<td class="{classes}{" c" if changed else ""}{"" if was_run else " i"}">{edition}'


def _number(letters: str) -> int:
    """Return the number of an edition from its letters: A is 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _inline(data: Dict[str, Any]) -> str:
    """Return what site.js needs, as JSON that may stand in a script element."""
    releases = data["releases"]
    position = {release: i for i, release in enumerate(releases)}
    small = {
        "releases": releases,
        "runs": {
            device: sorted({position[row["release"]] for row in data["runs"] if row["device"] == device})
            for device in data["devices"]
        },
        "kinds": KINDS,
        "effects": EFFECTS,
        "shared": [SHARED, CPU, VALUELESS],
        "causes": {
            key: {**cause, "evidence": [[label(url), url] for url in cause["evidence"]]}
            for key, cause in data["causes"].items()
        },
        "cases": {
            case["id"]: [
                case["sentence"],
                [
                    [
                        position[golden["since"]],
                        _number(golden["edition"]),
                        golden["cause"],
                        golden["device"],
                        int(golden["absent"] is not None),
                    ]
                    for golden in case["goldens"]
                    if golden["mode"] is None  # What the matrix is of; modes have pages of their own.
                ],
                {device: [position[release] for release in those] for device, those in case["cannot"].items()},
            ]
            for case in data["cases"]
        },
    }
    # Nothing in the data can end the script element.
    return json.dumps(_all_visible(small), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


class _Code(NamedTuple):
    """What cases use, by their ids: the names of APIs, and the code that they share."""

    apis: Dict[str, Set[str]]
    shared: Dict[str, Set[str]]


def _code(record: Record, cases: Sequence[Case]) -> _Code:
    uses = questions.uses(record, cases)  # Which keeps syntax trees, and goes with this function.
    return _Code(uses.of_api(""), uses.shared())


def _search(data: Dict[str, Any], code: _Code) -> str:
    """Return what site.js loads when something is searched for: of each case the code, and the APIs that it uses."""
    apis, shared = (sorted(set().union(*some.values())) for some in code)
    places = [{text: i for i, text in enumerate(some)} for some in (apis, shared)]
    cases = {
        case["id"]: [
            case["source"].lower(),
            *(sorted(place[one] for one in some.get(case["id"], ())) for place, some in zip(places, code)),
        ]
        for case in data["cases"]
    }
    searchable = _all_visible({"apis": apis, "shared": [text.lower() for text in shared], "cases": cases})
    return f"window.searchable = {json.dumps(searchable, ensure_ascii=False, separators=(',', ':'))};\n"


def _steps(case: Dict[str, Any]) -> List[Dict[str, Any]]:
    """Return each golden of a case with its text, and from the second on with the rows of the step to it."""
    steps: List[Dict[str, Any]] = []
    for golden in case["goldens"]:
        text = shown(Observation(**{field: golden[field] for field in Observation._fields}))
        before = next((step["text"] for step in reversed(steps) if _can_hold_for(step["golden"], golden)), None)
        rows = [] if before is None else list(side_by_side.rows(before, text))
        steps.append({"golden": golden, "text": text, "rows": rows, "numbers_alone": text == before})
    return steps


def _can_hold_for(earlier: Dict[str, Any], golden: Dict[str, Any]) -> bool:
    """Return whether an earlier golden can hold where `golden` does, as `history.deviates_from` has it."""
    return holds_on(earlier["device"], golden["device"] or CPU) and earlier["mode"] in (None, golden["mode"])


def _plots(case: Dict[str, Any]) -> List[series.Plot]:
    by_edition: Dict[str, List[series.Series]] = {}
    for golden in case["goldens"]:
        by_edition.setdefault(golden["edition"], series.series(golden["numbers"]))
    return series.plots(by_edition)


def _changes(data: Dict[str, Any]) -> Dict[str, Dict[str, List[Dict[str, Any]]]]:
    """Return for each release its causes by kind, each with the ids of the cases that it moved."""
    moved: Dict[str, Dict[str, None]] = {}
    for case in data["cases"]:
        for golden in case["goldens"]:
            moved.setdefault(golden["cause"], {})[case["id"]] = None
    changes: Dict[str, Dict[str, List[Dict[str, Any]]]] = {}
    for key, cause in sorted(data["causes"].items(), key=lambda item: KINDS.index(item[1]["kind"])):
        those = changes.setdefault(cause["since"], {}).setdefault(cause["kind"], [])
        those.append({"cause": cause, "moved": list(moved.get(key, ()))})
    return changes


def _feed(data: Dict[str, Any]) -> Dict[str, Any]:
    """Return the causes as a JSON Feed (https://jsonfeed.org/version/1.1), the newest first."""
    # The order of keys stays within a release.
    causes = sorted(sorted(data["causes"].items()), key=lambda item: Release.parse(item[1]["since"]), reverse=True)
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
