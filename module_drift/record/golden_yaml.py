"""The YAML of goldens: every way in which a text can be none of them, and the one form in which they are written."""

import functools
import re
from pathlib import Path
from typing import Any, Dict, Optional

import fastjsonschema
import yaml

from ..common.errors import InputError
from .devices import DEVICE
from .golden_nesting import nests_deeper
from .release import MODE, Release

_CONFLICT = re.compile(r"^(<{7}|={7}|>{7})( |$)", re.MULTILINE)
_BREAK = re.compile("[\x85\u2028\u2029]")
"""Which YAML 1.1 takes for the ends of lines, and gives back as others."""

_DEEPEST = 100
"""Levels that the values of a golden may nest; torch itself allows 64."""

_TEXT_OR_NULL = {"type": ["string", "null"]}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["recorded", "cause", "printed", "numbers", "warned", "raised", "absent"],
    "definitions": {
        "values": {"type": ["number", "boolean", "array"], "items": {"$ref": "#/definitions/values"}},
        "dtypes": {"type": ["string", "null", "array"], "items": {"$ref": "#/definitions/dtypes"}},
    },
    "properties": {
        "recorded": {
            "type": "object",
            "additionalProperties": False,
            "required": ["torch", "python", "device", "platform"],
            "properties": {
                "torch": {"type": "string"},
                "python": {"type": "string"},
                "device": {"type": "string", "pattern": f"^(?:{DEVICE})$"},
                "platform": {"type": "string"},
                "mode": {"type": "string", "pattern": f"^(?:{MODE})$"},
            },
        },
        "cause": _TEXT_OR_NULL,
        "printed": {"type": "string"},
        "numbers": {
            "type": "array",
            "items": {
                "type": "array",
                "minItems": 2,
                "maxItems": 3,
                "items": [
                    {"type": "string"},
                    {"$ref": "#/definitions/values"},
                    {"$ref": "#/definitions/dtypes"},
                ],
            },
        },
        "warned": {"type": "array", "items": {"type": "string"}},
        "raised": _TEXT_OR_NULL,
        "absent": _TEXT_OR_NULL,
    },
}


def read(path: Path, text: str, remedy: str) -> Dict[str, Any]:
    """Return the content of a golden as YAML says it, after holding it against `SCHEMA`.

    Args:
        path: the file.
        text: its text.
        remedy: what a person is to do if that is not as a golden's must be.

    Raises:
        InputError: it is not.
    """
    if not text.strip():
        raise InputError(path, "empty", remedy)
    if _CONFLICT.search(text):
        raise InputError(path, "it has git's conflict markers", "resolve the conflict")
    if nests_deeper(text, _DEEPEST):  # It would fill the stack of libyaml, which ends the process.
        raise InputError(path, f"it nests deeper than {_DEEPEST} levels", remedy)
    try:
        alias = _alias(text)
        content: Any = None if alias else yaml.load(text, Loader=_Loader)
    except _BAD_YAML as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        raise InputError(path, f"not YAML, or cut short{line}", remedy) from None
    wrong = f"it has a YAML alias, *{alias}" if alias else _validate(content)
    if wrong:
        raise InputError(path, wrong, remedy)
    checked: Dict[str, Any] = content
    return checked


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The fast loader, refusing a key given twice, which YAML forbids and PyYAML lets pass."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            if len(set(keys)) < len(keys):
                raise yaml.constructor.ConstructorError(None, None, "a key is given twice", node.start_mark)
        return super().construct_mapping(node, deep)


_BAD_YAML = (
    yaml.YAMLError,
    # What PyYAML lets pass of Python's conversions, such as of !!int x, !!bool x, !!timestamp x or 2026-99-99.
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


def _alias(text: str) -> Optional[str]:
    """Return the name of an alias in `text`, which a few lines can multiply without end, or None."""
    if "&" in text and "*" in text:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent):
                return str(event.anchor)
    return None


@functools.lru_cache(maxsize=None)
def _validator() -> Any:
    return fastjsonschema.compile(SCHEMA)


def _validate(content: Any) -> Optional[str]:
    """Return what is wrong with the content of a golden, or None."""
    try:
        _validator()(content)
    except fastjsonschema.JsonSchemaValueException as error:
        return str(error.message).replace("data.", "").replace("data ", "the file ")
    for i, (_, values, *dtypes) in enumerate(content["numbers"]):
        if dtypes and not _nests_like(values, dtypes[0]):
            return f"the dtypes of numbers[{i}] do not nest like its values"
    if not _is_version(content["recorded"]["torch"]):
        return "recorded.torch is no version"
    return None


def _nests_like(values: Any, dtypes: Any) -> bool:
    if not isinstance(dtypes, list):
        return True
    return isinstance(values, list) and len(values) == len(dtypes) and all(map(_nests_like, values, dtypes))


@functools.lru_cache(maxsize=None)
def _is_version(text: str) -> bool:
    try:
        return bool(Release.parse(text))
    except InputError:
        return False


def write(content: Dict[str, Any]) -> str:
    """Return the text of a golden of this content; the same content always gives the same bytes."""
    written = {
        **content,
        "recorded": _Flow(content["recorded"]),
        "printed": _Block(content["printed"]),
        "numbers": [_Flow(entry) for entry in content["numbers"]],
    }
    return str(yaml.dump(written, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=float("inf")))


class _Flow:
    """A value to be written on one line."""

    def __init__(self, value: Any):
        self.value = value


class _Block(str):
    """A text to be written as a block of lines."""


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_flow(dumper: _Dumper, flow: _Flow) -> yaml.Node:
    node = dumper.represent_data(flow.value)
    _make_flow(node)
    return node


def _make_flow(node: yaml.Node) -> None:
    if isinstance(node, yaml.CollectionNode):
        node.flow_style = True
        for child in node.value:
            for part in child if isinstance(child, tuple) else (child,):
                _make_flow(part)


def _represent_text(dumper: _Dumper, text: str) -> yaml.Node:
    style = '"' if _BREAK.search(text) else "|" if text and isinstance(text, _Block) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style=style)


_Dumper.add_representer(_Flow, _represent_flow)
_Dumper.add_representer(_Block, _represent_text)
_Dumper.add_representer(str, _represent_text)
