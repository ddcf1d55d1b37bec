"""Writing files so that a reader, or a kill, never meets half of one."""

import os
import tempfile
from pathlib import Path


def replace(path: Path, text: str) -> None:
    """Give `path` the content `text`, whole or not at all; folders that are missing are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
