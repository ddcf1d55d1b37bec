"""Small Modules of fixed weights, and how a call of one is told of, for the cases that call one again."""

import torch
from torch.nn import Module, Parameter


class Scaled(Module):
    """Its input times a weight."""

    def __init__(self, device, weight=2.0):
        super().__init__()
        self.weight = Parameter(torch.tensor([weight], device=device))

    def forward(self, x):
        """Return weight * x."""
        return self.weight * x


class Chain(Module):
    """Two children in a row: times two, then times three."""

    def __init__(self, device):
        super().__init__()
        self.first = Scaled(device, 2.0)
        self.second = Scaled(device, 3.0)

    def forward(self, x):
        """Return second(first(x))."""
        return self.second(self.first(x))


def numbers(device, requires_grad=False):
    """Return 1 and 2."""
    return torch.tensor([1.0, 2.0], device=device, requires_grad=requires_grad)


def noting(log, what):
    """Return a hook of any kind that appends `what` to `log`, and changes nothing."""

    def note(*arguments, **keywords):
        log.append(what)

    return note


def call(show, label, module, x, log):
    """Call `module` with `x`, and show the values that it returns, and what was noted in `log` meanwhile."""
    output = module(x)
    show(label, output.detach(), log)
    log.clear()
    return output


def call_and_go_back(show, label, module, x, log):
    """Do the same as `call`, with a backward pass after it, and show the gradients of `x` so far, too."""
    output = module(x)
    output.sum().backward()
    show(label, output.detach(), x.grad, log)
    log.clear()
