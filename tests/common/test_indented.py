"""JSON with an indent is what `json` itself writes."""

import json

from hypothesis import given
from hypothesis import strategies as st

from module_drift.common.indented import indented

SIMPLE = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
DATA = st.recursive(
    SIMPLE,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=30,
)


@given(DATA)
def test_it_is_what_json_writes(data):
    assert indented(data) == json.dumps(data, indent=2)


def test_what_is_empty_stays_on_its_line():
    data = {"a": [], "b": {}, "c": [{}, []], "d": ()}
    assert indented(data) == json.dumps(data, indent=2)
