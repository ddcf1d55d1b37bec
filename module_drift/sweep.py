"""Runs the suite on many releases, one tox environment after the other, each removed when it is done."""

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Dict, Iterator, NamedTuple

from . import files, verified
from .judgement import NOT_RUN, judge
from .project import Project
from .record import Record, refuse_in_ci
from .release import Release


class Result(NamedTuple):
    """How the run of one release ended.

    Attributes:
        verdict: MATCHES, DRIFTED, NOT_RUN or UNSUPPORTED.
        detail: number of cases, ids of what drifted or was accepted, or why it could not be run.
        seconds: how long it took, with installing.
        run: the run in the form that machines read; see `Judgement.as_run`.
    """

    verdict: str
    detail: str
    seconds: float
    run: Dict[str, Any]


class Sweep:
    """A sweep over releases on one device, which goes on where an earlier one of its kind stopped.

    Attributes:
        done: what is done so far, by this sweep or the one it continues.
        logs: folder of tox's output, a file a release.

    Args:
        project: whose cases, goldens and tox.ini are meant.
        device: "cpu" or "cuda".
        regen: whether to accept what differs instead of reporting it.
        fresh: whether to forget what an earlier sweep did before it was stopped.
        keep_cache: whether to keep what was downloaded, instead of saving disk.

    Raises:
        InputError: goldens are to be written and `CI` is set.
    """

    def __init__(self, project: Project, device: str, regen: bool, fresh: bool, keep_cache: bool = False):
        if regen:
            refuse_in_ci()
        self.root, self.device, self.regen, self.keep_cache = project.root, device, regen, keep_cache
        self.folder = project.root / ".sweep"
        self.logs = self.folder / "logs"
        self._cache = self.folder / "cache"
        self._state = self.folder / f"{'regen' if regen else 'check'}-{device}.json"
        # What was checked against other goldens must be checked again; regenerating changes them itself.
        self._held_against = _fingerprint(project.record, with_goldens=not regen)
        self.done: Dict[Release, Result] = {} if fresh else self._restored()

    def environment(self, release: Release) -> str:
        """Return the name of the tox environment for `release`."""
        return f"{'regen-' if self.regen else ''}torch{release}-{self.device}"

    def is_judged(self, release: Release) -> bool:
        """Return whether `release` needs no run any more; one that could not be run is tried again."""
        return release in self.done and self.done[release].verdict != NOT_RUN

    def run(self, release: Release) -> Result:
        """Run the suite on `release` in its tox environment, remove that, and keep the result."""
        name = self.environment(release)
        junit, log = self.logs / f"{name}.xml", self.logs / f"{name}.log"
        self.logs.mkdir(parents=True, exist_ok=True)
        junit.unlink(missing_ok=True)
        started = time.monotonic()
        with self._disposable_folder() as folder, log.open("w", encoding="utf-8") as output:
            command = [sys.executable, "-m", "tox", "run", "-e", name, "--workdir", str(folder)]
            process = subprocess.Popen(
                [*command, "--", f"--junit-xml={junit}"],
                cwd=self.root,
                # A cache of its own, since it is thinned after every release.
                env={**os.environ, "UV_CACHE_DIR": str(self._cache), "PIP_NO_CACHE_DIR": "1", "NO_COLOR": "1"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # So that a Ctrl-C reaches tox once, from here.
            )
            try:
                process.wait()
            except BaseException:
                process.send_signal(signal.SIGINT)  # On which tox ends what it has started.
                process.wait()
                raise
        judgement = judge(junit, log)
        seconds = round(time.monotonic() - started, 1)
        run = judgement.as_run(self.device, release)
        result = self.done[release] = Result(judgement.verdict, judgement.detail, seconds, run)
        done = {str(release): list(result) for release, result in self.done.items()}
        files.replace(self._state, json.dumps({"held_against": self._held_against, "done": done}, indent=1))
        return result

    def finish(self) -> None:
        """Forget what is done: the next sweep begins anew. The logs stay."""
        self._state.unlink(missing_ok=True)
        if not self.keep_cache:
            shutil.rmtree(self._cache, ignore_errors=True)

    def _restored(self) -> Dict[Release, Result]:
        try:
            state = json.loads(self._state.read_text(encoding="utf-8"))
            if state["held_against"] != self._held_against:
                return {}
            return {Release.parse(release): Result(*result) for release, result in state["done"].items()}
        except (OSError, ValueError, TypeError):  # TypeError: an older version's state said less.
            return {}

    @contextlib.contextmanager
    def _disposable_folder(self) -> Iterator[Path]:
        folder = self.folder / "tox"
        shutil.rmtree(folder, ignore_errors=True)  # What a sweep that was killed may have left.
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            if not self.keep_cache and self._cache.exists() and importlib.util.find_spec("uv"):
                # The largest packages, which no other release shares.
                subprocess.run(
                    [sys.executable, "-m", "uv", "cache", "clean", "--quiet", "torch", "triton"],
                    env={**os.environ, "UV_CACHE_DIR": str(self._cache)},
                    check=False,
                )


def _fingerprint(record: Record, with_goldens: bool) -> str:
    hashed = hashlib.sha256(verified.digest(record.texts(record.cases()), []).encode())
    if with_goldens:
        for path in sorted(record.folder.glob("*/*/*.yml")):
            hashed.update(path.read_bytes())
    return hashed.hexdigest()
