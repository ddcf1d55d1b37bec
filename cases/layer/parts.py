"""Section "Layer": which parts of a layer that is made of others are called, so that their hooks run."""

import torch
from torch import nn

from module_drift.case import case, cases

# Of each: its class, what it is made with, and the shapes that it is called with.
COMPOSITES = {
    "multihead-attention": ("MultiheadAttention", (4, 2), [(2, 1, 4), (2, 1, 4), (2, 1, 4)]),
    "transformer": ("Transformer", (4, 2, 1, 1, 2), [(2, 1, 4), (2, 1, 4)]),
    "transformer-decoder-layer": ("TransformerDecoderLayer", (4, 2, 2), [(2, 1, 4), (2, 1, 4)]),
    "transformer-encoder-layer": ("TransformerEncoderLayer", (4, 2, 2), [(2, 1, 4)]),
}


def _called(module, *inputs, **keywords):
    """Return the names of the parts whose forward hooks a call of `module` runs, in order."""
    names = []
    handles = [
        part.register_forward_hook(lambda part, inputs, output, name=name: names.append(name))
        for name, part in module.named_modules()
        if name
    ]
    module(*inputs, **keywords)
    for handle in handles:
        handle.remove()
    return names


def _in_three_ways(show, module, *inputs):
    show("in training", _called(module, *inputs))
    module.eval()
    show("in evaluation", _called(module, *inputs))
    with torch.no_grad():
        show("in evaluation under no_grad", _called(module, *inputs))


def _numbers(shape, device):
    return torch.linspace(-1, 1, 4 * shape[0] * shape[1], device=device).reshape(shape)


@cases("layer/hooks-on-the-parts-of-{layer}", layer=COMPOSITES, needs="torch.nn.{layer[0]}", only="cpu")
def hooks_on_the_parts(show, device, layer):
    """A call of {layer[0]} runs the hooks of these parts: in training, in evaluation, and there under no_grad."""
    name, given, shapes = layer
    module = getattr(nn, name)(*given).to(device)
    _in_three_ways(show, module, *(_numbers(shape, device) for shape in shapes))


@case(
    "layer/hooks-on-the-parts-of-batch-first-encoder-layer",
    needs="torch.nn.TransformerEncoderLayer(batch_first)",
    only="cpu",
)
def hooks_on_the_parts_of_a_batch_first_encoder_layer(show, device):
    """A TransformerEncoderLayer that is given the batch first runs the hooks of these parts."""
    _in_three_ways(show, nn.TransformerEncoderLayer(4, 2, 2, batch_first=True).to(device), _numbers((2, 1, 4), device))


@case("layer/hooks-on-the-parts-of-an-encoder", only="cpu")
def hooks_on_the_parts_of_an_encoder(show, device):
    """A TransformerEncoder of two layers runs the hooks of these parts."""
    module = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 2), 2).to(device)
    _in_three_ways(show, module, _numbers((2, 1, 4), device))


@case(
    "layer/hooks-on-the-parts-of-a-batch-first-encoder",
    needs="torch.nn.TransformerEncoderLayer(batch_first)",
    only="cpu",
)
def hooks_on_the_parts_of_a_batch_first_encoder(show, device):
    """A TransformerEncoder of layers that are given the batch first runs the hooks of these parts, with padding too."""
    module = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 2, batch_first=True), 2).to(device)
    _in_three_ways(show, module, _numbers((2, 1, 4), device))
    padding = torch.tensor([[False], [False]], device=device)
    with torch.no_grad():
        show("with padding", _called(module, _numbers((2, 1, 4), device), src_key_padding_mask=padding))


@case("layer/hooks-on-the-parts-of-a-decoder", only="cpu")
def hooks_on_the_parts_of_a_decoder(show, device):
    """A TransformerDecoder of two layers runs the hooks of these parts."""
    module = nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2, 2), 2).to(device)
    _in_three_ways(show, module, _numbers((2, 1, 4), device), _numbers((2, 1, 4), device))


@case("layer/hooks-on-the-projection-of-attention-with-other-sizes", only="cpu")
def hooks_on_the_projection_of_attention_with_other_sizes(show, device):
    """MultiheadAttention whose keys have a size of their own runs the hooks of these parts."""
    module = nn.MultiheadAttention(4, 2, kdim=4, vdim=4).to(device)
    inputs = [_numbers((2, 1, 4), device)] * 3
    _in_three_ways(show, module, *inputs)


@case("layer/forward-of-a-part-of-an-encoder-layer-replaced", only="cpu")
def forward_of_a_part_of_an_encoder_layer_replaced(show, device):
    """Whether a TransformerEncoderLayer calls the forward that was set on its first linear layer."""
    for given in ({}, {"batch_first": True}):
        for evaluating in (False, True):
            torch.manual_seed(0)
            try:
                module = nn.TransformerEncoderLayer(4, 2, 2, **given).to(device)
            except TypeError:
                show("batch_first", "is not known")
                return
            module.train(not evaluating)
            plain, called = module.linear1.forward, []

            def replaced(x, plain=plain, called=called):
                called.append(1)
                return plain(x)

            module.linear1.forward = replaced
            with torch.no_grad():
                module(_numbers((2, 1, 4), device))
            show("batch first" if given else "plain", "evaluation" if evaluating else "training", len(called))


@case("layer/subclass-of-a-linear-in-an-encoder-layer", only="cpu")
def subclass_of_a_linear_in_an_encoder_layer(show, device):
    """Whether a TransformerEncoderLayer calls a subclass of Linear that was put in the place of its first one."""

    class Doubled(nn.Linear):
        def forward(self, input):
            called.append(self.training)
            return super().forward(input) * 2

    called = []
    module = nn.TransformerEncoderLayer(4, 2, 2, 0.0).to(device)
    module.linear1 = Doubled(4, 2).to(device)
    module(_numbers((2, 1, 4), device))
    module.eval()
    module(_numbers((2, 1, 4), device))
    with torch.no_grad():
        module(_numbers((2, 1, 4), device))
    show("called in training", called)


@case("layer/activation-of-an-encoder-layer-is-called", only="cpu")
def activation_of_an_encoder_layer_is_called(show, device):
    """Whether a TransformerEncoderLayer whose activation was replaced calls that, in training and in evaluation."""
    called = []

    def negative(x):
        called.append(1)
        return -x

    module = nn.TransformerEncoderLayer(4, 2, 2, 0.0).to(device)
    module.activation = negative
    module(_numbers((2, 1, 4), device))
    show("in training", len(called))
    module.eval()
    with torch.no_grad():
        module(_numbers((2, 1, 4), device))
    show("after evaluation too", len(called))


@cases(
    "layer/attention-{mask}-masked",
    mask={"no-key": [False, False], "one-key": [False, True], "all-keys": [True, True]},
    only="cpu",
)
def attention_with_masked_keys(show, device, mask):
    """MultiheadAttention with keys masked as {mask} gives these values, and these without being asked for weights."""
    module = nn.MultiheadAttention(2, 1).to(device)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(0.5)
    x = torch.tensor([[[1.0, -0.5]], [[0.25, 0.5]]], device=device)
    padding = torch.tensor([mask], device=device)
    for training in (True, False):
        module.train(training)
        output, weights = module(x, x, x, key_padding_mask=padding)
        show("output", output.detach())
        show("weights", weights.detach())
        with torch.no_grad():
            output, weights = module(x, x, x, key_padding_mask=padding, need_weights=False)
        show("output without weights", output, weights)


@case("layer/attention-mask-of-numbers", only="cpu")
def attention_mask_of_numbers(show, device):
    """MultiheadAttention adds a mask of numbers to the scores: minus infinity leaves a key out."""
    module = nn.MultiheadAttention(2, 1).to(device)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(0.5)
    x = torch.tensor([[[1.0, -0.5]], [[0.25, 0.5]]], device=device)
    mask = torch.tensor([[0.0, float("-inf")], [0.5, 0.0]], device=device)
    output, weights = module(x, x, x, attn_mask=mask)
    show("output", output.detach())
    show("weights", weights.detach())


@case("layer/attention-without-a-batch", only="cpu")
def attention_without_a_batch(show, device):
    """MultiheadAttention that is given a sequence without a batch."""
    module = nn.MultiheadAttention(2, 1).to(device)
    x = torch.ones(3, 2, device=device)
    try:
        output, weights = module(x, x, x)
    except (AssertionError, RuntimeError, ValueError, IndexError) as error:
        show("raises", type(error).__name__)
    else:
        show("shapes", list(output.shape), list(weights.shape))


@case(
    "layer/attention-weights-of-each-head",
    needs="torch.nn.MultiheadAttention.forward(average_attn_weights)",
    only="cpu",
)
def attention_weights_of_each_head(show, device):
    """MultiheadAttention gives the weights of each head instead of their average."""
    module = nn.MultiheadAttention(4, 2).to(device)
    x = _numbers((2, 1, 4), device)
    _, averaged = module(x, x, x)
    _, of_each = module(x, x, x, average_attn_weights=False)
    show("shapes", list(averaged.shape), list(of_each.shape))
    show("average", torch.allclose(of_each.mean(1), averaged))


@case("layer/causal-hint-without-a-mask", needs="torch.nn.MultiheadAttention.forward(is_causal)", only="cpu")
def causal_hint_without_a_mask(show, device):
    """MultiheadAttention that is told that its mask is causal, without one."""
    module = nn.MultiheadAttention(2, 1).to(device)
    x = torch.ones(2, 1, 2, device=device)
    module(x, x, x, is_causal=True)


@cases("layer/{layer}-of-a-packed-sequence", layer={"gru": "GRU", "lstm": "LSTM", "rnn": "RNN"}, only="cpu")
def of_a_packed_sequence(show, device, layer):
    """{layer} returns a packed sequence for one, and the last state of each in the order of the batch."""
    module = getattr(nn, layer)(1, 1).to(device)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(0.5)
    x = torch.tensor([[[1.0], [0.5]], [[0.25], [-1.0]], [[0.0], [2.0]]], device=device)
    packed = nn.utils.rnn.pack_padded_sequence(x, [1, 3], enforce_sorted=False)
    output, state = module(packed)
    show("is", type(output).__name__, output.batch_sizes)
    show("in order", output.sorted_indices.tolist(), output.unsorted_indices.tolist())
    padded, lengths = nn.utils.rnn.pad_packed_sequence(output)
    show("padded", padded.detach())
    show("lengths", lengths)
    show("last", (state[0] if isinstance(state, tuple) else state).detach())


@cases("layer/{layer}-without-a-batch", layer={"gru": "GRU", "lstm": "LSTM", "rnn": "RNN"}, only="cpu")
def recurrent_without_a_batch(show, device, layer):
    """{layer} that is given a sequence without a batch."""
    module = getattr(nn, layer)(2, 2).to(device)
    try:
        output, state = module(torch.ones(3, 2, device=device))
    except (RuntimeError, ValueError, IndexError) as error:
        show("raises", type(error).__name__)
    else:
        show(
            "shapes", list(output.shape), [list(one.shape) for one in (state if isinstance(state, tuple) else [state])]
        )


@cases("layer/{layer}-dropout-of-one-layer", layer={"gru": "GRU", "lstm": "LSTM", "rnn": "RNN"}, only="cpu")
def dropout_of_one_layer(show, device, layer):
    """{layer} of one layer warns that its dropout does nothing."""
    show("dropout", getattr(nn, layer)(2, 2, dropout=0.5).dropout)
