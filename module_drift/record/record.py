"""The record on disk: the folder of cases, and the folder of goldens with its causes and verified runs."""

import contextlib
import operator
import os
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Collection,
    Dict,
    Iterable,
    Iterator,
    List,
    Optional,
    Sequence,
    Set,
    Tuple,
)

from ..common import files
from ..common.errors import InputError, relative
from ..common.scope import is_run
from ..comparing.observation import Observation
from ..finding import sources
from . import applicable, causes, golden, lookup, verified, verified_cases, vouching
from .applicable import Applicable
from .devices import CPU
from .golden import Golden, GoldenFile
from .release import EAGER, Release, Run
from .verified_cases import VerifiedCase

if TYPE_CHECKING:
    from filelock import FileLock

    from ..finding.discovery import Case

# What not every command needs is imported where it is: together it takes longer than some commands.


_KEY = operator.attrgetter("key")
CAUSES, _VERIFIED, _CASES = "causes.toml", "verified.csv", "cases.csv"
_FILES = (CAUSES, _VERIFIED, _CASES, applicable.MODES, applicable.DEVICES)
_NONE_YET = "record one with the torch that is installed (pytest --regen-all), or take it back from git"


class Record:
    """The cases, goldens, causes and verified runs below one folder.

    Args:
        root: folder that holds those of the cases and goldens.
        cases: folder of the cases, relative to `root`.
        golden: folder of the goldens, relative to `root`.

    Attributes:
        without_case: what to do about goldens of a case that is not there.
    """

    without_case = "delete it, or take its case back from git"

    def __init__(self, root: Path, cases: str = "cases", golden: str = "golden"):
        self.root = root
        self.cases_folder = root / cases
        self.folder = root / golden
        self._ids: Optional[List[str]] = None
        self._compact: Dict[str, List[Golden]] = {}  # Of each case, what was left of its goldens by `compact`.
        self._sound: Optional[Tuple[Any, Set[verified.RowKey]]] = None
        self._began: Dict[str, str] = {}  # The digests of the cases' code when a regeneration began.

    def require(self) -> None:
        """Make sure that what every answer rests on is there and can be read: the folders, and what lies in them.

        It is for commands that only read: what `case_ids` returns is that of now from here on.

        Raises:
            InputError: a folder is missing or something in it is of no record, a file of cases cannot be read, or
                causes.toml or verified.csv is not as it must be.
        """
        for path in sources.python_files(self.cases_folder):
            sources.read(path)
        if not os.path.lexists(self.folder):
            raise InputError(self.folder, "no such folder", _NONE_YET)
        self._ids = None
        self._ids = self.case_ids()
        self.read_causes()

    def cases(self) -> "List[Case]":
        """Return the cases; see `discovery.discover`."""
        from ..finding import discovery

        return discovery.discover(self.cases_folder)

    def case(self, case_id: str) -> "Case":
        """Return one case, reading no more source than it takes.

        Raises:
            InputError: there is no such case, or a declaration is malformed.
        """
        from ..finding import discovery

        cases = discovery.discover(self.cases_folder, case_id)
        if case_id not in [case.id for case in cases]:
            cases = self.cases()
        known = {case.id: case for case in cases}
        return known[lookup.case_id(list(known), case_id)]

    def goldens(self, case_id: str) -> List[Golden]:
        """Return the goldens of one case, oldest first; none if it has no folder.

        Raises:
            InputError: one of them is not as it must be.
        """
        return [file.load() for file in self.golden_files(case_id)]

    def path_of(self, case_id: str, golden: Golden) -> Path:
        """Return the file of a golden of a case."""
        return self.folder / case_id / golden.file_name

    def place_of(self, case_id: str, golden: Golden) -> str:
        """Return where the file of a golden of a case is in its project."""
        return self.path_of(case_id, golden).relative_to(self.root).as_posix()

    def golden_in_effect(self, case_id: str, run: Run) -> Golden:
        """Return what `run` is held against in one case.

        Raises:
            InputError: nothing holds for it, or a golden is not as it must be.
        """
        from . import history

        found = history.resolve(self.goldens(case_id), run)
        if found is None:
            raise InputError(self.folder / case_id, *history.none_holds(run))
        return found

    def golden_files(self, case_id: str) -> List[GoldenFile]:
        """Return the files of the goldens of one case, oldest first, unread.

        Raises:
            InputError: something else than a golden is there, or a link leads to them.
        """
        folder = os.path.join(self.folder, case_id)
        for part in (os.path.dirname(folder), folder):
            if os.path.islink(part):  # What is accepted would be written where it leads.
                raise InputError(Path(part), "is a link", "put the folder itself there, or take it back from git")
        return _golden_files(folder) if os.path.lexists(folder) else []

    def many_golden_files(self, case_ids: Iterable[str]) -> Iterator[List[GoldenFile]]:
        """Yield for each of `case_ids` what `golden_files` returns; of most of a record, this takes half of the time.

        Raises:
            InputError: as of `golden_files` and of `case_ids`, which makes sure of all folders at once.
        """
        there = set(self.case_ids())
        for case_id in case_ids:
            yield _golden_files(f"{self.folder}/{case_id}") if case_id in there else []

    def case_ids(self) -> List[str]:
        """Return the ids of all cases that have a folder of goldens, without reading the cases' source.

        Raises:
            InputError: the folders cannot be listed, or something lies beside them that is of no record.
        """
        if self._ids is not None:
            return list(self._ids)
        return [f"{section}/{name}" for section in self.sections() for name in self._names(section)]

    def _names(self, section: str) -> List[str]:
        return _folders(self.folder / section)

    def sections(self) -> List[str]:
        """Return the names of the folders in that of the goldens.

        Raises:
            InputError: they cannot be listed, or something lies beside them that is of no record.
        """
        return _folders(self.folder, besides=_FILES) if os.path.lexists(self.folder) else []

    def verified_rows(self) -> List[verified.Row]:
        """Return the rows of all verified runs."""
        return self._own_rows()

    def _own_rows(self) -> List[verified.Row]:
        """Return the rows of verified.csv in the folder itself."""
        return verified.read(self.folder / _VERIFIED)

    def known_releases(self, device: Optional[str] = None, mode: str = EAGER) -> List[Release]:
        """Return the releases that were run in `mode` on `device`, or on any, oldest first."""
        rows = (row for row in self.verified_rows() if row.mode == mode and device in (None, row.device))
        return sorted({row.run.release for row in rows})

    def devices(self) -> List[str]:
        """Return the devices that it speaks of: the CPU, CUDA, and in order of name others on which cases were run."""
        run = {row.device for row in self.verified_rows()}
        return [CPU, "cuda", *sorted(run - {CPU, "cuda"})]

    def releases_in_modes(self, device: str) -> Dict[str, Set[Release]]:
        """Return of each mode but eager, in order of name, the releases that were run in it on `device`."""
        found: Dict[str, Set[Release]] = {}
        for row in self.verified_rows():
            if row.mode != EAGER and row.device == device:
                found.setdefault(row.mode, set()).add(row.run.release)
        return dict(sorted(found.items()))

    def modes_until(self, release: Release) -> List[str]:
        """Return eager, and in order of name the other modes in which `release` or an older one was run."""
        run = {row.mode for row in self.verified_rows() if row.run.release <= release}
        return [EAGER, *sorted(run - {EAGER})]

    def that_run(self, case_ids: Iterable[str], runs: Iterable[Run]) -> List[str]:
        """Return those of `case_ids` that say something of one of `runs`, by its mode and by what its device can do.

        Raises:
            InputError: modes.csv or devices.csv is not as it must be.
        """
        known, places = self.applicable(), {row.run.own_place for row in self.verified_rows()} - {None}
        runs = list(runs)
        return [
            id
            for id in case_ids
            if any(run.own_place not in places or applicable.goes_through(known, id, run) for run in runs)
        ]

    def causes_file(self, key: str) -> Path:
        """Return the file in which the cause `key` stands, or would, if it is none yet."""
        return self.folder / CAUSES

    def read_causes(self) -> Dict[str, Dict[str, Any]]:
        """Return the causes by their keys.

        Raises:
            InputError: one is not as it must be, or of a release that was never run.
        """
        path = self.folder / CAUSES
        found = causes.read(path)
        self._refuse_unknown(path, found)
        return found

    def _refuse_unknown(self, path: Path, found: Dict[str, Dict[str, Any]]) -> None:
        unknown = {cause["since"]: key for key, cause in found.items()}
        for release in self.known_releases():
            unknown.pop(str(release), None)
        if unknown:  # A golden may be of a nightly, which is no run of the release to come.
            recorded = {str(file.since) for id in self.case_ids() for file in self.golden_files(id)}
            for since, key in unknown.items():
                if since not in recorded:
                    problem = f"[{key}] is of {since}, of which there is no run and no golden"
                    raise InputError(path, problem, "name the release that brought it, or record that first")

    def stale(self, row: Optional[verified.Row], state: vouching.State) -> List[str]:
        """Return the ids of the cases that a run does not vouch for as they are; all if there is no run.

        Raises:
            InputError: cases.csv is not as it must be.
        """
        return vouching.stale(row, self.last_run(), state) if row else list(state.now)

    def last_run(self) -> Dict[str, VerifiedCase]:
        """Return what cases.csv says of each case."""
        return verified_cases.read(self.folder / _CASES)

    def applicable(self) -> Applicable:
        """Return what modes.csv and devices.csv say.

        Raises:
            InputError: one is not as it must be, or says nothing of a mode or device on which a release was run.
        """
        known = applicable.read(self.folder)
        applicable.refuse_gaps(self.folder, known, (row.run for row in self.verified_rows()))
        return known

    def cannot(self, device: str) -> Dict[str, List[Release]]:
        """Return of each case by its id in which releases it was run on `device`, in eager, which cannot what it needs.

        Raises:
            InputError: verified.csv, cases.csv or devices.csv is not as it must be.
        """
        found: Dict[str, Set[Release]] = {}
        if device != CPU:
            known = self.applicable()
            for row in self.verified_rows():
                if (row.device, row.mode) == (device, EAGER):
                    for id in self._vouched_by(row):
                        if not applicable.goes_through(known, id, row.run):
                            found.setdefault(id, set()).add(row.run.release)
        return {id: sorted(releases) for id, releases in found.items()}

    def run_on(self, device: str) -> Set[str]:
        """Return the ids of the cases for which a run on `device` vouches, in whatever release."""
        rows = [row for row in self.verified_rows() if row.device == device]
        return {id for id, one in self.last_run().items() if any(map(one.is_vouched_by, rows))}

    def _vouched_by(self, row: verified.Row) -> List[str]:
        """Return the ids of the cases that were run in a run of `verified_rows`."""
        return [id for id, one in self.last_run().items() if one.is_vouched_by(row)]

    def state(self, cases: "Iterable[Case]") -> vouching.State:
        """Return `cases` as they are now: digests of what each executes, and of what its goldens say.

        Raises:
            InputError: a source or a golden is not as it must be.
        """
        cases = list(cases)
        codes = self._codes(cases)
        goldens = {case.id: self.goldens(case.id) for case in cases}
        now = {id: (code, verified_cases.said_by(goldens[id])) for id, code in codes.items()}
        bound = {case.id: goldens[case.id] for case in cases if case.platform_bound}
        return vouching.State(now, bound, {case.id: case.only for case in cases if case.only})

    def _codes(self, cases: "Iterable[Case]") -> Dict[str, str]:
        from ..comparing.observation import VERSION
        from ..finding import code_digest

        return code_digest.digests(self.cases_folder, self.root, cases, VERSION)

    def accept(
        self, case_id: str, run: Run, observed: Observation, recorded: Dict[str, str], only: Optional[str] = None
    ) -> List[Path]:
        """Accept what a run showed, and return the files that were written or removed.

        Killed at any moment, the goldens are valid: copies for other releases come first, and each only
        repeats what holds there anyway; then the new golden; then what it made redundant goes.

        Args:
            case_id: the case.
            run: the run.
            observed: what the case showed.
            recorded: what the golden is to say of the run.
            only: where the case is run; see `scope`.

        Raises:
            InputError: `CI` is set, a golden of the case is not as it must be, or what was observed cannot be
                kept: nothing is written then. Or a file cannot be written: then it is as after a kill.
        """
        from . import history

        with self._writing():
            before = self.goldens(case_id)
            runs = {row.run for row in self.verified_rows() if is_run(only, row.run.own_place)}
            return self._replace(case_id, before, history.accept(before, run, observed, recorded, runs))

    def _replace(self, case_id: str, goldens: List[Golden], others: List[Golden]) -> List[Path]:
        """Put other goldens of a case in the place of those in the folder itself; return the files that changed.

        The record is locked meanwhile.
        """
        folder = self.folder / case_id
        before, after = ({found.file_name: found for found in some} for some in (goldens, others))
        changed = {folder / name: found for name, found in after.items() if found != before.get(name)}
        texts = {path: golden.dump_for(path, found) for path, found in changed.items()}
        removed = [folder / name for name in before if name not in after]
        if texts or removed:
            files.remove_leftovers(folder)
        for path in sorted(texts, key=lambda path: changed[path].key, reverse=True):
            files.replace(path, texts[path])
        for path in removed:
            with files.writing(path):
                path.unlink()
        return [*texts, *removed]

    def compact(self, case_ids: Iterable[str]) -> List[Path]:
        """Remove goldens that change nothing, as `accept` does itself unless it is killed; return their files.

        Raises:
            InputError: `CI` is set, a golden is not as it must be, or a file cannot be removed.
        """
        from . import history

        removed = []
        with self._writing():
            for case_id in case_ids:
                goldens = self.goldens(case_id)
                if len(goldens) < 2 or self._compact.get(case_id) == goldens:
                    continue
                needed = self._compact[case_id] = history.compact(goldens)
                removed += [self.folder / case_id / golden.file_name for golden in goldens if golden not in needed]
            for path in removed:
                with files.writing(path):
                    path.unlink()
        return removed

    def add_verified(
        self, run: verified.Row, cases: "Sequence[Case]", ran: Collection[str], passed_by: Collection[str] = ()
    ) -> None:
        """Write down a run; what else was verified stays so.

        Args:
            run: the run; its number of cases, round and digest do not matter.
            cases: all there are.
            ran: the ids of those that matched, were accepted or did not apply in it; at least all that are stale.
            passed_by: the ids of those of which nothing went through the mode of the run, or that its device cannot do.

        Raises:
            InputError: `CI` is set, nothing ran, or verified.csv, cases.csv, or `run`, is not as it must be or cannot
                be written. Nothing is written then.
        """
        with self._writing():
            verified.check(run, self.folder / _VERIFIED)
            if not ran:
                raise InputError(self.folder / _VERIFIED, f"of {run.run} nothing was run", "run a case first")
            state = self.state(cases)
            changed = sorted(id for id in ran if self._began.get(id, state.now[id][0]) != state.now[id][0])
            if changed:
                problem = f"{', '.join(changed)} changed while {run.run} was run"
                raise InputError(self.cases_folder, problem, "run it again")
            if run.run.own_place:
                verified_runs = {row.run for row in self.verified_rows()}
                self._write_applicable(applicable.with_run(self.applicable(), run.run, ran, passed_by, verified_runs))
            tables = self._own_rows(), self.last_run()
            # What this process wrote itself is not to be summed up again, which takes seconds.
            known = self._sound if self._sound and self._sound[0] == (*tables, set(state.bound)) else None
            sound = known[1] if known else vouching.sound(*tables, state)
            rows, last_run, sound = vouching.with_run(*tables, state, run, ran, sound)
            self._write_verified(rows, last_run)
            self._sound = (rows, last_run, set(state.bound)), sound

    def forget_deleted(self, cases: "Sequence[Case]") -> None:
        """Take cases that are not there any more out of what is verified.

        Raises:
            InputError: as of `add_verified`.
        """
        known = self.last_run()
        if known.keys() - {case.id for case in cases}:
            with self._writing():
                self._write_verified(*vouching.without_deleted(self._own_rows(), known, self.state(cases)))

    def _write_applicable(self, known: Applicable) -> None:
        for name, text in applicable.dump(known).items():
            files.replace(self.folder / name, text)

    def _write_verified(self, rows: List[verified.Row], cases: Dict[str, VerifiedCase]) -> None:
        """Write both tables, one right after the other; killed in between, some runs vouch for less than they could."""
        files.remove_leftovers(self.folder)
        texts = {}
        if cases != self.last_run():
            texts[self.folder / _CASES] = verified_cases.dump(cases.values())
        if rows != self._own_rows():
            texts[self.folder / _VERIFIED] = verified.dump(rows)
        files.replace_all(texts)

    @contextlib.contextmanager
    def regenerating(self, say: Callable[[str], None]) -> Iterator[None]:
        """Keep other regenerations waiting, so that together they give what they give one after the other.

        Otherwise one could accept what changes a release that another has checked and is about to write down.

        Args:
            say: is told that this one has to wait itself.

        Raises:
            InputError: `CI` is set, or the folder cannot be written.
        """
        from filelock import Timeout

        lock = self._lock(".regen.lock")
        with files.writing(self.folder):
            try:
                lock.acquire(timeout=0)
            except Timeout:
                say(f"waiting for another regeneration of {relative(self.folder)} to end")
                lock.acquire()
        try:
            with contextlib.suppress(InputError):  # What cannot be read is told where it is to be run.
                self._began = self._codes(self.cases())
            yield
        finally:
            self._began = {}
            lock.release()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        lock = self._lock(".lock")
        with files.writing(self.folder), lock:
            yield

    def _lock(self, name: str) -> "FileLock":
        # Imported here, so that commands that only read do not wait for it.
        from filelock import FileLock

        refuse_in_ci()
        with files.writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self.folder / name)


def _golden_files(folder: str) -> List[GoldenFile]:
    found = []
    for entry in files.entries(folder):
        found.append(GoldenFile.named(folder, entry.name))
        if not entry.is_file(follow_symlinks=False):
            golden.load(Path(entry.path))  # It says why that cannot be.
    return sorted(found, key=_KEY) if len(found) > 1 else found


def _folders(folder: Path, besides: Collection[str] = ()) -> List[str]:
    """Return the names of the folders in `folder`, in which nothing else may be but files named `besides`."""
    names = []
    for entry in files.entries(folder):
        if entry.is_dir(follow_symlinks=False):
            names.append(entry.name)
        elif entry.is_symlink() and os.path.isdir(folder / entry.name):
            raise InputError(folder / entry.name, "is a link", "put the folder itself there, or take it back from git")
        elif entry.name not in besides:
            raise InputError(folder / entry.name, "is of no record", "delete it, or move it elsewhere")
    return names


def refuse_in_ci() -> None:
    """Raise an InputError if `CI` is set: there, goldens are only read."""
    if os.environ.get("CI"):
        raise InputError("CI", "is set, and goldens are never written there", "record on your own machine, or unset it")
