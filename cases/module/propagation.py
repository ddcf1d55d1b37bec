"""Section "Module": which overrides of a child what is done to its parent reaches."""

import torch
from torch.nn import Module, Sequential

from module_drift.case import case

from ..shared.models import ScaledPowModel, new_parameter


class _Overriding(Module):
    """Says which of its methods are called, and does nothing more than its name says."""

    def __init__(self, show, device, child=None):
        super().__init__()
        self.show = show
        self.weight = new_parameter(1.0, device)
        if child is not None:
            self.child = child

    def train(self, mode=True):
        self.show("train", mode)
        return self

    def eval(self):
        self.show("eval")
        return super().eval()

    def _apply(self, *arguments, **keywords):
        self.show("_apply")
        return self

    def double(self):
        self.show("double")
        return super().double()

    def apply(self, function):
        self.show("apply")
        return self

    def zero_grad(self, *arguments, **keywords):
        self.show("zero_grad")

    def requires_grad_(self, requires_grad=True):
        self.show("requires_grad_")
        return self

    def load_state_dict(self, *arguments, **keywords):
        self.show("load_state_dict")


def _parent(show, device):
    """Return a Module whose only child overrides what it can, with a gradient."""
    parent = Sequential(_Overriding(show, device))
    parent[0].weight.grad = torch.tensor(5.0, device=device)
    return parent


@case("module/overridden-mode", only="cpu")
def a_child_overrides_its_mode(show, device):
    """What a parent's train and eval do to a child is to call its train, which decides, and not its eval."""
    model = _parent(show, device)
    model.eval()
    show("trains", model.training, model[0].training)
    model.train()
    own = _Overriding(show, device)
    own.eval()
    show("of its own", own.training)


@case("module/overridden-conversion", only="cpu")
def a_child_overrides_its_conversion(show, device):
    """What a parent's conversion does to a child is to call its _apply, which decides, and not its double."""
    model = _parent(show, device)
    model.double()
    show("dtype", model[0].weight.dtype)
    model.to(torch.float64)
    show("dtype", model[0].weight.dtype)
    own = _Overriding(show, device)
    own.double()
    show("of its own", own.weight.dtype)


@case("module/overridden-apply", only="cpu")
def a_child_overrides_apply(show, device):
    """A parent's apply calls that of a child, which decides."""
    _parent(show, device).apply(lambda model: show("visited", type(model).__name__))


@case("module/overridden-gradients", only="cpu")
def a_child_overrides_what_is_done_to_gradients(show, device):
    """A parent's zero_grad and requires_grad_ reach the parameters of a child, and not its methods."""
    model = _parent(show, device)
    model.zero_grad()
    show("left", bool(model[0].weight.grad is not None and model[0].weight.grad))
    model.requires_grad_(False)
    show("required", model[0].weight.requires_grad)


@case("module/overridden-load", only="cpu")
def a_child_overrides_load_state_dict(show, device):
    """A parent's load_state_dict loads a child without its load_state_dict."""
    model = _parent(show, device)
    show("keys", model.load_state_dict({"0.weight": torch.tensor(5.0, device=device)}))
    show("loaded", model[0].weight)


@case("module/overridden-listings", only="cpu")
def a_module_overrides_its_listings(show, device):
    """What a Module's own listings leave out is not reached by what is done to it."""

    class Hiding(Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = ScaledPowModel(device), ScaledPowModel(device)

        def named_children(self):
            yield "second", self.second

        def named_parameters(self, *arguments, **keywords):
            yield "shown", self.second.powParam

    model = Hiding()
    visited = []
    model.eval().double().requires_grad_(False).apply(visited.append)
    for child in (model.first, model.second):
        show("child", child.training, child.powParam, child in visited)
    show("children", len(list(model.children())), "modules", len(list(model.modules())))
    show("parameters", len(list(model.parameters())), "state", list(model.state_dict()))


@case("module/overridden-children", only="cpu")
def a_module_overrides_children(show, device):
    """The mode, a conversion and apply reach those that a Module's own children() yields, and no listing does."""

    class Hiding(Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = ScaledPowModel(device), ScaledPowModel(device)

        def children(self):
            yield self.second

        def parameters(self, recurse=True):
            yield self.second.powParam

    model = Hiding()
    visited = []
    for child in (model.first, model.second):
        child.powParam.grad = torch.tensor(5.0, device=device)
    model.zero_grad()
    show(
        "left", [bool(child.powParam.grad is not None and child.powParam.grad) for child in (model.first, model.second)]
    )
    model.eval().double().requires_grad_(False).apply(visited.append)
    for child in (model.first, model.second):
        show("child", child.training, child.powParam, child in visited)
    show("listed", [name for name, _ in model.named_children()], [name for name, _ in model.named_parameters()])


@case("module/overridden-call-in-a-sequential", only="cpu")
def a_child_overrides_its_call(show, device):
    """A Sequential calls its children, so that a __call__ of one's own counts, and a forward that is set on one."""

    class Calling(Module):
        def __call__(self, x):
            show("called")
            return 10 * super().__call__(x)

        def forward(self, x):
            return x + 1

    model = Sequential(Calling(), Calling())
    show("output", model(torch.tensor(1.0, device=device)))
    model[1].forward = lambda x: x
    show("output", model(torch.tensor(1.0, device=device)))


@case("module/overridden-repr", only="cpu")
def a_child_overrides_its_repr(show, device):
    """The repr of a Module has those of its children, and its own name as it says it."""

    class Named(Module):
        def _get_name(self):
            return "Renamed"

    class Printed(Module):
        def __repr__(self):
            return "printed\nby itself"

    model = Named()
    model.first, model.second = Printed(), Named()
    show("repr", model)
