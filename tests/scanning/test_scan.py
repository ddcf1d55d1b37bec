"""Small programs, with traps, and the lines of each that a pattern matches."""

import json
import textwrap

import pytest

from module_drift.scanning.matching import causes_of
from module_drift.scanning.scan import scan

ZERO = "torch.nn.Module.zero_grad(-set_to_none@0)"
OPT = "torch.optim.Optimizer.zero_grad(-set_to_none@0)"
LOAD = "torch.load(-weights_only)"
HOOK = "torch.nn.Module.register_backward_hook()"
GRAD = "torch.Tensor.grad"
CLIP = "torch.nn.utils.clip_grad_norm_()"
NET = "import torch\nfrom torch import nn\nclass Net(nn.Module):\n    pass\nnet = Net()\n"


def lines(folder, patterns, program, name="program.py", **table):
    """Return the lines with the certainty of each place that a cause of these patterns touches."""
    (folder / name).write_text(textwrap.dedent(program), encoding="utf-8")
    patterns = [patterns] if isinstance(patterns, str) else patterns
    cause = {"since": "2.0.0", "kind": "changed", "what": "w", "evidence": [], "effect": "silent", **table}
    found = scan([folder], causes_of({"it": {**cause, "touches": patterns}}, ["it"], True), 0, True)
    assert found.unread == []
    return [(one.line, one.certainty) for touched in found.touched for one in touched.findings]


SURE = [
    (LOAD, "import torch\ntorch.load('a')", 2),
    (LOAD, "import torch as t\nt.load('a')", 2),
    (LOAD, "from torch import load as fetch\nfetch('a')", 2),
    (LOAD, "from torch.serialization import load\nload('a')", 2),
    (LOAD, "import torch\ndef f():\n    return torch.load('a')", 3),
    (LOAD, "def f():\n    import torch\n    return torch.load('a')", 3),
    (LOAD, "import torch\nf = lambda: torch.load('a')", 2),
    (LOAD, "import torch\nx = [torch.load(n) for n in 'ab']", 2),
    ("torch.load(weights_only=True)", "import torch\ntorch.load('a', weights_only=True)", 2),
    ("torch.load(+2)", "import torch\ntorch.load('a', 'cpu')", 2),
    (ZERO, NET + "net.zero_grad()", 6),
    (ZERO, NET + "net.to('cpu').zero_grad()", 6),
    (ZERO, NET + "nn.Module.zero_grad(net)", 6),
    (ZERO, NET + "def f(m: nn.Module):\n    m.zero_grad()", 7),
    (ZERO, NET + "def f(m: 'nn.Module'):\n    m.zero_grad()", 7),
    (ZERO, "from torch import nn\nclass A(nn.Module):\n    def f(self):\n        self.zero_grad()", 4),
    (ZERO, "from torch import nn\nclass A(nn.Module):\n    def zero_grad(self):\n        super().zero_grad()", 4),
    (ZERO, "from torch import nn\nclass A:\n    def __init__(self):\n        self.m = nn.Linear(1, 1)\n"
     "    def f(self):\n        self.m.zero_grad()", 6),
    (ZERO, "from torch import nn\ndef make():\n    return nn.Linear(1, 1)\nmake().zero_grad()", 4),
    (OPT, "import torch\no = torch.optim.SGD([], 1)\no.zero_grad()", 3),
    (OPT, "from torch import optim\no = optim.SGD([], 1) if 1 else optim.Adam([])\no.zero_grad()", 3),
    (GRAD, NET + "for p in net.parameters():\n    print(p.grad)", 7),
    (GRAD, NET + "for n, p in net.named_parameters():\n    print(p.grad)", 7),
    (GRAD, "import torch\nx = torch.ones(2)\nx.grad", 3),
    ("torch.Tensor.grad=", "import torch\nx = torch.ones(2)\nx.grad = None", 3),
    (f"{CLIP} -> .item", "from torch.nn.utils import clip_grad_norm_ as c\nn = c([], 1)\nn.item()", 3),
    (f"{CLIP} -> compared", "from torch.nn.utils import clip_grad_norm_ as c\nc([], 1) > 2", 2),
    (f"{CLIP} -> dropped", "from torch.nn.utils import clip_grad_norm_ as c\nc([], 1)", 2),
    ("torch.load() in try RuntimeError", "import torch\ntry:\n    torch.load('a')\nexcept RuntimeError:\n    pass", 3),
    ("import torch._six", "from torch._six import inf", 1),
    ("import torch._six", "import torch\ntorch._six", 2),
    ("class torch.nn.Module", NET, 3),
    ("class torch.nn.Module: f(-b)", "from torch import nn\nclass A(nn.Linear):\n    def f(self, a): pass", 3),
    ("torch.nn.BatchNorm*d()", "from torch import nn\nnn.BatchNorm2d(3)", 2),
    ("torch.nn.BatchNorm*d.momentum", "from torch import nn\nb = nn.BatchNorm2d(3)\nb.momentum", 3),
    ("torch.nn.ParameterList.__len__()", "from torch import nn\nlen(nn.ParameterList())", 2),
    ("torch.nn.Module.__repr__()", NET + "print(f'{net}')", 6),
    ("torch.nn.ParameterList(values@0=list)", "from torch import nn\nnn.ParameterList([1])", 2),
    (LOAD, "import torch\nif torch.__version__ < '2.1':\n    torch.load('a')", 3),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "program", "line"), SURE)
def test_it_is_sure(tmp_path, pattern, program, line):
    assert lines(tmp_path, pattern, program) == [(line, "sure")]


NONE = [
    (LOAD, "import torch\ntorch.load('a', weights_only=False)"),
    (LOAD, "import numpy as np\nnp.load('a')"),
    (LOAD, "import json\njson.load(f)"),
    (LOAD, "def load(a): pass\nload('a')"),
    (LOAD, "from torch import load\ndef load(a): pass\nload('a')"),
    (LOAD, "from torch import load\ndef f(load):\n    load('a')"),
    (LOAD, "import torch\n# torch.load('a')\n'torch.load()'"),
    (LOAD, "import torch\ndef f(torch):\n    torch.load('a')"),
    (LOAD, "class torch:\n    load = print\ntorch.load('a')"),
    (LOAD, "import torch\nif torch.__version__ >= '2.0':\n    torch.load('a')"),
    (LOAD, "import torch\nfrom packaging import version\nNEW = version.parse(torch.__version__) >= version.parse('2.1')"
     "\nif NEW:\n    torch.load('a')"),
    (LOAD, "import torch\ndef f():\n    if torch.__version__ < '2':\n        return\n    torch.load('a')"),
    (ZERO, NET + "net.zero_grad(set_to_none=True)"),
    (ZERO, NET + "net.zero_grad(False)"),
    (ZERO, "class A:\n    def zero_grad(self): pass\nA().zero_grad()"),
    (ZERO, "class A:\n    def zero_grad(self): pass\n    def f(self):\n        self.zero_grad()"),
    (ZERO, "from torch import nn\nclass A(nn.Module):\n    def zero_grad(self): pass\nA().zero_grad()"),
    (ZERO, "import torch\no = torch.optim.SGD([], 1)\no.zero_grad()"),
    (OPT, NET + "net.zero_grad()"),
    ("torch.nn.Module.compile()", "import keras\nm = keras.Model()\nm.compile()"),
    (GRAD, NET + "net.grad"),
    ("torch.nn.BatchNorm*d.momentum", "from torch import nn\nb = nn.InstanceNorm2d(3)\nb.momentum"),
    (f"{CLIP} -> .item", "from torch.nn.utils import clip_grad_norm_ as c\nc([], 1)"),
    ("torch.load() in try RuntimeError", "import torch\ntry:\n    torch.load('a')\nexcept KeyError:\n    pass"),
    ("torch.load() unless torch.no_grad", "import torch\nwith torch.no_grad():\n    torch.load('a')"),
    ("torch.load() unless torch.no_grad", "import torch\n@torch.no_grad()\ndef f():\n    torch.load('a')"),
    ("import torch._six", "try:\n    from torch._six import inf\nexcept ImportError:\n    from math import inf"),
    ("class torch.nn.Module: f(-b)", "from torch import nn\nclass A(nn.Linear):\n    def f(self, **b): pass"),
    ("down torch.load()", "import torch\ntorch.load('a')"),
    ("torch.load()", "import torch\ntorch.load"),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "program"), NONE)
def test_it_is_none(tmp_path, pattern, program):
    assert lines(tmp_path, pattern, program) == []


@pytest.mark.parametrize(
    ("patterns", "program", "certainty"),
    [
        (HOOK, "def f(x):\n    x.register_backward_hook(g)", "likely"),
        (ZERO, "def f(model):\n    model.zero_grad()", "likely"),
        (OPT, "def f(optimizer):\n    optimizer.zero_grad()", "likely"),
        ([ZERO, OPT], "def f(x):\n    x.register\n    x.zero_grad()", "likely"),
        (ZERO, "def f(x):\n    x.zero_grad()", "possible"),
        ("torch.nn.Module.to()", "def f(x):\n    x.to(1)", "possible"),
        (GRAD, "def f(x):\n    x.grad", "possible"),
        (LOAD, "import torch\ntorch.load('a', **more)", "possible"),
        ("possible torch.load()", "import torch\ntorch.load('a')", "possible"),
    ],
)
def test_how_sure_it_is(tmp_path, patterns, program, certainty):
    assert [found for _, found in lines(tmp_path, patterns, program)] == [certainty]


def test_a_class_of_another_file_is_followed(tmp_path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("from .nets import Net\n", encoding="utf-8")
    (tmp_path / "pack" / "nets.py").write_text(NET.rpartition("net")[0], encoding="utf-8")
    program = "from pack import Net\nn = Net()\nn.zero_grad()\n"
    assert lines(tmp_path, ZERO, program) == [(3, "sure")]


def test_a_notebook_is_read_by_its_cells(tmp_path):
    cells = [["%matplotlib inline\n", "import torch\n"], ["!ls\n", "torch.load('a')"]]
    data = {"cells": [{"cell_type": "code", "source": source} for source in cells]}
    assert lines(tmp_path, LOAD, json.dumps(data), "n.ipynb") == [(2, "sure")]


def test_places_in_a_notebook_are_in_the_order_of_its_cells(tmp_path):
    cells = ["import torch\n\ntorch.load('a')", "torch.load('b')"]
    (tmp_path / "n.ipynb").write_text(json.dumps({"cells": [{"cell_type": "code", "source": one} for one in cells]}))
    table = {"it": {"since": "2.0.0", "kind": "changed", "what": "w", "evidence": [], "touches": [LOAD]}}
    (touched,) = scan([tmp_path], causes_of(table, ["it"], True), 0, True).touched
    assert [(one.cell, one.line) for one in touched.findings] == [(1, 3), (2, 1)]


def test_a_guard_by_an_api_that_arrived(tmp_path):
    program = "import torch\nif hasattr(torch, 'inference_mode'):\n    torch.inference_mode()"
    assert lines(tmp_path, "torch.inference_mode()", program, kind="arrived") == []


def test_what_is_ignored_is_no_finding_and_what_ignores_nothing_is_told(tmp_path):
    program = "import torch\ntorch.load('a')  # module-drift: ignore[it]\nx = 1  # module-drift: ignore[it]\n"
    (tmp_path / "a.py").write_text(program, encoding="utf-8")
    table = {"it": {"since": "2.0.0", "kind": "changed", "what": "w", "evidence": [], "touches": [LOAD]}}
    found = scan([tmp_path], causes_of(table, ["it"], True), 0, True)
    assert found.touched == []
    assert [(one.line, one.text) for one in found.remarks] == [
        (3, "nothing here is ignored for it; delete it from the comment")
    ]


def test_what_is_no_python_is_told_and_what_is_others_is_left_out(tmp_path):
    (tmp_path / "old.py").write_text("print 'a'\n", encoding="utf-8")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "a.py").write_text("import torch\n", encoding="utf-8")
    found = scan([tmp_path], [], 0, True)
    assert found.read == 0
    assert len(found.unread) == 1
    assert "old.py: no Python that this interpreter knows in line 1" in found.unread[0]


@pytest.mark.parametrize("branches", [600, 1100, 5000])
def test_what_nests_too_deeply_is_told(tmp_path, branches):
    text = "import torch\nif x == 0:\n    pass\n" + "elif x == 1:\n    torch.load('a')\n" * branches
    (tmp_path / "a.py").write_text(text, encoding="utf-8")
    (tmp_path / "b.py").write_text("import torch\nfrom a import load\ntorch.load('a')\nload('a')\n", encoding="utf-8")
    result = scan([tmp_path], [], 0, True)
    assert result.read == 1
    assert len(result.unread) == 1
    assert "nests too deeply" in result.unread[0]
