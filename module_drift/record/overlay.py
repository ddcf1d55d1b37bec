"""A record above another: goldens of further devices, in a folder of their own, beside those that somebody ships."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Collection, Dict, Iterable, Iterator, List, Optional, Sequence

from ..common.errors import InputError, relative
from ..common.scope import is_run
from ..comparing.compare import compare
from ..comparing.observation import Observation
from . import applicable, causes, history, verified, vouching
from .applicable import Applicable
from .golden import UNEXPLAINED, Golden, GoldenFile
from .record import CAUSES, Record
from .release import Run

if TYPE_CHECKING:
    from ..finding.discovery import Case


class OverlaidRecord(Record):
    """The goldens, causes and verified runs in one folder, above those of another record, of whose cases they are.

    What is read is both: a file here takes the place of one of its name below. What is written is here alone, and only
    of devices other than the CPU: what that does, the record below says.

    Args:
        below: the other record.
        root: folder that holds that of the goldens.
        golden: folder of the goldens, relative to `root`.
    """

    without_case = "delete it, or install the package whose record has the case"

    def __init__(self, below: Record, root: Path, golden: str):
        super().__init__(below.root)
        self.below, self._above = below, root
        self.cases_folder, self.folder = below.cases_folder, root / golden

    def require(self) -> None:
        """As of `Record`; the folder comes with the first golden in it."""
        self.below.require()
        self.case_ids()
        self.read_causes()

    def golden_files(self, case_id: str) -> List[GoldenFile]:
        """As of `Record`."""
        return _above(self.below.golden_files(case_id), super().golden_files(case_id))

    def many_golden_files(self, case_ids: Iterable[str]) -> Iterator[List[GoldenFile]]:
        """As of `Record`."""
        case_ids = list(case_ids)
        mine = set(self._own_ids())
        for case_id, files in zip(case_ids, self.below.many_golden_files(case_ids)):
            yield _above(files, super().golden_files(case_id)) if case_id in mine else files

    def path_of(self, case_id: str, golden: Golden) -> Path:
        """As of `Record`."""
        is_mine = golden in self._own_goldens(case_id)
        return super().path_of(case_id, golden) if is_mine else self.below.path_of(case_id, golden)

    def place_of(self, case_id: str, golden: Golden) -> str:
        """As of `Record`."""
        path = self.path_of(case_id, golden)
        mine = self.folder in path.parents
        return path.relative_to(self._above).as_posix() if mine else self.below.place_of(case_id, golden)

    def case_ids(self) -> List[str]:
        """As of `Record`."""
        return list(dict.fromkeys([*self.below.case_ids(), *self._own_ids()]))

    def sections(self) -> List[str]:
        """As of `Record`."""
        return list(dict.fromkeys([*self.below.sections(), *super().sections()]))

    def _own_ids(self) -> List[str]:
        return [f"{section}/{name}" for section in super().sections() for name in self._names(section)]

    def verified_rows(self) -> List[verified.Row]:
        """As of `Record`."""
        rows = {row.key: row for row in [*self.below.verified_rows(), *self._own_rows()]}
        return [rows[key] for key in sorted(rows)]

    def stale(self, row: Optional[verified.Row], state: vouching.State) -> List[str]:
        """As of `Record`."""
        return super().stale(row, state) if row is None or row in self._own_rows() else self.below.stale(row, state)

    def _vouched_by(self, row: verified.Row) -> List[str]:
        return super()._vouched_by(row) if row in self._own_rows() else self.below._vouched_by(row)

    def applicable(self) -> Applicable:
        """As of `Record`."""
        known = {**self.below.applicable(), **applicable.read(self.folder)}
        applicable.refuse_gaps(self.folder, known, (row.run for row in self._own_rows()))
        return known

    def _write_applicable(self, known: Applicable) -> None:
        below = self.below.applicable()
        mine = {key: edges for key, edges in known.items() if below.get(key) != edges}
        super()._write_applicable({**mine, **{key: applicable.never(below[key]) for key in below if key not in known}})

    def add_verified(
        self, run: verified.Row, cases: "Sequence[Case]", ran: Collection[str], passed_by: Collection[str] = ()
    ) -> None:
        """As of `Record`; a run on the CPU is none of this record."""
        if run.run.own_device is not None:
            super().add_verified(run, cases, ran, passed_by)

    def causes_file(self, key: str) -> Path:
        """As of `Record`."""
        return self.below.causes_file(key) if key in self.below.read_causes() else super().causes_file(key)

    def read_causes(self) -> Dict[str, Dict[str, Any]]:
        """As of `Record`."""
        below, path = self.below.read_causes(), self.folder / CAUSES
        mine = causes.read(path)
        for key in mine:
            if key in below:
                raise InputError(
                    path, f"[{key}] is a cause of {relative(self.below.folder)}", "give yours another name"
                )
        self._refuse_unknown(path, mine)
        return {**below, **mine}

    def accept(
        self, case_id: str, run: Run, observed: Observation, recorded: Dict[str, str], only: Optional[str] = None
    ) -> List[Path]:
        """As of `Record`.

        Raises:
            InputError: as there, or the run is one on the CPU, where it drifted.
        """
        if run.own_device is None:
            held = history.resolve(self.goldens(case_id), run)
            if held is not None and not compare(held.observation, observed):
                return []
            problem = f"is of other devices, and {case_id} drifted on the CPU"
            raise InputError(self.folder, problem, "install the torch as it was published, or a newer module-drift")
        with self._writing():
            below, mine = self.below.goldens(case_id), self._own_goldens(case_id)
            runs = {row.run for row in self.verified_rows() if is_run(only, row.run.own_place)}
            accepted = history.accept(self.goldens(case_id), run, observed, recorded, runs)
            after = [one for one in accepted if one not in below]
            held = history.resolve(_above(below, after), run)
            if held is None or compare(held.observation, observed):
                # The record below deviates there, and stays as it is: what does not is said here.
                after.append(Golden(run.release, run.own_device, recorded, UNEXPLAINED, observed, run.own_mode))
            return self._replace(case_id, mine, after)

    def compact(self, case_ids: Iterable[str]) -> List[Path]:
        """As of `Record`; what takes the place of a file below is needed."""
        changed: List[Path] = []
        with self._writing():
            for case_id in case_ids:
                mine = self._own_goldens(case_id)
                if mine:
                    names = {one.file_name for one in self.below.goldens(case_id)}
                    needed = history.compact(self.goldens(case_id))
                    after = [one for one in mine if one in needed or one.file_name in names]
                    changed += self._replace(case_id, mine, after)
        return changed

    def _own_goldens(self, case_id: str) -> List[Golden]:
        return [file.load() for file in super().golden_files(case_id)]


def _above(below: Iterable[Any], above: Collection[Any]) -> List[Any]:
    """Return goldens or their files, oldest first, with those above in the place of those of their place below."""
    by_key = {one.key: one for one in [*below, *above]}
    return [by_key[key] for key in sorted(by_key)]
