"""Section "Layer": pre-hooks and backward hooks on the parts of layers, and what else counts on a part being called."""

import torch
from torch import nn
from torch.nn.utils import weight_norm

from module_drift.case import case, cases

# Of each: its class, what it is made with, also by name, how many inputs it is called with, and an argument it needs.
COMPOSITES = {
    "a-batch-first-encoder-layer": (
        "TransformerEncoderLayer",
        (4, 2, 2, 0.0),
        {"batch_first": True},
        1,
        "batch_first",
    ),
    "a-decoder-layer": ("TransformerDecoderLayer", (4, 2, 2, 0.0), {}, 2, "d_model"),
    "a-norm-first-encoder-layer": (
        "TransformerEncoderLayer",
        (4, 2, 2, 0.0),
        {"batch_first": True, "norm_first": True},
        1,
        "norm_first",
    ),
    "an-encoder-layer": ("TransformerEncoderLayer", (4, 2, 2, 0.0), {}, 1, "d_model"),
    "multihead-attention": ("MultiheadAttention", (4, 2), {}, 3, "embed_dim"),
    "transformer": ("Transformer", (4, 2, 1, 1, 2, 0.0), {}, 2, "d_model"),
}

RECURRENT = {"gru": "GRU", "lstm": "LSTM", "rnn": "RNN"}


def _numbers(device):
    return torch.linspace(-1, 1, 8, device=device).reshape(2, 1, 4)


def _made(layer, device):
    """Return the layer, and what it is called with."""
    name, given, by_name, count, _ = layer
    return getattr(nn, name)(*given, **by_name).to(device), [_numbers(device)] * count


def _made_batch_first(device):
    """Return a TransformerEncoderLayer that is given the batch first, and what it is called with."""
    return nn.TransformerEncoderLayer(4, 2, 2, 0.0, batch_first=True).to(device), [_numbers(device)]


def _in_three_ways(module):
    """Yield a label each time `module` is in training, in evaluation, and there where no gradients are computed."""
    module.train()
    yield "in training"
    module.eval()
    yield "in evaluation"
    with torch.no_grad():
        yield "in evaluation under no_grad"


def _noted_names(module, register):
    """Return a list to which the name of a part of `module` is added each time that the hook on it runs."""
    names = []
    for name, part in module.named_modules():
        register(part, lambda *given, name=name: names.append(name or "itself"))
    return names


@cases("layer/pre-hooks-on-the-parts-of-{layer}", layer=COMPOSITES, needs="torch.nn.{layer[0]}({layer[4]})", only="cpu")
def pre_hooks(show, device, layer):
    """A call of {layer[0]} made with {layer[2]} runs the forward pre-hooks of these parts."""
    module, inputs = _made(layer, device)
    names = _noted_names(module, nn.Module.register_forward_pre_hook)
    for way in _in_three_ways(module):
        names.clear()
        module(*inputs)
        show(way, *names)


@case("layer/old-backward-hooks-on-the-parts-of-an-encoder-layer", only="cpu")
def backward_hooks_of_old(show, device):
    """The backward hooks of old on the parts of a TransformerEncoderLayer are run, one time each."""
    module, x = nn.TransformerEncoderLayer(4, 2, 2, 0.0).to(device), _numbers(device)
    names = _noted_names(module, nn.Module.register_backward_hook)
    module(x.clone().requires_grad_()).sum().backward()
    show("called", *sorted(names))


@cases(
    "layer/backward-hooks-on-the-parts-of-{layer}",
    layer=COMPOSITES,
    needs="torch.nn.{layer[0]}({layer[4]})",
    only="cpu",
)
def backward_hooks(show, device, layer):
    """A backward pass through {layer[0]} made with {layer[2]} runs the full backward hooks of these parts."""
    register = getattr(nn.Module, "register_full_backward_hook", None)
    if register is None:
        show("full backward hooks", "are not known")
        return
    module, inputs = _made(layer, device)
    names = _noted_names(module, register)
    for training in (True, False):
        module.train(training)
        names.clear()
        output = module(*(each.clone().requires_grad_() for each in inputs))
        (output[0] if isinstance(output, tuple) else output).sum().backward()
        show("in training" if training else "in evaluation", *names)


@cases("layer/hooks-on-{layer}-with-a-state", layer=RECURRENT, only="cpu")
def hooks_on_a_recurrent_layer(show, device, layer):
    """The hooks of {layer} are given its inputs and its output as these, with a state and without."""

    def shape(value):
        return list(value.shape) if isinstance(value, torch.Tensor) else [shape(each) for each in value]

    module = getattr(nn, layer)(2, 3).to(device)
    module.register_forward_pre_hook(lambda module, inputs: show("given", shape(inputs)))
    module.register_forward_hook(lambda module, inputs, output: show("returns", shape(output)))
    x, state = torch.ones(4, 1, 2, device=device), torch.zeros(1, 1, 3, device=device)
    module(x)
    module(x, (state, state) if layer == "LSTM" else state)


@cases(
    "layer/backward-hook-on-{layer}-with-a-state",
    layer=RECURRENT,
    needs="torch.nn.Module.register_full_backward_hook",
    only="cpu",
)
def backward_hook_on_a_recurrent_layer(show, device, layer):
    """The full backward hook of {layer} is given gradients of these shapes, with a state among its inputs."""

    def shapes(grads):
        return [None if grad is None else list(grad.shape) for grad in grads]

    module = getattr(nn, layer)(2, 3).to(device)
    module.register_full_backward_hook(lambda module, inputs, outputs: show("grads", shapes(inputs), shapes(outputs)))
    x = torch.ones(4, 1, 2, device=device, requires_grad=True)
    state = torch.zeros(1, 1, 3, device=device, requires_grad=True)
    output, _ = module(x, (state, state) if layer == "LSTM" else state)
    output.sum().backward()
    show("grads of leaves", shapes([x.grad, state.grad]))


@case("layer/hooks-on-the-parts-of-adaptive-softmax", only="cpu")
def hooks_on_the_parts_of_adaptive_softmax(show, device):
    """AdaptiveLogSoftmaxWithLoss runs the hooks of these parts: called, and asked for probabilities."""
    module = nn.AdaptiveLogSoftmaxWithLoss(4, 6, [2, 4], div_value=1.0).to(device)
    names = _noted_names(module, nn.Module.register_forward_hook)
    x = torch.ones(2, 4, device=device)
    module(x, torch.tensor([0, 1], device=device))
    show("with targets in its head", *names)
    names.clear()
    module(x, torch.tensor([0, 3], device=device))
    show("with one in its tail", *names)
    names.clear()
    module.log_prob(x)
    show("log_prob", *names)


@cases(
    "layer/forward-of-{part}-of-a-batch-first-encoder-layer-set",
    part={"the-attention": "self_attn", "the-second-linear": "linear2", "the-first-norm": "norm1"},
    needs="torch.nn.TransformerEncoderLayer(batch_first)",
    only="cpu",
)
def forward_of_a_part_set(show, device, part):
    """Whether TransformerEncoderLayer that is given the batch first calls the forward set on its {part}."""
    module, inputs = _made_batch_first(device)
    owner, calls = getattr(module, part), []
    plain = owner.forward

    def replaced(*inputs, **keywords):
        calls.append(1)
        return plain(*inputs, **keywords)

    owner.forward = replaced
    for way in _in_three_ways(module):
        calls.clear()
        module(*inputs)
        show(way, len(calls))


@case(
    "layer/activation-of-a-batch-first-encoder-layer-set",
    needs="torch.nn.TransformerEncoderLayer(batch_first)",
    only="cpu",
)
def activation_of_a_batch_first_encoder_layer_set(show, device):
    """Whether TransformerEncoderLayer that is given the batch first calls the activation that was set."""
    module, inputs = _made_batch_first(device)
    calls = []

    def negative(x):
        calls.append(1)
        return -x

    module.activation = negative
    for way in _in_three_ways(module):
        calls.clear()
        module(*inputs)
        show(way, len(calls))


@case(
    "layer/subclass-of-a-batch-first-encoder-layer",
    needs="torch.nn.TransformerEncoderLayer(batch_first)",
    only="cpu",
)
def subclass_of_a_batch_first_encoder_layer(show, device):
    """Whether a subclass of TransformerEncoderLayer has its own blocks of attention and of linear layers called."""
    calls = []

    class Own(nn.TransformerEncoderLayer):
        def _sa_block(self, *inputs, **keywords):
            calls.append("_sa_block")
            return super()._sa_block(*inputs, **keywords)

        def _ff_block(self, x):
            calls.append("_ff_block")
            return super()._ff_block(x)

    module = Own(4, 2, 2, 0.0, batch_first=True).to(device)
    for way in _in_three_ways(module):
        calls.clear()
        module(_numbers(device))
        show(way, *calls)


@case("layer/weight-norm-on-the-projection-of-attention", only="cpu")
def weight_norm_on_the_projection_of_attention(show, device):
    """Whether weight_norm on the out_proj of MultiheadAttention computes its weight anew for a call."""
    module = nn.MultiheadAttention(4, 2).to(device)
    weight_norm(module.out_proj)
    x = _numbers(device)
    before = module.out_proj.weight.detach().clone()
    with torch.no_grad():
        module.out_proj.weight_g.mul_(2)
    module(x, x, x)
    show("follows", not torch.equal(before, module.out_proj.weight.detach()))


@case(
    "layer/parametrized-projection-of-attention",
    needs="torch.nn.utils.parametrize.register_parametrization",
    only="cpu",
)
def parametrized_projection_of_attention(show, device):
    """Whether a parametrized weight of the out_proj of MultiheadAttention counts in what that returns."""

    class Zero(nn.Module):
        def forward(self, weight):
            return weight * 0

    module = nn.MultiheadAttention(4, 2).to(device)
    nn.utils.parametrize.register_parametrization(module.out_proj, "weight", Zero())
    x = _numbers(device)
    for way in _in_three_ways(module):
        show(way, not module(x, x, x)[0].detach().abs().sum().item() > 0.0)


def _with_simple_hidden_numbers(device):
    """Return a layer given the batch first whose second linear layer is given ones, and what it is called with."""
    module, inputs = _made_batch_first(device)
    with torch.no_grad():
        module.linear1.weight.zero_()
        module.linear1.bias.fill_(1.0)
        module.linear2.weight.copy_(torch.arange(8.0, device=device).reshape(4, 2))
    return module, inputs


@case(
    "layer/weight-norm-in-a-batch-first-encoder-layer",
    needs="torch.nn.TransformerEncoderLayer(batch_first)",
    only="cpu",
)
def weight_norm_in_an_encoder_layer(show, device):
    """Whether what TransformerEncoderLayer returns follows a change of a weight that weight_norm computes."""
    module, inputs = _with_simple_hidden_numbers(device)
    weight_norm(module.linear2)
    for way in _in_three_ways(module):
        before = module(*inputs).detach().clone()
        with torch.no_grad():
            module.linear2.weight_g.mul_(3)
        show(way, not torch.equal(before, module(*inputs).detach()))


@case(
    "layer/hook-that-changes-a-part-of-an-encoder-layer",
    needs="torch.nn.TransformerEncoderLayer(batch_first)",
    only="cpu",
)
def hook_that_changes_a_part(show, device):
    """Whether what TransformerEncoderLayer returns follows what a hook returns for its second linear layer."""
    module, inputs = _with_simple_hidden_numbers(device)
    for way in _in_three_ways(module):
        before = module(*inputs).detach().clone()
        handle = module.linear2.register_forward_hook(lambda part, inputs, output: output.flip(-1))
        show(way, not torch.equal(before, module(*inputs).detach()))
        handle.remove()


@case(
    "layer/global-hook-sees-the-parts-of-an-encoder-layer",
    needs="torch.nn.TransformerEncoderLayer(batch_first)",
    only="cpu",
)
def global_hook_sees_the_parts(show, device):
    """A hook on all Modules is called for these parts of a TransformerEncoderLayer that is given the batch first."""
    module, inputs = _made_batch_first(device)
    kinds = []
    handle = nn.modules.module.register_module_forward_hook(lambda part, *given: kinds.append(type(part).__name__))
    for way in _in_three_ways(module):
        kinds.clear()
        module(*inputs)
        show(way, *kinds)
    handle.remove()


@cases(
    "layer/hooks-on-the-parts-of-an-encoder-layer-{how}",
    how={
        "frozen": ("that wants no gradients", (4, 2, 2, 0.0), "batch_first"),
        "without-bias": ("without bias", (4, 2, 2, 0.0), "bias"),
        "of-an-odd-number-of-heads": ("of three heads", (3, 3, 2, 0.0), "batch_first"),
    },
    needs="torch.nn.TransformerEncoderLayer({how[2]})",
    only="cpu",
)
def hooks_on_the_parts_of_an_encoder_layer(show, device, how):
    """A TransformerEncoderLayer {how[0]} that is given the batch first runs the hooks of these parts."""
    _, given, argument = how
    by_name = {"bias": False} if argument == "bias" else {}
    module = nn.TransformerEncoderLayer(*given, batch_first=True, **by_name).to(device)
    module.requires_grad_(how[0] != "that wants no gradients")
    names = _noted_names(module, nn.Module.register_forward_hook)
    for way in _in_three_ways(module):
        names.clear()
        module(_numbers(device)[..., : given[0]])
        show(way, *names)
