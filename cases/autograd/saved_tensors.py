"""Section "Autograd": what Modules save for the backward pass, and hooks that pack and unpack it."""

import torch

from module_drift.case import case, cases

from ..shared.refusals import refusal, type_of_refusal
from ..shared.weighted import Scale, Square, leaf, linear


def _noting(notes):
    """Return hooks that note what they are given, and pack it as it is."""

    def pack(saved):
        notes.append(f"pack {tuple(saved.shape)}")
        return saved

    def unpack(packed):
        notes.append(f"unpack {tuple(packed.shape)}")
        return packed

    return pack, unpack


@case("autograd/saved-by-a-linear", only="cpu", needs="torch.autograd.graph.saved_tensors_hooks")
def linear_saves_its_input(show, device):
    """What a Linear saves: its input and weight, and each of them only for the gradient of the other."""
    for name, frozen, needs in (("both", False, True), ("input alone", True, True), ("weight alone", False, False)):
        model, notes = linear(device).requires_grad_(not frozen), []
        x = torch.ones(3, 2, device=device, requires_grad=needs)
        with torch.autograd.graph.saved_tensors_hooks(*_noting(notes)):
            output = model(x)
        show(name, notes)
        output.sum().backward()
        show("in backward", notes)


@case("autograd/saved-under-no-grad", only="cpu", needs="torch.autograd.graph.saved_tensors_hooks")
def nothing_is_saved_under_no_grad(show, device):
    """Under no_grad, and by a frozen Module, nothing is packed."""
    model, notes = linear(device), []
    with torch.autograd.graph.saved_tensors_hooks(*_noting(notes)):
        with torch.no_grad():
            model(torch.ones(3, 2, device=device))
        show("no_grad", notes)
        model.requires_grad_(False)
        model(torch.ones(3, 2, device=device))
        show("frozen", notes)


@case("autograd/saved-and-unpacked-twice", only="cpu", needs="torch.autograd.graph.saved_tensors_hooks")
def saved_tensors_are_unpacked_in_each_pass(show, device):
    """What is saved is packed once, and unpacked in each backward pass, and when it is read off the node."""
    model, notes = Square(4.0, device), []
    with torch.autograd.graph.saved_tensors_hooks(*_noting(notes)):
        output = model.weight.sqrt()
    for _ in range(2):
        output.backward(retain_graph=True)
    show("two passes", notes)
    show("read", tuple(output.grad_fn._saved_result.shape), notes)


@case("autograd/saved-and-changed", only="cpu", needs="torch.autograd.graph.saved_tensors_hooks")
def saved_tensors_are_changed(show, device):
    """What an unpack hook returns is what the gradient is computed from."""
    model, x = Scale(2.0, device), leaf(3.0, device)
    with torch.autograd.graph.saved_tensors_hooks(lambda saved: saved, lambda packed: 10.0 * packed.detach()):
        output = model(x)
    output.backward()
    show("gradients", model.weight.grad, x.grad)


@case("autograd/saved-hooks-nested", only="cpu", needs="torch.autograd.graph.saved_tensors_hooks")
def saved_tensors_hooks_are_nested(show, device):
    """Of saved-tensors hooks within others, the inner ones alone are called."""
    model, outer, inner = Square(4.0, device), [], []
    with torch.autograd.graph.saved_tensors_hooks(*_noting(outer)):
        with torch.autograd.graph.saved_tensors_hooks(*_noting(inner)):
            model.weight.sqrt()
        show("inner, outer", inner, outer)
        model.weight.sqrt()
        show("inner, outer", inner, outer)


@case("autograd/saved-hooks-left-before-backward", only="cpu", needs="torch.autograd.graph.saved_tensors_hooks")
def saved_tensors_hooks_outlive_their_block(show, device):
    """Unpack hooks are called after their block was left, and hooks entered in backward do not matter."""
    model, notes, others = Square(4.0, device), [], []
    with torch.autograd.graph.saved_tensors_hooks(*_noting(notes)):
        output = model.weight.sqrt()
    with torch.autograd.graph.saved_tensors_hooks(*_noting(others)):
        output.backward()
    show("notes", notes, others)


PACKED = {
    "unpacked-to-a-number": [lambda saved: saved, lambda packed: 5.0],
    "packed-by-what-takes-nothing": [lambda: None, lambda packed: packed],
}


@cases(
    "autograd/saved-and-{way}",
    only="cpu",
    needs="torch.autograd.graph.saved_tensors_hooks",
    way=[
        "unpacked-to-a-number",
        "packed-by-what-takes-nothing",
    ],
)
def saved_tensors_hooks_are_wrong(show, device, way):
    """What forward and backward raise where what is saved is {way}."""
    model = Scale([1.0, 2.0], device)
    x, outputs = leaf([3.0, 5.0], device), []

    def forward():
        with torch.autograd.graph.saved_tensors_hooks(*PACKED[way]):
            outputs.append(model(x))

    show("forward", type_of_refusal(forward))
    for output in outputs:
        show("backward", type_of_refusal(output.sum().backward))
        show("gradients", model.weight.grad, x.grad)


@case("autograd/saved-hook-that-raises", only="cpu", needs="torch.autograd.graph.saved_tensors_hooks")
def saved_tensors_hook_raises(show, device):
    """After a pack hook that raises, hooks are no longer in force, and the Module can be called again."""
    model, notes = Square(4.0, device), []

    def fail(saved):
        raise ValueError("no room")

    def forward():
        with torch.autograd.graph.saved_tensors_hooks(fail, fail):
            model.weight.sqrt()

    show("raises", type_of_refusal(forward))
    with torch.autograd.graph.saved_tensors_hooks(*_noting(notes)):
        model.weight.sqrt()
    show("afterwards", notes)


@case("autograd/saved-on-the-cpu", only="cpu", needs="torch.autograd.graph.save_on_cpu")
def saved_tensors_are_kept_on_the_cpu(show, device):
    """What is saved within save_on_cpu is copied or not where it is there already, as a change in place tells."""
    model, x = Square(2.0, device), torch.tensor(3.0, device=device)
    with torch.autograd.graph.save_on_cpu():
        output = model(x)
    x.add_(1.0)
    output.backward()
    show("gradient", model.weight.grad)


@case("autograd/saving-refused", only="cpu", needs="torch.autograd.graph.disable_saved_tensors_hooks")
def saved_tensors_hooks_are_disabled(show, device):
    """Where saved-tensors hooks are disabled, none can be entered, and the message is the given one."""
    hooks = torch.autograd.graph.saved_tensors_hooks

    def enter():
        with hooks(lambda saved: saved, lambda packed: packed):
            pass

    with torch.autograd.graph.disable_saved_tensors_hooks("not in this layer"):
        show("within", refusal(enter))
        show("forward", refusal(lambda: Scale(2.0, device)(3.0).backward()))
    show("after", refusal(enter))


@case("autograd/saving-refused-within-hooks", only="cpu", needs="torch.autograd.graph.disable_saved_tensors_hooks")
def saved_tensors_hooks_are_disabled_within_hooks(show, device):
    """Within saved-tensors hooks, hooks cannot be disabled, or they can."""
    model = Scale(2.0, device)

    def disable():
        hooks = torch.autograd.graph.saved_tensors_hooks(lambda saved: saved, lambda packed: packed)
        with hooks, torch.autograd.graph.disable_saved_tensors_hooks("not in this layer"):
            model(3.0).backward()

    show("raises", refusal(disable))


@case(
    "autograd/saved-and-mutated-where-that-is-allowed",
    only="cpu",
    needs="torch.autograd.graph.allow_mutation_on_saved_tensors",
)
def saved_tensors_may_be_mutated(show, device):
    """Where mutation is allowed, the backward pass goes by the value that was saved."""
    model, x = Square(2.0, device), torch.tensor(3.0, device=device)
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        product = x * 1.0
        output = model(product)
        product.add_(1.0)
        output.backward()
    show("gradient", model.weight.grad)
    show("product", product)


@case("autograd/saved-by-hooks-on-one-node", only="cpu", needs="torch.autograd.graph.saved_tensors_hooks")
def one_saved_tensor_has_hooks(show, device):
    """Hooks registered on what a node saved pack it at once, and can be registered once only."""
    model = Square(4.0, device)
    output = model.weight.sqrt()
    raw = output.grad_fn._raw_saved_result
    raw.register_hooks(lambda saved: show("pack", saved) or saved, lambda packed: 10.0 * packed.detach())
    show("again", refusal(raw.register_hooks, lambda saved: saved, lambda packed: packed))
    output.backward()
    show("gradient", model.weight.grad)
