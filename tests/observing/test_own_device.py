"""How the run's own device is named in what torch prints and says."""

import pytest

from module_drift.observing.own_device import as_on_the_cpu


@pytest.mark.parametrize(
    ("device", "text", "expected"),
    [
        ("cuda", "(0): [torch.cuda.FloatTensor of size 2x3 (GPU 0)]", "(0): [torch.FloatTensor of size 2x3]"),
        ("vulkan", "[torch.float32 of size 2x3 (vulkan:0)]", "[torch.float32 of size 2x3]"),
        (
            "xla",
            "modified: [XLAFloatType [2]], which",
            "modified: [torch.FloatTensor [2]], which",
        ),
        ("lazy", "[LazyDoubleType []] is at version 1", "[torch.DoubleTensor []] is at version 1"),
        ("npu", "expected PrivateUse1FloatType", "expected CPUFloatType"),
        ("xla", "torch.xla.HalfTensor", "torch.HalfTensor"),
        ("xla", "tensor([1.], device='xla:0')", "tensor([1.])"),
        ("meta", "tensor(..., device='meta', size=(2,))", "tensor(..., size=(2,))"),
        ("mps", "device(type='mps', index=0)", "device(type='cpu')"),
        ("cuda", "is on cuda:0", "is on cpu"),
        # Where it tells of the CPU, too, and of what only looks like the device.
        ("cuda", "found two devices, cuda:0 and cpu", "found two devices, cuda:0 and cpu"),
        ("cuda", "is on cuda:01 and cuda", "is on cuda:01 and cuda"),
        ("xla", "torch.xla.compile", "torch.xla.compile"),
        ("cuda", "tensor([1.], device='cuda:1')", "tensor([1.], device='cuda:1')"),
        ("cpu", "torch.cuda.FloatTensor", "torch.cuda.FloatTensor"),
    ],
)
def test_the_run_s_own_device_is_named_as_the_cpu(device, text, expected):
    assert as_on_the_cpu(text, device, 0) == expected
