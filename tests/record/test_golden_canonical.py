"""The fast way of reading goldens, held against YAML: what it reads is the same, or it declines."""

import math
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import RECORDED, make_golden
from module_drift.common.errors import InputError
from module_drift.comparing.observation import Observation
from module_drift.record import golden_canonical, golden_yaml
from module_drift.record.golden import Golden, dump

FILES = sorted((Path(__file__).parents[2] / "golden").glob("*/*/*.yml"))
PATH = Path("golden/demo/x/since-1.08.0.yml")

strings = st.one_of(
    st.text(max_size=12),
    st.text("abXYZ012 .:-#'\"\\[]{},&*!|>%@`?=<~+_/()\n\t\x85\u2028\ufeff\xa0\U0001f525", max_size=12),
    st.sampled_from(
        [
            *("null", "Null", "~", "yes", "No", "on", "OFF", "true", "False", "y", "n", "=", "<<", "", " ", "-", "?"),
            *("1", "-1", "+1", "0", "007", "0x1F", "0b1", "1_000", "1:30", "1.5", "1.", ".5", "1e5", "1.0e5", "1.0e+5"),
            *(".nan", ".inf", "-.inf", "2026-01-01", "2026-01-01 10:00:00", "0 x", "1 / x", "1-D", "12 e5", "nan"),
            *("a # b", "a: b", "a:b", "a ", " a", "a  b", "a\n", "\na", "a\n\nb", "a \nb", "- a", "a, b", "[a]", "---"),
            *("UserWarning: 'x' and \"y\"", "e5", "inf", "bool", "int64", "(a) b", "<A>", "a\\b", "\\n", "\x1b[2J"),
        ]
    ),
)
numbers = st.one_of(
    st.floats(),
    st.floats(width=32),
    st.integers(),
    st.integers(1, 600).map(lambda n: -(10**n)),
    st.booleans(),
    st.sampled_from([-0.0, 5e-324, 1e16, 1e22, 1e-08, 1.7976931348623157e308]),
)
nested = st.recursive(numbers | st.just([]), lambda inner: st.lists(inner, max_size=4), max_leaves=12)
names = st.sampled_from(["float32", "float64", "bfloat16", "float8_e5m2", "int64", "bool", "complex64", None])


def dtypes_for(values):
    if isinstance(values, list) and values:
        return names | st.tuples(*map(dtypes_for, values)).map(list)
    return names


entries = st.one_of(
    st.tuples(strings, nested).map(list),
    nested.flatmap(lambda values: st.tuples(strings, st.just(values), dtypes_for(values)).map(list)),
)
observations = st.builds(
    Observation,
    printed=st.lists(strings, max_size=5).map("\n".join)
    | st.lists(strings, max_size=5).map(lambda x: "\n".join([*x, ""])),
    numbers=st.lists(entries, max_size=4),
    warned=st.lists(strings, max_size=3),
    raised=st.none() | strings,
    absent=st.none() | strings,
)
causes = st.sampled_from([None, "unexplained", "a-cause", "relu-keeps-2"]) | strings


def agree(text):
    """Assert that the fast way declines `text`, or reads what YAML reads; return whether it did."""
    fast = golden_canonical.read(text)
    if fast is not None:
        # By repr, in which NaN equals itself, and 1 is neither 1.0 nor True.
        assert repr(fast) == repr(golden_yaml.read(PATH, text, "")), text
    return fast is not None


def test_each_golden_of_the_record_is_read_as_yaml_reads_it():
    read = [agree(path.read_text(encoding="utf-8")) for path in FILES]
    assert all(read)


@settings(max_examples=500)
@given(observations, causes)
def test_what_is_written_is_read_as_yaml_reads_it(observed, cause):
    try:
        text = dump(make_golden("", cause=cause)._replace(observation=observed))
    except ValueError:  # An integer of too many digits.
        return
    agree(text)


@given(
    st.lists(st.text("abcXYZ .()<>_=/'", min_size=1, max_size=20).filter(lambda text: text == text.strip()), max_size=4)
)
def test_ordinary_text_is_read_the_fast_way(lines):
    observed = Observation("".join(f"{line}\n" for line in lines), [[f"x{i}", 1.5] for i in range(3)], [])
    assert agree(dump(make_golden("")._replace(observation=observed)))


PIECES = [
    *(
        "\n",
        " ",
        "  ",
        "-",
        "- ",
        "[",
        "]",
        ", ",
        ",",
        ":",
        ": ",
        "'",
        '"',
        "''",
        "\\",
        "#",
        " # x",
        "null",
        "true",
        "1",
    ),
    *(
        "1.5",
        "1e5",
        "-",
        ".nan",
        "~",
        "|",
        "+",
        "2",
        "&a ",
        "*a",
        "!!str ",
        "\t",
        "\r",
        "\x85",
        "\u2028",
        "\ufeff",
        "{",
    ),
    *(
        "}",
        "e",
        "0",
        "\\x41",
        "\\uD800",
        "\\U0001F525",
        "<<",
        "=",
        "?",
        "...\n",
        "---\n",
        "bool",
        "int64",
        "[]",
        "é",
        "%",
    ),
    *("cause: null\n", "absent: null\n", "numbers: []\n", "9" * 5000, "[" * 95, "]" * 95, "\x00", "\U0001f525"),
]


def mutated(draw, text):
    """Return `text` after a few edits of a character, a piece or a line."""
    for _ in range(draw.randint(1, 3)):
        at = draw.randrange(len(text))
        kind = draw.randrange(5)
        if kind == 0:
            text = text[:at] + draw.choice(PIECES) + text[at:]
        elif kind == 1:
            text = text[:at] + draw.choice(PIECES) + text[at + draw.randint(1, 3) :]
        elif kind == 2:
            text = text[:at] + text[at + draw.randint(1, 8) :]
        elif kind == 3:
            lines = text.split("\n")
            lines.insert(draw.randrange(len(lines)), draw.choice(lines))
            text = "\n".join(lines)
        else:
            word = draw.choice(text.split())
            text = text.replace(word, draw.choice(PIECES), 1)
        text = text or "\n"
    return text


@pytest.mark.parametrize("seed", range(4))
def test_an_edited_golden_is_declined_or_read_as_yaml_reads_it(seed):
    draw = random.Random(seed)
    texts = [path.read_text(encoding="utf-8") for path in FILES[seed::40]]
    # So many, as nearly every edit of the few lines that a refusal takes is one that must be declined.
    read = [agree(mutated(draw, draw.choice(texts))) for _ in range(3000)]
    assert 150 < sum(read) < 1400  # Neither all nor nothing: both ways are tried.


@pytest.mark.parametrize(
    "written", ["9 ", "9", "1 2", "1.5", "x ", "x", " x", "<<", "<", "(", "1-D", "2026-01-01", "1-1", "no"]
)
@pytest.mark.parametrize(
    "place", ["[x, 1.5]", "'a'", "raised: null", "absent: null", "''", "cause: null", "linux-x86_64"]
)
def test_a_text_without_quotes_is_what_yaml_takes_it_for(written, place):
    observed = Observation("", [["x", 1.5]], ["- a"])
    text = dump(make_golden("")._replace(observation=observed)).replace("'- a'", "'a'")
    edited = text.replace(
        place,
        place.replace("x,", f"{written},").replace("null", written) if "null" in place or "[" in place else written,
    )
    assert edited != text or written == "x"
    try:
        golden_yaml.read(PATH, edited, "")
    except InputError:
        assert golden_canonical.read(edited) is None
    else:
        agree(edited)


@pytest.mark.parametrize(
    "entries",
    [
        ["[a, 1.0], [2.0]"],
        ["[a, 1.0], [2.0]", "[b, [3.0]", "[c, 4.0]]"],
        ["[a, [1.0]", "[b, 2.0]]"],
        ["[a, 1.0]]", "[b, [2.0]"],
        ["[a, 1.0], int64]", "[b, [2.0]"],
        ["[a, 1.0, int64], bool]"],
        ["[a, int64]"],
        ["[a, [1.0, null]]"],
        ["[a, 1.0, 2.0]"],
        ["[a, 1.0, [int64, [bool]]]"],
        ["[a, [1.0, 2.0], [int64]]"],
        ["[a, 1.0, true]"],
        ["[a, 1.0, int64, bool]"],
        ["[a, [int64], bool]"],
        ["[a, 1.0, null]", "[b, [[]], [[]]]", "[c, [1, true], [int64, bool]]", "[d, [.inf, -.inf, .nan], float64]"],
        ["[a, [" * 60 + "1" + "]]" * 60],
        ["[a, 01]"],
        ["[a, 1.0,  2]"],
        ["[a,1.0]"],
        ["[a, -0]", "[b, -0.0]", "[c, 00.5]"],
    ],
)
def test_entries_of_numbers_are_read_as_yaml_reads_them(entries):
    observed = Observation("", [["x", 1.5]], [])
    text = dump(make_golden("")._replace(observation=observed)).replace("[x, 1.5]", "\n- ".join(entries))
    try:
        golden_yaml.read(PATH, text, "")
    except InputError:
        assert golden_canonical.read(text) is None
    else:
        agree(text)


def test_what_the_fast_way_declines_yaml_refuses_or_reads():
    text = dump(make_golden("x"))
    for edited in (text[:-1], text + "\n", text.replace("x", "x "), text.replace("cpu", "TPU"), ""):
        assert golden_canonical.read(edited) is None
    with pytest.raises(InputError, match="device must match pattern"):
        golden_yaml.read(PATH, text.replace("device: cpu", "device: TPU"), "")


def test_no_text_takes_long_to_decline():
    text = dump(Golden((1, 4, 0), None, RECORDED, None, Observation("x\n", [["x", 1.0]], ["a"])))
    for long in (
        "'" * 60_000,
        " " * 60_000,
        '"\\' * 30_000,
        "[1, " * 15_000,
        "- '" * 20_000,
        "\n  x " * 10_000,
        "a" * 60_000,
    ):
        for at in range(0, len(text), 7):
            golden_canonical.read(text[:at] + long + text[at:])
    assert math.isnan(golden_canonical.read(text.replace("1.0]", ".nan]"))["numbers"][0][1])
