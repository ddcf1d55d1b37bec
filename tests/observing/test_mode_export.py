"""The mode export: what the first call's inputs lead forward through is called from then on, by dynamo or without."""

import warnings
from collections import OrderedDict
from functools import partial

import pytest
import torch

from module_drift.observing.observe import _observe_in_mode, observe_function

CPU = torch.device("cpu")
X = torch.tensor([1.0, 2.0])
CONSTANT = torch.tensor(7.0)


class Doing(torch.nn.Module):
    """Does to its weighted input what it is told."""

    def __init__(self, what):
        super().__init__()
        self.what = what
        self.weight = torch.nn.Parameter(torch.tensor(3.0))

    def forward(self, x, times=1.0):
        return self.what(self.weight * x) * times


@pytest.fixture(params=[False, True], ids=["forward runs", "dynamo reads forward"])
def strictness(request, monkeypatch):
    """Each way to export, of which one or the other is a release's default."""
    monkeypatch.setattr(torch.export, "export", partial(torch.export.export, strict=request.param))
    return request.param


def in_mode(case):
    return _observe_in_mode(case, CPU, "export")


def raised(what):
    return in_mode(lambda show, device: Doing(what)(X)).raised


def test_a_case_shows_what_it_shows_in_eager_with_gradients_keywords_and_a_hook(strictness):
    def case(show, device):
        model = torch.nn.Sequential(Doing(lambda x: x + 1.0), torch.nn.Linear(2, 1))
        model[0].register_forward_hook(lambda module, _, z: z + 100.0)
        other = Doing(lambda x: x)
        for factor in (1.0, 3.0):
            z = model(factor * X)
            z.sum().backward()
            show("z", z.detach(), model[0].weight.grad, model[1].weight.grad)
            show("other", other(factor * X, times=5.0).detach())

    assert in_mode(case) == observe_function(case, CPU)


def test_what_exists_only_while_tracing_is_told_as_such_and_is_no_part_of_the_program(strictness):
    def case(show, device):
        def shown(x):
            show("within", x, [x, 1.0], ("a", x), {"x": x}, x.shape, 3)
            return x

        model = Doing(shown)
        show("first", model(X).detach())
        show("second", model(X).detach())

    assert in_mode(case).printed == (
        "within (only traced) [(only traced), 1.0] ('a', (only traced)) {'x': (only traced)} torch.Size([2]) 3\n"
        "first tensor([3., 6.])\nsecond tensor([3., 6.])\n"
    )


def test_a_real_value_is_shown_as_such_where_forward_runs():
    def case(show, device):
        def shown(x):
            show("within", CONSTANT, OrderedDict(c=CONSTANT))
            return x

        Doing(shown)(X)

    seen = in_mode(case)
    assert seen.printed == "within tensor(7.) OrderedDict([('c', tensor(7.))])\n"
    assert seen.numbers == [["within", [7.0, [7.0]]]]


def test_what_is_exported_takes_inputs_as_the_first_were_and_tells_errors_by_their_class(strictness):
    def case(show, device):
        model = Doing(lambda x: x)
        model(X)
        with pytest.raises(Exception, match=r"^$") as caught:
            model(torch.ones(3))
        show("raised", caught.type.__name__)

    assert in_mode(case).printed in ("raised AssertionError\n", "raised RuntimeError\n")


def test_what_a_global_hook_raises_is_its_own():
    def case(show, device):
        model = Doing(lambda x: x)
        model(X)
        torch.nn.modules.module.register_module_forward_hook(raising)
        model(X)

    def raising(*_):
        raise ValueError("of the hook")

    assert in_mode(case).raised == "ValueError: of the hook"


def test_what_cannot_be_exported_is_refused_and_told_by_the_class_of_the_error(strictness):
    assert raised(lambda x: x if x.sum() > 0 else -x).startswith("refused: ")
    assert raised(lambda x: torch.nn.functional.linear(x, torch.ones(3, 3))).startswith("refused: ")


def test_what_the_case_raises_where_forward_runs_is_its_own():
    def raising(x):
        raise ValueError("of the case")

    assert raised(raising) == "ValueError: of the case"


def test_a_parameter_that_forward_makes_is_refused_where_dynamo_would_make_it_an_input(monkeypatch):
    from torch._dynamo.exc import Unsupported
    from torch._dynamo.output_graph import OutputGraph

    own = OutputGraph.synthetic_graph_input
    monkeypatch.setattr(torch.export, "export", lambda *_: OutputGraph.synthetic_graph_input(None, None, ()))
    assert raised(lambda x: x) == f"refused: {Unsupported.__name__}"
    assert OutputGraph.synthetic_graph_input is own


def test_warnings_of_export_are_its_own_and_those_of_the_case_stay():
    def case(show, device):
        def warning(x):
            model.kept = x
            warnings.warn("of the case", UserWarning, stacklevel=2)
            warnings.warn_explicit("of export", UserWarning, torch.export.__file__, 1)
            return x

        model = Doing(warning)
        model(X)

    assert set(in_mode(case).warned) == {"UserWarning: of the case"}


def test_the_configuration_of_dynamo_is_as_before():
    import torch._dynamo as dynamo

    limit = dynamo.config.recompile_limit
    in_mode(lambda show, device: Doing(lambda x: x)(X))
    assert dynamo.config.recompile_limit == limit
