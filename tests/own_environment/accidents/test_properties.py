"""Properties of comparing, of the way through the disk, and of regenerating, for whatever hypothesis thinks of."""

import math
import shutil
import tempfile
from pathlib import Path

import pytest
from counts import EXAMPLES, INTERRUPTED
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from conftest import RECORDED, make_case, make_golden, observation
from module_drift.common import files
from module_drift.common.errors import InputError
from module_drift.comparing.compare import compare
from module_drift.comparing.observation import Observation
from module_drift.judging.report import DriftedCase, drift_report
from module_drift.record.golden import LARGEST, dump, dump_for, load
from module_drift.record.history import compact, resolve
from module_drift.record.record import Record
from module_drift.record.release import Release, Run
from module_drift.record.verified import Row

THOROUGH = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# What a file can hold: all of Unicode but halves of surrogate pairs, which observing escapes.
characters = st.characters(exclude_categories=["Cs"])
breaks = st.sampled_from(
    ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\ufeff", "\x00", "\t"]
)
like_yaml = st.sampled_from(
    [
        *(
            "- a",
            "a: b",
            "? a",
            "# a",
            "a #b",
            "|",
            "> ",
            "&a",
            "*a",
            "!!int 1",
            "---",
            "...",
            "%YAML 1.2",
            "{a: 1}",
            "[1",
        ),
        *("null", "~", "yes", "no", "true", "1", "1.0", "1e3", ".nan", "-.inf", "0x1F", "1_000", "1:30", "2026-01-01"),
        *("=", "<<", "'", '"', "''", "\\n", "@", "`", "", " ", "  ", " a", "a ", ":", "-", "<<<<<<< HEAD", "======="),
        *("cause: x", "numbers:", ">>>>>>> b", "- - -", "? ? ?", ": :", "a:\tb", "\u00a0", "\ud7ff", "\U0001f525"),
    ]
)
numerals = st.one_of(
    st.floats(allow_nan=False).map(lambda x: f"tensor({x:.4f})"),
    st.floats().map(str),
    st.floats().map(lambda x: f"{x:.4e}"),
    st.sampled_from(["1.0000e+400", "0.0000e+999", "1.0000e-999", "3", "1.", "-0.", "tensor([0.3333, 1.0000e-08])"]),
)
text = st.lists(st.one_of(st.text(characters), breaks, like_yaml, numerals), max_size=6).map("".join)
long_text = st.builds(lambda part, times: part * times, text, st.sampled_from([1, 1, 1, 50, 1000])).filter(
    lambda text: len(text.encode()) < 20_000
)
printed = st.lists(long_text, max_size=4).map("\n".join) | st.lists(text, max_size=5).map(
    lambda lines: "".join(f"{line}\n" for line in lines)
)

integers = st.integers() | st.integers(1, 4000).flatmap(lambda n: st.sampled_from([10**n, 1 - 10**n, 2**n]))
number = st.one_of(
    st.floats(),
    st.floats(width=32),
    integers,
    st.booleans(),
    st.sampled_from([-0.0, math.nan, math.inf, 5e-324, 1.7976931348623157e308, 1e-08, 1e16, 1e22, 2.0**-149]),
    st.complex_numbers().map(lambda z: [z.real, z.imag]),
)
nested = st.recursive(number | st.just([]), lambda inner: st.lists(inner, max_size=4), max_leaves=12)
deep = st.builds(lambda x, n: _wrapped(x, n), number, st.integers(1, 64))
dtype = st.sampled_from(
    ["float32", "float64", "bfloat16", "float16", "int64", "bool", "complex64", "float8_e5m2", None]
)


def _wrapped(value, times):
    return [_wrapped(value, times - 1)] if times else value


def _dtypes_for(values):
    """Draw a dtype for all of `values`, or one for each of the first levels."""
    if isinstance(values, list) and values:
        return dtype | st.tuples(*map(_dtypes_for, values)).map(list)
    return dtype


entry = st.one_of(
    st.tuples(text, nested | deep).map(list),
    (nested | deep).flatmap(lambda values: st.tuples(text, st.just(values), _dtypes_for(values)).map(list)),
)
observations = st.builds(
    Observation,
    printed=printed,
    numbers=st.lists(entry, max_size=4),
    warned=st.lists(long_text, max_size=3),
    raised=st.none() | long_text,
    absent=st.none() | text,
)


@st.composite
def neighbours(draw):
    """Draw an observation and one that is nearly the same."""
    one = draw(observations)
    other = draw(observations)
    fields = draw(st.sets(st.sampled_from(Observation._fields)))
    two = one._replace(**{field: getattr(other, field) for field in fields})
    if draw(st.booleans()):
        two = two._replace(numbers=draw(nudged(two.numbers)))
    if draw(st.booleans()):
        two = two._replace(printed=two.printed.replace(draw(st.sampled_from("0123")), draw(st.sampled_from("1234"))))
    return one, two


def nudged(values):
    """Draw `values` with its floats moved by a few units in the last place."""
    if isinstance(values, list):
        return st.tuples(*map(nudged, values)).map(list)
    if isinstance(values, float) and math.isfinite(values):
        return st.sampled_from([0, 1, 9, 11, 2.0**29 * 9, 2.0**29 * 11]).map(lambda n: values + n * math.ulp(values))
    return st.just(values)


@THOROUGH
@given(observations)
def test_whatever_was_observed_equals_itself(observed):
    assert not compare(observed, observed)
    copy = Observation(*(_copied(part) for part in observed))
    assert not compare(observed, copy)


def _copied(part):
    if isinstance(part, list):
        return list(map(_copied, part))
    return float(str(part)) if isinstance(part, float) else part


@THOROUGH
@given(neighbours())
def test_comparing_gives_one_verdict_both_ways_and_can_be_reported(pair):
    there, back = compare(*pair), compare(*reversed(pair))
    assert bool(there) == bool(back)
    assert len(there.moved) == len(back.moved)
    golden = make_golden("")._replace(observation=pair[0])
    report = drift_report(
        DriftedCase(make_case("demo/a"), Run(Release(1, 4, 0), "cpu"), "a.yml", golden, there, "obtained.yml")
    )
    assert "\n  drifted from a.yml\n" in report


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("disk")


@THOROUGH
@given(observed=observations)
@example(observed=Observation(printed="a" * 60_000 + "\n"))
@example(observed=Observation(printed="a" * 70_000 + "\n"))
@example(observed=Observation(printed="a \n\x85\u2028  b"))
@example(observed=Observation(numbers=[["x", [[0.1] * 60] * 100]]))
def test_whatever_was_observed_comes_back_from_disk(folder, observed):
    golden = make_golden("")._replace(observation=observed)
    path = folder / golden.file_name
    text = dump(golden)
    if len(text.encode("utf-8")) > LARGEST:
        with pytest.raises(InputError, match="too large"):
            dump_for(path, golden)
        return
    files.replace(path, text)
    back = load(path)
    assert repr(back.observation) == repr(observed)  # As text, in which NaN is NaN, True is not 1, and -0.0 not 0.0.
    assert dump(back) == path.read_text(encoding="utf-8")
    assert not compare(back.observation, observed)


RELEASES = ["1.4.0", "1.5.0", "1.6.0", "1.7.0"]
RUNS = [(release, device) for release in RELEASES for device in ("cpu", "cuda")]
CASE = "demo/ratio"
DECLARED = f'from module_drift.case import case\n\n\n@case("{CASE}")\ndef ratio(show, device):\n    """A case."""\n'


def make_run(release, device):
    return Run(Release.parse(release), device)


@settings(max_examples=INTERRUPTED, deadline=None)
@given(
    history=st.lists(st.tuples(st.sampled_from(RUNS), st.sampled_from("abc")), min_size=1, max_size=6),
    verified=st.sets(st.sampled_from(RUNS)),
    last=st.tuples(st.sampled_from(RUNS), st.sampled_from("abc")),
)
def test_interrupted_anywhere_the_other_verified_runs_resolve_as_before(history, verified, last):
    """The invariant of regenerating, for any history and device, after each file that is written or removed."""
    with tempfile.TemporaryDirectory() as name:
        record = Record(Path(name) / "whole")
        files.replace(record.folder / "causes.toml", "")
        files.replace(record.cases_folder / "demo.py", DECLARED)
        for at, printed in history:
            accept(record, at, printed)
        for release, device in verified:
            row = Row(release, device, "eager", "3.8.18", "linux-x86_64", 0, 1, "0" * 16, "2026-11-23")
            record.add_verified(row, record.cases(), [CASE])
        before = {each: resolve(record.goldens(CASE), make_run(*each)) for each in verified}
        undisturbed = copied(record, "undisturbed")
        accept(undisturbed, *last)
        undisturbed.compact([CASE])
        calls, was_interrupted = 0, True
        while was_interrupted:
            copy = copied(record, "copy")
            was_interrupted = interrupted(calls, lambda copy=copy: accept(copy, *last))
            calls += 1
            for each, held in before.items():
                if held is not None and each != last[0]:
                    assert resolve(copy.goldens(CASE), make_run(*each)).observation == held.observation
            accept(copy, *last)
            copy.compact([CASE])
            assert resolve(copy.goldens(CASE), make_run(*last[0])).observation == observation(last[1])
            assert copy.goldens(CASE) == undisturbed.goldens(CASE)
        assert compact(undisturbed.goldens(CASE)) == undisturbed.goldens(CASE)


def copied(record, name):
    """Return a copy of `record` beside it."""
    copy = Record(record.folder.parents[1] / name)
    shutil.rmtree(copy.folder, ignore_errors=True)
    shutil.copytree(record.folder, copy.folder)
    return copy


def accept(record, at, printed):
    release, device = at
    recorded = {**RECORDED, "torch": release, "device": device}
    record.accept(CASE, make_run(release, device), observation(printed), recorded)


class Interrupted(BaseException):
    """Ends a process at once, as far as this test goes."""


def interrupted(calls: int, do) -> bool:
    """Return whether `do` was interrupted, which it is before it writes or removes one more file than `calls`."""
    left = [calls]

    def counted(really):
        def call(*arguments):
            if not left[0]:
                raise Interrupted
            left[0] -= 1
            return really(*arguments)

        return call

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "replace", counted(files.replace))
        patch.setattr(Path, "unlink", counted(Path.unlink))
        try:
            do()
        except Interrupted:
            return True
    return False
