"""Section "Utility": parameters as one vector, and back."""

import torch
from torch.nn import Linear
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from module_drift.case import case

from ..shared.refusals import refusal, type_of_refusal


def _linear(device):
    model = Linear(2, 1).to(device)
    model.weight.data.copy_(torch.tensor([[1.0, 2.0]], device=device))
    model.bias.data.fill_(3.0)
    return model


@case("utility/parameters-to-a-vector", only="cpu")
def parameters_become_a_vector(show, device):
    """The vector of parameters has them one after the other, and passes gradients back to them."""
    model = _linear(device)
    vector = parameters_to_vector(model.parameters())
    show("vector", vector.detach())
    (vector**2).sum().backward()
    show("gradient", model.weight.grad)


@case("utility/parameters-to-a-vector-of-none", only="cpu")
def no_parameters_become_a_vector(show, device):
    """No parameters make no vector."""
    show("raises", type_of_refusal(parameters_to_vector, []))


@case("utility/parameters-to-a-vector-without-contiguity", only="cpu")
def parameters_that_are_not_contiguous_become_a_vector(show, device):
    """A vector of transposed parameters has them in the order of their indices."""
    transposed = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device).t()
    show("vector", refusal(lambda: show("vector", parameters_to_vector([transposed]))))


@case("utility/vector-to-parameters", only="cpu")
def vector_becomes_parameters(show, device):
    """A vector is set as the data of parameters, which stay the same objects and share its memory."""
    model = _linear(device)
    vector, weight = torch.tensor([4.0, 5.0, 6.0], device=device), model.weight
    show("returned", vector_to_parameters(vector, model.parameters()))
    show("parameters", model.weight.detach(), model.bias.detach())
    vector.fill_(7.0)
    show("after a change of the vector", model.weight.detach())
    show("same object", model.weight is weight)


@case("utility/vector-to-parameters-too-short", only="cpu")
def short_vector_becomes_parameters(show, device):
    """A vector that is too short is refused after the first parameters were set."""
    model = _linear(device)
    vector = torch.tensor([4.0, 5.0], device=device)
    show("refused", refusal(vector_to_parameters, vector, model.parameters()))
    show("parameters", model.weight.detach(), model.bias.detach())


@case("utility/vector-to-parameters-too-long", only="cpu")
def long_vector_becomes_parameters(show, device):
    """Of a vector that is too long, the rest is left over."""
    model = _linear(device)
    show("refused", refusal(vector_to_parameters, torch.ones(9, device=device), model.parameters()))
    show("parameters", model.weight.detach(), model.bias.detach())


@case("utility/vector-to-parameters-of-no-tensor", only="cpu")
def what_is_no_vector_becomes_parameters(show, device):
    """A list in place of the vector is refused."""
    show("refused", refusal(vector_to_parameters, [1.0, 2.0, 3.0], _linear(device).parameters()))


@case("utility/vector-to-parameters-of-another-dtype", only="cpu")
def vector_of_another_dtype_becomes_parameters(show, device):
    """A vector of doubles makes parameters of doubles."""
    model = _linear(device)
    vector = torch.tensor([4.0, 5.0, 6.0], dtype=torch.float64, device=device)
    show("refused", refusal(vector_to_parameters, vector, model.parameters()))
    show("dtype", model.weight.dtype)
