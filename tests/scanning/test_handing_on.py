"""Functions that are handed on: to what is known to call them, to one's own that do, and to what is not known."""

import pytest

from module_drift.scanning.matching import causes_of
from module_drift.scanning.scan import scan

LOAD = "torch.load(-weights_only)"
ZERO = "torch.nn.Module.zero_grad(-set_to_none@0)"
BOTH = "import torch\nfrom torch import nn\nnet = nn.Linear(1, 1)\n"
ATTEMPT = BOTH + "def attempt(call, *rest, **more):\n    return call(*rest, **more)\n"
TRIED = BOTH + "def attempt(call, *rest):\n    try:\n        call(*rest)\n    except RuntimeError:\n        pass\n"


def found(folder, pattern, program):
    (folder / "program.py").write_text(program, encoding="utf-8")
    cause = {"since": "2.0.0", "kind": "changed", "what": "w", "evidence": [], "effect": "silent", "touches": [pattern]}
    result = scan([folder], causes_of({"it": cause}, ["it"], True), 0, True)
    return [(one.line, one.certainty) for touched in result.touched for one in touched.findings]


@pytest.mark.parametrize(
    ("pattern", "program", "line"),
    [
        (LOAD, "import torch\nx = list(map(torch.load, names))", 2),
        (LOAD, "import torch, pytest\npytest.raises(ValueError, torch.load, 'a')", 2),
        (LOAD, "import torch\npool.submit(torch.load, 'a')", 2),
        (LOAD, "import torch\nwith Pool() as pool:\n    states = pool.map(torch.load, names)", 3),
        (LOAD, "import torch\nstates = list(executor.map(torch.load, names, timeout=1))", 2),
        (LOAD, ATTEMPT + "attempt(torch.load, 'a')", 6),
        (LOAD, ATTEMPT + "def twice(call, *rest):\n    return attempt(call, *rest)\ntwice(torch.load, 'a')", 8),
        (ZERO, ATTEMPT + "attempt(net.zero_grad)", 6),
        (ZERO, BOTH + "class T(TestCase):\n    def test(self):\n        self.assertRaises(E, net.zero_grad)", 6),
        ("torch.nn.functional.dropout(p@1)", "import functools, torch.nn.functional as F\n"
         "drop = functools.partial(F.dropout, p=0.1)", 2),
        ("torch.nn.Linear.__call__()", ATTEMPT + "attempt(net, 1)", 6),
        (ZERO, "import torch\nfor m in map(torch.nn.Linear, sizes, sizes):\n    m.zero_grad()", 3),
        (ZERO, BOTH + "for name, one in [('a', net), ('b', nn.ReLU())]:\n    one.zero_grad()", 5),
        (ZERO, BOTH + "for one in (net, nn.ReLU()):\n    one.zero_grad()", 5),
        ("torch.nn.Module.__getattr__()", BOTH + "getattr(net, 'bias')", 4),
        (LOAD, "import functools, torch\nfetch = functools.partial(torch.load, map_location='cpu')", 2),
        ("torch.jit.script(+1)", "import torch\n@torch.jit.script\ndef f(): pass", 2),
        ("torch.jit.script(+1)", "from torch import jit\n@jit.script\nclass A: pass", 2),
        (ZERO, BOTH + "made = nn.Linear.__new__(nn.Linear)\nmade.zero_grad()", 5),
    ],
)  # fmt: skip
def test_it_is_sure(tmp_path, pattern, program, line):
    assert found(tmp_path, pattern, program) == [(line, "sure")]


@pytest.mark.parametrize(
    ("pattern", "program", "line"),
    [
        (LOAD, "import torch\nREADERS = {'pt': torch.load}", 2),
        (ZERO, BOTH + "atexit.register(net.zero_grad)", 4),
        (ZERO, BOTH + "for name in ('train', 'zero_grad'):\n    getattr(net, name)()", 5),
        ("torch.nn.BatchNorm*d.momentum", "from torch import nn\ndef f(m: nn.Module):\n    return m.momentum", 3),
        ("torch.Tensor.__pow__()", "def f(x):\n    return x ** 2", 2),
    ],
)
def test_it_is_possible(tmp_path, pattern, program, line):
    assert found(tmp_path, pattern, program) == [(line, "possible")]


@pytest.mark.parametrize(
    ("pattern", "program"),
    [
        (LOAD, "import torch, functools\nfetch = functools.partial(torch.load, weights_only=True)"),
        (LOAD, ATTEMPT + "attempt(torch.load, 'a', weights_only=True)"),
        (LOAD, "import torch\nx = list(map(len, names))"),
        (ZERO, ATTEMPT + "attempt(net.zero_grad, True)"),
        (ZERO, BOTH + "for name in ('train', 'eval'):\n    getattr(net, name)()"),
        ("torch.nn.Linear()", "from torch import nn\ndef f(x):\n    return isinstance(x, nn.Linear)"),
        ("torch.nn.Linear()", "from torch import nn\ndef f(x: nn.Linear):\n    return x"),
        ("torch.nn.ReLU.__call__()", "from torch import nn\ndef f(m: nn.Module, model):\n    return m(1), model(1)"),
        ("torch.load() -> kept", TRIED + "attempt(torch.load, 'a')"),
        ("torch.load() -> kept", "import pytest, torch\npytest.raises(OSError, torch.load, 'a')"),
        ("torch.nn.Module.__getattr__()", BOTH + "hasattr(net, 'bias'), getattr(net, 'bias', None)"),
        ("torch.nn.Sequential.__mul__()", "def f(layer_scale, x):\n    return layer_scale * x"),
        ("torch.nn.Module(+1)", "from torch import nn\nnn.Linear(1, 2)"),
        ("torch.nn.Linear(device)", "from torch import nn\nMADE = [nn.Linear]"),
        ("torch.nn.Sequential.append()", "def f(found):\n    found.append(1)"),
        ("torch.autograd.graph.Node.name()", "def f(file):\n    return open(file.name)"),
        ("torch.Tensor.__rtruediv__()", "import torch\ndef f(mean, x):\n    return mean / x, x / torch.ones(1)"),
        ("torch.Tensor.__pow__()", "def f(count):\n    return count ** 2"),
    ],
)
def test_it_is_none(tmp_path, pattern, program):
    assert found(tmp_path, pattern, program) == []


@pytest.mark.parametrize(
    ("program", "lines"),
    [
        ("import pytest, torch\nwith pytest.raises(RuntimeError):\n    torch.load('a')", [3]),
        ("import pytest, torch\npytest.raises(RuntimeError, torch.load, 'a')", [2]),
        ("import contextlib, torch\nwith contextlib.suppress(OSError, RuntimeError):\n    torch.load('a')", [3]),
        ("import torch\nclass T(TestCase):\n    def t(self):\n        with self.assertRaises((A, RuntimeError)):\n"
         "            torch.load('a')", [5]),
        (TRIED + "attempt(torch.load, 'a')", [9]),
        (TRIED + "def twice(call, *rest):\n    return attempt(call, *rest)\ntwice(torch.load, 'a')", [11]),
        (TRIED.replace("RuntimeError", "KeyError") + "attempt(torch.load, 'a')", []),
        ("import pytest, torch\nwith pytest.raises(KeyError):\n    torch.load('a')", []),
    ],
)  # fmt: skip
def test_what_is_expected_to_be_raised_is_caught(tmp_path, program, lines):
    assert found(tmp_path, "torch.load() in try RuntimeError", program) == [(line, "sure") for line in lines]
