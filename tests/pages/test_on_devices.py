"""What the pages say of devices."""

import json
import re

import fastjsonschema
import pytest

from conftest import make_golden, make_row
from module_drift.common import files
from module_drift.pages.site import write
from module_drift.record import verified_cases
from module_drift.record.overlay import OverlaidRecord
from module_drift.record.verified import dump
from module_drift.record.verified_cases import VerifiedCase

CASES = verified_cases.dump(
    VerifiedCase(f"demo/{name}", "0" * 12, f"1.4.0:{'0' * 8}", 1) for name in ("ratio", "warning")
)
CAUSE = """[of-npu]
since = "2.0.0"
kind = "device"
what = "It differs there."
evidence = ["https://example.org/1"]
touches = []
hidden = "No name finds it."
"""


@pytest.fixture(params=["own", "above"])
def site(request, record, write_golden, tmp_path):
    """The pages of a record of npu, and of the same above another."""
    write_golden("demo/ratio", make_golden("one"))
    write_golden("demo/warning", make_golden("one"))
    files.replace(record.folder / "verified.csv", dump([make_row(release) for release in ("2.0.0", "2.1.0", "2.2.0")]))
    above = record if request.param == "own" else OverlaidRecord(record, tmp_path / "vendor", "drift")
    for golden in (
        make_golden("of accelerators", "2.0.0", device="accelerator", cause="of-npu"),
        make_golden("of npu", "2.0.0", device="npu", cause="of-npu"),
        make_golden("one", "2.2.0", device="npu", cause="of-npu"),
    ):
        text = write_golden("demo/ratio", golden)
        if above is not record:
            text.rename(text.with_suffix(".moved"))
            files.replace(above.folder / "demo/ratio" / golden.file_name, text.with_suffix(".moved").read_text("utf-8"))
            text.with_suffix(".moved").unlink()
    files.replace(above.folder / "causes.toml", CAUSE)
    npu = [make_row(release, device="npu") for release in ("2.0.0", "2.1.0", "2.2.0")]
    files.replace(above.folder / "verified.csv", dump([*(record.verified_rows() if above is record else []), *npu]))
    files.replace(above.folder / "cases.csv", CASES)
    table = "case,device,runs\ndemo/ratio,@npu,2.0.0+\ndemo/warning,@npu,2.2.0+\n"
    files.replace(above.folder / "devices.csv", table)
    write(above, tmp_path / "site")
    return tmp_path / "site"


def read(site, page):
    """Return what is read on a page."""
    text = re.sub(r"</?(a|span)\b[^>]*>", "", (site / page).read_text(encoding="utf-8"))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_the_page_of_a_case_says_what_becomes_of_it_on_a_device(site):
    ratio = read(site, "cases/demo/ratio.html")
    assert " npu C something else from 2.0.0 to 2.1.0; as on the CPU in 2.2.0 " in ratio
    assert "It differs there." in ratio
    warning = read(site, "cases/demo/warning.html")
    assert " npu cannot do what it needs from 2.0.0 to 2.1.0; as on the CPU in 2.2.0 " in warning


def test_a_golden_of_a_device_is_set_beside_that_of_all_accelerators_before_it(site):
    page = (site / "cases/demo/ratio.html").read_text(encoding="utf-8")
    of_npu = page.partition('id="since-2.0.0-npu"')[2]
    assert "accelerators" in of_npu.partition("</section>")[0]


def test_the_page_of_a_release_names_what_a_device_cannot(site):
    assert " npu cannot do what 1 of them needs demo/warning " in read(site, "releases/2.1.0.html")
    assert "cannot do" not in read(site, "releases/2.2.0.html")


def test_the_data_say_it_and_where_each_golden_lies(site, request):
    data = json.loads((site / "record.json").read_text(encoding="utf-8"))
    fastjsonschema.validate(json.loads((site / "record.schema.json").read_text(encoding="utf-8")), data)
    ratio, warning = sorted(data["cases"], key=lambda case: case["id"])
    assert (ratio["cannot"], warning["cannot"]) == ({}, {"npu": ["2.0.0", "2.1.0"]})
    folder = "golden" if "own" in request.node.callspec.id else "drift"
    assert [golden["file"] for golden in ratio["goldens"]][:2] == [
        "golden/demo/ratio/since-1.04.0.yml",
        f"{folder}/demo/ratio/since-2.00.0@accelerator.yml",
    ]


def test_the_matrix_knows_it(site):
    text = (site / "index.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])
    at = [data["releases"].index(release) for release in ("2.0.0", "2.1.0")]
    assert data["cases"]["demo/warning"][2] == {"npu": at}
    assert data["shared"] == ["accelerator", "cpu", "meta"]
