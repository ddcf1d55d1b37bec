"""Where the repository begins from which tools beside ours count paths."""

from pathlib import Path


def repository() -> Path:
    """Return the root of the repository that holds the current folder; that folder where there is none."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
