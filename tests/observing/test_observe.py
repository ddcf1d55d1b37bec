"""Running a case: what is taken down, and that nothing is left behind."""

import gc
import locale
import os
import resource
import signal
import sys
import threading
import warnings

import pytest
import torch
from torch.overrides import BaseTorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from module_drift.finding.discovery import discover
from module_drift.observing import needed_api
from module_drift.observing.observe import _settle, observe, observe_function

CPU = torch.device("cpu")


def test_lines_numbers_and_warnings_are_taken_down():
    def case(show, device):
        show("a", torch.tensor(2.0, device=device), "and", 3)
        show("only a label")
        warnings.warn("first", FutureWarning, stacklevel=1)
        warnings.warn("first", FutureWarning, stacklevel=1)

    observed = observe_function(case, CPU)
    assert observed.printed == "a tensor(2.) and 3\nonly a label\n"
    assert observed.numbers == [["a", [2.0, 3]]]
    assert observed.warned == ["FutureWarning: first", "FutureWarning: first"]
    assert observed.raised is None


def test_an_exception_is_an_observation():
    def case(show, device):
        show("before", 1)
        raise KeyError("gone")

    observed = observe_function(case, CPU)
    assert observed.printed == "before 1\n"
    assert observed.raised == "KeyError: 'gone'"


def test_text_that_no_file_can_hold_is_escaped():
    def case(show, device):
        show("\ud83d", "\udc80")
        raise ValueError("\ud83d")

    observed = observe_function(case, CPU)
    assert observed.printed == "\\ud83d \\udc80\n"
    assert observed.raised == "ValueError: \\ud83d"


def test_warnings_of_cpp_come_each_time_and_without_their_source_line():
    def case(show, device):
        torch.tensor(1.0, requires_grad=True).mul(2).grad  # noqa: B018

    first, second = observe_function(case, CPU), observe_function(case, CPU)
    assert first == second
    (warned,) = first.warned
    assert warned.startswith("UserWarning: The .grad attribute of a Tensor that is not a leaf")
    assert "Triggered internally" not in warned


@pytest.mark.parametrize(
    "place",
    [
        " at /pytorch/aten/src/TH/generic/THTensorMath.cpp:197",
        " (validate_dtype at /pytorch/TensorIterator.cpp:143)\nframe #0: c10::Error + 0x46 (a)\nframe",
        "\nException raised from types at /pytorch/Iterator.cpp:183 (most recent call first):\nframe #0: c10",
        " Exception raised from types at /pytorch/Iterator.cpp:183 (most recent call first): frame #0: c10",
        "\n\nAt:\n  /torch/utils/checkpoint.py(382): inner_pack\n  /cases/demo.py(3): forward\n\n\nAt:\n  <string>(9)",
        " At: /torch/utils/checkpoint.py(382): inner_pack /cases/demo.py(3): forward <string>(9): <module>",
        "\n*** Begin stack trace ***\n\ttsl::CurrentStackTrace()\n\t\n*** End stack trace ***",
        ' at "/__w/pytorch/aten/src/ATen/native/TensorShape.cpp":4668',
    ],
    ids=["1.4", "1.5", "1.6", "1.6 on one line", "pybind's", "pybind's on one line", "torch_xla's", "of an assertion"],
)
def test_places_in_torchs_own_sources_are_left_out(place):
    def case(show, device):
        show("raises", f"RuntimeError: Found dtype Double{place}")
        raise ValueError(f"Found dtype Double{place}")

    observed = observe_function(case, CPU)
    assert observed.printed == "raises RuntimeError: Found dtype Double\n"
    assert observed.raised == "ValueError: Found dtype Double"


@pytest.mark.parametrize("place", ["torch_xla/csrc/aten_xla_type.cpp:1519 : ", "bridge.h:12: "])
def test_places_before_a_message_are_left_out(place):
    def case(show, device):
        raise ValueError(f"{place}Check failed: 1 == 2 (3:4)")

    assert observe_function(case, CPU).raised == "ValueError: Check failed: 1 == 2 (3:4)"


def test_addresses_are_left_out():
    def case(show, device):
        show("object", object())
        raise ValueError(object())

    observed = observe_function(case, CPU)
    assert observed.printed == "object <object object at 0x…>\n"
    assert observed.raised == "ValueError: <object object at 0x…>"


def process_state():
    return {
        "dtype": torch.get_default_dtype(),
        "default device": torch.get_default_device(),
        "grad": torch.is_grad_enabled(),
        "anomaly": torch.is_anomaly_enabled(),
        "deterministic": torch.get_deterministic_debug_mode(),
        "threads": torch.get_num_threads(),
        "print options": dict(vars(torch._tensor_str.PRINT_OPTS)),
        "hooks": {
            name: dict(value) if isinstance(value, dict) else value
            for name, value in vars(torch.nn.modules.module).items()
            if name.startswith("_global_")
        },
        "switches": {name: value for name, value in vars(torch.__future__).items() if isinstance(value, bool)},
        "filters": list(warnings.filters),
        "warn always": torch.is_warn_always_enabled(),
        "next number": torch.get_rng_state().tolist(),
    }


def state_of_python():
    return {
        "alarms": [signal.getitimer(timer)[0] for timer in (signal.ITIMER_REAL, signal.ITIMER_PROF)],
        "handlers": [signal.getsignal(number) for number in (signal.SIGALRM, signal.SIGINT, signal.SIGUSR1)],
        "blocked": signal.pthread_sigmask(signal.SIG_BLOCK, ()),
        "hooks of Python": [sys.getprofile(), threading._profile_hook, threading._trace_hook, *gc.callbacks],
        "garbage": gc.isenabled(),
        "recursion": sys.getrecursionlimit(),
        "limit of files": resource.getrlimit(resource.RLIMIT_NOFILE),
        "umask": os.popen("umask").read(),
        "locale": locale.setlocale(locale.LC_ALL),
    }


def leave_a_mess():
    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    torch.set_grad_enabled(False)
    torch.autograd.set_detect_anomaly(True)
    torch.set_deterministic_debug_mode("warn")
    torch.set_num_threads(2)
    torch.set_printoptions(precision=1, sci_mode=True)
    torch.nn.modules.module.register_module_forward_hook(lambda *_: None)
    torch.nn.modules.module.register_module_full_backward_hook(lambda *_: None)
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    if hasattr(torch.__future__, "set_swap_module_params_on_conversion"):  # Since 2.3.
        torch.__future__.set_swap_module_params_on_conversion(True)
    warnings.simplefilter("error")
    torch.set_warn_always(False)
    torch.manual_seed(17)


def leave_a_mess_in_python():
    signal.setitimer(signal.ITIMER_REAL, 100)
    signal.setitimer(signal.ITIMER_PROF, 100)
    for number in (signal.SIGALRM, signal.SIGINT, signal.SIGUSR1):
        signal.signal(number, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    sys.setprofile(lambda *_: None)
    threading.setprofile(lambda *_: None)
    threading.settrace(lambda *_: None)
    gc.callbacks.append(lambda *_: None)
    gc.disable()
    sys.setrecursionlimit(2000)
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    os.umask(0o777)
    locale.setlocale(locale.LC_ALL, "C" if locale.setlocale(locale.LC_ALL) != "C" else "C.UTF-8")


def test_nothing_of_python_that_a_case_leaves_happens_later():
    before = state_of_python()
    observe_function(lambda show, device: leave_a_mess_in_python(), CPU)
    assert state_of_python() == before


def test_a_case_leaves_no_trace():
    before = process_state()
    observe_function(lambda show, device: leave_a_mess(), CPU)
    assert process_state() == before


def test_a_case_that_raises_leaves_no_trace():
    def case(show, device):
        leave_a_mess()
        raise RuntimeError

    before = process_state()
    assert observe_function(case, CPU).raised == "RuntimeError: "
    assert process_state() == before


def test_a_mode_that_a_case_does_not_leave_is_left():
    def case(show, device):
        BaseTorchFunctionMode().__enter__()
        TorchDispatchMode().__enter__()

    observe_function(case, CPU)
    assert [torch._C._len_torch_function_stack(), torch._C._len_torch_dispatch_stack()] == [0, 0]


def test_a_case_starts_clean_whatever_was_before():
    seen = []
    observe_function(lambda show, device: seen.append(process_state()), CPU)

    def mess_around(show, device):
        leave_a_mess()
        observe_function(lambda show, device: seen.append(process_state()), CPU)

    observe_function(mess_around, CPU)
    clean, after_mess = ({**state, "filters": None} for state in seen)
    assert after_mess == clean
    assert clean["threads"] == 1
    assert clean["dtype"] == torch.float32
    assert clean["default device"] == torch.device("cpu")
    assert clean["grad"]
    assert not clean["anomaly"]
    assert not clean["deterministic"]
    assert not any(clean["hooks"].values())
    assert clean["switches"]
    assert not any(clean["switches"].values())


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode], ids=lambda mode: mode.__name__)
def test_the_first_case_of_a_process_runs_whatever_mode_is_on(mode):
    def case(show, device):
        x = torch.tensor(3.0, device=device, requires_grad=True)
        (x * x).backward()
        show("x.grad", x.grad)

    _settle.cache_clear()
    with mode():
        assert observe_function(case, CPU).printed == "x.grad tensor(6.)\n"
        assert not torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()


def test_variables_that_overrule_a_call_are_away_while_a_case_runs(monkeypatch):
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    seen = []
    observe_function(lambda show, device: seen.append("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD" in os.environ), CPU)
    assert seen == [False]
    assert os.environ["TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"] == "1"


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("torch.nn.Module", True),
        ("torch.nn.Module.register_full_backward_hook", True),
        ("torch.nn.Module.register_forward_hook(always_call)", True),
        ("torch.nn.Module.register_forward_hook(sometimes_call)", False),
        ("torch.nn.Module.no_such_method", False),
        ("torch.nn.utils.parametrize.register_parametrization", True),
        ("torch.no_such_module.function", False),
    ],
)
def test_whether_an_api_exists(name, there):
    assert needed_api.exists(name) is there


def test_a_case_whose_api_is_missing_is_not_run(tmp_path, monkeypatch):
    (tmp_path / "young").mkdir()
    (tmp_path / "young" / "cases.py").write_text(
        "from module_drift.case import case\n\n\n"
        '@case("young/case", needs="torch.not_yet")\n'
        "def young(show, device):\n"
        '    """Uses what is not there."""\n'
        "    show('ran')\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    (case,) = discover(tmp_path / "young")
    observed = observe(case, "cpu")
    assert observed.absent == "torch.not_yet"
    assert not any(observed[:4])
    monkeypatch.setattr(torch, "not_yet", None, raising=False)
    assert observe(case, "cpu").printed == "ran\n"
