"""Section "Autograd": how anomaly detection tells of a Module whose gradient is wrong."""

import warnings

import torch
from torch.nn import Module

from module_drift.case import case

from ..shared.refusals import refusal
from ..shared.weighted import Scale, leaf


class _Root(Module):
    """The square root of its input, whose gradient at zero is infinite."""

    def forward(self, x):
        return torch.sqrt(x)


class _NotANumber(torch.autograd.Function):
    """Twice its input, with a gradient that is NaN."""

    @staticmethod
    def forward(ctx, x):
        return 2.0 * x

    @staticmethod
    def backward(ctx, gradient):
        return gradient * float("nan")


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


@case("autograd/anomaly-after-forward", only="cpu")
def anomaly_is_detected_after_forward(show, device):
    """Anomaly detection that is on in backward alone raises, too, and knows of no trace of forward."""
    output = _Root()(Scale(0.0, device)(0.0)) * 0.0
    with torch.autograd.detect_anomaly():
        show("raises, traces", *_quietly(output.backward))


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


@case("autograd/anomaly-check-is-put-back", only="cpu", needs="torch.is_anomaly_check_nan_enabled")
def anomaly_check_is_put_back(show, device):
    """The check for NaN within another block is put back to what the outer one said."""
    with torch.autograd.set_detect_anomaly(True, check_nan=False):
        with torch.autograd.set_detect_anomaly(True):
            show("inner", torch.is_anomaly_check_nan_enabled())
        show("outer", torch.is_anomaly_check_nan_enabled())
    show("after", torch.is_anomaly_check_nan_enabled())


@case("autograd/anomaly-detection-warns", only="cpu")
def anomaly_detection_warns(show, device):
    """Anomaly detection as a block warns that it is slow, and when it is set by a call it does not."""
    with torch.autograd.detect_anomaly():
        pass
    show("set")
    torch.autograd.set_detect_anomaly(True)
    torch.autograd.set_detect_anomaly(False)


@case("autograd/anomaly-metadata", only="cpu")
def anomaly_detection_notes_the_trace(show, device):
    """Under anomaly detection, the metadata of a node have the trace of forward under this key."""
    model = Scale(2.0, device)
    with torch.autograd.set_detect_anomaly(True):
        output = model(leaf(3.0, device))
    show("keys", list(output.grad_fn.metadata))
    show("names forward", any("forward" in line for line in output.grad_fn.metadata["traceback_"]))


@case("autograd/anomaly-in-the-second-pass", only="cpu", needs="torch.is_anomaly_enabled")
def anomaly_in_a_double_backward(show, device):
    """A NaN in the second of two passes is told by anomaly detection, with a trace of the first one or none."""
    model = Scale(4.0, device)
    with torch.autograd.set_detect_anomaly(True):
        output = torch.sqrt(model.weight - 4.0 + 4.0) * 1.0
        (first,) = torch.autograd.grad(output, model.weight, create_graph=True)
        second = _NotANumber.apply(first)
        show("raises, traces", *_quietly(lambda: torch.autograd.grad(second, model.weight)))
