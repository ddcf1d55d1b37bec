"""The names of torch without importing it: which spellings are one thing, and what a class derives from."""

import functools
import json
import re
from pathlib import Path
from typing import Dict, FrozenSet, NamedTuple, Optional, Tuple

from ..common import files

MODULE, TENSOR, PARAMETER = "torch.nn.Module", "torch.Tensor", "torch.nn.Parameter"
OPTIMIZER, SCHEDULER, NODE = (
    "torch.optim.Optimizer",
    "torch.optim.lr_scheduler.LRScheduler",
    "torch.autograd.graph.Node",
)
HANDLE = "torch.utils.hooks.RemovableHandle"

DATA = Path(__file__).with_name("torch_names.json")
"""What `python -m tools.torch_names` wrote of one torch."""

_LARGEST = 1024 * 1024


class Names(NamedTuple):
    """What is known of one torch.

    Attributes:
        torch: its release.
        classes: each class, with those that it derives from, the nearest first.
        aliases: other spellings of a class or function, with the most public one.
        functions: functions that return a "tensor", a "number" or what else is nothing of torch, or what is "unknown".
        methods: likewise those of a tensor.
        giving_tensors: Modules of which a call gives a tensor.
    """

    torch: str
    classes: Dict[str, Tuple[str, ...]]
    aliases: Dict[str, str]
    functions: Dict[str, str]
    methods: Dict[str, str]
    giving_tensors: FrozenSet[str]


@functools.lru_cache(maxsize=1)
def names() -> Names:
    """Return what is known of the torch that the data was written of.

    Raises:
        InputError: the file is gone, or no such data.
    """
    data = json.loads(files.read(DATA, "install module-drift anew", _LARGEST))
    functions, methods = (
        {name: kind for kind, text in data[key].items() for name in text.split()} for key in ("functions", "methods")
    )
    classes = {name: tuple(text.split()) for name, text in data["classes"].items()}
    giving = frozenset(data["giving_tensors"].split())
    return Names(data["torch"], classes, data["aliases"], functions, methods, giving)


_MOVED = [
    (re.compile(pattern), to)
    for pattern, to in (
        (r"torch\.nn\.modules\.(?:\w+\.)?([A-Z]\w*)", r"torch.nn.\1"),
        (r"torch\.optim\.(?!lr_scheduler|swa_utils)\w+\.([A-Z]\w*)", r"torch.optim.\1"),
        (r"torch\.optim\.lr_scheduler\._LRScheduler", SCHEDULER),
        (r"torch\.(?:tensor\.Tensor|_C\._?TensorBase)", TENSOR),
        (r"torch\.autograd\.variable\.Variable", "torch.autograd.Variable"),
    )
]
"""Where releases keep what the data does not know, and what is one thing to whoever uses it."""


@functools.lru_cache(maxsize=65536)
def public(name: str) -> str:
    """Return the most public spelling of a qualified name; members of a class keep theirs."""
    if not name.startswith("torch."):
        return name
    known = names()
    for pattern, to in _MOVED:
        found = pattern.match(name)
        if found and name[found.end() : found.end() + 1] in ("", ".") and found[0] not in known.classes:
            spelling = found.expand(to)
            return known.aliases.get(spelling, spelling) + name[found.end() :]
    owner, rest = name, ""
    while "." in owner:
        if owner in known.aliases:
            return known.aliases[owner] + rest
        owner, _, last = owner.rpartition(".")
        rest = f".{last}{rest}"
    return name


_BASES: Dict[str, Tuple[str, ...]] = {
    "torch.autograd.Variable": (TENSOR,),
    "torch.nn.NLLLoss2d": ("torch.nn.NLLLoss", MODULE),
    "torch.nn.utils.parametrize.ParametrizationList": ("torch.nn.ModuleList", MODULE),
    "pytorch_lightning.LightningModule": (MODULE,),
    "pytorch_lightning.core.LightningModule": (MODULE,),
    "lightning.LightningModule": (MODULE,),
    "lightning.pytorch.LightningModule": (MODULE,),
    "transformers.PreTrainedModel": (MODULE,),
    "transformers.modeling_utils.PreTrainedModel": (MODULE,),
    "pytorch_lightning.core.lightning.LightningModule": (MODULE,),
    "pytorch_lightning.core.module.LightningModule": (MODULE,),
    "lightning.pytorch.core.LightningModule": (MODULE,),
    "lightning.pytorch.core.module.LightningModule": (MODULE,),
    "torch.distributed.fsdp.FullyShardedDataParallel": (MODULE,),
    "torch.distributed.fsdp.fully_sharded_data_parallel.FullyShardedDataParallel": (MODULE,),
    "torch.distributed.optim.ZeroRedundancyOptimizer": (OPTIMIZER,),
    "torch.distributed.tensor.DTensor": (TENSOR,),
    "torch.distributed._tensor.DTensor": (TENSOR,),
    "apex.parallel.DistributedDataParallel": (MODULE,),
    "sentence_transformers.SentenceTransformer": (MODULE,),
    "transformers.AdamW": (OPTIMIZER,),
    "transformers.Adafactor": (OPTIMIZER,),
    "transformers.optimization.AdamW": (OPTIMIZER,),
    "transformers.optimization.Adafactor": (OPTIMIZER,),
    "mmcv.runner.BaseModule": (MODULE,),
    "mmengine.model.BaseModule": (MODULE,),
}
"""Classes of other packages and releases, and those whose objects are of another class."""

_LIKE = (
    (
        re.compile(r"torch\.(?:cuda\.|sparse\.)?(?:Float|Double|Half|BFloat16|Byte|Char|Short|Int|Long|Bool)Tensor"),
        TENSOR,
    ),
    (re.compile(r"torch\.nn\.(?:modules\.\w+\.|quantized\.|qat\.|intrinsic\.)?_?[A-Z]\w*"), MODULE),
    (re.compile(r"torch\.optim\.lr_scheduler\._*[A-Z]\w*"), SCHEDULER),
    (re.compile(r"torch\.optim\.[A-Z]\w*"), OPTIMIZER),
    (re.compile(r"torchvision\.models\.(\w+\.)*[A-Z]\w*"), MODULE),
    (re.compile(r"(torch_geometric|dgl)\.(nn|\w+\.conv)\.(\w+\.)*[A-Z]\w*"), MODULE),
    (re.compile(r"gpytorch\.(models|kernels|likelihoods|means|mlls|variational|priors)\.(\w+\.)*[A-Z]\w*"), MODULE),
    (re.compile(r"(timm\.models|monai\.networks|einops\.layers\.torch|bitsandbytes\.nn)\.(\w+\.)*[A-Z]\w*"), MODULE),
    (re.compile(r"(transformer_engine\.pytorch|torchmetrics|segmentation_models_pytorch)\.(\w+\.)*[A-Z]\w*"), MODULE),
    (re.compile(r"(apex\.optimizers|bitsandbytes\.optim|torch_optimizer)\.(\w+\.)*[A-Z]\w*"), OPTIMIZER),
    (re.compile(r"transformers\.(\w+\.)*[A-Z]\w*(Model|ForPreTraining|LMHeadModel|For[A-Z]\w*)"), MODULE),
)
"""What classes that nothing else is known of derive from, by the first spelling that fits."""

_CLASS = re.compile(r"_*[A-Z]\w*")


@functools.lru_cache(maxsize=65536)
def ancestors(name: str) -> Tuple[str, ...]:
    """Return a class and those of torch that it derives from, the nearest first; only itself if no more is known."""
    return (name, *(_bases(name) or ()))


def _bases(name: str) -> Optional[Tuple[str, ...]]:
    if name in _BASES:
        return _BASES[name]
    typed, root = _LIKE[0]
    if typed.fullmatch(name):
        return (root,)
    if name in names().classes:
        return names().classes[name]
    return next(((root,) for pattern, root in _LIKE if pattern.fullmatch(name)), None)


@functools.lru_cache(maxsize=256)
def kinds_of(name: str) -> Tuple[str, ...]:
    """Return the public classes that derive from a private one, of which objects are none themselves."""
    if "._" not in name:
        return ()
    return tuple(one for one, bases in names().classes.items() if name in bases and "._" not in one)


@functools.lru_cache(maxsize=65536)
def is_class(name: str) -> bool:
    """Return whether a qualified name is that of a class, as far as it is known or its spelling tells."""
    known = names()
    return name in known.classes or (
        name not in known.functions and _CLASS.fullmatch(name.rpartition(".")[2]) is not None
    )


def is_strange(name: str) -> bool:
    """Return whether a qualified name is of a package that has nothing of torch's."""
    return name.partition(".")[0] in STRANGERS


def is_known(name: str) -> bool:
    """Return whether it is known what the class derives from, so that it is none but those."""
    return _bases(name) is not None or is_strange(name)


_STRANGE = (
    "numpy keras tensorflow jax flax sklearn pandas scipy cv2 PIL matplotlib os sys re json pickle io "
    "collections math random time pathlib logging argparse itertools subprocess shutil typing dataclasses abc "
    "copy string csv glob threading multiprocessing datetime warnings contextlib functools mxnet paddle tqdm "
    "yaml requests click tinygrad cupy h5py zipfile tarfile tempfile unittest socket ast inspect types enum "
    "queue mindspore oneflow jittor megengine micrograd chainer mlx haiku equinox"
)
STRANGERS: FrozenSet[str] = frozenset(_STRANGE.split())
"""Packages whose classes and results are none of torch's."""

RIVALS = frozenset(
    ["tinygrad", "micrograd", "oneflow", "jittor", "megengine", "minitorch", "needle", "mxnet", "paddle"]
)
"""Packages whose classes have methods called as torch's are."""
