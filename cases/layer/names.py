"""Section "Layer": which names, public and private, the classes and modules around torch.nn have of their own."""

import ast
import importlib
import inspect
import pkgutil
import types
from importlib.machinery import SOURCE_SUFFIXES

from module_drift.case import cases

CLASSES = {
    "adam": "torch.optim.Adam",
    "autograd-function": "torch.autograd.Function",
    "base-pruning-method": "torch.nn.utils.prune.BasePruningMethod",
    "batch-norm-base": "torch.nn.modules.batchnorm._BatchNorm",
    "buffer": "torch.nn.Buffer",
    "conv-base": "torch.nn.modules.conv._ConvNd",
    "conv-transpose-base": "torch.nn.modules.conv._ConvTransposeNd",
    "conv2d": "torch.nn.Conv2d",
    "cuda-grad-scaler": "torch.cuda.amp.GradScaler",
    "data-parallel": "torch.nn.DataParallel",
    "distributed-data-parallel": "torch.nn.parallel.DistributedDataParallel",
    "dropout-base": "torch.nn.modules.dropout._DropoutNd",
    "embedding": "torch.nn.Embedding",
    "embedding-bag": "torch.nn.EmbeddingBag",
    "grad-scaler": "torch.amp.GradScaler",
    "instance-norm-base": "torch.nn.modules.instancenorm._InstanceNorm",
    "lazy-module-mixin": "torch.nn.modules.lazy.LazyModuleMixin",
    "linear": "torch.nn.Linear",
    "linear-with-bias": "torch.nn.modules.linear._LinearWithBias",
    "loss-base": "torch.nn.modules.loss._Loss",
    "lr-scheduler": "torch.optim.lr_scheduler.LRScheduler",
    "lr-scheduler-of-old": "torch.optim.lr_scheduler._LRScheduler",
    "lstm": "torch.nn.LSTM",
    "module": "torch.nn.Module",
    "module-dict": "torch.nn.ModuleDict",
    "module-list": "torch.nn.ModuleList",
    "multihead-attention": "torch.nn.MultiheadAttention",
    "norm-base": "torch.nn.modules.batchnorm._NormBase",
    "optimizer": "torch.optim.Optimizer",
    "packed-sequence": "torch.nn.utils.rnn.PackedSequence",
    "parameter": "torch.nn.Parameter",
    "parameter-dict": "torch.nn.ParameterDict",
    "parameter-list": "torch.nn.ParameterList",
    "parametrization-list": "torch.nn.utils.parametrize.ParametrizationList",
    "removable-handle": "torch.utils.hooks.RemovableHandle",
    "rnn-base": "torch.nn.RNNBase",
    "rnn-cell-base": "torch.nn.RNNCellBase",
    "sequential": "torch.nn.Sequential",
    "sgd": "torch.optim.SGD",
    "sync-batch-norm": "torch.nn.SyncBatchNorm",
    "tensor": "torch.Tensor",
    "transformer": "torch.nn.Transformer",
    "transformer-decoder": "torch.nn.TransformerDecoder",
    "transformer-decoder-layer": "torch.nn.TransformerDecoderLayer",
    "transformer-encoder": "torch.nn.TransformerEncoder",
    "transformer-encoder-layer": "torch.nn.TransformerEncoderLayer",
    "uninitialized-parameter": "torch.nn.UninitializedParameter",
    "weighted-loss-base": "torch.nn.modules.loss._WeightedLoss",
}

BASES = {
    "batch-norm": "torch.nn.BatchNorm1d",
    "conv2d": "torch.nn.Conv2d",
    "conv-transpose2d": "torch.nn.ConvTranspose2d",
    "cuda-grad-scaler": "torch.cuda.amp.GradScaler",
    "data-parallel": "torch.nn.DataParallel",
    "distributed-data-parallel": "torch.nn.parallel.DistributedDataParallel",
    "instance-norm": "torch.nn.InstanceNorm1d",
    "lr-scheduler-of-old": "torch.optim.lr_scheduler._LRScheduler",
    "lr-scheduler-by-plateaus": "torch.optim.lr_scheduler.ReduceLROnPlateau",
    "module-list": "torch.nn.ModuleList",
    "multihead-attention": "torch.nn.MultiheadAttention",
    "parameter": "torch.nn.Parameter",
    "parameter-list": "torch.nn.ParameterList",
    "tensor": "torch.Tensor",
    "tensor-base": "torch._C._TensorBase",
    "uninitialized-parameter": "torch.nn.UninitializedParameter",
}

MODULES = {
    "nn-functional": "torch.nn.functional",
    "nn-grad": "torch.nn.grad",
    "nn-init": "torch.nn.init",
    "nn-parameter": "torch.nn.parameter",
    "nn-reduction": "torch.nn._reduction",
    "of-activations": "torch.nn.modules.activation",
    "of-batch-norm": "torch.nn.modules.batchnorm",
    "of-containers": "torch.nn.modules.container",
    "of-convolutions": "torch.nn.modules.conv",
    "of-lazy-modules": "torch.nn.modules.lazy",
    "of-linear-layers": "torch.nn.modules.linear",
    "of-module": "torch.nn.modules.module",
    "of-normalisations": "torch.nn.modules.normalization",
    "of-recurrent-layers": "torch.nn.modules.rnn",
    "of-transformers": "torch.nn.modules.transformer",
    "of-utilities-of-modules": "torch.nn.modules.utils",
    "of-cuda-grad-scaler": "torch.cuda.amp.grad_scaler",
    "of-grad-scaler": "torch.amp.grad_scaler",
    "optim-functional": "torch.optim._functional",
    "optim-lr-scheduler": "torch.optim.lr_scheduler",
    "optim-optimizer": "torch.optim.optimizer",
    "optim-swa-utils": "torch.optim.swa_utils",
    "parallel-comm": "torch.nn.parallel.comm",
    "parallel-data-parallel": "torch.nn.parallel.data_parallel",
    "parallel-distributed": "torch.nn.parallel.distributed",
    "parallel-functions": "torch.nn.parallel._functions",
    "parallel-replicate": "torch.nn.parallel.replicate",
    "parallel-scatter-gather": "torch.nn.parallel.scatter_gather",
    "six": "torch._six",
    "tensor-of-python": "torch._tensor",
    "utils": "torch._utils",
    "utils-clip-grad": "torch.nn.utils.clip_grad",
    "utils-fusion": "torch.nn.utils.fusion",
    "utils-hooks": "torch.utils.hooks",
    "utils-init": "torch.nn.utils.init",
    "utils-memory-format": "torch.nn.utils.memory_format",
    "utils-parametrizations": "torch.nn.utils.parametrizations",
    "utils-parametrize": "torch.nn.utils.parametrize",
    "utils-prune": "torch.nn.utils.prune",
    "utils-rnn": "torch.nn.utils.rnn",
    "utils-spectral-norm": "torch.nn.utils.spectral_norm",
    "utils-stateless": "torch.nn.utils.stateless",
    "utils-weight-norm": "torch.nn.utils.weight_norm",
}

PACKAGES = {
    "amp": "torch.amp",
    "cuda-amp": "torch.cuda.amp",
    "nn": "torch.nn",
    "nn-modules": "torch.nn.modules",
    "nn-parallel": "torch.nn.parallel",
    "nn-utils": "torch.nn.utils",
    "optim": "torch.optim",
}


@cases("layer/names-in-class-{name}", name=CLASSES, needs="{name}", only="cpu")
def names_in_class(show, device, name):
    """The class {name} defines these names itself, beside those that Python gives a meaning to."""
    _show_names(show, vars(_class(name)))


@cases(
    "layer/names-in-class-{name}",
    name={
        "spectral-norm": "torch.nn.utils.spectral_norm.SpectralNorm",
        "weight-norm": "torch.nn.utils.weight_norm.WeightNorm",
    },
    only="cpu",
)
def names_in_class_of_a_hook(show, device, name):
    """The class {name} defines these names itself; its module has the name of a function."""
    _show_names(show, vars(_class(name)))


@cases("layer/bases-of-{name}", name=BASES, needs="{name}", only="cpu")
def bases(show, device, name):
    """The class {name} has this name and these bases, in the order in which Python looks for a method."""
    for each in _class(name).__mro__:
        show("is a" if each is not object else "at last", f"{each.__module__}.{each.__qualname__}")


@cases("layer/names-in-module-{name}", name=MODULES, needs="{name}", only="cpu")
def names_in_module(show, device, name):
    """The module {name} defines these names itself; what it imports is not among them."""
    module = importlib.import_module(name)
    bound = set(_bound(ast.parse(inspect.getsource(module)).body))
    _show_names(show, [key for key, value in vars(module).items() if key in bound or _is_of(value, name)])


@cases("layer/names-in-package-{name}", name=PACKAGES, needs="{name}", only="cpu")
def names_in_package(show, device, name):
    """The package {name} has these modules, and offers these functions and classes that are defined below it."""
    package = importlib.import_module(name)
    modules = [key for _, key, _ in pkgutil.iter_modules(package.__path__) if _is_of_python(package, key)]
    _show_names(show, modules, "module ")
    _show_names(show, [key for key, value in vars(package).items() if _is_below(value, name)])


def _class(name):
    module, _, kind = name.rpartition(".")
    return getattr(importlib.import_module(module), kind)


def _show_names(show, names, what=""):
    """Show names without two underscores, by their first letter: a line is short, and a change touches few lines."""
    by_label = {}
    for name in sorted(names, key=lambda name: (name.startswith("_"), name.lstrip("_").lower(), name)):
        if not name.startswith("__"):
            kind = "private" if name.startswith("_") else "public"
            by_label.setdefault(f"{what}{kind} {name.lstrip('_')[:1].lower()}", []).append(name)
    for label, names_of_letter in by_label.items():
        show(label, *names_of_letter)
    if not by_label:
        show(f"{what}names", "none")


def _bound(statements):
    """Yield the names that `statements` of a module bind, other than by importing."""
    for statement in statements:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            yield statement.name
            continue
        targets = getattr(statement, "targets", [getattr(statement, "target", None)])
        for node in [node for target in targets if target is not None for node in ast.walk(target)]:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id
        for block in ("body", "orelse", "finalbody", "handlers"):
            yield from _bound(getattr(statement, block, []))


def _is_of(value, name):
    """Return whether `value` is a function or class of the module `name`."""
    return isinstance(value, (types.FunctionType, type)) and value.__module__ == name


def _is_below(value, name):
    """Return whether `value` is a function or class of the package `name` or a module in it."""
    return isinstance(value, (types.FunctionType, type)) and f"{value.__module__}.".startswith(f"{name}.")


def _is_of_python(package, name):
    """Return whether the module `name` of a package is written in Python, and so the same on all platforms."""
    (spec,) = [found for each in package.__path__ if (found := pkgutil.get_importer(each).find_spec(name))]
    return spec.origin.endswith(tuple(SOURCE_SUFFIXES))
