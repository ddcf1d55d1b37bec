"""Comments that silence causes."""

import json

import pytest
from somebodys import CODE

Z = "zero-grad-sets-none"
L = "load-trusts-plain-data-only"
W = "load-warns-of-its-default"
HEAD = "import torch\nnet = torch.nn.Linear(3, 4)\n"
DELETE = "nothing here is ignored for {}; delete it from the comment"


@pytest.fixture
def told(repository):
    """Return the lines and causes of what is found in HEAD and more, and the lines and texts of the remarks."""

    def of(code, name="a.py", **more):
        repository.write(name, HEAD + code)
        found = json.loads(repository.scan("--json", **more).out)
        places = [(one["line"] - 2, cause["key"]) for cause in found["causes"] for one in cause["findings"]]
        return sorted(places), [(one["line"] - 2, one["text"]) for one in found["remarks"]]

    return of


@pytest.mark.parametrize(
    "code",
    [
        f"net.zero_grad()  # module-drift: ignore[{Z}]",
        f"net.zero_grad()  # module-drift:ignore[ {Z} ]",
        f"net.zero_grad()  # noqa: F821  # module-drift: ignore[{Z}] since it is so",
        f"if net: net.zero_grad()  # module-drift: ignore[{Z}]",
        f"x = [  # module-drift: ignore[{Z}]\n    1,\n    net.zero_grad(),\n]",
        f"x = [\n    1,\n    net.zero_grad(),\n]  # module-drift: ignore[{Z}]",
        f"x = [\n    1,\n    net.zero_grad(),  # module-drift: ignore[{Z}]\n]",
        f"print(net.zero_grad(), '''\na\n''')  # module-drift: ignore[{Z}]",
        f"if (\n    net.zero_grad()\n):  # module-drift: ignore[{Z}]\n    pass",
        f"x = 1 + \\\n    net.zero_grad()  # module-drift: ignore[{Z}]",
        f"torch.load('a'), net.zero_grad()  # module-drift: ignore[{Z}, {L},{W}]",
        f"torch.load('a')  # module-drift: ignore[{L}]  # module-drift: ignore[{W}]",
    ],
)
def test_a_comment_speaks_for_its_line_and_at_either_end_for_its_statement(told, code):
    assert told(code) == ([], [])


def test_it_speaks_for_no_other_statement_and_no_other_cause(told):
    within = f"x = [\n    1,  # module-drift: ignore[{Z}]\n    net.zero_grad(),\n]"
    assert told(within) == ([(3, Z)], [(2, DELETE.format(Z))])
    body = f"if net:  # module-drift: ignore[{Z}]\n    net.zero_grad()"
    assert told(body) == ([(2, Z)], [(1, DELETE.format(Z))])
    alone = f"# module-drift: ignore[{Z}]\nnet.zero_grad()"
    assert told(alone) == ([(2, Z)], [(1, DELETE.format(Z))])
    assert told(f"net.zero_grad()  # module-drift: ignore[{L}]") == ([(1, Z)], [(1, DELETE.format(L))])


def test_of_many_causes_the_one_that_is_not_met_is_told(told):
    assert told(f"net.zero_grad()  # module-drift: ignore[{Z}, {L}]") == ([], [(1, DELETE.format(L))])


def test_texts_are_no_comments(told):
    assert told(f"'''\nnet  # module-drift: ignore[{Z}]\n'''\nx = '# module-drift: ignore[{Z}]'") == ([], [])


def test_what_is_no_cause_is_told_with_what_is_nearest(told):
    places, remarks = told("net.zero_grad()  # module-drift: ignore[zero-grad-set-none]")
    assert places == [(1, Z)]
    assert remarks == [(1, f"ignores 'zero-grad-set-none', which is no cause; nearest is {Z}")]
    assert told("x = 1  # module-drift: ignore[***]")[1] == [
        (1, "ignores '***', which is no cause; module-drift between lists those of an upgrade")
    ]


@pytest.mark.parametrize("comment", ["ignore", "ignore[]", "ignore[ , ]"])
def test_one_that_names_no_cause_silences_none(told, comment):
    text = "ignores nothing, since it names no cause: write ignore[cause]"
    assert told(f"net.zero_grad()  # module-drift: {comment}") == ([(1, Z)], [(1, text)])


def test_what_is_on_no_way_between_the_releases_is_told(told):
    text = f"ignores {Z}, which is not looked for between these releases"
    way = ("--from", "2.6.0", "--to", "2.7.0")
    assert told(f"net.zero_grad()  # module-drift: ignore[{Z}]", way=way) == ([], [(1, text)])


def test_what_is_only_possibly_such_is_silenced_too(told):
    assert told(f"def f(x):\n    x.zero_grad()  # module-drift: ignore[{Z}]") == ([], [])


def test_in_a_notebook_the_cell_is_told(repository):
    cells = ["import torch", f"!ls\ntorch.load('a')  # module-drift: ignore[{L}, {W}, {Z}]"]
    data = {"cells": [{"cell_type": "code", "source": source} for source in cells]}
    repository.write("n.ipynb", json.dumps(data))
    answer = repository.scan()
    assert answer.status == 0
    assert f"n.ipynb:cell 2:2: {DELETE.format(Z)}\n" in answer.out


def test_what_a_comment_silences_nothing_of_is_no_finding(repository):
    repository.write("a.py", "x = 1  # module-drift: ignore[no-such]\n")
    assert repository.scan().status == 0
    repository.write("a.py", CODE)
    assert "a.py:8: ignores 'no-such', which is no cause" in repository.scan().out
