"""A pytest plugin that leaves torch in some state before the suite, as another part of a program may.

Run as `pytest -p beforehand --beforehand dtype=float64 --beforehand threads=3`. A case that does not leave that
state as it was found is an error of its test.
"""

import random
import warnings

import pytest

_ENTERED = []  # What is never left, and would be if nothing referred to it.


def pytest_addoption(parser):
    """Add `--beforehand`."""
    parser.addoption("--beforehand", action="append", default=[], metavar="NAME=VALUE", help="a state of torch")


@pytest.fixture(scope="session")
def _beforehand(request):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for setting in request.config.getoption("beforehand"):
            name, _, value = setting.partition("=")
            _STATES[name](value)


@pytest.fixture(autouse=True)
def _left_as_found(_beforehand):
    before = _state()
    yield
    after = _state()
    changed = [name for name in before if before[name] != after[name]]
    assert not changed, f"not left as it was: {', '.join(changed)}"


def _state():
    import torch

    hooks = {
        name: list(value.values()) if isinstance(value, dict) else value
        for name, value in vars(torch.nn.modules.module).items()
        if name.startswith("_global_")
    }
    return {
        "dtype": torch.get_default_dtype(),
        "print": dict(vars(torch._tensor_str.PRINT_OPTS)),
        "grad": (torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.is_anomaly_enabled()),
        "hooks": hooks,
        "random": torch.get_rng_state().tolist(),
        "threads": torch.get_num_threads(),
        "deterministic": torch.get_deterministic_debug_mode(),
        "device": torch.get_default_device(),
    }


def _dtype(value):
    import torch

    torch.set_default_dtype(getattr(torch, value))


def _print(value):
    import torch

    if value == "full":
        torch.set_printoptions(profile="full", precision=9)
    else:
        torch.set_printoptions(precision=1, threshold=1, edgeitems=1, linewidth=20, sci_mode=True)


def _grad(value):
    import torch

    if value == "off":
        torch.set_grad_enabled(False)
    elif value == "inference":
        _ENTERED.append(torch.inference_mode())
        _ENTERED[-1].__enter__()
    else:
        torch.autograd.set_detect_anomaly(True)


def _hooks(value):
    from torch.nn.modules import module

    def intrude(*_):
        raise AssertionError("a global hook ran that was registered beforehand")

    # Those of the two kinds of backward hooks exclude each other.
    other = {"full": "register_module_backward_hook", "legacy": "register_module_full_backward_hook"}[value]
    for name, register in list(vars(module).items()):
        if name.startswith("register_module_") and name != other:
            register(intrude)


def _random(value):
    import torch

    torch.manual_seed(int(value))
    torch.rand(int(value) % 1000)
    random.seed(int(value))


def _threads(value):
    import torch

    torch.set_num_threads(int(value))


def _deterministic(value):
    import torch

    torch.set_deterministic_debug_mode(value)


def _device(value):
    import torch

    torch.set_default_device(value)


_STATES = {
    "dtype": _dtype,
    "print": _print,
    "grad": _grad,
    "hooks": _hooks,
    "random": _random,
    "threads": _threads,
    "deterministic": _deterministic,
    "device": _device,
}
