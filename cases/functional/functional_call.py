"""Section "Functional": Modules called with parameters that are handed to them, as by functional_call."""

import torch
from torch.nn import Module, Parameter, Sequential

from module_drift.case import case

from ..shared.models import ScaledPowModel
from ..shared.refusals import refusal, type_of_refusal


class _Scale(Module):
    """Multiplies by a parameter, and raises after that if told so."""

    def __init__(self, device):
        super().__init__()
        self.scale = Parameter(torch.tensor(2.0, device=device))

    def forward(self, x, fail=False):
        z = self.scale * x
        if fail:
            raise ValueError("told to fail")
        return z


class _Tied(Module):
    """Multiplies by a parameter and adds the same one, which it knows by two names."""

    def __init__(self, device):
        super().__init__()
        self.factor = Parameter(torch.tensor(2.0, device=device))
        self.summand = self.factor

    def forward(self, x):
        return self.factor * x + self.summand


class _Penalty(_Scale):
    """The sum of squares of all parameters, which are not asked for by name."""

    def forward(self):
        return sum((parameter**2).sum() for parameter in self.parameters())


class _Doubling(Module):
    """A parametrization that doubles, and does not say how to undo that."""

    def forward(self, x):
        return 2.0 * x


def _functional_call(model, tensors, arguments):
    """Call `model` by functional_call, that of torch.func or, before that came with 2.0, its predecessor."""
    import torch.nn.utils.stateless

    home = getattr(torch, "func", torch.nn.utils.stateless)
    return home.functional_call(model, tensors, arguments)


@case("functional/functional-call-of-a-forward-that-raises", needs="torch.nn.utils.stateless.functional_call")
def functional_call_of_a_forward_that_raises(show, device):
    """A Module has its own parameters again after a functional_call in which forward raised."""
    model = _Scale(device)
    x = torch.tensor(3.0, device=device)
    show("raises", type_of_refusal(_functional_call, model, {"scale": torch.tensor(5.0, device=device)}, (x, True)))
    show("z", model(x).detach())


@case("functional/functional-call-of-tied-weights", needs="torch.nn.utils.stateless.functional_call")
def functional_call_of_tied_weights(show, device):
    """A value that functional_call is given for a parameter of two names counts under both of them."""
    tensors = {"factor": torch.tensor(5.0, device=device)}
    show("z", _functional_call(_Tied(device), tensors, (torch.tensor(3.0, device=device),)).detach())


@case("functional/functional-call-with-two-values-for-tied-weights", needs="torch.nn.utils.stateless.functional_call")
def functional_call_with_two_values_for_tied_weights(show, device):
    """Two values for the two names of one parameter are an error to functional_call."""
    x = torch.tensor(3.0, device=device)
    tensors = {"factor": torch.tensor(5.0, device=device), "summand": torch.tensor(7.0, device=device)}
    show("raises", refusal(_functional_call, _Tied(device), tensors, (x,)))


@case("functional/functional-call-of-a-shared-child", needs="torch.nn.utils.stateless.functional_call")
def functional_call_of_a_shared_child(show, device):
    """A child that is registered under two names keeps the value that functional_call was given for it."""
    child = _Scale(device)
    model = Sequential(child, child)
    tensors = {"0.scale": torch.tensor(5.0, device=device)}
    show("z", _functional_call(model, tensors, (torch.tensor(3.0, device=device),)).detach())
    show("scale", child.scale.detach())


@case("functional/functional-call-seen-by-parameters", needs="torch.nn.utils.stateless.functional_call")
def functional_call_seen_by_parameters(show, device):
    """A forward that goes through parameters() meets the values that functional_call was given."""
    tensors = {"scale": torch.tensor(5.0, device=device)}
    show("z", _functional_call(_Penalty(device), tensors, ()).detach())


@case("functional/functional-call-over-a-parametrization", needs="torch.nn.utils.stateless.functional_call")
def functional_call_over_a_parametrization(show, device):
    """A value that functional_call is given for a parameter with a parametrization that has no inverse is an error."""
    import torch.nn.utils.parametrize

    model = _Scale(device)
    torch.nn.utils.parametrize.register_parametrization(model, "scale", _Doubling())
    tensors = {"scale": torch.tensor(5.0, device=device)}
    x = torch.tensor(3.0, device=device)
    show("raises", refusal(lambda: show("z", _functional_call(model, tensors, (x,)).detach())))


@case("functional/functional-call-of-stateless-is-deprecated", needs="torch.nn.utils.stateless.functional_call")
def functional_call_of_stateless_is_deprecated(show, device):
    """The functional_call of torch.nn.utils.stateless warns that the one of torch.func has taken its place."""
    import torch.nn.utils.stateless

    tensors = {"scale": torch.tensor(5.0, device=device)}
    x = torch.tensor(3.0, device=device)
    show("z", torch.nn.utils.stateless.functional_call(_Scale(device), tensors, (x,)).detach())


@case("functional/ensemble-of-stacked-states", needs="torch.func.stack_module_state")
def ensemble_of_stacked_states(show, device):
    """The stacked parameters of models of one class, mapped over by vmap, give the output of each model."""
    models = [ScaledPowModel(device), ScaledPowModel(device)]
    models[1].powParam.data.fill_(2.0)
    x = torch.tensor(5.0, device=device)
    q = torch.tensor(3.0, device=device)
    parameters, _ = torch.func.stack_module_state(models)
    show("stacked", {name: parameter.detach() for name, parameter in parameters.items()})
    show("z", torch.func.vmap(lambda own: torch.func.functional_call(models[0], own, (x, q)))(parameters).detach())
