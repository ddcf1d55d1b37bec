"""Takes the screenshots of the site in docs/asking.md: run as `python docs/screenshots.py` after `tox run -e browser`.

Needs what that environment has, playwright and Debian's chromium: `.tox/browser/bin/python docs/screenshots.py`.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from module_drift.pages.site import write
from module_drift.record.record import Record

DOCS = Path(__file__).parent
PAGES = {
    "matrix.png": ("index.html#from=1.13.1&to=2.6.0&section=hook&drifted=on", {"width": 1600, "height": 1000}),
    "case.png": ("cases/hook/full-without-input-grad.html", {"width": 1200, "height": 1000}),
}


def main() -> None:
    """Write the site into a temporary folder, and a picture of each page beside this file."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        write(Record(DOCS.parent), Path(folder) / "site")
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for name, (path, viewport) in PAGES.items():
            page = browser.new_page(viewport=viewport, color_scheme="light")
            page.goto(f"{(Path(folder) / 'site').as_uri()}/{path}")
            page.screenshot(path=DOCS / name)
        browser.close()


if __name__ == "__main__":
    main()
