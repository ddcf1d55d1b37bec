"""How the process in which cases run is said to have ended."""

import os
import sys

import pytest

from module_drift.observing.child import Child

STACK = "Exception raised from f at g.cpp:1 (most recent call first):\\nframe #0: f + 0x21 (0x55 in libc10.so)\\n\\n"


@pytest.mark.parametrize("below", ["", STACK])
def test_the_last_words_are_those_above_a_stack(below):
    program = f"import os; os.write(2, b'terminate called\\n  what():  no such device\\n{below}'); os.abort()"
    child = Child([sys.executable, "-c", program], dict(os.environ))
    try:
        ended = child.receive(60)["ended"]
    finally:
        child.kill()
    assert ended == "ended its process by SIGABRT (what():  no such device)"
