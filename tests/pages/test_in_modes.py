"""What the pages say of modes of execution."""

import json
import re

import fastjsonschema
import pytest

from conftest import make_golden
from module_drift.asking import export
from module_drift.pages import in_modes
from module_drift.pages.site import write


@pytest.fixture
def site(with_modes, tmp_path):
    out = tmp_path / "site"
    write(with_modes, out)
    return out


def read(site, page):
    """Return what is read on a page."""
    text = re.sub(r"</?(a|span)\b[^>]*>", "", (site / page).read_text(encoding="utf-8"))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_the_pages_are_reached_from_the_first(site):
    assert 'href="modes.html"' in (site / "index.html").read_text(encoding="utf-8")
    assert 'href="modes/2.0.0.html"' in (site / "modes.html").read_text(encoding="utf-8")
    assert 'href="../cases/demo/ratio.html"' in (site / "modes/2.0.0.html").read_text(encoding="utf-8")
    assert not (site / "modes/1.13.1.html").exists()


def test_a_release_has_so_many_deviations_in_each_mode(site):
    assert " 2.0.0 0 of 1 1 of 1 " in read(site, "modes.html")


def test_the_page_of_a_release_says_what_deviates_and_why(site):
    said = read(site, "modes/2.0.0.html")
    assert "compile: 1 of 1 cases show something else" in said
    assert "mode It errs. Since 2.0.0. Evidence: 1 demo/ratio (compile)" in said
    assert " demo/ratio B demo/warning = " in said


def test_the_page_of_a_case_says_what_it_shows_in_which_mode_from_when_to_when(with_modes, write_golden, tmp_path):
    verified = with_modes.folder / "verified.csv"
    rows = verified.read_text(encoding="utf-8").splitlines()
    more = [rows[3].replace("2.0.0", release) for release in ("2.1.0", "2.2.0", "2.3.0")]
    verified.write_text("\n".join([*rows, *more]) + "\n", encoding="utf-8")
    write_golden("demo/ratio", make_golden("a", since="2.2.0", mode="compile", cause="compile-errs"))
    write(with_modes, tmp_path / "site")
    said = read(tmp_path / "site", "cases/demo/ratio.html")
    assert "compile B something else from 2.0.0 to 2.1.0; as in eager from 2.2.0 to 2.3.0 " in said
    data = export.export(with_modes)
    ratio = next(case for case in data["cases"] if case["id"] == "demo/ratio")
    spans = in_modes.spans(data, ratio)["compile"]
    assert [(span.first, span.last, bool(span.golden)) for span in spans] == [
        ("2.0.0", "2.1.0", True),
        ("2.2.0", "2.3.0", False),
    ]


def test_record_json_says_what_is_in_effect_in_a_mode(site):
    data = json.loads((site / "record.json").read_text(encoding="utf-8"))
    fastjsonschema.validate(json.loads((site / "record.schema.json").read_text(encoding="utf-8")), data)
    assert data["modes"] == ["checkpoint", "compile"]
    in_modes = {case["id"]: case["in_modes"] for case in data["cases"]}
    at = data["releases"].index("2.0.0")
    assert in_modes["demo/ratio"]["compile"][at] == 1
    assert in_modes["demo/ratio"]["checkpoint"][at] is None
    assert in_modes["demo/warning"] == {"checkpoint": [None] * at + [0], "compile": [None] * (at + 1)}


def test_without_modes_there_are_no_such_pages(record, write_golden, tmp_path):
    write_golden("demo/ratio", make_golden("a"))
    write_golden("demo/warning", make_golden("w"))
    write(record, tmp_path / "site")
    assert not (tmp_path / "site" / "modes.html").exists()
    assert "modes.html" not in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


def test_the_matrix_of_the_first_page_knows_nothing_of_modes(site):
    text = (site / "index.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])
    assert len(data["cases"]["demo/ratio"][1]) == 1


def test_on_a_release_silent_causes_come_first():
    golden = {"cause": "", "edition": "B"}
    plain = {"cause": None, "edition": "A"}
    effects = {"loud": "1.8.0", "silent": "1.4.0", "noise": "2.0.0"}
    cases = [
        {
            "id": f"demo/{key}-{number}",
            "goldens": [plain, {**golden, "cause": key}],
            "in_modes": {"compile": [1]},
            "in_effect": {"cpu": [0]},
        }
        for key in effects
        for number in range(2)
    ]
    data = {
        "releases": ["2.0.0"],
        "devices": ["cpu"],
        "modes": ["compile"],
        "runs": [{"release": "2.0.0", "device": "cpu", "mode": "compile"}],
        "cases": cases,
        "causes": {key: {"effect": key, "since": since} for key, since in effects.items()},
    }
    assert list(in_modes.releases(data)["2.0.0"].causes) == ["silent", "loud", "noise"]
