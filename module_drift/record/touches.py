"""The notation in which a cause says by which use of which API one meets it: `touches` in causes.toml.

docs/scanning.md explains it to who writes causes.
"""

import ast
import contextlib
import functools
import re
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Set, Tuple, Union

KINDS_OF_VALUE = ("list", "tuple", "dict", "set", "str", "lambda")
"""Displays and literals that an argument can be asked to be."""

RESULTS = ("compared", "operated", "indexed", "iterated", "called", "tested", "dropped", "kept")
"""What can be done with a result, besides that an attribute of it is used."""

Constant = Union[bool, int, float, str, None]


class Literal(NamedTuple):
    """A value as it stands in the code: a constant, or any of a kind.

    Attributes:
        constant: the value, if `kind` is empty.
        kind: one of `KINDS_OF_VALUE`, or empty.
    """

    constant: Constant = None
    kind: str = ""


class Argument(NamedTuple):
    """What a call gives, or leaves out.

    Attributes:
        name: its keyword; empty if it is given by position only.
        position: where it stands without the receiver; None if it is given by keyword only.
        absent: whether it must be left out.
        literal: the value that it must have, if that matters.
    """

    name: str
    position: Optional[int]
    absent: bool
    literal: Optional[Literal]


class Call(NamedTuple):
    """A call.

    Attributes:
        arguments: all of which must hold.
        least: how many positional arguments there must be.
    """

    arguments: Tuple[Argument, ...] = ()
    least: int = 0


class Read(NamedTuple):
    """An attribute is read, or what is named is passed on without a call."""


class Assigned(NamedTuple):
    """An attribute is set; `literal` is to what, if that matters."""

    literal: Optional[Literal] = None


class Imported(NamedTuple):
    """A module, or what is in one, is imported or reached."""


class Subclassed(NamedTuple):
    """A class derives from it.

    Attributes:
        method: the method that the class overrides; empty if any does.
        takes: parameters that the method must have, ** for all others.
        lacks: parameters that it must not have.
    """

    method: str = ""
    takes: Tuple[str, ...] = ()
    lacks: Tuple[str, ...] = ()


class Pattern(NamedTuple):
    """A shape of use.

    Attributes:
        text: as it is written in causes.toml.
        name: the qualified name; a * in it stands for letters and digits.
        use: how it is used.
        result: what is done with the result: one of `RESULTS`, a name after a dot, or empty if that does not matter.
        caught: the exception that a `try` around it must name; empty for any; None if it needs no `try`.
        unless: context managers and decorators within which it does not count.
        is_possible: whether more than the shape of the use decides.
        way: "up" or "down" if it counts on one way only; else empty.
    """

    text: str
    name: str
    use: Union[Call, Read, Assigned, Imported, Subclassed]
    result: str = ""
    caught: Optional[str] = None
    unless: Tuple[str, ...] = ()
    is_possible: bool = False
    way: str = ""


class PatternError(ValueError):
    """A text is no pattern; it says what is wrong, on one line."""


_NAME = r"[A-Za-z_]\w*"
_DOTTED = rf"{_NAME}(?:\.{_NAME})*"
_STARRED = r"[A-Za-z_]\w*(?:\*\w*)?(?:\.[A-Za-z_]\w*(?:\*\w*)?)*"
_QUOTED = r"\"[^\"\\]*\"|'[^'\\]*'"
_NUMBER = r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_LITERAL = rf"(?:True|False|None|{'|'.join(KINDS_OF_VALUE)}|{_NUMBER}|{_QUOTED})"
_CONTENT = rf"(?:{_QUOTED}|[^\"'()])*"

_WHOLE = re.compile(
    rf"""
    (?P<words>(?:(?:possible|up|down)\s+)*)
    (?:
        import\s+(?P<imported>{_STARRED})
      | class\s+(?P<based>{_STARRED})(?:\s*:\s*(?P<method>{_NAME})(?:\((?P<parameters>{_CONTENT})\))?)?
      | (?P<named>{_STARRED})(?:\((?P<arguments>{_CONTENT})\)|(?P<set>=)\s*(?P<value>{_LITERAL})?)?
    )
    (?:\s*->\s*(?P<result>\.{_NAME}|{"|".join(RESULTS)}))?
    (?P<caught>\s+in\s+try(?:\s+(?P<exception>(?!unless\b){_DOTTED}))?)?
    (?:\s+unless\s+(?P<unless>{_DOTTED}(?:\s*,\s*{_DOTTED})*))?
    """,
    re.VERBOSE,
)
_PART = re.compile(rf"(?:{_QUOTED}|[^,\"'])+")
_ARGUMENT = re.compile(rf"(?P<absent>-)?(?P<name>{_NAME})?(?:@(?P<position>\d+))?(?:\s*=\s*(?P<literal>{_LITERAL}))?")
_LEAST = re.compile(r"\+(\d+)")
_PARAMETER = re.compile(rf"(-)?(\*\*|{_NAME})")


@functools.lru_cache(maxsize=None)
def parse(text: str) -> Pattern:
    """Return the pattern that `text` writes.

    Raises:
        PatternError: it is none.
    """
    found = _WHOLE.fullmatch(text)
    if not found:
        raise PatternError(_why_none(text))
    words = found["words"].split()
    for word in words:
        if words.count(word) > 1 or {"up", "down"} <= set(words):
            raise PatternError("has a first word twice, or both up and down")
    name = found["imported"] or found["based"] or found["named"]
    if name.count("*") > 1:
        raise PatternError(f"{name} has more than one *")
    if "." not in name and not found["imported"]:
        raise PatternError(f"{name} must be a qualified name, such as torch.{name}")
    use: Union[Call, Read, Assigned, Imported, Subclassed]
    if found["imported"]:
        use = Imported()
    elif found["based"]:
        use = _subclassed(found["method"] or "", found["parameters"] or "")
    elif found["arguments"] is not None:
        use = _call(found["arguments"])
    elif found["set"]:
        use = Assigned(_literal(found["value"]))
    else:
        use = Read()
    if found["result"] and not isinstance(use, (Call, Read)):
        raise PatternError("only a call, or what is read, has a result")
    if found["caught"] and isinstance(use, Subclassed):
        raise PatternError("a class stands in no try; write the call that raises")
    return Pattern(
        text,
        name,
        use,
        found["result"] or "",
        (found["exception"] or "") if found["caught"] else None,
        tuple(one.strip() for one in (found["unless"] or "").split(",") if one.strip()),
        "possible" in words,
        next((word for word in words if word != "possible"), ""),
    )


def _call(text: str) -> Call:
    arguments: List[Argument] = []
    least = 0
    for part in _parts(text):
        number = _LEAST.fullmatch(part)
        if number:
            least = int(number[1])
            continue
        found = _ARGUMENT.fullmatch(part)
        if not found or not (found["name"] or found["position"]):
            raise PatternError(f"{part!r} is no argument; write name, name@0, @0, -name@0, name@0=False or +2")
        if found["absent"] and found["literal"]:
            raise PatternError(f"{part!r} asks for the value of what is left out")
        position = int(found["position"]) if found["position"] else None
        arguments.append(Argument(found["name"] or "", position, bool(found["absent"]), _literal(found["literal"])))
    names = [argument.name for argument in arguments if argument.name]
    if len(set(names)) < len(names):
        raise PatternError("names an argument twice")
    return Call(tuple(arguments), least)


def _subclassed(method: str, text: str) -> Subclassed:
    takes: List[str] = []
    lacks: List[str] = []
    for part in _parts(text):
        found = _PARAMETER.fullmatch(part)
        if not found:
            raise PatternError(f"{part!r} is no parameter of a method; write name, -name, ** or -**")
        (lacks if found[1] else takes).append(found[2])
    return Subclassed(method, tuple(takes), tuple(lacks))


def _parts(text: str) -> List[str]:
    if not text.strip():
        return []
    parts = [part.strip() for part in _PART.findall(text)]
    if len(parts) != len(re.sub(_QUOTED, "", text).split(",")) or not all(parts):
        raise PatternError("has a comma too many between its parentheses")
    return parts


def _literal(text: Optional[str]) -> Optional[Literal]:
    if not text:
        return None
    return Literal(kind=text) if text in KINDS_OF_VALUE else Literal(ast.literal_eval(text))


def _why_none(text: str) -> str:
    """Return what is most likely wrong with a text that is no pattern."""
    if not text.strip():
        return "is empty"
    if text != text.strip() or "\n" in text:
        return "has a space at its end, or a line break"
    result = re.search(r"->\s*([^\s()]*)", text)
    if result and not re.fullmatch(rf"\.{_NAME}|{'|'.join(RESULTS)}", result[1]):
        return f"after -> stands a name such as .item, or one of {', '.join(RESULTS)}"
    if re.search(r"\bunless\b.*\bin try\b", text):
        return "in try comes before unless"
    if re.search(r"->.*\)", text) or text.count("(") != text.count(")") or text.count("(") > 1:
        return "has one pair of parentheses, and -> after it"
    return "is no pattern"


def patterns_of(cause: Dict[str, Any]) -> List[Pattern]:
    """Return the patterns of a cause, without those that are none: `checks` tells whoever mends them."""
    found = []
    for text in cause.get("touches", ()):
        with contextlib.suppress(PatternError):
            found.append(parse(text))
    return found


def names(causes: Iterable[Dict[str, Any]]) -> Set[str]:
    """Return the qualified names of all that causes touch, without those that have a * for many."""
    return {pattern.name for cause in causes for pattern in patterns_of(cause) if "*" not in pattern.name}
