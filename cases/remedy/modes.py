"""What to do about how Modules are called by torch.compile, checkpoint and others; a case is called as its cause.

Each computes what it says when the Module is called plainly, too. In the mode of its cause it is the remedy that has
it do so: there is no golden of the mode in effect for it where the remedy works.
"""

import torch
from torch.nn import Dropout, Linear, Module, Parameter, Sequential

from module_drift.case import case

from ..shared import compiled


class _Scaled(Module):
    """Its input times a weight."""

    def __init__(self, device, weight=2.0):
        super().__init__()
        self.weight = Parameter(torch.tensor([weight], device=device))

    def forward(self, x):
        """Return weight * x."""
        return self.weight * x


class _Opposite(_Scaled):
    """The same with the other sign."""

    def forward(self, x):
        """Return -weight * x."""
        return -self.weight * x


class _Chain(Module):
    """Two children in a row: times two, then times three."""

    def __init__(self, device):
        super().__init__()
        self.first = _Scaled(device, 2.0)
        self.second = _Scaled(device, 3.0)

    def forward(self, x):
        """Return second(first(x))."""
        return self.second(self.first(x))


def _numbers(device, requires_grad=False):
    return torch.tensor([1.0, 2.0], device=device, requires_grad=requires_grad)


@case("remedy/compile-ignores-changed-hooks-of-children")
def hook_is_registered_on_a_child_and_all_is_compiled_again(show, device):
    """A hook that is registered on a child runs in the next call if all is compiled again."""
    model, x, log = _Chain(device), _numbers(device), []
    model(x)
    handle = model.first.register_forward_hook(lambda *_: log.append("hook"))
    compiled.forget()
    show("with it", model(x).detach(), log)
    log.clear()
    handle.remove()
    compiled.forget()
    show("without it", model(x).detach(), log)


@case("remedy/compile-runs-no-hooks")
def hook_is_there_before_the_first_call(show, device):
    """A hook that is there before the first call runs in all calls, and does what it reads at each."""
    model, x, log = _Chain(device), _numbers(device), []
    model.first.register_forward_hook(lambda *_: log.append("hook"))
    for i in range(2):
        show(f"{i}", model(x).detach(), len(log))


class _Powers(Module):
    """Its input times a factor that is an attribute of a child."""

    def __init__(self, device):
        super().__init__()
        self.child = _Scaled(device)
        self.child.factor = 1.0

    def forward(self, x):
        """Return factor * child(x)."""
        return self.child.factor * self.child(x)


@case("remedy/compile-keeps-the-module-of-the-first-call")
def modules_are_guarded_from_the_first_call_on(show, device):
    """An attribute, a parameter and the mode of training are those of each call if dynamo guards Modules."""
    with compiled.configured(guard_nn_modules=True):
        model, x = _Powers(device), _numbers(device)
        show("first", model(x).detach())
        model.child.factor = 10.0
        show("factor", model(x).detach())
        model.child.weight = Parameter(torch.tensor([5.0], device=device))
        show("weight", model(x).detach())
        dropping = Sequential(Dropout(1.0))
        show("training", dropping(x))
        dropping.eval()
        show("evaluation", dropping(x))


class _Sums(Module):
    """Adds up its inputs in a buffer, which it assigns."""

    def __init__(self, device):
        super().__init__()
        self.register_buffer("total", torch.zeros(2, device=device))

    def forward(self, x):
        """Return the sum so far."""
        self.total = self.total + x
        return self.total


class _SumsInPlace(_Sums):
    """The same, in place."""

    def forward(self, x):
        """Return the sum so far."""
        self.total.add_(x)
        return self.total.clone()


@case("remedy/compile-freezes-what-a-child-assigns")
def buffer_of_a_child_adds_up(show, device):
    """A buffer that the forward of a child assigns adds up if dynamo guards Modules, or if it is changed in place."""
    for guards, kind in [(True, _Sums), (False, _SumsInPlace)]:
        with compiled.configured(**({"guard_nn_modules": True} if guards else {})):
            model, x = Sequential(kind(device)), _numbers(device)
            for i in range(3):
                show(f"{kind.__name__} {i}", model(x))
            show("total", model[0].total)


@case("remedy/compile-keeps-the-class-of-the-first-call")
def class_of_a_child_changes_and_all_is_compiled_again(show, device):
    """A child that was given another class, and one whose class was given another forward, compute as they are."""

    class Own(_Scaled):
        """Has a forward of its own later."""

    model, x = _Chain(device), _numbers(device)
    model.second = Own(device, 3.0)
    show("first", model(x).detach())
    model.first.__class__ = _Opposite
    compiled.forget()
    show("another class", model(x).detach())
    Own.forward = _Opposite.forward
    compiled.forget()
    show("another forward", model(x).detach())


@case("remedy/compile-keeps-a-sequential-as-it-was")
def sequential_grows_and_is_compiled_again(show, device):
    """A Sequential that has grown or shrunk computes as it is if it is compiled again."""
    model, x = Sequential(_Scaled(device, 2.0)), _numbers(device)
    show("first", model(x).detach())
    model.add_module("1", _Scaled(device, 3.0))
    compiled.forget()
    show("grown", model(x).detach())
    del model[0]
    compiled.forget()
    show("shrunk", model(x).detach())


class _MayLack(Module):
    """Its input times two, and times that of a child if there is one."""

    def __init__(self, device):
        super().__init__()
        self.first = _Scaled(device, 2.0)
        self.second = _Scaled(device, 3.0)

    def forward(self, x):
        """Return the product."""
        z = self.first(x)
        return self.second(z) if hasattr(self, "second") else z


@case("remedy/compile-fails-on-deleted-parts")
def child_is_deleted_and_all_is_compiled_again(show, device):
    """A Module of which a child was deleted computes without it if it is compiled again."""
    model, x = _MayLack(device), _numbers(device)
    show("first", model(x).detach())
    del model.second
    compiled.forget()
    show("without it", model(x).detach())


@case("remedy/compile-keeps-tied-weights-tied")
def weights_are_untied_and_all_is_compiled_again(show, device):
    """Two children that had one parameter compute with their own if they are compiled again."""
    model, x = _Chain(device), _numbers(device)
    model.second.weight = model.first.weight
    show("tied", model(x).detach())
    model.second.weight = Parameter(torch.tensor([5.0], device=device))
    compiled.forget()
    show("untied", model(x).detach())


@case("remedy/compile-keeps-a-class-that-was-changed")
def class_of_a_child_changes_under_all_guards(show, device):
    """A child that was given another class computes as that if dynamo does not trust the tags of dictionaries."""
    with compiled.configured(use_recursive_dict_tags_for_guards=False):
        model, x = _Chain(device), _numbers(device)
        show("first", model(x).detach())
        model.first.__class__ = _Opposite
        show("another class", model(x).detach())


@case("remedy/compile-skips-guards-on-empty-hooks")
def hook_before_the_first_call_and_another_after_it(show, device):
    """Where a child has a hook before the first call, one that is registered after it runs, too."""
    model, x, log = _Chain(device), _numbers(device), []
    model.first.register_forward_hook(lambda *_: None)
    show("before", model(x).detach(), len(log))
    model.first.register_forward_hook(lambda *_: log.append("hook"))
    show("with both", model(x).detach(), len(log))


class _ReturnsBoth(Module):
    """Returns what it computes on its way, too."""

    def __init__(self, device):
        super().__init__()
        self.weight = Parameter(torch.tensor([2.0], device=device))

    def forward(self, x):
        """Return 3 y, and y, which is weight * x."""
        y = self.weight * x
        return 3.0 * y, y


@case("remedy/checkpoint-retains-no-gradient")
def gradient_is_retained_outside(show, device):
    """A tensor on the way keeps its gradient if forward returns it, and retain_grad is called there."""
    model, x = _ReturnsBoth(device), _numbers(device, requires_grad=True)
    z, y = model(x)
    y.retain_grad()
    (z.sum() + y.sum()).backward()
    show("gradients", y.grad, x.grad, model.weight.grad)


@case("remedy/aot-retains-no-gradient")
def gradient_is_retained_between_two_modules(show, device):
    """A tensor on the way keeps its gradient if it is what one Module returns and another is given."""
    first, second, x = _Scaled(device, 2.0), _Scaled(device, 3.0), _numbers(device, requires_grad=True)
    y = first(x)
    y.retain_grad()
    second(y).sum().backward()
    show("gradients", y.grad, x.grad, first.weight.grad, second.weight.grad)


@case("remedy/trace-refuses-keywords")
def inputs_are_given_by_position(show, device):
    """Inputs can be given by their positions."""
    model, x = _Adds(), _numbers(device)
    show("sum", model(x, x))


class _Adds(Module):
    """Adds two tensors."""

    def forward(self, x, y):
        """Return x + y."""
        return x + y


class _Detaches(Module):
    """Its input times a weight, and a part without a gradient."""

    def __init__(self, device):
        super().__init__()
        self.weight = Parameter(torch.tensor([2.0], device=device))

    def forward(self, x):
        """Return weight * x + 10 * weight, of which the second part is detached."""
        return self.weight * x + (10.0 * self.weight).detach()


@case("remedy/trace-differentiates-what-no-grad-excludes")
def part_is_detached(show, device):
    """What is detached has no part in the gradient, however the Module is called."""
    model = _Detaches(device)
    for i in range(2):
        z = model(_numbers(device))
        z.sum().backward()
        show(f"{i}", z.detach(), model.weight.grad)


@case("remedy/reentrant-loses-gradients")
def an_input_requires_a_gradient(show, device):
    """The parameters get gradients if an input of the call requires one."""
    model, x = _Scaled(device), _numbers(device, requires_grad=True)
    model(x).sum().backward()
    show("gradient", model.weight.grad)


@case("remedy/reentrant-refuses-grad")
def backward_takes_the_place_of_grad(show, device):
    """backward leaves the gradients of inputs and parameters in grad."""
    model, x = _Scaled(device), _numbers(device, requires_grad=True)
    model(x).sum().backward()
    show("gradients", x.grad, model.weight.grad)


@case("remedy/reentrant-returns-plain-tuples")
def outputs_are_taken_by_their_places(show, device):
    """Several outputs can be taken by their places."""
    outputs = _ReturnsBoth(device)(_numbers(device, requires_grad=True))
    show("outputs", outputs[0].detach(), outputs[1].detach())


class _UsesOne(Module):
    """Has two parameters, and uses one."""

    def __init__(self, device):
        super().__init__()
        self.used = Parameter(torch.tensor([2.0], device=device))
        self.unused = Parameter(torch.tensor([3.0], device=device))

    def forward(self, x):
        """Return used * x."""
        return self.used * x


@case("remedy/ddp-waits-for-every-parameter")
def unused_parameters_are_frozen(show, device):
    """A Module trains in several calls if the parameters that get no gradient are frozen before the first."""
    model, x = _UsesOne(device), _numbers(device)
    model.unused.requires_grad_(False)
    for i in range(2):
        model(x).sum().backward()
        show(f"{i}", model.used.grad, model.unused.grad)


@case("remedy/ddp-made-in-inference-mode-does-not-train", needs="torch.inference_mode")
def first_call_is_outside_of_inference_mode(show, device):
    """A Module that was called outside of inference_mode first trains after calls within it."""
    model, x = _Scaled(device), _numbers(device)
    show("outside", model(x).detach())
    with torch.inference_mode():
        model(x)
    model(x).sum().backward()
    show("gradient", model.weight.grad)


@case("remedy/script-keeps-what-forward-assigns")
def buffer_is_changed_in_place(show, device):
    """A buffer that forward changes in place adds up in the Module itself."""
    model, x = _SumsInPlace(device), _numbers(device)
    for i in range(3):
        show(f"{i}", model(x))
    show("total", model.total)


class _Refuses(Module):
    """Refuses what has too many dimensions."""

    def forward(self, x):
        """Return x, or raise."""
        if x.dim() > 1:
            raise ValueError("too many dimensions")
        return 2.0 * x


@case("remedy/script-raises-errors-of-its-own")
def all_classes_of_the_error_are_caught(show, device):
    """An error of forward is caught by naming its class, and those of TorchScript."""
    model = _Refuses()
    show("first", model(_numbers(device)))
    try:
        model(_numbers(device).reshape(1, 2))
    except (ValueError, RuntimeError, torch.jit.Error):
        show("second", "caught")


@case("remedy/fx-ignores-backward-hooks", needs="torch.nn.Module.register_full_backward_hook")
def backward_hook_is_on_a_layer_of_torch(show, device):
    """A full backward hook on a layer of torch below the Module runs."""
    linear, log = Linear(2, 1, bias=False).to(device), []
    torch.nn.init.ones_(linear.weight)
    linear.register_full_backward_hook(lambda module, grad_input, grad_output: log.append(grad_output[0].tolist()))
    _Wraps(linear)(_numbers(device, requires_grad=True)).backward()
    show("hook", log)


@case("remedy/fx-runs-hooks-when-it-traces")
def forward_hook_is_on_a_layer_of_torch(show, device):
    """A forward hook on a layer of torch below the Module runs once at each call, with values."""
    linear, log = Linear(2, 1, bias=False).to(device), []
    torch.nn.init.ones_(linear.weight)
    linear.register_forward_hook(lambda module, inputs, output: log.append(output.tolist()))
    model = _Wraps(linear)
    for _ in range(2):
        model(_numbers(device))
    show("hook", log)


class _Wraps(Module):
    """Twice what a layer computes."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        """Return 2 * layer(x)."""
        return 2.0 * self.layer(x)
