"""The pages and files of the site, without a browser."""

import json
import os
import re
import shutil
import time
from concurrent.futures import BrokenExecutor
from html.parser import HTMLParser
from pathlib import Path

import fastjsonschema
import pytest

from conftest import CAUSE, FAMILY, make_golden, make_row, make_suite
from module_drift.asking import export
from module_drift.common import files
from module_drift.common.errors import InputError
from module_drift.comparing.observation import Observation
from module_drift.finding.discovery import discover
from module_drift.pages import series, side_by_side
from module_drift.pages import site as pages
from module_drift.pages.site import write
from module_drift.pages.site_folder import MARK, SiteFolder
from module_drift.record.editions import editions, letters
from module_drift.record.history import resolve
from module_drift.record.record import Record
from module_drift.record.release import Release, Run
from module_drift.record.verified import dump

ROOT = Path(__file__).parents[2]
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
    about = 'touches = ["torch.load()"]\neffect = "silent"\ndo = "Do <this>."\n'
    causes = CAUSE + about + CAUSE.replace("a-change", "back").replace("1.5.0", "1.6.0")
    files.replace(record.folder / "causes.toml", causes)
    rows = [make_row(release, cases=2) for release in ("1.4.0", "1.5.0")]
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
    assert 'What to do (<span class="kind">silent</span>): Do &lt;this&gt;.</p>' in case
    assert '<polyline class="line line0" points="8.0,192.0 ' in case


def test_the_release_page_lists_its_changes_or_says_that_it_was_not_run(site):
    release = (site / "releases/1.5.0.html").read_text(encoding="utf-8")
    assert "Something changed. What to do: Do &lt;this&gt;." in release
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


def test_a_case_in_a_folder_below_has_its_path(small):
    (small.cases_folder / "deep").mkdir()
    (small.cases_folder / "demo.py").rename(small.cases_folder / "deep" / "demo.py")
    cases = discover(small.cases_folder / "deep")
    small.cases = lambda: cases
    assert {case["file"] for case in export.export(small)["cases"]} == {"cases/deep/demo.py"}


def test_each_release_has_the_golden_that_is_in_effect():
    record = Record(ROOT)
    data = export.export(record)
    releases = list(map(Release.parse, data["releases"]))
    for case in data["cases"]:
        goldens = record.goldens(case["id"])
        for device, positions in case["in_effect"].items():
            for release, position in zip(releases, positions):
                held = resolve(goldens, Run(release, device))
                assert held == (None if position is None else goldens[position])


def test_the_whole_record_is_as_the_schema_says():
    fastjsonschema.validate(json.loads(export.schema_text()), export.export(Record(ROOT)))


def test_the_matrix_of_the_whole_record_stays_small(tmp_path):
    record = Record(ROOT)
    write(record, tmp_path / "site")
    assert (tmp_path / "site" / "index.html").stat().st_size < 1_500 * len(record.cases())


def test_the_feed_has_each_cause_the_newest_first(site):
    feed = json.loads((site / "feed.json").read_text(encoding="utf-8"))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["id"] for item in feed["items"]] == ["back", "a-change"]


def test_the_badge_names_the_newest_release(site):
    assert "matches the record through 1.5.0" in (site / "badge.svg").read_text(encoding="utf-8")


def all_files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_site_is_replaced_and_nothing_else_is(site, small, tmp_path):
    before = all_files(site)
    (site / "cases" / "mine.html").write_text("mine")
    shutil.rmtree(small.folder / "demo" / "warning")
    (small.cases_folder / "demo.py").write_text(
        (small.cases_folder / "demo.py").read_text().replace("demo/warning", "demo/other")
    )
    files.replace(small.folder / "causes.toml", "")
    write(small, site)
    after = all_files(site)
    assert after.pop("cases/mine.html") == b"mine"
    assert set(before) - set(after) == {"cases/demo/warning.html", "releases/1.6.0.html"}
    assert set(after) - set(before) == {"cases/demo/other.html"}
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="holds no site; name a folder"):
        write(small, tmp_path / "mine")
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"


def test_the_same_record_gives_the_same_site_again(site, small):
    before = all_files(site)
    write(small, site)
    assert all_files(site) == before


def test_a_file_of_somebody_else_is_not_overwritten(site, small):
    lines = (site / MARK).read_text().splitlines()
    (site / MARK).write_text("\n".join(line for line in lines if line != "index.html"))
    before = all_files(site)
    with pytest.raises(InputError, match=r"index\.html: is there and is not of this site; move it away"):
        write(small, site)
    assert all_files(site) == before


@pytest.mark.parametrize(
    "line",
    ["../letter.txt", "cases/../../letter.txt", "{tmp_path}/letter.txt", "", "a//b", ".", "cases/", "x\x1b", "~"],
)
def test_a_list_that_leads_elsewhere_is_refused(site, small, tmp_path, line):
    (tmp_path / "letter.txt").write_text("dear")
    with open(site / MARK, "a") as mark:
        mark.write(line.format(tmp_path=tmp_path) + "\n")
    before = all_files(site)
    with pytest.raises(InputError, match=r"\.module-drift-site:\d+: .* is no file of a site"):
        write(small, site)
    assert all_files(site) == before
    assert (tmp_path / "letter.txt").read_text() == "dear"


@pytest.mark.parametrize("name", ["cases", "cases/demo", "releases"])
def test_a_link_in_the_place_of_a_folder_is_not_followed(site, small, tmp_path, name):
    shutil.rmtree(site / name)
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "demo").mkdir(parents=True)
    for path in ("demo/warning.html", "warning.html", "1.5.0.html"):
        (elsewhere / path).write_text("mine")
    (site / name).symlink_to(elsewhere)
    with pytest.raises(InputError, match="is there and is no folder"):
        write(small, site)
    assert set(all_files(elsewhere).values()) == {b"mine"}
    assert len(all_files(elsewhere)) == 3


def test_a_link_in_the_place_of_a_file_is_not_followed(site, small, tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    (site / "index.html").unlink()
    (site / "index.html").symlink_to(tmp_path / "letter.txt")
    write(small, site)
    assert (tmp_path / "letter.txt").read_text() == "dear"
    assert not (site / "index.html").is_symlink()


@pytest.mark.parametrize("kind", ["link", "pipe", "file", "device", "dangling link"])
def test_what_is_no_folder_is_refused(small, tmp_path, kind):
    out = tmp_path / "out"
    if kind == "link":
        (tmp_path / "real").mkdir()
        out.symlink_to(tmp_path / "real")
    elif kind == "dangling link":
        out.symlink_to(tmp_path / "nowhere")
    elif kind == "pipe":
        os.mkfifo(out)
    elif kind == "file":
        out.write_text("mine")
    else:
        out = Path("/dev/null")
    with pytest.raises(InputError, match="is there and is no folder; name a folder that is empty, or new"):
        write(small, out)
    assert not (tmp_path / "nowhere").exists()
    assert not (tmp_path / "real").exists() or not list((tmp_path / "real").iterdir())


def test_a_list_that_is_a_link_is_refused(site, small, tmp_path):
    (site / MARK).rename(tmp_path / "list")
    (site / MARK).symlink_to(tmp_path / "list")
    with pytest.raises(InputError, match="not a regular file"):
        write(small, site)


def test_a_site_that_was_interrupted_is_written_again(small, tmp_path, monkeypatch):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    write(small, whole)
    write(small, broken)
    real, countdown = SiteFolder.write, iter([False] * 5 + [True] * 100)

    def write_or_die(self, name, text):
        if next(countdown):
            raise KeyboardInterrupt
        real(self, name, text)

    monkeypatch.setattr(SiteFolder, "write", write_or_die)
    with pytest.raises(KeyboardInterrupt):
        write(small, broken)
    monkeypatch.undo()
    assert len(all_files(broken)) < len(all_files(whole))
    write(small, broken)
    assert all_files(broken) == all_files(whole)


def test_a_site_that_cannot_be_written_is_one_line(small, tmp_path, monkeypatch):
    really_open = os.open

    def full(path, flags, *more, **others):
        if flags & os.O_CREAT:
            raise OSError(28, "No space left on device")
        return really_open(path, flags, *more, **others)

    monkeypatch.setattr("os.open", full)
    with pytest.raises(InputError, match="cannot be written"):
        write(small, tmp_path / "site")


def test_what_would_act_on_a_reader_is_made_visible(small, tmp_path, write_golden):
    odd = "\x1b[2J \u202e \u200b \x07 \x7f"
    golden = make_golden("")._replace(
        observation=Observation(f"a {odd}\n", [[f"label {odd}", 1.0]], [f"W: {odd}"], f"E: {odd}")
    )
    write_golden("demo/ratio", golden)
    later = golden.observation._replace(printed=f"b {odd}\n")
    write_golden("demo/ratio", golden._replace(since=Release(1, 5, 0), cause="a-change", observation=later))
    odd_cause = CAUSE.replace("Something", "Some\\u001b\\u202ething")
    back = CAUSE.replace("a-change", "back").replace("1.5.0", "1.6.0")
    files.replace(small.folder / "causes.toml", odd_cause + back)
    source = (small.cases_folder / "demo.py").read_text()
    files.replace(
        small.cases_folder / "demo.py", source.replace("as torch prints it", "as \u202e\u200b torch prints it")
    )
    out = tmp_path / "site"
    write(small, out)
    for path in filter(Path.is_file, out.rglob("*")):
        text = path.read_text(encoding="utf-8")
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]", text), path
    case = (out / "cases/demo/ratio.html").read_text(encoding="utf-8")
    assert "a \\x1b[2J \\u202e \\u200b \\x07" in case
    assert "Some\\x1b\\u202ething" in case
    data = json.loads((out / "record.json").read_text(encoding="utf-8"))
    (ratio,) = (case for case in data["cases"] if case["id"] == "demo/ratio")
    assert ratio["goldens"][0]["printed"] == f"a {odd}\n"


def test_editions_are_lettered_in_the_order_in_which_they_came():
    goldens = [make_golden(text, f"1.{i + 4}.0") for i, text in enumerate("abacb")]
    assert editions(goldens) == [0, 1, 0, 2, 1]


def test_what_only_other_modes_show_is_lettered_after_what_eager_shows():
    goldens = [
        make_golden("a"),
        make_golden("b", mode="compile"),
        make_golden("c", since="1.5.0"),
        make_golden("b", since="1.6.0"),
    ]
    assert editions(goldens) == [0, 2, 1, 2]
    assert [letters(number) for number in (0, 25, 26, 27, 52)] == ["A", "Z", "AA", "AB", "BA"]


def test_lines_that_differ_are_marked_within():
    rows = list(side_by_side.rows(["same", "x tensor(1.)"], ["same", "x tensor(2.)", "more"]))
    assert rows[0] == ([("same", False)], [("same", False)])
    assert rows[1].old == [("x tensor(", False), ("1", True), (".)", False)]
    assert rows[1].new == [("x tensor(", False), ("2", True), (".)", False)]
    assert rows[2] == ([], [("more", True)])


@pytest.mark.parametrize(
    "pair",
    [
        lambda n: (["a b"] * n, ["a c"] * n),
        lambda n: ([f"x {i}" for i in range(n)], [f"y {i}" for i in range(n)]),
        lambda n: ([" ".join(f"{i % 7}" for i in range(n))], [" ".join(f"{i % 5}" for i in range(n))]),
        lambda n: (["x" * n], ["." * n]),
    ],
)
def test_the_time_for_two_texts_side_by_side_is_linear(pair):
    def seconds(size):
        started = time.process_time()
        list(side_by_side.rows(*pair(size)))
        return time.process_time() - started

    assert seconds(40_000) < 120 * max(seconds(2_000), 0.02)


def test_series_are_numbers_of_consecutive_steps():
    steps = [[f"{i} z", float(i)] for i in range(5)]
    assert series.series([*steps, ["0 w", 1.0], ["z", 3.0]]) == [("z", [0.0, 1.0, 2.0, 3.0, 4.0])]
    assert series.series(steps[:4]) == []
    other = [series.Series("z", [0.0, 0.0, 0.0, 0.0, 9.0])]
    (plot,) = series.plots({"A": series.series(steps), "B": series.series(steps), "C": other})
    assert [edition for edition, _ in plot.lines] == ["A", "C"]
    assert (plot.low, plot.high) == (0.0, 9.0)


def test_many_sources_are_highlighted_as_few_are_even_if_a_process_is_killed(monkeypatch):
    sources = [f"def case_{i}(show, device):\n    show('x', {i})\n" for i in range(25)]
    here = list(map(pages._highlight, sources))
    monkeypatch.setattr(pages, "_WORTH_A_PROCESS", 2)
    monkeypatch.setattr(pages, "_SOURCES_AT_ONCE", 5)
    with pages._highlighting(sources) as found:
        assert list(found) == here

    def killed():
        yield from here[:7]
        raise BrokenExecutor

    assert list(pages._whole(killed(), sources)) == here


def test_the_page_of_a_member_of_a_family_has_its_own_values_alone(small, write_golden, tmp_path):
    path = small.cases_folder / "demo.py"
    files.replace(path, path.read_text(encoding="utf-8") + FAMILY)
    write_golden("demo/elu-of-one", make_golden("a"))
    write(small, tmp_path / "site")
    page = (tmp_path / "site" / "cases/demo/elu-of-one.html").read_text(encoding="utf-8")
    assert "<dt>called with</dt><dd><code>layer=(&#39;ELU&#39;, 2)</code></dd>" in page
    assert "<dt>needs</dt><dd><code>torch.nn.ELU</code></dd>" in page
    assert "GELU" not in page
    data = json.loads((tmp_path / "site" / "record.json").read_text(encoding="utf-8"))
    fastjsonschema.validate(json.loads(export.schema_text()), data)
    assert [case["called_with"] for case in data["cases"] if case["id"].endswith("-of-one")] == [
        "layer=('GELU', 0.5)",
        "layer=('ELU', 2)",
        "layer=('NoSuchLayer', 0)",
    ]
