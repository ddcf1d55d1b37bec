"""Running a case in a mode of execution: what goes through it, what is shown, and that nothing is left behind."""

import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch.nn.modules.module import register_module_forward_hook

from module_drift.common.errors import InputError
from module_drift.comparing.observation import does_not_apply
from module_drift.observing import modes
from module_drift.observing.modes import compile as compile_mode
from module_drift.observing.observe import _observe_in_mode, observe_function

CPU = torch.device("cpu")


class Doubled(torch.nn.Module):
    """Twice its input, and what it is told to do beside."""

    def __init__(self, beside=lambda x: None):
        super().__init__()
        self.beside = beside

    def forward(self, x, times=2.0):
        z = times * x
        self.beside(z)
        return z


def in_mode(case, name="compile"):
    return _observe_in_mode(case, CPU, name)


def test_a_case_shows_in_compile_what_it_shows_in_eager():
    def case(show, device):
        model = Doubled()
        model.register_forward_hook(lambda module, _, z: z + 1.0)
        x = torch.tensor(3.0, requires_grad=True)
        z = model(x, times=5.0)
        z.backward()
        show("z", z.detach(), x.grad)

    assert in_mode(case) == observe_function(case, CPU)
    assert in_mode(case).printed == "z tensor(16.) tensor(5.)\n"


def test_what_is_shown_within_a_call_breaks_no_graph_and_is_of_real_values(monkeypatch):
    graphs = []
    monkeypatch.setattr(
        compile_mode.Compile, "_run_as_it_is", lambda self, graph, _: graphs.append(graph) or graph.forward
    )

    def case(show, device):
        model = Doubled(beside=lambda z: show("within", z))
        show("before", 1)
        z = model(torch.tensor(3.0))
        show("after", z)

    assert in_mode(case).printed == "before 1\nwithin tensor(6.)\nafter tensor(6.)\n"
    assert len(graphs) == 1


def test_a_case_that_calls_no_module_does_not_apply():
    assert in_mode(lambda show, device: show("x", torch.ones(1))) == does_not_apply("compile")


def test_a_machinery_that_does_nothing_does_not_apply(monkeypatch):
    monkeypatch.setattr(compile_mode.Compile, "made", lambda self, module, as_it_stands: as_it_stands)
    assert in_mode(lambda show, device: show("z", Doubled()(torch.ones(1)))) == does_not_apply("compile")
    assert "nothing of a Module goes through" in modes.why_missing("compile", torch.__version__)


def test_what_is_compiled_is_kept_for_the_instance_and_made_once(monkeypatch):
    made = []
    own = compile_mode.Compile.made
    monkeypatch.setattr(compile_mode.Compile, "made", lambda self, *given: made.append(given[0]) or own(self, *given))

    def case(show, device):
        one, other = Doubled(), Doubled()
        for model in (one, other, one):
            show("z", model(torch.ones(1)))

    in_mode(case)
    assert len(made) == 2
    assert made[0] is not made[1]


def test_inner_calls_and_those_of_the_machinery_are_none_of_the_case(monkeypatch):
    made = []

    def twice(self, module, as_it_stands):
        made.append(module)
        return lambda *arguments, **keywords: (
            as_it_stands(*arguments, **keywords) + as_it_stands(*arguments, **keywords)
        )

    monkeypatch.setattr(compile_mode.Compile, "went_through", lambda self: len(made))
    monkeypatch.setattr(compile_mode.Compile, "made", twice)

    def case(show, device):
        show("z", torch.nn.Sequential(Doubled(), Doubled())(torch.ones(1)))

    assert in_mode(case).printed == "z tensor([8.])\n"
    assert len(made) == 1


@pytest.mark.parametrize(
    "made",
    [
        lambda self, module, as_it_stands: lambda *arguments, **keywords: as_it_stands(*arguments),
        lambda self, module, as_it_stands: lambda *arguments, **keywords: as_it_stands(torch.ones(1)),
        lambda self, module, as_it_stands: lambda *arguments, **keywords: module.forward(*arguments, **keywords),
    ],
    ids=["drops keywords", "keeps the first result", "runs no hooks"],
)
def test_a_machinery_that_errs_shows_something_else(monkeypatch, made):
    def case(show, device):
        model = Doubled()
        model.register_forward_hook(lambda module, _, z: z + 1.0)
        show("z", model(torch.ones(1)), model(3.0 * torch.ones(1), times=7.0))

    right = observe_function(case, CPU)
    monkeypatch.setattr(compile_mode.Compile, "went_through", lambda self: 1)
    monkeypatch.setattr(compile_mode.Compile, "made", made)
    assert in_mode(case) != right


def test_a_refusal_is_told_by_its_class_and_no_case_catches_it(monkeypatch):
    def refusing(self, module, as_it_stands):
        import torch._dynamo.exc

        raise torch._dynamo.exc.InternalTorchDynamoError("with a dump of code")

    monkeypatch.setattr(compile_mode.Compile, "made", refusing)

    def case(show, device):
        try:
            Doubled()(torch.ones(1))
        except Exception:
            show("caught", True)

    assert in_mode(case).raised == "refused: InternalTorchDynamoError"


def test_an_error_of_the_machinery_itself_is_told_by_its_class_alone():
    def case(show, device):
        try:
            torch.nn.Linear(2, 1)(torch.ones(1, 3))
        except RuntimeError as error:
            show("raised", type(error).__name__, str(error))

    assert in_mode(case).printed == "raised TorchRuntimeError \n"


def test_nothing_is_left_behind():
    import torch._dynamo as dynamo
    from torch._dynamo import guards

    limit = dynamo.config.recompile_limit
    measure = guards.profile_guard_manager
    call = torch.nn.Module.__call__

    def case(show, device):
        assert dynamo.config.recompile_limit > limit
        assert guards.profile_guard_manager is not measure
        Doubled()(torch.ones(1))
        raise ValueError("in between")

    assert in_mode(case).raised == "ValueError: in between"
    assert torch.nn.Module.__call__ is call
    assert dynamo.config.recompile_limit == limit
    assert guards.profile_guard_manager is measure


def test_more_compilations_than_the_limit_are_all_made():
    def case(show, device):
        for _ in range(20):
            show("z", Doubled()(torch.ones(1)))

    graphs = []
    mode = SimpleNamespace(**vars(compile_mode))
    assert mode.machinery is compile_mode.Compile
    machinery = compile_mode.Compile()
    with machinery:
        for _ in range(20):
            machinery.made(Doubled(), None)(torch.ones(1))
            graphs.append(machinery.went_through())
    assert graphs[-1] >= 1
    assert in_mode(case) == observe_function(case, CPU)


def test_a_mode_that_is_none_is_bad_input():
    assert modes.names() == sorted(
        path.stem.replace("_", "-") for path in Path(modes.__file__).parent.glob("[a-z]*.py")
    )
    with pytest.raises(InputError, match=r"there are eager, checkpoint, .*compile, "):
        modes.since("compiled")


def test_a_release_before_the_mode_lacks_it():
    assert modes.why_missing("compile", "1.13.1") == "torch 1.13.1 has no mode compile, which came with 2.0.0"
    assert modes.why_missing("eager", "1.4.0") is None
    assert modes.why_missing("compile", torch.__version__) is None


def test_several_modes_are_asked_for_with_commas_and_eager_comes_first():
    assert list(modes.since("functional-call,eager,checkpoint")) == ["eager", "checkpoint", "functional-call"]
    with pytest.raises(InputError, match="there is no such mode"):
        modes.since("eager,compiled")


def test_what_dynamo_learnt_of_a_class_is_forgotten_for_the_next_case():
    from torch._dynamo.mutation_guard import GenerationTracker

    GenerationTracker.mark_class_dynamic(Doubled)
    with compile_mode.Compile():
        assert not GenerationTracker.dynamic_classes.get(Doubled)


@pytest.mark.parametrize("name", ["compile", "compile-aot", "export", "fx"])
def test_what_torch_says_once_of_its_attributes_is_no_warning_of_a_case(name):
    def said(text):
        caught = warnings.WarningMessage(text, UserWarning, "torch/__init__.py", 1)
        return modes.named(name).says(caught)

    assert said("'has_cuda' is deprecated, please use 'torch.backends.cuda.is_built()'")
    assert not said("'has_bias' is deprecated")


@pytest.mark.parametrize(
    "where", ["from user code:\n  File x.py", "While executing %addmm : [num_users=1]\nOriginal traceback:"]
)
def test_an_error_is_told_without_the_code_that_tracing_put_behind_it(monkeypatch, where):
    def raising(self, module, as_it_stands):
        def call(x):
            raise RuntimeError(f"expected Float\n\n{where}")

        return self.counted(call)

    monkeypatch.setattr(modes.named("functional-call").machinery, "made", raising)
    seen = _observe_in_mode(lambda show, device: Doubled()(torch.ones(1)), CPU, "functional-call")
    assert seen.raised == "RuntimeError: expected Float"


def test_a_tensor_without_values_that_tracing_lets_out_is_told_as_such():
    from torch._subclasses.fake_tensor import FakeTensorMode

    def case(show, device):
        Doubled()(torch.ones(1))
        with FakeTensorMode():
            show("y", torch.ones(2))

    assert _observe_in_mode(case, CPU, "compile").printed == "y (only traced)\n"


@pytest.mark.parametrize("name", ["checkpoint", "functional-call"])
def test_whether_there_is_a_mode_is_asked_from_a_clean_state(name):
    def intrude(*_):
        raise AssertionError("a global hook ran that was registered beforehand")

    handle = register_module_forward_hook(intrude)
    dtype = torch.get_default_dtype()
    torch.set_default_dtype(torch.float16)
    try:
        assert modes.why_missing(name, torch.__version__) is None
        assert torch.get_default_dtype() == torch.float16
    finally:
        handle.remove()
        torch.set_default_dtype(dtype)


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("compile", "TORCHDYNAMO_DISABLE"),
        ("compile-aot", "TORCH_COMPILE_DISABLE"),
        ("export", "TORCHDYNAMO_DISABLE"),
        ("script", "PYTORCH_JIT"),
        ("trace", "PYTORCH_JIT"),
    ],
)
def test_a_variable_that_turns_a_machinery_off_is_taken_away(name, variable):
    assert modes.variables(name)[variable] is None
