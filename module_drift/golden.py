"""Golden files: their names, their YAML, and every way they can be invalid."""

import functools
import re
from pathlib import Path
from typing import Any, Dict, NamedTuple, Optional, Tuple

import fastjsonschema
import yaml

from . import files
from .devices import DEVICES
from .errors import InputError
from .nesting import nests_deeper
from .observation import Observation
from .release import Release, Run

UNEXPLAINED = "unexplained"
"""Cause of a golden that no person has explained yet."""

_NAME = re.compile(rf"since-(?P<since>[\d.]+)(?:@(?P<device>{'|'.join(DEVICES[1:])}))?\.yml")
_CONFLICT = re.compile(r"^(<{7}|={7}|>{7})( |$)", re.MULTILINE)
_CAUSE = re.compile(r"^cause: (null|[a-z]+(?:-[a-z0-9]+)+)$", re.MULTILINE)
_BREAK = re.compile("[\x85\u2028\u2029]")
"""Which YAML 1.1 takes for the ends of lines, and gives back as others."""

LARGEST = 64 * 1024
"""Bytes that a golden may have: ten times what any case shows, and little enough to be read in no time."""

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
        """Return its cause, without parsing the rest where it is written plainly."""
        found = _CAUSE.search(_read(self.path))
        if found is None:
            return self.load().cause
        return None if found.group(1) == "null" else found.group(1)


def load(path: Path) -> Golden:
    """Read one golden file.

    Raises:
        InputError: its name or content is not as a golden's must be.
    """
    return parse(path, _read(path))


def _read(path: Path) -> str:
    return files.read(path, _HOW_TO_GET_IT_BACK, LARGEST)


def parse(path: Path, text: str) -> Golden:
    """Return the golden that `text`, the content of `path`, holds.

    Raises:
        InputError: the name or the content is not as a golden's must be.
    """
    since, device = parse_name(path)
    if not text.strip():
        raise InputError(path, "empty", _HOW_TO_GET_IT_BACK)
    if _CONFLICT.search(text):
        raise InputError(path, "it has git's conflict markers", "resolve the conflict")
    if nests_deeper(text, _DEEPEST):  # It would fill the stack of libyaml, which ends the process.
        raise InputError(path, f"it nests deeper than {_DEEPEST} levels", _HOW_TO_GET_IT_BACK)
    try:
        alias = _alias(text)
        content: Any = None if alias else yaml.load(text, Loader=_Loader)
    except _BAD_YAML as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        raise InputError(path, f"not YAML, or cut short{line}", _HOW_TO_GET_IT_BACK) from None
    wrong = f"it has a YAML alias, *{alias}" if alias else _validate(content)
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


def dump_for(path: Path, golden: Golden) -> str:
    """Return the text of `golden`'s file, which is to be `path`, after making sure that it can be read back.

    Raises:
        InputError: it cannot: too much was observed, or what YAML or UTF-8 have no form for.
    """
    try:
        text = dump(golden)
        if len(text.encode("utf-8")) <= LARGEST and dump(parse(path, text)) == text:
            return text
    except (InputError, RecursionError, ValueError):  # Of these, an integer of too many digits is a ValueError.
        pass
    raise InputError(path, "what was observed is too large, too deep or too odd to keep", "show less in the case")


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
