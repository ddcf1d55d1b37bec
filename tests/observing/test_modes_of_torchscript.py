"""The modes of TorchScript: what is traced and what is compiled, what both refuse, and that none of it is kept."""

import warnings

import pytest
import torch

from module_drift.observing.modes import trace
from module_drift.observing.observe import _observe_in_mode, observe_function

CPU = torch.device("cpu")
BOTH = ["script", "trace"]


class Scaled(torch.nn.Module):
    """Its input times a parameter, and more if told."""

    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor([3.0]))

    def forward(self, x, offset=torch.zeros(1)):  # noqa: B008 - TorchScript takes no other tensor
        return (self.scale * x) ** 2 + offset


class Counting(torch.nn.Module):
    """Counts its calls in a buffer."""

    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.zeros(1))

    def forward(self, x):
        self.calls.add_(1.0)
        return x + self.calls


class Beside(torch.nn.Module):
    """Twice its input, and what it is told to do beside."""

    def __init__(self, beside):
        super().__init__()
        self.beside = beside

    def forward(self, x):
        z = 2.0 * x
        self.beside(z)
        return z


class Refusing(torch.nn.Module):
    """Raises an error."""

    def forward(self, x):
        raise ValueError("not this")


def in_mode(case, name):
    return _observe_in_mode(case, CPU, name)


@pytest.mark.parametrize("name", BOTH)
def test_a_case_shows_what_it_shows_in_eager_gradients_too(name):
    def case(show, device):
        model = torch.nn.Sequential(Scaled(), Scaled())
        for _ in range(3):
            x = torch.tensor([2.0], requires_grad=True)
            z = model(x)
            z.backward()
            show("z", z.detach(), x.grad, [parameter.grad for parameter in model.parameters()])

    assert in_mode(case, name) == observe_function(case, CPU)


@pytest.mark.parametrize("name", BOTH)
def test_what_is_made_at_the_first_call_takes_the_second_and_is_of_the_outermost_alone(name, monkeypatch):
    made = []
    own = getattr(torch.jit, name)

    def noted(module, **given):
        made.append(type(module).__name__)
        return own(module, **given)

    monkeypatch.setattr(torch.jit, name, noted)

    def case(show, device):
        model = torch.nn.Sequential(Counting(), Scaled())
        for _ in range(2):
            model(torch.ones(1)).sum().backward()
        Scaled()(torch.ones(1))

    assert in_mode(case, name).raised is None
    assert made == ["Sequential", "Scaled"]


def test_tracing_runs_forward_three_times_and_what_it_made_once_before_the_call_itself():
    ran = []

    def case(show, device):
        model = torch.nn.Sequential(Beside(lambda z: ran.append(torch._C._get_tracing_state() is not None)), Counting())
        for _ in range(2):
            model(torch.ones(1))
            show("calls", model[1].calls)

    assert in_mode(case, "trace").printed == "calls tensor([5.])\ncalls tensor([6.])\n"
    assert ran == [True, True, False]


def test_what_is_shown_while_tracing_has_its_values_and_leaves_nothing_in_the_graph(monkeypatch):
    graphs = []
    own = torch.jit.trace

    def traced(*arguments, **keywords):
        made = own(*arguments, **keywords)
        graphs.append(str(made.inlined_graph))
        return made

    monkeypatch.setattr(torch.jit, "trace", traced)

    def case(show, device):
        show("before", 1)
        z = Beside(lambda z: show("within", z, z.shape))(torch.tensor([3.0], requires_grad=True))
        show("after", z.detach())

    def silent(show, device):
        Beside(lambda z: None)(torch.tensor([3.0], requires_grad=True))

    printed = in_mode(case, "trace").printed.splitlines()
    in_mode(silent, "trace")
    assert printed == [
        "before 1",
        "within tensor([6.], grad_fn=<MulBackward0>) torch.Size([1])",
        *["within tensor([6.]) torch.Size([1])"] * 2,  # Torch checks without gradients.
        "after tensor([6.])",
    ]
    with_show, without = (len(graph.splitlines()) for graph in graphs)
    assert with_show == without


def test_tracing_goes_on_behind_what_is_shown():
    def case(show, device):
        model = torch.nn.Sequential(Beside(lambda z: show("within", z)), Scaled())
        model(torch.tensor([1.0]))
        show("z", model(torch.tensor([2.0])).detach())

    assert in_mode(case, "trace").printed.splitlines()[-1] == "z tensor([144.])"


def test_what_is_traced_takes_keywords_by_name():
    def case(show, device):
        model = Scaled()
        for offset in (5.0, 7.0):
            show("z", model(torch.ones(1), offset=torch.tensor([offset])).detach())
        show("by name", Scaled()(x=torch.ones(1), offset=torch.ones(1)).detach())

    assert in_mode(case, "trace").printed == "z tensor([14.])\nz tensor([16.])\nby name tensor([10.])\n"


def test_a_release_that_traces_no_keywords_refuses_them(monkeypatch):
    own = torch.jit.trace
    monkeypatch.setattr(torch.jit, "trace", lambda func, example_inputs: own(func, example_inputs))
    model = Scaled()
    assert in_mode(lambda show, device: model(torch.ones(1)), "trace").raised is None
    seen = in_mode(lambda show, device: model(torch.ones(1), offset=torch.ones(1)), "trace")
    assert seen.raised == "refused: TypeError"


def test_what_depends_on_a_value_is_what_it_was_when_traced():
    class Choosing(torch.nn.Module):
        def forward(self, x):
            return x if bool((x > 0.0).all()) else -x

    def case(show, device):
        model = Choosing()
        show("z", model(torch.ones(1)), model(-torch.ones(1)))

    assert in_mode(case, "trace").printed == "z tensor([1.]) tensor([-1.])\n"
    assert in_mode(case, "trace").warned == []
    assert in_mode(case, "script").printed == "z tensor([1.]) tensor([1.])\n"


@pytest.mark.parametrize(
    ("name", "make", "refused"),
    [
        ("trace", lambda show: Scaled(), "ValueError"),
        ("script", lambda show: Beside(lambda z: None), "RuntimeError"),
        ("script", lambda show: Beside(lambda z: show("z", z)), "RuntimeError"),
    ],
    ids=["backward hook", "lambda", "show"],
)
def test_a_refusal_is_told_by_its_class_and_no_case_catches_it(name, make, refused):
    def case(show, device):
        model = make(show)
        model.register_full_backward_hook(lambda *_: None)
        try:
            model(torch.ones(1))
        except Exception:
            show("caught", True)

    assert in_mode(case, name).raised == f"refused: {refused}"


def test_a_check_of_what_was_traced_that_fails_is_a_refusal():
    class Changing(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.times = 1.0

        def forward(self, x):
            self.times += 1.0
            return self.times * x

    assert in_mode(lambda show, device: Changing()(torch.ones(1)), "trace").raised == "refused: TracingCheckError"


def test_a_parameter_that_the_tracer_does_not_know_is_refused_within_forward():
    class Hiding(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden = [torch.ones(1, requires_grad=True)]

        def forward(self, x):
            return x * self.hidden[0]

    assert in_mode(lambda show, device: Hiding()(torch.ones(1)), "trace").raised == "refused: RuntimeError"


@pytest.mark.parametrize("make", [Refusing, lambda: torch.nn.Linear(2, 1)], ids=["the case's", "torch's"])
def test_what_the_module_raises_while_it_is_traced_is_no_refusal(make):
    def case(show, device):
        try:
            make()(torch.ones(1, 3))
        finally:
            show("is traced", torch._C._get_tracing_state() is not None)

    assert in_mode(case, "trace") == observe_function(case, CPU)
    assert in_mode(case, "trace").printed == "is traced False\n"


def test_what_torchscript_raises_when_it_runs_is_told_by_its_class_alone():
    def case(show, device):
        model = torch.nn.Linear(2, 1)
        model(torch.ones(1, 2))
        for given in [(torch.ones(1, 3),), (), ("text",)]:
            try:
                model(*given)
            except Exception as error:
                show("raises", type(error).__name__, str(error))

    assert in_mode(case, "trace").printed == "raises RuntimeError \n" * 3
    assert in_mode(case, "script").printed == "raises RuntimeError \n" * 3
    assert in_mode(lambda show, device: Refusing()(torch.ones(1)), "script").raised == "Error: "


def test_warnings_of_the_machinery_are_left_out_and_those_of_the_module_stay():
    class Careful(torch.nn.Module):
        def forward(self, x):
            warnings.warn("careful", UserWarning, stacklevel=2)
            return x * float(x)

    assert in_mode(lambda show, device: Careful()(torch.ones(1)), "trace").warned == ["UserWarning: careful"] * 3
    for name in BOTH:
        assert in_mode(lambda show, device: Scaled()(torch.ones(1)), name).warned == []


def nodes(show, device):
    """Show by what is computed what a class that torch has makes in three calls; it is another once it was profiled."""
    model = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.ReLU())
    for _ in range(3):
        show("by", type(model(torch.ones(1, 1)).grad_fn).__name__)


@pytest.mark.parametrize("name", BOTH)
def test_what_ran_in_one_case_is_nothing_to_the_next(name):
    first = in_mode(nodes, name)
    assert first.raised is None
    assert in_mode(nodes, name) == first


def test_what_is_not_forgotten_would_be_seen_in_the_next_case(monkeypatch):
    first = in_mode(nodes, "script")
    with monkeypatch.context() as patch:
        patch.setattr(trace.TorchScript, "_forget", staticmethod(lambda: None))
        in_mode(nodes, "script")
        assert in_mode(nodes, "script") != first
    assert in_mode(nodes, "script") == first


def test_a_tracer_that_a_case_left_on_is_turned_off():
    def case(show, device):
        torch._C._set_tracing_state(left[0])

    left = []
    model = Beside(lambda z: left.append(torch._C._get_tracing_state()))
    in_mode(lambda show, device: model(torch.ones(1)), "trace")
    assert left[0] is not None
    in_mode(case, "trace")
    assert torch._C._get_tracing_state() is None
