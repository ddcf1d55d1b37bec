"""Section "Autograd": what autograd.grad and backward take, refuse, and return for Modules."""

import torch
from torch.nn import Embedding, Module

from module_drift.case import case, cases

from ..shared.parametrizations import Twice
from ..shared.refusals import refusal, type_of_refusal
from ..shared.weighted import Scale, Square, leaf, linear


class _TwoHeads(Module):
    """Has two heads, of which forward uses the first alone."""

    def __init__(self, device):
        super().__init__()
        self.used, self.unused = Scale(2.0, device), Scale(5.0, device)

    def forward(self, x):
        return self.used(x)


STARTS = {
    "from-another-shape": lambda model, x: model(x).backward(torch.ones(3, device=x.device)),
    "from-integers": lambda model, x: model(x).backward(torch.ones(2, device=x.device, dtype=torch.int64)),
}


@cases(
    "autograd/backward-{start}",
    only="cpu",
    start=[
        "from-another-shape",
        "from-integers",
    ],
)
def backward_starts(show, device, start):
    """A backward pass {start} is refused in words of torch, or leaves a gradient."""
    model = Scale([1.0, 2.0], device)
    show("raises", refusal(STARTS[start], model, torch.tensor([3.0, 5.0], device=device)))
    show("gradient", model.weight.grad)


@case("autograd/backward-to-inputs", only="cpu", needs="torch.Tensor.backward(inputs)")
def backward_leads_to_inputs(show, device):
    """A backward to some inputs leaves the gradients of all others alone."""
    model, x = linear(device), leaf([[1.0, 1.0]], device)
    model(x).sum().backward(inputs=[model.bias])
    show("gradients", model.weight.grad, model.bias.grad, x.grad)


INPUTS = {
    "nothing": lambda model: [],
    "a-generator": lambda model: model.used.parameters(),
    "what-is-not-used": lambda model: [model.unused.weight],
    "one-twice": lambda model: [model.used.weight, model.used.weight],
}


@cases(
    "autograd/backward-to-{inputs}",
    only="cpu",
    needs="torch.Tensor.backward(inputs)",
    inputs=["a-generator", "what-is-not-used"],
)
def backward_leads_to(show, device, inputs):
    """A backward with {inputs} as inputs=."""
    model = _TwoHeads(device)
    show("raises", type_of_refusal(lambda: model(3.0).backward(inputs=INPUTS[inputs](model))))
    show("gradients", model.used.weight.grad, model.unused.weight.grad)


@cases(
    "autograd/grad-by-{inputs}",
    only="cpu",
    inputs=["nothing", "one-twice"],
)
def grad_by(show, device, inputs):
    """The autograd.grad of an output by {inputs}, which leaves .grad alone."""
    model = _TwoHeads(device)
    show("raises", refusal(lambda: show("gradients", torch.autograd.grad(model(3.0), INPUTS[inputs](model)))))
    show("kept", model.used.weight.grad)


@cases("autograd/grad-of-an-unused-parameter-if-{allowed}", only="cpu", allowed={"allowed": True, "not-allowed": False})
def grad_of_an_unused_parameter(show, device, allowed):
    """The gradient by a parameter that forward does not use, with allow_unused={allowed}."""
    model = _TwoHeads(device)
    parameters = list(model.parameters())
    grad = torch.autograd.grad
    show("raises", refusal(lambda: show("gradients", grad(model(3.0), parameters, allow_unused=allowed))))


@case("autograd/grad-materialized", only="cpu", needs="torch.autograd.grad(materialize_grads)")
def grad_is_materialized(show, device):
    """A gradient that is not there is zero if it is to be materialized, which goes not with allow_unused=False."""
    model = _TwoHeads(device)
    parameters, grad = list(model.parameters()), torch.autograd.grad
    show("gradients", grad(model(3.0), parameters, materialize_grads=True))
    show("raises", refusal(lambda: grad(model(3.0), parameters, materialize_grads=True, allow_unused=False)))


@case("autograd/grad-of-an-embedding-batched", only="cpu", needs="torch.autograd.grad(is_grads_batched)")
def grad_is_batched(show, device):
    """Gradients of a batch of gradients to start with, of a Linear and of an Embedding."""
    model, table = linear(device), Embedding.from_pretrained(torch.zeros(2, 1, device=device), freeze=False)
    eye = torch.eye(2, device=device).reshape(2, 2, 1)
    grad = torch.autograd.grad
    output = model(torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device))
    show("Linear", grad(output, model.weight, eye, is_grads_batched=True))
    output = table(torch.tensor([0, 1], device=device))
    show("Embedding", grad(output, table.weight, eye, is_grads_batched=True))


@case("autograd/grad-of-a-retained-graph", only="cpu")
def graph_is_retained(show, device):
    """A graph that nothing was saved for can be gone through twice, that of a product only if it is retained."""
    model = linear(device)
    grad = torch.autograd.grad
    total = model.weight.sum()
    show("sum", refusal(lambda: [grad(total, model.weight) for _ in range(2)]))
    product = (model.weight * model.weight).sum()
    show("product", type_of_refusal(lambda: [grad(product, model.weight) for _ in range(2)]))


@case("autograd/backward-of-a-parametrized-module", only="cpu", needs="torch.nn.utils.parametrize")
def backward_of_a_parametrized_module(show, device):
    """The gradient by a parametrized weight is none of the forward pass, unless parametrizations are cached."""
    model = Scale(2.0, device)
    torch.nn.utils.parametrize.register_parametrization(model, "weight", Twice())
    grad = torch.autograd.grad
    show("weight", type_of_refusal(lambda: grad(model(3.0), model.weight)))
    show("original", grad(model(3.0), model.parametrizations.weight.original))
    with torch.nn.utils.parametrize.cached():
        show("cached", grad(model(3.0), model.weight))


@cases(
    "autograd/{function}-of-a-module",
    only="cpu",
    needs="torch.autograd.functional.{function}",
    function=["jacobian", "hessian"],
)
def functional_of_a_module(show, device, function):
    """The {function} of a Module by its input."""
    model, x = Square(2.0, device), torch.tensor([3.0, 5.0], device=device)
    of = getattr(torch.autograd.functional, function)
    show("result", of(model if function == "jacobian" else lambda x: (model(x) * x).sum(), x))
    show("gradient", model.weight.grad)
