"""The names of APIs: which one a person means, and which ones a cause touches."""

import re
from typing import Any, Dict, Iterable, List, Set

from ..record import touches
from ..record.touches import Subclassed
from .torch_names import ancestors, is_class
from .torch_names import public as public_name
from .uses import owned


def canonical(name: str) -> str:
    """Return the one name of an API of torch by which `Uses` knows it, such as that of the class that has a method."""
    name = public_name(name)
    owner, _, member = name.rpartition(".")
    return owned(ancestors(owner), member) if is_class(owner) else name


_OPTIMIZERS = re.compile(r"Optimizer|SGD|ASGD|LBFGS|Rprop|RMSprop|N?R?Ada[a-z]*W?|SparseAdam|Adamax|Adafactor|Muon")


def spellings(text: str) -> List[str]:
    """Return the names under which an API may be known that a person calls `text`, the likeliest first.

    Such as torch.nn.Linear for torch.nn.modules.linear.Linear, and torch.nn.Module.zero_grad for nn.Linear.zero_grad.
    """
    first, _, rest = text.partition(".")
    full = text if first == "torch" else f"torch.nn.functional.{rest}" if first == "F" and rest else f"torch.{text}"
    if rest and first[:1].isupper() and first not in ("F", "Tensor"):
        full = f"torch.{'optim' if _OPTIMIZERS.fullmatch(first) else 'nn'}.{text}"
    return list(dict.fromkeys([text, public_name(full), canonical(full)]))


def touched(cause: Dict[str, Any]) -> Set[str]:
    """Return the names of the APIs that a cause touches; one with a * is of all whose names fit."""
    found = set()
    for pattern in touches.patterns_of(cause):
        use = pattern.use
        method = use.method if isinstance(use, Subclassed) else ""
        found.add(public_name(f"{pattern.name}.{method}" if method else pattern.name))
    return found


def chosen(text: str, known: Iterable[Iterable[str]]) -> List[str]:
    """Return which of `known` somebody means who writes `text`: those of this name, or if none is, but for its case."""
    names = {name for some in known for name in some}
    whole = {name for name in names if "*" not in name}
    starred = [name for name in names if "*" in name]
    for spelling in spellings(text):
        found = [name for name in whole if f".{name}".endswith(f".{spelling}")]
        if not found and any(_fits(name, spelling) for name in starred):
            found = [spelling]
        if found:
            return sorted(found)
    return sorted(name for name in whole if f".{name}".lower().endswith(f".{text}".lower()))


def is_of(api: str, names: Iterable[str]) -> bool:
    """Return whether one of `names` is that of an API, or of a member of it."""
    return any(name == api or name.startswith(f"{api}.") or ("*" in name and _fits(name, api)) for name in names)


def _fits(starred: str, name: str) -> bool:
    """Return whether a name with a * stands for `name`, or for a member of it."""
    parts, given = starred.split("."), name.split(".")
    return len(given) <= len(parts) and all(
        re.fullmatch(re.escape(part).replace(r"\*", r"\w*"), one) for part, one in zip(parts, given)
    )
