"""How deep a YAML text nests, held against what the parsers say."""

import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from module_drift.record.golden_nesting import nests_deeper

LOADERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]
PIECES = [
    *("[", "]", "{", "}", ", ", ": ", ":", "- ", "-", "? ", "?", "\n", "\n ", "\n  ", "\n    ", "\n- ", "\nk: ", " "),
    *("a", "b c", "x:y", "1.0", "'", '"', "''", "\\", "'q'", '"q"', " #", "#", "|", "|\n", "|2\n", ">-\n", "\t", "%"),
    *("&a ", "*a", "!t ", "!!str ", "---", "...", "[1, 2]", "{a: b}", "[a: b]", "\x85", "\r\n", "\ufeff"),
]
values = st.recursive(
    st.sampled_from([None, 1.5, "a", "[", "]]", "- x", "'", '"', "# no", "x: y", "two\nlines", "[\n[\n  ["]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "]", "b:"]), inner, max_size=3),
    max_leaves=20,
)


def deepest(text, loader):
    """Return the depth that a parser meets before it ends or gives up, and whether it ended."""
    depth = most = 0
    try:
        for event in yaml.parse(text, Loader=loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            most = max(most, depth)
    except yaml.YAMLError:
        return most, False
    return most, True


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_no_text_nests_deeper_than_is_told(text):
    for depth, _ in (deepest(text, loader) for loader in LOADERS):
        assert not depth or nests_deeper(text, depth - 1)


@given(values, st.sampled_from([None, True, False]), st.sampled_from([10, 80, 1e9]), st.sampled_from("'\"|>"))
def test_what_yaml_writes_nests_as_deep_as_is_told(value, flow, width, style):
    text = yaml.safe_dump(value, default_flow_style=flow, width=width, default_style=style, allow_unicode=True)
    depth, ended = deepest(text, LOADERS[-1])
    assert ended
    assert not depth or nests_deeper(text, depth - 1)
    assert not nests_deeper(text, depth)


@pytest.mark.parametrize(
    "text",
    [
        f"a: '{'[' * 200}'",
        f'a: "{"[" * 200}"',
        f"a: # {'[' * 200}",
        f"a: x{'[' * 200}",
        f"a: x\n  {'[' * 200}",
        f"a: |\n  {'[' * 200}\n  '\nb: 1",
        f"a: |\n  {'- ' * 200}x\nb: 1",
        f"a: {' ' * 500}x",
        f"a: [{'[1, 2], ' * 200}]",
        "a:\n" + "- [[x]]\n" * 200,
        "a:\n" + "- - - 1\n    - 2\n" * 200,
        f"[{'{a: b}, ' * 200}]",
        f"[{'a: b, ' * 200}]",
    ],
)
def test_what_is_wide_or_only_text_does_not_nest(text):
    assert deepest(text, LOADERS[-1])[1]
    assert not nests_deeper(text, 100)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 101,
        "{a: " * 101,
        "- " * 101,
        "? " * 101,
        "[a: " * 51,
        "".join(f"{' ' * i}a:\n" for i in range(101)),
        "".join(f"{' ' * i}a:\n{' ' * i}-\n" for i in range(51)),
        f"'{']' * 200}': {'[' * 100}",
        f"a: x '\nb: {'[' * 100}\nc: '",
        f"a: |\n  x '\nb: {'[' * 100}\nc: '",
        f"a: # '\n  {'[' * 100}",
    ],
)
def test_deep_nesting_is_told(text):
    assert nests_deeper(text, 100)


@pytest.mark.parametrize("piece", ["[1], ", "a: b\n", "'", '"', "x ", "- ", "#", "\n ", "[", ": ", "|\n", "&a ", "\\"])
def test_the_time_is_linear_in_the_text(piece):
    def seconds(size):
        text = "a: [[[[[" + "[]," * 40 + piece * (size // len(piece))
        started = time.process_time()
        nests_deeper(text, 100)
        return time.process_time() - started

    assert seconds(400_000) < 120 * max(seconds(20_000), 0.005)
