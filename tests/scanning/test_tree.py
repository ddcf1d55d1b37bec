"""What is known of other files does not depend on how much of them stays parsed."""

from pathlib import Path

import pytest

from module_drift.record.project import around
from module_drift.scanning import parsing, tree
from module_drift.scanning.matching import causes_of
from module_drift.scanning.own_class import NOTHING_SAID, Class
from module_drift.scanning.scan import scan
from module_drift.scanning.tree import Tree

BASES = """
from torch import nn, optim

class Plain:
    pass

class Base(nn.Module):
    size: int = 1
    other = nn.BatchNorm1d(3)

    def __init__(self):
        self.layers = nn.ParameterList([1])
        self . far \\
            = self.near = optim.SGD([], lr=1)
        (self.bracketed) = nn.Linear(1, 1)
        if self.size == 1: self.said: nn.Linear = None

    @property
    def optimizer(self):
        return optim.SGD(self.parameters(), lr=0.1)

    def made(self):
        return optim.SGD(self.parameters(), lr=0.1)

    class Inner(nn.Module):
        def forward(self, x):
            return x
"""
USES = """
import torch
from bases import Base

class Model(Base):
    def step(self):
        self.optimizer.zero_grad()
        self.made().zero_grad()
        self.far.zero_grad()
        self.near.zero_grad()
        self.bracketed.register_backward_hook(print)
        self.said.register_backward_hook(print)
        self.other.register_backward_hook(print)
        Base.Inner().register_backward_hook(print)
        self.layers + self.layers

def use(model: Model):
    model.optimizer.zero_grad()
    model.register_backward_hook(print)
    return torch.load("a")
"""


@pytest.fixture
def paths(tmp_path):
    texts = {
        "bases": BASES,
        "more": "import torch\nx = 1\n" * 9,
        "uses": USES,
        "z_again": USES.replace("Model", "Again"),
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.py").write_text(text)
    return [tmp_path / f"{name}.py" for name in texts]


@pytest.mark.parametrize("short", [0, 10_000])
@pytest.mark.parametrize("kept", [1, 30, 100_000])
def test_findings_are_the_same_however_little_stays_parsed(monkeypatch, paths, kept, short):
    table = around(Path(__file__)).record.read_causes()
    causes = causes_of(table, table, upward=True)
    expected = scan(paths, causes, 0, with_possible=True)
    assert sum(len(one.findings) for one in expected.touched) > 20
    monkeypatch.setattr(tree, "_LINES_KEPT", kept)
    monkeypatch.setattr(parsing, "_SHORT", short)
    for order in (paths, paths[::-1]):
        found = scan(order, causes, 0, with_possible=True)
        assert [(one.cause.key, sorted(one.findings)) for one in found.touched] == [
            (one.cause.key, sorted(one.findings)) for one in expected.touched
        ]


def test_a_class_that_is_let_go_is_what_it_was(monkeypatch, paths):
    monkeypatch.setattr(tree, "_LINES_KEPT", 1)
    modules = Tree(paths, outlines=True)
    base = modules.module(0).symbols["Base"]
    assert isinstance(base, Class)
    for number in (1, 2, 3):
        modules.module(number)
    assert 0 not in modules._loaded
    assert base.has_method("made")
    assert not base.has("elsewhere")
    assert base.attribute("elsewhere") == NOTHING_SAID
    assert 0 not in modules._loaded  # For names alone, nothing is parsed.
    assert base.has("near")
    assert base.method("made").lineno == BASES.split("\n").index("    def made(self):") + 1
    assert [method.name for method in base.methods()] == ["__init__", "optimizer", "made"]
    assert base.attribute("far") == base.attribute("near")._replace(values=base.attribute("far").values)
    assert len(base.attribute("bracketed").values) == 1
    assert base.attribute("said").annotation is not None
    assert base.inner("Inner").name == "Inner"


def test_a_class_whose_file_is_gone_has_nothing(monkeypatch, paths):
    monkeypatch.setattr(tree, "_LINES_KEPT", 1)
    modules = Tree(paths, outlines=True)
    base = modules.module(0).symbols["Base"]
    for number in (1, 2, 3):
        modules.module(number)
    paths[0].unlink()
    assert base.method("made") is None
    assert base.methods() == []
    assert base.attribute("near") == NOTHING_SAID
