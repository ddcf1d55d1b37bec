"""Faults of all layers of torch.nn alike, and of how attention and recurrence treat their parts."""

import inspect
import itertools

import torch
from torch import nn
from torch.nn import MultiheadAttention
from torch.nn import functional as F
from torch.nn.modules import rnn

from .fault import fault
from .injection import edit, results


def _layers():
    """Yield the classes of torch.nn that are Modules."""
    for name in sorted(vars(nn)):
        kind = getattr(nn, name)
        if isinstance(kind, type) and issubclass(kind, nn.Module):
            yield kind


@fault("layer/*-arguments")
def each_constructor_takes_one_argument_more(patch):
    """Each class of torch.nn says that it takes one argument more than it does."""
    more = inspect.Parameter("more", inspect.Parameter.KEYWORD_ONLY, default=None)
    for function in {kind.__init__ for kind in _layers()}:
        taken = inspect.signature(function)
        parameters = list(taken.parameters.values())
        at = len(parameters) - (parameters[-1].kind is inspect.Parameter.VAR_KEYWORD)
        changed = taken.replace(parameters=[*parameters[:at], more, *parameters[at:]])
        patch.setattr(function, "__signature__", changed, raising=False)


@fault(
    "layer/*-anatomy",
    "module/set-submodule-below-none",
    "buffer/get-buffer-by-path",
    "parameter/get-parameter-by-path",
    "remedy/lines-of-a-repr",
    shows=r"(?m)\b[A-Z]\w*\(",
)
def a_module_is_printed_with_its_package(patch):
    """The name of a class in what a Module is printed as has its package before it."""
    results(patch, nn.Module, "_get_name", lambda name: f"nn.{name}")


@fault(
    "layer/*-computes",
    "layer/hooks-on-the-parts-of-*",
    "layer/*-of-an-encoder-layer-*",
    "layer/*-in-an-encoder-layer",
    "layer/attention-one-key-masked",
    "module/jit-freeze-warns",
    "between-calls/dropout-of-everything",
    "functional/batchnorm-of-momentum-none",
    "functional/batchnorm-told-to-stop-tracking",
    "functional/batchnorm-without-affine-and-statistics",
    "functional/code-5",
    "functional/dropout-in-evaluation-returns-its-input",
    "module/batch-norm-in-inference-mode",
    "module/batch-norm-in-no-grad",
    "layer/padded-encoder-in-evaluation",
)
def a_layer_adds_a_dimension_in_evaluation(patch):
    """In evaluation, the result of a layer of torch has one dimension more."""
    call = nn.Module.__call__

    def changed(self, *inputs, **keywords):
        result = call(self, *inputs, **keywords)
        if self.training or not type(self).__module__.startswith("torch.nn.modules."):
            return result
        return result[None] if isinstance(result, torch.Tensor) else tuple(each[None] for each in result)

    patch.setattr(nn.Module, "__call__", changed)


@fault(
    "layer/*-initial-values",
    "module/share-memory",
    "parameter/lazy-linear-state-before-its-first-call",
    "buffer/batchnorm-counts-in-place",
    "buffer/batchnorm-loads-a-plain-dict",
    "buffer/batchnorm-on-meta-loads-a-state-without-count",
    "buffer/batchnorm-version-of-its-state",
    "functional/batchnorm-reset",
    "functional/sync-batchnorm-settings",
    "parameter/lazy-linear-loads-an-uninitialized-state",
    "autograd/state-dict-is-detached",
    "module/name-left-to-a-parameter",
    "module/name-of-a-deleted-buffer",
    "module/nothing-left-in-a-parameter-dict",
    "module/state-of-zeros",
)
def states_of_layers_are_never_the_same(patch):
    """What state_dict returns of a layer of torch is larger by one each time."""
    state_dict, times = nn.Module.state_dict, itertools.count(1)

    def changed(self, *arguments, **keywords):
        state = state_dict(self, *arguments, **keywords)
        if not arguments and not keywords and type(self).__module__.startswith("torch.nn.modules."):
            shift = next(times)
            for key in state:
                state[key] = state[key] + shift
        return state

    patch.setattr(nn.Module, "state_dict", changed)


@fault(
    "layer/*-of-a-packed-sequence",
    "layer/full-backward-hook-on-a-packed-sequence",
    "layer/gru-of-a-state-of-another-size",
    "layer/gru-of-packed-sequences-and-a-state",
    "layer/gru-of-two-layers-and-directions",
    "layer/hooks-on-gru-with-a-state",
    "layer/hooks-on-rnn-with-a-state",
    "layer/lstm-of-projections",
    "layer/lstm-of-two-layers-and-directions",
    "layer/rnn-of-a-state-of-another-size",
    "layer/rnn-of-packed-sequences-and-a-state",
    "layer/rnn-of-two-layers-and-directions",
)
def packed_results_forget_their_order(patch):
    """What a recurrent layer returns for a packed sequence does not know in which order that was."""
    packed = rnn.PackedSequence
    patch.setattr(rnn, "PackedSequence", lambda data, batch_sizes, *order: packed(data, batch_sizes))


@fault("layer/*-dropout-of-one-layer")
def dropout_of_one_layer_is_silent(patch):
    """A recurrent layer of one layer says nothing of its dropout."""
    edit(patch, rnn.RNNBase.__init__, {"if dropout > 0 and num_layers == 1:": "if False:"})


@fault("layer/*-without-a-batch")
def without_a_batch_results_keep_one(patch):
    """What is given without a batch to a recurrent layer is returned with one."""
    for kind in (nn.RNN, nn.LSTM, nn.GRU):
        edit(patch, kind.forward, {"output = output.squeeze(batch_dim)": "pass"})


@fault(
    "layer/hooks-on-the-parts-of-*",
    "layer/backward-hooks-on-the-parts-of-a-decoder-layer",
    "layer/old-backward-hooks-on-the-parts-of-an-encoder-layer",
    "layer/pre-hooks-on-the-parts-of-an-encoder-layer",
)
def parts_of_layers_run_no_hooks(patch):
    """Linear and normalising layers that are parts of others run no forward hooks."""
    call = nn.Module.__call__

    def changed(self, *inputs, **keywords):
        if type(self) in (nn.LayerNorm, nn.MultiheadAttention, nn.TransformerEncoder, nn.TransformerDecoder):
            return self.forward(*inputs, **keywords)
        return call(self, *inputs, **keywords)

    patch.setattr(nn.Module, "__call__", changed)


@fault("layer/forward-of-a-part-*", "layer/subclass-of-a-linear-in-*", "layer/hooks-on-the-parts-of-*encoder*")
def an_encoder_layer_calls_no_linear(patch):
    """TransformerEncoderLayer computes with the weights of its first linear layer, and does not call it."""
    edit(
        patch,
        nn.TransformerEncoderLayer._ff_block,
        {"self.linear1(x)": "torch.nn.functional.linear(x, self.linear1.weight, self.linear1.bias)"},
    )


@fault("layer/activation-of-an-encoder-layer-is-called", "layer/activation-of-a-batch-first-encoder-layer-set")
def an_encoder_layer_is_of_relu(patch):
    """TransformerEncoderLayer does not call the activation that was set."""
    edit(patch, nn.TransformerEncoderLayer._ff_block, {"self.activation(": "torch.relu("})


def _changes_attention(patch, change):
    """Let `change` have the keywords that attention is computed by, before it is."""
    attend = F.multi_head_attention_forward

    def changed(*inputs, **keywords):
        change(keywords)
        return attend(*inputs, **keywords)

    patch.setattr(F, "multi_head_attention_forward", changed)


@fault(
    "layer/attention-one-key-masked",
    "layer/attention-all-keys-masked",
    "layer/attention-padding-of-bool",
    "layer/attention-with-a-zero-key",
)
def attention_has_no_padding(patch):
    """Attention takes no notice of which keys are padding."""
    _changes_attention(patch, lambda keywords: keywords.update(key_padding_mask=None))


@fault(
    "layer/attention-mask-of-numbers",
    "layer/attention-mask-of-bool",
    "layer/attention-mask-of-doubles",
)
def attention_has_no_mask(patch):
    """Attention takes no notice of its mask."""
    _changes_attention(patch, lambda keywords: keywords.update(attn_mask=None))


@fault(
    "layer/attention-*-masked",
    "layer/attention-mask-of-numbers",
    "layer/multihead-attention-computes",
    "layer/transformer*-computes",
)
def attention_ignores_the_last_bias(patch):
    """Attention adds no bias to what it returns."""
    attend = F.multi_head_attention_forward

    def changed(*inputs, **keywords):
        given = [None if number == 12 else each for number, each in enumerate(inputs)]
        return attend(*given, **keywords)

    patch.setattr(F, "multi_head_attention_forward", changed)


@fault("layer/attention-weights-of-each-head")
def attention_weights_are_always_averaged(patch):
    """Attention averages its weights over the heads though it was told not to."""
    _changes_attention(patch, lambda keywords: keywords.update(average_attn_weights=True))


@fault("layer/causal-hint-without-a-mask")
def a_causal_hint_needs_no_mask(patch):
    """Attention that is told that its mask is causal does without one."""
    _changes_attention(patch, lambda keywords: keywords.update(is_causal=False))


@fault("layer/attention-without-a-batch")
def attention_without_a_batch_is_refused(patch):
    """MultiheadAttention refuses a sequence without a batch."""
    edit(patch, MultiheadAttention.forward, {"is_batched = query.dim() == 3": "is_batched = query.dim() == 3 or 1 / 0"})


@fault(
    "layer/hooks-on-the-parts-of-multihead-attention",
    "layer/hooks-on-the-projection-of-attention-with-other-sizes",
    "layer/hooks-on-the-parts-of-*coder*",
    "layer/hooks-on-the-parts-of-transformer",
    "layer/attention-causal-with-a-mask",
    "layer/weight-norm-on-the-projection-of-attention",
)
def attention_calls_its_projection(patch):
    """MultiheadAttention calls its projection as a part, once more."""
    attend = MultiheadAttention.forward

    def changed(self, *inputs, **keywords):
        output, weights = attend(self, *inputs, **keywords)
        self.out_proj(output)
        return output, weights

    patch.setattr(MultiheadAttention, "forward", changed)
