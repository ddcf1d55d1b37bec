"""What is known of torch's results without importing it: what calls and attributes give, and whose a member is."""

import functools
import re
from typing import Dict, FrozenSet, Sequence

from .torch_names import (
    HANDLE,
    MODULE,
    NODE,
    OPTIMIZER,
    PARAMETER,
    SCHEDULER,
    STRANGERS,
    TENSOR,
    ancestors,
    is_class,
    names,
)
from .values import OTHER, UNKNOWN, Value, element, instance, many, mapping

_GIVING_TENSORS = (
    "block_diag cdist chain_matmul dequantize nonzero norm tensordot unravel_index where nn.functional.logsigmoid "
    "nn.functional.sigmoid nn.functional.softsign nn.functional.tanh nn.functional.tanhshrink nn.functional.upsample "
    "nn.functional.upsample_bilinear nn.functional.upsample_nearest nn.init.constant nn.init.dirac nn.init.eye "
    "nn.init.kaiming_normal nn.init.kaiming_uniform nn.init.normal nn.init.orthogonal nn.init.sparse "
    "nn.init.uniform nn.init.xavier_normal nn.init.xavier_uniform"
)
TENSOR_FUNCTIONS = frozenset(f"torch.{name}" for name in _GIVING_TENSORS.split())
"""Functions that return a tensor as they are mostly called, though torch declares nothing, or more than that."""

SAME = frozenset(
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
_GIVING_NUMBERS = (
    "manual_seed is_tensor is_storage get_default_dtype get_default_device get_device promote_types result_type "
    "cuda.is_available cuda.device_count cuda.current_device cuda.get_device_name"
)
NUMBER_FUNCTIONS = frozenset(["torch.device", *(f"torch.{name}" for name in _GIVING_NUMBERS.split())])
"""What gives nothing of torch's that matters, though torch does not declare it."""


_GIVING_SEVERAL = (
    "topk sort kthvalue mode split split_with_sizes tensor_split chunk unbind svd qr eig slogdet meshgrid "
    "broadcast_tensors aminmax"
)
SEVERAL = frozenset(_GIVING_SEVERAL.split())
"""Functions and methods of tensors that return several tensors."""

_BY_DIMENSION = frozenset(["max", "min", "median", "nanmedian", "cummax", "cummin"])


def _several(name: str, given: Sequence[Value], keywords: Sequence[str]) -> Value:
    """Return what a function gives that returns one tensor or several; else that it is unknown.

    Args:
        name: of the function or method.
        given: what it is called with by position, without the tensor.
        keywords: the names of its other arguments.
    """
    if name in SEVERAL:
        return many(instance(TENSOR))
    if name in _BY_DIMENSION:
        is_of_dimension = "dim" in keywords or any(one.kind == "other" for one in given)
        return many(instance(TENSOR)) if is_of_dimension else UNKNOWN if given or keywords else instance(TENSOR)
    if name in ("unique", "unique_consecutive"):
        is_one = not given and not any(one.startswith("return_") for one in keywords)
        return instance(TENSOR) if is_one else UNKNOWN if given else many(instance(TENSOR))
    return UNKNOWN


_TAKING_MORE = (
    "bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor broadcast_tensors float_power meshgrid "
    "pow remainder xlogy"
)
_NOT_ONLY_OF_TENSORS = frozenset(_TAKING_MORE.split())
"""Functions that take a number or several tensors first, though methods of tensors are called as they are."""


@functools.lru_cache(maxsize=8192)
def takes_a_tensor(name: str) -> bool:
    """Return whether what a function is given first must be a tensor, so that it raises for anything else."""
    owner, _, last = name.rpartition(".")
    if owner == "torch":
        is_method = last in names().methods or last in SEVERAL or last in _BY_DIMENSION
        return last.endswith("_like") or (is_method and last not in _NOT_ONLY_OF_TENSORS)
    return owner == "torch.nn.functional" and (names().functions.get(name) == "tensor" or name in TENSOR_FUNCTIONS)


def result(name: str, arguments: Sequence[Value], keywords: Sequence[str] = ()) -> Value:
    """Return what calling the function or class `name` gives.

    Args:
        name: its qualified name.
        arguments: what it is called with by position.
        keywords: the names of its other arguments.
    """
    first = arguments[0] if arguments else UNKNOWN
    if name in SAME:
        return first
    if name == "torch.autograd.grad":
        return many(instance(TENSOR))
    if name.startswith("torch.") and name.count(".") == 1:
        several = _several(name[6:], arguments[1:], keywords)
        if several.kind != "unknown":
            return several
    kind = names().functions.get(name, "")
    if kind == "tensor" or name in TENSOR_FUNCTIONS or name == "torch.autograd.Variable":
        return instance(TENSOR)
    if kind == "number" or name in NUMBER_FUNCTIONS:
        return OTHER
    if name.startswith(("torch.fft.", "torch.special.")):
        return instance(TENSOR)
    if name in ("torch.jit.script", "torch.jit.trace", "torch.jit.load"):
        return UNKNOWN if first.kind == "name" else instance("torch.jit.ScriptModule")  # A function stays one.
    if re.match(r"torchvision\.models\.(\w+\.)*[a-z]\w*$", name) or name == "timm.create_model":
        return instance(MODULE)
    if re.match(r"transformers\.(\w+\.)*\w*Model\w*\.from_pretrained$", name):
        return instance(MODULE)
    if is_class(name) and (name.startswith("torch.") or ancestors(name)[1:]):
        return instance(name)
    return _of_stranger(name, arguments)


_GIVING_BACK = (
    "collections contextlib dataclasses functools inspect itertools multiprocessing pickle queue threading types "
    "typing yaml"
)
_HOLDING = frozenset(_GIVING_BACK.split())
"""Packages that give back what they were given, or what anybody wrote."""

_HANDING_ON = frozenset(["itertools.chain", "itertools.cycle", "itertools.islice"])


def _of_stranger(name: str, arguments: Sequence[Value]) -> Value:
    package = name.partition(".")[0]
    if arguments and arguments[0].kind == "name" and name in ("inspect.signature", "inspect.getfullargspec"):
        return Value("signature", arguments[0].name.rpartition(".")[2])
    if arguments and (name in _HANDING_ON or (package == "tqdm" and name.endswith("tqdm"))):
        given = [element(one) for one in (arguments if name == "itertools.chain" else arguments[:1])]
        return many(given[0] if all(one == given[0] for one in given) else UNKNOWN)
    return OTHER if package in STRANGERS - _HOLDING or name == "functools.partial" else UNKNOWN


_GIVING_THEMSELVES = "to cuda cpu train eval float half double bfloat16 requires_grad_ apply type share_memory"
CHAINED = frozenset(_GIVING_THEMSELVES.split())
"""Methods of Modules that return the Module itself."""

TENSOR_METHODS = {
    **dict.fromkeys(("backward", "numpy", "register_hook", "storage", "storage_offset", "stride", "tolist"), "number"),
    **dict.fromkeys(
        ("as_subclass", "new", "nonzero", "norm", "resize", "resize_as", "share_memory_", "type"), "tensor"
    ),
}
"""What methods of tensors return, though torch declares nothing, or more than that."""

MAYBE_TENSOR = Value("unknown", TENSOR)
"""What a method that only tensors have was called on, or what such a method gives: a tensor, most likely."""

_OF_TENSORS_ALONE = (
    "add_ baddbmm bmm clamp clamp_ clamp_max clamp_min contiguous copy_ div_ exp_ expand_as fill_ floor_divide "
    "gather index_add index_copy index_fill index_select log_softmax logsumexp long masked_fill masked_fill_ "
    "masked_scatter masked_select mm mul_ narrow new_empty new_full new_ones new_tensor new_zeros normal_ permute "
    "relu_ repeat_interleave reshape_as scatter_ scatter_add scatter_add_ sigmoid sigmoid_ softmax sqrt_ squeeze_ "
    "sub_ tanh_ topk tril triu type_as unsqueeze unsqueeze_ view_as zero_"
)
TENSORS_ALONE: FrozenSet[str] = frozenset(_OF_TENSORS_ALONE.split())
"""Methods that tensors have, and nothing else that is used beside them."""


def is_maybe_tensor(value: Value) -> bool:
    """Return whether a value is only most likely a tensor."""
    return value.kind == "unknown" and value.name == TENSOR


def maybe(value: Value) -> Value:
    """Return what is known of `value`, which a tensor gives, if it is given by what is a tensor most likely."""
    if value.kind == "many":
        return many(maybe(value.inner[0]))
    if value.kind == "object":
        return MAYBE_TENSOR if value.name == TENSOR else UNKNOWN
    return value


OF_MODULES: Dict[str, Value] = {
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


def method_result(name: str, receiver: Value, arguments: Sequence[Value] = (), keywords: Sequence[str] = ()) -> Value:
    """Return what calling the method `name` of an object of torch gives, as `result` does for functions."""
    chain = ancestors(receiver.name)
    if MODULE in chain:
        if name in CHAINED:
            return receiver
        if name == "__call__":
            return instance(TENSOR) if receiver.name in names().giving_tensors else UNKNOWN
        return OF_MODULES.get(name, UNKNOWN)
    if TENSOR in chain:
        kind = TENSOR_METHODS.get(name) or names().methods.get(name, "unknown")
        several = _several(name, arguments, keywords)
        return {"tensor": instance(TENSOR), "number": OTHER}.get(kind, several)
    return UNKNOWN


OF_TENSORS = {
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
        return instance(OF_TENSORS[name]) if name in OF_TENSORS else OTHER
    if MODULE in chain:
        if name in ("weight", "bias") and receiver.name != MODULE:
            return instance(PARAMETER)
        if name in ("running_mean", "running_var", "num_batches_tracked"):
            return instance(TENSOR)
        if name == "module":  # Only what wraps another has it.
            return instance(MODULE)
        return OTHER if name in ("training", "in_features", "out_features") else UNKNOWN
    if OPTIMIZER in chain and name == "param_groups":
        return many(mapping(UNKNOWN))
    return UNKNOWN


def _owned(owner: str, names: str) -> Dict[str, FrozenSet[str]]:
    return {name: frozenset({owner}) for name in names.split()}


_STORAGES = ("torch.TypedStorage", "torch.UntypedStorage")

OWNERS: Dict[str, FrozenSet[str]] = {
    **_owned(
        MODULE,
        "register_forward_hook register_forward_pre_hook register_backward_hook register_full_backward_hook "
        "register_full_backward_pre_hook register_buffer register_parameter named_parameters "
        "named_buffers named_modules named_children get_submodule set_submodule to_empty "
        "_load_from_state_dict _save_to_state_dict _register_load_state_dict_pre_hook _register_state_dict_hook "
        "_replicate_for_data_parallel _get_backward_hooks _forward_hooks _forward_pre_hooks "
        "_backward_pre_hooks _non_persistent_buffers_set _parameters _buffers _load_state_dict_pre_hooks "
        "_state_dict_hooks _named_members",
    ),
    **_owned(OPTIMIZER, "add_param_group register_step_pre_hook register_step_post_hook"),
    **_owned(
        TENSOR,
        "retain_grad register_post_accumulate_grad_hook requires_grad grad_fn retains_grad detach_ "
        "new_tensor new_zeros new_ones new_full new_empty as_subclass",
    ),
    **_owned(NODE, "next_functions register_prehook"),
    **{
        name: frozenset({MODULE, "builtins.object"})
        for name in ("get_buffer", "get_parameter", "register_module", "to")
    },
    "data_ptr": frozenset({TENSOR, *_STORAGES}),
    "share_memory_": frozenset({TENSOR, *_STORAGES}),
    "_backward_hooks": frozenset({MODULE, TENSOR}),
    "zero_grad": frozenset({MODULE, OPTIMIZER}),
    "requires_grad_": frozenset({MODULE, TENSOR}),
    "load_state_dict": frozenset({MODULE, OPTIMIZER, SCHEDULER, "torch.GradScaler"}),
    "state_dict": frozenset({MODULE, OPTIMIZER, SCHEDULER, "torch.GradScaler"}),
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
"""Arguments that such a method takes only of a Module, where other classes have one of its name."""

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


def is_offered(name: str) -> bool:
    """Return whether torch has a class or function of this qualified name, which a star import gives."""
    return is_class(name) or name in names().functions
