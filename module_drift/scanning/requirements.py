"""What a requirement says of torch, as pip, Poetry, Pipenv and conda write it: the lowest release that it allows."""

import re
from typing import Any, Iterator, NamedTuple, Optional
from urllib.parse import unquote

from ..common.errors import InputError
from ..record.release import Release

_LOWEST = ("==", "===", ">=", ">", "~=")
"""Operators that name the lowest release that will do, or the one below it."""

_WHEEL = re.compile(r"(?:^|/)(torch-[^/#?]+\.whl)")
_CONDA = re.compile(r"(?:\S+::)?(?:pytorch|pytorch-cpu|pytorch-gpu|torch)(?=[\s=<>!~]|$)\s*(.*)")


class Wanted(NamedTuple):
    """A requirement of torch: the lowest release that it allows, and its own words."""

    release: Release
    text: str


def of_pip(line: str) -> Optional[Wanted]:
    """Return what a line of a requirements file, or a requirement of a pyproject.toml, wants; None if not torch."""
    text = re.sub(r"(^|\s)#.*", "", line).partition(" --")[0].strip(" \\\t")
    wheel = _WHEEL.search(unquote(text))
    if wheel:
        return _of_wheel(wheel[1])
    if not re.match(r"torch(?![\w.-]*[A-Za-z_])", text, re.IGNORECASE):
        return None
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return None
    if requirement.name.lower() != "torch":
        return None
    return _lowest(((one.operator, one.version) for one in requirement.specifier), text.partition(";")[0].strip())


def of_poetry(value: Any) -> Iterator[Wanted]:
    """Yield what the value of torch in a table of Poetry or Pipenv wants: ^2.1, ~2.1, 2.1, >=2.1, or many such."""
    if isinstance(value, list):
        for one in value:
            yield from of_poetry(one)
    text = value.get("version", value.get("url")) if isinstance(value, dict) else value
    if isinstance(text, str):
        yield from filter(None, [_of_operators(text, bare="==")])


def of_conda(text: str) -> Optional[Wanted]:
    """Return what a dependency of an environment.yml wants, such as `pytorch=2.1.0=py3.10_cuda`; None if not torch."""
    found = _CONDA.fullmatch(text.partition("#")[0].strip())
    if not found:
        return None
    wanted = _of_operators(re.sub(r"^=(?!=)", "==", re.sub(r"(?<=[\w.*])=[^=,]*$", "", found[1])), bare="==")
    return wanted and wanted._replace(text=text.strip())


def of_version(text: Any) -> Optional[Wanted]:
    """Return what a lock file's version wants."""
    release = _release(str(text))
    return Wanted(release, str(release)) if release else None


def _of_operators(text: str, bare: str) -> Optional[Wanted]:
    wheel = _WHEEL.search(unquote(text))
    if wheel:
        return _of_wheel(wheel[1])
    parts = [re.fullmatch(r"\s*([\^~<>=!]*)\s*([^\s]+)\s*", part) for part in re.split(r",|\|\|?", text)]
    pairs = (({"^": ">=", "~": ">=", "": bare, "=": "=="}.get(part[1], part[1]), part[2]) for part in parts if part)
    return _lowest(pairs, f"torch {text.strip()}")


def _lowest(pairs: Any, text: str) -> Optional[Wanted]:
    found = [_release(version.replace(".*", "")) for operator, version in pairs if operator in _LOWEST]
    known = [release for release in found if release]
    return Wanted(max(known), text) if known else None


def _of_wheel(name: str) -> Optional[Wanted]:
    release = _release(name.split("-")[1])
    return Wanted(release, name) if release else None


def _release(text: str) -> Optional[Release]:
    try:
        return Release.parse(text)
    except InputError:
        return None
