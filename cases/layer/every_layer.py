"""Section "Layer": each class of torch.nn, most of them made with few arguments on fixed weights."""

import contextlib
import inspect
import warnings

import torch

from module_drift.case import cases

# Of each: its class, what it is made with, and what it is called with: the shapes of numbers, or the kind of values
# that it wants instead with their shape.
LAYERS = {
    "adaptive-avg-pool1d": ("AdaptiveAvgPool1d", (2,), [(1, 1, 4)]),
    "adaptive-avg-pool2d": ("AdaptiveAvgPool2d", (2,), [(1, 1, 4, 2)]),
    "adaptive-avg-pool3d": ("AdaptiveAvgPool3d", (1,), [(1, 1, 2, 2, 2)]),
    "adaptive-log-softmax-with-loss": ("AdaptiveLogSoftmaxWithLoss", (4, 6, [2, 4], 2.0), [(3, 4), ("class", 6, (3,))]),
    "adaptive-max-pool1d": ("AdaptiveMaxPool1d", (2,), [(1, 1, 4)]),
    "adaptive-max-pool2d": ("AdaptiveMaxPool2d", (2,), [(1, 1, 4, 2)]),
    "adaptive-max-pool3d": ("AdaptiveMaxPool3d", (1,), [(1, 1, 2, 2, 2)]),
    "alpha-dropout": ("AlphaDropout", (0.5,), [(2, 3)]),
    "avg-pool1d": ("AvgPool1d", (2,), [(1, 1, 4)]),
    "avg-pool2d": ("AvgPool2d", (2,), [(1, 1, 4, 2)]),
    "avg-pool3d": ("AvgPool3d", (2,), [(1, 1, 2, 2, 2)]),
    "batch-norm1d": ("BatchNorm1d", (2,), [(4, 2)]),
    "batch-norm2d": ("BatchNorm2d", (2,), [(2, 2, 2, 1)]),
    "batch-norm3d": ("BatchNorm3d", (2,), [(2, 2, 2, 1, 1)]),
    "bce-loss": ("BCELoss", (), [("probability", (3,)), ("bit", (3,))]),
    "bce-with-logits-loss": ("BCEWithLogitsLoss", (), [(3,), ("bit", (3,))]),
    "bilinear": ("Bilinear", (2, 3, 2), [(1, 2), (1, 3)]),
    "celu": ("CELU", (), [(3,)]),
    "circular-pad1d": ("CircularPad1d", (1,), [(1, 1, 3)]),
    "circular-pad2d": ("CircularPad2d", (1,), [(1, 1, 2, 2)]),
    "circular-pad3d": ("CircularPad3d", (1,), [(1, 1, 1, 1, 2)]),
    "constant-pad1d": ("ConstantPad1d", (1, 0.5), [(1, 1, 3)]),
    "constant-pad2d": ("ConstantPad2d", (1, 0.5), [(1, 1, 2, 2)]),
    "constant-pad3d": ("ConstantPad3d", (1, 0.5), [(1, 1, 1, 1, 2)]),
    "conv-transpose1d": ("ConvTranspose1d", (2, 1, 2), [(1, 2, 3)]),
    "conv-transpose2d": ("ConvTranspose2d", (2, 1, 2), [(1, 2, 2, 2)]),
    "conv-transpose3d": ("ConvTranspose3d", (1, 1, 2), [(1, 1, 1, 2, 1)]),
    "conv1d": ("Conv1d", (2, 1, 2), [(1, 2, 4)]),
    "conv2d": ("Conv2d", (2, 1, 2), [(1, 2, 3, 3)]),
    "conv3d": ("Conv3d", (1, 1, 2), [(1, 1, 2, 3, 2)]),
    "cosine-embedding-loss": ("CosineEmbeddingLoss", (), [(2, 3), (2, 3), ("sign", (2,))]),
    "cosine-similarity": ("CosineSimilarity", (), [(2, 3), (2, 3)]),
    "cross-entropy-loss": ("CrossEntropyLoss", (), [(2, 3), ("class", 3, (2,))]),
    "cross-map-lrn2d": ("CrossMapLRN2d", (2,), [(1, 2, 1, 2)]),
    "ctc-loss": ("CTCLoss", (), [("logarithm", (3, 1, 3)), ("label", (1, 2)), ("whole", 3), ("whole", 2)]),
    "dropout": ("Dropout", (0.5,), [(2, 3)]),
    "dropout1d": ("Dropout1d", (0.5,), [(2, 3, 2)]),
    "dropout2d": ("Dropout2d", (0.5,), [(2, 3, 2, 1)]),
    "dropout3d": ("Dropout3d", (0.5,), [(2, 3, 2, 1, 1)]),
    "elu": ("ELU", (), [(3,)]),
    "embedding": ("Embedding", (3, 2), [("class", 3, (4,))]),
    "embedding-bag": ("EmbeddingBag", (3, 2), [("class", 3, (2, 2))]),
    "feature-alpha-dropout": ("FeatureAlphaDropout", (0.5,), [(2, 3, 2)]),
    "flatten": ("Flatten", (), [(1, 2, 2)]),
    "fold": ("Fold", ((2, 3), 2), [(1, 4, 2)]),
    "fractional-max-pool2d": ("FractionalMaxPool2d", (2, 2), [(1, 1, 4, 4)]),
    "fractional-max-pool3d": ("FractionalMaxPool3d", (2, 2), [(1, 1, 4, 4, 4)]),
    "gaussian-nll-loss": ("GaussianNLLLoss", (), [(3,), (3,), ("probability", (3,))]),
    "gelu": ("GELU", (), [(3,)]),
    "glu": ("GLU", (), [(1, 4)]),
    "group-norm": ("GroupNorm", (2, 4), [(1, 4, 2)]),
    "gru": ("GRU", (2, 2), [(2, 1, 2)]),
    "gru-cell": ("GRUCell", (2, 2), [(1, 2)]),
    "hardshrink": ("Hardshrink", (), [(3,)]),
    "hardsigmoid": ("Hardsigmoid", (), [(3,)]),
    "hardswish": ("Hardswish", (), [(3,)]),
    "hardtanh": ("Hardtanh", (), [(3,)]),
    "hinge-embedding-loss": ("HingeEmbeddingLoss", (), [(3,), ("sign", (3,))]),
    "huber-loss": ("HuberLoss", (), [(3,), ("bit", (3,))]),
    "identity": ("Identity", (), [(3,)]),
    "instance-norm1d": ("InstanceNorm1d", (2,), [(1, 2, 4)]),
    "instance-norm2d": ("InstanceNorm2d", (2,), [(1, 2, 2, 2)]),
    "instance-norm3d": ("InstanceNorm3d", (2,), [(1, 2, 2, 2, 1)]),
    "kl-div-loss": ("KLDivLoss", (), [("logarithm", (2, 3)), ("probability", (2, 3))]),
    "l1-loss": ("L1Loss", (), [(3,), ("bit", (3,))]),
    "layer-norm": ("LayerNorm", (4,), [(2, 4)]),
    "leaky-relu": ("LeakyReLU", (), [(3,)]),
    "linear": ("Linear", (3, 2), [(2, 3)]),
    "local-response-norm": ("LocalResponseNorm", (2,), [(1, 2, 2)]),
    "log-sigmoid": ("LogSigmoid", (), [(3,)]),
    "log-softmax": ("LogSoftmax", (1,), [(1, 3)]),
    "lp-pool1d": ("LPPool1d", (2, 2), [(1, 1, 4)]),
    "lp-pool2d": ("LPPool2d", (2, 2), [(1, 1, 2, 4)]),
    "lp-pool3d": ("LPPool3d", (2, 2), [(1, 1, 2, 2, 2)]),
    "lstm": ("LSTM", (2, 2), [(2, 1, 2)]),
    "lstm-cell": ("LSTMCell", (2, 2), [(1, 2)]),
    "margin-ranking-loss": ("MarginRankingLoss", (), [(3,), (3,), ("sign", (3,))]),
    "max-pool1d": ("MaxPool1d", (2,), [(1, 1, 4)]),
    "max-pool2d": ("MaxPool2d", (2,), [(1, 1, 4, 2)]),
    "max-pool3d": ("MaxPool3d", (2,), [(1, 1, 2, 2, 2)]),
    "max-unpool1d": ("MaxUnpool1d", (2,), [(1, 1, 2), ("index", (1, 1, 2))]),
    "max-unpool2d": ("MaxUnpool2d", (2,), [(1, 1, 1, 2), ("index", (1, 1, 1, 2))]),
    "max-unpool3d": ("MaxUnpool3d", (2,), [(1, 1, 1, 1, 2), ("index", (1, 1, 1, 1, 2))]),
    "mish": ("Mish", (), [(3,)]),
    "mse-loss": ("MSELoss", (), [(3,), ("bit", (3,))]),
    "multi-label-margin-loss": ("MultiLabelMarginLoss", (), [(1, 3), ("label", (1, 3))]),
    "multi-label-soft-margin-loss": ("MultiLabelSoftMarginLoss", (), [(1, 3), ("bit", (1, 3))]),
    "multi-margin-loss": ("MultiMarginLoss", (), [(2, 3), ("class", 3, (2,))]),
    "multihead-attention": ("MultiheadAttention", (2, 1), [(2, 1, 2), (3, 1, 2), (3, 1, 2)]),
    "nll-loss": ("NLLLoss", (), [("logarithm", (2, 3)), ("class", 3, (2,))]),
    "nll-loss2d": ("NLLLoss2d", (), [("logarithm", (1, 3, 1, 2)), ("class", 3, (1, 1, 2))]),
    "pairwise-distance": ("PairwiseDistance", (), [(2, 3), (1, 3)]),
    "pixel-shuffle": ("PixelShuffle", (2,), [(1, 4, 1, 2)]),
    "pixel-unshuffle": ("PixelUnshuffle", (2,), [(1, 1, 2, 4)]),
    "poisson-nll-loss": ("PoissonNLLLoss", (), [(3,), ("bit", (3,))]),
    "prelu": ("PReLU", (), [(3,)]),
    "reflection-pad1d": ("ReflectionPad1d", (1,), [(1, 1, 3)]),
    "reflection-pad2d": ("ReflectionPad2d", (1,), [(1, 1, 2, 2)]),
    "reflection-pad3d": ("ReflectionPad3d", (1,), [(1, 1, 2, 2, 2)]),
    "relu": ("ReLU", (), [(3,)]),
    "relu6": ("ReLU6", (), [(3,)]),
    "replication-pad1d": ("ReplicationPad1d", (1,), [(1, 1, 3)]),
    "replication-pad2d": ("ReplicationPad2d", (1,), [(1, 1, 2, 2)]),
    "replication-pad3d": ("ReplicationPad3d", (1,), [(1, 1, 1, 1, 2)]),
    "rms-norm": ("RMSNorm", (4,), [(2, 4)]),
    "rnn": ("RNN", (2, 2), [(2, 1, 2)]),
    "rnn-cell": ("RNNCell", (2, 2), [(1, 2)]),
    "rrelu": ("RReLU", (), [(3,)]),
    "selu": ("SELU", (), [(3,)]),
    "sigmoid": ("Sigmoid", (), [(3,)]),
    "silu": ("SiLU", (), [(3,)]),
    "smooth-l1-loss": ("SmoothL1Loss", (), [(3,), ("bit", (3,))]),
    "soft-margin-loss": ("SoftMarginLoss", (), [(3,), ("sign", (3,))]),
    "softmax": ("Softmax", (1,), [(1, 3)]),
    "softmax2d": ("Softmax2d", (), [(1, 3, 1, 1)]),
    "softmin": ("Softmin", (1,), [(1, 3)]),
    "softplus": ("Softplus", (), [(3,)]),
    "softshrink": ("Softshrink", (), [(3,)]),
    "softsign": ("Softsign", (), [(3,)]),
    "tanh": ("Tanh", (), [(3,)]),
    "tanhshrink": ("Tanhshrink", (), [(3,)]),
    "threshold": ("Threshold", (0.5, -1.0), [(3,)]),
    "transformer": ("Transformer", (4, 2, 1, 1, 2, 0.0), [(2, 1, 4), (2, 1, 4)]),
    "transformer-decoder-layer": ("TransformerDecoderLayer", (4, 2, 2, 0.0), [(2, 1, 4), (2, 1, 4)]),
    "transformer-encoder-layer": ("TransformerEncoderLayer", (4, 2, 2, 0.0), [(2, 1, 4)]),
    "triplet-margin-loss": ("TripletMarginLoss", (), [(2, 3), (2, 3), (1, 3)]),
    "triplet-margin-with-distance-loss": ("TripletMarginWithDistanceLoss", (), [(2, 3), (2, 3), (1, 3)]),
    "unflatten": ("Unflatten", (1, (2, 2)), [(1, 4)]),
    "unfold": ("Unfold", (2,), [(1, 1, 2, 3)]),
    "upsample": ("Upsample", (None, 2), [(1, 1, 2)]),
    "upsampling-bilinear2d": ("UpsamplingBilinear2d", (None, 2), [(1, 1, 1, 2)]),
    "upsampling-nearest2d": ("UpsamplingNearest2d", (None, 2), [(1, 1, 1, 2)]),
    "zero-pad1d": ("ZeroPad1d", (1,), [(1, 1, 3)]),
    "zero-pad2d": ("ZeroPad2d", (1,), [(1, 1, 2, 2)]),
    "zero-pad3d": ("ZeroPad3d", (1,), [(1, 1, 1, 1, 2)]),
}

WITH_STATE = {
    "adaptive-log-softmax-with-loss": "AdaptiveLogSoftmaxWithLoss",
    "batch-norm1d": "BatchNorm1d",
    "batch-norm2d": "BatchNorm2d",
    "batch-norm3d": "BatchNorm3d",
    "bilinear": "Bilinear",
    "conv-transpose1d": "ConvTranspose1d",
    "conv-transpose2d": "ConvTranspose2d",
    "conv-transpose3d": "ConvTranspose3d",
    "conv1d": "Conv1d",
    "conv2d": "Conv2d",
    "conv3d": "Conv3d",
    "embedding": "Embedding",
    "embedding-bag": "EmbeddingBag",
    "group-norm": "GroupNorm",
    "gru": "GRU",
    "gru-cell": "GRUCell",
    "layer-norm": "LayerNorm",
    "linear": "Linear",
    "lstm": "LSTM",
    "lstm-cell": "LSTMCell",
    "multihead-attention": "MultiheadAttention",
    "prelu": "PReLU",
    "rms-norm": "RMSNorm",
    "rnn": "RNN",
    "rnn-cell": "RNNCell",
    "transformer": "Transformer",
    "transformer-decoder-layer": "TransformerDecoderLayer",
    "transformer-encoder-layer": "TransformerEncoderLayer",
}

# What cannot be made of numbers alone, needs an accelerator, computes nothing by itself, or warns once in a process.
OTHERS = {
    "channel-shuffle": "ChannelShuffle",
    "container": "Container",
    "data-parallel": "DataParallel",
    "lazy-batch-norm1d": "LazyBatchNorm1d",
    "lazy-batch-norm2d": "LazyBatchNorm2d",
    "lazy-batch-norm3d": "LazyBatchNorm3d",
    "lazy-conv-transpose1d": "LazyConvTranspose1d",
    "lazy-conv-transpose2d": "LazyConvTranspose2d",
    "lazy-conv-transpose3d": "LazyConvTranspose3d",
    "lazy-conv1d": "LazyConv1d",
    "lazy-conv2d": "LazyConv2d",
    "lazy-conv3d": "LazyConv3d",
    "lazy-instance-norm1d": "LazyInstanceNorm1d",
    "lazy-instance-norm2d": "LazyInstanceNorm2d",
    "lazy-instance-norm3d": "LazyInstanceNorm3d",
    "lazy-linear": "LazyLinear",
    "linear-cross-entropy-loss": "LinearCrossEntropyLoss",
    "module-dict": "ModuleDict",
    "module-list": "ModuleList",
    "parameter-dict": "ParameterDict",
    "parameter-list": "ParameterList",
    "rnn-base": "RNNBase",
    "rnn-cell-base": "RNNCellBase",
    "sequential": "Sequential",
    "sync-batch-norm": "SyncBatchNorm",
    "transformer-decoder": "TransformerDecoder",
    "transformer-encoder": "TransformerEncoder",
}

# What takes images, with more than one channel, so that the order of dimensions in memory can be told.
OF_IMAGES = {
    "adaptive-avg-pool2d": ("AdaptiveAvgPool2d", (2,)),
    "adaptive-max-pool2d": ("AdaptiveMaxPool2d", (2,)),
    "avg-pool2d": ("AvgPool2d", (2,)),
    "batch-norm2d": ("BatchNorm2d", (8,)),
    "circular-pad2d": ("CircularPad2d", (1,)),
    "constant-pad2d": ("ConstantPad2d", (1, 0.5)),
    "conv-transpose2d": ("ConvTranspose2d", (8, 8, 2)),
    "conv2d": ("Conv2d", (8, 8, 2)),
    "dropout": ("Dropout", (0.5,)),
    "dropout2d": ("Dropout2d", (0.5,)),
    "elu": ("ELU", ()),
    "fractional-max-pool2d": ("FractionalMaxPool2d", (2, 2)),
    "gelu": ("GELU", ()),
    "glu": ("GLU", (1,)),
    "group-norm": ("GroupNorm", (2, 8)),
    "hardswish": ("Hardswish", ()),
    "identity": ("Identity", ()),
    "instance-norm2d": ("InstanceNorm2d", (8,)),
    "leaky-relu": ("LeakyReLU", ()),
    "local-response-norm": ("LocalResponseNorm", (2,)),
    "log-softmax": ("LogSoftmax", (1,)),
    "lp-pool2d": ("LPPool2d", (2, 2)),
    "max-pool2d": ("MaxPool2d", (2,)),
    "mish": ("Mish", ()),
    "pixel-shuffle": ("PixelShuffle", (2,)),
    "pixel-unshuffle": ("PixelUnshuffle", (2,)),
    "prelu": ("PReLU", (8,)),
    "reflection-pad2d": ("ReflectionPad2d", (1,)),
    "relu": ("ReLU", ()),
    "relu6": ("ReLU6", ()),
    "replication-pad2d": ("ReplicationPad2d", (1,)),
    "sigmoid": ("Sigmoid", ()),
    "silu": ("SiLU", ()),
    "softmax2d": ("Softmax2d", ()),
    "softplus": ("Softplus", ()),
    "tanh": ("Tanh", ()),
    "upsampling-bilinear2d": ("UpsamplingBilinear2d", (None, 2)),
    "upsampling-nearest2d": ("UpsamplingNearest2d", (None, 2)),
    "zero-pad2d": ("ZeroPad2d", (1,)),
}

_RANDOM = ("AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout", "RReLU")
"""What draws random numbers in training."""

_ALWAYS_RANDOM = ("FractionalMaxPool2d", "FractionalMaxPool3d")
"""What draws them in evaluation, too."""

_CANCELLING = (
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "GELU",
    "GRU",
    "GRUCell",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LSTM",
    "LSTMCell",
    "LayerNorm",
    "MultiheadAttention",
    "RMSNorm",
    "RNN",
    "RNNCell",
    "Transformer",
    "TransformerDecoderLayer",
    "TransformerEncoderLayer",
)
"""What sums up much that cancels out, so that it is computed in double and shown in single precision."""

_SEQUENCE_FIRST = (
    "CTCLoss",
    "GRU",
    "LSTM",
    "MultiheadAttention",
    "RNN",
    "Transformer",
    "TransformerDecoderLayer",
    "TransformerEncoderLayer",
)
"""What has its batch in the second of three dimensions."""

_ENDS_THE_PROCESS = ("AdaptiveAvgPool3d",)
"""What old releases refuse by an error that nobody can catch, where it has no kernel for a dtype."""

_MIXED_FORMATS = "Mixed memory format inputs detected"
"""What torch up to 1.6 warns of once in a process, by whichever layer comes first."""

_NEEDS_A_BATCH = ("EmbeddingBag",)
"""What ends the process in old releases, where the batch is empty."""


def _made(device, name, arguments):
    """Return the layer on `device` with weights that are eighths, each parameter from -3/8 on."""
    module = getattr(torch.nn, name)(*arguments).to(device)
    with torch.no_grad():
        for parameter in module.parameters():
            steps = torch.arange(parameter.numel(), device=device)
            parameter.copy_((((steps * 5) % 7 - 3.0) / 8).reshape(parameter.shape))
    return module


def _quarters(shape, device, first=0):
    """Return quarters from -5/4 to 5/4 in no order, which differ by where they begin."""
    count = 1
    for size in shape:
        count *= size
    return (((torch.arange(first, first + count, device=device) * 7) % 11 - 5) / 4.0).reshape(shape)


def _inputs(specs, device):
    """Return what a layer is called with; numbers want a gradient."""
    return [_input(spec, 3 * number, device) for number, spec in enumerate(specs)]


def _input(spec, first, device):
    if not isinstance(spec[0], str):
        return _quarters(spec, device, first).requires_grad_()
    kind, shape = spec[0], spec[-1]
    if kind == "whole":
        return torch.tensor([shape], device=device)
    if kind == "index":
        return torch.arange(0, 2 * shape[-1], 2, device=device).reshape(shape)
    if kind == "label":
        return torch.arange(1, shape[-1] + 1, device=device).reshape(shape) % 3
    numbers = _quarters(shape, device, first)
    if kind == "class":
        return (numbers * 4 + 5).long() % spec[1]
    if kind == "sign":
        return (numbers > 0) * 2.0 - 1
    if kind == "bit":
        return (numbers > 0) * 1.0
    if kind == "probability":
        return ((numbers + 1.5) / 4).requires_grad_()
    return numbers.log_softmax(-1).detach().requires_grad_()


def _as(tensor, dtype):
    """Return numbers that want a gradient in `dtype`, and others as they are."""
    return tensor.detach().to(dtype).requires_grad_() if tensor.requires_grad else tensor


def _without_dust(tensor):
    """Return the tensor with zeros for what is only the remainder of sums that should be zero."""
    return torch.where(tensor.abs() < 1e-12, torch.zeros_like(tensor), tensor)


def _tensors(value):
    """Return the tensors in what a layer returns, in order."""
    if isinstance(value, torch.Tensor):
        return [value]
    return [tensor for each in value if each is not None for tensor in _tensors(each)]


def _is_plain(value):
    """Return whether a value is printed the same on each machine."""
    if isinstance(value, (tuple, list)):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (bool, int, float, str))


@cases("layer/{layer}-arguments", layer=LAYERS, needs="torch.nn.{layer[0]}", only="cpu")
def arguments(show, device, layer):
    """{layer[0]} and its forward take these arguments."""
    _show_arguments(show, getattr(torch.nn, layer[0]))


@cases("layer/{layer}-arguments", layer=OTHERS, needs="torch.nn.{layer}", only="cpu")
def arguments_of_others(show, device, layer):
    """{layer} and its forward take these arguments."""
    _show_arguments(show, getattr(torch.nn, layer))


def _show_arguments(show, kind):
    show("is a", [base.__name__ for base in kind.__mro__[1 : kind.__mro__.index(torch.nn.Module)]])
    for what, function in (("constructor", kind.__init__), ("forward", kind.forward)):
        taken = list(inspect.signature(function).parameters.values())[1:]
        for each in taken:
            default = getattr(each.default, "__name__", each.default)
            written = {each.VAR_POSITIONAL: "*", each.VAR_KEYWORD: "**", each.KEYWORD_ONLY: "by name "}
            end = "" if each.default is each.empty else f"={default!r}"
            show(what, "{}{}{}".format(written.get(each.kind, ""), each.name, end))


@cases("layer/{layer}-anatomy", layer=LAYERS, needs="torch.nn.{layer[0]}", only="cpu")
def anatomy(show, device, layer):
    """{layer[0]} is printed so, and holds these parameters, buffers and attributes."""
    name, given, _ = layer
    module = _made(device, name, given)
    show("printed", repr(module))
    for key, tensor in module.state_dict().items():
        show(key, list(tensor.shape), tensor.dtype)
    plain = vars(torch.nn.Module())
    for key, value in vars(module).items():
        if key not in plain:
            show("has " + key, value if _is_plain(value) else type(value).__name__)


@cases("layer/{layer}-computes", layer=LAYERS, needs="torch.nn.{layer[0]}", only="cpu")
def computes(show, device, layer):
    """{layer[0]} gives these values and gradients in training, and these values in evaluation."""
    name, given, called_with = layer
    dtype = torch.float64 if name in _CANCELLING else torch.float32
    module = _made(device, name, given).to(dtype)
    inputs = [_as(tensor, dtype) for tensor in _inputs(called_with, device)]
    results = [tensor for tensor in _tensors(module(*inputs)) if tensor.requires_grad]
    torch.autograd.backward(results, [_quarters(tensor.shape, device, 1).to(dtype) for tensor in results])
    if name not in _RANDOM + _ALWAYS_RANDOM:
        for number, tensor in enumerate(results, 1):
            show(f"result {number} in training", tensor.detach().float())
        for number, tensor in enumerate(inputs, 1):
            if tensor.requires_grad:
                show(f"gradient of input {number}", tensor.grad.float())
        for key, parameter in module.named_parameters():
            show("gradient of " + key, _without_dust(parameter.grad.float()))
    module.eval()
    results = _tensors(module(*inputs))
    with torch.no_grad():
        without = _tensors(module(*inputs))
    for number, (tensor, other) in enumerate(zip(results, without), 1):
        if name in _ALWAYS_RANDOM:
            show(f"shapes of result {number} in evaluation", list(tensor.shape), list(other.shape))
        else:
            show(f"result {number} in evaluation", tensor.detach().float())
            show("the same under no_grad", torch.allclose(tensor, other))


@cases("layer/{layer}-initial-values", layer=WITH_STATE, needs="torch.nn.{layer}", only="cpu")
def initial_values(show, device, layer):
    """The parameters and buffers of a new {layer} are these constants, or drawn within 1/sqrt(fan in) or beyond."""
    kind = getattr(torch.nn, layer)
    (given,) = [arguments for name, arguments, _ in LAYERS.values() if name == layer]
    states = []
    for seed in range(20):
        torch.manual_seed(seed)
        states.append(kind(*given).to(device).state_dict())
    for key, tensor in states[0].items():
        fan_in = tensor[0].numel() if tensor.dim() > 1 else 1
        if all(torch.equal(state[key], tensor) for state in states):
            show(key, "is", tensor.flatten()[:1])
        else:
            largest = max(float(state[key].abs().max()) for state in states)
            show(key, "is drawn", "within" if largest <= fan_in**-0.5 else "beyond")
    torch.manual_seed(0)
    again = kind(*given).to(device).state_dict()
    show("the same again under a seed", all(torch.equal(again[key], tensor) for key, tensor in states[0].items()))


@cases("layer/{layer}-dtypes", layer=LAYERS, needs="torch.nn.{layer[0]}", only="cpu")
def dtypes(show, device, layer):
    """{layer[0]} computes in these dtypes, and from whole numbers, or refuses to."""
    name, given, called_with = layer
    warnings.simplefilter("ignore")  # Here and below: what is said has cases of its own.
    for dtype in (torch.float64, torch.float16, torch.bfloat16):
        if dtype == torch.float64 or name not in _ENDS_THE_PROCESS:
            inputs = [_as_number_of(dtype, tensor) for tensor in _inputs(called_with, device)]
            show("all of", dtype, _dtypes_of(_made(device, name, given).to(dtype), inputs))
    if name not in _ENDS_THE_PROCESS:
        inputs = [_as_number_of(torch.int64, tensor) for tensor in _inputs(called_with, device)]
        show("given", torch.int64, _dtypes_of(_made(device, name, given), inputs))


def _as_number_of(dtype, tensor):
    """Return numbers in `dtype`, wanting a gradient if they did and can; and classes and the like as they are."""
    if not tensor.is_floating_point():
        return tensor
    return tensor.detach().to(dtype).requires_grad_(tensor.requires_grad and dtype.is_floating_point)


def _dtypes_of(module, inputs):
    """Return in words the dtypes of what `module` gives, and of all gradients, or which step is refused."""
    with _without_onednn():
        try:
            results = _tensors(module(*inputs))
        except Exception as error:
            return "is refused: " + _briefly(error)
        said = "gives " + _listed(results)
        differentiable = [tensor for tensor in results if tensor.requires_grad]
        if not differentiable:
            return said
        try:
            torch.autograd.backward(differentiable, [torch.ones_like(tensor) for tensor in differentiable])
        except Exception as error:
            return f"{said}, backward is refused: {_briefly(error)}"
    gradients = [tensor.grad for tensor in [*inputs, *module.parameters()] if tensor.grad is not None]
    return f"{said}, gradients {_listed(gradients)}"


def _without_onednn():
    """Return a context without oneDNN, which takes half precision on some processors only, never in old releases."""
    mkldnn = getattr(torch.backends, "mkldnn", None)
    return mkldnn.flags(enabled=False) if hasattr(mkldnn, "flags") else contextlib.ExitStack()


def _listed(tensors):
    return ", ".join(sorted({str(tensor.dtype) for tensor in tensors}))


def _briefly(error):
    """Return the type of an error, and whether a kernel is missing, without the name of the kernel."""
    kind, missing = type(error).__name__, "not implemented for"
    return f"{kind}, {missing} this dtype" if missing in str(error) else kind


@cases("layer/{layer}-shapes", layer=LAYERS, needs="torch.nn.{layer[0]}", only="cpu")
def shapes(show, device, layer):
    """{layer[0]} gives results of these shapes for inputs of other shapes, or refuses them."""
    name, given, called_with = layer
    warnings.simplefilter("ignore")
    module = _made(device, name, given)
    inputs = [tensor.detach() for tensor in _inputs(called_with, device)]
    batches = [int(name in _SEQUENCE_FIRST and tensor.dim() == 3) for tensor in inputs]
    show("as usual", _shapes_of(module, inputs))
    if name not in _NEEDS_A_BATCH:
        show("empty batch", _shapes_of(module, [tensor.narrow(at, 0, 0) for tensor, at in zip(inputs, batches)]))
    show("without a batch", _shapes_of(module, [tensor.select(at, 0) for tensor, at in zip(inputs, batches)]))
    show("with a dimension more", _shapes_of(module, [tensor[None] for tensor in inputs]))
    first, *others = inputs
    for dimension in range(first.dim()):
        longer = torch.cat([first, first.narrow(dimension, 0, 1)], dimension)
        show(f"first input longer in dimension {dimension}", _shapes_of(module, [longer, *others]))


def _shapes_of(module, inputs):
    """Return the shapes of what `module` gives, or the type of the error by which it refuses."""
    with torch.no_grad():
        try:
            return [list(tensor.shape) for tensor in _tensors(module(*inputs))]
        except Exception as error:
            return type(error).__name__


@cases("layer/{layer}-in-channels-last", layer=OF_IMAGES, needs="torch.nn.{layer[0]}", only="cpu")
def in_channels_last(show, device, layer):
    """Whether what {layer[0]} makes of images in channels-last is in channels-last, too, and its gradient."""
    name, given = layer
    warnings.filterwarnings("ignore", _MIXED_FORMATS)
    images = _quarters((2, 8, 4, 4), device).contiguous(memory_format=torch.channels_last).requires_grad_()
    result = _made(device, name, given)(images)
    (gradient,) = torch.autograd.grad(result, images, torch.ones_like(result))
    for label, tensor in (("result", result), ("gradient", gradient)):
        show(label, "in channels-last", tensor.is_contiguous(memory_format=torch.channels_last))
