"""Functions are cut out of long texts before these are parsed: what comes of it is what the whole text says."""

import ast

import pytest

from module_drift.common.errors import InputError
from module_drift.scanning import parsing, reading
from module_drift.scanning.outline import outline
from module_drift.scanning.scan import scan
from module_drift.scanning.syntax import FUNCTIONS

NASTY = '''
def plain(a, b=(1, 2), *c, **d) -> "def x():":
    return a  # ends: here


async def waits():
    await plain(1)

def one_line(): return {"a": 1}
def one_more(): x = 1; return x  #:
def over_lines(
    a: int = len("(:"),
    b=")",  # not a bracket :
):
    """A text
that goes to the left
def nothing():
    pass
    """
    x = (
1,
    2)
    return f"{x}" \\
+ "y"
# a comment to the left
    # another: \\
TEXT = """
def nothing():
    a = 1
    """
@plain
class Outer(object):
    attribute = 1

    @property
    def own(self):

        def inner():
            return \'\'\'
not the end\'\'\'
        return inner
    class Inner:
        def deep(self): # comment
            pass

            # the end
        after = 'a \\
def nothing():'

    if TEXT:
        def conditional(self):
            return "\\""
    else:
        conditional = None
try:
    def tried(): return """
    """
except ImportError:
    def tried(x=lambda: 1):
        if x:
            return [
                1,
            ]
for i in []:
    def late(): pass
def generic(x: "a" = {"b": [1]}) -> dict[str, int]:
    yield x
lambda: 1
'''
TABS = NASTY.replace("    ", "\t")


def everything(body):
    """Return the dump of statements with their places, and with what functions hold, which is read for it."""
    tree = ast.parse("")
    tree.body = list(body)
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            node.body = list(node.body)
    return ast.dump(tree, include_attributes=True)


@pytest.mark.parametrize("lines", [1, 7, 30, 10_000])
@pytest.mark.parametrize("text", [NASTY, TABS, NASTY + TABS, NASTY * 3], ids=["spaces", "tabs", "both", "much"])
def test_a_text_in_pieces_is_what_it_is_as_a_whole(monkeypatch, text, lines):
    whole = everything(ast.parse(text).body)
    monkeypatch.setattr(parsing, "_LINES_OF_A_PIECE", lines)
    parsed = parsing.parse(text.split("\n"))
    assert everything(parsed.tree.body) == whole
    assert not parsed.errors


def test_the_outline_holds_no_function_that_stands_plainly():
    found = "\n".join(outline(NASTY).lines)
    assert "await" not in found
    assert "inner" not in found
    assert "goes to the left" not in found
    assert "nothing" in found  # In a text it defines nothing, and stays.


@pytest.mark.parametrize("function", range(3))
@pytest.mark.parametrize("error", ["x = = 1", "return )", "'", "return 1\n  x", '"""', "print 'a'"])
def test_what_is_no_python_in_a_function_is_told_with_its_line(tmp_path, monkeypatch, function, error):
    parts = [f"def f{n}():\n    {error if n == function else 'pass'}\n\n" for n in range(3)]
    text = "import torch\ntorch.load('a')\n" + "".join(parts)
    with pytest.raises(SyntaxError) as refused:
        ast.parse(text)
    monkeypatch.setattr(parsing, "_LINES_OF_A_PIECE", 2)
    path = tmp_path / "program.py"
    path.write_text(text)
    result = scan([path], [], 0, with_possible=True)
    assert result.unread == [str(reading.refused(path, refused.value))]
    assert result.read == 0


def test_what_holds_a_null_byte_in_a_function_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(parsing, "_LINES_OF_A_PIECE", 2)
    path = tmp_path / "program.py"
    path.write_text("import torch\n" * 9 + "def f():\n    '\0'\n")
    with pytest.raises(InputError, match="null"):
        reading.read(path)
