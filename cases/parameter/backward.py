"""What has a gradient after backward, may be given one by hand, and may be changed between passes."""

import torch
from torch.nn import Parameter

from module_drift.case import case

from ..shared.refusals import refusal


def _parameter(value, device):
    """Return a parameter that holds `value`."""
    return Parameter(torch.tensor(value, device=device))


@case("parameter/gradient-of-an-intermediate-result")
def gradient_of_an_intermediate_result_is_not_kept(show, device):
    """An intermediate result has no gradient after backward, and torch warns when it is asked for one."""
    product = 2 * _parameter(5.0, device)
    (3 * product).backward()
    show("product.grad", product.grad)


@case("parameter/backward-for-an-intermediate-result", needs="torch.Tensor.backward(inputs)")
def backward_for_an_intermediate_result(show, device):
    """An intermediate result named in inputs= of backward gets a gradient, and the parameter behind it gets none."""
    parameter = _parameter(5.0, device)
    product = 2 * parameter

    def differentiate():
        (3 * product).backward(inputs=[product])
        show("product.grad", product.grad)

    show("raises", refusal(differentiate))
    show("parameter.grad", parameter.grad)


@case("parameter/gradient-of-another-dtype")
def gradient_of_another_dtype_is_refused(show, device):
    """A parameter takes no gradient of a dtype other than its own, and the error names both dtypes and grad_dtype."""
    parameter = _parameter(5.0, device)
    show("raises", refusal(setattr, parameter, "grad", torch.tensor(1.0, device=device, dtype=torch.float64)))


@case("parameter/row-changed-in-place")
def row_of_a_parameter_may_not_be_changed_in_place(show, device):
    """A row of a parameter may not be changed in place where gradients are recorded."""
    parameter = _parameter([[5.0, 3.0], [2.0, 1.0]], device)
    show("raises", refusal(parameter[0].mul_, 10))
    show("parameter", parameter.data)
