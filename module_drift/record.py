"""The record on disk: the folder of cases, and the folder of goldens with its causes and verified runs."""

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, Iterator, List, Optional

from . import causes, discovery, files, golden, history, lookup, verified
from .discovery import Case
from .errors import InputError, relative
from .golden import Golden, GoldenFile
from .observation import Observation
from .release import Release, Run

if TYPE_CHECKING:
    from filelock import FileLock


class Record:
    """The cases, goldens, causes and verified runs below one folder.

    Args:
        root: folder that holds those of the cases and goldens.
        cases: folder of the cases, relative to `root`.
        golden: folder of the goldens, relative to `root`.
    """

    def __init__(self, root: Path, cases: str = "cases", golden: str = "golden"):
        self.cases_folder = root / cases
        self.folder = root / golden

    def cases(self) -> List[Case]:
        """Return the cases; see `discovery.discover`."""
        return discovery.discover(self.cases_folder)

    def case(self, case_id: str) -> Case:
        """Return one case, reading no more source than it takes.

        Raises:
            InputError: there is no such case, or a declaration is malformed.
        """
        cases = discovery.discover(self.cases_folder, containing=f'"{case_id}"')
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

    def golden_files(self, case_id: str) -> List[GoldenFile]:
        """Return the files of the goldens of one case, oldest first, unread.

        Raises:
            InputError: the name of one is not as it must be, or a link leads to them.
        """
        folder = self.folder / case_id
        for part in (folder.parent, folder):
            if os.path.islink(part):  # What is accepted would be written where it leads.
                raise InputError(part, "is a link", "put the folder itself there, or take it back from git")
        found = [GoldenFile.named(folder, name) for name in _names(folder)]
        return sorted(found, key=lambda file: file.key)

    def case_ids(self) -> List[str]:
        """Return the ids of all cases that have goldens, without reading the cases' source."""
        sections = [name for name in _names(self.folder) if (self.folder / name).is_dir()]
        return [f"{section}/{case}" for section in sections for case in _names(self.folder / section)]

    def verified_rows(self) -> List[verified.Row]:
        """Return the rows of verified.csv."""
        return verified.read(self.folder / "verified.csv")

    def known_releases(self, device: Optional[str] = None) -> List[Release]:
        """Return the releases that were run on `device`, or on any, oldest first."""
        return sorted({row.run.release for row in self.verified_rows() if device in (None, row.device)})

    def read_causes(self) -> Dict[str, Dict[str, Any]]:
        """Return the causes by their keys."""
        return causes.read(self.folder / "causes.toml")

    def digest(self, run: Run, cases: Iterable[Case]) -> str:
        """Return the digest of all that `run` is held against."""
        resolved = ((case.id, history.resolve(self.goldens(case.id), run)) for case in cases)
        return verified.digest(self.cases_folder, resolved)

    def accept(self, case_id: str, run: Run, observed: Observation, recorded: Dict[str, str]) -> List[Path]:
        """Accept what a run showed, and return the files that were written or removed.

        Killed at any moment, the goldens are valid: copies for other releases come first, and each only
        repeats what holds there anyway; then the new golden; then what it made redundant goes.

        Raises:
            InputError: `CI` is set, a golden of the case is not as it must be, or what was observed cannot be
                kept: nothing is written then. Or a file cannot be written: then it is as after a kill.
        """
        with self._writing():
            folder = self.folder / case_id
            before = {found.file_name: found for found in self.goldens(case_id)}
            runs = {row.run for row in self.verified_rows()}
            accepted = history.accept(list(before.values()), run, observed, recorded, runs)
            after = {found.file_name: found for found in accepted}
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
        removed = []
        with self._writing():
            for case_id in case_ids:
                goldens = self.goldens(case_id)
                needed = history.compact(goldens) if len(goldens) > 1 else goldens
                for golden in goldens:
                    if golden not in needed:
                        removed.append(self.folder / case_id / golden.file_name)
            for path in removed:
                with files.writing(path):
                    path.unlink()
        return removed

    def add_verified(self, row: verified.Row) -> None:
        """Write down a run in which every case matched.

        Raises:
            InputError: `CI` is set, or verified.csv is not as it must be or cannot be written. Nothing is
                written then.
        """
        with self._writing():
            path = self.folder / "verified.csv"
            old = self.verified_rows()
            new = verified.updated(old, row)
            if new != old:
                files.remove_leftovers(self.folder)
                files.replace(path, verified.dump(new))

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
            yield
        finally:
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
            self.folder.mkdir(exist_ok=True)
        return FileLock(self.folder / name)


def _names(folder: Path) -> List[str]:
    # Those that begin with a dot are what a write that was killed may leave behind. Not by glob, which takes
    # longer than all the rest for a folder of hundreds of cases.
    try:
        names = sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        names = []
    except OSError as error:
        raise InputError(folder, f"cannot be read ({error.strerror})", "give the permission") from None
    return [name for name in names if not name.startswith(".")]


def refuse_in_ci() -> None:
    """Raise an InputError if `CI` is set: there, goldens are only read."""
    if os.environ.get("CI"):
        raise InputError("CI", "is set, and goldens are never written there", "record on your own machine, or unset it")
