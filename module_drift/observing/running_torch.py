"""The torch of this interpreter: its version, read without importing it (which takes a second), and its import."""

import importlib
import importlib.util
import platform
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Optional

from ..common.errors import InputError
from ..record.release import Release

_VERSION = re.compile(r"""^__version__\s*(?::\s*\w+\s*)?=\s*(['"])([^'"\n]+)\1""", re.MULTILINE)


def version() -> str:
    """Return what `torch.__version__` is, such as "2.6.0+cu124".

    Raises:
        InputError: torch is not installed, has no version, or must be imported to tell and cannot be.
    """
    written = _written_version()
    if written:
        return written
    torch = imported()
    found = getattr(torch, "__version__", None)
    if not isinstance(found, str):
        where = getattr(torch, "__file__", None) or "what is imported by that name"
        raise InputError("torch", f"{where} has no __version__", "install PyTorch again, or rename what has its name")
    return str(found)


def imported() -> ModuleType:
    """Import torch and return it.

    Raises:
        InputError: it is not installed, or its import fails, in whatever way.
    """
    _written_version()
    try:
        return importlib.import_module("torch")
    except (Exception, SystemExit) as error:
        said = f"{type(error).__name__}: {error}".strip().splitlines()[0]
        raise InputError(
            "torch",
            f"cannot be imported ({said})",
            f"mend its installation; {sys.executable} -c 'import torch' shows more",
        ) from None


def refuse_older(release: Release, oldest: Optional[Release]) -> None:
    """Raise an InputError if `release` is older than `oldest`, the record's first, and nothing can be held against it.

    Args:
        release: of the torch that is to be judged.
        oldest: the oldest that the record knows on any device, or None if nothing is recorded yet.
    """
    if oldest is not None and release < oldest:
        raise InputError(
            f"torch {release}", f"is older than the record, which begins at {oldest}", f"judge {oldest} or a newer one"
        )


def _written_version() -> Optional[str]:
    """Return the version in torch's version.py, or None if only its import can tell.

    Raises:
        InputError: there is no torch to import.
    """
    try:
        spec = importlib.util.find_spec("torch")
    except ValueError:  # It is imported already, in some way of its own.
        return None
    if spec is None:
        raise InputError(
            "torch", f"not installed for {sys.executable}", "install the release to judge: pip install torch"
        )
    if spec.origin is None:
        (folder, *_) = [*(spec.submodule_search_locations or []), "a folder"]
        raise InputError(
            "torch", f"{folder} has its name and no __init__.py: it is no PyTorch", "rename it, or install PyTorch"
        )
    try:
        found = _VERSION.search(Path(spec.origin).with_name("version.py").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found and found.group(2)


_X86 = ("x86_64", "amd64")


def this_platform() -> str:
    """Return the platform's name in the record, such as "linux-x86_64"."""
    return f"{sys.platform}-{platform.machine().lower()}"


def this_processor() -> str:
    """Return the platform with the processor's maker where Linux tells it, such as "linux-x86_64-amd".

    Up to 1.13 torch drew random numbers from MKL on Intel's processors and from its own generator on others.
    """
    if platform.machine().lower() not in _X86:  # Where it is emulated, the file tells of the machine beneath.
        return this_platform()
    file = Path("/proc/cpuinfo")
    text = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
    vendor = re.search(r"^vendor_id\s*: (?:Genuine|Authentic)?(\w+)", text, re.MULTILINE)
    return f"{this_platform()}-{vendor.group(1).lower()}" if vendor else this_platform()
