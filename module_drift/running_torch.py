"""Version of the torch of this interpreter, read without importing it (which takes a second)."""

import importlib.util
import platform
import re
import sys
from pathlib import Path

from .errors import InputError


def version() -> str:
    """Return what `torch.__version__` is, such as "2.6.0+cu124".

    Raises:
        InputError: torch is not installed.
    """
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        raise InputError(
            "torch", f"not installed for {sys.executable}", "install the release to judge: pip install torch"
        )
    file = Path(spec.origin).with_name("version.py")
    found = file.is_file() and re.search(r"^__version__ = '([^']+)'", file.read_text(encoding="utf-8"), re.MULTILINE)
    if found:
        return found.group(1)
    import torch

    return str(torch.__version__)


def this_platform() -> str:
    """Return the platform's name in the record, such as "linux-x86_64"."""
    return f"{sys.platform}-{platform.machine().lower()}"


def this_processor() -> str:
    """Return the platform with the processor's maker where Linux tells it, such as "linux-x86_64-amd".

    Up to 1.13 torch drew random numbers from MKL on Intel's processors and from its own generator on others.
    """
    file = Path("/proc/cpuinfo")
    text = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
    vendor = re.search(r"^vendor_id\s*: (?:Genuine|Authentic)?(\w+)", text, re.MULTILINE)
    return f"{this_platform()}-{vendor.group(1).lower()}" if vendor else this_platform()
