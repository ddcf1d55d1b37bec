"""Reads the one form in which goldens are written, dozens of times faster than a parser of YAML.

What is read here is what YAML would read, and valid. A text that is not exactly of that form is left to YAML, and so
is whatever in it would take thought.
"""

import json
import re
from typing import Any, Dict, List, Optional

from .devices import DEVICE
from .release import MODE

_DEEPEST = 90
"""Levels of lists in an entry of numbers; more are left to who says that there are too many."""

_TEXT = re.compile(r"[\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]*")
"""Without tabs, controls, ends of lines of other kinds, and what is always written escaped."""

_PLAIN = r"(?:[A-Za-z_(<]|(?:[A-Za-z_(<]|[0-9]+(?: |-(?=[A-Za-z])))[\w .()<>=+/*;~^$'-]*[\w)>])"
_DOUBLE = r'"(?:[^"\\\n]|\\[^\n])*"'
_STRING = rf"(?:'(?:[^'\n]|'')*'|{_DOUBLE}|{_PLAIN})"
_LINES = rf"(?:'(?:[^'\n]|''|(?<! )\n\n+  (?![ \n]))*'|{_DOUBLE}|{_PLAIN})"
"""A string, which in single quotes may be of several lines."""

_FOLD = re.compile(r"\n(\n+)  ")
_VERSION = r"[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}(?:(?:a|b|rc|\.post|\.dev)[0-9]{1,8})?"
_BEGINNING = (
    rf"recorded: {{torch: ({_VERSION}), python: ({_VERSION}\+?), device: ({DEVICE}), "
    rf"platform: ([a-z]+-[\w-]*\w)(?:, mode: ({MODE}))?}}\n"
    r"cause: ([a-z][a-z0-9]*(?:-[a-z0-9]+)*)\n"
)
_HEAD = re.compile(_BEGINNING, re.ASCII)
_FORM = re.compile(
    rf"{_BEGINNING}"
    rf"printed: (?:\|(2?[+-]?)\n((?:(?:  [^\n]*[^ \n])?\n)+)|({_STRING})\n)"
    r"numbers:(?: \[\]\n|\n((?:- \[[^\n]*\]\n)+))"
    rf"warned:(?: \[\]\n|\n((?:- {_LINES}\n)+))"
    rf"raised: ({_LINES})\n"
    rf"absent: ({_LINES})\n",
    re.ASCII,
)
_WORD = r"(?:[a-z]+[0-9][a-z0-9_]*|bool)"
_ITEM = rf"\[*(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:e[+-][0-9]+)?)?|-?\.inf|\.nan|true|false|null|{_WORD}|\[\])\]*"
_ENTRY = re.compile(rf"\[({_STRING}), ({_ITEM}(?:, {_ITEM})*)\]", re.ASCII)
_IN_WORDS = re.compile(_WORD)

_NOT_NUMBERS = re.compile(r'null|[a-z0-9]"(?!:)')
_NOT_TEXT = {"null", "yes", "no", "true", "false", "on", "off"}
_ESCAPE = re.compile(r"\\(x[0-9A-F]{2}|u[0-9A-F]{4}|U[0-9A-F]{8}|.)")
_ESCAPED = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "t": "\t",
    "n": "\n",
    "v": "\v",
    "f": "\f",
    "r": "\r",
    "e": "\x1b",
    '"': '"',
    "\\": "\\",
    "N": "\x85",
    "_": "\xa0",
    "L": "\u2028",
    "P": "\u2029",
}


def read(text: str) -> Optional[Dict[str, Any]]:
    """Return the content of a golden's `text`, or None if it is not of the form in which goldens are written."""
    found = _FORM.fullmatch(text) if _TEXT.fullmatch(text) else None
    if found is None:
        return None
    torch, python, device, platform, mode, cause, hints, block, printed, numbers, warned, raised, absent = (
        found.groups()
    )
    if device in _NOT_TEXT:
        return None
    try:
        return {
            "recorded": {
                "torch": torch,
                "python": python,
                "device": device,
                "platform": platform,
                **({"mode": mode} if mode else {}),
            },
            "cause": _string_or_none(cause),
            "printed": _string(printed) if block is None else _block(hints, block),
            "numbers": _entries(_items(numbers)),
            "warned": [_string(line) for line in _items(warned)],
            "raised": _string_or_none(raised),
            "absent": _string_or_none(absent),
        }
    except (LookupError, ValueError):
        return None


def read_cause(text: str) -> Optional[str]:
    """Return the cause in a golden's `text`, "" where it has none; or None if the text does not begin as usual."""
    found = _HEAD.match(text)
    if found is None or (found.group(6) in _NOT_TEXT and found.group(6) != "null"):
        return None
    return _string_or_none(found.group(6)) or ""


def _items(lines: Optional[str]) -> List[str]:
    return lines[2:-1].split("\n- ") if lines else []


def _string(written: str) -> str:
    if written[0] == "'":
        return _FOLD.sub(r"\1", written[1:-1].replace("''", "'"))
    if written[0] == '"':
        return _ESCAPE.sub(_unescape, written[1:-1])
    if written.lower() in _NOT_TEXT or written == "<<":
        raise ValueError(written)
    return written


def _string_or_none(written: str) -> Optional[str]:
    return None if written == "null" else _string(written)


def _unescape(escape: "re.Match[str]") -> str:
    code = escape.group(1)
    if len(code) == 1:
        return _ESCAPED[code]
    number = int(code[1:], 16)
    if 0xD800 <= number <= 0xDFFF:
        raise ValueError(code)
    return chr(number)


def _block(hints: str, lines: str) -> str:
    """Return the text of a literal block: hint "2" says that it begins with blanks, "-" and "+" how it ends."""
    if ("2" in hints) != (lines[0] == "\n" or lines[2] == " "):
        raise ValueError(hints)
    if ("+" in hints) != (lines[-2:] in ("\n\n", "\n")):
        raise ValueError(hints)
    text = f"\n{lines}".replace("\n  ", "\n")[1:]
    return text[:-1] if "-" in hints else text


def _entries(lines: List[str]) -> List[List[Any]]:
    if not lines:
        return []
    labels, rests = [], []
    for line in lines:
        found = _ENTRY.fullmatch(line)
        if found is None:
            raise ValueError(line)
        label, rest = found.groups()
        if rest.count("[") > _DEEPEST and _depth(rest) > _DEEPEST:
            raise ValueError(line)
        labels.append(_string(label))
        rests.append(rest)
    # Numbers and brackets are written as in JSON, of which there is a fast reader. Each under a key of its own, so that
    # brackets that one entry lacks are not those that another has too many.
    joined = ", ".join([f'"{i}": [{rest}]' for i, rest in enumerate(rests)])
    joined = _IN_WORDS.sub(r'"\g<0>"', joined).replace(".inf", "Infinity").replace(".nan", "NaN")
    entries: List[List[Any]] = list(json.loads(f"{{{joined}}}").values())
    for entry in entries:
        if len(entry) > 2:
            raise ValueError(entry)
        if len(entry) == 2:
            _check_dtypes(*entry)
    if _NOT_NUMBERS.search(joined):
        _check_values([entry[0] for entry in entries])
    return [[label, *entry] for label, entry in zip(labels, entries)]


def _depth(brackets: str) -> int:
    depth = deepest = 0
    for part in brackets.split("["):
        deepest = max(deepest, depth)
        depth += 1 - part.count("]")
    return deepest


def _check_values(values: Any) -> None:
    for value in values if isinstance(values, list) else [values]:
        if isinstance(value, list):
            _check_values(value)
        elif value is None or isinstance(value, str):
            raise ValueError(value)


def _check_dtypes(values: Any, dtypes: Any) -> None:
    if isinstance(dtypes, list):
        if not isinstance(values, list) or len(values) != len(dtypes):
            raise ValueError(dtypes)
        for value, dtype in zip(values, dtypes):
            _check_dtypes(value, dtype)
    elif dtypes is not None and not isinstance(dtypes, str):
        raise ValueError(dtypes)
