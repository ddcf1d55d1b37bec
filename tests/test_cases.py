"""Rules that every case keeps, read off its source."""

import ast
import re
from pathlib import Path

import pytest
import torch

from module_drift.common.scope import EAGER_ON_CPU
from module_drift.finding.discovery import discover
from module_drift.finding.sources import python_files
from module_drift.observing.isolation import clean_state

FACTORIES = {"tensor", "zeros", "ones", "full", "empty", "eye", "arange", "linspace", "rand", "randn", "randint"}
FOLDER = Path(__file__).parent.parent / "cases"
FILES = [path for path in python_files(FOLDER) if path.name != "__init__.py"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_every_tensor_is_made_on_the_device_of_the_run(path):
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    for call in calls:
        if ast.unparse(call.func) in {f"torch.{name}" for name in FACTORIES}:
            keywords = {keyword.arg for keyword in call.keywords}
            assert "device" in keywords, f"{path}:{call.lineno}: pass device=device to {ast.unparse(call.func)}"


@pytest.mark.parametrize("case", discover(FOLDER), ids=lambda case: case.id)
def test_a_sentence_is_one_sentence_in_english(case):
    assert re.fullmatch(r"[A-Z\w].*[^.]\.", case.sentence)
    assert case.sentence.isascii()
    assert ". " not in case.sentence


def tensors_in(value):
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from tensors_in(item)


def test_a_case_lies_in_the_folder_of_its_section():
    elsewhere = {case.id: case.file for case in discover(FOLDER) if case.file.split("/")[0] != case.section}
    assert elsewhere == {}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "case", [case for case in discover(FOLDER) if case.only != EAGER_ON_CPU], ids=lambda case: case.id
)
def test_everything_shown_is_on_the_device_of_the_run(case, monkeypatch):
    """The meta device stands in for one that this machine may lack; only values are not to be had there."""
    monkeypatch.setattr(torch.Tensor, "item", lambda tensor: 0.0)
    monkeypatch.setattr(torch.Tensor, "__float__", lambda tensor: 0.0)
    monkeypatch.setattr(torch.Tensor, "tolist", lambda tensor: [0.0])
    monkeypatch.setattr(torch.Tensor, "__format__", lambda tensor, _: str(tensor.device))
    shown = []
    with clean_state():
        case.load()(lambda label, *values: shown.append(values), torch.device("meta"))
    assert {tensor.device.type for tensor in tensors_in(shown)} <= {"meta"}
    assert not [text for values in shown for text in values if isinstance(text, str) and "cpu" in text]
    assert shown
