"""Section "Autograd": how gradients get into parameters: whose memory, in place or not, laid out how."""

import torch
from torch.nn import Conv2d, Embedding, Linear

from module_drift.case import case, cases

from ..shared.refusals import refusal, type_of_refusal
from ..shared.weighted import Scale, Square, linear


@case("autograd/gradient-handed-to-backward-is-left-alone", only="cpu")
def gradient_handed_to_backward_is_left_alone(show, device):
    """The gradient handed to backward is not changed when more is added to that of the parameter."""
    model = Scale([1.0, 1.0], device)
    gradient = torch.tensor([1.0, 2.0], device=device)
    for _ in range(2):
        (model.weight + 0.0).backward(gradient)
    show("handed", gradient)
    show("gradient", model.weight.grad)


@case("autograd/gradient-of-two-parameters-is-not-shared", only="cpu")
def gradient_of_two_parameters_is_not_shared(show, device):
    """Two parameters whose sum is the output do not share the memory of their gradients."""
    one, two = Scale([1.0, 1.0], device), Scale([1.0, 1.0], device)
    (one.weight + two.weight).backward(torch.ones(2, device=device))
    show("shares memory", one.weight.grad.data_ptr() == two.weight.grad.data_ptr())
    one.weight.grad.mul_(10.0)
    show("gradients", one.weight.grad, two.weight.grad)


PASSES = {"plainly": False, "creating-a-graph": True}


@cases("autograd/gradient-added-{way}", only="cpu", way=PASSES)
def gradient_is_added(show, device, way):
    """A second pass adds to the gradient in place, or makes a new tensor, with create_graph={way}."""
    model = Square([1.0, 2.0], device)
    model(3.0).sum().backward(create_graph=way)
    first = model.weight.grad
    model(3.0).sum().backward(create_graph=way)
    show("same object", model.weight.grad is first)
    show("first", first.detach())
    show("gradient", model.weight.grad.detach())
    show("requires grad", model.weight.grad.requires_grad)
    model.weight.grad = None  # Or the parameter and the graph of its gradient hold each other.


@case("autograd/strides-of-the-gradient-of-a-transposed-parameter", only="cpu")
def strides_of_the_gradient_of_a_transposed_parameter(show, device):
    """The gradient of a transposed parameter has its strides, in some releases."""
    model = Scale(1.0, device)
    model.weight = torch.nn.Parameter(torch.ones(3, 2, device=device).t())
    for name, output in (("sum", model.weight.sum()), ("matrix", model.weight @ torch.ones(3, 4, device=device))):
        model.weight.grad = None
        output.sum().backward()
        show(name, model.weight.stride(), model.weight.grad.stride())


@case("autograd/strides-of-the-gradient-of-a-channels-last-convolution", only="cpu")
def strides_of_the_gradient_of_a_convolution(show, device):
    """The gradient of a convolution's weight in the format channels_last has its strides, in some releases."""
    model = Conv2d(2, 2, 3).to(device).to(memory_format=torch.channels_last)
    model(torch.ones(1, 2, 4, 4, device=device)).sum().backward()
    show("strides", model.weight.stride(), model.weight.grad.stride())


# Embeddings: sparse gradients, and those that are left out.


def _embedding(device, **settings):
    weights = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 12.0]], device=device)
    return Embedding.from_pretrained(weights, freeze=False, **settings)


def _indices(device, *indices):
    return torch.tensor(indices, device=device)


@case("autograd/gradient-of-a-sparse-embedding-added", only="cpu")
def gradient_of_a_sparse_embedding_is_added(show, device):
    """A sparse gradient is added to a sparse one as it stands, and to a dense one as a dense tensor."""
    model = _embedding(device, sparse=True)
    for index in (1, 0):
        model(_indices(device, index)).sum().backward()
    show("sparse to sparse", model.weight.grad.layout, model.weight.grad._nnz())
    dense = torch.ones(3, 2, device=device)
    model.weight.grad = dense
    model(_indices(device, 1)).sum().backward()
    show("sparse to dense", model.weight.grad, model.weight.grad is dense)


@case("autograd/dense-added-to-the-gradient-of-a-sparse-embedding", only="cpu")
def dense_gradient_is_added_to_a_sparse_one(show, device):
    """A dense gradient that is added to a sparse one makes it dense."""
    model = _embedding(device, sparse=True)
    model(_indices(device, 1)).sum().backward()
    model.weight.sum().backward()
    show("gradient", model.weight.grad)


@case("autograd/gradient-of-an-embedding-with-padding", only="cpu")
def gradient_of_an_embedding_with_padding(show, device):
    """The row of padding gets no gradient from the lookup, but does from other uses of the weight."""
    model = _embedding(device, padding_idx=-1)
    model(_indices(device, 0, 1, 2)).sum().backward()
    show("gradient", model.weight.grad)
    model.weight.grad = None
    (2 * model.weight).sum().backward()
    show("of the weight itself", model.weight.grad)


@case("autograd/embedding-renormalized-after-use", only="cpu")
def embedding_is_renormalized_after_use(show, device):
    """An Embedding with a max_norm whose weight was used before forward makes backward raise."""
    model = _embedding(device, max_norm=6.5)
    squares = model.weight * model.weight
    output = model(_indices(device, 2)).sum() + squares.sum()
    show("backward", type_of_refusal(output.backward))


# Of shapes that are broadcast, empty, or shared.


@case("autograd/gradient-of-an-empty-batch", only="cpu")
def gradient_of_an_empty_batch(show, device):
    """A batch without rows gives a Linear gradients of zero."""
    model = linear(device)
    model(torch.zeros(0, 2, device=device)).sum().backward()
    show("gradients", model.weight.grad, model.bias.grad)


@case("autograd/gradient-of-tied-weights", only="cpu")
def gradient_of_tied_weights(show, device):
    """A weight tied between an Embedding and a Linear has one gradient, the sum of both, which is dense."""
    embedding, head = _embedding(device, sparse=False), Linear(2, 3, bias=False).to(device)
    head.weight = embedding.weight
    head(embedding(_indices(device, 1))).sum().backward()
    show("same", head.weight.grad is embedding.weight.grad)
    show("gradient", head.weight.grad)


@case("autograd/initialized-after-forward", only="cpu")
def parameter_is_initialized_after_forward(show, device):
    """A weight that torch.nn.init fills between forward and backward makes backward raise."""
    model = Scale(2.0, device)
    output = model(model.weight)
    torch.nn.init.constant_(model.weight, 5.0)
    show("backward", type_of_refusal(output.backward))


@case("autograd/hook-on-an-uninitialized-parameter", only="cpu", needs="torch.nn.LazyLinear")
def hook_on_an_uninitialized_parameter(show, device):
    """A hook on a parameter that is not initialized yet is refused, and accepted after the first call."""
    model = torch.nn.LazyLinear(1).to(device)
    show("raises", type_of_refusal(model.weight.register_hook, print))
    output = model(torch.ones(1, 2, device=device)).sum()
    model.weight.register_hook(lambda gradient: show("called", gradient))
    output.backward()


@case("autograd/gradient-of-a-complex-parameter", only="cpu", needs="torch.view_as_real")
def gradient_of_a_complex_parameter(show, device):
    """The gradient of a complex parameter is the conjugate derivative, as gradient descent wants it."""
    model = Scale(complex(1.0, 2.0), device)
    output = model(torch.tensor(complex(0.0, 1.0), device=device))
    torch.view_as_real(output)[0].backward()
    gradient = model.weight.grad
    show("gradient", gradient.real, gradient.imag)


@case("autograd/backward-of-a-complex-output", only="cpu", needs="torch.view_as_real")
def backward_of_a_complex_output(show, device):
    """A complex output of one element needs the gradient to start with."""
    model = Scale(complex(1.0, 2.0), device)
    x = torch.tensor(complex(0.0, 1.0), device=device)
    show("backward", refusal(model(x).backward))
    show("with gradient", refusal(model(x).backward, torch.ones_like(x)))
