"""Section "Functional": what functional_call takes, and how it counts."""

import torch
from torch.nn import Linear, Module, Parameter, Sequential

from module_drift.case import case, cases

from ..shared.refusals import refusal, type_of_refusal


class _Affine(Module):
    """Multiplies by a parameter and adds a buffer, or what it is told."""

    def __init__(self, device):
        super().__init__()
        self.scale = Parameter(torch.tensor(2.0, device=device))
        self.register_buffer("shift", torch.tensor(1.0, device=device))

    def forward(self, x, shift=None):
        return self.scale * x + (self.shift if shift is None else shift)


def _tensors(device, **values):
    return {name: torch.tensor(value, device=device) for name, value in values.items()}


@case("functional/functional-call-by-keywords-alone", only="cpu", needs="torch.func.functional_call")
def functional_call_by_keywords(show, device):
    """A functional_call can be given keyword arguments alone."""
    x = torch.tensor(3.0, device=device)
    arguments = _Affine(device), _tensors(device, scale=5.0)
    show("raises", type_of_refusal(lambda: show("z", torch.func.functional_call(*arguments, kwargs={"x": x}))))


@case("functional/functional-call-of-one-argument", only="cpu", needs="torch.func.functional_call")
def functional_call_of_one_argument(show, device):
    """An argument that is no tuple is taken for the only one."""
    x = torch.tensor(3.0, device=device)
    show("z", torch.func.functional_call(_Affine(device), _tensors(device, scale=5.0), x))


@case("functional/functional-call-with-several-dicts", only="cpu", needs="torch.func.functional_call")
def functional_call_with_several_dicts(show, device):
    """Parameters and buffers can come in several dicts."""
    x = torch.tensor(3.0, device=device)
    dicts = (_tensors(device, scale=5.0), _tensors(device, shift=7.0))
    show("z", torch.func.functional_call(_Affine(device), dicts, x))


@case("functional/functional-call-with-one-key-twice", only="cpu", needs="torch.func.functional_call")
def functional_call_with_one_key_twice(show, device):
    """A key that is in two dicts is refused."""
    x = torch.tensor(3.0, device=device)
    dicts = (_tensors(device, scale=5.0), _tensors(device, scale=7.0))
    show("raises", refusal(torch.func.functional_call, _Affine(device), dicts, x))


@cases(
    "functional/functional-call-refuses-{dicts}",
    only="cpu",
    needs="torch.func.functional_call",
    dicts={"a-number": 5, "a-list": [], "a-tuple-of-numbers": (5,)},
)
def functional_call_refuses(show, device, dicts):
    """A functional_call refuses {dicts} in place of parameters."""
    x = torch.tensor(3.0, device=device)
    show("raises", refusal(torch.func.functional_call, _Affine(device), dicts, x))


@case("functional/functional-call-with-an-unknown-key", only="cpu", needs="torch.func.functional_call")
def functional_call_with_an_unknown_key(show, device):
    """A key that the Module does not have is passed over, or refused if strict."""
    x = torch.tensor(3.0, device=device)
    tensors = _tensors(device, scale=5.0, shift=7.0, power=2.0)
    show("raises", refusal(lambda: show("z", torch.func.functional_call(_Affine(device), tensors, x))))
    attempt = torch.func.functional_call
    show("strict", refusal(lambda: attempt(_Affine(device), tensors, x, strict=True)))


@case("functional/functional-call-without-a-key-if-strict", only="cpu", needs="torch.func.functional_call(strict)")
def functional_call_without_a_key(show, device):
    """If strict, all parameters and buffers have to be given."""
    x = torch.tensor(3.0, device=device)
    attempt = torch.func.functional_call
    show("raises", refusal(lambda: attempt(_Affine(device), _tensors(device, scale=5.0), x, strict=True)))


@case("functional/functional-call-without-tying", only="cpu", needs="torch.func.functional_call(tie_weights)")
def functional_call_without_tying(show, device):
    """With tie_weights=False a value counts under the one name that it is given for."""
    model = Sequential(Linear(1, 1, bias=False), Linear(1, 1, bias=False)).to(device)
    model[0].weight.data.fill_(2.0)
    model[1].weight = model[0].weight
    tensors = {"0.weight": torch.full((1, 1), 5.0, device=device)}
    x = torch.ones(1, 1, device=device)
    for tie in [True, False]:
        z = torch.func.functional_call(model, tensors, x, tie_weights=tie)
        show(f"z, tie_weights={tie}", z.detach())


@case("functional/functional-call-in-a-cycle", only="cpu", needs="torch.func.functional_call")
def functional_call_in_a_cycle(show, device):
    """A Module that has itself as a child cannot be called with other parameters."""
    model = _Affine(device)
    model.itself = model
    x = torch.tensor(3.0, device=device)
    show("raises", type_of_refusal(torch.func.functional_call, model, _tensors(device, scale=5.0), x))


@case("functional/functional-call-that-changes-a-buffer", only="cpu", needs="torch.func.functional_call")
def functional_call_changes_a_buffer(show, device):
    """A buffer that forward changes in place is the one that was given, not the one of the Module."""

    class Counting(Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("count", torch.tensor(0.0, device=device))

        def forward(self, x):
            self.count += 1
            return x

    model, given = Counting(), torch.tensor(5.0, device=device)
    torch.func.functional_call(model, {"count": given}, torch.tensor(3.0, device=device))
    show("given", given)
    show("count", model.count)


@case("functional/functional-call-that-assigns-a-buffer", only="cpu", needs="torch.func.functional_call")
def functional_call_assigns_a_buffer(show, device):
    """A buffer that forward assigns is seen in the dict that was given, or lost."""

    class Counting(Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("count", torch.tensor(0.0, device=device))

        def forward(self, x):
            self.count = self.count + 1
            return x

    model, tensors = Counting(), {"count": torch.tensor(5.0, device=device)}
    torch.func.functional_call(model, tensors, torch.tensor(3.0, device=device))
    show("given", tensors["count"])
    show("count", model.count)


@case("functional/functional-call-differentiated", only="cpu", needs="torch.func.functional_call")
def functional_call_is_differentiated(show, device):
    """The gradient by a parameter that is given leaves the gradient of the Module alone."""
    model, x = _Affine(device), torch.tensor(3.0, device=device)
    given = torch.tensor(5.0, device=device, requires_grad=True)
    torch.func.functional_call(model, {"scale": given}, x).backward()
    show("gradient", given.grad)
    show("of the Module", model.scale.grad)


@case("functional/functional-call-of-a-hooked-module", only="cpu", needs="torch.func.functional_call")
def functional_call_runs_hooks(show, device):
    """Hooks run in a functional_call, and meet the values that were given."""
    model = _Affine(device)
    model.register_forward_hook(lambda module, x, z: show("hook", module.scale, z))
    torch.func.functional_call(model, _tensors(device, scale=5.0), torch.tensor(3.0, device=device))
