"""What is known of torch without importing it: other names of an API, classes and their bases, results of calls."""

import functools
import re
from typing import Dict, FrozenSet, List, Tuple

from .values import OTHER, UNKNOWN, Value, instance, many, mapping

MODULE, TENSOR, PARAMETER = "torch.nn.Module", "torch.Tensor", "torch.nn.Parameter"
OPTIMIZER, SCHEDULER, NODE = (
    "torch.optim.Optimizer",
    "torch.optim.lr_scheduler.LRScheduler",
    "torch.autograd.graph.Node",
)
HANDLE = "torch.utils.hooks.RemovableHandle"

_MOVED = [
    (re.compile(pattern), to)
    for pattern, to in (
        (r"torch\.nn\.modules\.(?:\w+\.)?([A-Z]\w*)", r"torch.nn.\1"),
        (r"torch\.nn\.parameter\.([A-Z]\w*)", r"torch.nn.\1"),
        (r"torch\.nn\.parallel\.(?:data_parallel\.|distributed\.)?(DataParallel)", r"torch.nn.\1"),
        (r"torch\.nn\.parallel\.distributed\.([A-Z]\w*)", r"torch.nn.parallel.\1"),
        (
            r"torch\.nn\.utils\.(?:clip_grad|convert_parameters|fusion|init|memory_format|weight_norm|spectral_norm)\."
            r"(\w+)",
            r"torch.nn.utils.\1",
        ),
        (r"torch\.optim\.(?!lr_scheduler|swa_utils)\w+\.([A-Z]\w*)", r"torch.optim.\1"),
        (r"torch\.optim\.lr_scheduler\._LRScheduler", SCHEDULER),
        (r"torch\._?tensor\.Tensor", TENSOR),
        (r"torch\._C\._TensorBase|torch\._C\.TensorBase", TENSOR),
        (r"torch\.autograd\.(?:variable\.)?Variable", "torch.autograd.Variable"),
        (r"torch\.autograd\.(?:function\.)?(Function|InplaceFunction|once_differentiable)", r"torch.autograd.\1"),
        (r"torch\.autograd\.(?:grad_mode\.)?(no_grad|enable_grad|set_grad_enabled|inference_mode)", r"torch.\1"),
        (r"torch\.serialization\.(load|save)", r"torch.\1"),
        (r"torch\.functional\.(\w+)", r"torch.\1"),
        (r"torch\.utils\.data\.(?:dataloader|dataset|sampler|distributed)\.([A-Z]\w*)", r"torch.utils.data.\1"),
        (r"torch\.distributions\.\w+\.([A-Z]\w*)", r"torch.distributions.\1"),
    )
]


@functools.lru_cache(maxsize=65536)
def public(name: str) -> str:
    """Return the most public spelling of a qualified name; members of a class keep theirs."""
    if not name.startswith("torch."):
        return name
    for pattern, to in _MOVED:
        found = pattern.match(name)
        if found and name[found.end() : found.end() + 1] in ("", "."):
            return found.expand(to) + name[found.end() :]
    return name


_FAMILIES: Dict[str, str] = {
    "torch.nn.modules.batchnorm._BatchNorm": "BatchNorm1d BatchNorm2d BatchNorm3d SyncBatchNorm LazyBatchNorm1d "
    "LazyBatchNorm2d LazyBatchNorm3d",
    "torch.nn.modules.instancenorm._InstanceNorm": "InstanceNorm1d InstanceNorm2d InstanceNorm3d LazyInstanceNorm1d "
    "LazyInstanceNorm2d LazyInstanceNorm3d",
    "torch.nn.modules.conv._ConvNd": "Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d",
    "torch.nn.modules.loss._Loss": "L1Loss MSELoss SmoothL1Loss HuberLoss KLDivLoss PoissonNLLLoss",
    "torch.nn.RNNBase": "RNN LSTM GRU",
    "torch.nn.RNNCellBase": "RNNCell LSTMCell GRUCell",
    "torch.nn.Linear": "LazyLinear NonDynamicallyQuantizableLinear",
    TENSOR: "Parameter Buffer UninitializedBuffer",
    PARAMETER: "UninitializedParameter",
    "torch.nn.NLLLoss": "NLLLoss2d",
    "torch.nn.Hardtanh": "ReLU6",
    "torch.nn.Upsample": "UpsamplingBilinear2d UpsamplingNearest2d",
    **{
        f"torch.nn.{name}": f"Lazy{name}"
        for name in ("Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d")
    },
    **{f"torch.nn.ConstantPad{n}d": f"ZeroPad{n}d" for n in (1, 2, 3)},
}
_BASES: Dict[str, str] = {
    **{f"torch.nn.{name}": base for base, names in _FAMILIES.items() for name in names.split()},
    "torch.nn.RNNBase": MODULE,
    "torch.optim.AdamW": "torch.optim.Adam",
    OPTIMIZER: "",
    MODULE: "",
    TENSOR: "",
    SCHEDULER: "",
    NODE: "",
    "torch.autograd.Variable": TENSOR,
    "torch.nn.parallel.DistributedDataParallel": MODULE,
    "torch.jit.ScriptModule": MODULE,
    "torch.fx.GraphModule": MODULE,
    "torch.optim.swa_utils.AveragedModel": MODULE,
    "torch.nn.utils.parametrize.ParametrizationList": "torch.nn.ModuleList",
    "torch.Size": "",
    "pytorch_lightning.LightningModule": MODULE,
    "lightning.LightningModule": MODULE,
    "lightning.pytorch.LightningModule": MODULE,
    "pytorch_lightning.core.LightningModule": MODULE,
    "transformers.PreTrainedModel": MODULE,
    "transformers.modeling_utils.PreTrainedModel": MODULE,
    "mmcv.runner.BaseModule": MODULE,
    "mmengine.model.BaseModule": MODULE,
}
_NO_MODULES = {"ModuleDict_"}
_TYPED_TENSOR = re.compile(
    r"torch\.(?:cuda\.|sparse\.)?(?:Float|Double|Half|BFloat16|Byte|Char|Short|Int|Long|Bool)Tensor"
)
_IN_NN = re.compile(r"torch\.nn\.(?:modules\.\w+\.|quantized\.|qat\.|intrinsic\.)?_?[A-Z]\w*")
_CLASS = re.compile(r"_*[A-Z]\w*")


@functools.lru_cache(maxsize=65536)
def ancestors(name: str) -> Tuple[str, ...]:
    """Return a class of torch and those that it derives from; only itself where nothing more is known."""
    chain: List[str] = []
    while name:
        chain.append(name)
        name = _base(name)
    return tuple(chain)


def _base(name: str) -> str:
    if name in _BASES:
        return _BASES[name]
    if _TYPED_TENSOR.fullmatch(name):
        return TENSOR
    if _IN_NN.fullmatch(name):
        return MODULE
    if name.startswith("torch.optim.lr_scheduler."):
        return SCHEDULER if _CLASS.fullmatch(name[25:]) else ""
    if re.fullmatch(r"torch\.optim\.[A-Z]\w*", name):
        return OPTIMIZER
    if re.fullmatch(r"torchvision\.models\.(\w+\.)*[A-Z]\w*", name):
        return MODULE
    if re.fullmatch(r"transformers\.(\w+\.)*[A-Z]\w*(Model|ForPreTraining|LMHeadModel|For[A-Z]\w*)", name):
        return MODULE
    return ""


def is_class(name: str) -> bool:
    """Return whether a qualified name is that of a class, as far as its spelling tells."""
    return _CLASS.fullmatch(name.rpartition(".")[2]) is not None or name in (
        "torch.no_grad", "torch.enable_grad", "torch.inference_mode", "torch.set_grad_enabled", "torch.device",
        "torch.dtype", "torch.finfo", "torch.iinfo", "torch.set_default_device",
    )  # fmt: skip


def is_known(name: str) -> bool:
    """Return whether it is known what the class derives from, so that it is none but those."""
    return bool(_base(name)) or name in _BASES or name.partition(".")[0] in STRANGERS


STRANGERS: FrozenSet[str] = frozenset(
    [
        "numpy",
        "keras",
        "tensorflow",
        "jax",
        "flax",
        "sklearn",
        "pandas",
        "scipy",
        "cv2",
        "PIL",
        "matplotlib",
        "os",
        "sys",
        "re",
        "json",
        "pickle",
        "io",
        "collections",
        "math",
        "random",
        "time",
        "pathlib",
        "logging",
        "argparse",
        "itertools",
        "subprocess",
        "shutil",
        "typing",
        "dataclasses",
        "abc",
        "copy",
        "string",
        "csv",
        "glob",
        "threading",
        "multiprocessing",
        "datetime",
        "warnings",
        "contextlib",
        "functools",
        "mxnet",
        "paddle",
        "tqdm",
        "yaml",
        "requests",
        "click",
        "tinygrad",
        "cupy",
        "h5py",
        "zipfile",
        "tarfile",
        "tempfile",
        "unittest",
        "socket",
        "ast",
        "inspect",
        "types",
        "enum",
        "queue",
    ]
)
"""Packages whose classes and results are none of torch's."""

_MADE = (
    "tensor zeros ones empty full rand randn randint randperm arange linspace logspace eye zeros_like ones_like "
    "empty_like full_like rand_like randn_like randint_like from_numpy as_tensor cat concat stack hstack vstack matmul "
    "mm bmm mv dot einsum exp log log2 log10 log1p expm1 sqrt rsqrt abs sin cos tan tanh sigmoid relu softmax "
    "log_softmax sum mean prod std var norm clamp where add sub mul div pow square sign floor ceil round gather "
    "scatter index_select masked_select reshape flatten squeeze unsqueeze transpose permute t flip roll tile repeat "
    "argmax argmin argsort cumsum cumprod outer ger cross diag tril triu logsumexp bernoulli "
    "multinomial normal poisson"
    "sparse_coo_tensor complex view_as_real view_as_complex real imag angle conj allclose_ erf erfinv lerp addmm addmv "
    "baddbmm cdist nan_to_num maximum minimum eq ne lt gt le ge isnan isinf isfinite logical_and logical_or "
    "logical_not bitwise_and take nonzero_ diff clone detach dropout conv1d conv2d conv3d layer_norm batch_norm "
    "group_norm instance_norm pixel_shuffle prelu selu celu rrelu hardshrink threshold narrow movedim swapaxes "
    "empty_strided scalar_tensor frombuffer asarray"
)
_TENSOR_FUNCTIONS = frozenset(f"torch.{name}" for name in _MADE.split())
_NOT_ONE_TENSOR = re.compile(
    r"torch\.nn\.functional\.(multi_head_attention_forward|\w*_with_indices|has_torch_function\w*|handle_torch_function"
    r"|\w*max_pool\w*)"
)
_SAME = frozenset(
    [
        "copy.deepcopy",
        "copy.copy",
        "torch.compile",
        "torch.nn.utils.spectral_norm",
        "torch.nn.utils.weight_norm",
        "torch.nn.utils.remove_weight_norm",
        "torch.nn.utils.remove_spectral_norm",
        "torch.nn.utils.parametrizations.weight_norm",
        "torch.nn.utils.parametrizations.spectral_norm",
        "torch.nn.utils.parametrizations.orthogonal",
        "torch.nn.utils.parametrize.register_parametrization",
        "torch.nn.SyncBatchNorm.convert_sync_batchnorm",
    ]
)
_NUMBERS = frozenset(
    [
        "torch.device",
        "torch.manual_seed",
        "torch.is_tensor",
        "torch.is_grad_enabled",
        "torch.numel",
        "torch.get_default_dtype",
        "torch.cuda.is_available",
        "torch.cuda.device_count",
        "torch.save",
        "torch.equal",
        "torch.allclose",
        "torch.is_floating_point",
        "torch.get_rng_state_",
    ]
)


def result(name: str, first: Value) -> Value:
    """Return what calling the function or class `name` gives, whose first argument is `first`."""
    if name in _SAME:
        return first
    if name in _TENSOR_FUNCTIONS or name == "torch.autograd.Variable":
        return instance(TENSOR)
    if name in _NUMBERS:
        return OTHER
    if name.startswith("torch.nn.functional."):
        return UNKNOWN if _NOT_ONE_TENSOR.fullmatch(name) else instance(TENSOR)
    if name.startswith(("torch.nn.init.", "torch.fft.", "torch.special.")):
        return instance(TENSOR)
    if name in ("torch.nn.utils.clip_grad_norm_", "torch.nn.utils.parameters_to_vector"):
        return instance(TENSOR)
    if name in ("torch.jit.script", "torch.jit.trace", "torch.jit.load"):
        return instance("torch.jit.ScriptModule")
    if re.match(r"torchvision\.models\.(\w+\.)*[a-z]\w*$", name) or name == "timm.create_model":
        return instance(MODULE)
    if re.match(r"transformers\.(\w+\.)*\w*Model\w*\.from_pretrained$", name):
        return instance(MODULE)
    if is_class(name) and (name.startswith("torch.") or ancestors(name)[1:]):
        return instance(name)
    if name.partition(".")[0] in STRANGERS:
        return OTHER
    return UNKNOWN


_CHAINED = frozenset(
    [
        "to",
        "cuda",
        "cpu",
        "train",
        "eval",
        "float",
        "half",
        "double",
        "bfloat16",
        "requires_grad_",
        "apply",
        "type",
        "share_memory",
    ]
)
_NUMBERS_OF_TENSORS = frozenset(
    [
        "item",
        "tolist",
        "numpy",
        "size",
        "dim",
        "numel",
        "stride",
        "data_ptr",
        "element_size",
        "get_device",
        "is_contiguous",
        "storage_offset",
        "nelement",
        "ndimension",
        "is_floating_point",
        "is_complex",
        "backward",
        "register_hook",
        "storage",
        "dtype",
        "device",
        "shape",
    ]
)
_MANY_TENSORS = frozenset(
    [
        "split",
        "chunk",
        "unbind",
        "max",
        "min",
        "sort",
        "topk",
        "median",
        "mode",
        "kthvalue",
        "svd",
        "eig",
        "qr",
        "unique",
    ]
)
_OF_MODULES: Dict[str, Value] = {
    "parameters": many(instance(PARAMETER)),
    "buffers": many(instance(TENSOR)),
    "modules": many(instance(MODULE)),
    "children": many(instance(MODULE)),
    "named_parameters": many(Value("pair", "", (OTHER, instance(PARAMETER)))),
    "named_buffers": many(Value("pair", "", (OTHER, instance(TENSOR)))),
    "named_modules": many(Value("pair", "", (OTHER, instance(MODULE)))),
    "named_children": many(Value("pair", "", (OTHER, instance(MODULE)))),
    "get_submodule": instance(MODULE),
    "get_parameter": instance(PARAMETER),
    "get_buffer": instance(TENSOR),
    "state_dict": instance("collections.OrderedDict"),
}
_ONE_TENSOR_GIVING = re.compile(
    r"torch\.nn\.(?!RNN|LSTM|GRU|MultiheadAttention|Module|Sequential|DataParallel|"
    r"Adaptive|Identity|\w*MaxPool|parallel)[A-Z]\w*"
)


def method_result(name: str, receiver: Value) -> Value:
    """Return what calling the method `name` of an object of torch gives."""
    chain = ancestors(receiver.name)
    if MODULE in chain:
        if name in _CHAINED:
            return receiver
        if name == "__call__":
            return instance(TENSOR) if _ONE_TENSOR_GIVING.fullmatch(receiver.name) else UNKNOWN
        return _OF_MODULES.get(name, UNKNOWN)
    if TENSOR in chain:
        if name in _NUMBERS_OF_TENSORS:
            return OTHER
        return UNKNOWN if name in _MANY_TENSORS else instance(TENSOR)
    return UNKNOWN


_OF_TENSORS = {
    "grad": TENSOR,
    "data": TENSOR,
    "T": TENSOR,
    "mT": TENSOR,
    "H": TENSOR,
    "real": TENSOR,
    "imag": TENSOR,
    "grad_fn": NODE,
}


def attribute(name: str, receiver: Value) -> Value:
    """Return what the attribute `name` of an object of torch is."""
    chain = ancestors(receiver.name)
    if TENSOR in chain:
        return instance(_OF_TENSORS[name]) if name in _OF_TENSORS else OTHER
    if MODULE in chain:
        if name in ("weight", "bias") and receiver.name != MODULE:
            return instance(PARAMETER)
        if name in ("running_mean", "running_var", "num_batches_tracked"):
            return instance(TENSOR)
        if name == "module" and receiver.name in ("torch.nn.DataParallel", "torch.nn.parallel.DistributedDataParallel"):
            return instance(MODULE)
        return OTHER if name in ("training", "in_features", "out_features") else UNKNOWN
    if OPTIMIZER in chain and name == "param_groups":
        return many(mapping(UNKNOWN))
    return UNKNOWN


def _owned(owner: str, names: str) -> Dict[str, FrozenSet[str]]:
    return {name: frozenset({owner}) for name in names.split()}


OWNERS: Dict[str, FrozenSet[str]] = {
    **_owned(
        MODULE,
        "register_forward_hook register_forward_pre_hook register_backward_hook register_full_backward_hook "
        "register_full_backward_pre_hook register_buffer register_parameter named_parameters "
        "named_buffers named_modules named_children get_submodule set_submodule to_empty "
        "_load_from_state_dict _save_to_state_dict _register_load_state_dict_pre_hook _register_state_dict_hook "
        "_replicate_for_data_parallel _get_backward_hooks _forward_hooks _forward_pre_hooks _backward_hooks "
        "_backward_pre_hooks _non_persistent_buffers_set _parameters _buffers _load_state_dict_pre_hooks "
        "_state_dict_hooks _version_ _named_members",
    ),
    **_owned(OPTIMIZER, "add_param_group register_step_pre_hook register_step_post_hook"),
    **_owned(
        TENSOR,
        "retain_grad register_post_accumulate_grad_hook requires_grad grad_fn retains_grad detach_ data_ptr "
        "is_leaf_ share_memory_ new_tensor new_zeros new_ones new_full new_empty as_subclass",
    ),
    **_owned(NODE, "next_functions register_prehook"),
    **{
        name: frozenset({MODULE, "builtins.object"})
        for name in ("get_buffer", "get_parameter", "register_module", "to")
    },
    "zero_grad": frozenset({MODULE, OPTIMIZER}),
    "requires_grad_": frozenset({MODULE, TENSOR}),
    "load_state_dict": frozenset({MODULE, OPTIMIZER, SCHEDULER}),
    "state_dict": frozenset({MODULE, OPTIMIZER, SCHEDULER}),
    "register_load_state_dict_post_hook": frozenset({MODULE, OPTIMIZER}),
    "register_load_state_dict_pre_hook": frozenset({MODULE, OPTIMIZER}),
    "register_state_dict_pre_hook": frozenset({MODULE, OPTIMIZER}),
    "register_state_dict_post_hook": frozenset({MODULE, OPTIMIZER}),
    "register_hook": frozenset({TENSOR, NODE}),
}
"""The classes that a method or attribute of this name is of, where nothing else that people write has such."""

OWNERS_BY_KEYWORD: Dict[str, FrozenSet[str]] = {
    "load_state_dict": frozenset({"strict", "assign"}),
    "state_dict": frozenset({"destination", "prefix", "keep_vars"}),
}
"""Keywords that such a method takes only of a Module, where other classes have one of its name."""

RAISES_ATTRIBUTE_ERROR: FrozenSet[str] = frozenset({"get_submodule", "get_parameter", "get_buffer", "set_submodule"})
"""What raises AttributeError itself, so that who catches it does not ask whether the method is there."""

_OF_MODULE = (
    "__call__ __delattr__ __dir__ __getattr__ __repr__ __setattr__ __setstate__ add_module apply bfloat16 buffers "
    "children compile cpu cuda double eval extra_repr float forward get_extra_state half load_state_dict modules "
    "parameters requires_grad_ set_extra_state share_memory state_dict to train training type zero_grad"
)
MODULE_METHODS: FrozenSet[str] = frozenset(_OF_MODULE.split())
"""What Modules have from torch.nn.Module, besides what `OWNERS` says, whatever their class."""

_HINTS = (
    (re.compile(r"(.*_)?(opt|optim|optimizer|optimiser)s?(_?[a-z]|\d|_.*)?", re.IGNORECASE), OPTIMIZER),
    (re.compile(r".*optim(izer|iser).*", re.IGNORECASE), OPTIMIZER),
    (re.compile(r"(.*_)?(scheduler|sched|lr_scheduler|warmup)(_.*|\d)?", re.IGNORECASE), SCHEDULER),
    (re.compile(r".*(scaler|loss_scaler|dataset|loader|sampler|tokenizer|meter|metric|counter)", re.IGNORECASE), ""),
    (
        re.compile(
            r"(.*_)?(model|net|network|module|layer|encoder|decoder|backbone|generator|discriminator|critic|actor"
            r"|policy|classifier|mlp|cnn|rnn|lstm|gru|unet|resnet|vae|gan|student|teacher|ema|linear|conv|head|block"
            r"|transformer|autoencoder|vocoder|embedder|projector)"
            r"(_.*|\d|s|[A-Z].*)?"
        ),
        MODULE,
    ),
    (re.compile(r".*(Model|Net|Module|model|net)(_?\w|s|_.*)?"), MODULE),
    (re.compile(r"(netG|netD|G|D|m)"), MODULE),
    (re.compile(r"(.*_)?(tensor|param|params|weight|bias|p|grad)(_.*|\d)?"), TENSOR),
    (
        re.compile(r"[xyz]\d?|x_?hat|y_?(hat|pred|true)|inputs?|outputs?|out|logits?|loss|losses|preds?|targets?"),
        TENSOR,
    ),
    (re.compile(r"(.*_)?handles?(_.*|\d)?"), HANDLE),
    (re.compile(r"(.*_)?grad_fn"), NODE),
)


@functools.lru_cache(maxsize=8192)
def hinted(name: str) -> str:
    """Return the class that a variable's name speaks of; empty if none."""
    return next((owner for pattern, owner in _HINTS if pattern.fullmatch(name)), "")


KNOWN_FUNCTIONS = _TENSOR_FUNCTIONS | frozenset({"torch.load", "torch.save", "torch.no_grad", "torch.manual_seed"})
"""Functions that a star import is known to give."""
