"""Section "Autograd": how anomaly detection tells of a Module whose gradient is wrong."""

import warnings

import torch
from torch.nn import Module

from module_drift.case import case

from ..shared.refusals import refusal
from ..shared.weighted import Scale


class _Root(Module):
    """The square root of its input, whose gradient at zero is infinite."""

    def forward(self, x):
        return torch.sqrt(x)


class _Failing(torch.autograd.Function):
    """Twice its input, with a gradient that raises."""

    __module__ = "cases.anomaly"

    @staticmethod
    def forward(ctx, x):
        return 2.0 * x

    @staticmethod
    def backward(ctx, gradient):
        raise RuntimeError("no gradient today")


def _quietly(attempt):
    """Return how `attempt` is refused, and whether what warned of it named this file, where forward was called."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        refused = refusal(attempt)
    said = [str(warning.message) for warning in caught]
    return refused, len([text for text in said if "anomaly.py" in text])


@case("autograd/anomaly-of-nan", only="cpu")
def anomaly_of_nan_is_detected(show, device):
    """Anomaly detection raises where a gradient is NaN, and the trace of forward goes with it."""
    model = Scale(0.0, device)
    with torch.autograd.detect_anomaly():
        output = _Root()(model(0.0)) * 0.0
        show("raises, traces", *_quietly(output.backward))
    show("gradient", model.weight.grad)


@case("autograd/anomaly-of-nan-unchecked", only="cpu", needs="torch.autograd.detect_anomaly(check_nan)")
def anomaly_of_nan_is_not_checked(show, device):
    """Anomaly detection with check_nan=False lets NaN pass."""
    model = Scale(0.0, device)
    with torch.autograd.detect_anomaly(check_nan=False):
        output = _Root()(model(0.0)) * 0.0
        show("raises, traces", *_quietly(output.backward))
    show("gradient", model.weight.grad)


@case("autograd/anomaly-of-a-function-that-raises", only="cpu")
def anomaly_of_a_function_that_raises(show, device):
    """An error in the backward of a Function is accompanied by the trace of forward if anomalies are detected."""
    model = Scale(2.0, device)
    for detected in (False, True):
        with torch.autograd.set_detect_anomaly(detected):
            output = _Failing.apply(model(3.0))
            show("raises, traces", *_quietly(output.backward))


@case("autograd/anomaly-detection-is-put-back", only="cpu", needs="torch.is_anomaly_enabled")
def anomaly_detection_is_put_back(show, device):
    """Anomaly detection within another block is put back to what the outer one said, also by an error."""
    with torch.autograd.set_detect_anomaly(True):
        with torch.autograd.set_detect_anomaly(False):
            show("inner", torch.is_anomaly_enabled())
        show("outer", torch.is_anomaly_enabled())
    show("after", torch.is_anomaly_enabled())


@case("autograd/anomaly-detection-warns", only="cpu")
def anomaly_detection_warns(show, device):
    """Anomaly detection as a block warns that it is slow, and when it is set by a call it does not."""
    with torch.autograd.detect_anomaly():
        pass
    show("set")
    torch.autograd.set_detect_anomaly(True)
    torch.autograd.set_detect_anomaly(False)
