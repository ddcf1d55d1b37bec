"""What `module-drift scan` prints, and how it ends."""

import json
import sys

import pytest
from rich.text import Text
from somebodys import CODE

HOOK = "import torch\ntorch.nn.Linear(3, 4).register_backward_hook(print)\n"


def test_what_is_silent_comes_first_with_its_places_and_remedy(repository):
    repository.write("a.py", CODE + HOOK)
    status, output, _ = repository.scan()
    assert status == 1
    headings = ["silent (1): other values", "loud (1): raises", "noise (2): warnings"]
    assert sorted(headings, key=output.index) == headings
    silent = output[output.index("silent (1)") : output.index("loud (1)")]
    assert "zero-grad-sets-none, since 2.0.0\n" in silent
    assert "  a.py:5:1: net.zero_grad()  (sure)\n" in silent
    assert "  What to do: Pass set_to_none=False" in silent
    assert "  https://github.com/pytorch/pytorch/pull/92731\n" in silent
    assert output.splitlines()[-1].startswith(
        "torch 1.13.1 to 2.6.0: 1 file read, 4 causes found in 6 places; 1 place ignored by comments; "
    )


def test_from_a_release_to_itself_nothing_is_found(repository):
    repository.write("a.py", CODE)
    assert repository.scan(way=("--from", "2.6.0", "--to", "2.6.0")).status == 0


def test_apis_of_which_nothing_is_known_are_counted_and_listed_if_that_is_wanted(repository):
    repository.write("a.py", "import torch\ntorch.hub.list('a')\n")
    out = repository.scan().out
    assert "2 torch APIs used of which no cause on the way speaks (--unknown)" in out
    assert "torch.hub.list" not in out
    assert "  torch.hub, torch.hub.list\n" in repository.scan("--unknown").out


def test_programs_get_the_same(repository):
    repository.write("a.py", CODE)
    found = json.loads(repository.scan("--json").out)
    assert (found["from"], found["to"], found["read"]) == ("1.13.1", "2.6.0", 1)
    assert [cause["effect"] for cause in found["causes"]] == ["silent", "loud", "noise"]
    assert found["causes"][0]["findings"] == [
        {
            "path": "a.py",
            "line": 5,
            "column": 1,
            "cell": 0,
            "code": "net.zero_grad()",
            "certainty": "sure",
            "file_line": 5,
        }
    ]
    assert [(one["key"], one["by"], one["line"]) for one in found["silenced"]] == [
        ("zero-grad-sets-none", "comment", 6)
    ]


def test_github_gets_annotations_the_worst_first_with_paths_from_the_root(repository):
    repository.write("a,b.py", CODE)
    repository.write("broken.py", "print 'a'\n")
    cells = [{"cell_type": "code", "source": ["import torch\n", "torch.load('a')"]}]
    repository.write("n.ipynb", json.dumps({"cells": cells}, indent=1))
    lines = repository.scan("--github").out.splitlines()
    commands = [line for line in lines if line.startswith("::")]
    assert [line.split(" ")[0] for line in commands] == ["::error"] * 4 + ["::warning"] * 3 + ["::notice", "::warning"]
    assert commands[0].startswith("::error file=sub/a%2Cb.py,line=5,col=1,title=zero-grad-sets-none (silent%2C torch")
    assert "::zero_grad sets gradients to None" in commands[0]
    (cell,) = (line for line in commands if line.startswith("::error") and "n.ipynb" in line)
    assert "file=sub/n.ipynb,line=7,title=" in cell
    assert "line=8" in commands[-2]
    assert "broken.py" in commands[-1]
    assert lines[-1].startswith("torch 1.13.1 to 2.6.0: ")


@pytest.mark.parametrize("forms", [("--json", "--sarif"), ("--github", "--json"), ("--sarif", "--github", "--json")])
def test_an_answer_has_one_form(repository, forms):
    repository.write("a.py", CODE)
    status, out, err = repository.scan(*forms)
    assert (status, out) == (2, "")
    assert err == ("module-drift: --github, --sarif, --json: these are answers of different forms; give one of them\n")


@pytest.mark.parametrize("more", [(), ("--json",), ("--sarif",), ("--github",)])
@pytest.mark.parametrize(
    ("written", "status"),
    [
        ({"a.py": "x = 1\n"}, 0),
        ({"a.py": CODE}, 1),
        ({"a.py": CODE, "b.py": "print 'a'\n"}, 1),
        ({"a.py": "x = 1\n", "b.py": "print 'a'\n"}, 0),
        ({"b.py": "print 'a'\n"}, 2),
        ({"b.txt": "a"}, 2),
    ],
)
def test_the_status_says_what_became_of_it(repository, written, status, more):
    for name, text in written.items():
        repository.write(name, text)
    assert repository.scan(*more).status == status


def on_a_terminal(repository, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    return Text.from_ansi(repository.scan().out).plain.splitlines()


@pytest.mark.parametrize("columns", [80, 40])
def test_a_terminal_breaks_sentences_and_no_code_and_no_address(repository, monkeypatch, columns):
    long = f'model = torch.load("{"x" * 70}",   map_location="cpu")'
    repository.write("a.py", f"{CODE}{long}\n")
    lines = on_a_terminal(repository, monkeypatch, columns)
    assert f"      {long}" in lines
    assert "  a.py:9:9  (sure)" in lines
    assert "  a.py:5:1: net.zero_grad()  (sure)" in lines
    assert "  https://github.com/pytorch/pytorch/issues/92656" in lines
    wide = [line for line in lines if len(line) > columns]
    assert all("https://" in line or "torch.load(" in line for line in wide)


def test_of_a_chain_over_many_lines_the_line_of_the_last_name_is_shown(repository):
    repository.write(
        "a.py", 'import torch\n(torch.nn.Linear(3, 4)\n    .to("cpu")\n    .zero_grad())\ntorch.load(\n"a")\n'
    )
    out = repository.scan().out
    assert "  a.py:4:6: .zero_grad())  (sure)\n" in out
    assert "  a.py:5:1: torch.load(  (sure)\n" in out


def test_what_a_line_of_code_holds_cannot_steer_a_terminal(repository):
    repository.write("a.py", "import torch\ntorch.load('\u202e\x1b[2J')\n")
    out = repository.scan().out
    assert r"torch.load('\u202e\x1b[2J')" in out


def test_a_path_of_two_lines_is_shown_on_one(repository):
    repository.write("a\nb.py", "import torch\ntorch.load('a')\n")
    assert r"  a\nb.py:2:1: torch.load('a')  (sure)" in repository.scan().out.splitlines()


def test_a_line_without_end_is_cut(repository):
    repository.write("a.py", f"import torch\ntorch.load('{'x' * 5000}')\n")
    out = repository.scan().out
    assert f"torch.load('{'x' * 148}…  (sure)" in out
    assert "x" * 200 not in out


ARRIVES = "import torch\ntorch.nn.Linear(3, 4).register_state_dict_pre_hook(print)\n"


@pytest.mark.parametrize(
    ("code", "way", "arguments", "status"),
    [
        (ARRIVES, ("1.13.1", "2.0.0"), (), 0),
        (ARRIVES, ("1.13.1", "2.0.0"), ("--fail-on", "new"), 1),
        (ARRIVES, ("2.0.0", "1.13.1"), (), 1),  # It is lost.
        (ARRIVES, ("2.0.0", "1.13.1"), ("--fail-on", "silent"), 0),
        (ARRIVES + HOOK, ("1.13.1", "2.6.0"), (), 1),
        (HOOK, ("1.13.1", "2.6.0"), ("--fail-on", "silent"), 0),
        ("import torch\ntorch.load('a')\n", ("1.13.1", "2.6.0"), ("--fail-on", "silent"), 0),
        ("import torch\ntorch.load('a')\n", ("1.13.1", "2.6.0"), ("--fail-on", "loud"), 1),
        ("import torch\ntorch.load('a')\n", ("1.13.1", "2.5.0"), ("--fail-on", "loud"), 0),
    ],
)
def test_what_breaks_nobody_is_told_and_ends_well_unless_it_shall_not(repository, code, way, arguments, status):
    repository.write("a.py", code)
    answer = repository.scan(*arguments, way=("--from", way[0], "--to", way[1]))
    assert (answer.status, "nothing found" in answer.out) == (status, False)


def test_a_long_line_of_code_is_shown_shortened_in_every_form(repository):
    repository.write("a.py", f"import torch; torch.load('a'); data = '{'x' * 100_000}'\n")
    for form in ((), ("--json",), ("--sarif",), ("--github",)):
        out = repository.scan(*form).out
        assert "torch" in out
        assert "x" * 200 not in out
    repository.scan("--baseline", "known.json", "--write-baseline")
    assert repository.scan("--baseline", "known.json").status == 0
    repository.write("a.py", "")
    for form in ((), ("--json",)):
        out = repository.scan("--baseline", "known.json", *form).out
        assert "load-trusts-plain-data-only" in out
        assert "x" * 200 not in out
