"""Rules that every case keeps, read off its source."""

import ast
import re
from pathlib import Path

import pytest

FACTORIES = {"tensor", "zeros", "ones", "full", "empty", "eye", "arange", "linspace", "rand", "randn", "randint"}
FILES = sorted(path for path in (Path(__file__).parent.parent / "cases").glob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_tensor_is_made_on_the_device_of_the_run(path):
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    for call in calls:
        if ast.unparse(call.func) in {f"torch.{name}" for name in FACTORIES}:
            keywords = {keyword.arg for keyword in call.keywords}
            assert "device" in keywords, f"{path}:{call.lineno}: pass device=device to {ast.unparse(call.func)}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_sentence_is_one_sentence_in_english(path):
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and "case(" in "".join(map(ast.unparse, node.decorator_list)):
            sentence = ast.get_docstring(node)
            assert re.fullmatch(r"[A-Z\w].*[^.]\.", sentence, re.DOTALL), sentence
            assert sentence.isascii()
            assert ". " not in sentence.rstrip(".")
