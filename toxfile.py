"""Makes tox say what it installs: of a torch that it fetches it would otherwise tell nothing for minutes."""

import functools
from typing import Any

from tox.plugin import impl

ABOUT = """\
{name}: installs {torch} and what the suite needs with it. This takes a minute with a wheel for the CPU
(torch 2.13.0: 0.2 GB to fetch, 0.9 GB on disk), some minutes with one for CUDA (2.7 GB to fetch, 4.7 GB on disk)."""


@impl
def tox_on_install(tox_env: Any, arguments: Any, section: str, of_type: str) -> None:
    """Announce a torch that is about to be installed, and let pip or uv show how far they are."""
    torch = [line for line in map(str, getattr(arguments, "requirements", [])) if line.startswith("torch==")]
    if torch:
        print(ABOUT.format(name=tox_env.conf.name, torch=torch[0].replace("==", " ")), flush=True)
    if not isinstance(tox_env.execute, functools.partial):
        tox_env.execute = functools.partial(tox_env.execute, show=True)
