"""What is asked about another device than the CPU: its goldens, its modes, and what it cannot do."""

import json

import pytest

from conftest import make_golden, make_row
from module_drift.common import files
from module_drift.record import verified_cases
from module_drift.record.verified import dump
from module_drift.record.verified_cases import VerifiedCase

CAUSE = """[{key}]
since = "2.0.0"
kind = "{kind}"
what = "It differs there."
evidence = ["https://example.org/1"]
touches = []
hidden = "No name finds it."
"""


@pytest.fixture
def call(record, write_golden, monkeypatch, module_drift):
    """Call module-drift in a record of a case that deviates on npu and in compile there, and of one that it lacks."""
    write_golden("demo/ratio", make_golden("one"))
    write_golden("demo/ratio", make_golden("of accelerators", "2.0.0", device="accelerator", cause="of-all"))
    write_golden("demo/ratio", make_golden("of npu", "2.0.0", device="npu", cause="of-npu"))
    write_golden("demo/ratio", make_golden("compiled", "2.0.0", device="npu", mode="compile", cause="compiled"))
    write_golden("demo/warning", make_golden("one"))
    kinds = {"of-all": "device", "of-npu": "device", "compiled": "mode"}
    files.replace(
        record.folder / "causes.toml", "".join(CAUSE.format(key=key, kind=kind) for key, kind in kinds.items())
    )
    rows = [make_row("2.0.0"), *(make_row("2.0.0", device="npu", mode=mode) for mode in ("compile", "eager"))]
    files.replace(record.folder / "verified.csv", dump(rows))
    files.replace(record.folder / "cases.csv", CASES)
    table = "case,device,runs\ndemo/ratio,@npu,2.0.0+\ndemo/ratio,@npu~compile,2.0.0+\n"
    files.replace(record.folder / "devices.csv", table)
    monkeypatch.chdir(record.folder.parent)

    return module_drift


CASES = verified_cases.dump(
    VerifiedCase(f"demo/{name}", "0" * 12, f"1.4.0:{'0' * 8}", 1) for name in ("ratio", "warning")
)


def test_a_case_is_shown_by_the_goldens_that_hold_on_the_device(call):
    for device, shown, not_shown in [
        ("npu", ["since-1.04.0.yml", "@accelerator.yml", "@npu.yml", "run on npu: 2.0.0"], ["cannot"]),
        ("cuda", ["@accelerator.yml", "no release was run on cuda yet"], ["@npu"]),
        ("cpu", ["since-1.04.0.yml", "run on cpu: 2.0.0"], ["@accelerator", "@npu"]),
    ]:
        status, output = call("show", "demo/ratio", "--device", device)
        assert status == 0
        assert all(text in output for text in shown)
        assert not any(text in output for text in not_shown)
    assert "@npu~compile.yml" in call("show", "demo/ratio", "--device", "npu", "--mode", "compile")[1]


def test_a_case_that_the_device_cannot_do_is_told_as_such(call):
    said = call("show", "demo/warning", "--device", "npu")[1]
    assert said.endswith("run on npu: 2.0.0; it cannot do what the case needs in 2.0.0\n")


def test_modes_are_told_of_the_device(call):
    status, output = call("modes", "--device", "npu", "--json")
    (case,) = json.loads(output)["cases"]
    assert (status, case["id"], case["modes"]) == (
        0,
        "demo/ratio",
        {"compile": {"shows": "differs", "cause": "compiled"}},
    )


def test_a_device_without_a_mode_says_how_to_record_one(call):
    assert call("modes", "--device", "cuda") == (
        2,
        "module-drift: --device cuda: no release was run in any mode but eager there; "
        "run module-drift check --regen --device cuda --mode MODE\n",
    )


@pytest.mark.parametrize(
    "arguments", [["show", "demo/ratio"], ["modes"], ["between", "1.4", "2.0"]], ids=lambda some: some[0]
)
@pytest.mark.parametrize("device", ["all", "accelerator", "npu:0"])
def test_one_device_is_asked_about_and_all_is_not_offered(call, arguments, device):
    status, output = call(*arguments, "--device", device)
    assert status == 2
    assert output.startswith("module-drift: --device: ")
    assert "or all" not in output


@pytest.mark.parametrize(("option", "value"), [("--device", "npu"), ("--mode", "compile")])
def test_an_api_has_no_device_and_no_mode(call, option, value):
    status, output = call("show", "torch.tensor", option, value)
    assert (status, output) == (2, f"module-drift: {option}: is of a case, and not of an API; leave it out\n")


def test_a_way_on_a_device_is_of_releases_that_were_run_there(call):
    said = "module-drift: 1.4: the record has 2.0.0 alone on npu, but not this; nearest is 2.0.0\n"
    assert call("between", "1.4", "2.0", "--device", "npu") == (2, said)
