"""Section "Parameter": layers that find their shapes when they are first called."""

import torch
from torch.nn import Linear, Sequential

from module_drift.case import case, cases

from ..shared.refusals import refusal, refusal_on_one_line

CONVOLUTIONS = {
    "lazy-conv1d": ["LazyConv1d", [1, 3, 4]],
    "lazy-conv2d": ["LazyConv2d", [1, 3, 4, 4]],
    "lazy-conv3d": ["LazyConv3d", [1, 3, 4, 4, 4]],
    "lazy-conv-transpose1d": ["LazyConvTranspose1d", [1, 3, 4]],
    "lazy-conv-transpose2d": ["LazyConvTranspose2d", [1, 3, 4, 4]],
    "lazy-conv-transpose3d": ["LazyConvTranspose3d", [1, 3, 4, 4, 4]],
}
NORMS = {
    "lazy-batch-norm1d": ["LazyBatchNorm1d", [2, 3]],
    "lazy-batch-norm2d": ["LazyBatchNorm2d", [2, 3, 4, 4]],
    "lazy-batch-norm3d": ["LazyBatchNorm3d", [2, 3, 2, 2, 2]],
    "lazy-instance-norm1d": ["LazyInstanceNorm1d", [2, 3, 4]],
    "lazy-instance-norm2d": ["LazyInstanceNorm2d", [2, 3, 4, 4]],
    "lazy-instance-norm3d": ["LazyInstanceNorm3d", [2, 3, 2, 2, 2]],
}


def _shapes(model):
    return {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}


@cases("parameter/{layer}-finds-its-channels", needs="torch.nn.{layer[0]}", only="cpu", layer=CONVOLUTIONS)
def lazy_convolution_finds_its_channels(show, device, layer):
    """The {layer[0]} becomes an ordinary layer of as many channels as its first input has."""
    lazy = getattr(torch.nn, layer[0])(2, 3).to(device)
    show("output", tuple(lazy(torch.ones(layer[1], device=device)).shape))
    show("became", lazy)
    show("shapes", _shapes(lazy))


@cases("parameter/{layer}-finds-its-features", needs="torch.nn.{layer[0]}", only="cpu", layer=NORMS)
def lazy_norm_finds_its_features(show, device, layer):
    """The {layer[0]} becomes an ordinary layer of as many features as its first input has."""
    lazy = getattr(torch.nn, layer[0])().to(device)
    show("output", tuple(lazy(torch.ones(layer[1], device=device)).shape))
    show("became", lazy)
    show("shapes", _shapes(lazy))


@cases("parameter/{layer}-of-other-dimensions", needs="torch.nn.{layer[0]}", only="cpu", layer=CONVOLUTIONS)
def lazy_convolution_of_other_dimensions(show, device, layer):
    """The {layer[0]} is first called with an input of two dimensions too many."""
    lazy = getattr(torch.nn, layer[0])(2, 3).to(device)
    show("raises", refusal(lazy, torch.ones([*layer[1], 1, 1], device=device)))


@cases("parameter/{layer}-repr-before-its-first-call", needs="torch.nn.{layer[0]}", only="cpu", layer=CONVOLUTIONS)
def repr_of_a_lazy_convolution(show, device, layer):
    """The repr of a {layer[0]} that was not called."""
    show("repr", getattr(torch.nn, layer[0])(2, 3))


@case("parameter/lazy-conv-transpose-of-an-output-size", needs="torch.nn.LazyConvTranspose1d", only="cpu")
def lazy_transposed_convolution_is_told_the_output_size(show, device):
    """A LazyConvTranspose1d can be told the output size in its first call."""
    lazy = torch.nn.LazyConvTranspose1d(2, 3, stride=2).to(device)
    show("raises", refusal(lambda: show("output", lazy(torch.ones(1, 3, 4, device=device), output_size=[10]).shape)))


@case("parameter/uninitialized-buffer-is-materialized", needs="torch.nn.parameter.UninitializedBuffer", only="cpu")
def uninitialized_buffer_is_materialized(show, device):
    """An UninitializedBuffer becomes a tensor of the shape that it is told."""
    buffer = torch.nn.parameter.UninitializedBuffer(device=device)
    buffer.materialize((2,))
    show("type", type(buffer).__name__)
    show("shape", buffer.shape)


@case("parameter/uninitialized-buffer-refuses", needs="torch.nn.parameter.UninitializedBuffer", only="cpu")
def uninitialized_buffer_refuses(show, device):
    """An UninitializedBuffer has no shape and is no operand."""
    buffer = torch.nn.parameter.UninitializedBuffer(device=device)
    show("shape", refusal(lambda: buffer.shape))
    show("sum", refusal(lambda: buffer + 1))


@case("parameter/lazy-buffers-before-the-first-call", needs="torch.nn.LazyBatchNorm1d", only="cpu")
def buffers_of_a_lazy_norm(show, device):
    """The buffers of a LazyBatchNorm1d that was not called."""
    lazy = torch.nn.LazyBatchNorm1d().to(device)
    show("buffers", {name: type(buffer).__name__ for name, buffer in lazy.named_buffers()})


@case("parameter/lazy-layers-in-a-chain", needs="torch.nn.LazyLinear", only="cpu")
def lazy_layers_in_a_chain(show, device):
    """In a chain of lazy layers, each takes the size of what the one before it returns."""
    model = Sequential(torch.nn.LazyLinear(5), torch.nn.LazyLinear(2)).to(device)
    model(torch.ones(1, 3, device=device))
    show("model", model)


@case("parameter/lazy-layer-with-a-forward-hook", needs="torch.nn.LazyLinear", only="cpu")
def lazy_layer_with_a_forward_hook(show, device):
    """A forward hook of a lazy layer runs at its first call, and later."""
    lazy = torch.nn.LazyLinear(2).to(device)
    lazy.register_forward_hook(lambda module, x, z: show("hook", type(module).__name__, z.shape))
    for _ in range(2):
        lazy(torch.ones(1, 3, device=device))


@case("parameter/lazy-layer-with-a-forward-pre-hook", needs="torch.nn.LazyLinear", only="cpu")
def lazy_layer_with_a_forward_pre_hook(show, device):
    """A forward pre-hook of a lazy layer meets the layer that has become an ordinary one."""
    lazy = torch.nn.LazyLinear(2).to(device)
    lazy.register_forward_pre_hook(lambda module, x: show("pre-hook", type(module).__name__, module.in_features))
    lazy(torch.ones(1, 3, device=device))


@case("parameter/lazy-hooks-after-the-first-call", needs="torch.nn.LazyLinear", only="cpu")
def hooks_of_a_lazy_layer(show, device):
    """The hooks by which a lazy layer finds its shape are gone after its first call."""
    lazy = torch.nn.LazyLinear(2).to(device)
    for _ in range(2):
        show("hooks", len(lazy._forward_pre_hooks), len(lazy._load_state_dict_pre_hooks))
        lazy(torch.ones(1, 3, device=device))


@case("parameter/lazy-linear-becomes-a-linear", needs="torch.nn.LazyLinear", only="cpu")
def lazy_linear_is_called(show, device):
    """A LazyLinear that was moved to its device takes the number of inputs from the first call."""
    lazy = torch.nn.LazyLinear(2).to(device)
    show("before", lazy)
    lazy(torch.ones(1, 3, device=device))
    show("after", lazy)


@case("parameter/lazy-linear-loads-a-moved-state", needs="torch.nn.LazyLinear", only="cpu")
def lazy_linear_loads_a_state(show, device):
    """A LazyLinear that was moved to its device takes its shape from a state, and its type from the first call."""
    lazy = torch.nn.LazyLinear(2).to(device)
    lazy.load_state_dict(Linear(3, 2).to(device).state_dict())
    show("shape", lazy.weight.shape)
    show("raises", refusal(lazy, torch.ones(1, 3, device=device)))
    show("type", type(lazy).__name__)


@case("parameter/lazy-linear-loads-another-size-than-it-is-called-with", needs="torch.nn.LazyLinear", only="cpu")
def lazy_linear_is_called_with_another_size(show, device):
    """A LazyLinear that took its shape from a state refuses an input that does not fit it."""
    lazy = torch.nn.LazyLinear(2).to(device)
    lazy.load_state_dict(Linear(3, 2).to(device).state_dict())
    show("raises", refusal(lazy, torch.ones(1, 4, device=device)))


@case("parameter/lazy-linear-state-before-its-first-call", needs="torch.nn.LazyLinear", only="cpu")
def state_of_a_lazy_linear(show, device):
    """The state of a LazyLinear that was not called does not fit into a Linear."""
    state = torch.nn.LazyLinear(2).to(device).state_dict()
    show("types", {name: type(tensor).__name__ for name, tensor in state.items()})
    show("raises", refusal_on_one_line(Linear(3, 2).to(device).load_state_dict, state))


@case("parameter/lazy-linear-cast-before-its-first-call", needs="torch.nn.LazyLinear", only="cpu")
def lazy_linear_is_cast(show, device):
    """A LazyLinear that is cast before its first call has a weight of that dtype."""
    lazy = torch.nn.LazyLinear(2).to(device).double()
    lazy(torch.ones(1, 3, dtype=torch.float64, device=device))
    show("dtype", lazy.weight.dtype)


@case("parameter/lazy-linear-shared-before-its-first-call", needs="torch.nn.LazyLinear", only="cpu")
def lazy_linear_is_shared(show, device):
    """The memory of what is not initialised cannot be shared."""
    show("raises", refusal(torch.nn.LazyLinear(2).to(device).share_memory))
