"""Makes tox say what it installs and how far that is: of a torch it would otherwise tell nothing for minutes.

What pip or uv prints beyond that is shown where an installation fails, or with `tox -v`.
"""

import re
import time
from typing import Any

from tox.plugin import impl

ABOUT = """\
{name}: installs {torch} and what the suite needs with it. This takes a minute with a wheel for the CPU
(torch 2.13.0: 0.2 GB to fetch, 0.9 GB on disk), some minutes with one for CUDA (2.7 GB to fetch, 4.7 GB on disk)."""

_LARGE = re.compile(r"Downloading (?:\S*/)?([\w.]+(?:-\d[\w.]*)?)\S* \((\d[\d.]* ?[MG]i?B)\)")
_SMALLEST = 10.0
"""MB of a file that is worth a line."""
_SILENCE = 20.0
"""Seconds after which it is said that work goes on."""
_USUAL_VERBOSITY = 2


class Installing:
    """Runs the commands of an environment as tox does, but says how far one has come that installs something."""

    def __init__(self, environment: Any):
        self._environment, self._execute = environment, environment.execute

    def __call__(self, *arguments: Any, run_id: str = "", show: Any = None, **more: Any) -> Any:
        """Run a command and return its outcome; the arguments are those of tox."""
        if not run_id.startswith("install") or show is not None:
            return self._execute(*arguments, run_id=run_id, show=show, **more)
        if self._environment.options.verbosity > _USUAL_VERBOSITY:
            return self._execute(*arguments, run_id=run_id, show=True, **more)
        name = self._environment.conf.name
        begun = said = time.monotonic()
        read = 0
        with self._environment.execute_async(*arguments, run_id=run_id, show=False, **more) as status:
            while status.wait(timeout=0.2) is None:
                text = b"\n".join([status.out, status.err]).decode("utf-8", "replace")
                large = [(what, size) for what, size in _LARGE.findall(text) if _megabytes(size) >= _SMALLEST]
                for what, size in large[read:]:
                    print(f"{name}: fetches {what} ({size})", flush=True)
                    said = time.monotonic()
                read = max(read, len(large))
                if time.monotonic() - said > _SILENCE:
                    said = time.monotonic()
                    print(f"{name}: still installing, after {said - begun:.0f} s", flush=True)
        return status.outcome


def _megabytes(size: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+) ?([MG])i?B", size).groups()  # type: ignore[union-attr]
    return float(number) * (1000 if unit == "G" else 1)


@impl
def tox_on_install(tox_env: Any, arguments: Any, section: str, of_type: str) -> None:
    """Announce a torch that is about to be installed, and see to it that what installs it tells how far it is."""
    torch = [line for line in map(str, getattr(arguments, "requirements", [])) if line.startswith("torch==")]
    if torch:
        print(ABOUT.format(name=tox_env.conf.name, torch=torch[0].replace("==", " ")), flush=True)
    if not isinstance(tox_env.execute, Installing):
        tox_env.execute = Installing(tox_env)
