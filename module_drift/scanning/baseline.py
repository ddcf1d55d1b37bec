"""A file of known findings, which later scans do not tell again.

A finding is known by its cause, its file and its line of code, without what the line is indented by: it stays known
when it moves. Of equal ones in a file as many are known as were found.
"""

import json
import os
from pathlib import Path
from typing import Any, Dict, Iterable, List, NamedTuple, Sequence, Tuple

from ..common import files
from ..common.errors import InputError

_LARGEST = 64 * 1024 * 1024
_VERSION = 1
_REMEDY = "name one that --write-baseline wrote, or a file that is not there yet to write it"
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["module-drift-baseline", "files"],
    "properties": {
        "module-drift-baseline": {"type": "integer"},
        "files": {
            "type": "object",
            "additionalProperties": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["cause", "code", "count"],
                    "properties": {
                        "cause": {"type": "string"},
                        "code": {"type": "string"},
                        "count": {"type": "integer", "minimum": 1},
                    },
                },
            },
        },
    },
}


class Known(NamedTuple):
    """What makes findings the same: the file, from the baseline's folder on; the cause; and the code."""

    file: str
    cause: str
    code: str


class Baseline:
    """Known findings, of which each can be taken once.

    Args:
        path: the file that holds them.
        counts: how many there are of each.
    """

    def __init__(self, path: Path, counts: Dict[Known, int]):
        self.path = path
        self.counts = counts
        self._left = dict(counts)
        self._folder = os.path.abspath(path.parent)

    def known(self, file: Path, cause: str, code: str) -> Known:
        """Return what a finding in `file` is known by."""
        return Known(self._name(file), cause, normalised(code))

    def takes(self, file: Path, cause: str, code: str) -> bool:
        """Return whether a finding is known, and was not taken before."""
        known = self.known(file, cause, code)
        left = self._left.get(known, 0)
        self._left[known] = left - 1
        return left > 0

    def unused(self, read: Iterable[Path], causes: Iterable[str]) -> List[Tuple[Known, int]]:
        """Return what was not taken, with its number: in files that were read or are gone, of causes looked for."""
        names, wanted = set(map(self._name, read)), set(causes)
        return [
            (known, left)
            for known, left in sorted(self._left.items())
            if left > 0 and known.cause in wanted and (known.file in names or not self._exists(known.file))
        ]

    def rewritten(self, read: Iterable[Path], findings: Sequence[Known]) -> "Baseline":
        """Return one of `findings`, and of what is known of files that are there and were not read."""
        names = set(map(self._name, read))
        counts = {
            known: count for known, count in self.counts.items() if known.file not in names and self._exists(known.file)
        }
        for known in findings:
            counts[known] = counts.get(known, 0) + 1
        return Baseline(self.path, counts)

    def write(self) -> None:
        """Write it to its file, in an order that leaves differences small.

        Raises:
            InputError: it cannot be written.
        """
        by_file: Dict[str, List[Dict[str, Any]]] = {}
        for known, count in sorted(self.counts.items()):
            by_file.setdefault(known.file, []).append({"cause": known.cause, "code": known.code, "count": count})
        data = {"module-drift-baseline": _VERSION, "files": by_file}
        files.replace(self.path, json.dumps(data, indent=2, ensure_ascii=False) + "\n")

    def _name(self, file: Path) -> str:
        try:
            return os.path.relpath(file, self._folder).replace(os.sep, "/")
        except ValueError:  # On another drive.
            return os.path.abspath(file)

    def _exists(self, name: str) -> bool:
        return os.path.exists(os.path.join(self._folder, name))


def normalised(code: str) -> str:
    """Return a line of code without what does not make it another one: what it is indented by, and wide spaces."""
    return " ".join(code.split())


def read(path: Path) -> Baseline:
    """Return the baseline in `path`.

    Raises:
        InputError: it is not there, or is none.
    """
    if not os.path.lexists(path):
        raise InputError(path, "no such baseline", "write it with --write-baseline")
    import fastjsonschema

    text = files.read(path, _REMEDY, _LARGEST)
    try:
        data = fastjsonschema.compile(_SCHEMA)(json.loads(text))
    except (ValueError, RecursionError, fastjsonschema.JsonSchemaException) as error:
        raise InputError(path, f"no baseline of module-drift ({error})", _REMEDY) from None
    if data["module-drift-baseline"] != _VERSION:
        version = data["module-drift-baseline"]
        raise InputError(path, f"a baseline of form {version}, not {_VERSION}", "take the module-drift that wrote it")
    counts: Dict[Known, int] = {}
    for file, entries in data["files"].items():
        for one in entries:
            known = Known(file, one["cause"], one["code"])
            counts[known] = counts.get(known, 0) + one["count"]
    return Baseline(path, counts)
