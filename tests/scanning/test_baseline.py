"""A file of known findings."""

import json

import pytest
from somebodys import CODE

LOAD = 'import torch\ntorch.load("a.pt")\n'
CAUSES = 2
"""How many causes LOAD meets."""


def places(answer):
    return [one for cause in json.loads(answer.out)["causes"] for one in cause["findings"]]


def test_what_is_known_is_silent_also_where_it_moves_and_what_is_new_is_told(repository):
    repository.write("a.py", CODE)
    assert repository.scan("--baseline", "known.json", "--write-baseline").status == 0
    answer = repository.scan("--baseline", "known.json")
    assert answer.status == 0
    assert "nothing found; 1 place ignored by comments; 5 places known to the baseline" in answer.out
    repository.write("a.py", f"# more\n\n{CODE.replace('net.zero_grad()', 'net. zero_grad()')}net.zero_grad()\n")
    answer = repository.scan("--baseline", "known.json", "--json")
    assert answer.status == 1
    assert [one["code"] for one in places(answer)] == ["net. zero_grad()"]
    repository.write("a.py", f"# more\n\n{CODE}    \nif net:\n    net.zero_grad()\n")
    answer = repository.scan("--baseline", "known.json", "--json")
    assert [one["line"] for one in places(answer)] == [13]


def test_what_is_not_found_any_more_is_told_and_gone_when_it_is_written_anew(repository):
    repository.write("a.py", LOAD)
    repository.write("b.py", LOAD)
    repository.scan("--baseline", "known.json", "--write-baseline")
    repository.write("a.py", "import torch\n")
    (repository.sub / "b.py").unlink()
    answer = repository.scan("--baseline", "known.json")
    assert answer.status == 0
    assert answer.out.count("not found any more: a.py: ") == answer.out.count("not found any more: b.py: ") == CAUSES
    assert f"{2 * CAUSES} lines of the baseline not found any more" in answer.out
    repository.scan("--baseline", "known.json", "--write-baseline")
    assert json.loads((repository.sub / "known.json").read_text(encoding="utf-8"))["files"] == {}


def test_of_files_that_are_not_read_what_is_known_is_neither_told_nor_lost(repository):
    for name in "ab":
        repository.write(f"{name}.py", LOAD)
    repository.scan("--baseline", "known.json", "--write-baseline")
    before = (repository.sub / "known.json").read_text(encoding="utf-8")
    assert "not found any more" not in repository.scan("a.py", "--baseline", "known.json").out
    repository.scan("a.py", "--baseline", "known.json", "--write-baseline")
    assert (repository.sub / "known.json").read_text(encoding="utf-8") == before


def test_causes_that_are_not_looked_for_are_not_missed(repository):
    repository.write("a.py", LOAD)
    repository.scan("--baseline", "known.json", "--write-baseline")
    answer = repository.scan("--baseline", "known.json", way=("--from", "2.6.0", "--to", "2.7.0"))
    assert (answer.status, "not found any more" in answer.out) == (0, False)


def test_paths_are_those_from_the_baselines_folder(repository, monkeypatch):
    repository.write("a.py", LOAD)
    repository.scan("--baseline", "known.json", "--write-baseline")
    monkeypatch.chdir(repository.root)
    assert repository.scan("sub", "--baseline", "sub/known.json").status == 0


def test_what_is_only_possibly_such_does_not_take_the_place_of_what_is_known(repository):
    code = "import torch\ndef f(x):\n    x.zero_grad()\ndef g(x: torch.nn.Module):\n    x.zero_grad()\n"
    repository.write("a.py", code)
    repository.scan("--baseline", "known.json", "--write-baseline")
    assert repository.scan("--baseline", "known.json").status == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "no such baseline; write it with --write-baseline"),
        ("{", "no baseline of module-drift ("),
        ("[]", "no baseline of module-drift (data must be object)"),
        ("print('hello')\n", "no baseline of module-drift ("),
        ('{"module-drift-baseline": 1}', "no baseline of module-drift ("),
        ('{"module-drift-baseline": 1, "files": {"a.py": [{"cause": "a", "code": "b", "count": 0}]}}', "bigger than"),
        ('{"module-drift-baseline": 2, "files": {}}', "a baseline of form 2, not 1"),
        ("\udcff", "not UTF-8"),
    ],
)
@pytest.mark.parametrize("more", [(), ("--write-baseline",)])
def test_what_is_no_baseline_is_said_in_a_line_and_not_overwritten(repository, text, problem, more):
    path = repository.write("a.py", LOAD).with_name("known.json")
    if text is not None:
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    elif more:
        return
    answer = repository.scan("--baseline", "known.json", *more)
    assert answer.status == 2
    line = answer.err.splitlines()[-1]
    assert line.startswith("module-drift: known.json: ")
    assert problem in line
    assert text is None or path.read_bytes() == text.encode("utf-8", "surrogateescape")


def test_where_to_write_must_be_said(repository):
    repository.write("a.py", LOAD)
    answer = repository.scan("--write-baseline")
    assert answer.status == 2
    assert answer.err.endswith("--write-baseline: no file to write to; name it with --baseline\n")
