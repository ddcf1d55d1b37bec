"""The record on disk: the folder of cases, and the folder of goldens with its causes and verified runs."""

import contextlib
import os
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Optional, Tuple

from filelock import FileLock

from . import causes, discovery, files, golden, history, verified
from .discovery import Case
from .errors import InputError
from .golden import UNEXPLAINED, Golden
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

    def goldens(self, case_id: str) -> List[Golden]:
        """Return the goldens of one case, oldest first.

        Raises:
            InputError: one of them is not as it must be, or two begin at one release.
        """
        return sorted(map(golden.load, self.golden_files(case_id)), key=lambda found: found.key)

    def golden_files(self, case_id: str) -> List[Path]:
        """Return the files in one case's folder, checked by their names alone."""
        folder = self.folder / case_id
        paths = sorted(path for path in folder.glob("*") if not path.name.startswith("."))
        named: Dict[Tuple[Release, Optional[str]], Path] = {}
        for path in paths:
            key = golden.parse_name(path)
            if key in named:
                raise InputError(path, f"begins at the same release as {named[key].name}", "delete one of them")
            named[key] = path
        return paths

    def in_effect(self, case_id: str, run: Run) -> Optional[Golden]:
        """Return the golden that holds for `run`, reading no other; None if there is none."""
        names = []
        for path in self.golden_files(case_id):
            since, device = golden.parse_name(path)
            names.append(Golden(since, device, {}, None, Observation()))
        found = history.resolve(names, run)
        return golden.load(self.folder / case_id / found.file_name) if found else None

    def verified_rows(self) -> List[verified.Row]:
        """Return the rows of verified.csv."""
        return verified.read(self.folder / "verified.csv")

    def read_causes(self) -> Dict[str, Dict[str, Any]]:
        """Return the causes by their keys."""
        return causes.read(self.folder / "causes.toml")

    def digest(self, run: Run, cases: Iterable[Case]) -> str:
        """Return the digest of all that `run` is held against."""
        return verified.digest(self.cases_folder, ((case.id, self.in_effect(case.id, run)) for case in cases))

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
        refuse_in_ci()
        self.folder.mkdir(exist_ok=True)
        with FileLock(self.folder / ".lock"):
            yield

    def orphans(self, cases: Iterable[Case]) -> List[InputError]:
        """Return a problem for each file or folder among the goldens that belongs to no case."""
        ids = {case.id for case in cases}
        sections = {id.split("/")[0] for id in ids}
        strange = []
        for section in filter(Path.is_dir, self.folder.glob("*")):
            if section.name not in sections:
                strange.append(section)
            else:
                strange += [path for path in section.iterdir() if f"{section.name}/{path.name}" not in ids]
        return [
            InputError(path, "belongs to no case", "delete it, or take its case back from git")
            for path in sorted(strange)
        ]

    def problems(self) -> List[InputError]:
        """Return all that is wrong with the record: what cannot be read, what is alone, what is unexplained."""
        cases = self.cases()
        causes = self.read_causes()
        problems = self.orphans(cases)
        used = {UNEXPLAINED}
        for case in cases:
            try:
                goldens = self.goldens(case.id)
            except InputError as error:
                problems.append(error)
                continue
            used |= {found.cause for found in goldens if found.cause}
            problems += self._problems_of_one(case, goldens, causes)
        problems += [
            InputError(self.folder / "causes.toml", f"no golden uses [{key}]", "delete it, or name it in a golden")
            for key in causes
            if key not in used
        ]
        return problems

    def _problems_of_one(
        self, case: Case, goldens: List[Golden], causes: Dict[str, Dict[str, Any]]
    ) -> Iterator[InputError]:
        folder = self.folder / case.id
        if not goldens:
            yield InputError(folder, "no golden", "record the case over all releases: module-drift sweep --regen")
            return
        if goldens[0].cause is not None:
            yield InputError(folder / goldens[0].file_name, "a case's first golden has no cause", "write cause: null")
        for found in goldens[1:]:
            path = folder / found.file_name
            if found.cause is None or found.cause == UNEXPLAINED:
                yield InputError(path, "unexplained", "name its cause, with evidence, in causes.toml")
            elif found.cause not in causes:
                yield InputError(
                    path, f"its cause {found.cause!r} is not in causes.toml", "add it there, with evidence"
                )
            elif found.device is None and causes[found.cause]["since"] != str(found.since):
                since = causes[found.cause]["since"]
                yield InputError(path, f"its cause {found.cause!r} is of {since}", "name the cause of this release")
        for found in goldens:
            if found not in history.compact(goldens):
                path = folder / found.file_name
                yield InputError(path, "says what the golden before it says", "delete it")


def refuse_in_ci() -> None:
    """Raise an InputError if `CI` is set: there, goldens are only read."""
    if os.environ.get("CI"):
        raise InputError("CI", "is set, and goldens are never written there", "record on your own machine, or unset it")
