"""Golden files: their names, their YAML, and every way they can be invalid."""

import functools
import re
from pathlib import Path
from typing import Any, Dict, NamedTuple, Optional, Tuple

import fastjsonschema
import yaml

from .devices import DEVICES
from .errors import InputError
from .observation import Observation
from .release import Release, Run

UNEXPLAINED = "unexplained"
"""Cause of a golden that no person has explained yet."""

_NAME = re.compile(rf"since-(?P<since>[\d.]+)(?:@(?P<device>{'|'.join(DEVICES[1:])}))?\.yml")
_CONFLICT = re.compile(r"^(<{7}|={7}|>{7})( |$)", re.MULTILINE)
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
                "device": {"enum": list(DEVICES)},
                "platform": {"type": "string"},
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
_HOW_TO_GET_IT_BACK = "take it back from git (git checkout -- <file>) or record it again (tox run -e regen-torchX-cpu)"


class Golden(NamedTuple):
    """An accepted observation.

    Attributes:
        since: the release from which on it holds.
        device: the one device that it holds on, or None for every device.
        recorded: torch, python, device and platform of the run that gave it.
        cause: key of causes.toml; None for a case's first golden.
        observation: what was observed.
    """

    since: Release
    device: Optional[str]
    recorded: Dict[str, str]
    cause: Optional[str]
    observation: Observation

    @property
    def file_name(self) -> str:
        """Its name in the case's folder: since-1.08.0.yml, or since-2.00.0@cuda.yml."""
        return f"since-{self.since.since_name()}{f'@{self.device}' if self.device else ''}.yml"

    @property
    def recorded_on(self) -> Run:
        """The run that gave it."""
        return Run(Release.parse(self.recorded["torch"]), self.recorded["device"])

    @property
    def key(self) -> Tuple[Release, str]:
        """Its place in the history: of two with one `since`, the one for a device comes later."""
        return self.since, self.device or ""


def parse_name(path: Path) -> Tuple[Release, Optional[str]]:
    """Return the release and the device in the name of a golden file.

    Raises:
        InputError: the name is not since-<release>.yml or since-<release>@<device>.yml.
    """
    found = _NAME.fullmatch(path.name)
    try:
        if found:
            return Release.parse_since_name(found.group("since")), found.group("device")
    except ValueError:
        pass
    raise InputError(
        path,
        "the file's name is no release",
        f"name it like since-1.08.0.yml (minor in two digits) or since-2.00.0@{DEVICES[-1]}.yml, or delete it",
    )


class GoldenFile(NamedTuple):
    """A golden on disk of which only the name is known yet.

    Attributes:
        path: the file.
        since: the release from which on it holds.
        device: the one device that it holds on, or None for every device.
    """

    path: Path
    since: Release
    device: Optional[str]

    @property
    def key(self) -> Tuple[Release, str]:
        """Its place in the history, as that of a `Golden`."""
        return self.since, self.device or ""

    def load(self) -> Golden:
        """Read it; see `load`."""
        return load(self.path)

    def read_cause(self) -> Optional[str]:
        """Return its cause, reading no further than to that."""
        with self.path.open(encoding="utf-8") as file:
            for line in file:
                if line.startswith("cause: "):
                    cause = line[len("cause: ") :].strip()  # A key or null, which need no parser of YAML.
                    return None if cause == "null" else cause
        raise InputError(self.path, "it names no cause", _HOW_TO_GET_IT_BACK)


def load(path: Path) -> Golden:
    """Read one golden file.

    Raises:
        InputError: its name or content is not as a golden's must be.
    """
    since, device = parse_name(path)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(path, "not UTF-8 text", _HOW_TO_GET_IT_BACK) from None
    if not text.strip():
        raise InputError(path, "empty", _HOW_TO_GET_IT_BACK)
    if _CONFLICT.search(text):
        raise InputError(path, "it has git's conflict markers", "resolve the conflict")
    try:
        content = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        raise InputError(path, f"not YAML, or cut short{line}", _HOW_TO_GET_IT_BACK) from None
    wrong = _validate(content)
    if wrong:
        raise InputError(path, wrong, _HOW_TO_GET_IT_BACK)
    return Golden(
        since,
        device,
        content["recorded"],
        content["cause"],
        Observation(**{key: content[key] for key in Observation._fields}),
    )


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The fast loader, refusing a key given twice, which YAML forbids and PyYAML lets pass."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"key {key} given twice", node.start_mark)
        return super().construct_mapping(node, deep)


@functools.lru_cache(maxsize=None)
def _validator() -> Any:
    return fastjsonschema.compile(SCHEMA)


def _validate(content: Any) -> Optional[str]:
    """Return what is wrong with the content of a golden, or None."""
    try:
        _validator()(content)
    except fastjsonschema.JsonSchemaValueException as error:
        return str(error.message).replace("data.", "").replace("data ", "the file ")
    return None


def dump(golden: Golden) -> str:
    """Return the text of `golden`'s file; the same golden always gives the same bytes."""
    observation = golden.observation
    content = {
        "recorded": _Flow(golden.recorded),
        "cause": golden.cause,
        "printed": _Block(observation.printed),
        "numbers": [_Flow(entry) for entry in observation.numbers],
        "warned": observation.warned,
        "raised": observation.raised,
        "absent": observation.absent,
    }
    return str(yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=float("inf")))


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


def _represent_block(dumper: _Dumper, text: _Block) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|" if text else None)


_Dumper.add_representer(_Flow, _represent_flow)
_Dumper.add_representer(_Block, _represent_block)
