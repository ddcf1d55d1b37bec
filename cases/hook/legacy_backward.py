"""Legacy backward hooks on Modules whose inputs and outputs are not all tensors that need a gradient."""

import torch

from module_drift.case import case

from ..shared.models import PowModel
from ..shared.refusals import refusal


class _PowAndInput(PowModel):
    """The power of its input, and the input without its graph."""

    def forward(self, x, q):
        return super().forward(x, q), x.detach()


class _NestedPow(PowModel):
    """The power of its input in a tuple, beside a list of two more powers."""

    def forward(self, x, q):
        return super().forward(x, q), [x**2, x**3]


def _inputs(device):
    """Return the article's inputs, of which the second needs no gradient.

    The first is multiplied by one, so that it is no leaf: torch warns of these.
    """
    return 1 * torch.tensor(5.0, device=device, requires_grad=True), torch.tensor(3.0, device=device)


def _with_hook(show, model):
    """Return `model` with a legacy backward hook that shows its gradients."""
    model.register_backward_hook(lambda module, *gradients: show("hook", *gradients))
    return model


@case("hook/legacy-backward-one-input-without-grad")
def legacy_backward_hook_on_one_operation_with_a_constant(show, device):
    """A legacy backward hook on one operation warns that there may be several, if an input needs no gradient."""
    model = _with_hook(show, PowModel())
    model(*_inputs(device)).backward()


@case("hook/legacy-backward-one-output-without-grad")
def legacy_backward_hook_on_a_module_that_returns_a_constant(show, device):
    """A legacy backward hook passes over an output that needs no gradient, and warns of what it does otherwise."""
    model = _with_hook(show, _PowAndInput())
    model(*_inputs(device))[0].backward()


@case("hook/legacy-backward-nested-output")
def legacy_backward_hook_sees_the_first_tensor_of_nested_outputs(show, device):
    """Of a tuple that holds a list, a legacy backward hook sees the first tensor alone, with a warning."""
    model = _with_hook(show, _NestedPow())
    model(*_inputs(device))[0].backward()


@case("hook/legacy-backward-output-without-grad")
def legacy_backward_hook_does_not_mind_an_output_without_gradient(show, device):
    """A Module whose output needs no gradient can be called with a legacy backward hook, without a warning."""
    with torch.no_grad():
        show("output", _with_hook(show, PowModel())(*_inputs(device)))


@case("hook/legacy-backward-on-a-dropped-module")
def legacy_backward_hook_does_not_keep_its_module(show, device):
    """A legacy backward hook makes backward raise if nothing holds its Module any more."""
    model = _with_hook(show, PowModel())
    x, q = _inputs(device)
    output = model(x, 1 * q.requires_grad_())
    del model
    show("backward", refusal(output.backward))
