"""The mode fx: forward runs once, with proxies that are shown as such, and what they went through is called."""

import warnings
from collections import OrderedDict

import pytest
import torch

from module_drift.observing.modes import fx
from module_drift.observing.observe import _observe_in_mode, observe_function

CPU = torch.device("cpu")
X = torch.tensor([1.0, 2.0])


class Doing(torch.nn.Module):
    """Does to its input what it is told."""

    def __init__(self, what):
        super().__init__()
        self.what = what
        self.ran = 0

    def forward(self, x, times=2.0):
        self.ran += 1
        return self.what(x) * times


def in_mode(case):
    return _observe_in_mode(case, CPU, "fx")


def refused(what):
    return in_mode(lambda show, device: Doing(what)(X)).raised


def test_forward_runs_once_and_what_it_did_is_called_from_then_on_with_gradients():
    def case(show, device):
        model = torch.nn.Sequential(Doing(lambda x: x + 1.0), torch.nn.Linear(2, 1))
        for factor in (1.0, 3.0):
            z = model(factor * X)
            z.sum().backward()
            show("z", z.detach(), model[1].weight.grad)
        show("ran", model[0].ran)

    seen, eager = in_mode(case), observe_function(case, CPU)
    assert seen.printed.splitlines()[:-1] == eager.printed.splitlines()[:-1]
    assert seen.printed.splitlines()[-1] == "ran 1"
    assert eager.printed.splitlines()[-1] == "ran 2"


def test_what_exists_only_while_tracing_is_told_as_such_and_once():
    def case(show, device):
        def shown(x):
            show("within", x, [x, 1.0], (X, x), {"x": OrderedDict(x=x.shape)})
            return x

        model = Doing(shown)
        model(X)
        show("after", model(X))

    seen = in_mode(case)
    assert seen.printed == (
        "within (only traced) [(only traced), 1.0] (tensor([1., 2.]), (only traced))"
        " {'x': OrderedDict([('x', (only traced))])}\nafter tensor([2., 4.])\n"
    )
    assert seen.numbers[0][:2] == ["within", [[1.0], [[1.0, 2.0]]]]
    assert seen.numbers[1] == ["after", [2.0, 4.0]]


def test_the_hooks_of_the_root_are_left_out():
    def case(show, device):
        model = Doing(lambda x: x)
        model.register_forward_hook(lambda module, _, z: z + 100.0)
        show("z", model(X))

    assert in_mode(case).printed == "z tensor([2., 4.])\n"


@pytest.mark.parametrize(
    ("what", "error"),
    [
        (lambda x: x if x.sum() > 0 else -x, "TraceError"),
        (lambda x: x * float(x.sum()), "TypeError"),
        (lambda x: torch.nn.Linear(2, 2)(x), "NameError"),
    ],
    ids=["torch raises", "Python raises in a line of the case", "a module of no one"],
)
def test_what_cannot_be_traced_is_refused_and_told_by_its_class(what, error):
    assert refused(what) == f"refused: {error}"


def test_what_the_case_raises_while_traced_is_its_own():
    def raising(x):
        raise ValueError("of the case")

    def case(show, device):
        model = Doing(raising)
        for _ in range(2):
            try:
                model(X)
            except ValueError as error:
                show("raised", str(error))

    assert in_mode(case) == observe_function(case, CPU)


def test_tracing_that_would_never_end_is_refused():
    def without_end(x):
        while not isinstance(x, torch.Tensor):
            x = x[0]
        return x

    create = torch.fx.Graph.create_node
    assert refused(without_end) == "refused: EndlessError"
    assert torch.fx.Graph.create_node is create


def test_an_argument_that_what_was_traced_lacks_is_told_by_the_class_of_the_error():
    model = Doing(lambda x: x)
    model.register_forward_pre_hook(lambda module, given: (*given, 3.0))
    assert in_mode(lambda show, device: model(X, 2.0, 3.0)).raised == "TypeError: "
    assert not fx.raises(TypeError("unsupported operand"))


def test_an_error_of_an_operation_is_what_it_is_in_eager():
    def case(show, device):
        torch.nn.Linear(2, 1)(torch.ones(1, 3))

    assert in_mode(case) == observe_function(case, CPU)


def test_warnings_of_fx_are_its_own_and_those_of_the_case_stay():
    def warning(x):
        warnings.warn("of the case", UserWarning, stacklevel=2)
        warnings.warn_explicit("of fx", UserWarning, torch.fx.proxy.__file__, 1)
        return x

    assert in_mode(lambda show, device: Doing(warning)(X)).warned == ["UserWarning: of the case"]
