"""The process that cases run in: reads which to run, and writes what each showed, as lines of JSON.

`observer` starts it, with pipes as its standard input and output, and is told of the end of everything by the end of
the process. What torch or a case prints goes to the standard error.
"""

import contextlib
import gc
import json
import os
import platform
import sys
import threading
import time
import traceback
import warnings
from pathlib import Path
from typing import IO, Any, Callable, Dict, Iterator, List, Set, Tuple

from .. import case as declaring
from ..common.errors import InputError, relative
from ..finding import sources
from ..finding.discovery import Case, import_file
from . import devices, linux, modes, running_torch, tampering

LARGEST = 16 * 1024 * 1024
"""Characters that what one case showed may have; a golden has far fewer."""

_THREAD_SECONDS = 1.0
"""How long the threads that a case started may take to end after it; they end sooner where it told them to."""

_PROCESS_SECONDS = 0.1
"""The same for processes, of which one that runs on only costs the start of another process for the cases."""

_STACKS_VARIABLE = "TORCH_SHOW_CPP_STACKTRACES"


class Reports:
    """The pipe to the observer, in which only lines that begin with a secret are believed.

    Args:
        stream: the pipe.
        secret: what they begin with.
    """

    def __init__(self, stream: IO[str], secret: str):
        self._stream, self._secret = stream, secret

    def write(self, report: Dict[str, Any]) -> None:
        """Send `report`; one that is too large is replaced by one that says so."""
        text = json.dumps(report)
        if len(text) > LARGEST:
            why = f"it showed {len(text) >> 20} MiB, more than anybody reads"
            text = json.dumps({"end": report["end"], "unjudged": why})
        self._stream.write(f"{self._secret}{text}\n")
        self._stream.flush()

    def refusing(self) -> Callable[[int, str], None]:
        """Return what says that a case left something changed, and itself needs nothing that may be changed."""
        to, secret, write = self._stream.fileno(), self._secret, os.write

        def refuse(number: int, changed: str) -> None:
            plain = changed.encode("ascii", "replace").decode().translate({34: "?", 92: "?"})
            why = f"left {plain} changed; put it back before the case ends"
            write(to, f'{secret}{{"end": {number}, "unjudged": "{why}"}}\n'.encode())

        return refuse


def main() -> None:
    """Do what the lines of the standard input say, until it ends."""
    jobs, stream = _own_streams()
    reports = Reports(stream, jobs.readline().strip())
    linux.end_with_parent()
    linux.adopt_orphans()
    # Torch reads it at its import, and does not know all its errors again when they end in a stack.
    os.environ.pop(_STACKS_VARIABLE, None)
    try:
        _import_torch()  # Before anything is read: the cases are still being looked for.
    except BaseException as error:
        is_absent = isinstance(error, ModuleNotFoundError) and error.name == "torch"
        reports.write({"absent": True} if is_absent else {"failed": _words(error)})
        return
    observing = tampering.observing_spaces()
    setup = json.loads(jobs.readline())
    cases = [decoded(fields) for fields in setup["cases"]]
    broken = {Path(path): why for path, why in setup["broken"].items()}
    loaded, unloadable = _load(cases, broken, reports, tampering.watch(observing))
    mode = setup["mode"]
    reports.write({"loaded": True})
    reports.write({"ready": _facts(setup, mode), "unforeseen": _unforeseen(cases)})
    changes = tampering.watch([*observing, *tampering.shown_spaces(_shared_by(cases))])
    _run(jobs, reports, cases, mode, loaded, unloadable, changes)


def _run(
    jobs: IO[str],
    reports: Reports,
    cases: List[Case],
    mode: str,
    loaded: Dict[str, Callable[..., None]],
    unloadable: Dict[str, str],
    changes: Iterator[str],
) -> None:
    from .observe import UnobservedError, observe

    # What follows a case goes by names of this function until it is known that others still are what they were.
    process, this_process, leave, next_of, refuse = os.getpid(), os.getpid, os._exit, next, reports.refusing()
    next(changes)
    processes = _processes()
    for line in jobs:
        number, index, device, watching = json.loads(line)
        case = cases[index]
        reports.write({"begin": number})
        threads = set(threading.enumerate())
        report: Dict[str, Any] = {"end": number}
        try:
            problem = unloadable.get(case.id)
            if problem:
                raise UnobservedError(problem)
            report["observation"] = observe(case, device, mode, loaded[case.id], watching)
        except UnobservedError as error:
            report["unjudged"] = str(error)
        except BaseException as error:
            report["unjudged"] = _left_by(error)
        if this_process() != process:  # The case forked, and this is the copy, which came all the way back here.
            leave(1)
        left = _left_running(threads)
        changed = next_of(changes)
        if changed:
            refuse(number, changed)
            leave(0)  # What the cases after it need is not what it was; they run in another process.
        if left:
            report.setdefault(
                "unjudged", f"left a thread running ({', '.join(left)}); have it end before the case does"
            )
        reports.write(report)
        if left or _has_processes(processes) or not modes.is_intact(mode):
            leave(0)  # The cases after it run in another process, of which nothing is left running or broken.


def _left_running(before: Set[threading.Thread]) -> List[str]:
    """Return the names of the threads that were not there `before`, and do not end soon."""
    end = time.monotonic() + _THREAD_SECONDS
    left = []
    for thread in threading.enumerate():
        # A dummy stands for a thread of C++, such as one of torch's own, in which Python code ran once.
        if thread not in before and not isinstance(thread, threading._DummyThread):
            thread.join(max(0.0, end - time.monotonic()))
            if thread.is_alive():
                left.append(thread.name)
    return left


def _processes() -> Set[int]:
    """Return the processes that this one started and that still run, and those that such ones left behind."""
    return _children() if _has_processes(set()) else set()


def _children() -> Set[int]:
    import psutil  # Which takes time, and is rarely needed.

    return {child.pid for child in psutil.Process().children(recursive=True)}


def _has_processes(before: Set[int]) -> bool:
    """Return whether there are such processes but those that ran `before` any case, as what torch_xla starts does."""
    end = time.monotonic() + _PROCESS_SECONDS
    while hasattr(os, "WNOHANG"):
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        if not ended and before and not _children() - before:
            return False
        if not ended and time.monotonic() > end:
            return True
        if not ended:
            time.sleep(0.005)
    return False


def encoded(case: Case) -> Dict[str, Any]:
    """Return `case` as JSON can hold it, without its source."""
    fields = case._replace(source="")._asdict()
    return {name: {"path": str(value)} if isinstance(value, Path) else value for name, value in fields.items()}


def decoded(fields: Dict[str, Any]) -> Case:
    """Return the case that `encoded` gave as `fields`."""
    values: Dict[str, Any] = {
        name: Path(value["path"]) if isinstance(value, dict) else value for name, value in fields.items()
    }
    return Case(**values)


def _own_streams() -> Tuple[IO[str], IO[str]]:
    """Return the pipes, which from now on nobody else reads or writes by accident."""
    jobs, reports = (os.fdopen(os.dup(number), mode, encoding="utf-8") for number, mode in ((0, "r"), (1, "w")))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return jobs, reports


def _import_torch() -> None:
    # Torch makes more than a hundred thousand objects that stay. Looking for garbage among them, while they are made
    # and ever after, would take as long as all the cases together.
    gc.disable()
    # What it says at its import, such as that numpy is missing, must not be an error under -W error.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from . import observe  # noqa: F401
    gc.freeze()
    gc.enable()


def _load(
    cases: List[Case], broken: Dict[Path, str], reports: Reports, changes: Iterator[str]
) -> Tuple[Dict[str, Callable[..., None]], Dict[str, str]]:
    """Import the files of `cases`, and what else may declare some.

    Args:
        cases: all that were found.
        broken: files that are not to be imported, since they ended an earlier process, with what to say of them.
        reports: is told of each file before it is imported.
        changes: what in the process must not be changed; see `tampering.watch`.

    Returns:
        By id, the functions of the cases; and for those that cannot be loaded, why.
    """
    next(changes)
    loaded: Dict[str, Callable[..., None]] = {}
    unloadable: Dict[str, str] = {}
    tried = set(broken)
    for case in cases:
        if case.path not in tried:
            tried.add(case.path)
            reports.write({"loading": str(case.path)})
        if case.path not in broken:
            try:
                loaded[case.id] = case.load()
                _end_if(changes, reports)
                continue
            except InputError as error:
                unloadable[case.id] = str(error)
                continue
            except BaseException as error:
                broken[case.path] = f"{relative(case.path)} cannot be imported: {_words(error)}{_advice(error, case)}"
        unloadable[case.id] = broken[case.path]
    for folder in {case.folder for case in cases}:
        for path in sources.python_files(folder):
            # Something that is found in no file by reading it can still be declared there.
            if path not in tried and "case" in sources.read(path):
                reports.write({"loading": str(path)})
                with contextlib.suppress(BaseException):  # It holds no case that was found.
                    import_file(folder, path)
                _end_if(changes, reports)
    return loaded, unloadable


def _end_if(changes: Iterator[str], reports: Reports) -> None:
    """End the process where the file that was imported last changed something that it must not."""
    changed = next(changes)
    if changed:
        reports.write({"ended": f"changes {changed}"})
        os._exit(1)


def _shared_by(cases: List[Case]) -> Set[str]:
    """Return the names of the modules that lie among `cases` and hold none, such as helpers."""
    packages, own = {case.folder.name for case in cases}, {case.path for case in cases}
    return {
        name
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in packages and Path(getattr(module, "__file__", None) or "") not in own
    }


def _advice(error: BaseException, case: Case) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        beside = case.path.with_name(f"{error.name.partition('.')[0]}.py")
        if beside.is_file():
            return f"; {beside.name} is beside it: write from .{beside.stem} import …"
    return ""


def _unforeseen(cases: List[Case]) -> List[str]:
    """Return the ids that were declared at import, but that reading the source did not find."""
    return sorted(set(declaring.declared_ids) - {case.id for case in cases})


def _facts(setup: Dict[str, Any], mode: str) -> Dict[str, Any]:
    import torch

    missing = {device: devices.why_missing(device, setup["device_module"]) for device in setup["devices"]}
    return {
        "torch": str(getattr(torch, "__version__", "")),
        "python": platform.python_version(),
        "platform": running_torch.this_platform(),
        "processor": running_torch.this_processor(),
        "missing": missing,
        "unsupported": {device: devices.why_unsupported(device) for device, why in missing.items() if why is None},
        "no_mode": modes.why_missing(mode, running_torch.version()),
    }


def _left_by(error: BaseException) -> str:
    """Return why a case that ended in `error`, which is no `Exception` or befell the machinery, was not judged."""
    name = type(error).__name__
    if name == "Skipped":  # pytest's, which is no Exception.
        return f"skipped: {error}"
    if isinstance(error, Exception):
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"{_words(error)} in {place.filename}:{place.lineno}"
    return f"raised {_words(error)}"


def _words(error: BaseException) -> str:
    name = type(error).__name__
    try:
        said = str(error)
    except Exception:
        said = "of which str() fails"
    return f"{name}: {said}" if said else name
