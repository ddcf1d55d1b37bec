"""How torch names the run's own device in what it prints and says: as the CPU is named where a case runs on that."""

import functools
import re
from typing import List, Tuple

_THE_CPU_ITSELF = re.compile(r"\bcpu\b")


def as_on_the_cpu(text: str, device: str, number: int) -> str:
    """Return `text` with the run's own device named as the CPU is in a run on the CPU, which its goldens are held to.

    Args:
        text: what was printed, or a message.
        device: the type of the run's device, such as "xla".
        number: which of them it is.
    """
    names, plain = _names(device, number)
    for pattern, name in names:
        text = pattern.sub(name, text)
    # Where a line tells of both, the two stay apart.
    return text if _THE_CPU_ITSELF.search(text) else plain.sub("cpu", text)


@functools.lru_cache(maxsize=None)
def _names(device: str, number: int) -> Tuple[List[Tuple["re.Pattern[str]", str]], "re.Pattern[str]"]:
    kind = re.escape(device)
    backend = rf"(?:{kind.upper()}|{kind.capitalize()}|PrivateUse1)"
    forms = {
        # Behind a size, as in the repr of a ParameterList; torch says so of CUDA alone by another word.
        rf" \((?:GPU {number}|{kind}:{number})\)": "",
        rf", device='{kind}(?::{number})?'": "",
        rf"\btorch\.{kind}\.(?=\w*(?:Tensor|Storage)\b)": "torch.",
        rf"(?<=\[){backend}([A-Z][A-Za-z0-9]*)Type\b": r"torch.\1Tensor",
        rf"\bdevice\(type='{kind}'(?:, index={number})?\)": "device(type='cpu')",
        rf"\b{backend}(?=[A-Z][A-Za-z0-9]*Type\b)": "CPU",
    }
    plain = rf"\b{kind}:{number}\b"
    return [(re.compile(form), name) for form, name in forms.items()], re.compile(plain)
