"""Section "Autograd": the nodes of a Module's graph: their names, what they come from, and hooks on them."""

import torch

from module_drift.case import case, cases

from ..shared.refusals import refusal, type_of_refusal
from ..shared.weighted import Scale, leaf, linear

LAYERS = {
    "prelu": ["PReLU", [], [1, 2]],
    "adaptive-avg-pool2d": ["AdaptiveAvgPool2d", [1], [1, 1, 2, 2]],
    "group-norm": ["GroupNorm", [1, 2], [1, 2, 2]],
    "flatten": ["Flatten", [], [1, 2, 2]],
}


@cases("autograd/node-of-{layer}", only="cpu", layer=LAYERS)
def node_of_a_layer(show, device, layer):
    """The node of the graph that a {layer[0]} returns, and those that it comes from."""
    name, arguments, *shapes = layer
    model = getattr(torch.nn, name)(*arguments).to(device)
    output = model(*[torch.ones(shape, device=device, requires_grad=True) for shape in shapes])
    show("node", output.grad_fn.name())
    show("next", [node and node.name() for node, _ in output.grad_fn.next_functions])


LOSSES = {
    "l1-loss": "L1Loss",
    "kl-div-loss": "KLDivLoss",
}


@cases("autograd/node-of-{loss}", only="cpu", loss=LOSSES)
def node_of_a_loss(show, device, loss):
    """The node of the graph that a {loss} returns, and those that it comes from."""
    x, target = torch.ones(1, 2, device=device, requires_grad=True), torch.ones(1, 2, device=device)
    output = getattr(torch.nn, loss)(reduction="sum")(x, target)
    show("node", output.grad_fn.name())
    show("next", [node and node.name() for node, _ in output.grad_fn.next_functions])


@case("autograd/node-of-what-needs-no-gradient", only="cpu")
def node_of_what_needs_no_gradient(show, device):
    """A frozen parameter is None among the next functions of a node, which stay in their places."""
    model = Scale(2.0, device)
    model.requires_grad_(False)
    output = model(leaf(3.0, device))
    show("next", [node and (node.name(), index) for node, index in output.grad_fn.next_functions])


@case("autograd/node-metadata", only="cpu")
def node_has_metadata(show, device):
    """What is noted in the metadata of a node, such as by anomaly detection, stays there."""
    output = Scale(2.0, device)(3.0)
    output.grad_fn.metadata["layer"] = "scale"
    show("metadata", dict(output.grad_fn.metadata))


@case("autograd/node-saved-tensors", only="cpu")
def node_shows_what_it_saved(show, device):
    """A node shows what it saved for the backward pass, under names of its own, until that is freed."""
    model, x = Scale(2.0, device), leaf(3.0, device)
    output = model(x)
    show("has", hasattr(output.grad_fn, "_saved_self"), hasattr(output.grad_fn, "_saved_other"))
    if hasattr(output.grad_fn, "_saved_self"):
        show("saved", output.grad_fn._saved_self, output.grad_fn._saved_self is model.weight)
        output.backward()
        show("freed", type_of_refusal(lambda: output.grad_fn._saved_self))


@case("autograd/node-input-metadata", only="cpu")
def node_tells_of_its_gradients(show, device):
    """A node tells shape and dtype of the gradients that it takes, where nodes tell it."""
    node = Scale([1.0, 2.0], device)(3.0).grad_fn
    for metadata in getattr(node, "_input_metadata", ()):
        show("takes", tuple(metadata.shape), metadata.dtype)
    show("told", hasattr(node, "_input_metadata"))


@case("autograd/node-of-a-tensor-by-edge", only="cpu", needs="torch.autograd.graph.get_gradient_edge")
def gradient_edge_of_a_tensor(show, device):
    """The gradient edge of an output is its node and number, that of a parameter the node that accumulates."""
    model = Scale([1.0, 2.0], device)
    first, second = model(3.0).unbind()
    for name, tensor in (("first", first), ("second", second), ("parameter", model.weight)):
        edge = torch.autograd.graph.get_gradient_edge(tensor)
        show(name, edge.node.name(), edge.output_nr)
    show("frozen", refusal(torch.autograd.graph.get_gradient_edge, model.weight.detach()))


@case("autograd/grad-by-edges", only="cpu", needs="torch.autograd.graph.get_gradient_edge")
def grad_takes_edges(show, device):
    """A gradient by autograd.grad may go to an edge after its tensor is gone, and from one."""
    model = Scale(2.0, device)
    output = model(leaf(3.0, device))
    product = 5.0 * output
    inner = torch.autograd.graph.get_gradient_edge(output)
    del output
    show("to", refusal(lambda: show("gradient", torch.autograd.grad(product, inner, retain_graph=True))))
    outer = torch.autograd.graph.get_gradient_edge(product)
    grad = torch.autograd.grad
    show("from", type_of_refusal(lambda: show("gradient", grad(outer, model.weight, torch.ones_like(product)))))


@case("autograd/backward-by-edges", only="cpu", needs="torch.autograd.graph.get_gradient_edge")
def backward_takes_edges(show, device):
    """A backward pass may start from an edge, with or without the gradient to start with."""
    model = Scale(2.0, device)
    edge = torch.autograd.graph.get_gradient_edge(model(3.0))
    backward = torch.autograd.backward
    show("without", type_of_refusal(lambda: backward(edge, retain_graph=True)))
    show("with", type_of_refusal(lambda: backward(edge, torch.tensor(7.0, device=device))))
    show("gradient", model.weight.grad)


# Hooks on nodes.


@case("autograd/node-hook-that-returns", only="cpu")
def node_hook_replaces_gradients(show, device):
    """A hook on a node replaces the gradients that it made."""
    model, x = Scale(2.0, device), leaf(3.0, device)
    output = model(x)
    output.grad_fn.register_hook(lambda made, given: tuple(10.0 * gradient for gradient in made))
    output.backward()
    show("gradients", model.weight.grad, x.grad)


NODE_RESULTS = {
    "too-few": lambda made: made[:1],
    "none-for-one": lambda made: (None, made[1]),
}


@cases(
    "autograd/node-hook-that-returns-{result}",
    only="cpu",
    result=["too-few", "none-for-one"],
)
def node_hook_returns(show, device, result):
    """A hook on a node of two inputs that returns {result}."""
    model, x = Scale(2.0, device), leaf(3.0, device)
    output = model(x)
    output.grad_fn.register_hook(lambda made, given: NODE_RESULTS[result](made))
    show("raises", type_of_refusal(output.backward))
    show("gradients", model.weight.grad, x.grad)


@case("autograd/node-pre-hook", only="cpu", needs="torch.autograd.graph.Node.register_prehook")
def node_pre_hook_replaces_gradients(show, device):
    """A pre-hook on a node sees and replaces the gradients that it is given, before its hooks run."""
    model, x = Scale(2.0, device), leaf(3.0, device)
    output = model(x)
    output.grad_fn.register_hook(lambda made, given: show("hook", made, given))
    output.grad_fn.register_prehook(lambda given: show("pre-hook", given) or (10.0 * given[0],))
    output.backward()
    show("gradients", model.weight.grad, x.grad)


@case("autograd/node-pre-hook-of-several-outputs", only="cpu", needs="torch.autograd.graph.Node.register_prehook")
def node_pre_hook_of_several_outputs(show, device):
    """A pre-hook on a node of two outputs is given None for the one that is not used, and may return None."""
    model = Scale([1.0, 2.0], device)
    first, second = model(3.0).unbind()
    first.grad_fn.register_prehook(lambda given: show("pre-hook", given))
    (5.0 * second).backward()
    show("gradient", model.weight.grad)


@case("autograd/node-pre-hook-among-tensor-hooks", only="cpu", needs="torch.autograd.graph.Node.register_prehook")
def node_pre_hook_runs_after_tensor_hooks(show, device):
    """A hook on an output, its retained gradient, a pre-hook and a hook on its node, in the order in which they run."""
    output = Scale(2.0, device)(3.0)
    output.grad_fn.register_hook(lambda made, given: show("node hook"))
    output.grad_fn.register_prehook(lambda given: show("node pre-hook", given))
    output.retain_grad()
    output.register_hook(lambda gradient: show("tensor hook", gradient) or 10.0 * gradient)
    output.backward()
    show("retained", output.grad)


@case("autograd/node-hooks-of-a-parameter-and-inputs", only="cpu", needs="torch.Tensor.backward(inputs)")
def node_hooks_of_a_parameter_and_inputs(show, device):
    """A hook on the accumulating node of a parameter runs when inputs= names it, and not in autograd.grad."""
    model, x = Scale(2.0, device), leaf(3.0, device)
    output = model(x)
    node = output.grad_fn.next_functions[0][0]
    node.register_hook(lambda made, given: show("hook", made, given))
    show("grad", torch.autograd.grad(output, model.weight, retain_graph=True))
    show("inputs=[x]")
    output.backward(inputs=[x], retain_graph=True)
    show("inputs=[weight]")
    output.backward(inputs=[model.weight])


@case("autograd/node-hook-is-lost-with-its-node", only="cpu")
def node_hook_of_a_parameter_is_lost(show, device):
    """A hook on the accumulating node of a parameter is gone with the node, when no graph holds it."""
    model = Scale(2.0, device)
    model(3.0).grad_fn.next_functions[0][0].register_hook(lambda made, given: show("hook"))
    model(3.0).backward()
    show("gradient", model.weight.grad)


@case("autograd/module-cast-between-forward-and-backward", only="cpu")
def module_is_cast_between_forward_and_backward(show, device):
    """A Module that is cast between forward and backward gets a gradient of which dtype, or none."""
    model = linear(device)
    output = model(torch.ones(1, 2, device=device)).sum()
    model.double()
    show("backward", type_of_refusal(output.backward))
    show("gradients", model.weight.grad, model.bias.grad)
