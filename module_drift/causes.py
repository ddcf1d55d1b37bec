"""golden/causes.toml: why a case has a new golden, written by people."""

import functools
import os
import sys
from pathlib import Path
from typing import Any, Dict

import fastjsonschema

from . import files
from .errors import InputError
from .release import Release

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

KINDS = (
    "changed",
    "regressed",
    "fixed",
    "arrived",
    "removed",
    "warns",
    "renamed",
    "reworded",
    "stream",
    "device",
)
"""Kinds of change, in the order in which people are shown them: what can break code first."""

_LARGEST = 512 * 1024
"""Bytes that the file may have."""

_NO_EVIDENCE = {"properties": {"evidence": {"maxItems": 0}}, "required": ["searched"]}
_SOME_EVIDENCE = {"properties": {"evidence": {"minItems": 1}}, "not": {"required": ["searched"]}}
SCHEMA = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "additionalProperties": False,
        "required": ["since", "kind", "what", "evidence"],
        "properties": {
            "since": {"type": "string"},
            "kind": {"enum": list(KINDS)},
            "what": {"type": "string", "minLength": 1},
            "evidence": {"type": "array", "items": {"type": "string", "pattern": "^https://"}},
            "searched": {"type": "string", "minLength": 1},
        },
        "anyOf": [_NO_EVIDENCE, _SOME_EVIDENCE],
    },
}


def read(path: Path) -> Dict[str, Dict[str, Any]]:
    """Return the causes by their keys; none if there is no file yet.

    Raises:
        InputError: the file is not TOML, or a cause in it is not as it must be.
    """
    if not os.path.lexists(path):  # Where a link leads nowhere, something is wrong.
        return {}
    text = files.read(path, "take it back from git", _LARGEST)
    try:
        causes: Dict[str, Dict[str, Any]] = tomllib.loads(text)
        _validator()(causes)
        for key, cause in causes.items():
            if str(Release.parse(cause["since"])) != cause["since"]:
                raise InputError(path, f"[{key}] since = {cause['since']!r} is no release", "write it like 1.10.0")
    except tomllib.TOMLDecodeError as error:
        raise InputError(path, f"not TOML: {error}", "mend it") from None
    except fastjsonschema.JsonSchemaValueException as error:
        raise InputError(path, _explain(error), "see Causes in CONTRIBUTING.md") from None
    except (RecursionError, ValueError):  # Such as a number of more digits than Python converts.
        raise InputError(path, "it nests too deeply, or a number in it is too long", "mend it") from None
    return causes


@functools.lru_cache(maxsize=None)
def _validator() -> Any:
    return fastjsonschema.compile(SCHEMA)


def _explain(error: Any) -> str:
    # With an empty `evidence` the rule is of two fields, which the schema's own message hides.
    if error.rule == "anyOf":
        return f'[{error.path[1]}] needs evidence, or evidence = [] and searched = "where"'
    return str(error.message).replace("data.", "")
