"""Golden files: their text, their names, and how each way to be invalid is told."""

import math
import time

import pytest

from conftest import make_golden, observation
from module_drift.common.errors import InputError
from module_drift.comparing.observation import Observation
from module_drift.record.golden import LARGEST, GoldenFile, dump, dump_for, dump_to_show, load
from module_drift.record.release import Release

TEXT = """\
recorded: {torch: 1.8.0, python: 3.8.18, device: cpu, platform: linux-x86_64}
cause: legacy-backward-hook-warns
printed: |
  grad_input (tensor(1.), tensor(0.0080))
  x tensor(5., requires_grad=True)
numbers:
- [grad_input, [1.0, 0.00800000037997961]]
- [y, 1, int64]
warned:
- 'UserWarning: Using a non-full backward hook is deprecated … and more, on one line however long it is'
raised: null
absent: null
"""


def test_the_text_of_a_golden_round_trips(tmp_path):
    path = tmp_path / "since-1.08.0.yml"
    path.write_text(TEXT, encoding="utf-8")
    golden = load(path)
    assert golden.since == Release(1, 8, 0)
    assert golden.device is None
    assert golden.cause == "legacy-backward-hook-warns"
    assert golden.observation.numbers == [["grad_input", [1.0, 0.00800000037997961]], ["y", 1, "int64"]]
    assert golden.file_name == path.name
    assert dump(golden) == TEXT


def test_what_is_hard_to_write_in_yaml_round_trips(tmp_path):
    observed = Observation(
        printed="  leads with blanks\ntrails with them  \n\ttab: 'quote' \"double\" # no comment\n- {no: yaml}\n\n",
        numbers=[["null", [math.inf, -math.inf, 1e-08, 1e300, []]], ["0 z", True, "bool"], ["", 2]],
        warned=["UserWarning: two\nlines", "…"],
        raised="KeyError: 'a: b'",
    )
    golden = make_golden("")._replace(observation=observed)
    path = tmp_path / golden.file_name
    path.write_text(dump(golden), encoding="utf-8")
    assert load(path) == golden
    path.write_text(dump(golden._replace(observation=Observation(numbers=[["x", math.nan]]))), encoding="utf-8")
    assert math.isnan(load(path).observation.numbers[0][1])


@pytest.mark.parametrize("odd", ["\x85", "\u2028", "\u2029", "\r", "\r\n", "\x0b", "\x00", "\ufeff", "\U0001f525"])
def test_odd_characters_come_back_as_they_are(tmp_path, odd):
    text = f"a {odd}\n{odd} b\n"
    golden = make_golden("")._replace(observation=Observation(text, [[text, 1]], [text, odd], text, odd))
    path = tmp_path / golden.file_name
    path.write_text(dump(golden), encoding="utf-8")
    assert load(path) == golden


def test_a_cause_is_read_as_yaml_reads_it(tmp_path):
    path = tmp_path / "since-1.08.0.yml"
    for written, cause in [("a-b", "a-b"), ("null", None), ("'a-b'", "a-b"), ("a-b  # see #1", "a-b"), ("ab", "ab")]:
        path.write_text(TEXT.replace("legacy-backward-hook-warns", written), encoding="utf-8")
        assert GoldenFile.named(str(tmp_path), path.name).read_cause() == cause


def test_a_golden_of_a_device_has_it_in_its_name(tmp_path):
    golden = make_golden("x", since="2.0.0", device="cuda", cause="dropout")
    assert golden.file_name == "since-2.00.0@cuda.yml"
    (tmp_path / golden.file_name).write_text(dump(golden), encoding="utf-8")
    assert load(tmp_path / golden.file_name) == golden


@pytest.mark.parametrize(
    "name",
    [
        "since-1.8.0.yml",
        "since-next.yml",
        "since-1.08.0.yaml",
        "since-1.08.0@Tpu.yml",
        "since-1.08.0@cpu.yml",
        "since-1.08.0@all.yml",
        "since-1.08.0@cuda:0.yml",
        "since-01.08.0.yml",
        "since-1.08.00.yml",
        "1.08.0.yml",
        "since-1.08.0 (1).yml",
    ],
)
def test_a_name_that_is_no_release_is_bad_input(tmp_path, name):
    (tmp_path / name).write_text(TEXT, encoding="utf-8")
    with pytest.raises(InputError, match=r"name is no release; name it like since-1\.08\.0\.yml"):
        load(tmp_path / name)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("\n \n", "empty"),
        (TEXT[: TEXT.index("device")], "not YAML, or cut short in line 2"),
        (TEXT[: TEXT.index("warned")], "must contain .*warned"),
        (TEXT[: TEXT.index("numbers:") + 8], "must contain"),
        ("just text", "must be object"),
        ("- a\n- list\n", "must be object"),
        (f"<<<<<<< HEAD\n{TEXT}=======\n{TEXT}>>>>>>> other\n", "conflict markers; resolve"),
        (TEXT.replace("raised: null", "<<<<<<< HEAD\nraised: null\n=======\nraised: A\n>>>>>>> b"), "conflict markers"),
        (f"{TEXT}extra: 1\n", "extra"),
        (f"{TEXT}raised: again\n", "not YAML"),
        (TEXT.replace("printed: |", "printed: [").replace("numbers:", "]\nnumbers:", 1), "printed must be string"),
        (TEXT.replace("raised: null", "raised: 3"), "raised must be string or null"),
        (TEXT.replace("device: cpu", "device: TPU"), "recorded.device must match pattern"),
        (TEXT.replace("python: 3.8.18, ", ""), "recorded must contain"),
        (TEXT.replace("torch: 1.8.0", "torch: 1.8"), "recorded.torch must be string"),
        (
            TEXT.replace("[grad_input, [1.0, 0.00800000037997961]]", "[grad_input]"),
            r"numbers\[0\] must contain at least 2",
        ),
        (TEXT.replace("1.0, 0.008", "one, 0.008"), r"numbers\[0\]\[1\]\[0\] must be number"),
        (TEXT.replace("[y, 1, int64]", "[y, 1, int64, 4]"), r"numbers\[1\] must contain less than or equal to 3"),
        (TEXT.replace("- 'UserWarning", "- 5\n- 'UserWarning"), r"warned\[0\] must be string"),
        (TEXT.replace("absent: null", "absent: !!python/object:os.system {}"), "not YAML"),
        (TEXT.replace("raised: null", "raised: 2026-99-99"), "not YAML"),
        (TEXT.replace("raised: null", "raised: !!bool perhaps"), "not YAML"),
        (TEXT.replace("raised: null", "raised: !!map text"), "not YAML"),
        (TEXT.replace("1.0, 0.008", f"{'9' * 5000}, 0.008"), "not YAML"),
        (TEXT.replace("[y, 1, int64]", f"[y, {'[' * 200_000}1{']' * 200_000}]"), "larger than 64 KiB"),
        (TEXT.replace("[y, 1, int64]", f"[y, {'[' * 20_000}1{']' * 20_000}]"), "nests deeper than 100"),
        (TEXT.replace("- [y, 1, int64]", f"{'- ' * 20_000}1"), "nests deeper than 100"),
        (TEXT.replace("[1.0,", "[&a [1.0, 1.0], *a,"), r"it has a YAML alias, \*a"),
        (TEXT.replace("[y, 1, int64]", "[y, [1, 2], [int64]]"), r"dtypes of numbers\[1\] do not nest like its values"),
        (TEXT.replace("torch: 1.8.0", "torch: 1.8.O"), "recorded.torch is no version"),
        (TEXT.replace("torch: 1.8.0", f"torch: 1.8.{'0' * 5000}1"), "recorded.torch is no version"),
    ],
)
def test_a_golden_that_is_not_one_is_bad_input(tmp_path, text, problem):
    path = tmp_path / "since-1.08.0.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=problem) as raised:
        load(path)
    message = str(raised.value)
    assert message.startswith(f"{path}: ")
    assert len(message.splitlines()) == 1
    assert path.read_text(encoding="utf-8") == text


def test_bytes_that_are_no_text_are_bad_input(tmp_path):
    path = tmp_path / "since-1.08.0.yml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        load(path)


def test_the_same_golden_always_gives_the_same_text():
    assert dump(make_golden("x")) == dump(make_golden("x")._replace(observation=observation("x")))


@pytest.mark.parametrize(
    "observed",
    [
        Observation("0.1234 a line\n" * 1_000_000),
        Observation("x" * 10_000_000),
        Observation(numbers=[["x", [[1.0] * 1000] * 1000]]),
        Observation(warned=["W: x"] * 1_000_000),
        Observation(raised="E: x" * 1_000_000),
    ],
)
def test_what_is_too_large_to_keep_is_refused_at_once(tmp_path, observed):
    started = time.process_time()
    with pytest.raises(InputError, match="too large"):
        dump_for(tmp_path / "since-1.04.0.yml", make_golden("")._replace(observation=observed))
    assert time.process_time() - started < 5


def test_nothing_is_refused_that_can_be_kept(tmp_path):
    golden = make_golden("")
    free = LARGEST - len(dump(golden._replace(observation=Observation("a"))).encode()) + 1
    path = tmp_path / golden.file_name
    assert dump_for(path, golden._replace(observation=Observation("a" * free)))
    with pytest.raises(InputError, match="too large"):
        dump_for(path, golden._replace(observation=Observation("a" * (free + 1))))


def test_what_is_too_large_or_deep_to_be_shown_is_refused_soon():
    deep = []
    for _ in range(5_000):
        deep = [deep]
    wide = [1.0] * 5_000_000
    started = time.process_time()
    for numbers in ([["deep", deep]], [["wide", wide]]):
        assert dump_to_show(make_golden("")._replace(observation=Observation(numbers=numbers))) is None
    assert time.process_time() - started < 0.5
    small = make_golden("1.0\n")
    assert dump_to_show(small) == dump(small)
