"""Judges a torch by a record: has each case run in another process, and holds what it shows against the golden."""

import collections
import contextlib
import datetime
import functools
import os
import sys
from typing import Callable, Collection, ContextManager, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from packaging.version import Version

from ..common.errors import InputError, OutputError, relative
from ..common.scope import is_run
from ..common.visible import visible
from ..common.words import some
from ..comparing.compare import compare
from ..comparing.observation import Observation, does_not_apply, lacking
from ..finding.discovery import Case
from ..observing import modes, running_torch
from ..observing.observer import Ended, Facts, Limits, Observer
from ..record import applicable, checks, history
from ..record.devices import ALL, CPU
from ..record.golden import Golden
from ..record.project import Project
from ..record.record import Record
from ..record.release import EAGER, Release, Run, public_version
from ..record.verified import Row
from .drift_groups import grouped
from .judgement import NOT_RUN, UNSUPPORTED, Judgement, could_not_run
from .ledger import ACCEPTED, CANNOT, DRIFTED_CASE, MATCHED, PASSED_BY, UNJUDGED, Ledger
from .outcome import Outcome, Seen, outcome_of, remarks
from .report import DriftedCase, advice
from .second_look import SecondLook
from .standing import held_against, verified_line

_MOST_IDS = 20
"""Cases that are named in a line of what was accepted; git names all of them."""

_REPEATABILITY = "repeatability"
"""What a device lacks on which a case shows something else each time."""

_LOOKS = 10
"""So often is looked for something else: memory that nobody wrote holds the same in half of the looks."""

_ENDURANCE = "errors that do not end the process"
"""What a device lacks on which a case ends its process, as by abort() where the CPU raises an error."""

_OF_ITS_OWN = ("SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV")
"""Signals that a process gets by what it does, and not from a user or the system."""


class RecordError(InputError):
    """Several things that are wrong with a record, each a line of the message."""

    def __init__(self, problems: Sequence[InputError]):
        Exception.__init__(self, "\n".join(map(str, problems)))


class Held(NamedTuple):
    """A case to be judged on a device.

    Attributes:
        case: the case.
        run: the release and the device.
        golden: the golden in effect, or None if there is none.
        beside: what the ledger keeps of it where it matches; see `beside_a_match`.
    """

    case: Case
    run: Run
    golden: Optional[Golden]
    beside: Dict[str, str] = {}  # noqa: RUF012 - never changed


class Plan(NamedTuple):
    """What is to be judged, made before the first case runs.

    Attributes:
        held: what must be judged, in the order in which it runs.
        elsewhere: cases whose goldens hold on another platform only.
        out_of_scope: cases that are not run on the device or in the mode, as they say `only`.
    """

    held: List[Held]
    elsewhere: List[Held]
    out_of_scope: List[Held]

    def ledger(self) -> Ledger:
        """Return the books of a run of it."""
        held, elsewhere = ([(one.run.device, one.case.id) for one in some] for some in self[:2])
        only = collections.Counter(one.case.only or "" for one in self.out_of_scope)
        return Ledger(held, elsewhere, dict(sorted(only.items())))

    def on(self, run: Run) -> "Plan":
        """Return the part of one run."""
        return Plan(*([one for one in part if one.run == run] for part in self))

    def among(self, ids: Collection[str]) -> "Plan":
        """Return the same with only those cases to be judged."""
        held, elsewhere = ([one for one in some if one.case.id in ids] for some in self[:2])
        return self._replace(held=held, elsewhere=elsewhere)


def plan(record: Record, cases: Sequence[Case], runs: Sequence[Run], processor: str, recording: bool) -> Plan:
    """Return what is to be judged on `runs`.

    Args:
        record: where the goldens are.
        cases: all its cases, of which each is held against the runs that it is run in.
        runs: the release on each device.
        processor: the platform of the runs, with the processor's maker.
        recording: whether goldens may be missing, and causes unnamed, since they are being made.

    Raises:
        InputError: something in the record is not as it must be, or the release is older than all of it.
    """
    histories, problems = checks.read_all(record, cases)
    problems += _of_no_mode(record, histories)
    if not recording:
        problems += checks.ill_caused(record, histories)
    if problems:
        raise RecordError(problems)
    found = Plan([], [], [])
    on_cpu = record.run_on(CPU) if any(run.own_device for run in runs) else set()
    for case in cases:
        for run in runs:
            if not is_run(case.only, run.own_place):
                found.out_of_scope.append(Held(case, run, None))
                continue
            golden = history.resolve(histories[case.id], run)
            elsewhere = case.platform_bound and golden is not None and not golden.is_of(processor, run.device)
            held = Held(case, run, golden, beside_a_match(case.id in on_cpu, histories[case.id], run))
            (found.elsewhere if elsewhere else found.held).append(held)
    if runs and not recording and all(one.golden is None for one in found.held):
        sinces = (golden.since for goldens in histories.values() for golden in goldens)
        running_torch.refuse_older(runs[0].release, min(sinces, default=None))
    return found


def beside_a_match(is_run_on_cpu: bool, goldens: Sequence[Golden], run: Run) -> Dict[str, str]:
    """Return what the ledger keeps of a case that matches its goldens on a device, which may not be all one thinks.

    Args:
        is_run_on_cpu: whether a run on the CPU vouches for the case.
        goldens: of the case.
        run: the release and the device.

    Returns:
        The `cause` for which it shows something else than the CPU; or what it `lacks` to say so, a run on the CPU.
    """
    cause = history.cause_on_device(goldens, run)
    if cause:
        return {"cause": cause}
    golden = history.resolve(goldens, run) if run.own_device else None
    if golden is None or golden.recorded["device"] == CPU or is_run_on_cpu:
        return {}
    return {"lacks": CPU}


def held_against_by(record: Record, planned: Plan, runs: Sequence[Run], version: str) -> Dict[str, str]:
    """Return by device the release that the torch of that version is held against, where that is another one."""
    found = {}
    for run in runs:
        goldens = [one.golden for one in planned.held if one.run == run and one.golden]
        release = held_against(record, run, version, goldens)
        if release:
            found[run.device] = str(release)
    return found


def _of_no_mode(record: Record, histories: checks.Histories) -> Iterator[InputError]:
    """Yield a problem for each golden of a mode that there is not, or not yet on its release: no run ever asks it."""
    since = modes.since(modes.ALL)
    for id, goldens in histories.items():
        for golden in goldens:
            if golden.mode and golden.mode not in since:
                problem = f"there is no mode {golden.mode}"
            elif golden.mode and golden.since < since[golden.mode]:
                problem = f"mode {golden.mode} came only with {since[golden.mode]}"
            else:
                continue
            yield InputError(record.path_of(id, golden), problem, "delete it, or take it back from git")


def other_process(variables: Dict[str, Optional[str]]) -> Dict[str, Optional[str]]:
    """Return changes to the environment for the process in which cases run a second time, so that chance differs."""
    seed = {**os.environ, **variables}.get("PYTHONHASHSEED")
    return {**variables, "PYTHONHASHSEED": "2" if seed == "1" else "1"}


def recorded(facts: Facts, run: Run, case: Case) -> Dict[str, str]:
    """Return what a golden of `case` says of the run that gave it; that of one bound to its platform says more."""
    return {
        "torch": public_version(facts.torch),
        "python": facts.python,
        "device": run.device,
        "platform": facts.processor if case.platform_bound else facts.platform,
        **({"mode": run.mode} if run.own_mode else {}),
    }


def write_verified(record: Record, cases: Sequence[Case], run: Run, facts: Facts, ledger: Ledger) -> None:
    """Write down a run on whose device every expected case was judged, and matched or was accepted.

    A nightly counts as the release to come, but is no run of it.

    Raises:
        InputError: goldens or the tables of what was verified cannot be written.
    """
    expected = [key for key in ledger.expected if key[0] == run.device]
    good = [key for key in ledger.of(MATCHED, ACCEPTED, PASSED_BY, CANNOT) if key[0] == run.device]
    if not expected or good != expected or Version(facts.torch).is_prerelease:
        return
    record.compact([case.id for case in cases])  # What a run that was killed has left to do.
    date = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    row = Row(str(run.release), run.device, run.mode, facts.python, facts.processor, 0, 1, "0" * 16, date)
    record.add_verified(row, cases, {id for _, id in good}, {id for _, id in ledger.of(PASSED_BY, CANNOT)})


class View(NamedTuple):
    """Where a run tells how it goes.

    Attributes:
        say: prints lines.
        report: prints a report of drifts.
        progress: shows how far it has come: `with progress(total, description) as begin: begin("hook/code-3")`.
    """

    say: Callable[[str], None]
    report: Callable[[str], None]
    progress: Callable[[int, str], ContextManager[Callable[[str], None]]]


def passed_by(
    held: Held, first: Seen, again: Optional[Callable[[], Seen]], known: applicable.Applicable
) -> Optional[Outcome]:
    """Return the outcome where a case says nothing of the run, and that is as it should be; otherwise None.

    That is PASSED_BY where nothing goes through the mode, and CANNOT where the device lacks what the case needs.

    Args:
        held: the case.
        first: what it showed.
        again: where that is to be recorded, returns what it showed in another process; None where it is judged.
        known: what the record says of cases, modes and devices.
    """
    run = held.run
    if run.own_place is None or isinstance(first, str):
        return None
    lacks = lacking(first, run.device)
    if lacks is None and (run.own_mode is None or first != does_not_apply(run.mode)):
        return None
    if again() != first if again else applicable.goes_through(known, held.case.id, run):
        return None
    return Outcome(PASSED_BY, {}) if lacks is None else Outcome(CANNOT, {"lacks": lacks})


def outcome(
    held: Held,
    first: Seen,
    again: Callable[[], Seen],
    second: SecondLook,
    known: applicable.Applicable,
    recording: bool,
) -> Outcome:
    """Return what became of a case.

    Args:
        held: the case.
        first: what it showed.
        again: returns what it shows in another process; see `outcome_of`.
        second: runs it in a process in which nothing ran that matched.
        known: what the record says of cases, modes and devices.
        recording: whether what differs is to be accepted.
    """
    passed = passed_by(held, first, again if recording else None, known)
    if passed:
        return passed
    found = outcome_of(held.golden, held.beside, held.run, first, again, recording)
    lacks = _lacking(held, first, found, second, known, recording) if held.run.own_device else None
    return Outcome(CANNOT, {"lacks": lacks}) if lacks else found


def _lacking(
    held: Held, first: Seen, found: Outcome, second: SecondLook, known: applicable.Applicable, recording: bool
) -> Optional[str]:
    """Return what the device lacks where only a second look tells, or None; see `outcome`, by which it was `found`."""
    case, run = held.case, held.run
    is_known_not_to = recording or applicable.is_known_not_to(known, case.id, run)
    if isinstance(first, Ended) and is_known_not_to and found.name == UNJUDGED and _died(first):
        return _ENDURANCE if _died(second.result(case, run.device)) else None
    if isinstance(first, str):
        return None
    if found.name == DRIFTED_CASE and (recording or not applicable.goes_through(known, case.id, run)):
        lacks = second.lacking(case, run.device)
        if lacks:
            return lacks
    if is_known_not_to and found.name == (UNJUDGED if recording else DRIFTED_CASE):
        return _REPEATABILITY if _varies(functools.partial(second.result, case, run.device)) else None
    return None


def _varies(look: Callable[[], Seen]) -> bool:
    """Return whether one of several looks shows something else than the first."""
    first = look()
    others = (look() for _ in range(_LOOKS - 1))
    return not isinstance(first, str) and any(not isinstance(one, str) and compare(first, one) for one in others)


def _died(seen: Seen) -> bool:
    """Return whether a case ended its process by a signal of its own, and nobody else did."""
    return isinstance(seen, Ended) and seen.startswith(tuple(f"ended its process by {name}" for name in _OF_ITS_OWN))


class Judge:
    """One run of a project's record on some devices.

    Args:
        project: whose cases and goldens are meant.
        device: its type, such as "cuda", or `ALL`.
        limits: what a case may take.
        view: where to tell how it goes.
        recording: whether to accept what differs, instead of reporting it. Then all cases run twice, in two processes
            and two orders.
        release: the release that must be there; None for whichever it is.
        python: interpreter that has it.
        variables: changes to the environment of the processes; None takes a variable away.
        only: the ids of the cases to judge, since the others are verified; None for all.
        mode: the mode of execution.
        device_module: what makes torch know the device; see `Observer`.
        jobs: processes among which the cases are divided; where it records, one has them all, and another a second
            time.

    Attributes:
        ledger: what was to be judged, and what became of it; None until that is known.
        was_stopped: whether a KeyboardInterrupt ended it early.
    """

    def __init__(
        self,
        project: Project,
        device: str,
        limits: Limits,
        view: View,
        *,
        recording: bool = False,
        release: Optional[Release] = None,
        python: str = sys.executable,
        variables: Optional[Dict[str, Optional[str]]] = None,
        only: Optional[Collection[str]] = None,
        mode: str = EAGER,
        device_module: Optional[str] = None,
        jobs: int = 1,
    ):
        self.mode, self.device_module, self.jobs = mode, device_module, 1 if recording else jobs
        self.project, self.record, self.view = project, project.record, view
        self.devices = project.record.devices() if device == ALL else [device]
        self.all_devices = device == ALL
        self.limits, self.recording, self.release, self.python = limits, recording, release, python
        # A checkout's byte code is its own; beside what was installed, nothing is to be written.
        unwritten = {} if project.import_paths else {"PYTHONDONTWRITEBYTECODE": "1"}
        self.only = only
        self.variables = {**unwritten, **modes.variables(mode), **(variables or {})}
        self.ledger: Optional[Ledger] = None
        self.was_stopped = False
        self._drifted: List[DriftedCase] = []

    def judge(self) -> Judgement:
        """Run all cases and return what that comes to; what cannot be run is a judgement, too."""
        try:
            with contextlib.ExitStack() as stack:
                if self.recording:
                    self.project.refuse_recording(self.devices)
                    stack.enter_context(self.record.regenerating(self.view.say))
                return self._judge(stack)
        except OutputError:
            raise
        except InputError as error:
            first, *others = str(error).splitlines()
            if others:
                self.view.say(str(error))
            return could_not_run(f"{first} (and {len(others)} more)" if others else first)
        except KeyboardInterrupt as stop:
            self.was_stopped = True
            return could_not_run(f"{_told_to(stop)} before the first case ran")

    def _judge(self, stack: contextlib.ExitStack) -> Judgement:
        variables = [self.variables] * self.jobs
        if self.recording:
            variables.append(other_process(self.variables))
        observers = [stack.enter_context(self._observer(some)) for some in variables]
        cases = self.record.cases()
        for observer in observers:
            observer.load(cases)
        facts = observers[0].facts()
        ran = {"torch": public_version(facts.torch), "python": facts.python, "platform": facts.platform}
        runs, left_out, why_unsupported = self._runs(facts)
        if not runs:
            return Judgement(UNSUPPORTED, reason=why_unsupported, left_out=left_out, ran=ran)
        planned = plan(self.record, cases, runs, facts.processor, self.recording)
        in_all = len(planned.held) + len(planned.elsewhere)
        if self.only is not None:
            planned = planned.among(self.only)
        self.ledger = planned.ledger()
        # Before anything is recorded: what is, is of this release.
        against = {} if self.recording else held_against_by(self.record, planned, runs, facts.torch)
        why_missing = "never run"
        try:
            second = SecondLook(functools.partial(self._observer, self.variables, cases))
            stack.callback(second.close)
            self._run(planned, observers, second, facts)
        except KeyboardInterrupt as stop:
            self.was_stopped, why_missing = True, _told_to(stop)
        self._report(runs)
        judgement = self.ledger.judgement(ran, why_missing)
        judgement = judgement._replace(left_out=left_out, held_against=against)
        judgement = judgement._replace(verified=in_all - len(planned.held) - len(planned.elsewhere))
        if self.recording and judgement.verdict != NOT_RUN:
            for run in runs:
                write_verified(self.record, cases, run, facts, self.ledger)
        return judgement

    def _observer(self, variables: Dict[str, Optional[str]], cases: Sequence[Case] = ()) -> Observer:
        """Return a process that is to run cases, loaded if they are given."""
        observer = Observer(
            self.devices, self.limits, self.python, self.project.import_paths, variables, self.mode, self.device_module
        )
        if cases:
            observer.load(cases)
        return observer

    def _runs(self, facts: Facts) -> Tuple[List[Run], Dict[str, str], str]:
        """Return the runs to be made, the devices that are left out with why, or why this torch supports none.

        Raises:
            InputError: the torch is not the one that must be there, or the device that was asked for is not.
        """
        version = Release.parse(facts.torch)
        if facts.no_mode:
            raise InputError(f"--mode {self.mode}", facts.no_mode, "run with another mode, or without --mode")
        if self.release not in (None, version):
            raise InputError(f"torch {facts.torch}", f"was installed, and not {self.release}", "pin it in tox.ini")
        self.view.say(f"torch {facts.torch}, Python {facts.python}, device {', '.join(self.devices)}, {facts.platform}")
        runs = []
        left_out = {}
        why_unsupported = ""
        for device in self.devices:
            missing = facts.missing[device]
            unsupported = None if missing else facts.unsupported[device]
            if missing and not self.all_devices:
                raise InputError(f"--device {device}", missing, "run with --device cpu, or where there is one")
            if missing:
                left_out[device] = missing
            elif unsupported:
                left_out[device] = f"{UNSUPPORTED} ({unsupported})"
                why_unsupported = why_unsupported or unsupported
            else:
                runs.append(Run(version, device, self.mode))
        for device, why in left_out.items():
            self.view.say(f"{device} is left out: {why}")
        for run in runs:
            self.view.say(verified_line(self.record, run))
        return runs, left_out, why_unsupported

    def _run(self, planned: Plan, observers: List[Observer], second: SecondLook, facts: Facts) -> None:
        orders = [planned.held[i :: self.jobs] for i in range(self.jobs)]
        for observer, order in zip(observers, [*orders, planned.held[::-1]]):
            observer.facts()
            for held in order:
                observer.submit(held.case, held.run.device)
        look_again = observers[-1].result if self.recording else second.result
        assert self.ledger is not None
        known = self.record.applicable() if any(held.run.own_place for held in planned.held) else {}
        with self.view.progress(len(planned.held), "checking" if not self.recording else "recording") as begin:
            for i, held in enumerate(planned.held):
                begin(held.case.id)
                device = held.run.device
                first = observers[i % self.jobs].result(held.case, device)
                again = functools.partial(look_again, held.case, device)
                found = outcome(held, first, again, second, known, self.recording)
                try:
                    name, more = self._concluded(held, first, found, facts)
                except InputError as error:  # What was observed cannot be kept.
                    name, more = UNJUDGED, {"reason": str(error)}
                self.ledger.note(device, held.case.id, name, **more)

    def _concluded(self, held: Held, first: Seen, outcome: Outcome, facts: Facts) -> Tuple[str, Dict[str, str]]:
        """Accept what `first` shows if that is wanted, keep a drift to report, and return what the ledger is to say."""
        if outcome.drift is None or isinstance(first, str):
            return outcome.name, outcome.more
        if self.recording:
            about = recorded(facts, held.run, held.case)
            written = self.record.accept(held.case.id, held.run, first, about, held.case.only)
            if written and outcome.name == DRIFTED_CASE:
                return ACCEPTED, accepted_as(self.record, held, first)
            return MATCHED, outcome.more if outcome.name == MATCHED else {}
        if held.golden and outcome.drift:
            path = relative(self.record.path_of(held.case.id, held.golden))
            self._drifted.append(DriftedCase(held.case, held.run, str(path), held.golden, outcome.drift, None))
        return outcome.name, outcome.more

    def _report(self, runs: Sequence[Run]) -> None:
        """Say what drifted or was accepted, and what to do."""
        assert self.ledger is not None
        verified = {row.run for row in self.record.verified_rows()}
        for run in runs:
            drifted = [one for one in self._drifted if one.run == run]
            if drifted:
                own = self.project.is_own
                todo = advice(run, verified, [], writable=not self.project.is_packaged, own=own)
                self.view.report(f"\n{grouped(drifted)}\n\n{todo}\n")
        by_reason: Dict[str, List[str]] = {}
        for (_, id), reason in self.ledger.missing(""):
            by_reason.setdefault(reason, []).append(id)
        for reason, ids in by_reason.items():
            if reason:
                self.view.say(f"not judged: {', '.join(ids)}\n  {reason}")
        for line in accepted_lines(self.ledger, self.record):
            self.view.say(line)


def _told_to(stop: KeyboardInterrupt) -> str:
    """Return what ended a run early, by which signal where that is known."""
    return f"told to stop by {stop}" if str(stop) else "told to stop"


def accepted_as(record: Record, held: Held, observed: Observation) -> Dict[str, str]:
    """Return what the ledger keeps of a case that was accepted as it was `observed`."""
    is_run_on_cpu = not held.run.own_device or held.case.id in record.run_on(CPU)
    return {**remarks(observed), **beside_a_match(is_run_on_cpu, record.goldens(held.case.id), held.run)}


def accepted_lines(ledger: Ledger, record: Record) -> List[str]:
    """Return lines that say what was accepted, and which of it raised, which nobody may have meant."""
    accepted = ledger.of(ACCEPTED)
    if not accepted:
        return []
    lines = [f"accepted: {some([id for _, id in accepted], _MOST_IDS)}"]
    changed = list(dict.fromkeys(id for _, id in accepted if len(record.golden_files(id)) > 1))
    if changed:
        causes = relative(record.folder / "causes.toml")
        lines.append(f"name the causes of what changed in {causes}: {some(changed, _MOST_IDS)}")
    for device, id in accepted:
        raised = ledger.entries[device, id].more.get("raised")
        if raised:
            lines.append(f"accepted as raising, so see whether that is meant: {id} ({visible(raised)})")
    for how in ("absent", "showing nothing"):
        ids = list(dict.fromkeys(id for device, id in accepted if ledger.entries[device, id].more.get("as") == how))
        if ids:
            lines.append(f"accepted as {how}, so see whether that is meant: {some(ids, _MOST_IDS)}")
    return lines
