"""The article's family of models: raise to a power, take the logarithm, chain the two.

Names of attributes are the article's, since the goldens print them.
"""

import torch
from torch.nn import Module, Parameter

DECAY = 0.6
"""Share of a moving average that stays when a value comes in."""


class PowModel(Module):
    """x to the power of q, without any state."""

    def forward(self, x, q):
        """Return x ** q."""
        return x**q


class LogModel(Module):
    """The natural logarithm, without any state."""

    def forward(self, x):
        """Return log(x)."""
        return torch.log(x)


class ScaledPowModel(PowModel):
    """x to the power of q, times a parameter."""

    def __init__(self, device):
        super().__init__()
        self.powParam = Parameter(torch.tensor(1.0, device=device))

    def forward(self, x, q):
        """Return powParam * x ** q."""
        return self.powParam * super().forward(x, q)


class ScaledLogModel(LogModel):
    """The natural logarithm, times a parameter."""

    def __init__(self, device):
        super().__init__()
        self.logParam = Parameter(torch.tensor(1.0, device=device))

    def forward(self, x):
        """Return logParam * log(x)."""
        return self.logParam * super().forward(x)


class PowLogModel(Module):
    """The chain log(pow(x, q)) of two children kept as attributes.

    Subclasses that keep them otherwise override `parts`.
    """

    def __init__(self, powModel, logModel):
        super().__init__()
        self.powModel = powModel
        self.logModel = logModel

    def parts(self):
        """Return the two children in the order in which they are called."""
        return self.powModel, self.logModel

    def forward(self, x, q):
        """Return log(pow(x, q)) as the children compute it."""
        pow_model, log_model = self.parts()
        return log_model(pow_model(x, q))


def scaled_pow_log_model(device):
    """Return the chain whose two children have a parameter each."""
    return PowLogModel(ScaledPowModel(device), ScaledLogModel(device))


def differentiate(show, model, device):
    """Run `model` forwards and backwards at x = 5, q = 3; return what shows the inputs, gradients and output.

    The lines are shown when the returned function is called, so that hooks can be removed before.
    """
    x = torch.tensor(5.0, device=device, requires_grad=True)
    q = torch.tensor(3.0, device=device, requires_grad=True)
    z = model(x, q)
    z.backward()

    def show_results():
        show("x", x)
        show("x.grad", x.grad)
        show("q", q)
        show("q.grad", q.grad)
        show("z", z)

    return show_results


def show_parameters(show, model):
    """Show each parameter with its gradient, as plain numbers."""
    for name, parameter in model.named_parameters():
        show(name, f"data({parameter.data}), grad({parameter.grad})")


def descend(show, model):
    """Show ten steps of plain gradient descent towards model(5, 3) = 10, and the output before and after."""
    show("z", model(5.0, 3.0))
    for step in range(10):
        model.zero_grad()
        loss = (model(5.0, 3.0) - 10.0) ** 2
        loss.backward()
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter -= 0.01 * parameter.grad
                show(f"{step} {name}", parameter.data)
    show("z", model(5.0, 3.0))


def new_parameter(value, device):
    """Return a Parameter of `value`, on `device`."""
    return Parameter(torch.tensor(value, device=device))


def nested_with_buffer(device):
    """Return a Module whose grandchild has a buffer."""
    outer = Module()
    outer.chain = PowLogModel(ScaledPowModel(device), ScaledLogModel(device))
    outer.chain.powModel.register_buffer("powBuff", torch.tensor(1.0, device=device))
    return outer


class VersionedPowModel(ScaledPowModel):
    """Is in its third version and keeps what it is given to load."""

    _version = 3

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, *rest):
        self.keys, self.prefix, self.version = list(state_dict), prefix, local_metadata.get("version")
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)


def nested_with_versions(device):
    """Return a Module one of whose grandchildren is a VersionedPowModel."""
    outer = Module()
    outer.first = PowLogModel(VersionedPowModel(device), ScaledLogModel(device))
    return outer
