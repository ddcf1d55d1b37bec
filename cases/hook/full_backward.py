"""Full backward hooks, which PyTorch 1.8 put beside the backward hooks of the article."""

import collections

import torch
from torch.nn import Identity, Module, ReLU

from module_drift.case import case

from ..shared.models import LogModel, PowModel, ScaledPowModel, scaled_pow_log_model
from ..shared.refusals import refusal, type_of_refusal

_Products = collections.namedtuple("_Products", ["two", "three"])


class _Packing(Module):
    """Two products of its input, packed as `pack(two_times, three_times)`."""

    def __init__(self, pack):
        super().__init__()
        self.pack = pack

    def forward(self, x):
        return self.pack(2 * x, 3 * x)


class _DoubleTheFirst(Module):
    """Twice its first input; the others are given back as they are."""

    def forward(self, x, *others):
        return (2 * x, *others)


def _five(device, requires_grad=True):
    """Return the article's first input."""
    return torch.tensor(5.0, device=device, requires_grad=requires_grad)


def _three(device, requires_grad=True):
    """Return the article's second input."""
    return torch.tensor(3.0, device=device, requires_grad=requires_grad)


def _announce(show):
    """Return a hook of any kind that shows that it is called, and returns nothing."""
    return lambda module, *gradients: show("hook is called")


def _values(gradients):
    """Return what a hook is given, without the graph that a gradient may have of its own."""
    return [None if gradient is None else gradient.detach() for gradient in gradients]


def _watch(show):
    """Return a full backward hook that shows the values it is given, and returns nothing."""

    def watch(module, grad_input, grad_output):
        show("grad_input", _values(grad_input))
        show("grad_output", _values(grad_output))

    return watch


# What it is given, and what it may return.


@case("hook/full-sees-the-inputs-of-the-module", needs="torch.nn.Module.register_full_backward_hook")
def full_hook_sees_the_inputs_of_the_module(show, device):
    """A full backward hook is given the gradients of the Module's inputs, whatever its last operation is."""
    model = ScaledPowModel(device)
    model.register_full_backward_hook(_watch(show))
    (10 * model(_five(device), _three(device))).backward()


@case("hook/full-replaces-grad-input", needs="torch.nn.Module.register_full_backward_hook")
def full_hook_replaces_the_gradients_of_the_inputs(show, device):
    """What a full backward hook returns flows on from the Module's inputs, and the parameters keep their gradients."""
    x, q = _five(device), _three(device)
    model = ScaledPowModel(device)
    model.register_full_backward_hook(lambda module, grad_input, grad_output: (10 * grad_input[0], None))
    model(x, q).backward()
    show("powParam.grad", model.powParam.grad)
    show("x.grad", x.grad)
    show("q.grad", q.grad)


@case("hook/full-returns-one-tensor", needs="torch.nn.Module.register_full_backward_hook")
def full_hook_that_returns_a_tensor_returns_its_rows(show, device):
    """A tensor that a full backward hook returns without a tuple is taken for a tuple of its rows."""
    x = torch.tensor([5.0, 3.0], device=device, requires_grad=True)
    model = LogModel()
    model.register_full_backward_hook(lambda module, grad_input, grad_output: grad_input[0])
    show("raises", refusal(model(x).sum().backward))


@case("hook/full-wrong-size", needs="torch.nn.Module.register_full_backward_hook")
def full_hook_must_keep_the_size_of_a_gradient(show, device):
    """A full backward hook that returns a gradient of another size makes backward raise, and is not named."""
    x = torch.tensor([5.0, 3.0], device=device, requires_grad=True)

    def add_up(module, grad_input, grad_output):
        return (grad_input[0].sum(),)

    model = LogModel()
    model.register_full_backward_hook(add_up)
    show("raises", refusal(model(x).sum().backward))


@case("hook/full-unused-and-no-tensors", needs="torch.nn.Module.register_full_backward_hook")
def full_hook_is_given_zero_for_an_unused_input_only(show, device):
    """A full backward hook is given 0 for an unused input, but None for an unused output and for what is no tensor."""
    model = _DoubleTheFirst()
    model.register_full_backward_hook(_watch(show))
    model(_five(device), _three(device), 2.0, None)[0].backward()


# Inputs and grad modes that need no gradient.


@case("hook/full-without-input-grad", needs="torch.nn.Module.register_full_backward_hook")
def full_hook_is_called_although_no_input_needs_a_gradient(show, device):
    """Where no input needs a gradient, a full backward hook is given None for each of them, and torch warns."""
    model = ScaledPowModel(device)
    model.register_full_backward_hook(_watch(show))
    model(_five(device, requires_grad=False), 3.0).backward()


@case("hook/full-without-input-grad-returns-a-gradient", needs="torch.nn.Module.register_full_backward_hook")
def full_hook_may_not_return_a_gradient_that_no_input_needs(show, device):
    """Where no input needs a gradient, a full backward hook that returns one makes backward raise."""
    model = ScaledPowModel(device)
    model.register_full_backward_hook(lambda module, grad_input, grad_output: (grad_output[0], None))
    show("raises", refusal(model(_five(device, requires_grad=False), 3.0).backward))


@case("hook/full-first-input-without-grad", needs="torch.nn.Module.register_full_backward_hook")
def full_hook_on_a_first_input_that_needs_no_gradient(show, device):
    """A full backward hook is given 0 for a tensor that needs no gradient, if another input needs one."""
    model = PowModel()
    model.register_full_backward_hook(_watch(show))
    show("raises", type_of_refusal(lambda: model(_five(device, requires_grad=False), _three(device)).backward()))


@case("hook/full-parent-before-child-without-input-grad", needs="torch.nn.Module.register_full_backward_hook")
def full_hook_of_a_parent_is_called_before_those_of_its_children(show, device):
    """Where no input needs a gradient, the full backward hook of a Module is called before those of its children."""
    model = scaled_pow_log_model(device)
    for name, part in [("parent", model), ("first child", model.powModel), ("second child", model.logModel)]:
        part.register_full_backward_hook(lambda *_, name=name: show("called", name))
    model(_five(device, requires_grad=False), 3.0).backward()


@case("hook/full-under-no-grad", needs="torch.nn.Module.register_full_backward_hook")
def full_hook_does_not_disturb_a_call_under_no_grad(show, device):
    """A Module with a full backward hook can be called under no_grad with an input that needs a gradient."""
    model = LogModel()
    model.register_full_backward_hook(_announce(show))
    with torch.no_grad():
        show("raises", type_of_refusal(model, _five(device)))


# Outputs that it does not see.


@case("hook/full-dict-output", needs="torch.nn.Module.register_full_backward_hook")
def full_hook_is_not_called_for_a_dict(show, device):
    """On a Module that returns a dictionary, a full backward hook is not called, and torch warns of that."""
    x = _five(device)
    model = _Packing(lambda two, three: {"two": two, "three": three})
    model.register_full_backward_hook(_announce(show))
    show("raises", refusal(model(x)["two"].backward))
    show("x.grad", x.grad)


@case("hook/full-named-tuple-output", needs="torch.nn.Module.register_full_backward_hook")
def full_hook_keeps_a_named_tuple(show, device):
    """A Module with a full backward hook returns a named tuple as it is, and not as a plain tuple."""
    model = _Packing(_Products)
    model.register_full_backward_hook(_announce(show))
    show("output is a", type(model(_five(device))).__name__)


@case("hook/full-loss-on-a-kept-output", needs="torch.nn.Module.register_full_backward_hook")
def full_hook_is_not_called_for_a_loss_on_a_kept_output(show, device):
    """A full backward hook is not called for a loss on the output that a forward hook of the Module kept."""
    x = _five(device)
    model = LogModel()
    kept = []
    model.register_forward_hook(lambda module, inputs, output: kept.append(output))
    model.register_full_backward_hook(_announce(show))
    model(x)
    show("raises", refusal(kept[0].backward))
    show("x.grad", x.grad)


@case("hook/full-double-backward", needs="torch.nn.Module.register_full_backward_hook")
def full_hook_is_not_called_for_the_gradient_of_a_gradient(show, device):
    """A full backward hook is called for the gradient of the output, and not for the gradient of that gradient."""
    x = _five(device)
    model = LogModel()
    model.register_full_backward_hook(_watch(show))
    (gradient,) = torch.autograd.grad(model(x), x, create_graph=True)
    show("gradient", gradient.detach())
    show("raises", refusal(gradient.backward))
    show("x.grad", x.grad)


# What it costs, and what does not go with it.


@case("hook/full-output-is-not-the-input", needs="torch.nn.Module.register_full_backward_hook")
def full_hook_makes_other_tensors_of_those_that_pass_through(show, device):
    """With a full backward hook, a Module that returns its input returns another tensor, if that needs a gradient."""
    model = Identity()
    model.register_full_backward_hook(_announce(show))
    for requires_grad in (True, False):
        x = _five(device, requires_grad)
        show(f"input needs a gradient: {requires_grad}, output is the input:", model(x) is x)


@case("hook/full-on-an-in-place-module", needs="torch.nn.Module.register_full_backward_hook")
def full_hook_refuses_a_module_that_works_in_place(show, device):
    """A ReLU that works in place raises when it is called with a full backward hook on it."""
    x = _five(device)
    model = ReLU(inplace=True)
    model.register_full_backward_hook(_announce(show))
    show("raises", refusal(model, 2 * x))


@case("hook/full-output-changed-in-place", needs="torch.nn.Module.register_full_backward_hook")
def full_hook_refuses_a_change_of_the_output_in_place(show, device):
    """What a Module with a full backward hook returned may not be changed in place."""
    model = LogModel()
    model.register_full_backward_hook(_announce(show))
    output = model(_five(device))
    show("raises", refusal(lambda: output.mul_(10).backward()))


@case("hook/full-and-legacy", needs="torch.nn.Module.register_full_backward_hook")
def full_and_legacy_hooks_exclude_each_other(show, device):
    """A Module takes either full or legacy backward hooks, even after those of the other kind were removed."""
    model = LogModel()
    model.register_full_backward_hook(_announce(show))
    show("legacy after full", refusal(model.register_backward_hook, _announce(show)))
    model = LogModel()
    handle = model.register_backward_hook(_announce(show))
    show("full after legacy", refusal(model.register_full_backward_hook, _announce(show)))
    handle.remove()
    show("full after removed legacy", refusal(model.register_full_backward_hook, _announce(show)))
