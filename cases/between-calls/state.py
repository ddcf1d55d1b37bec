"""State that is read, loaded, copied or converted between two calls."""

import copy
import pickle

import torch
from torch.nn import Module, Sequential

from module_drift.case import case

from .models import Chain, Scaled, numbers


def _state(device, **weights):
    """Return a state of these weights."""
    return {name.replace("_", "."): torch.tensor([value], device=device) for name, value in weights.items()}


@case("between-calls/state-loaded")
def state_is_loaded(show, device):
    """A state that is loaded after a call is what the next one computes with."""
    model, x = Chain(device), numbers(device)
    show("before", model(x).detach())
    model.load_state_dict(_state(device, first_weight=5.0, second_weight=7.0))
    show("after", model(x).detach())


@case("between-calls/state-loaded-in-part")
def state_is_loaded_in_part(show, device):
    """A part of a state that is loaded without being strict after a call changes that part in the next one."""
    model, x = Chain(device), numbers(device)
    show("before", model(x).detach())
    keys = model.load_state_dict(_state(device, first_weight=5.0, third_weight=7.0), strict=False)
    show("keys", keys.missing_keys, keys.unexpected_keys)
    show("after", model(x).detach())


@case("between-calls/state-refused")
def state_is_refused(show, device):
    """Of a state that is refused after a call, what fits is loaded all the same."""
    model, x = Chain(device), numbers(device)
    show("before", model(x).detach())
    try:
        model.load_state_dict(_state(device, first_weight=5.0, third_weight=7.0))
    except RuntimeError:
        show("refused", True)
    show("after", model(x).detach())


@case("between-calls/state-assigned", needs="torch.nn.Module.load_state_dict(assign)")
def state_is_assigned(show, device):
    """A state that is assigned after a call replaces the parameters, and the next one computes with the new ones."""
    model, x = Chain(device), numbers(device)
    old = model.first.weight
    show("before", model(x).detach())
    model.load_state_dict(_state(device, first_weight=5.0, second_weight=7.0), assign=True)
    output = model(x)
    output.sum().backward()
    show("after", output.detach(), old.grad, model.first.weight.grad)


@case("between-calls/state-loaded-into-a-child")
def state_is_loaded_into_a_child(show, device):
    """A state that is loaded into a child after a call of the root is what the next one computes with."""
    model, x = Chain(device), numbers(device)
    show("before", model(x).detach())
    model.second.load_state_dict(_state(device, weight=5.0))
    show("after", model(x).detach())


@case("between-calls/state-put-back")
def state_is_put_back(show, device):
    """A copy of the state before a call that changes a weight leads, once it is put back, to the same again."""
    model, x = Scaled(device), numbers(device)
    before = copy.deepcopy(model.state_dict())
    show("before", model(x).detach())
    model.weight.data.fill_(5)
    show("changed", model(x).detach())
    model.load_state_dict(before)
    show("put back", model(x).detach())


@case("between-calls/names-after-a-call")
def names_are_the_same_after_a_call(show, device):
    """A Module that was called has the names of children, parameters and state that it had before."""
    model, x = Chain(device), numbers(device)
    for label in ("before", "after one call", "after two"):
        show(f"{label}:", sorted(model.state_dict()), [name for name, _ in model.named_parameters()])
        show("modules", [name for name, _ in model.named_modules()])
        model(x)


@case("between-calls/attributes-after-a-call")
def attributes_are_the_same_after_a_call(show, device):
    """A Module that was called has no attribute that it had not before."""
    model, x = Chain(device), numbers(device)
    before = set(vars(model)) | set(vars(model.first))
    model(x)
    model(x)
    show("new", sorted((set(vars(model)) | set(vars(model.first))) - before))


@case("between-calls/repr-and-class-after-a-call")
def module_is_of_its_class_after_a_call(show, device):
    """A Module that was called reads as before, and is an instance of its class, and so are its children."""
    model, x = Sequential(Scaled(device), Scaled(device)), numbers(device)
    for label in ("before", "after one call", "after two"):
        show(label, repr(model), type(model).__name__, isinstance(model, Sequential), isinstance(model[0], Scaled))
        model(x)


@case("between-calls/deep-copied")
def module_is_deep_copied(show, device):
    """A deep copy of a Module that was called has weights of its own, and so has a copy of it that was called."""
    model, x = Chain(device), numbers(device)
    model(x)
    twin = copy.deepcopy(model)
    twin.first.weight.data.fill_(10)
    show("twin", twin(x).detach())
    show("model", model(x).detach())
    model.second.weight.data.fill_(100)
    show("twin", twin(x).detach())
    show("model", model(x).detach())


@case("between-calls/pickled")
def module_is_pickled(show, device):
    """A Module that was called can be pickled, and what comes back computes the same with weights of its own."""
    model, x = Chain(device), numbers(device)
    show("model", model(x).detach())
    twin = pickle.loads(pickle.dumps(model))
    show("twin", twin(x).detach())
    twin.first.weight.data.fill_(10)
    show("twin, filled", twin(x).detach())
    show("model", model(x).detach())


@case("between-calls/deep-copied-with-a-hook")
def module_with_a_hook_is_deep_copied(show, device):
    """A hook that is registered on a deep copy of a Module that was called runs for the copy alone."""
    model, x = Scaled(device), numbers(device)
    model(x)
    twin = copy.deepcopy(model)
    twin.register_forward_hook(lambda module, inputs, output: output + 100)
    show("model", model(x).detach())
    show("twin", twin(x).detach())


@case("between-calls/converted-to-double")
def module_is_converted_to_double(show, device):
    """A Module that is converted after a call takes and returns the other dtype in the next one."""
    model, x = Chain(device), numbers(device)
    show("float", model(x).detach())
    model.double()
    show("double", model(x.double()).detach())
    model.float()
    show("float again", model(x).detach())


@case("between-calls/child-converted-to-double")
def child_is_converted_to_double(show, device):
    """A child that is converted after a call makes the output of the next one double."""
    model, x = Chain(device), numbers(device)
    show("before", model(x).dtype)
    model.second.double()
    show("after", model(x).dtype)


@case("between-calls/applied")
def function_is_applied(show, device):
    """What a function does that is applied to all Modules after a call holds in the next one."""
    model, x = Chain(device), numbers(device)
    show("before", model(x).detach())

    def fill(module):
        if isinstance(module, Scaled):
            module.weight.data.fill_(10)

    model.apply(fill)
    show("after", model(x).detach())


@case("between-calls/functional-call-in-forward", needs="torch.func.functional_call")
def functional_call_is_made_in_forward(show, device):
    """A child that forward calls with other parameters computes with those, and keeps its own, in every call."""
    model, x = _CallsWithOthers(device), numbers(device)
    for factor in (10, 100):
        model.factor = factor
        output = model(x)
        model.zero_grad()
        output.sum().backward()
        show("output", output.detach(), model.inner.weight.detach(), model.inner.weight.grad)
    show("child", model.inner(x).detach())


class _CallsWithOthers(Module):
    """Calls its child with a multiple of its weight."""

    factor = 10

    def __init__(self, device):
        super().__init__()
        self.inner = Scaled(device)

    def forward(self, x):
        return torch.func.functional_call(self.inner, {"weight": self.factor * self.inner.weight}, (x,))


@case("between-calls/functional-call-of-a-called-module", needs="torch.func.functional_call")
def called_module_is_called_with_other_parameters(show, device):
    """A Module that was called by itself is called with other parameters, and then with its own again."""
    model, x = Chain(device), numbers(device)
    show("own", model(x).detach())
    others = _state(device, first_weight=5.0, second_weight=7.0)
    show("others", torch.func.functional_call(model, others, (x,)))
    show("own again", model(x).detach())
