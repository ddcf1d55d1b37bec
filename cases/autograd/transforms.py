"""Section "Autograd": Modules under forward mode and the transforms of torch.func."""

import torch
from torch.nn import BatchNorm1d, Dropout, Embedding, Sequential

from module_drift.case import case

from ..shared.forward_mode import load_forward_mode
from ..shared.parametrizations import Twice
from ..shared.refusals import refusal, type_of_refusal
from ..shared.weighted import Scale, Square, linear


@case("autograd/dual-input-of-a-module", only="cpu", needs="torch.autograd.forward_ad.make_dual")
def module_is_given_a_dual_input(show, device):
    """A Module that is given a dual tensor returns one, whose tangent is the derivative."""
    from torch.autograd import forward_ad

    load_forward_mode(device)
    model = Sequential(Scale(2.0, device), Square(3.0, device)).requires_grad_(False)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(torch.tensor(5.0, device=device), torch.tensor(1.0, device=device))
        output = forward_ad.unpack_dual(model(dual))
        show("primal, tangent", output.primal, output.tangent)


@case("autograd/dual-parameter-of-a-module", only="cpu", needs="torch.func.functional_call")
def module_is_called_with_a_dual_parameter(show, device):
    """A functional_call with a dual tensor as parameter has the tangent of the parameter."""
    from torch.autograd import forward_ad

    load_forward_mode(device)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(torch.tensor(2.0, device=device), torch.tensor(1.0, device=device))
        output = torch.func.functional_call(Square(0.0, device), {"weight": dual}, (3.0,))
        show("primal, tangent", *forward_ad.unpack_dual(output))


@case("autograd/func-grad-of-a-module", only="cpu", needs="torch.func.grad")
def module_is_differentiated_by_func(show, device):
    """The torch.func.grad of a Module by its parameters, of which the Module itself notices nothing."""
    model = Square(2.0, device)

    def loss(parameters, x):
        return torch.func.functional_call(model, parameters, (x,))

    parameters = {name: parameter.detach() for name, parameter in model.named_parameters()}
    x = torch.tensor(3.0, device=device)
    show("gradient", torch.func.grad(loss)(parameters, x))
    show("and value", torch.func.grad_and_value(loss)(parameters, x))
    show("Module", model.weight.grad)


@case("autograd/func-per-sample-gradients", only="cpu", needs="torch.func.vmap")
def gradients_of_each_sample(show, device):
    """The vmap of a gradient gives one for each sample."""
    model = linear(device)
    parameters = {name: parameter.detach() for name, parameter in model.named_parameters()}

    def loss(parameters, x):
        return (torch.func.functional_call(model, parameters, (x,)) ** 2).sum()

    x = torch.tensor([[1.0, 0.0], [0.0, 1.0]], device=device)
    show("gradients", torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0))(parameters, x))


@case("autograd/func-jacobian-of-a-module", only="cpu", needs="torch.func.jacrev")
def jacobian_of_a_module(show, device):
    """The Jacobian of a Module in reverse and in forward mode."""
    model, x = Square([2.0, 3.0], device), torch.tensor([5.0, 7.0], device=device)
    load_forward_mode(device)
    show("reverse", torch.func.jacrev(model)(x).detach())
    show("forward", torch.func.jacfwd(model)(x).detach())


@case("autograd/vmap-of-batch-norm", only="cpu", needs="torch.func.vmap")
def batch_norm_is_mapped(show, device):
    """A BatchNorm in training under vmap is refused, since its buffers are changed in place."""
    model, x = BatchNorm1d(1).to(device), torch.ones(2, 3, 1, device=device)
    show("training", refusal(torch.func.vmap(model), x))
    show("evaluation", refusal(torch.func.vmap(model.eval()), x))


@case("autograd/vmap-of-dropout", only="cpu", needs="torch.func.vmap")
def dropout_is_mapped(show, device):
    """A Dropout under vmap is refused, unless it is told how it is random."""
    model, x = Dropout(0.5), torch.ones(2, 3, device=device)
    show("by default", refusal(torch.func.vmap(model), x))
    same = torch.func.vmap(model, randomness="same")(x)
    show("same", torch.equal(same[0], same[1]))


@case("autograd/vmap-of-an-embedding", only="cpu", needs="torch.func.vmap")
def embedding_is_mapped(show, device):
    """An Embedding under vmap looks up each index, and with a max_norm it is refused or not."""
    table = torch.tensor([[1.0, 2.0], [5.0, 12.0]], device=device)
    indices = torch.tensor([[0, 1], [1, 0]], device=device)
    show("plain", torch.func.vmap(Embedding.from_pretrained(table))(indices))
    limited = Embedding.from_pretrained(table.clone(), max_norm=6.5)
    show("max_norm", type_of_refusal(torch.func.vmap(limited), indices))


@case("autograd/func-grad-of-a-parametrized-module", only="cpu", needs="torch.func.grad")
def parametrized_module_is_differentiated_by_func(show, device):
    """A parametrized Module is differentiated by the original that functional_call is given."""
    model = Scale(2.0, device)
    torch.nn.utils.parametrize.register_parametrization(model, "weight", Twice())

    def loss(original):
        return torch.func.functional_call(model, {"parametrizations.weight.original": original}, (3.0,))

    show("gradient", torch.func.grad(loss)(torch.tensor(5.0, device=device)))


@case("autograd/func-grad-under-no-grad", only="cpu", needs="torch.func.grad")
def func_grad_under_no_grad(show, device):
    """A torch.func.grad within no_grad computes its gradient, and a no_grad within it cuts it off."""
    model, x = Square(2.0, device), torch.tensor(3.0, device=device)
    with torch.no_grad():
        show("within", torch.func.grad(model)(x))

    def cut(x):
        with torch.no_grad():
            shift = model(x)
        return x + shift

    show("cut off", torch.func.grad(cut)(x))


@case("autograd/func-grad-of-a-hooked-module", only="cpu", needs="torch.func.grad")
def hooked_module_is_differentiated_by_func(show, device):
    """Full backward hooks of a Module run in torch.func.grad, too, or are refused."""
    model = Scale(2.0, device)
    model.register_full_backward_hook(lambda module, made, given: show("hook", len(made), len(given)))
    show("raises", refusal(torch.func.grad(model), torch.tensor(3.0, device=device)))
