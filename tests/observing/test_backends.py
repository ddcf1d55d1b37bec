"""Which backends of other packages a process of cases leaves out."""

import pytest

from module_drift.observing import backends


@pytest.mark.parametrize(
    ("devices", "kept_out"),
    [(["cpu"], True), (["cpu", "cuda"], True), (["meta"], True), (["xpu"], False), (["cpu", "npu"], True)],
)
def test_backends_are_left_out_where_no_device_of_theirs_is_asked_for(devices, kept_out):
    assert backends.variables(devices) == ({"TORCH_DEVICE_BACKEND_AUTOLOAD": "0"} if kept_out else {})
