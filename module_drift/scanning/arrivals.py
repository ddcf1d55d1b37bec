"""Since when torch has what code often asks for, besides what the record tells."""

from typing import Dict, Optional

from ..record.release import Release
from .torch_names import public
from .values import VAGUE, Guard, Range

_EVER = Release(1, 0, 0)

# Each was asked of the release before and of this one, by hasattr and by an import, which agree: what a release has
# only once it is imported, such as torch.fx, is not here.
_SINCE: Dict[str, Release] = {
    **dict.fromkeys(
        ("torch.cuda", "torch.jit", "torch.nn", "torch.optim", "torch.distributed", "torch.no_grad"), _EVER
    ),
    "torch.quantization": Release(1, 3, 0),
    "torch.cuda.amp": Release(1, 5, 0),
    "torch.linalg": Release(1, 7, 0),
    "torch.inference_mode": Release(1, 9, 0),
    "torch.autocast": Release(1, 10, 0),
    "torch.backends.mps": Release(1, 12, 0),
    "torch.set_float32_matmul_precision": Release(1, 12, 0),
    "torch.compile": Release(2, 0, 0),
    "torch.func": Release(2, 0, 0),
    "torch.nn.functional.scaled_dot_product_attention": Release(2, 0, 0),
    "torch.optim.lr_scheduler.LRScheduler": Release(2, 0, 0),
    "torch.compiler": Release(2, 1, 0),
    "torch.amp.GradScaler": Release(2, 3, 0),
    "torch.serialization.add_safe_globals": Release(2, 4, 0),
}


def since(name: str) -> Optional[Release]:
    """Return the release that brought what has this qualified name, which all later ones have; None if unknown."""
    return _SINCE.get(public(name))


def presence(*names: str) -> Guard:
    """Return what it says of the release that one of these qualified names is there."""
    known = next(filter(None, map(since, names)), None)
    if known is None:
        is_of_torch = any(name.startswith("torch.") for name in names)
        return VAGUE._replace(present=names) if is_of_torch else Guard(present=names)
    return Guard(Range(low=known), Range(high=known if known > _EVER else Range().low), present=names)
