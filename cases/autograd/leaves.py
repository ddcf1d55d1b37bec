"""Section "Autograd": which tensors of a Module are leaves, what may be set of them, and what detaches."""

import copy

import torch
from torch.nn import Embedding, Linear, Parameter

from module_drift.case import case, cases

from ..shared.parametrizations import Twice
from ..shared.refusals import refusal, type_of_refusal
from ..shared.weighted import Scale, leaf, linear

KINDS = {
    "a-parameter-cast-to-its-own-dtype": lambda model: model.weight.float(),
    "a-parameter-made-of-a-result": lambda model: Parameter(model.weight * 2),
}
"""How a tensor comes from the weight of a Module."""


@cases(
    "autograd/leaf-{kind}",
    only="cpu",
    kind=[
        "a-parameter-cast-to-its-own-dtype",
        "a-parameter-made-of-a-result",
    ],
)
def leaf_or_not(show, device, kind):
    """Whether {kind} is a leaf, requires a gradient, and has a node of the graph."""
    tensor = KINDS[kind](linear(device))
    show("type", type(tensor).__name__)
    show("is a leaf, requires grad", tensor.is_leaf, tensor.requires_grad)
    show("node", type(tensor.grad_fn).__name__)


@case("autograd/leaf-parametrized", only="cpu", needs="torch.nn.utils.parametrize")
def parametrized_weight_is_no_leaf(show, device):
    """A parametrized weight is a result, and its original the leaf."""
    model = linear(device)
    torch.nn.utils.parametrize.register_parametrization(model, "weight", Twice())
    show("weight", model.weight.is_leaf, type(model.weight).__name__)
    show("original", model.parametrizations.weight.original.is_leaf)


@case("autograd/leaf-uninitialized", only="cpu", needs="torch.nn.LazyLinear")
def uninitialized_weight_is_a_leaf(show, device):
    """The weight of a lazy Module is a leaf before its first call, and cannot be frozen by requires_grad_ then."""
    model = torch.nn.LazyLinear(1).to(device)
    show("is a leaf, requires grad", model.weight.is_leaf, model.weight.requires_grad)
    show("frozen", type_of_refusal(model.requires_grad_, False))
    model.weight.requires_grad = False
    model(torch.ones(1, 2, device=device))
    show("after the first call", model.weight.is_leaf, model.weight.requires_grad)


@case("autograd/leaf-of-an-embedding", only="cpu")
def embedding_made_from_a_result(show, device):
    """An Embedding that is made from_pretrained of a result has a leaf as its weight, which is frozen or not."""
    table = linear(device).weight * 2
    for freeze in (True, False):
        weight = Embedding.from_pretrained(table, freeze=freeze).weight
        show(f"freeze={freeze}", weight.is_leaf, weight.requires_grad, weight.data_ptr() == table.data_ptr())


# What may be set.


@case("autograd/result-frozen", only="cpu")
def result_cannot_be_frozen(show, device):
    """A result cannot be told to require no gradient, whether by its attribute or in place."""
    result = linear(device).weight * 2
    show("attribute", refusal(setattr, result, "requires_grad", False))
    show("in place", refusal(result.requires_grad_, False))
    show("to what it is", refusal(result.requires_grad_, True))


@case("autograd/parameter-of-integers", only="cpu")
def parameter_of_integers(show, device):
    """A Parameter of integers cannot require a gradient, whether told so when it is made or afterwards."""
    data = torch.zeros(2, dtype=torch.int64, device=device)
    show("by default", refusal(Parameter, data))
    parameter = Parameter(data, requires_grad=False)
    show("attribute", refusal(setattr, parameter, "requires_grad", True))
    show("in place", refusal(parameter.requires_grad_))


DATA = {
    "integers": lambda device: torch.ones(2, device=device, dtype=torch.int64),
    "what-requires-grad": lambda device: leaf([1.0, 1.0], device),
}


@cases(
    "autograd/data-set-to-{data}",
    only="cpu",
    data=[
        "integers",
        "what-requires-grad",
    ],
)
def data_set_to(show, device, data):
    """The data of a parameter that is set to {data}."""
    model = Scale([2.0, 2.0], device)
    show("raises", refusal(setattr, model.weight, "data", DATA[data](device)))
    weight = model.weight
    show("type", type(weight).__name__, weight.dtype, tuple(weight.shape))
    show("is a leaf, requires grad", weight.is_leaf, weight.requires_grad)


@case("autograd/data-of-another-dtype-with-a-gradient", only="cpu")
def data_of_another_dtype_with_a_gradient(show, device):
    """A parameter whose data is set to another dtype keeps its gradient in the old one, and adds the next to it."""
    model = Scale([2.0, 2.0], device)
    model(3.0).sum().backward()
    model.weight.data = model.weight.data.double()
    show("gradient kept", model.weight.grad.dtype)
    show("backward", refusal(lambda: model(3.0).sum().backward()))
    show("gradient", model.weight.grad)


@case("autograd/data-of-another-shape-with-a-gradient", only="cpu")
def data_of_another_shape_with_a_gradient(show, device):
    """A parameter whose data is set to another shape keeps its gradient of the old one, to which the next is added."""
    model = Scale([2.0, 2.0], device)
    model(3.0).sum().backward()
    model.weight.data = torch.ones(3, device=device)
    show("gradient kept", model.weight.grad)
    show("backward", refusal(lambda: model(3.0).sum().backward()))
    model.weight.grad = None
    show("backward without it", refusal(lambda: model(3.0).sum().backward()))
    show("gradient", model.weight.grad)


GRADIENTS = {
    "what-requires-grad": lambda parameter: 2 * parameter,
    "an-expanded-tensor": lambda parameter: torch.ones(1, device=parameter.device).expand(2),
    "a-parameter": lambda parameter: Parameter(torch.ones(2, device=parameter.device)),
}


@cases(
    "autograd/gradient-set-to-{gradient}",
    only="cpu",
    gradient=[
        "what-requires-grad",
        "an-expanded-tensor",
        "a-parameter",
    ],
)
def gradient_set_to(show, device, gradient):
    """The gradient of a parameter that is set to {gradient}, and what backward adds to it."""
    model = Scale([2.0, 2.0], device)
    show("raises", refusal(lambda: setattr(model.weight, "grad", GRADIENTS[gradient](model.weight))))
    show("backward", refusal(lambda: model(3.0).sum().backward()))
    show("gradient", model.weight.grad)


@case("autograd/gradient-of-a-dtype-of-its-own", only="cpu", needs="torch.Tensor.grad_dtype")
def gradient_has_a_dtype_of_its_own(show, device):
    """A parameter takes gradients of the dtype that its grad_dtype says."""
    model = Scale(2.0, device)
    show("by default", model.weight.grad_dtype)
    model.weight.grad_dtype = torch.float64
    model(3.0).backward()
    show("gradient", model.weight.grad)
    show("set to float32", refusal(setattr, model.weight, "grad", torch.tensor(1.0, device=device)))


# What detaches.


@case("autograd/detached-output-changed-in-place", only="cpu")
def detached_output_is_changed_in_place(show, device):
    """A detached output shares its memory and its version with the output, so that backward notices a change."""
    output = torch.exp(Scale(1.0, device)(torch.zeros(2, device=device)))
    detached = output.detach()
    detached.add_(1.0)
    show("output", output.data)
    show("version", output._version, detached._version)
    show("backward", type_of_refusal(output.sum().backward))


@case("autograd/output-detached-in-place", only="cpu")
def output_is_detached_in_place(show, device):
    """An output that is detached in place is a leaf without a gradient, while what was computed before has one."""
    model = Scale(2.0, device)
    output = model(torch.tensor(3.0, device=device))
    product = 2 * output
    output.detach_()
    show("is a leaf, requires grad", output.is_leaf, output.requires_grad)
    product.backward()
    show("gradient", model.weight.grad)


@case("autograd/deepcopy-of-a-module-that-keeps-an-output", only="cpu")
def module_that_keeps_an_output_is_copied(show, device):
    """A Module that keeps an output as an attribute or buffer cannot be copied, unless it is detached."""
    model = Scale(2.0, device)
    model.last = model(torch.tensor(3.0, device=device))
    show("raises", refusal(copy.deepcopy, model))
    model.last = model.last.detach()
    show("detached", refusal(copy.deepcopy, model))


@case("autograd/parameter-as-a-number", only="cpu")
def parameter_becomes_a_number(show, device):
    """A parameter that requires a gradient becomes a number by float, with a warning in some releases, or by item."""
    weight = Scale(2.0, device).weight
    show("item", weight.item())
    show("float", float(weight))


@case("autograd/state-dict-is-detached", only="cpu")
def state_is_detached(show, device):
    """A state has detached tensors that share memory and version with the parameters, so that backward notices."""
    model = Linear(1, 1, bias=False).to(device)
    model.weight.data.fill_(2.0)
    output = model(torch.ones(1, 1, device=device)) ** 2 * model.weight
    state = model.state_dict()
    state["weight"].fill_(5.0)
    show("parameter", model.weight.data)
    show("backward", type_of_refusal(output.sum().backward))
