"""Section "Parameter": parametrizations of several steps or tensors, of buffers, moved, removed and refused."""

import torch
from torch.nn import Linear, Module, Parameter

from module_drift.case import case

from ..shared.listing import names
from ..shared.refusals import refusal, refusal_on_one_line, type_of_refusal


class _Times(Module):
    """Multiplies, and says how to undo that."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, kept):
        return self.factor * kept

    def right_inverse(self, wanted):
        return wanted / self.factor


class _Plus(Module):
    """Adds one, and does not say how to undo that."""

    def forward(self, kept):
        return kept + 1


class _Sum(Module):
    """Keeps two halves of what it is given, and gives their sum."""

    def forward(self, one, other):
        return one + other

    def right_inverse(self, wanted):
        return wanted / 2, wanted / 2


class _Returning(Module):
    """Returns what it is told."""

    def __init__(self, result):
        super().__init__()
        self.result = (result,)

    def forward(self, kept):
        return self.result[0]


def _model(device):
    model = Module()
    model.scale = Parameter(torch.tensor(8.0, device=device))
    model.register_buffer("shift", torch.tensor(4.0, device=device))
    return model


@case("parameter/parametrized-in-a-chain", only="cpu", needs="torch.nn.utils.parametrize.register_parametrization")
def parametrizations_are_chained(show, device):
    """Parametrizations of one parameter are applied in the order of their registration."""
    model = _model(device)
    for step in [_Plus(), _Times(2.0)]:
        torch.nn.utils.parametrize.register_parametrization(model, "scale", step)
    show("scale", model.scale.detach())
    show("kept", model.parametrizations.scale.original.detach())
    show("length", len(model.parametrizations.scale))


@case(
    "parameter/parametrized-in-a-chain-is-set", only="cpu", needs="torch.nn.utils.parametrize.register_parametrization"
)
def chained_parametrization_is_set(show, device):
    """A parameter with a chain of parametrizations is set by their inverses in the opposite order."""
    model = _model(device)
    for step in [_Times(2.0), _Times(4.0)]:
        torch.nn.utils.parametrize.register_parametrization(model, "scale", step)
    model.scale = torch.tensor(16.0, device=device)
    show("kept", model.parametrizations.scale.original.detach())


@case(
    "parameter/parametrized-inside-a-parametrization",
    only="cpu",
    needs="torch.nn.utils.parametrize.register_parametrization",
)
def parametrization_is_parametrized(show, device):
    """A parametrization can have a parameter with a parametrization of its own."""

    class Scaled(Module):
        def __init__(self):
            super().__init__()
            self.factor = Parameter(torch.tensor(3.0, device=device))

        def forward(self, kept):
            return self.factor * kept

    model, scaled = _model(device), Scaled()
    torch.nn.utils.parametrize.register_parametrization(scaled, "factor", _Plus())
    torch.nn.utils.parametrize.register_parametrization(model, "scale", scaled)
    show("scale", model.scale.detach())
    show("names", names(model.named_parameters()))


@case("parameter/parametrized-buffer", only="cpu", needs="torch.nn.utils.parametrize.register_parametrization")
def buffer_is_parametrized(show, device):
    """A parametrized buffer is kept as a buffer, and is one again when the parametrization is removed."""
    model = _model(device)
    torch.nn.utils.parametrize.register_parametrization(model, "shift", _Plus())
    show("shift", model.shift)
    show("buffers", names(model.named_buffers()))
    torch.nn.utils.parametrize.remove_parametrizations(model, "shift")
    show("removed", dict(model.named_buffers()))


@case("parameter/parametrized-by-two-tensors", only="cpu", needs="torch.nn.utils.parametrize.register_parametrization")
def parametrization_keeps_two_tensors(show, device):
    """A right_inverse that returns two tensors has both of them kept."""
    model = _model(device)
    torch.nn.utils.parametrize.register_parametrization(model, "scale", _Sum())
    show("scale", model.scale.detach())
    show("names", names(model.named_parameters()))


@case(
    "parameter/parametrized-by-two-tensors-removed",
    only="cpu",
    needs="torch.nn.utils.parametrize.register_parametrization",
)
def parametrization_of_two_tensors_is_removed(show, device):
    """A parametrization that keeps two tensors can be removed only if it leaves what it computed."""
    for leave in [False, True]:
        model = _model(device)
        torch.nn.utils.parametrize.register_parametrization(model, "scale", _Sum())
        attempt = torch.nn.utils.parametrize.remove_parametrizations
        show(f"leave={leave}", refusal(attempt, model, "scale", leave))
    show("names", names(model.named_parameters()))


@case("parameter/parametrized-class", only="cpu", needs="torch.nn.utils.parametrize.register_parametrization")
def class_of_a_parametrized_module(show, device):
    """A parametrized Module is of a class of its own, which goes when the last parametrization is removed."""
    model = Linear(2, 1).to(device)
    torch.nn.utils.parametrize.register_parametrization(model, "weight", _Plus())
    show("class", type(model).__name__, isinstance(model, Linear))
    torch.nn.utils.parametrize.remove_parametrizations(model, "weight")
    show("class", type(model).__name__)


@case("parameter/parametrized-type-before", only="cpu", needs="torch.nn.utils.parametrize.type_before_parametrizations")
def type_before_parametrizations(show, device):
    """The type before parametrizations is told, also of what has none."""
    model = Linear(2, 1).to(device)
    show("none", torch.nn.utils.parametrize.type_before_parametrizations(model).__name__)
    torch.nn.utils.parametrize.register_parametrization(model, "weight", _Plus())
    show("one", torch.nn.utils.parametrize.type_before_parametrizations(model).__name__)


@case(
    "parameter/parametrizations-are-transferred",
    only="cpu",
    needs="torch.nn.utils.parametrize.transfer_parametrizations_and_params",
)
def parametrizations_are_transferred(show, device):
    """Parametrizations are transferred to another Module with what they keep."""
    model, other = _model(device), _model(device)
    torch.nn.utils.parametrize.register_parametrization(model, "scale", _Times(2.0))
    other.scale.data.fill_(1.0)
    torch.nn.utils.parametrize.transfer_parametrizations_and_params(model, other)
    show("scale", other.scale.detach())
    show("same parametrization", other.parametrizations.scale[0] is model.parametrizations.scale[0])
    show("same parameter", other.parametrizations.scale.original is model.parametrizations.scale.original)


@case("parameter/parametrized-is-found", only="cpu", needs="torch.nn.utils.parametrize.is_parametrized")
def parametrization_is_found(show, device):
    """Whether a Module is parametrized is told for all of it, and for one tensor."""
    model = _model(device)
    show("before", torch.nn.utils.parametrize.is_parametrized(model))
    torch.nn.utils.parametrize.register_parametrization(model, "scale", _Plus())
    show("all of it", torch.nn.utils.parametrize.is_parametrized(model))
    for name in ["scale", "shift"]:
        show(name, torch.nn.utils.parametrize.is_parametrized(model, name))


@case("parameter/parametrized-under-cached", only="cpu", needs="torch.nn.utils.parametrize.cached")
def parametrization_is_cached(show, device):
    """Under cached, a parametrization is computed once, and afterwards at each access."""
    model = _model(device)
    torch.nn.utils.parametrize.register_parametrization(model, "scale", _Plus())
    with torch.nn.utils.parametrize.cached():
        show("same under cached", model.scale is model.scale)
    show("same afterwards", model.scale is model.scale)


@case("parameter/parametrized-in-the-state", only="cpu", needs="torch.nn.utils.parametrize.register_parametrization")
def parametrization_in_the_state(show, device):
    """The state of a parametrized Module has what is kept."""
    model = _model(device)
    torch.nn.utils.parametrize.register_parametrization(model, "scale", _Times(2.0))
    show("state", dict(model.state_dict()))


@case(
    "parameter/parametrized-where-nothing-is", only="cpu", needs="torch.nn.utils.parametrize.register_parametrization"
)
def nothing_is_parametrized(show, device):
    """A name that is no parameter or buffer cannot be parametrized."""
    attempt = torch.nn.utils.parametrize.register_parametrization
    show("raises", refusal(attempt, Linear(2, 1).to(device), "scale", _Plus()))


@case(
    "parameter/parametrization-removed-where-none-is",
    only="cpu",
    needs="torch.nn.utils.parametrize.remove_parametrizations",
)
def parametrization_is_removed_where_none_is(show, device):
    """No parametrization can be removed where there is none."""
    attempt = torch.nn.utils.parametrize.remove_parametrizations
    show("raises", refusal(attempt, Linear(2, 1).to(device), "weight"))


@case(
    "parameter/parametrized-by-what-returns-no-tensor",
    only="cpu",
    needs="torch.nn.utils.parametrize.register_parametrization",
)
def parametrization_returns_no_tensor(show, device):
    """A parametrization has to return a tensor."""
    attempt = torch.nn.utils.parametrize.register_parametrization
    show("raises", refusal_on_one_line(attempt, _model(device), "scale", _Returning(5)))


@case(
    "parameter/parametrized-by-another-dtype", only="cpu", needs="torch.nn.utils.parametrize.register_parametrization"
)
def parametrization_returns_another_dtype(show, device):
    """A parametrization must not change the dtype."""
    attempt = torch.nn.utils.parametrize.register_parametrization
    wanted = torch.tensor(1.0, dtype=torch.float64, device=device)
    show("raises", refusal_on_one_line(attempt, _model(device), "scale", _Returning(wanted)))


@case(
    "parameter/parametrized-by-another-shape-unsafely",
    only="cpu",
    needs="torch.nn.utils.parametrize.register_parametrization(unsafe)",
)
def parametrization_returns_another_shape_unsafely(show, device):
    """With unsafe=True a parametrization may change the shape."""
    model = _model(device)
    wanted = torch.ones(2, device=device)
    torch.nn.utils.parametrize.register_parametrization(model, "scale", _Returning(wanted), unsafe=True)
    show("scale", model.scale)


@case(
    "parameter/parametrized-parameter-is-deleted",
    only="cpu",
    needs="torch.nn.utils.parametrize.register_parametrization",
)
def parametrized_parameter_is_deleted(show, device):
    """A parametrized parameter cannot be deleted, at least not by its name."""
    model = _model(device)
    torch.nn.utils.parametrize.register_parametrization(model, "scale", _Plus())
    show("raises", type_of_refusal(delattr, model, "scale"))
