"""The site in a real browser: Debian's chromium, headless, reading the pages from disk."""

import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from module_drift import questions
from module_drift.asking import between_view, listing
from module_drift.asking.between import between
from module_drift.pages.site import write
from module_drift.record.record import Record
from module_drift.record.release import Release, Run

ROOT = Path(__file__).parents[3]
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, NARROW = {"width": 1600, "height": 1000}, {"width": 360, "height": 740}


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The pages of the whole record, as a URL."""
    out = tmp_path_factory.mktemp("browser") / "site"
    write(Record(ROOT), out)
    return out.as_uri()


@pytest.fixture(scope="session")
def browser():
    executable = shutil.which("chromium")
    assert executable, "install chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=QUIET)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser, site):
    """Open a page of the site; afterwards, nothing went to the console or over the network."""
    said, asked, contexts = [], [], []

    def open_one(path, viewport=WIDE, scheme="light"):
        contexts.append(browser.new_context(viewport=viewport, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{site}/{path}")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def expected(old, new, section=None):
    """Return what `module-drift between` says, as data."""
    record = Record(ROOT)
    ids = [id for id in record.case_ids() if section in (None, id.split("/")[0])]
    return between_view.as_data(between(record, ids, *(Run(Release.parse(r), "cpu") for r in (old, new))), [])


def listed(page):
    """Return the lists below the heading of `between`: title, then (since, what, ids) of each item."""
    return page.evaluate(
        """() => [...document.querySelectorAll("#between h3")].map((title) => [
            title.textContent,
            [...title.nextElementSibling.children].map((item) => [
                item.querySelector("strong").textContent,
                item.childNodes[1].textContent.trim(),
                [...item.lastChild.querySelectorAll("a")].map((link) => link.textContent).sort(),
            ]),
        ])"""
    )


def as_listed(found):
    """Return what `expected` returned in the form of `listed`."""

    def items(changes):
        return [[c["since"], c["what"], sorted(case["id"] for case in c["cases"])] for c in changes]

    groups = {}
    for change in found["lasting"]:
        groups.setdefault(change["effect"] or change["kind"], []).append(change)
    result = [[f"{name} ({len(those)})", items(those)] for name, those in groups.items()]
    if found["undone"]:
        result.append([f"changed and changed back on the way ({len(found['undone'])})", items(found["undone"])])
    return result


def test_three_clicks_tell_what_one_command_tells(open_page):
    page = open_page("index.html")
    page.click("button.release[data-release='1.13.1']")
    page.click("button.release[data-release='2.6.0']")
    page.select_option("[name=section]", "hook")
    found = expected("1.13.1", "2.6.0", "hook")
    assert found["lasting"]
    assert listed(page) == as_listed(found)
    heading = page.text_content("#between h2")
    assert heading.startswith(f"torch 1.13.1 to 2.6.0: {len(found['lasting'])} change")


@pytest.mark.parametrize(
    ("old", "new"), [("1.4.0", "2.15.0"), ("1.7.0", "1.8.0"), ("2.6.0", "1.13.1"), ("1.6.0", "1.9.0")]
)
def test_two_releases_list_what_between_lists(open_page, old, new):
    page = open_page(f"index.html#from={old}&to={new}")
    assert listed(page) == as_listed(expected(old, new))
    assert ("downgrade" in page.text_content("#between h2")) == (old == "2.6.0")


def visible(page):
    return page.evaluate(
        "[...document.querySelectorAll('#matrix tbody tr[id]')].filter((r) => !r.hidden).map((r) => r.id)"
    )


def test_filters_leave_the_cases_that_they_name(open_page):
    page = open_page("index.html")
    ids = Record(ROOT).case_ids()
    assert sorted(visible(page)) == sorted(ids)
    search(page, "CODE-3")
    found = visible(page)
    assert {id for id in ids if "code-3" in id} <= set(found) < set(ids)
    page.select_option("[name=section]", "hook")
    assert visible(page) == [id for id in found if id.startswith("hook/")] != []
    page.click("[type=reset]")
    page.wait_for_function("document.querySelectorAll('#matrix tbody tr[id][hidden]').length === 0")
    page.check("[name=drifted]")
    drifted = visible(page)
    assert "hook/code-3" in drifted
    assert "hook/code-1" not in drifted
    page.select_option("[name=kind]", "regressed")
    assert "module/module-list-has-no-forward" in visible(page)
    assert len(visible(page)) < len(drifted)


def search(page, text):
    page.fill("[name=text]", text)
    page.wait_for_function("window.searchable")


@pytest.mark.parametrize("text", ["register_backward_hook", "NN.Linear", "load weights_only", "hook", "zero_grad()"])
def test_a_search_finds_what_list_finds(open_page, text):
    page = open_page("index.html")
    search(page, text)
    record = Record(ROOT)
    found = listing.listed(record, record.cases(), search=questions.search(record, [text]))
    assert len(found) > 8
    assert sorted(visible(page)) == sorted(one.case.id for one in found)


def test_a_search_narrows_what_changes_between_releases_as_between_does(open_page):
    page = open_page("index.html#from=1.13.1&to=2.6.0&text=load weights_only")
    page.wait_for_function("window.searchable")
    record = Record(ROOT)
    runs = (Run(Release.parse(release), "cpu") for release in ("1.13.1", "2.6.0"))
    found = between(record, record.case_ids(), *runs).of_search(questions.search(record, ["load weights_only"]))
    assert found.lasting
    assert listed(page) == as_listed(between_view.as_data(found, []))
    assert page.is_hidden("#found")


def test_a_search_lists_apis_and_changes(open_page):
    page = open_page("index.html")
    assert page.is_hidden("#found")
    search(page, "zero_grad")
    (known, *_) = questions.apis(Record(ROOT), "torch.nn.Module.zero_grad")
    said = f"torch.nn.Module.zero_grad {len(known.causes)} changes, {len(known.cases)} cases"
    assert page.text_content("#found li") == said
    assert "zero_grad sets gradients to None by default" in page.text_content("#found")
    page.click("#found a >> nth=0")
    page.wait_for_function("document.querySelector('[name=text]').value === 'torch.nn.Module.zero_grad'")
    assert len(visible(page)) == len(known.cases)
    page.click("[type=reset]")
    page.wait_for_function("document.getElementById('found').hidden")


def test_a_choice_can_be_sent_as_an_address(open_page):
    page = open_page("index.html")
    page.select_option("[name=section]", "buffer")
    page.check("[name=drifted]")
    chosen, address = visible(page), page.url
    page.goto("about:blank")
    page.goto(address)
    assert visible(page) == chosen


def test_a_choice_that_fits_nothing_says_so(open_page):
    page = open_page("index.html#text=no-such-case")
    assert visible(page) == []
    assert page.is_visible("#nothing")


def test_the_keyboard_reaches_cells_and_tells_their_cause(open_page):
    page = open_page("index.html#text=hook/code-3")
    page.focus("tr[id='hook/code-3'] td")
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    told = page.text_content("#status")
    assert told.startswith("hook/code-3 on torch 1.8.0: edition B since 1.8.0 (warns: ")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/hook/code-3.html")


def test_cells_of_a_device_without_runs_are_marked(open_page):
    page = open_page("index.html")
    ran = {row.release for row in Record(ROOT).verified_rows() if row.device == "cuda"}
    page.select_option("[name=device]", "cuda")
    assert page.locator("#matrix tr[id='hook/code-1'] td.i").count() == 46 - len(ran)
    page.select_option("[name=device]", "cpu")
    assert page.locator("#matrix tr[id='hook/code-1'] td.i").count() == 0


def test_repainting_for_a_device_gives_what_was_written(open_page):
    page = open_page("index.html")
    written = page.inner_html("#matrix tbody")
    page.select_option("[name=device]", "cuda")
    page.select_option("[name=device]", "cpu")
    assert page.inner_html("#matrix tbody").replace(' tabindex="0"', "") == written.replace(' tabindex="0"', "")


# All rows of the matrix are alike, and axe takes a minute for each of their 46 x 367 cells.
# Sections of the matrix: its rows are alike, and axe takes a minute for all of its cells.
PAGES = [
    "index.html#section=buffer",
    "index.html#from=1.13.1&to=2.6.0&section=hook&drifted=on",
    "index.html#section=buffer&text=load",
    "cases/hook/code-3.html",
    "cases/buffer/code-1.html",
    "releases/2.0.0.html",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_nothing_serious_stands_in_the_way_of_anyone(open_page, path, scheme):
    page = open_page(path, scheme=scheme)
    # Without preload, axe asks for nothing, which it may not do of a page from disk.
    violations = Axe().run(page, options={"preload": False}).response["violations"]
    bad = [v for v in violations if v["impact"] in ("serious", "critical")]
    assert not bad, [(v["id"], v["help"], [node["html"][:120] for node in v["nodes"][:3]]) for v in bad]


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_the_window(open_page, path, viewport):
    page = open_page(path, viewport)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_the_whole_matrix_paints_soon_and_scrolls_smoothly(open_page):
    page = open_page("index.html")
    (painted,) = page.evaluate("performance.getEntriesByName('first-contentful-paint').map((entry) => entry.startTime)")
    assert painted < 3000  # Milliseconds; a third of a second on an idle machine.
    frames = page.evaluate(
        """async () => {
            const matrix = document.getElementById("matrix");
            const frames = [];
            let last = performance.now();
            for (let step = 0; step < 100; step++) {
                matrix.scrollTop += 60;
                matrix.scrollLeft += step % 2 ? 20 : -20;
                await new Promise(requestAnimationFrame);
                frames.push(performance.now() - last);
                last = performance.now();
            }
            return frames.sort((a, b) => a - b);
        }"""
    )
    assert frames[50] < 34  # Two frames of a screen with 60 a second.
