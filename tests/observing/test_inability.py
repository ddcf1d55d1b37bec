"""What tells that a device cannot do something, and what does not."""

import sys

import pytest

from conftest import REFUSAL
from module_drift.observing.inability import watched, why_cannot

MPS = "Cannot convert a MPS Tensor to float64 dtype as the MPS framework doesn't support float64."
SPARSE = "Could not run 'aten::empty' with arguments from the 'SparseVulkan' backend."
XLA = "The operator 'aten::foo' is not currently implemented for the XLA device."
LONG = "Could not run 'aten::relu' with arguments from the 'PrivateUse1' backend. This could be because"


@pytest.mark.parametrize(
    ("error", "device", "lacks"),
    [
        (
            TypeError(MPS),
            "mps",
            "float64",
        ),
        (RuntimeError("XLA does not support complex tensors"), "xla", "complex numbers"),
        (
            NotImplementedError(XLA),
            "xla",
            "aten::foo",
        ),
        (NotImplementedError(LONG), "npu", "aten::relu"),
        (
            NotImplementedError(
                "Could not run 'aten::empty.memory_format' with arguments from the 'SparseVulkan' backend."
            ),
            "vulkan",
            "sparse tensors",
        ),
        (NotImplementedError("Cannot copy out of meta tensor; no data!"), "meta", "values"),
        (
            NotImplementedError("aten::_local: run with Meta tensors, but there was no abstract impl registered"),
            "meta",
            "values",
        ),
        (RuntimeError("Tensor.item() cannot be called on meta tensors"), "meta", "values"),
        (RuntimeError("Attempted to access the data pointer on an invalid python storage."), "lazy", "storages"),
        (NotImplementedError("not supported on vulkan yet"), "vulkan", "NotImplementedError"),
        # What is a behaviour, or another device's.
        (NotImplementedError('Module [Net] is missing the required "forward" function'), "xla", None),
        (RuntimeError("expected scalar type Float but found Half on xla:0"), "xla", None),
        (RuntimeError('"addmm_impl_cpu_" not implemented for Half'), "xla", None),
        (RuntimeError("the relaxla format is not supported"), "xla", None),
        (KeyError("meta is not supported"), "meta", None),
        (NotImplementedError("not implemented for the cpu"), "cpu", None),
    ],
)
def test_an_error_tells_what_a_device_lacks_if_it_names_the_device(error, device, lacks):
    assert why_cannot(error, device) == lacks


CODE = f"""{REFUSAL}

def falling_back(attempt):
    return refusal(attempt) or None
"""


def of(file):
    """Return the functions of `CODE`, as if they stood in a file of this name."""
    functions = {}
    exec(compile(CODE, file, "exec"), functions)
    return functions


def lacking():
    raise NotImplementedError(LONG)


def otherwise():
    raise ValueError("the sizes do not fit")


@pytest.mark.parametrize(
    ("file", "attempt", "device", "lacks"),
    [
        ("cases/a.py", lacking, "npu", ["aten::relu"]),
        ("torch/a.py", lacking, "npu", []),  # Which knows another way.
        ("cases/a.py", otherwise, "npu", []),
        ("cases/a.py", lambda: float("1"), "npu", []),
        ("cases/a.py", lacking, "cpu", []),
    ],
)
def test_what_a_case_catches_itself_is_noticed(file, attempt, device, lacks):
    before = sys.gettrace()
    with watched(device, lambda name: name.startswith("cases/")) as found:
        of(file)["falling_back"](attempt)
    assert found == lacks
    assert sys.gettrace() is before
