"""Section "Functional" of the article: Modules, and the functions that they are made of."""

import torch
from torch.nn import Dropout, Linear, Module, Parameter, ReLU
from torch.nn import functional as F

from module_drift.case import case

ENOUGH_DRAWS = 64
"""How often dropout is tried before a value that should come up counts as missing: odds of 2 ** -64."""


class _LinearFunction(Module):
    """What Linear does, by its function and a parameter of its own."""

    def __init__(self, weight):
        super().__init__()
        self.linearParams = Parameter(weight)

    def forward(self, x):
        return F.linear(x, self.linearParams)


class _ReLUFunction(Module):
    """What ReLU does, by its function."""

    def forward(self, x):
        return F.relu(x)


class _DropoutFunction(Module):
    """What Dropout does, by its function, which must be told the mode."""

    def forward(self, x):
        return F.dropout(x, p=0.5, training=self.training)


def _show_product(show, linear, device):
    three = torch.tensor(3.0, device=device)
    show("z", linear(three.expand(1, 1, 1)).squeeze())


def _show_rectified(show, rectifier, device):
    for number in (3.0, -1.0):
        show("z", rectifier(torch.tensor(number, device=device)))


def _show_property_of_dropout(show, dropout, device, awaited):
    """Show that training gives 0 and 2 and nothing else, and evaluation leaves its input alone.

    In which order 0 and 2 come is a matter of chance, so each line draws until the value `awaited` for it
    comes, and shows at once what is neither 0 nor 2.
    """
    one = torch.tensor(1.0, device=device)
    show("train mode")
    dropout.train(True)
    for i, value in enumerate(awaited):
        for _ in range(ENOUGH_DRAWS):
            drawn = dropout(one)
            if drawn.item() == value or drawn.item() not in (0.0, 2.0):
                break
        show(f"{i}", drawn)
    show("eval mode")
    dropout.train(False)
    for i in range(5):
        show(f"{i}", dropout(one))


@case("functional/code-1")
def linear_module_multiplies_by_its_weight(show, device):
    """A Linear of one feature, without bias, multiplies by its weight."""
    linear = Linear(in_features=1, out_features=1, bias=False).to(device)
    linear.weight.data.fill_(2.0)
    _show_product(show, linear, device)


@case("functional/code-2")
def linear_function_takes_its_weight_as_an_argument(show, device):
    """F.linear computes what Linear does, with the parameter handed to it."""
    _show_product(show, _LinearFunction(torch.tensor([[2.0]], device=device)), device)


@case("functional/code-3")
def relu_module_rectifies(show, device):
    """ReLU keeps what is positive and makes the rest zero."""
    _show_rectified(show, ReLU(), device)


@case("functional/code-4")
def relu_function_rectifies(show, device):
    """F.relu does what ReLU does, and needs no state."""
    _show_rectified(show, _ReLUFunction(), device)


@case("functional/code-5")
def dropout_module_follows_the_mode(show, device):
    """Dropout gives zeros and doubled values while training, and leaves its input alone in evaluation."""
    _show_property_of_dropout(show, Dropout(0.5), device, awaited=[2.0, 0.0, 2.0, 0.0, 2.0])


@case("functional/code-6")
def dropout_function_is_told_the_mode(show, device):
    """F.dropout does what Dropout does if it is told p and the mode."""
    _show_property_of_dropout(show, _DropoutFunction(), device, awaited=[2.0, 0.0, 2.0, 0.0, 0.0])


@case("functional/dropout-stream", platform_bound=True)
def dropout_draws_under_a_seed(show, device):
    """Which of ten draws dropout keeps under one seed: nothing that PyTorch promises, and it did change."""
    torch.manual_seed(0)
    one = torch.tensor(1.0, device=device)
    for i in range(10):
        show(f"{i}", F.dropout(one, p=0.5))
