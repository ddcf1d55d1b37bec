"""The record on disk: the folder of cases, and the folder of goldens with its causes and verified runs."""

import contextlib
import os
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Optional, Tuple

from . import causes, discovery, files, golden, history, lookup, verified
from .discovery import Case
from .errors import InputError
from .golden import Golden, GoldenFile
from .observation import Observation
from .release import Release, Run


class Record:
    """The cases, goldens, causes and verified runs below one folder.

    Args:
        root: folder that holds `cases/` and `golden/`.
    """

    def __init__(self, root: Path):
        self.cases_folder = root / "cases"
        self.folder = root / "golden"

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
            InputError: one of them is not as it must be, or two begin at one release.
        """
        return [file.load() for file in self.golden_files(case_id)]

    def golden_files(self, case_id: str) -> List[GoldenFile]:
        """Return the files of the goldens of one case, oldest first, unread.

        Raises:
            InputError: the name of one is not as it must be, or two begin at one release.
        """
        found: Dict[Tuple[Release, str], GoldenFile] = {}
        for path in _files(self.folder / case_id):
            file = GoldenFile(path, *golden.parse_name(path))
            twin = found.setdefault(file.key, file)
            if twin is not file:
                raise InputError(path, f"begins at the same release as {twin.path.name}", "delete one of them")
        return [found[key] for key in sorted(found)]

    def case_ids(self) -> List[str]:
        """Return the ids of all cases that have goldens, without reading the cases' source."""
        sections = [path for path in _files(self.folder) if path.is_dir()]
        return [f"{section.name}/{case.name}" for section in sections for case in _files(section)]

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
            InputError: `CI` is set, or a golden of the case is not as it must be. Nothing is written then.
        """
        with self._writing():
            folder = self.folder / case_id
            before = {found.file_name: found for found in self.goldens(case_id)}
            runs = {row.run for row in self.verified_rows()}
            accepted = history.accept(list(before.values()), run, observed, recorded, runs)
            after = {found.file_name: found for found in accepted}
            written = [found for name, found in after.items() if found != before.get(name)]
            for found in sorted(written, key=lambda found: found.key, reverse=True):
                files.replace(folder / found.file_name, golden.dump(found))
            removed = [folder / name for name in before if name not in after]
            for path in removed:
                path.unlink()
            return [folder / found.file_name for found in written] + removed

    def add_verified(self, row: verified.Row) -> None:
        """Write down a run in which every case matched.

        Raises:
            InputError: `CI` is set, or verified.csv is not as it must be. Nothing is written then.
        """
        with self._writing():
            path = self.folder / "verified.csv"
            old = self.verified_rows()
            new = verified.updated(old, row)
            if new != old:
                files.replace(path, verified.dump(new))

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        # Imported here, so that commands that only read do not wait for it.
        from filelock import FileLock

        refuse_in_ci()
        self.folder.mkdir(exist_ok=True)
        with FileLock(self.folder / ".lock"):
            yield


def _files(folder: Path) -> List[Path]:
    # Those that begin with a dot are what a write that was killed may leave behind. Not by glob, which takes
    # longer than all the rest for a folder of hundreds of cases.
    names = sorted(os.listdir(folder)) if folder.is_dir() else []
    return [folder / name for name in names if not name.startswith(".")]


def refuse_in_ci() -> None:
    """Raise an InputError if `CI` is set: there, goldens are only read."""
    if os.environ.get("CI"):
        raise InputError("CI", "is set, and goldens are never written there", "record on your own machine, or unset it")
