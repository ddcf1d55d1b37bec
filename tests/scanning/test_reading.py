"""What is read of files and notebooks, and what is said of those that cannot be."""

import codecs
import json

import pytest

from module_drift.common.errors import InputError
from module_drift.scanning.reading import read


@pytest.mark.parametrize(
    "data",
    [
        "ü = 1\n".encode(),
        codecs.BOM_UTF8 + "ü = 1\n".encode(),
        "# -*- coding: latin-1 -*-\nü = 1\n".encode("latin-1"),
        "#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nü = 1\n".encode("cp1252"),
        "# coding: utf8\r\nü = 1\r\n".encode(),
        "ü = 1\rb = 2\r".encode(),
        "s = '''\n# coding: latin-1\n'''\nü = 1\n".encode(),
        b"\xc3\xbc = 1  # \x0c\n",
        "def f(a, b):\n    pass\n\x0cü = 1\n".encode(),
        b"",
    ],
)
def test_text_is_read_as_python_reads_it(tmp_path, data):
    (tmp_path / "a.py").write_bytes(data)
    code = read(tmp_path / "a.py")
    assert (not data) or any("ü" in line for line in code.lines)
    assert not any("\r" in line for line in code.lines)
    for node in code.syntax.tree.body:
        assert node.lineno <= len(code.lines)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"print 'a'\n", "no Python that this interpreter knows in line 1 (Missing parentheses in call to 'print'"),
        (b"x = 1\nexec 'a'\n", "no Python that this interpreter knows in line 2"),
        (b"def f(:\n", "no Python that this interpreter knows in line 1"),
        (b"x = 1\0\n", "null byte"),
        ("ü = 1\n".encode("utf-16"), "a.py: "),
        (b"x = '\xfc'\n", "a.py: "),
        (b"a = 1\n" * 9 + b"x = '\xfc'\n", "not text in utf-8"),
        (b"# coding: nonsense\n", "unknown encoding: nonsense"),
        (b"(" * 5000 + b")" * 5000, "a.py: "),
        (b"<<<<<<< HEAD\nx = 1\n=======\n", "no Python that this interpreter knows in line 1"),
    ],
)
def test_what_is_no_python_is_said_in_a_line(tmp_path, data, problem):
    (tmp_path / "a.py").write_bytes(data)
    with pytest.raises(InputError) as raised:
        read(tmp_path / "a.py")
    said = str(raised.value)
    assert problem in said
    assert said.endswith("; leave it out, or make it readable")
    assert "\n" not in said


def notebook(*sources, **more):
    cells = [{"cell_type": "code", "outputs": [], "source": source} for source in sources]
    return {"cells": cells, "metadata": {}, "nbformat": 4, **more}


@pytest.fixture
def cells(tmp_path):
    """Return the code of a notebook of these sources."""

    def of(*sources, indent=1, **more):
        text = json.dumps(notebook(*sources, **more), indent=indent)
        (tmp_path / "n.ipynb").write_text(text, encoding="utf-8")
        return read(tmp_path / "n.ipynb")

    return of


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("%matplotlib inline\nx = f(1)", ["pass", "x = f(1)"]),
        ("!pip install \\\n  torch\nx = f(1)", ["pass", "", "x = f(1)"]),
        ("files = !ls\nx = f(1)", ["files = None", "x = f(1)"]),
        ("a = %timeit -o g()\nx = f(1)", [f"if{' ' * 10}1: g()", "x = f(1)"]),
        ("f?\n?f\nx.g??\nx = f(1)", ["pass", "pass", "pass", "x = f(1)"]),
        ("%time x = f(1)", ["if 1: x = f(1)"]),
        ("%timeit -n 10 -r 3 f(1)", [f"if{' ' * 14}1: f(1)"]),
        ("if y:\n    %time x = f(1)", ["if y:", "    if 1: x = f(1)"]),
        ("if y:\n    !ls\nx = f(1)", ["if y:", "    pass", "x = f(1)"]),
        ("%%time\nx = f(1)", ["pass", "x = f(1)"]),
        ("%%capture out\nx = f(1)", ["pass", "x = f(1)"]),
        ("%%bash\nls x = f(1)", []),
        ("%%writefile a.py\nx = f(1)", []),
        ("x = (f(1)\n     % 2)", ["x = (f(1)", "     % 2)"]),
        ("s = '''\n!f(1)\n'''", ["s = '''", "!f(1)", "'''"]),
        ("x = await f(1)", ["x = await f(1)"]),
        ("", [""]),
    ],
)
def test_what_only_ipython_knows_is_taken_out_and_nothing_moves(cells, source, kept):
    code = cells(source)
    assert code.text.split("\n") == (kept or [""])
    assert code.lines == (source.split("\n") if kept else [])
    assert code.problems == []


def test_a_cell_that_is_no_python_is_said_and_the_others_are_read(cells):
    code = cells("x = 1", "print 'a'\nb", ["y = 2\n", "z = 3"])
    assert code.text.split("\n") == ["x = 1", "", "", "y = 2", "z = 3"]
    assert [(one.cell, one.line) for one in code.places] == [(1, 1), (2, 1), (2, 2), (3, 1), (3, 2)]
    (problem,) = code.problems
    assert "n.ipynb: cell 2 is no Python (line 1: Missing parentheses" in problem


@pytest.mark.parametrize("indent", [None, 0, 1, 4])
def test_each_line_is_found_in_the_file(cells, tmp_path, indent):
    sources = [["a = 1\n", "\n", "b = 2"], "c = 3\nd = 4", [], ["e = 5\n"], ["f = 6\ng = 7\n", "h = 8"], ""]
    code = cells(*sources, indent=indent)
    file_lines = (tmp_path / "n.ipynb").read_text(encoding="utf-8").splitlines()
    assert "".join(code.lines) == "a = 1b = 2c = 3d = 4e = 5f = 6g = 7h = 8"
    for line, place in zip(code.lines, code.places):
        assert line in file_lines[place.in_file - 1]


def test_other_texts_of_that_name_are_not_taken_for_a_cells(tmp_path):
    data = notebook(["import torch\n", "x = 1"])
    data["cells"][0] = {"attachments": {"source": ["other"]}, **data["cells"][0]}
    data["cells"][0]["outputs"] = [{"data": {"source": "x", "text": '"source": ["import torch"]'}}]
    text = json.dumps(data, indent=1)
    (tmp_path / "n.ipynb").write_text(text, encoding="utf-8")
    numbers = [place.in_file for place in read(tmp_path / "n.ipynb").places]
    assert [text.splitlines()[number - 1].strip() for number in numbers] == ['"import torch\\n",', '"x = 1"']


@pytest.mark.parametrize("metadata", [{"language_info": {"name": "R"}}, {"kernelspec": {"language": "julia"}}])
def test_a_notebook_of_another_language_holds_nothing_to_read(cells, metadata):
    code = cells("x <- 1", metadata=metadata)
    assert (code.text, code.problems) == ("", [])


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"cells": 1}', '{"cells": [{"cell_type": "code"}]}', "[" * 9999]
)
def test_what_is_no_notebook_is_said(tmp_path, text):
    (tmp_path / "n.ipynb").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"n\.ipynb: no notebook of format 4; mend it, or leave it out"):
        read(tmp_path / "n.ipynb")
