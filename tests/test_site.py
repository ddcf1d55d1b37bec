"""The pages and files of the site, without a browser."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import fastjsonschema
import pytest

from conftest import CAUSE, make_golden, make_suite
from module_drift import export, files, series, side_by_side
from module_drift.editions import editions, letters
from module_drift.errors import InputError
from module_drift.record import Record
from module_drift.site import write
from module_drift.verified import Row, dump

ROOT = Path(__file__).parent.parent
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def small(record, write_golden):
    """A record of two cases; one changed in 1.5.0 and back in 1.6.0, and shows markup, steps and NaN."""
    make_suite(record, write_golden)
    steps = [[f"{i} average", 1.0 + i] for i in range(6)]
    first = make_golden(EVIL)
    shown = first.observation._replace(numbers=[*steps, ["n", float("nan")]], warned=[f"UserWarning: {EVIL}"])
    for since, printed, cause in [("1.4.0", EVIL, None), ("1.5.0", f"a {EVIL}", "a-change"), ("1.6.0", EVIL, "back")]:
        golden = make_golden("", since, cause=cause)
        write_golden("demo/warning", golden._replace(observation=shown._replace(printed=f"{printed}\n")))
    files.replace(record.folder / "causes.toml", CAUSE + CAUSE.replace("a-change", "back").replace("1.5.0", "1.6.0"))
    rows = [Row(release, "cpu", "3.8.18", "linux-x86_64", 2, "0" * 16, "2026-11-23") for release in ("1.4.0", "1.5.0")]
    files.replace(record.folder / "verified.csv", dump(rows))
    return record


@pytest.fixture
def site(small, tmp_path):
    out = tmp_path / "site"
    write(small, out)
    return out


class Page(HTMLParser):
    """What a page refers to, the ids that it has, and its elements that run code."""

    def __init__(self, path):
        super().__init__()
        self.links, self.ids, self.scripts = [], set(), 0
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.links += [found[name] for name in ("href", "src") if name in found]
        self.ids.add(found.get("id"))
        self.scripts += tag == "script"


def test_every_link_leads_to_a_file(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) == 1 + 2 + 3
    for path in pages:
        for link in Page(path).links:
            if not link.startswith(("https://", "data:", "#")):
                assert (path.parent / link).is_file(), f"{path}: {link}"


def test_what_goldens_say_is_text_and_never_markup(site):
    assert Page(site / "cases/demo/warning.html").scripts == 0
    assert Page(site / "index.html").scripts == 2
    case = (site / "cases/demo/warning.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in case
    assert EVIL not in case + (site / "index.html").read_text(encoding="utf-8")


def test_a_cell_says_edition_change_and_whether_it_was_run(site):
    matrix = (site / "index.html").read_text(encoding="utf-8")
    row = re.search(r'<tr id="demo/warning">.*?</tr>', matrix).group()
    assert re.findall(r'<td class="([^"]+)">(\w)', row) == [("e0", "A"), ("e1 c", "B"), ("e0 c i", "A")]


def test_the_case_page_sets_old_and_new_side_by_side(site):
    case = (site / "cases/demo/warning.html").read_text(encoding="utf-8")
    assert "<td>&lt;script&gt;" in case
    assert "<td><mark>a </mark>&lt;script&gt;" in case
    assert case.count("Something changed.") == 2
    assert '<polyline class="line line0" points="8.0,192.0 ' in case


def test_the_release_page_lists_its_changes_or_says_that_it_was_not_run(site):
    assert "Something changed." in (site / "releases/1.5.0.html").read_text(encoding="utf-8")
    assert "All 2 cases were run on cpu" in (site / "releases/1.5.0.html").read_text(encoding="utf-8")
    assert "This release was not run" in (site / "releases/1.6.0.html").read_text(encoding="utf-8")


def test_record_json_is_as_its_schema_says(site):
    text = (site / "record.json").read_text(encoding="utf-8")
    data = json.loads(text, parse_constant=pytest.fail)
    fastjsonschema.validate(json.loads((site / "record.schema.json").read_text(encoding="utf-8")), data)
    (warning,) = (case for case in data["cases"] if case["id"] == "demo/warning")
    assert [golden["edition"] for golden in warning["goldens"]] == ["A", "B", "A"]
    assert warning["goldens"][0]["numbers"][-1] == ["n", "nan"]
    assert warning["in_effect"]["cpu"] == [0, 1, 2]


def test_the_whole_record_is_as_the_schema_says():
    fastjsonschema.validate(export.schema(), export.export(Record(ROOT)))


def test_the_matrix_of_the_whole_record_stays_small(tmp_path):
    write(Record(ROOT), tmp_path / "site")
    assert (tmp_path / "site" / "index.html").stat().st_size < 1_500_000


def test_the_feed_has_each_cause_the_newest_first(site):
    feed = json.loads((site / "feed.json").read_text(encoding="utf-8"))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["id"] for item in feed["items"]] == ["back", "a-change"]


def test_the_badge_names_the_newest_release(site):
    assert "matches the record through 1.5.0" in (site / "badge.svg").read_text(encoding="utf-8")


def test_a_site_is_replaced_and_nothing_else_is(site, small, tmp_path):
    (site / "old.html").write_text("old")
    write(small, site)
    assert not (site / "old.html").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="holds no site; name a folder"):
        write(small, tmp_path / "mine")
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"


def test_editions_are_lettered_in_the_order_in_which_they_came():
    goldens = [make_golden(text, f"1.{i + 4}.0") for i, text in enumerate("abacb")]
    assert editions(goldens) == [0, 1, 0, 2, 1]
    assert [letters(number) for number in (0, 25, 26, 27, 52)] == ["A", "Z", "AA", "AB", "BA"]


def test_lines_that_differ_are_marked_within():
    rows = list(side_by_side.rows(["same", "x tensor(1.)"], ["same", "x tensor(2.)", "more"]))
    assert rows[0] == ([("same", False)], [("same", False)])
    assert rows[1].old == [("x tensor(", False), ("1", True), (".)", False)]
    assert rows[1].new == [("x tensor(", False), ("2", True), (".)", False)]
    assert rows[2] == ([], [("more", True)])


def test_series_are_numbers_of_consecutive_steps():
    steps = [[f"{i} z", float(i)] for i in range(5)]
    assert series.series([*steps, ["0 w", 1.0], ["z", 3.0]]) == [("z", [0.0, 1.0, 2.0, 3.0, 4.0])]
    assert series.series(steps[:4]) == []
    other = [series.Series("z", [0.0, 0.0, 0.0, 0.0, 9.0])]
    (plot,) = series.plots({"A": series.series(steps), "B": series.series(steps), "C": other})
    assert [edition for edition, _ in plot.lines] == ["A", "C"]
    assert (plot.low, plot.high) == (0.0, 9.0)
