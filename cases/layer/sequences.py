"""Section "Layer": padding and masks of attention, nested and packed sequences, and layers of recurrent layers."""

import warnings

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pack_sequence, pad_packed_sequence

from module_drift.case import case, cases

from ..shared.refusals import refusal, type_of_refusal

RECURRENT = {"gru": "GRU", "lstm": "LSTM", "rnn": "RNN"}

_PROTOTYPE = "The PyTorch API of nested tensors is in prototype stage"
"""What is said in other words, or more often, where another kernel makes one."""


def _filled(module, device):
    """Return `module` on `device` with a half for each of its parameters."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(0.5)
    return module.to(device)


def _shown_attention(show, module, *inputs, **keywords):
    """Show what attention returns in training, and without weights in evaluation, where another way may be taken."""
    output, weights = module.train()(*inputs, **keywords)
    show("output", output.detach())
    show("weights", weights.detach())
    with torch.no_grad():
        output, weights = module.eval()(*inputs, need_weights=False, **keywords)
    show("without weights", output, weights)


def _sequences(device):
    """Return two sequences of two, with two numbers each, the batch second."""
    return torch.tensor([[[1.0, -0.5], [0.0, 1.0]], [[0.25, 0.5], [-1.0, 0.5]]], device=device)


@cases(
    "layer/attention-padding-of-{dtype}",
    dtype={"bool": "bool", "bytes": "uint8", "floats": "float32"},
    only="cpu",
)
def attention_padding(show, device, dtype):
    """MultiheadAttention with a key_padding_mask of {dtype} that has a one for the second key of the first sequence."""
    module = _filled(nn.MultiheadAttention(2, 1), device)
    x = _sequences(device)
    padding = torch.tensor([[0, 1], [0, 0]], device=device).to(getattr(torch, dtype))
    try:
        _shown_attention(show, module, x, x, x, key_padding_mask=padding)
    except (AssertionError, RuntimeError) as error:
        show("raises", type(error).__name__)


@cases(
    "layer/attention-mask-of-{what}",
    what={
        "bool": (False, True, "bool"),
        "bytes": (0, 1, "uint8"),
        "doubles": (0.0, -1.0, "float64"),
        "floats": (0.0, -1.0, "float32"),
        "integers": (0, 1, "int64"),
    },
    only="cpu",
)
def attention_mask(show, device, what):
    """MultiheadAttention with an attn_mask of {what[2]} that has {what[1]} for the second key of the first query."""
    plain, masked, dtype = what
    module = _filled(nn.MultiheadAttention(2, 1), device)
    x = _sequences(device)
    mask = torch.tensor([[plain, masked], [plain, plain]], device=device, dtype=getattr(torch, dtype))
    try:
        _shown_attention(show, module, x, x, x, attn_mask=mask)
    except (AssertionError, RuntimeError) as error:
        show("raises", type(error).__name__)


@case("layer/attention-mask-of-each-head", only="cpu")
def attention_mask_of_each_head(show, device):
    """MultiheadAttention with a mask for each sequence and head, and with one of another shape."""
    module = _filled(nn.MultiheadAttention(2, 2), device)
    x = _sequences(device)
    mask = torch.zeros(4, 2, 2, dtype=torch.bool, device=device)
    mask[1, 0, 1] = True
    _shown_attention(show, module, x, x, x, attn_mask=mask)
    show("of one head", refusal(lambda: module(x, x, x, attn_mask=mask[:2])))


@case("layer/attention-mask-and-padding-of-two-dtypes", only="cpu")
def attention_mask_and_padding_of_two_dtypes(show, device):
    """MultiheadAttention with a mask of numbers and a padding of bools."""
    module = _filled(nn.MultiheadAttention(2, 1), device)
    x = _sequences(device)
    mask = torch.tensor([[0.0, -1.0], [0.0, 0.0]], device=device)
    padding = torch.tensor([[False, True], [False, False]], device=device)
    _shown_attention(show, module, x, x, x, attn_mask=mask, key_padding_mask=padding)


@case("layer/attention-with-everything-masked-in-a-query", only="cpu")
def attention_with_everything_masked_in_a_query(show, device):
    """MultiheadAttention whose mask leaves one query no key, with weights and without."""
    module = _filled(nn.MultiheadAttention(2, 1), device)
    x = _sequences(device)
    mask = torch.tensor([[True, True], [False, False]], device=device)
    _shown_attention(show, module, x, x, x, attn_mask=mask)


@cases(
    "layer/attention-with-{what}",
    what={"a-bias-of-keys": {"add_bias_kv": True}, "a-zero-key": {"add_zero_attn": True}},
    only="cpu",
)
def attention_with_another_key(show, device, what):
    """MultiheadAttention made with {what} has one more key, which no padding hides."""
    module = _filled(nn.MultiheadAttention(2, 1, **what), device)
    x = _sequences(device)
    padding = torch.tensor([[True, True], [False, False]], device=device)
    _shown_attention(show, module, x, x, x, key_padding_mask=padding)


@case(
    "layer/attention-of-one-sequence-padded",
    needs="torch.nn.MultiheadAttention.forward(average_attn_weights)",
    only="cpu",
)
def attention_of_one_sequence_padded(show, device):
    """MultiheadAttention that is given one sequence without a batch takes a padding without one."""
    module = _filled(nn.MultiheadAttention(2, 1), device)
    x = _sequences(device)[:, 0]
    _shown_attention(show, module, x, x, x, key_padding_mask=torch.tensor([False, True], device=device))


@case("layer/attention-causal-with-a-mask", needs="torch.nn.MultiheadAttention.forward(is_causal)", only="cpu")
def attention_causal_with_a_mask(show, device):
    """MultiheadAttention that is told that its mask is causal goes by the mask, or by what it was told."""
    module = _filled(nn.MultiheadAttention(2, 1), device)
    x = _sequences(device)
    causal = torch.tensor([[False, True], [False, False]], device=device)
    _shown_attention(show, module, x, x, x, attn_mask=causal, is_causal=True)
    with torch.no_grad():
        lies, _ = module(x, x, x, attn_mask=~causal.t(), is_causal=True, need_weights=False)
        tells, _ = module(x, x, x, attn_mask=causal, is_causal=True, need_weights=False)
    show("goes by what it was told", torch.equal(lies, tells))


@case("layer/attention-batch-first", needs="torch.nn.MultiheadAttention(batch_first)", only="cpu")
def attention_batch_first(show, device):
    """MultiheadAttention that is given the batch first returns what it does otherwise, transposed."""
    module, first = (_filled(nn.MultiheadAttention(2, 1, **by), device) for by in ({}, {"batch_first": True}))
    x = _sequences(device)
    output, weights = module(x, x, x)
    turned = x.transpose(0, 1)
    output_first, weights_first = first(turned, turned, turned)
    show("same output", torch.equal(output.transpose(0, 1), output_first))
    show("same weights", torch.equal(weights, weights_first))


@case("layer/attention-of-refused-sizes", only="cpu")
def attention_of_refused_sizes(show, device):
    """MultiheadAttention refuses inputs and sizes that do not fit, with these words."""
    module = nn.MultiheadAttention(4, 2).to(device)
    x, other = torch.ones(2, 1, 4, device=device), torch.ones(2, 1, 3, device=device)
    show("made of heads that do not divide", refusal(nn.MultiheadAttention, 3, 2))
    show("another size", type_of_refusal(module, other, other, other))
    show("keys and values of two lengths", type_of_refusal(module, x, x, x[:1]))


@cases(
    "layer/padded-encoder-in-{mode}",
    mode=["training", "evaluation"],
    needs="torch.nn.TransformerEncoderLayer(batch_first)",
    only="cpu",
)
def padded_encoder(show, device, mode):
    """TransformerEncoder whose padded places lie at the end of all sequences returns as many places, or fewer."""
    warnings.filterwarnings("ignore", _PROTOTYPE)
    layer = nn.TransformerEncoderLayer(2, 2, 2, 0.0, batch_first=True)
    module = nn.TransformerEncoder(layer, 1).to(device).train(mode == "training")
    x = torch.linspace(-1, 1, 12, device=device).reshape(2, 3, 2)
    padding = torch.tensor([[False, False, True], [False, True, True]], device=device)
    for grads in (True, False):
        with torch.set_grad_enabled(grads):
            output = module(x, src_key_padding_mask=padding).detach()
        show("with gradients" if grads else "without gradients", list(output.shape))
        places = output[:, 1:].abs().sum(-1)
        show("zero", (places == 0.0).tolist())


@case(
    "layer/padded-encoder-without-nested-tensors",
    needs="torch.nn.TransformerEncoder(enable_nested_tensor)",
    only="cpu",
)
def padded_encoder_without_nested_tensors(show, device):
    """TransformerEncoder that is told to make no nested tensors returns what is padded, too."""
    warnings.filterwarnings("ignore", _PROTOTYPE)
    layer = nn.TransformerEncoderLayer(2, 2, 2, 0.0, batch_first=True)
    x = torch.linspace(-1, 1, 12, device=device).reshape(2, 3, 2)
    padding = torch.tensor([[False, False, True], [False, True, True]], device=device)
    for nested in (True, False):
        module = nn.TransformerEncoder(layer, 1, enable_nested_tensor=nested).to(device).eval()
        with torch.no_grad():
            show("nested" if nested else "plain", list(module(x, src_key_padding_mask=padding).shape))


@case("layer/encoder-of-a-nested-tensor", needs="torch.nested.nested_tensor", only="cpu")
def encoder_of_a_nested_tensor(show, device):
    """TransformerEncoderLayer takes a nested tensor in evaluation without gradients, and elsewhere."""
    warnings.filterwarnings("ignore", _PROTOTYPE)
    module = nn.TransformerEncoderLayer(2, 2, 2, 0.0, batch_first=True).to(device)
    nested = torch.nested.nested_tensor([torch.ones(2, 2, device=device), torch.ones(1, 2, device=device)])
    module.eval()
    with torch.no_grad():
        output = module(nested)
    show("is nested", output.is_nested, [list(each.shape) for each in output.unbind()])
    module.train()
    show("in training", type_of_refusal(module, nested))


@case("layer/attention-of-a-nested-tensor", needs="torch.nested.nested_tensor", only="cpu")
def attention_of_a_nested_tensor(show, device):
    """MultiheadAttention takes a nested tensor in evaluation without gradients, and elsewhere."""
    warnings.filterwarnings("ignore", _PROTOTYPE)
    module = _filled(nn.MultiheadAttention(2, 2, batch_first=True), device)
    nested = torch.nested.nested_tensor([torch.ones(2, 2, device=device), torch.ones(1, 2, device=device)])
    module.eval()
    with torch.no_grad():
        output, weights = module(nested, nested, nested, need_weights=False)
    show("is nested", output.is_nested, weights)
    show("values", *(each for each in output.unbind()))
    module.train()
    show("in training", type_of_refusal(lambda: module(nested, nested, nested, need_weights=False)))


@case("layer/mask-of-subsequent-places", only="cpu")
def mask_of_subsequent_places(show, device):
    """Transformer makes a mask of minus infinities above the diagonal, asked on an instance or on the class."""
    module = nn.Transformer(2, 1, 0, 0, 2)
    show("of an instance", module.generate_square_subsequent_mask(2).to(device))
    show("of the class", type_of_refusal(lambda: nn.Transformer.generate_square_subsequent_mask(2)))


@case("layer/encoder-layer-told-to-be-causal", needs="torch.nn.TransformerEncoderLayer.forward(is_causal)", only="cpu")
def encoder_layer_told_to_be_causal(show, device):
    """TransformerEncoderLayer that is told to be causal without a mask, in training and in evaluation."""
    module = nn.TransformerEncoderLayer(2, 2, 2, 0.0, batch_first=True).to(device)
    x = torch.ones(1, 2, 2, device=device)
    show("in training", refusal(lambda: module(x, is_causal=True)))
    module.eval()
    with torch.no_grad():
        show("in evaluation under no_grad", refusal(lambda: module(x, is_causal=True)))


@cases("layer/{layer}-of-two-layers-and-directions", layer=RECURRENT, only="cpu")
def of_two_layers_and_directions(show, device, layer):
    """{layer} of two layers and two directions has these weights, and returns these shapes."""
    module = getattr(nn, layer)(2, 3, num_layers=2, bidirectional=True).to(device)
    for name, parameter in module.named_parameters():
        show(name, list(parameter.shape))
    output, state = module(torch.ones(4, 1, 2, device=device))
    states = state if isinstance(state, tuple) else [state]
    show("shapes", list(output.shape), *(list(each.shape) for each in states))


@case("layer/lstm-of-projections", only="cpu")
def lstm_of_projections(show, device):
    """LSTM with a proj_size has a weight more for each layer, and its output is smaller than its cells."""
    try:
        module = nn.LSTM(2, 4, proj_size=3)
    except TypeError:
        show("proj_size", "is not known")
        return
    module.to(device).double()  # Of floats, some releases say that oneDNN does not do it, where they have that.
    for name, parameter in module.named_parameters():
        show(name, list(parameter.shape))
    output, (hidden, cell) = module(torch.ones(5, 1, 2, device=device, dtype=torch.float64))
    show("shapes", list(output.shape), list(hidden.shape), list(cell.shape))
    show("GRU", type_of_refusal(lambda: nn.GRU(2, 4, proj_size=3)))
    show("as large", refusal(lambda: nn.LSTM(2, 4, proj_size=4)))


@cases("layer/{layer}-of-a-state-of-another-size", layer=RECURRENT, only="cpu")
def of_a_state_of_another_size(show, device, layer):
    """{layer} refuses a state and an input of other sizes, with these words."""
    module = getattr(nn, layer)(2, 3).to(device)
    state = torch.zeros(1, 2, 3, device=device)
    given = (state, state) if layer == "LSTM" else state
    show("state", refusal(module, torch.ones(4, 1, 2, device=device), given))
    show("input", refusal(module, torch.ones(4, 1, 3, device=device)))


@cases("layer/{layer}-of-packed-sequences-and-a-state", layer=RECURRENT, only="cpu")
def of_packed_sequences_and_a_state(show, device, layer):
    """{layer} takes the state of each of several packed sequences in the order of the batch, sorted or not."""
    module = _filled(getattr(nn, layer)(1, 1), device)
    x = torch.tensor([[[1.0], [0.5]], [[0.25], [-1.0]]], device=device)
    state = torch.tensor([[[1.0], [-1.0]]], device=device)
    for lengths, given in (([1, 2], state), ([2, 1], state.flip(1))):
        turned = x if lengths == [1, 2] else x.flip(1)
        packed = pack_padded_sequence(turned, lengths, enforce_sorted=lengths == [2, 1])
        output, last = module(packed, (given, given) if layer == "LSTM" else given)
        padded, _ = pad_packed_sequence(output)
        show("lengths", lengths)
        show("output", padded.detach())
        show("last", (last[0] if isinstance(last, tuple) else last).detach())


@case("layer/packed-sequences-refused", only="cpu")
def packed_sequences_refused(show, device):
    """What cannot be packed is refused: lengths that are not sorted, of nothing, or too many."""
    x = torch.ones(3, 2, 1, device=device)
    show("not sorted", type_of_refusal(pack_padded_sequence, x, [1, 2]))
    show("of nothing", type_of_refusal(pack_padded_sequence, x, [2, 0]))
    show("too many", type_of_refusal(pack_padded_sequence, x, [3, 2, 1]))
    show("no sequences", type_of_refusal(pack_sequence, []))


@case("layer/packed-sequence-is-a-tuple", only="cpu")
def packed_sequence_is_a_tuple(show, device):
    """PackedSequence is a tuple with these fields, and its conversions make another."""
    packed = pack_sequence([torch.ones(2, 1, device=device), torch.ones(1, 1, device=device)])
    show("fields", *packed._fields)
    converted = packed.double()
    show("converted", type(converted).__name__, converted.data.dtype, packed.data.dtype)
    show("same if nothing changes", packed.float() is packed)
    show("is a tuple", isinstance(packed, tuple), len(packed))
    show("made of two", type_of_refusal(PackedSequence, packed.data, packed.batch_sizes))


@case("layer/hooks-are-given-a-packed-sequence", only="cpu")
def hooks_are_given_a_packed_sequence(show, device):
    """The hooks of an LSTM are given a packed sequence as one input, and as the first part of its output."""
    module = _filled(nn.LSTM(1, 1), device)
    module.register_forward_pre_hook(lambda module, inputs: show("given", *(type(each).__name__ for each in inputs)))
    module.register_forward_hook(
        lambda module, inputs, output: show("returns", *(type(each).__name__ for each in output))
    )
    module(pack_sequence([torch.ones(2, 1, device=device), torch.ones(1, 1, device=device)]))


@case("layer/full-backward-hook-on-a-packed-sequence", needs="torch.nn.Module.register_full_backward_hook", only="cpu")
def full_backward_hook_on_a_packed_sequence(show, device):
    """The full backward hook of an LSTM that is given a packed sequence, which is no tensor."""
    module = _filled(nn.LSTM(1, 1), device)
    calls = []
    module.register_full_backward_hook(lambda module, *grads: calls.append([len(each) for each in grads]))
    x = torch.ones(2, 1, device=device, requires_grad=True)
    output, _ = module(pack_sequence([x]))
    output.data.sum().backward()
    show("calls", calls)


@case("layer/lstm-with-a-weight-set-later", only="cpu")
def lstm_with_a_weight_set_later(show, device):
    """An LSTM computes with a parameter that took the place of another, by assignment and in _parameters."""
    module = _filled(nn.LSTM(1, 1), device)
    x = torch.ones(1, 1, 1, device=device)
    before = module(x)[0].detach()
    module.weight_ih_l0 = nn.Parameter(torch.zeros(4, 1, device=device))
    assigned = module(x)[0].detach()
    show("assigned counts", not torch.equal(before, assigned))
    module._parameters["weight_ih_l0"] = nn.Parameter(torch.full((4, 1), 2.0, device=device))
    show("behind its back counts", not torch.equal(assigned, module(x)[0].detach()))


@case("layer/lstm-with-a-weight-deleted", only="cpu")
def lstm_with_a_weight_deleted(show, device):
    """An LSTM that lost a parameter, of which another was made a plain attribute."""
    module = _filled(nn.LSTM(1, 1), device)
    weight = module.weight_ih_l0
    del module.weight_ih_l0
    x = torch.ones(1, 1, 1, device=device)
    show("without", type_of_refusal(module, x))
    module.weight_ih_l0 = weight.detach() * 2
    show("listed", *[name for name, _ in module.named_parameters()])
    show("with an attribute", type_of_refusal(module, x))


@case("layer/embedding-bag-of-offsets-that-end", needs="torch.nn.EmbeddingBag(include_last_offset)", only="cpu")
def embedding_bag_of_offsets_that_end(show, device):
    """EmbeddingBag whose offsets tell the end of the last bag returns a bag less."""
    module = nn.EmbeddingBag(3, 1, mode="sum", include_last_offset=True).to(device)
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[1.0], [2.0], [4.0]], device=device))
    indices, offsets = torch.tensor([0, 1, 2], device=device), torch.tensor([0, 1, 3], device=device)
    show("bags", module(indices, offsets).detach())


@cases("layer/embedding-bag-by-{mode}", mode=["sum", "mean", "max"], only="cpu")
def embedding_bag_of_an_empty_bag(show, device, mode):
    """EmbeddingBag of mode {mode} returns these numbers of bags of two, none and one, and these gradients."""
    module = nn.EmbeddingBag(3, 1, mode=mode).to(device)
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[1.0], [2.0], [4.0]], device=device))
    bags = module(torch.tensor([0, 1, 2], device=device), torch.tensor([0, 2, 2], device=device))
    bags.sum().backward()
    show("bags", bags.detach().flatten())
    show("weight.grad", module.weight.grad.flatten())
    weighed = type_of_refusal(
        lambda: module(
            torch.tensor([[0, 1]], device=device), per_sample_weights=torch.tensor([[2.0, 3.0]], device=device)
        )
    )
    show("with weights of its own", weighed)
