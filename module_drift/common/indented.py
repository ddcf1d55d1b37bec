"""Writes JSON with an indent as `json` does, whose own way to do so takes most of the time of a long answer."""

import json
from typing import Any, List


def indented(data: Any, around: str = "\n") -> str:
    """Return `json.dumps(data, indent=2)`, for data of dicts with texts as keys, lists, texts, numbers and such.

    Args:
        data: what is written.
        around: the end of a line, and what stands before a line of that which `data` is in.
    """
    if not isinstance(data, (dict, list, tuple)) or not data:
        return json.dumps(data)
    inner = f"{around}  "
    first, last = "{}" if isinstance(data, dict) else "[]"
    values = data.values() if isinstance(data, dict) else data
    if not any(isinstance(one, (dict, list, tuple)) for one in values):  # Then the encoder in C writes it at once.
        text = json.dumps(data, separators=(f",{inner}", ": "))
        return f"{first}{inner}{text[1:-1]}{around}{last}"
    parts: List[str] = []
    if isinstance(data, dict):
        parts = [f"{json.dumps(key)}: {indented(value, inner)}" for key, value in data.items()]
    else:
        parts = [indented(value, inner) for value in data]
    return f"{first}{inner}{f',{inner}'.join(parts)}{around}{last}"
