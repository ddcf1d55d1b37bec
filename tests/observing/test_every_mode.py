"""What holds in each mode: that it was on is told, and nothing is left behind."""

import pytest
import torch

from module_drift.comparing.observation import does_not_apply
from module_drift.observing import modes
from module_drift.observing.observe import _observe_in_mode

CPU = torch.device("cpu")


class Scaled(torch.nn.Module):
    """Its input times a parameter."""

    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor(3.0))

    def forward(self, x):
        return self.scale * x


@pytest.fixture(autouse=True)
def _no_group_is_left():
    yield
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def in_mode(case, name):
    return _observe_in_mode(case, CPU, name)


@pytest.mark.parametrize("name", modes.names())
def test_a_mode_that_calls_the_module_itself_does_not_apply(name, monkeypatch):
    kind = type(modes.named(name).machinery())
    monkeypatch.setattr(kind, "made", lambda self, module, as_it_stands: as_it_stands)
    assert in_mode(lambda show, device: show("z", Scaled()(torch.ones(1)).detach()), name) == does_not_apply(name)
    assert "nothing of a Module goes through" in modes.why_missing(name, torch.__version__)


@pytest.mark.parametrize("name", modes.names())
def test_a_case_that_calls_no_module_does_not_apply(name):
    assert in_mode(lambda show, device: show("x", torch.ones(1)), name) == does_not_apply(name)


@pytest.mark.parametrize("name", modes.names())
def test_a_case_after_which_torch_is_as_before_needs_no_other_process(name):
    def case(show, device):
        show("y", Scaled()(torch.ones(1, requires_grad=True)))

    in_mode(case, name)
    assert modes.is_intact(name)


@pytest.mark.parametrize("name", ["export", "fx"])
def test_what_is_made_at_the_first_call_is_kept_for_the_instance(name, monkeypatch):
    machinery = modes.named(name).machinery
    made, own = [], machinery.make
    monkeypatch.setattr(machinery, "make", lambda self, *given: made.append(given[0]) or own(self, *given))

    def case(show, device):
        one, other = Scaled(), Scaled()
        for model in (one, other, one):
            model(torch.ones(2))

    assert in_mode(case, name).absent is None
    assert len(made) == 2
