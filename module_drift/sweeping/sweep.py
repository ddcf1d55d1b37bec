"""Judges what is stale of many releases, one tox environment after the other, each removed when it is done."""

import contextlib
import functools
import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence

from ..common import files
from ..common.errors import InputError
from ..judging.judge import Judge, View
from ..judging.judgement import MATCHES, NOT_RUN, VERDICTS, Judgement, could_not_run
from ..observing.observer import Limits
from ..observing.running_torch import this_processor
from ..record.project import Project
from ..record.record import refuse_in_ci
from ..record.release import Release, Run
from . import environments
from .targets import Target, in_modes, row_of, with_bridges


class Result(NamedTuple):
    """How the run of one target ended.

    Attributes:
        verdict: MATCHES, DRIFTED, NOT_RUN or UNSUPPORTED.
        detail: number of cases, ids of what drifted or was accepted, or why it could not be run.
        seconds: how long it took, with installing.
        run: the run in the form that machines read; see `Judgement.as_run`.
        cases: the ids of the cases that it was to run.
    """

    verdict: str
    detail: str
    seconds: float
    run: Dict[str, Any]
    cases: List[str]


class Sweep:
    """A sweep over releases on one device, which goes on where an earlier one of its kind stopped.

    Attributes:
        todo: the ids of the cases to be run of each target; none where all are verified as they are.
        done: what is done so far, by this sweep or the one it continues.
        logs: folder of tox's output, a file a target.

    Args:
        project: whose cases, goldens and tox.ini are meant.
        releases: those to judge, on the Python that tox.ini gives them; None for all, and for all runs of the record.
        modes: those to judge them in, where they have them, with since when; None for those that the record has.
        device: its type, such as "cuda".
        everything: whether to run all cases, and not only those that are not verified as they are.
        regen: whether to accept what differs instead of reporting it.
        fresh: whether to forget what an earlier sweep did before it was stopped.
        keep_cache: whether to keep what was downloaded, instead of saving disk.
        limits: what a case may take.
        device_module: what makes torch know the device; see `Observer`.
        jobs: processes among which the cases of a run are divided; see `Judge`.

    Raises:
        InputError: goldens are to be written and `CI` is set, or what an earlier sweep left is not to be understood.
    """

    def __init__(
        self,
        project: Project,
        releases: Optional[Sequence[Release]],
        modes: Optional[Mapping[str, Release]],
        device: str,
        everything: bool,
        regen: bool,
        fresh: bool,
        keep_cache: bool = False,
        limits: Limits = Limits(),  # noqa: B008 - never changed
        device_module: Optional[str] = None,
        jobs: int = 1,
    ):
        if regen:
            refuse_in_ci()
        self.project, self.limits, self.device_module, self.jobs = project, limits, device_module, jobs
        self.root, self.device, self.regen, self.keep_cache = project.root, device, regen, keep_cache
        self.folder = project.root / ".sweep"
        self.logs = self.folder / "logs"
        self._cache = self.folder / "cache"
        self._state = self.folder / f"{'regen' if regen else 'check'}-{device}.json"
        cases = project.record.cases()
        if regen:
            project.record.forget_deleted(cases)
        state, rows, platform = project.record.state(cases), project.record.verified_rows(), this_processor()
        self.todo: Dict[Target, List[str]] = {}
        self._stale: Dict[Target, List[str]] = {}
        chosen = [Target(release) for release in releases or ()]
        if releases is None:
            chosen = with_bridges(environments.releases(project.root, device), rows, device, platform)
        targets = in_modes(chosen, modes, rows, device)
        if chosen and not targets:
            since = ", ".join(f"{mode} came with {release}" for mode, release in (modes or {}).items())
            raise InputError("--mode", f"none of these releases has such a mode: {since}", "name later releases")
        for target in targets:
            run_there = state.run_in(Run(target.release, device, target.mode))
            stale = set(project.record.stale(row_of(target, rows, device, platform), state))
            self._stale[target] = [id for id in run_there if id in stale]
            self.todo[target] = run_there if everything else self._stale[target]
        # What was checked against other goldens must be checked again; regenerating changes them itself.
        held_against = json.dumps([[id, *(pair[: 1 if regen else 2])] for id, pair in sorted(state.now.items())])
        self._held_against = hashlib.sha256(held_against.encode()).hexdigest()
        self._standing = ""  # The environment that is there.
        self.done: Dict[Target, Result] = {} if fresh else self._restored()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep another sweep from beginning here: they would remove each other's environments.

        Raises:
            InputError: another one is at work, or the folder cannot be written.
        """
        from filelock import FileLock, Timeout

        with files.writing(self.folder):
            self.folder.mkdir(exist_ok=True)
            lock = FileLock(self.folder / ".lock")
            try:
                lock.acquire(timeout=0)
            except Timeout:
                raise InputError(self.folder, "another sweep is at work here", "wait for it, or stop it") from None
        try:
            yield
        finally:
            lock.release()

    def is_judged(self, target: Target) -> bool:
        """Return whether `target` needs no run any more; one that could not be run is tried again."""
        return target in self.done and self.done[target].verdict != NOT_RUN

    def run(self, target: Target, tell: Callable[[str], None]) -> Result:
        """Install `target` in its tox environment, judge it, remove the environment, and keep the result.

        Args:
            target: one of `todo`.
            tell: is told what is at work.

        Raises:
            KeyboardInterrupt: it was told to stop; then there is no result.
        """
        started = time.monotonic()
        path = self.logs / f"{target.name(self.device)}.log"
        files.replace(path, "")
        with self._environment_of(target) as folder, path.open("w", encoding="utf-8") as log:
            try:
                tell("installing")
                python = self._installed(target.environment(self.device), folder, log)
                judgement = self._judge(target, python, log, tell)
            except InputError as error:
                judgement = could_not_run(error)
        seconds = round(time.monotonic() - started, 1)
        run = judgement.as_run(self.device, target.release, target.mode)
        result = self.done[target] = Result(judgement.verdict, judgement.detail, seconds, run, self.todo[target])
        done = {target.name(self.device): list(result) for target, result in self.done.items()}
        files.replace(self._state, json.dumps({"held_against": self._held_against, "done": done}, indent=1))
        return result

    def _installed(self, name: str, folder: Path, log: IO[str]) -> str:
        """Have tox make the environment, and return its interpreter."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tox", "run", "--notest", "-e", name, "--workdir", str(folder)],
            cwd=self.root,
            # A cache of its own, since it is thinned after every release.
            env={**os.environ, "UV_CACHE_DIR": str(self._cache), "PIP_NO_CACHE_DIR": "1", "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # So that a Ctrl-C reaches tox once, from here.
        )
        try:
            status = process.wait()
        except BaseException:
            process.send_signal(signal.SIGINT)  # On which tox ends what it has started.
            process.wait()
            raise
        if status:
            problem = f"tox ended with exit status {status} ({_last_words(Path(log.name))})"
            raise InputError(name, problem, f"see {log.name}")
        found = sorted((folder / name).glob("bin/python")) + sorted((folder / name).glob("Scripts/python.exe"))
        if not found:
            raise InputError(name, f"tox made no interpreter in {folder / name}", "leave env_dir as it is by default")
        return str(found[0])

    def _judge(self, target: Target, python: str, log: IO[str], tell: Callable[[str], None]) -> Judgement:
        @contextlib.contextmanager
        def progress(total: int, _: str) -> Iterator[Callable[[str], None]]:
            begun = iter(range(total))
            yield lambda case_id: tell(f"{next(begun)} of {total}, {case_id}")
            tell("removing the environment")

        say = functools.partial(print, file=log, flush=True)
        tell("importing torch")
        judge = Judge(
            self.project,
            self.device,
            self.limits,
            View(say, say, progress),
            recording=self.regen,
            release=target.release,
            python=python,
            # What is meant for the interpreter that runs this is not for that one.
            variables={name: None for name in os.environ if name.startswith("PYTHON")},
            only=self.todo[target],
            mode=target.mode,
            device_module=self.device_module,
            jobs=self.jobs,
        )
        judgement = judge.judge()
        if judge.was_stopped:
            raise KeyboardInterrupt
        print(f"{judgement.verdict}: {judgement.detail}", file=log, flush=True)
        return judgement

    def finish(self) -> None:
        """Forget what is done: the next sweep begins anew. The logs stay."""
        self._state.unlink(missing_ok=True)
        if not self.keep_cache:
            shutil.rmtree(self._cache, ignore_errors=True)

    def _restored(self) -> Dict[Target, Result]:
        try:
            state = json.loads(self._state.read_text(encoding="utf-8"))
            if state["held_against"] != self._held_against:
                return {}
            by_name = {target.name(self.device): target for target in self.todo}
            done = {by_name[name]: Result(*result) for name, result in state["done"].items() if name in by_name}
        except (
            OSError,
            AttributeError,
            KeyError,
            ValueError,
            TypeError,
        ):  # Such as an older version's, which said less.
            return {}
        for target, result in done.items():
            if result.verdict not in VERDICTS:
                problem = f"says of torch {target} what is no verdict ({result.verdict!r})"
                raise InputError(self._state, problem, "begin anew: module-drift sweep --fresh")
        return {target: result for target, result in done.items() if self._counts(target, result)}

    def _counts(self, target: Target, result: Result) -> bool:
        """Return whether what an earlier sweep did is all that this one has to do."""
        # What matched was written down; if that is gone, it is not done.
        is_lost = self.regen and result.verdict == MATCHES and bool(self._stale[target])
        return set(self.todo[target]) <= set(result.cases) and not is_lost

    @contextlib.contextmanager
    def _environment_of(self, target: Target) -> Iterator[Path]:
        """Yield the folder of the environments, which is removed unless the next target is of the same one."""
        folder = self.folder / "tox"
        if target.environment(self.device) != self._standing:
            shutil.rmtree(folder, ignore_errors=True)  # What a sweep that was killed may have left.
        self._standing = ""
        try:
            yield folder
            if self._is_needed_again(target):
                self._standing = target.environment(self.device)
        finally:
            if not self._standing:
                self._remove(folder)

    def _is_needed_again(self, target: Target) -> bool:
        left = [one for one, ids in self.todo.items() if ids and one != target and not self.is_judged(one)]
        return any(one.environment(self.device) == target.environment(self.device) for one in left)

    def _remove(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        if not self.keep_cache and self._cache.exists() and importlib.util.find_spec("uv"):
            # The largest packages, which no other release shares.
            subprocess.run(
                [sys.executable, "-m", "uv", "cache", "clean", "--quiet", "torch", "triton"],
                env={**os.environ, "UV_CACHE_DIR": str(self._cache)},
                check=False,
            )


def _last_words(log: Path) -> str:
    """Return the line of tox's output that best says why it ended."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    ended = next((i for i, line in enumerate(lines) if re.search(r": exit -?\d+ \(", line)), len(lines))
    causes = [line.startswith("cause: ") for line in lines]
    errors = [
        i for i, line in enumerate(lines[:ended]) if re.search(r"\berror\b", line, re.IGNORECASE) and not causes[i]
    ]
    last = errors[-1] if errors else ended - 1
    # An installer may say on the next line what it is about.
    has_more = lines and (lines[last].endswith(":") or any(causes[last + 1 : last + 2]))
    return " ".join(lines[last : last + 2 if has_more else last + 1]) if lines else "no output"
