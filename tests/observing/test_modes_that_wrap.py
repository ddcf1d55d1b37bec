"""The modes that wrap a Module or call it by a function: what goes through each, and what gets lost there."""

import re
import warnings
from pathlib import Path

import pytest
import torch

from module_drift.observing import modes
from module_drift.observing.modes import checkpoint, compile_aot, ddp
from module_drift.observing.observe import _observe_in_mode, observe_function

CPU = torch.device("cpu")
CHECKPOINTS = ["checkpoint", "checkpoint-reentrant"]
TAKING_KEYWORDS = ["checkpoint", "compile-aot", "data-parallel", "ddp", "functional-call"]
ALL = sorted([*TAKING_KEYWORDS, "checkpoint-reentrant"])


class Scaled(torch.nn.Module):
    """Its input times a parameter; tells when forward runs."""

    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor(3.0))
        self.ran = 0

    def forward(self, x, times=1.0):
        self.ran += 1
        return (self.scale * times * x) ** 2


class Counting(torch.nn.Module):
    """Counts in one buffer that it changes, and in another that it replaces."""

    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor(3.0))
        self.register_buffer("changed", torch.zeros(1))
        self.register_buffer("replaced", torch.zeros(1))

    def forward(self, x):
        self.changed.add_(1.0)
        self.replaced = self.replaced + 1.0
        return self.scale * x


@pytest.fixture(autouse=True)
def _no_group_is_left():
    yield
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def in_mode(case, name):
    return _observe_in_mode(case, CPU, name)


def wrapped(monkeypatch, name, made):
    """Have `made(own, self, module, as_it_stands)` make what is called in a mode."""
    kind = type(modes.named(name).machinery())
    own = kind.made
    monkeypatch.setattr(kind, "made", lambda self, *given: made(own, self, *given))


@pytest.mark.parametrize("name", ALL)
def test_a_case_shows_what_it_shows_in_eager_gradients_and_hooks_too(name):
    def case(show, device):
        model = torch.nn.Sequential(Scaled(), Scaled())
        model.register_forward_hook(lambda module, _, z: z + 1.0)
        for _ in range(2):
            x = torch.tensor(2.0, requires_grad=True)
            z = model(x)
            z.backward()
            show("z", z.detach(), x.grad, [parameter.grad for parameter in model.parameters()])
            model.register_forward_hook(lambda module, _, z: z * 1.0)

    if name == "compile-aot":  # A hook that is registered later is ignored there.
        in_eager = observe_function(case, CPU)
        assert in_mode(case, name).printed.splitlines()[0] == in_eager.printed.splitlines()[0]
    else:
        assert in_mode(case, name) == observe_function(case, CPU)


@pytest.mark.parametrize("name", TAKING_KEYWORDS)
def test_keywords_are_passed(name):
    def case(show, device):
        show("z", Scaled()(torch.ones(1), times=5.0).detach())

    assert in_mode(case, name).printed == "z tensor([225.])\n"


def test_checkpoint_of_the_first_variant_refuses_keywords():
    def case(show, device):
        Scaled()(torch.ones(1, requires_grad=True), times=5.0)

    assert in_mode(case, "checkpoint-reentrant").raised == "refused: ValueError"


def test_an_error_of_the_module_is_no_refusal():
    def case(show, device):
        torch.nn.Linear(2, 1)(torch.ones(1, 3))

    for name in ALL:
        if name != "compile-aot":
            assert in_mode(case, name) == observe_function(case, CPU), name


@pytest.mark.parametrize("name", ALL)
def test_what_is_made_at_the_first_call_takes_the_second_and_is_of_the_outermost_alone(name, monkeypatch):
    made = []
    wrapped(monkeypatch, name, lambda own, self, *given: made.append(given[0]) or own(self, *given))

    def case(show, device):
        model = torch.nn.Sequential(Scaled(), Scaled())
        for _ in range(2):
            model(torch.ones(1, requires_grad=True)).sum().backward()
        Scaled()(torch.ones(1))

    assert in_mode(case, name).raised is None
    assert [type(module).__name__ for module in made] == ["Sequential", "Scaled"]


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_forward_runs_again_in_backward_and_that_is_no_call_of_the_case(name, monkeypatch):
    made = []
    wrapped(monkeypatch, name, lambda own, self, *given: made.append(given[0]) or own(self, *given))

    def case(show, device):
        model = torch.nn.Sequential(Scaled(), torch.nn.ReLU())
        z = model(torch.ones(1, requires_grad=True))
        show("forward", model[0].ran)
        z.sum().backward()
        show("backward", model[0].ran, model[0].scale.grad)

    assert in_mode(case, name).printed == "forward 1\nbackward 2 tensor(6.)\n"
    assert len(made) == 1


def test_the_first_variant_of_checkpoint_asks_the_inputs_and_its_warning_is_not_the_cases():
    def case(show, device):
        show("requires grad", Scaled()(torch.ones(1)).requires_grad)

    seen = in_mode(case, "checkpoint-reentrant")
    assert seen.printed == "requires grad False\n"
    assert seen.warned == []


def test_a_warning_of_the_module_stays_in_checkpoint():
    class Careful(torch.nn.Module):
        def forward(self, x):
            warnings.warn("careful", UserWarning, stacklevel=2)
            return x * x

    def case(show, device):
        Careful()(torch.ones(1, requires_grad=True))

    for name in CHECKPOINTS:
        assert in_mode(case, name).warned == ["UserWarning: careful"]


def test_functional_call_loses_a_buffer_that_forward_replaces():
    def case(show, device):
        model = Counting()
        for _ in range(2):
            model(torch.ones(1)).sum().backward()
        show("buffers", model.changed, model.replaced, model.scale.grad)

    assert in_mode(case, "functional-call").printed == "buffers tensor([2.]) tensor([0.]) tensor(2.)\n"


def test_functional_call_takes_what_the_module_has_at_the_call():
    def case(show, device):
        model = Scaled()
        model(torch.ones(1))
        model.scale = torch.nn.Parameter(torch.tensor(5.0))
        show("z", model(torch.ones(1)).detach())

    assert in_mode(case, "functional-call").printed == "z tensor([25.])\n"


def test_functional_call_refuses_torchscript():
    def case(show, device):
        torch.jit.trace(Counting(), torch.ones(1))(torch.ones(1))

    assert in_mode(case, "functional-call").raised == "refused: RuntimeError"


def test_ddp_refuses_what_has_no_parameter_that_needs_a_gradient():
    assert in_mode(lambda show, device: torch.nn.ReLU()(torch.ones(1)), "ddp").raised == "refused: RuntimeError"


def test_an_error_of_ddp_itself_is_told_by_its_class():
    class HalfUsed(Counting):
        def forward(self, x):
            return self.scale * x

    def case(show, device):
        model = HalfUsed()
        model.unused = torch.nn.Parameter(torch.tensor(1.0))
        for _ in range(2):
            model(torch.ones(1)).sum().backward()

    assert in_mode(case, "ddp").raised == "RuntimeError: "


def test_the_group_of_ddp_needs_no_port_and_is_kept():
    groups = []

    def case(show, device):
        Scaled()(torch.ones(1)).sum().backward()
        groups.append(torch.distributed.group.WORLD)

    in_mode(case, "ddp")
    in_mode(case, "ddp")
    assert groups[0] is not None
    assert groups[0] is groups[1]
    assert torch.distributed.get_world_size() == 1
    assert set(ddp.VARIABLES) == {"GLOO_SOCKET_IFNAME", "TORCH_DISTRIBUTED_DEBUG"}


@pytest.mark.parametrize("name", ALL)
def test_the_call_of_modules_is_put_back(name):
    call = torch.nn.Module.__call__

    def case(show, device):
        Scaled()(torch.ones(1))
        raise ValueError("in between")

    assert in_mode(case, name).raised == "ValueError: in between"
    assert torch.nn.Module.__call__ is call


def test_compile_aot_traces_backward_too(monkeypatch):
    monkeypatch.setattr(compile_aot, "machinery", lambda: compile_aot.Compile(backend="no such one"))
    with pytest.raises(Exception, match="no such one"), compile_aot.machinery() as machinery:
        machinery.made(Scaled(), None)(torch.ones(1))

    def case(show, device):
        z = Scaled()(torch.ones(1, requires_grad=True))
        show("made by", type(z.grad_fn).__name__)

    monkeypatch.undo()
    assert in_mode(case, "compile-aot").printed == "made by CompiledFunctionBackward\n"


def test_each_mode_has_a_row_in_the_docs_with_since_when():
    text = (Path(__file__).parents[2] / "docs" / "modes.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| (\S+) \|", text, re.MULTILINE)
    assert sorted(rows) == [(name, modes.named(name).SINCE) for name in modes.names()]


def test_each_mode_declares_all_that_one_has():
    for name in modes.names():
        mode = modes.named(name)
        assert isinstance(mode.machinery(), modes.Machinery)
        assert not any(asked(ValueError("no sum")) for asked in (mode.refuses, mode.raises)), name
        assert isinstance(mode.VARIABLES, dict)
    assert type(checkpoint.machinery()) is checkpoint.Checkpoint


def test_a_torch_that_refuses_every_backward_pass_from_now_on_is_told(monkeypatch):
    class Refusing(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, gradient):
            raise RuntimeError("Checkpointing is not compatible with .grad()")

    monkeypatch.setattr(torch.utils.checkpoint, "checkpoint", lambda function, x: Refusing.apply(x))
    assert not modes.is_intact("checkpoint-reentrant")
