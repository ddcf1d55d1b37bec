"""Whether a device is there, and a wheel of torch has code for it, with invented torches: no card is needed."""

import sys
import types

import pytest

from module_drift.observing import devices
from module_drift.observing.architectures import supports
from module_drift.observing.devices import why_missing, why_unsupported

OLD = ["sm_37", "sm_50", "sm_60", "sm_61", "sm_70", "sm_75", "compute_37"]
NO_IMAGE = "CUDA error: no kernel image is available for execution on the device"


@pytest.mark.parametrize(
    ("architectures", "capability", "supported"),
    [
        (["sm_80"], (8, 0), True),
        (["sm_80"], (8, 6), True),  # Machine code runs on later minor versions,
        (["sm_86"], (8, 0), False),  # not on earlier ones,
        (["sm_80"], (9, 0), False),  # and on no other major version.
        (["sm_90"], (8, 9), False),
        (["compute_80"], (9, 0), True),  # PTX runs on all later versions,
        (["compute_80"], (8, 0), True),
        (["compute_80"], (7, 5), False),  # and on no earlier ones.
        (["sm_90a"], (9, 0), True),
        (["sm_90a"], (9, 1), False),
        (["compute_90a"], (10, 0), False),
        (["sm_100f"], (10, 3), True),
        (["sm_100f"], (12, 0), False),
        (["compute_100f"], (12, 0), False),
        (["sm_100", "sm_120"], (12, 1), True),
        (["sm_50", "sm_60", "sm_70"], (6, 1), True),
        (OLD[:-1], (9, 0), False),
        (OLD, (9, 0), True),  # By the PTX of compute_37.
        ([], (9, 0), False),
        (["gfx90a", "sm_", ""], (9, 0), False),
    ],
)
def test_code_runs_on_the_cards_that_cuda_says(architectures, capability, supported):
    assert supports(architectures, capability) is supported


class Tensor:
    def __init__(self, error):
        self.error = error

    def __add__(self, other):
        return self

    def sum(self):
        return self

    def item(self):
        if self.error:
            raise RuntimeError(self.error)
        return 4.0


@pytest.fixture
def torch(monkeypatch):
    """Put an invented torch in the place of the real one."""

    def invented(architectures=None, capability=(9, 0), error=None, cuda="10.1", hip=None, available=True):
        module = types.ModuleType("torch")
        module.version = types.SimpleNamespace(cuda=cuda, hip=hip)
        module.cuda = types.SimpleNamespace(
            is_available=lambda: available, get_device_capability=lambda index: capability
        )
        if architectures is not None:
            module.cuda.get_arch_list = lambda: architectures
        module.ones = lambda *shape, device: Tensor(error)
        module.device = lambda device: None
        monkeypatch.setitem(sys.modules, "torch", module)

    return invented


def test_a_wheel_is_judged_by_what_it_was_built_for(torch):
    torch(["sm_37", "sm_75"])
    assert why_unsupported("cuda") == "it was built for sm_37 sm_75, and the card is sm_90"
    torch(["sm_37", "sm_75"], (7, 5), error="must not be tried")
    assert why_unsupported("cuda") is None


def test_a_wheel_that_does_not_tell_is_tried(torch):
    torch()
    assert why_unsupported("cuda") is None
    torch(error=f"{NO_IMAGE}\nCUDA kernel errors might be reported later")
    assert why_unsupported("cuda") == f"an addition on the card ends with RuntimeError: {NO_IMAGE}"
    torch([], error="CUDA error: invalid device function")
    assert "invalid device function" in why_unsupported("cuda")


def test_another_error_is_not_laid_to_the_wheel(torch):
    torch(error="CUDA error: out of memory")
    assert why_unsupported("cuda") is None


def test_rocm_is_tried_since_its_architectures_are_no_capabilities(torch):
    torch(["gfx90a"], cuda=None, hip="6.0")
    assert why_unsupported("cuda") is None


def test_on_the_cpu_torch_is_not_even_imported(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert why_unsupported("cpu") is None


@pytest.mark.parametrize(
    ("torches", "why"),
    [
        ({}, None),
        ({"available": False}, "torch sees no CUDA device"),
        ({"available": False, "cuda": None, "hip": "6.0"}, "torch sees no CUDA device"),
        ({"available": False, "cuda": None}, "this torch was built without CUDA"),
    ],
)
def test_why_a_device_is_missing(torch, torches, why):
    torch(**torches)
    assert why_missing("cuda") == why


def test_a_device_that_torch_does_not_know_is_missing_with_a_remedy():
    why = why_missing("nope")
    assert why == "this torch knows no such type of device; name what registers it with --device-module"


def test_what_makes_torch_know_a_device_is_imported_or_missed(monkeypatch):
    assert why_missing("xla").startswith("it needs torch_xla, which cannot be imported (ModuleNotFoundError: ")
    assert why_missing("meta", "no.such.module").startswith("it needs no.such.module, which cannot be imported")
    monkeypatch.setitem(sys.modules, "registers_meta", types.ModuleType("registers_meta"))
    assert why_missing("meta", "registers_meta") is None


def test_a_device_is_asked_itself_whether_it_is_there(monkeypatch):
    import torch as real

    def wrong(*size, device):
        return real.zeros(*size)

    def failing(*size, device):
        raise RuntimeError("no such card\nat all")

    assert why_missing("meta") is None
    monkeypatch.setattr(real, "ones", wrong)
    assert why_missing("mps") == "a tensor of ones to which 1 was added came back as [1.0, 1.0]"
    monkeypatch.setattr(real, "ones", failing)
    assert why_missing("mps").endswith("ends with RuntimeError: no such card")
    monkeypatch.setattr(real, "ones", lambda *_, device: real.empty(2, device="fpga"))
    assert why_missing("mps").endswith(
        "Could not run 'aten::empty.memory_format' with arguments from the 'FPGA' backend."
    )


def test_a_device_s_own_generator_is_seeded_and_put_back(monkeypatch):
    import torch as real

    state = {"seed": 7}
    invented = types.SimpleNamespace(
        get_rng_state=lambda: dict(state), set_rng_state=state.update, manual_seed=lambda seed: state.update(seed=seed)
    )
    monkeypatch.setattr(real, "invented", invented, raising=False)
    with devices.seeded("invented", 0):
        assert state == {"seed": 0}
    assert state == {"seed": 7}
    with devices.seeded("meta", 0):
        pass
