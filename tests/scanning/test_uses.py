"""Which APIs cases use: by themselves, by helpers of their file, and by those of others."""

import textwrap

import pytest

from module_drift.common import files
from module_drift.finding import discovery
from module_drift.scanning.api_names import canonical, chosen, is_of, spellings, touched
from module_drift.scanning.uses import Uses

SHARED = """\
    import torch
    from torch import nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(1, 1)

        def step(self):
            self.zero_grad()


    def hooked(module):
        module.register_forward_hook(print)
        return module


    def unused():
        torch.save(None, "a")
"""

CASES = '''\
    import torch
    from torch.nn import functional as F, Sequential

    from module_drift.case import case

    from ..shared import models
    from ..shared.models import hooked


    def twice():
        return hooked(models.Net())


    @case("demo/by-a-helper-of-a-helper")
    def by_a_helper(show, device):
        """Hooks."""
        twice()


    @case("demo/by-itself")
    def by_itself(show, device):
        """torch.load stands in this sentence alone."""
        x = torch.ones(1, device=device, requires_grad=True)
        F.relu(x).backward()
        show("save is a word", x.grad)
        Sequential().zero_grad()


    @case("demo/nothing")
    def nothing(show, device):
        """Nothing."""
'''


@pytest.fixture
def uses(tmp_path):
    """What cases use that share helpers."""
    folder = tmp_path / "cases"
    (folder / "shared").mkdir(parents=True)
    (folder / "demo").mkdir()
    files.replace(folder / "shared" / "models.py", textwrap.dedent(SHARED))
    files.replace(folder / "demo" / "some.py", textwrap.dedent(CASES))
    return Uses(folder, discovery.discover(folder))


HELPER, ITSELF = "demo/by-a-helper-of-a-helper", "demo/by-itself"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("register_forward_hook", {HELPER: {"torch.nn.Module.register_forward_hook"}}),
        ("Module.Register_Forward_Hook", {HELPER: {"torch.nn.Module.register_forward_hook"}}),
        ("forward_hook", {}),
        ("nn.Linear", {HELPER: {"torch.nn.Linear"}}),
        ("zero_grad", {HELPER: {"torch.nn.Module.zero_grad"}, ITSELF: {"torch.nn.Module.zero_grad"}}),
        ("functional.relu", {ITSELF: {"torch.nn.functional.relu"}}),
        ("grad", {ITSELF: {"torch.Tensor.grad"}}),
        ("torch.load", {}),
        ("torch.save", {}),
    ],
)
def test_the_apis_of_cases_are_known_by_qualified_names(uses, wanted, found):
    assert uses.of_api(wanted) == found


def test_all_apis_can_be_asked_for(uses):
    assert {"torch.ones", "torch.Tensor.backward", "torch.nn.Sequential"} <= uses.of_api("")[ITSELF]


def test_an_operator_is_found_though_its_name_stands_nowhere(tmp_path):
    case = '@case("demo/sum")\ndef add(show, device):\n    """Adds."""\n    torch.ones(1) + 1\n'
    files.replace(tmp_path / "a.py", f"import torch\nfrom module_drift.case import case\n\n{case}")
    found = Uses(tmp_path, discovery.discover(tmp_path)).of_api("Tensor.__add__")
    assert found == {"demo/sum": {"torch.Tensor.__add__"}}


def test_text_is_found_in_code_and_what_it_shares(uses):
    assert uses.of_text("REGISTER_forward") == {HELPER}
    assert uses.of_text("save") == {ITSELF}
    assert uses.of_text("zero_grad") == {HELPER, ITSELF}
    assert uses.of_text("nowhere") == set()


def test_the_code_that_cases_share_is_told(uses):
    shared = uses.shared()
    assert set(shared) == {HELPER}
    assert {text.split("(")[0] for text in shared[HELPER]} == {"class Net", "def hooked", "def twice"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("nn.Linear", "torch.nn.Linear"),
        ("torch.nn.modules.linear.Linear", "torch.nn.Linear"),
        ("nn.Linear.zero_grad", "torch.nn.Module.zero_grad"),
        ("Linear.weight", "torch.nn.Linear.weight"),
        ("SGD.zero_grad", "torch.optim.Optimizer.zero_grad"),
        ("nn.Parameter.grad", "torch.Tensor.grad"),
        ("Tensor.grad", "torch.Tensor.grad"),
        ("F.relu", "torch.nn.functional.relu"),
    ],
)
def test_an_api_has_a_name_however_it_is_spelt(text, name):
    assert spellings(text)[0] == text
    assert name in spellings(text)
    assert canonical(name) == name


def test_a_text_means_the_apis_that_end_so():
    known = [{"torch.load", "torch.Tensor.load"}, {"torch.nn.Module.zero_grad", "torch.nn.BatchNorm*d.momentum"}]
    for text, names in (
        ("load", ["torch.Tensor.load", "torch.load"]),
        ("torch.load", ["torch.load"]),
        ("Load", ["torch.Tensor.load", "torch.load"]),
        ("nn.Linear.zero_grad", ["torch.nn.Module.zero_grad"]),
        ("grad", []),
        ("nn.BatchNorm2d.momentum", ["torch.nn.BatchNorm2d.momentum"]),
        ("nn.BatchNorm2d.weight", []),
    ):
        assert chosen(text, known) == names, text


def test_a_cause_is_about_an_api_and_its_members():
    cause = {"touches": ["torch.nn.BatchNorm*d.momentum", "class torch.nn.Module: forward", "no pattern("]}
    names = touched(cause)
    assert names == {"torch.nn.BatchNorm*d.momentum", "torch.nn.Module.forward"}
    for api in ("torch.nn.BatchNorm1d", "torch.nn.BatchNorm1d.momentum", "torch.nn.Module", "torch.nn.Module.forward"):
        assert is_of(api, names)
    for api in ("torch.nn.BatchNorm1d.weight", "torch.nn.Mod", "torch.nn.Module.forward.other"):
        assert not is_of(api, names)


FAMILY = '''\
    import torch

    from module_drift.case import case, cases

    LAYERS = {"gelu": "GELU", "elu": "ELU"}


    @cases("layer/{layer}", layer=LAYERS, needs="torch.nn.{layer}")
    def called(show, device, layer):
        """{layer} is called."""
        getattr(torch.nn, layer)()(torch.ones(1, device=device))


    @case("layer/all")
    def of_all(show, device):
        """All."""
        show("all", LAYERS)
'''


def test_of_a_family_each_member_uses_what_its_own_values_name(tmp_path):
    files.replace(tmp_path / "some.py", textwrap.dedent(FAMILY))
    found = Uses(tmp_path, discovery.discover(tmp_path))
    assert found.of_api("nn.GELU") == {"layer/gelu": {"torch.nn.GELU"}}
    assert found.of_api("") == {
        "layer/gelu": {"torch.ones", "torch.nn", "torch.nn.GELU"},
        "layer/elu": {"torch.ones", "torch.nn", "torch.nn.ELU"},
    }
    assert found.of_text("getattr(") == {"layer/gelu", "layer/elu"}
    assert found.of_text('"gelu"') == {"layer/gelu", "layer/all"}
    assert found.of_text("show(") == {"layer/all"}
    assert set(found.shared()) == {"layer/all"}
