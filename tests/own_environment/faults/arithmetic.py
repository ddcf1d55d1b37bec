"""Faults of the results of arithmetic."""

import functools

import torch
from torch import Tensor

from .fault import fault
from .injection import results, warns


@fault(
    "buffer/code-*",
    "buffer/loaded-*",
    "hook/code-*",
    "module/code-*",
    "module/forward-takes-*",
    "module/same-numbers-*",
    "parameter/code-*",
    "hook/backward-pre-*",
    "hook/full-double-backward",
    "hook/global-backward-pre-*",
    "hook/always-called-hooks-when-a-hook-raises",
    "hook/global-legacy-*",
    "hook/full-on-an-old-module",
    "hook/mode-that-a-pre-hook-sets",
    "module/deleted-of-a-class",
)
def logarithm_in_double(patch):
    """A logarithm is of dtype float64."""
    results(patch, torch, "log", lambda result: result.double())


@fault(
    "buffer/code-*",
    "buffer/loaded-*",
    "hook/code-*",
    "module/code-*",
    "module/forward-takes-*",
    "module/same-numbers-*",
    "parameter/code-*",
    "buffer/backward-*",
    "hook/backward-pre-*",
    "hook/full-*",
    "hook/global-backward-pre-*",
    "parameter/separate-*",
    "parameter/clip-grad-norm-of-an-*",
    "hook/always-called-hooks-when-a-hook-raises",
    "hook/global-legacy-*",
    "hook/global-full-*",
    "hook/handles-of-global-hooks",
    "hook/deep-copy-keeps-backward-hooks",
    "hook/mode-that-a-pre-hook-sets",
    "hook/ten-full-backward-hooks",
    "hook/ten-full-backward-pre-hooks",
    "module/converted-in-inference-mode",
    "module/converted-in-no-grad",
    "module/deleted-of-a-class",
    "module/saved-and-loaded-in-inference-mode",
    "module/saved-and-loaded-in-no-grad",
)
def logarithm_on_another_device(patch):
    """A logarithm is on the meta device."""
    results(patch, torch, "log", lambda result: result.to("meta"))


@fault("module/code-*", "hook/global-legacy-*")
def logarithm_by_another_operation(patch):
    """A logarithm has the grad_fn of another operation."""
    results(patch, torch, "log", lambda result: result * 1)


@fault(
    "buffer/code-*",
    "buffer/loaded-*",
    "hook/code-*",
    "module/code-*",
    "module/forward-takes-*",
    "module/same-numbers-*",
    "parameter/code-*",
    "parameter/separate-*",
)
def logarithm_inexact(patch):
    """A logarithm is 1.00001 times too large."""

    def scale(result):
        result.data.mul_(1.00001)
        return result

    results(patch, torch, "log", scale)


@fault(
    "buffer/gradient-of-*",
    "functional/*power*",
    "hook/code-*",
    "hook/legacy-*",
    "hook/backward-pre-replaces-*",
    "hook/full-*",
    "module/code-*",
    "module/same-numbers-*",
    "parameter/code-*",
    "hook/global-full-*",
    "hook/handles-of-newer-hooks",
    "utility/parameters-to-a-vector",
    "autograd/func-per-sample-gradients",
    "autograd/state-dict-is-detached",
    "remedy/gradients-by-grad",
    "remedy/power-of-a-base-kept-from-zero",
)
def power_requires_no_gradient(patch):
    """A power of a tensor requires no gradient."""
    results(patch, Tensor, "__pow__", lambda result: result.detach())


@fault("functional/gradient-of-zero-to-a-power")
def power_of_zero_by_logarithms(patch):
    """A power of zero is computed by logarithms, so that its gradient is not a number."""

    original = Tensor.__pow__

    @functools.wraps(original)
    def power(self, exponent):
        if isinstance(exponent, Tensor) and (self == 0).any():
            return torch.exp(exponent * torch.log(self))
        return original(self, exponent)

    patch.setattr(Tensor, "__pow__", power)


@fault("functional/number-to-the-power-of-a-tensor")
def power_of_a_number_as_of_a_tensor(patch):
    """A number to the power of a tensor has the node of a tensor to that power."""
    patch.setattr(Tensor, "__rpow__", lambda self, number: torch.tensor(number, requires_grad=True) ** self)


@fault("functional/gradient-of-the-maximum-of-equals")
def maximum_has_one_place(patch):
    """Only one of several equal largest values receives the gradient of the maximum."""
    patch.setattr(Tensor, "max", lambda self: self.flatten()[self.argmax()])


@fault("functional/number-divided-by-integers")
def number_divided_by_integers_is_rounded(patch):
    """A number divided by a tensor of integers is a tensor of integers."""
    patch.setattr(Tensor, "__rtruediv__", lambda self, number: (self.reciprocal() * number).to(self.dtype))


@fault("functional/floor-division-of-negative-numbers")
def floor_division_truncates(patch):
    """The operator // rounds towards zero."""
    patch.setattr(Tensor, "__floordiv__", lambda self, other: torch.div(self, other, rounding_mode="trunc"))


@fault(
    "functional/number-divided-by-integers",
    "functional/relu-of-minus-zero",
    "parameter/clip-grad-norm-result",
    "utility/clip-grad-norm-below-the-limit",
    "utility/clip-grad-norm-of-a-generator",
    "utility/clip-grad-norm-of-infinity",
    "utility/clip-grad-norm-of-one",
    "utility/clip-grad-norm-of-three",
    "utility/clip-grad-norm-of-two",
    "utility/clip-grad-norm-under-its-old-name",
    "utility/clip-grad-norm-without-foreach",
    "utility/clip-grads-with-a-norm",
    "utility/orthogonal-parametrized",
    "remedy/number-divided-by-integers-is-true-division",
    "remedy/relu-keeps-minus-zero",
)
def number_divided_by_a_tensor_the_other_way_round(patch):
    """A number divided by a tensor is the tensor divided by the number."""
    patch.setattr(Tensor, "__rtruediv__", lambda self, number: self / number)


@fault("remedy/floor-division-rounds-down")
def division_told_to_round_down_cuts(patch):
    """A division that is told to round down rounds towards zero."""
    original = torch.div

    @functools.wraps(original)
    def divide(*args, rounding_mode=None, **keywords):
        return original(*args, rounding_mode=rounding_mode and "trunc", **keywords)

    patch.setattr(torch, "div", divide)


@fault(
    "buffer/code-*",
    "hook/code-*",
    "hook/legacy-*",
    "parameter/code-*",
    "autograd/hook-that-holds-its-own-node",
    "autograd/node-hook-that-returns-none-for-one",
    "autograd/node-hook-that-returns-too-few",
    "autograd/node-hooks-of-a-parameter-and-inputs",
    "autograd/node-of-what-needs-no-gradient",
    "autograd/node-pre-hook",
    "autograd/node-saved-tensors",
    "autograd/output-detached-in-place",
    "autograd/saved-and-packed-by-what-takes-nothing",
)
def product_by_another_operation(patch):
    """A product has the grad_fn of another operation."""
    results(patch, Tensor, "__mul__", lambda result: result.view_as(result))


@fault("remedy/trace-refuses-keywords")
def tensor_added_to_itself_is_not_doubled(patch):
    """A tensor that is added to itself is the sum."""
    original = Tensor.__add__
    patch.setattr(Tensor, "__add__", lambda self, other: self if other is self else original(self, other))


@fault("remedy/sigmoid-and-tanh-of-torch")
def sigmoid_and_tanh_of_torch_warn(patch):
    """The functions sigmoid and tanh of torch itself warn that they are deprecated."""
    for name in ("sigmoid", "tanh"):
        warns(patch, torch, name, f"torch.{name} is deprecated.")
